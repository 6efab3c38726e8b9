"""Cleaning and features over small dirty tables: every engine gives the same customers.

The same tables are taken in by each engine and by a DuckDB of one thread; floats agree within
1e-9, everything else exactly. A few values are written out, so that both cannot be wrong alike.
"""

from __future__ import annotations

import functools
from datetime import datetime
from decimal import Decimal
from typing import Literal

import pyarrow as pa
import pytest

from clustomer.engines.base import Engine
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.intake.intake import Intake, take_in
from clustomer.progress import Stages
from clustomer.recipe.load import load_recipe
from clustomer.tables.sources import Data
from contracts.compare import differences, same

Unit = Literal["customer", "row"]
Texts = tuple[tuple[str | None, ...], ...]

SALES: Texts = (
    # order, customer, product, quantity, price, date, status, payment, region, discount
    ("O1", "C1", "P1", "2", "10.00", "2025-01-05", "Delivered", "Credit Card", "North", "0"),
    ("O1", "C1", "P2", "1", "99.90", "2025-01-05", "delivered ", "credit card", "North", "0.1"),
    ("O2", "C1", "P1", "three", "10.00", "2025-02-10", "DELAYED", "PayPal", "north", ""),
    ("O3", "C1", "P3", "1", "0.10", "2025-03-01", "Delivered", "PayPal", "South", "0.2"),
    ("O4", "C1", "P4", "-1", "10.00", "2025-03-09", "Delivered", "PayPal", "South", "0"),
    ("O5", "C2", "P2", "1", "99.90", "2025-01-31", "Cancelled", "Bank Transfer", "East", "0"),
    ("O6", "C2", "P2", " 2 ", "99.90", "2025-02-28", "Delivered", "Bank Transfer", "East", "0"),
    ("O6", "C2", "P9", "1", "5", "2025-02-28", "Delivered", "Bank  Transfer", "West", "0"),
    ("O7", "C3", "P1", "1", "1,234.50", "2024-02-29", "Delivered", "Credit Card", "West", "0.05"),
    ("O8", "C3", "P1", "1", "10.00", None, "Delivered", "PayPal", None, None),
    ("O9", "C3", "P3", "five", ".1", "", "Delayed", "Credit Card", "West", "NaN"),
    ("O10", "C4", "P4", "1f", "3.5", "2025-03-10", "Delivered", "PayPal", "North", "0"),
    ("O10", "C4", "P4", "1", "3.5", "2025-03-10", "Delivered", "PayPal", "North", "0"),
    ("O11", "C5", "P1", "-2", "10.00", "2025-03-11", "Delivered", "PayPal", "North", "0"),
    ("O12", None, "P1", "4", "10.00", "2025-03-12", "Delivered", "PayPal", "North", "0"),
    ("O13", " ", "P1", "4", "10.00", "2025-03-12", "Delivered", "PayPal", "North", "0"),
    ("O14", "C9", "P2", "1", "99.90", "2025-03-13", "Delivered", "PayPal", "South", "0"),
    ("O15", "007", "P2", "1", "1e2", "2025-03-14", "Delivered", "Crédit Card", "Süd", "0"),
    ("O15", "007", "P3", "+5", "0.30", "2025-03-14", "Delivered", "PayPal", "Süd", "0.5"),
    ("O16", "7", "P3", "5.", "0.30", "2025-03-14", "Delivered", "PayPal", "Sud", "0"),
    ("O17", "C6", "P1", "1_000", "10.00", "2025-03-15", "Deliverd", "Paypal", "north ", "0"),
    ("O17", "C6", None, "2", "10.00", "2025-03-15", "Delivered", "PayPal", "North", "0"),
    ("O18", "C6", "P1", "0", "10.00", "2025-03-16", "Delivered", "PayPal", "North", "0"),
    ("O19", "C6", "P2", "1", "-99.90", "2025-03-16", "Delivered", "PayPal", "North", "0"),
    ("O20", "c6", "P2", "1", "99.90", "2025-03-17", "Delivered", "PayPal", "North", "0"),
    (None, "C1", "P1", "1", "10.00", "2025-03-18", "Delivered", "PayPal", "South", "0"),
    (None, "C1", "P2", "1", "99.90", "2025-03-18", "Delivered", "PayPal", "South", "0"),
    (None, "C1", "P2", "1", "99.90", "2025-03-19", "Delivered", "Credit Card", "North", "0"),
    ("O21", "O'Neil", "P1", "1", "10.00", "2025-03-20", "Delivered", "PayPal", 'Ea"st', "0"),
    ("O22", "back\\slash", "P1", "1", "10.00", "2025-03-21", "Delivered", "PayPal", "a\\", "0"),
    ("O23", "C7", "P5", "2", "20", "2025-13-01", "Delivered", "PayPal", "North", "0"),
    ("O24", "C7", "P5", "2", "20", "2025-02-30", "Delivered", "Credit Card", "North", "0"),
    ("O25", "C7", "P6", "2", "20", "2025-02-28", "Delivered", "Credit Card", "North", "0"),
    ("O26", "C8", "P6", "1" + "0" * 20, "20", "2025-02-28", "Delivered", "PayPal", "North", "0"),
    ("O26", "C8", "P6", "1", "20", "2025-02-28", "\x0bDelivered\u00a0", "PayPal", "North", "0"),
    *(
        (f"O{30 + n}", "C8", "P1", "1", "0.1", f"2025-03-{1 + n:02}", "Delivered", "PayPal", r, "0")
        for n, r in enumerate(("North", "South", "East", "West", "North", "South"))
    ),
)

