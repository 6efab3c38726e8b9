"""Tables to be scored that lack what the fit had."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyarrow import csv

import clustomer
from clustomer.errors import DataError
from clustomer.model import Model
from clustomer.scoring import score


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pa.Table]:
    folder = tmp_path_factory.mktemp("demo")
    clustomer.write_demo(folder, customers=300)
    texts = {"sales": {"quantity": pa.string(), "unit_price": pa.string()}}
    return {
        name: csv.read_csv(
            folder / f"{name}.csv",
            convert_options=csv.ConvertOptions(column_types=texts.get(name)),
        )
        for name in ("sales", "customers", "products")
    }


@pytest.fixture(scope="module")
def model(tables: dict[str, pa.Table]) -> Model:
    return clustomer.fit(tables, "retail", k=3).model


def _without(tables: dict[str, pa.Table], table: str, column: str) -> dict[str, pa.Table]:
    return {**tables, table: tables[table].drop_columns(column)}


@pytest.mark.parametrize(
    ("table", "column", "feature"),
    [
        ("sales", "discount_applied", "discount_share"),
        ("sales", "delivery_status", "order_count"),
        ("customers", "signup_date", "tenure_days"),
    ],
)
def test_a_column_on_which_segments_depend_must_be_there(
    tables: dict[str, pa.Table], model: Model, table: str, column: str, feature: str
) -> None:
    with pytest.raises(DataError) as error:
        model.assign(_without(tables, table, column))
    text = f"Table '{table}' has no column '{column}', which the model was fitted with."
    assert text in str(error.value)
    assert feature in str(error.value)


def test_a_column_that_only_describes_may_be_gone_and_is_told(
    tables: dict[str, pa.Table], model: Model
) -> None:
    scored = score(model, _without(tables, "customers", "gender"))
    (gone,) = [one for one in scored.findings if one.code == "column-gone"]
    assert gone.text == (
        "table 'customers' has no column 'gender', which the model was fitted with; "
        "no segment depends on it."
    )


def test_a_column_without_any_value_is_a_problem(tables: dict[str, pa.Table], model: Model) -> None:
    customers = tables["customers"]
    at = customers.column_names.index("signup_date")
    blank = customers.set_column(at, "signup_date", pa.nulls(customers.num_rows, pa.string()))
    with pytest.warns(UserWarning, match="no row has a signup_date"):
        model.assign({**tables, "customers": blank})
    assert not [one for one in score(model, tables).findings if one.code.startswith("column-")]
