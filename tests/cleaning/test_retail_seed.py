"""The first seed's dirty tables: every odd spelling is repaired, and nothing else is touched."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from clustomer.cleaning.clean import Cleaned, learn_and_apply
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.recipe.settings import ColumnSettings

from .tables import Given, numbered, settings

SALES: Given = {
    "order_id": "key",
    "customer_id": "key",
    "product_id": "key",
    "quantity": "number",
    "unit_price": "number",
    "order_date": "date",
    "delivery_status": ColumnSettings(
        kind="category", vocabulary=("Delivered", "Delayed", "Cancelled")
    ),
    "payment_method": "category",
    "region": "category",
    "discount_applied": "number",
}
CUSTOMERS: Given = {
    "customer_id": "key",
    "email": "text",
    "signup_date": "date",
    "gender": ColumnSettings(kind="category", vocabulary=("Female", "Male", "Other")),
    "region": "category",
    "loyalty_tier": ColumnSettings(kind="ordinal", order=("Bronze", "Silver", "Gold")),
}
PRODUCTS: Given = {
    "product_id": "key",
    "product_name": "category",
    "category": "category",
    "launch_date": "date",
    "base_price": "number",
    "supplier_code": "category",
}


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    one = DuckDBEngine(threads=1)
    yield one
    one.close()


def clean(
    engine: DuckDBEngine, folder: Path, file: str, columns: Given
) -> tuple[Cleaned, dict[str, Counter[object]], dict[tuple[str, str], str]]:
    with (folder / file).open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    engine.load("raw", numbered({name: [row[name] or None for row in rows] for name in columns}))
    one = settings(columns)
    _, cleaned = learn_and_apply(engine, "raw", {c: c for c in columns}, one, "t", "clean")
    found = engine.arrow('SELECT * FROM "clean"').to_pydict()
    audit = {(r["column"], r["raw"]): r["repaired"] for r in cleaned.audit.to_pylist()}
    return cleaned, {name: Counter(found[name]) for name in columns}, audit


def test_sales(engine: DuckDBEngine, real_data: Callable[[str], Path]) -> None:
    folder = real_data("retail_seed")
    cleaned, values, audit = clean(engine, folder, "sales_data.csv", SALES)
    assert cleaned.rows == 3000
    assert audit == {
        ("quantity", "five"): "5",
        ("quantity", "three"): "3",
        ("order_date", "06-07-25"): "2025-07-06",
        ("delivery_status", " Cancelled "): "Cancelled",
        ("delivery_status", " DELAYED"): "Delayed",
        ("delivery_status", "delivered"): "Delivered",
        ("delivery_status", "delrd"): "Delivered",
        ("delivery_status", "delyd"): "Delayed",
        ("payment_method", "bank transfr"): "Bank Transfer",
        ("payment_method", "credit card"): "Credit Card",
        ("region", "nrth"): "North",
    }
    assert values["order_date"] == {datetime(2025, 7, 6): 2997, None: 3}  # noqa: DTZ001
    assert values["quantity"] == {1.0: 575, 2.0: 635, 3.0: 599, 4.0: 582, 5.0: 606, None: 3}
    assert values["delivery_status"] == {
        "Delivered": 1232,
        "Delayed": 1174,
        "Cancelled": 591,
        None: 3,
    }
    assert cleaned.blanks["customer_id"] == 2
    assert [(f.code, f.severity) for f in cleaned.findings] == [("ambiguous-date", "warning")]


def test_customers(engine: DuckDBEngine, real_data: Callable[[str], Path]) -> None:
    folder = real_data("retail_seed")
    cleaned, values, audit = clean(engine, folder, "customer_info.csv", CUSTOMERS)
    assert values["gender"] == {"Female": 250, "Male": 169, "Other": 77, None: 4}
    assert values["loyalty_tier"] == {"Gold": 265, "Silver": 119, "Bronze": 114, None: 2}
    assert {column for column, _ in audit} == {"signup_date", "gender", "loyalty_tier"}
    assert audit["signup_date", "26-04-25"] == "2025-04-26"
    assert cleaned.blanks["signup_date"] == 4
    assert cleaned.findings == ()


def test_products(engine: DuckDBEngine, real_data: Callable[[str], Path]) -> None:
    folder = real_data("retail_seed")
    cleaned, values, audit = clean(engine, folder, "product_info.csv", PRODUCTS)
    assert {column for column, _ in audit} == {"launch_date"}
    assert len(values["product_name"]) == 30
    assert len(values["supplier_code"]) == 30
    assert cleaned.blanks == dict.fromkeys(PRODUCTS, 0)
    assert cleaned.findings == ()