CUSTOMERS: Texts = (
    # customer, signup, gender, region, tier
    ("C1", "2024-01-01", "Female", "North", "gold"),
    ("C2", "2023-06-15", "male", "EAST", "Silver"),
    ("C3", "", "FEMALE ", "West", "Bronze"),
    ("C4", "2025-03-10", "Femal", None, "Platinum"),
    ("C5", "2024-05-05", None, "North", "Gold"),
    ("C6", "2024-05-05", "Other", "North", ""),
    ("C6", "2020-01-01", "Male", "South", "Gold"),
    (None, "2020-01-01", "Male", "South", "Gold"),
    ("007", "2024-12-31", "Male", "Süd", "Bronze"),
    ("C7", "2024-02-29", "Male", "North", "Bronze"),
    ("C8", "2025-04-01", "Female", "North", "Silver"),
    ("never", "2022-02-02", "Female", "North", "Silver"),
)

PRODUCTS: Texts = (
    # product, category, base price
    ("P1", "Books", "10"),
    ("P2", "Home & Garden", "99.9"),
    ("P3", "Écrits", "0.25"),
    ("P4", "books ", "3.5"),
    ("P5", None, "20"),
    ("P6", "", "abc"),
    ("P6", "Toys", "7"),
)

NAMES = {
    "sales": (
        *("order_id", "customer_id", "product_id", "quantity", "unit_price", "order_date"),
        *("delivery_status", "payment_method", "delivery_region", "discount"),
    ),
    "customers": ("customer_id", "signup_date", "gender", "region", "loyalty_tier"),
    "products": ("product_id", "category", "base_price"),
}


