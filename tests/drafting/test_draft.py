"""Drafts of recipes: what a table is, how tables hang together, what a person corrects."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pyarrow as pa
import pytest

import clustomer
from clustomer.drafting import (
    draft_recipe,
    look_at,
    recipe_of,
    recipe_text,
    settle,
    try_draft,
    write_draft,
)
from clustomer.errors import DataError, OutputError
from clustomer.recipe.load import load_recipe


def _shop() -> dict[str, pa.Table]:
    lines = range(600)
    orders = range(300)
    return {
        "order_items": pa.table(
            {
                "order_no": [f"O{i // 2}" for i in lines],
                "article": [f"A{i % 12:02}" for i in lines],
                "qty": [str(i % 3 + 1) for i in lines],
            }
        ),
        "orders": pa.table(
            {
                "order_no": [f"O{i}" for i in orders],
                "client_id": [f"C{i % 60:03}" for i in orders],
                "ordered_on": [f"2024-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in orders],
                "total": [f"{i % 40 + 5}.50" for i in orders],
            }
        ),
        "clients": pa.table(
            {
                "client_id": [f"C{i:03}" for i in range(60)],
                "email": [f"c{i}@example.org" for i in range(60)],
                "gender": ["f", "m"] * 30,
                "town_id": [str(i % 4 + 1) for i in range(60)],
            }
        ),
        "towns": pa.table({"id": ["1", "2", "3", "4"], "name": ["Ayr", "Bath", "Cork", "Deal"]}),
        "articles": pa.table(
            {
                "article": [f"A{i:02}" for i in range(12)],
                "price": [f"{i + 1}.25" for i in range(12)],
                "category": ["Tea", "Mugs", "Tins"] * 4,
            }
        ),
        "holidays": pa.table({"day": ["2024-01-01", "2024-12-25"], "holiday": ["a", "b"]}),
    }


def test_a_shop_of_six_tables() -> None:
    draft = draft_recipe(_shop())
    assert {table.source: table.place.role for table in draft.tables} == {
        "order_items": "lines",
        "orders": "orders",
        "clients": "customers",
        "articles": "products",
        "towns": "lookup",
    }
    assert set(draft.aside) == {"holidays"}
    assert all(join.matched == 1 for join in draft.joins)
    money = draft.money
    assert money is not None
    assert (money.amount, money.date, money.order) == (
        "quantity * unit_price",
        "order_date",
        "order_id",
    )
    clients = draft.table("customers")
    assert clients is not None
    read = {column.source: column.name for column in clients.columns if column.read}
    assert read == {"client_id": "customer_id", "gender": "gender", "town_id": "town_id"}
    assert next(c for c in clients.columns if c.source == "gender").sensitive


def test_the_draft_is_a_recipe_that_the_tables_fit() -> None:
    data = _shop()
    tried = try_draft(data, draft_recipe(data))
    assert tried.customers.num_rows == 60
    assert "town_name" in tried.customers.column_names
    assert "share_of_tea" in tried.customers.column_names
    orders = [join for join in tried.joins if join.right == "orders"]
    assert [join.orphans for join in orders] == [0]


def test_the_text_is_toml_with_reasons() -> None:
    draft = draft_recipe(_shop())
    text = recipe_text(draft)
    assert tomllib.loads(text) == recipe_of(draft)
    assert "# customer id, for its name, and values that are codes (0.95)" in text
    assert "# - email: personal, for values are e-mail addresses (0.95)" in text
    assert "found in orders: 100.0 % of the rows" in text
    assert load_recipe(recipe_of(draft)).tables["orders"].role == "orders"


def test_e_mail_addresses_are_ids_where_nothing_else_is() -> None:
    shop = _shop()
    mails = pa.array([f"c{i % 60}@example.org" for i in range(300)])
    orders = shop["orders"].drop_columns("client_id").append_column("billing_email", mails)
    clients = shop["clients"].drop_columns("client_id")
    draft = draft_recipe({**shop, "orders": orders, "clients": clients})
    assert draft.unit == "customer"
    ids = {
        (table.source, column.source): column.reason
        for table in draft.tables
        for column in table.columns
        if column.name == "customer_id" and column.read
    }
    why = "e-mail addresses, and no other column says who the customer is"
    assert ids == {("orders", "billing_email"): why, ("clients", "email"): why}
    assert [join.matched for join in draft.joins if join.key == "email"] == [1.0]


def test_a_person_corrects_a_role() -> None:
    seen = look_at(_shop())
    draft = settle(seen, {("clients", "gender"): "free text", ("orders", "total"): "number"})
    clients = draft.table("customers")
    assert clients is not None
    column = next(one for one in clients.columns if one.source == "gender")
    assert (column.role, column.read, column.reason) == ("free text", False, "you said so")


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ({("clients", "gendr"): "gender"}, "There is no column 'gendr' in 'clients'"),
        ({("clients", "gender"): "sex"}, "'sex' is no role of a column"),
    ],
)
def test_a_wrong_correction_says_what_is_there(
    roles: dict[tuple[str, str], str], words: str
) -> None:
    seen = look_at(_shop())
    with pytest.raises(DataError, match=words):
        settle(seen, roles)  # type: ignore[arg-type]


def test_one_table_of_customers_segments_on_what_they_do() -> None:
    table = pa.table(
        {
            "ID": [str(i) for i in range(100)],
            "age": [str(20 + i % 50) for i in range(100)],
            "visits": [str(i % 9) for i in range(100)],
            "spending": [f"{i % 33}.5" for i in range(100)],
            "churn": ["0", "1"] * 50,
        }
    )
    draft = draft_recipe(table)
    assert draft.unit == "customer"
    assert set(draft.features.segment_on) == {"visits", "spending"}
    assert set(draft.features.describe_with) == {"age", "churn"}
    assert "orders with dates" in draft.needs[-1]


def test_rows_without_an_id_are_customers_themselves() -> None:
    table = pa.table(
        {
            "Channel": [str(i % 2 + 1) for i in range(90)],
            "Fresh": [str(100 + i * 7 % 400) for i in range(90)],
            "Milk": [str(50 + i * 3 % 500) for i in range(90)],
        }
    )
    draft = draft_recipe(table)
    assert draft.unit == "row"
    run = clustomer.fit(table, recipe_of(draft), k=2)
    assert run.customers.num_rows == 90


def test_files_by_month_are_one_table_and_copies_are_left_aside(tmp_path: Path) -> None:
    for month in range(1, 4):
        rows = "".join(
            f"{month}{i},C{i % 20},2024-{month:02}-{i % 27 + 1:02},{i + 1}.20\n" for i in range(80)
        )
        (tmp_path / f"sales_2024-{month:02}.csv").write_text(
            f"receipt_no,customer_id,date,amount\n{rows}"
        )
    people = "".join(f"C{i},{'f' if i % 2 else 'm'}\n" for i in range(20))
    (tmp_path / "customers.csv").write_text(f"customer_id,gender\n{people}")
    (tmp_path / "customers_old.csv").write_text(f"customer_id,gender\n{people}")
    draft = draft_recipe(tmp_path)
    lines = draft.table("lines")
    assert lines is not None
    assert (lines.rows, lines.parts) == (240, True)
    assert draft.aside == {"customers_old.csv": "looks like another copy of customers.csv"}
    assert draft.money is not None
    assert draft.money.amount == "line_total"
    tried = try_draft(tmp_path, draft)
    assert tried.customers.num_rows == 20


def test_lines_without_date_or_order_number_have_room_for_them() -> None:
    table = pa.table(
        {
            "customer_id": [f"C{i % 30}" for i in range(300)],
            "price": [f"{i % 50}.75" for i in range(300)],
            "product_id": [f"P{i % 9}" for i in range(300)],
            "quantity": [str(i % 5 + 1) for i in range(300)],
        }
    )
    draft = draft_recipe({"lines": table, "products": _shop()["articles"]})
    lines = draft.table("lines")
    if lines is None:
        pytest.fail(f"no order lines were found: {draft.aside}")
    assert 'order_id = { kind = "key", required = false }' in recipe_text(draft)
    assert load_recipe(recipe_of(draft)).lines.order == "order_id"


def test_what_is_missing_is_said() -> None:
    table = pa.table(
        {
            "customer_id": [f"C{i % 30}" for i in range(300)],
            "qty": [str(i % 5 + 1) for i in range(300)],
            "sku": [f"S{i % 70}" for i in range(300)],
        }
    )
    draft = draft_recipe({"lines": table, "extra": pa.table({"a": pa.array([], pa.string())})})
    assert draft.aside == {"extra": "Table 'extra' has no rows (found columns a)"}
    assert draft.tables[0].place.role in {"lines", "customers"}


def test_nothing_to_draft() -> None:
    with pytest.raises(DataError, match="No table with rows was found"):
        draft_recipe(pa.table({"a": pa.array([], pa.string())}))


def test_of_two_tables_of_customers_the_one_that_tells_more_is_taken(tmp_path: Path) -> None:
    clustomer.write_demo(tmp_path, customers=60, seed=3)
    draft = draft_recipe(tmp_path)
    customers = draft.table("customers")
    assert customers is not None
    assert customers.source == "customers.csv"
    assert try_draft(tmp_path, draft).customers.num_rows > 50


def test_a_disk_that_is_full_leaves_no_half_written_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clustomer.write_demo(tmp_path / "data", customers=60, seed=3)
    draft = draft_recipe(tmp_path / "data")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    (tmp_path / "out").mkdir()
    with pytest.raises(OutputError, match=r"recipe\.toml cannot be written"):
        write_draft(draft, tmp_path / "out" / "recipe.toml")
    assert not any((tmp_path / "out").iterdir())
