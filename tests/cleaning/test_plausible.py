from __future__ import annotations

from collections.abc import Iterator

import pytest

import clustomer
from clustomer.cleaning.clean import learn_and_apply
from clustomer.cleaning.plausible import range_of
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.recipe.settings import ColumnSettings

from .tables import Given, numbered, settings


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    one = DuckDBEngine(threads=1)
    yield one
    one.close()


def told(engine: DuckDBEngine, rows: dict[str, list[str | None]], kinds: Given) -> list[str]:
    engine.load("raw", numbered(rows))
    names = {name: name for name in kinds}
    _, cleaned = learn_and_apply(engine, "raw", names, settings(kinds), "customers", "clean")
    return [f"{finding.code}: {finding.text}" for finding in cleaned.findings]


def test_what_cannot_be_is_told_and_stays(engine: DuckDBEngine) -> None:
    rows: dict[str, list[str | None]] = {
        "age": ["31", "900", "-1", None],
        "Year_Birth": ["1843", "1980", "1990", "1970"],
        "unit_price": ["-3", "2", "0", "1"],
        "quantity": ["1000000000", "1", "2", "-3"],
        "stage": ["900", "1", "2", "3"],
        "signup": ["1843-01-01", "2025-01-01", "2025-01-02", "2199-01-01"],
    }
    kinds: Given = dict.fromkeys(rows, "number") | {"signup": "date"}  # type: ignore[assignment]
    assert told(engine, rows, kinds) == [
        "implausible-number: customers.age: 1 row below 0 (an age in years); nothing was changed.",
        "implausible-number: customers.age: 1 row above 120 (an age in years);"
        " nothing was changed.",
        "implausible-number: customers.Year_Birth: 1 row below 1,900 (a year of birth);"
        " nothing was changed.",
        "implausible-number: customers.unit_price: 1 row below 0 (a price); nothing was changed.",
        "implausible-number: customers.quantity: 1 row above 1,000,000 (a quantity);"
        " nothing was changed.",
        "implausible-date: customers.signup: 2 rows before 1900-01-01 or from 2100-01-01 on;"
        " nothing was changed.",
    ]
    assert engine.arrow('SELECT max("age") AS age FROM clean')["age"].to_pylist() == [900.0]


def test_the_recipe_draws_the_line(engine: DuckDBEngine) -> None:
    column = ColumnSettings.model_validate({"kind": "number", "limits": {"max": 50}})
    rows: dict[str, list[str | None]] = {"age": ["31", "60", "900"]}
    assert told(engine, rows, {"age": column}) == [
        "beyond-limits: customers.age: 2 rows above 50 (the recipe's limits); nothing was changed."
    ]


def test_names_of_other_languages_tell_too() -> None:
    told_by = {
        "Stückpreis": "a price",
        "precio_unitario": "a price",
        "Geburtsjahr": "a year of birth",
        "geboortejaar": "a year of birth",
        "Alter": "an age in years",
        "kosten": "a cost",
        "Menge": "a quantity",
        "Einkommen": "an income",
        "sconto": "a discount",
        "UnitPrice": "a price",
        "Year_Birth": "a year of birth",
    }
    for name, says in told_by.items():
        found = range_of(name)
        assert found is not None, name
        assert found.says == says
    for name in ("interest_rate", "average", "promotion", "units_score", "image"):
        assert range_of(name) is None, name


def test_another_table_settles_the_order_of_dates() -> None:
    def table(name: str, days: list[str]) -> dict[str, list[str]]:
        rows = {"customer_id": [f"C{at % 20}" for at in range(len(days))], name: days}
        if name == "order_date":
            rows |= {"order_id": [str(at) for at in range(len(days))]}
            rows |= dict.fromkeys(("quantity", "unit_price"), ["2"] * len(days))
            rows |= {"product_id": ["P"] * len(days)}
        return rows

    import pyarrow as pa

    data = {
        "sales": pa.table(table("order_date", ["06-07-25", "05-07-25"] * 20)),
        "customers": pa.table(table("signup_date", ["26-04-25"] * 20)),
        "products": pa.table({"product_id": ["P"], "category": ["a"], "base_price": ["2"]}),
    }
    run = clustomer.fit(data, recipe="retail", k=2)
    (finding,) = [one for one in run.findings if one.code == "ambiguous-date"]
    assert finding.severity == "note"
    assert "read as day-month-year, as in column customers.signup_date" in finding.text