def _table(name: str, rows: Texts) -> pa.Table:
    columns = zip(*rows, strict=True)
    return pa.table(
        {key: pa.array(c, pa.string()) for key, c in zip(NAMES[name], columns, strict=True)}
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


TYPED_LINES = pa.table(
    {
        "InvoiceNo": ["536365", "536365", "C536366", "536367", "536368", "536369", None, "536370"],
        "StockCode": ["85123A", "71053", "85123A", "POST", "85123A", "71053", "m", "85123A"],
        "Quantity": pa.array([6, 6, -6, 1, 80995, 0, 3, 2], pa.int32()),
        "InvoiceDate": pa.array(
            [
                _moment("2010-12-01 08:26:00"),
                _moment("2010-12-01 08:26:00"),
                _moment("2010-12-02 09:00:00.25"),
                _moment("2011-12-09 12:50:59.999999"),
                _moment("2011-01-18 10:01:00"),
                _moment("2011-01-19 00:00:00"),
                None,
                _moment("2011-03-27 01:30:00"),
            ],
            pa.timestamp("ns"),
        ),
        "UnitPrice": pa.array(
            [Decimal(price) for price in ("2.55", "3.39", "2.55", "18", "1.04", "1", "0.85", "2")],
            pa.decimal128(9, 2),
        ),
        "CustomerID": [17850.0, 17850.0, 17850.0, 12583.0, 16446.0, 16446.0, 12583.0, None],
        "Country": pa.array(
            ["United Kingdom", "united kingdom", "EIRE", None] * 2
        ).dictionary_encode(),
    }
)

CARDS = pa.table(
    {
        "CUST_ID": ["C10001", "C10002", "C10003", "C10003", None],
        **{
            name: pa.array([0.5 + n, None, 1e9 / (n + 1), 3.0, 4.0], pa.float32())
            for n, name in enumerate(
                column.upper()
                for column in load_recipe("credit-card").tables["customers"].columns
                if column != "customer_id"
            )
        },
    }
)

RETAIL = {
    "sales": _table("sales", SALES),
    "customers": _table("customers", CUSTOMERS),
    "products": _table("products", PRODUCTS),
}

RUNS: dict[str, tuple[str, Unit, Data]] = {
    "retail by customer": ("retail", "customer", RETAIL),
    "retail by row": ("retail", "row", RETAIL),
    "transactions by customer": ("transactions", "customer", TYPED_LINES),
    "transactions by row": ("transactions", "row", TYPED_LINES),
    "credit cards": ("credit-card", "customer", CARDS),
}


def taken_in(engine: Engine, run: str) -> Intake:
    recipe, unit, data = RUNS[run]
    return take_in(engine, data, load_recipe(recipe, unit=unit), stages=Stages())


@functools.cache
def expected_of(run: str) -> Intake:
    reference = DuckDBEngine(threads=1)
    try:
        return taken_in(reference, run)
    finally:
        reference.close()


@pytest.mark.parametrize("run", list(RUNS))
def test_every_engine_takes_in_the_same(fresh: Engine, run: str) -> None:
    found, expected = taken_in(fresh, run), expected_of(run)
    assert differences(found.audit, expected.audit) == []
    assert differences(found.customers, expected.customers) == []
    assert found.accounts == expected.accounts
    assert found.quarantined == expected.quarantined
    assert found.joins == expected.joins
    assert found.findings == expected.findings
    assert found.learnt == expected.learnt


KNOWN: dict[str, dict[str, dict[str, object]]] = {
    "retail by customer": {
        "C1": {
            "order_count": 5.0,
            "spend": 359.8,
            "units": 10.0,
            "mean_order_value": 71.96,
            "mean_basket_lines": 1.4,
            "days_since_last_order": 3.0,
            "first_to_last_days": 73.0,
            "mean_days_between_orders": 18.25,
            "tenure_days": 446.0,
            "discount_share": 2 / 7,
            "delayed_share": 1 / 8,
            "money_back": 10.0,
            "distinct_categories": 3.0,
            "share_of_books": 60 / 359.8,
            "favourite_payment_method": "PayPal",
            "favourite_delivery_region": "North",
            "gender": "Female",
            "loyalty_tier": "Gold",
        },
        "C2": {"order_count": 1.0, "spend": 204.8, "cancelled_share": 1 / 3, "money_back": 99.9},
        "C6": {"order_count": 1.0, "spend": 20.0, "mean_days_between_orders": None},
        "007": {"favourite_payment_method": "Crédit Card", "favourite_delivery_region": "Süd"},
        "7": {"spend": 1.5, "gender": None},
        "O'Neil": {"favourite_delivery_region": 'Ea"st'},
        "back\\slash": {"favourite_delivery_region": "a\\"},
    },
    "retail by row": {
        "1": {"total_price": 20.0, "price_tier": "Budget", "gender": "Female"},
        "41": {"total_price": 0.1, "category": "Books", "delivery_region": "South"},
    },
    "transactions by customer": {
        "17850": {"order_count": 1.0, "spend": 6 * 2.55 + 6 * 3.39, "money_back": 6 * 2.55},
        "12583": {"order_count": 2.0, "spend": 18 + 3 * 0.85, "money_back_share": 0.0},
    },
    "credit cards": {"C10002": {"balance": None}, "C10003": {"balance": 1e9}},
}


@pytest.mark.parametrize("run", list(KNOWN))
def test_the_values_are_those_worked_out_by_hand(run: str) -> None:
    customers = expected_of(run).customers
    rows = {row[customers.column_names[0]]: row for row in customers.to_pylist()}
    wrong = [
        (who, name, rows[who][name], value)
        for who, values in KNOWN[run].items()
        for name, value in values.items()
        if not same(rows[who][name], value)
    ]
    assert wrong == []


def test_who_bought_nothing_is_not_among_the_customers() -> None:
    ids = expected_of("retail by customer").customers["customer_id"].to_pylist()
    assert {"C5", "never", " ", None}.isdisjoint(ids)
    assert ids == sorted(ids)
    assert len(ids) == len(set(ids)) == 13
