"""Guesses of what a column is for: from its name and its values."""

from __future__ import annotations

import pytest

from clustomer.drafting.facts import facts
from clustomer.drafting.guess import ColumnRole, guess
from clustomer.meanings import meanings_of, plain_words, words_of

CODES = [f"K{i}" for i in range(80)]
WHOLE = [str(i % 7 + 1) for i in range(80)]
MONEY = [f"{i}.{i % 90 + 10}" for i in range(80)]


def _facts(name: str, values: list[str]) -> ColumnRole:
    seen = facts(
        name,
        "text",
        values,
        rows=len(values),
        filled=len([v for v in values if v]),
        distinct=len(set(values)),
    )
    return guess(seen).role


@pytest.mark.parametrize(
    ("name", "values", "role"),
    [
        ("cust_no", CODES, "customer id"),
        ("CustomerKey", WHOLE * 3, "customer id"),
        ("Kundennummer", CODES, "customer id"),
        ("id_cliente", CODES, "customer id"),
        ("InvoiceNo", CODES, "order id"),
        ("StockCode", CODES, "product id"),
        ("sku", CODES, "product id"),
        ("TerritoryKey", WHOLE * 3, "other key"),
        ("OrderLineItem", WHOLE, "line id"),
        ("number_of_cds", WHOLE, "quantity"),
        ("Menge", WHOLE, "quantity"),
        ("OrderQuantity", ["1"] * 80, "quantity"),
        ("UnitPrice", MONEY, "unit price"),
        ("base_price", MONEY, "list price"),
        ("dollar_value", MONEY, "amount"),
        ("Sales", MONEY, "amount"),
        ("Betrag", [m.replace(".", ",") for m in MONEY], "amount"),
        ("AnnualIncome", ["$90,000 ", "$60,500 "] * 40, "number"),
        ("Spending Score (1-100)", WHOLE, "number"),
        ("NumDealsPurchases", WHOLE, "number"),
        ("discount_applied", ["0", "0.15", "0.1"] * 30, "discount"),
        ("InvoiceDate", ["2024-01-05", "2024-02-06"] * 40, "order date"),
        ("order_date", ["06-07-25"] * 80, "order date"),
        ("Dt_Customer", ["04/09/2012", "21/08/2013"] * 40, "signup date"),
        ("ShipDate", ["04/09/2012", "21/08/2013"] * 40, "other date"),
        ("dob", ["1969-01-05", "1975-02-06"] * 40, "birth date"),
        ("Genre", ["Male", "Female"] * 40, "gender"),
        ("sex", ["m", "f"] * 40, "gender"),
        ("MaritalStatus", ["M", "S"] * 40, "category"),
        ("delivery_status", ["Delivered", "Late"] * 40, "status"),
        ("Channel", ["1", "2"] * 40, "category"),
        ("Sub-Category", ["Chairs", "Tables"] * 40, "product category"),
        ("loyalty_tier", ["Gold", "Silver"] * 40, "ordinal"),
        ("City", CODES, "place"),
        ("e-mail", ["a@b.org"] * 80, "personal"),
        ("contact_info", [f"{c}@x.org" for c in CODES], "personal"),
        ("Postal Code", [f"{10000 + i}" for i in range(80)], "personal"),
        ("BillingAddress", ["1 High St", "2 Low St"] * 40, "personal"),
        ("FirstName", CODES, "name"),
        ("Description", [f"a long text about {c}" for c in CODES], "free text"),
        ("Churn", ["Yes", "No"] * 40, "outcome"),
        ("Z_Revenue", ["11"] * 80, "amount"),
        ("SeniorCitizen", ["0", "1"] * 40, "flag"),
        ("Z_CostContact", ["blue"] * 80, "constant"),
        ("nothing", [""] * 80, "empty"),
    ],
)
def test_roles(name: str, values: list[str], role: ColumnRole) -> None:
    assert _facts(name, values) == role


def test_each_guess_has_a_reason_and_a_confidence() -> None:
    seen = facts("cust_no", "text", CODES, rows=80, filled=80, distinct=80)
    found = guess(seen)
    assert found.reason == "its name, and values that are codes"
    assert 0 < found.confidence <= 1


def test_words_of_names() -> None:
    assert words_of("SalesTerritoryKey") == ("sales", "territory", "key")
    assert words_of("Größe_cm") == ("grose", "cm")
    assert {"order", "id"} <= meanings_of("invoice_no")
    assert plain_words("Annual Income (k$)") == "annual_income"
