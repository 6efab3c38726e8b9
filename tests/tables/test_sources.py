"""Finding the files of a recipe's tables."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clustomer.errors import DataError
from clustomer.recipe.settings import ColumnSettings, FeatureChoice, Recipe, TableSettings
from clustomer.tables.sources import Source, find_sources, peek

KEY = ColumnSettings(kind="key")
SALES = "customer_id,order_date,price\n1,2,3\n"
CUSTOMERS = "customer_id,gender\n1,F\n"


def recipe(*, customers_required: bool = True) -> Recipe:
    return Recipe(
        name="shop",
        tables={
            "sales": TableSettings(
                role="lines",
                files=("*sale*", "*order*"),
                columns={"customer_id": KEY, "order_date": ColumnSettings(kind="date")},
            ),
            "customers": TableSettings(
                role="customers",
                files=("*customer*",),
                required=customers_required,
                columns={
                    "customer_id": KEY,
                    "gender": ColumnSettings(kind="category", required=False),
                },
            ),
        },
        features={"customer": FeatureChoice(segment_on=("spend",))},
    )


def fill(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        (folder / name.replace("_dot_", ".")).write_text(content)
    return folder


def names(folder: Path, shop: Recipe) -> dict[str, str]:
    return {source.table: source.name for source in find_sources(folder, shop).sources}


def test_files_are_found_by_name_and_others_are_reported(tmp_path: Path) -> None:
    fill(tmp_path, SALES_2025_dot_CSV=SALES, customers_dot_txt=CUSTOMERS, notes_dot_txt="hello")
    fill(tmp_path, _dot_hidden_dot_csv=SALES, readme_dot_md="x")
    (tmp_path / "sub.csv").mkdir()
    found = find_sources(tmp_path, recipe())
    assert [(s.table, s.name) for s in found.sources] == [
        ("sales", "SALES_2025.CSV"),
        ("customers", "customers.txt"),
    ]
    assert found.unused == ("notes.txt",)
    assert found.findings[0].code == "unused-files"
    assert "notes.txt" in found.findings[0].text


def test_a_file_that_fits_two_tables_goes_where_it_is_needed(tmp_path: Path) -> None:
    fill(tmp_path, customer_orders_dot_csv=SALES, customers_dot_csv=CUSTOMERS)
    assert names(tmp_path, recipe()) == {
        "sales": "customer_orders.csv",
        "customers": "customers.csv",
    }


def test_a_file_is_found_by_its_columns(tmp_path: Path) -> None:
    fill(tmp_path, export_dot_csv=SALES, customers_dot_csv=CUSTOMERS)
    assert names(tmp_path, recipe())["sales"] == "export.csv"


def test_a_symlink_is_a_file(tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    fill(away, x_dot_csv=SALES)
    here = tmp_path / "here"
    here.mkdir()
    (here / "sales.csv").symlink_to(away / "x.csv")
    assert names(here, recipe(customers_required=False)) == {"sales": "sales.csv"}


def test_a_name_alone_is_taken_so_that_the_missing_column_can_be_named(tmp_path: Path) -> None:
    fill(tmp_path, sales_dot_csv="customer_id,price\n1,2\n", customers_dot_csv=CUSTOMERS)
    assert names(tmp_path, recipe())["sales"] == "sales.csv"


def test_a_needed_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    fill(tmp_path, sales_dot_csv="", customers_dot_csv=CUSTOMERS)
    with pytest.raises(DataError, match=r"sales\.csv is empty"):
        find_sources(tmp_path, recipe())


def test_several_files_for_one_table_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, sales_1_dot_csv=SALES, sales_2_dot_csv=SALES, customers_dot_csv=CUSTOMERS)
    with pytest.raises(DataError) as caught:
        find_sources(tmp_path, recipe())
    assert "could be the table 'sales'" in str(caught.value)
    assert "sales_1.csv, sales_2.csv" in str(caught.value)


def test_a_missing_table_is_named_with_what_is_there(tmp_path: Path) -> None:
    fill(tmp_path, customers_dot_csv=CUSTOMERS)
    with pytest.raises(DataError) as caught:
        find_sources(tmp_path, recipe())
    text = str(caught.value)
    assert "is the table 'sales' of the recipe 'shop'" in text
    assert "Found: customers.csv" in text
    assert (
        "name it like *sale*, *order*, or give a file with the columns customer_id, order_date"
        in text
    )


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no data file"):
        find_sources(tmp_path, recipe())


def test_a_path_that_is_not_there_names_its_neighbour(tmp_path: Path) -> None:
    fill(tmp_path, sales_dot_csv=SALES)
    with pytest.raises(DataError) as caught:
        find_sources(tmp_path / "sale.csv", recipe(customers_required=False))
    assert "did you mean 'sales.csv'?" in str(caught.value)
    with pytest.raises(DataError, match="is not there either"):
        find_sources(tmp_path / "no" / "sale.csv", recipe(customers_required=False))


def test_one_file_or_table_for_a_recipe_that_needs_one(tmp_path: Path) -> None:
    shop = recipe(customers_required=False)
    path = fill(tmp_path, sales_dot_csv=SALES) / "sales.csv"
    assert find_sources(str(path), shop).sources == (Source("sales", path, "sales.csv"),)
    table = pa.table({"customer_id": [1]})
    assert find_sources(table, shop).sources == (Source("sales", table, "table 'sales'"),)
    with pytest.raises(DataError, match="needs 2 tables"):
        find_sources(path, recipe())


def test_tables_by_name(tmp_path: Path) -> None:
    path = fill(tmp_path, sales_dot_csv=SALES) / "sales.csv"
    table = pa.table({"customer_id": [1]})
    found = find_sources({"customers": table, "sales": str(path)}, recipe())
    assert [(s.table, s.name) for s in found.sources] == [
        ("sales", "sales.csv"),
        ("customers", "table 'customers'"),
    ]
    with pytest.raises(DataError, match="did you mean 'sales'"):
        find_sources({"sale": table}, recipe())
    with pytest.raises(DataError, match="was not given: customers"):
        find_sources({"sales": table}, recipe())
    with pytest.raises(DataError, match="a list"):
        find_sources({"sales": [1], "customers": table}, recipe())  # type: ignore[dict-item]


def test_peek(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1], "b": [2]}), tmp_path / "x.parquet")
    fill(tmp_path, y_dot_csv="a;b\n1;2\n", bad_dot_parquet="no")
    for data in (tmp_path / "x.parquet", tmp_path / "y.csv", pa.table({"a": [1], "b": [2]})):
        assert peek(Source("t", data, "t")) == ("a", "b")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        peek(Source("t", tmp_path / "bad.parquet", "bad.parquet"))
