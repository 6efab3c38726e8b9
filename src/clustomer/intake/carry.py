"""Whether the data can carry segments at all: told as soon as the tables are in."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from clustomer.engines.base import Aggregate, Engine, quoted
from clustomer.features.lines import ORDERS
from clustomer.findings import Finding
from clustomer.names import CUSTOMER
from clustomer.recipe.settings import Recipe
from clustomer.rounding import percent

FEW: Final = 30
"""Customers below which any segment is a handful of people."""

SOME: Final = 200
"""Customers below which segments are small and a new sample may move them."""

SINGLE: Final = 0.95
"""Share of customers with one order from which frequency and rhythm say nothing."""

SHORT_DAYS: Final = 60
"""Days between the first and the last order below which nobody can have lapsed."""


_EACH: Final = "orders of each customer"


def carrying_findings(engine: Engine, recipe: Recipe, customers: int) -> list[Finding]:
    """Report what the data is too little for.

    Parameters
    ----------
    engine
        Holds the orders, where the recipe has order lines and segments customers.
    recipe
        Says what is segmented.
    customers
        Customers (or rows) that would be segmented.

    Returns
    -------
    list of Finding
        ``few-customers``, ``no-dates``, ``one-order-each``, ``short-history``.
    """
    findings = _of_count(customers, recipe.noun)
    if recipe.unit != "customer" or recipe.table_of("lines") is None or not customers:
        return findings
    engine.aggregate(
        _EACH,
        ORDERS,
        [CUSTOMER],
        {
            "orders": Aggregate("count"),
            "first": Aggregate("min", "order_date"),
            "last": Aggregate("max", "order_date"),
        },
    )
    found = engine.arrow(
        "SELECT sum(case when orders = 1 then 1 else 0 end) AS singles, min(first) AS first,"
        f" max(last) AS last FROM {quoted(_EACH)}"
    ).to_pylist()[0]
    engine.drop(_EACH)
    if found["singles"] >= SINGLE * customers:
        findings.append(
            Finding(
                "one-order-each",
                "warning",
                f"{percent(found['singles'] / customers)} of {customers:,} customers have one"
                " order: how often they come and in what rhythm cannot tell them apart.",
                "give a longer history, or segment on what the one order shows",
            )
        )
    return findings + _of_time(found["first"], found["last"], recipe.lines.date)


def _of_count(customers: int, noun: str) -> list[Finding]:
    if customers >= SOME:
        return []
    few = customers < FEW
    return [
        Finding(
            "few-customers",
            "problem" if few else "warning",
            f"There are only {customers:,} {noun}: "
            + ("any segment is a handful." if few else "segments are small and may not come back."),
            f"give tables with some hundreds of {noun}, or take the segments as a first sketch",
        )
    ]


def _of_time(first: datetime | None, last: datetime | None, column: str) -> list[Finding]:
    if first is None or last is None:
        return [
            Finding(
                "no-dates",
                "problem",
                f"No order has a date in {column}: recency, tenure and rhythm are unknown.",
                "name the column of the order's date in the recipe, or check how it is written",
            )
        ]
    days = (last.date() - first.date()).days
    if days >= SHORT_DAYS:
        return []
    span = f"The orders span {days} days ({first:%Y-%m-%d} to {last:%Y-%m-%d})"
    if days == 0:
        span = f"All orders are of one day ({first:%Y-%m-%d})"
    return [
        Finding(
            "short-history",
            "warning",
            f"{span}: too short to tell who has lapsed from who is between two orders.",
            "give a history of several months; do not read recency as loyalty",
        )
    ]
