"""Matching columns by name."""

from __future__ import annotations

import pytest

from clustomer.errors import DataError
from clustomer.recipe.settings import ColumnSettings, TableSettings
from clustomer.tables.columns import match_columns, missing_columns, rivals

SALES = TableSettings(
    role="lines",
    columns={
        "customer_id": ColumnSettings(kind="key", source=("client", "buyer")),
        "unit_price": ColumnSettings(kind="number", source=("price",)),
        "region": ColumnSettings(kind="category", required=False),
    },
)


@pytest.mark.parametrize(
    "name", ["customer_id", "CustomerID", "Customer-Id", " customer  id", "Client"]
)
def test_names_are_compared_without_case_spaces_hyphens_and_underscores(name: str) -> None:
    assert match_columns([name, "PRICE"], SALES, source="s.csv") == {
        "customer_id": name,
        "unit_price": "PRICE",
    }


def test_the_first_name_in_the_list_wins_and_the_other_is_reported() -> None:
    raw = ["Buyer", "price", "Client", "Region"]
    matched = match_columns(raw, SALES, source="s.csv")
    assert matched == {"customer_id": "Client", "unit_price": "price", "region": "Region"}
    (finding,) = rivals(raw, SALES, matched, source="s.csv")
    assert finding.code == "rival-columns"
    assert finding.text == (
        "s.csv: 'Client' is read as customer_id; 'Buyer' would have fitted too and is left aside."
    )


def test_the_exact_spelling_wins() -> None:
    raw = ["Customer ID", "customer_id", "price"]
    assert match_columns(raw, SALES, source="s.csv")["customer_id"] == "customer_id"


def test_a_column_serves_one_canonical_column() -> None:
    table = TableSettings(
        role="lines",
        columns={
            "amount": ColumnSettings(kind="number", source=("price",), required=False),
            "price": ColumnSettings(kind="number"),
        },
    )
    assert match_columns(["Price"], table, source="s.csv") == {"price": "Price"}


def test_a_missing_column_is_named_with_what_is_there() -> None:
    assert missing_columns(["price"], SALES) == ("customer_id",)
    with pytest.raises(DataError) as caught:
        match_columns(["Custmer_ID", "price"], SALES, source="s.csv")
    assert str(caught.value) == (
        "s.csv has no column 'customer_id'.\n"
        "  Found: columns Custmer_ID, price\n"
        "  To do: name it 'customer_id', 'client' or 'buyer' "
        "(case, spaces, - and _ do not matter); did you mean 'Custmer_ID'?"
    )


def test_a_name_given_exactly_that_is_not_there_is_the_recipes_to_correct() -> None:
    quantity = {"kind": "number", "exactly": "peices"}
    table = TableSettings.model_validate({"role": "lines", "columns": {"quantity": quantity}})
    with pytest.raises(DataError) as caught:
        match_columns(["quantity", "pieces"], table, source="s.csv")
    assert str(caught.value) == (
        "s.csv has no column 'peices', as which the recipe reads quantity.\n"
        "  Found: columns quantity, pieces\n"
        '  To do: correct exactly = "peices", or leave it out: the column\'s usual names are then '
        "looked for; did you mean 'pieces'?"
    )


def test_a_header_that_the_recipe_denies_is_told() -> None:
    denied = SALES.model_copy(update={"header": False})
    with pytest.raises(DataError) as caught:
        match_columns(["column_1", "column_2"], denied, source="s.csv")
    assert str(caught.value) == (
        "s.csv has no column 'customer_id': the recipe says that it has no header.\n"
        "  Found: columns column_1, column_2\n"
        "  To do: name its columns in the recipe, header = [...], or leave header = false out "
        "where the first line holds their names"
    )


def test_a_delimiter_of_the_recipe_that_is_not_the_files_is_told() -> None:
    with pytest.raises(DataError) as caught:
        match_columns(
            ["customer_id;price;x,y"], SALES.model_copy(update={"delimiter": "|"}), source="s.csv"
        )
    assert str(caught.value) == (
        "s.csv is one single column when it is read with the recipe's delimiter '|'.\n"
        "  Found: the name 'customer_id;price;x,y'\n"
        '  To do: set delimiter = "semicolon" for this table, or leave it out: it is found out'
    )


def test_one_column_is_a_table_whatever_its_delimiter() -> None:
    one = TableSettings(
        role="lines", delimiter=";", columns={"price": ColumnSettings(kind="number")}
    )
    assert match_columns(["Price"], one, source="s.csv") == {"price": "Price"}


def test_a_column_named_exactly_is_that_and_no_other() -> None:
    given = {"kind": "number", "exactly": "pieces"}
    settings = TableSettings.model_validate(
        {"role": "lines", "columns": {"quantity": given, "unit_price": {"kind": "number"}}}
    )
    raw = ("quantity", "pieces", "unit_price")
    assert match_columns(raw, settings, source="x")["quantity"] == "pieces"
    with pytest.raises(DataError, match="no column 'pieces', as which the recipe reads quantity"):
        match_columns(("quantity", "unit_price"), settings, source="x")


def test_a_column_named_as_nothing_is_left_out() -> None:
    given = {"kind": "number", "exactly": "", "required": False}
    settings = TableSettings.model_validate({"role": "lines", "columns": {"discount": given}})
    assert match_columns(("discount",), settings, source="x") == {}
