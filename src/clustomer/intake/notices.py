"""Findings about keys, joins and customers: what the tables say about each other."""

from __future__ import annotations

from collections.abc import Iterable

from clustomer.engines.base import Engine, quoted
from clustomer.features.build import CUSTOMERS
from clustomer.features.lines import LINES, ORDERS
from clustomer.findings import Finding
from clustomer.intake.relate import Related
from clustomer.names import CUSTOMER
from clustomer.recipe.settings import Recipe


def key_findings(related: Related) -> list[Finding]:
    """Blank and repeated keys of the attribute tables, orphans and blanks of the joins."""
    findings = []
    for check in related.keys:
        if check.blank:
            findings.append(
                Finding(
                    "blank-key",
                    "warning",
                    f"{check.table}: {_rows(len(check.blank))} without {check.key}; set aside.",
                    "fill in the key at its source; a row without it cannot be joined",
                )
            )
        if check.repeated:
            findings.append(
                Finding(
                    "repeated-key",
                    "warning",
                    f"{check.table}: {_rows(len(check.repeated))} repeat a {check.key}; "
                    "the first row of each is kept.",
                    "check which of the rows is right",
                )
            )
    for join in related.joins:
        if join.blank:
            findings.append(
                Finding(
                    "blank-foreign-key",
                    "warning",
                    f"{join.left}: {_rows(join.blank)} without {join.key}; "
                    f"they match nothing in {join.right}.",
                    "fill in the key at its source",
                )
            )
        if join.orphans:
            findings.append(
                Finding(
                    "orphan-key",
                    "warning",
                    f"{join.left}: {_rows(join.orphans)} with a {join.key} that {join.right} "
                    "lacks; what the table would tell of them stays unknown.",
                    f"add the missing rows to {join.right}",
                )
            )
    return findings


def order_findings(engine: Engine, recipe: Recipe) -> list[Finding]:
    """Blank order keys, and order keys that stand with several customers."""
    order = recipe.lines.order
    if recipe.table_of("lines") is None or order is None:
        return []
    key = quoted(order)
    found = engine.arrow(
        f"SELECT count(*) - count({key}) AS blank, count(*) AS lines FROM {quoted(LINES)}"
    ).to_pylist()[0]
    findings = []
    if found["blank"] and found["blank"] < found["lines"]:
        findings.append(
            Finding(
                "blank-order",
                "note",
                f"{_rows(found['blank'])} without {order}; a customer's such lines of one date "
                "count as one order.",
            )
        )
    shared = engine.arrow(
        f"SELECT count(*) AS n FROM (SELECT {key} FROM {quoted(LINES)}"
        f" WHERE {key} IS NOT NULL AND {CUSTOMER} IS NOT NULL"
        f" GROUP BY {key} HAVING min({CUSTOMER}) <> max({CUSTOMER})) shared"
    ).to_pylist()[0]["n"]
    if shared:
        findings.append(
            Finding(
                "shared-order",
                "warning",
                f"{shared:,} values of {order} stand with more than one customer; "
                "each customer's part counts as an order of its own.",
                f"check how {order} is given out",
            )
        )
    return findings


def customer_findings(engine: Engine, recipe: Recipe) -> list[Finding]:
    """Customers that cannot be segmented because they have no sale."""
    if recipe.table_of("lines") is None or recipe.unit != "customer":
        return []
    findings = []
    bought = f"SELECT DISTINCT {CUSTOMER} FROM {quoted(ORDERS)}"
    nothing = engine.arrow(
        f"SELECT count(DISTINCT l.{CUSTOMER}) AS n FROM {quoted(LINES)} l"
        f" LEFT JOIN ({bought}) o ON l.{CUSTOMER} = o.{CUSTOMER} WHERE o.{CUSTOMER} IS NULL"
    ).to_pylist()[0]["n"]
    if nothing:
        findings.append(
            Finding(
                "no-sale",
                "note",
                f"{nothing:,} customers have order lines but no sale (returned, cancelled or free "
                "of charge only); they are in no segment.",
            )
        )
    if recipe.table_of("customers") is not None:
        silent = engine.arrow(
            f"SELECT count(*) AS n FROM {quoted(CUSTOMERS)} c LEFT JOIN"
            f" (SELECT DISTINCT {CUSTOMER} FROM {quoted(LINES)}) l"
            f" ON c.{CUSTOMER} = l.{CUSTOMER} WHERE l.{CUSTOMER} IS NULL"
        ).to_pylist()[0]["n"]
        if silent:
            findings.append(
                Finding(
                    "never-ordered",
                    "note",
                    f"{silent:,} customers have never ordered; they are in no segment.",
                )
            )
    return findings


def left_out_findings(left_out: Iterable[tuple[str, str]]) -> list[Finding]:
    """Features that the recipe names and the data cannot give."""
    return [
        Finding("feature-left-out", "note", f"The feature {name} is left out: {reason}.")
        for name, reason in left_out
    ]


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"
