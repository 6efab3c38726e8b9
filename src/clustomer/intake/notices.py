"""Findings about keys, joins and customers: what the tables say about each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from clustomer.engines.base import Aggregate, Engine, quoted
from clustomer.features.build import CUSTOMERS
from clustomer.features.lines import LINES, ORDERS, lines_and_blanks
from clustomer.findings import Finding
from clustomer.intake.relate import Related
from clustomer.names import CUSTOMER, TableRole
from clustomer.recipe.settings import Recipe
from clustomer.rounding import percent
from clustomer.tables.read import RawTable


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
                    f"{check.table}: {_rows(len(check.repeated))} with a {check.key} that an "
                    "earlier row has; the earlier row is kept.",
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
    if recipe.table_of("lines") is None or order is None or recipe.unit == "row":
        return []
    lines, blank = lines_and_blanks(engine, order)
    findings = []
    if 0 < blank < lines:
        findings.append(
            Finding(
                "blank-order",
                "note",
                f"{_rows(blank)} without {order}; a customer's such lines of one date "
                "count as one order.",
            )
        )
    together = "customers of an order"
    each = {"customers": Aggregate("count")}
    engine.aggregate(together, ORDERS, ["order_key"], each, "order_key IS NOT NULL")
    shared = engine.arrow(
        f"SELECT count(*) AS n FROM {quoted(together)} WHERE customers > 1"
    ).to_pylist()[0]["n"]
    engine.drop(together)
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
    bought = engine.distinct(ORDERS, [CUSTOMER])[CUSTOMER].num_rows
    seen = engine.distinct(LINES, [CUSTOMER])[CUSTOMER]
    nothing = seen.num_rows - bought
    if nothing:
        findings.append(
            Finding(
                "no-sale",
                "note",
                f"{_count(nothing, 'customer')} with order lines but no sale (returned, cancelled "
                "or free of charge only): in no segment.",
            )
        )
    if recipe.table_of("customers") is not None:
        every = engine.arrow(f"SELECT count(*) AS n FROM {quoted(CUSTOMERS)}").column(0)[0].as_py()
        engine.load("customers seen", seen)
        known = engine.arrow(
            f"SELECT count(*) AS n FROM {quoted(CUSTOMERS)} AS c"
            f" JOIN {quoted('customers seen')} AS s ON c.{CUSTOMER} = s.raw"
        )
        engine.drop("customers seen")
        silent = every - known.column(0)[0].as_py()
        if silent:
            findings.append(
                Finding(
                    "never-ordered",
                    "note",
                    f"{_count(silent, 'customer')} without an order: in no segment.",
                )
            )
    return findings


def case_findings(engine: Engine, recipe: Recipe) -> list[Finding]:
    """Customers whose ids are alike but for upper and lower case: keys stay as they are written."""
    if recipe.unit != "customer":
        return []
    told: tuple[tuple[TableRole, str], ...] = (("lines", LINES), ("customers", CUSTOMERS))
    there = [relation for role, relation in told if recipe.table_of(role) is not None]
    ids = [engine.distinct(one, [CUSTOMER])[CUSTOMER]["raw"] for one in there]
    known = pc.unique(pa.chunked_array([chunk for one in ids for chunk in one.chunks], pa.string()))
    alike = len(known) - len(pc.unique(pc.utf8_lower(known)))
    if not alike:
        return []
    return [
        Finding(
            "case-of-key",
            "warning",
            f"{_count(alike, 'value')} of {CUSTOMER} {'differs' if alike == 1 else 'differ'} from "
            "another only in upper and lower case; each counts as a customer of its own.",
            "write them alike at their source where they mean the same customer",
        )
    ]


def late_findings(
    recipe: Recipe,
    raw: Mapping[str, RawTable],
    aside: Mapping[str, Sequence[tuple[int, str]]],
    as_of: datetime | None,
) -> list[Finding]:
    """Order lines that as_of sets aside, and their share: with most of them gone, a problem."""
    table = recipe.table_of("lines")
    if table is None or as_of is None or table not in raw:
        return []
    late = sum(1 for _, reason in aside[table] if "is not before as_of" in reason)
    if not late:
        return []
    share = late / raw[table].read
    return [
        Finding(
            "after-as-of",
            "problem" if share > 0.5 else "warning",
            f"{table}: {_rows(late)} ({percent(share)}) dated on or after as_of "
            f"({as_of:%Y-%m-%d}) set aside; customers are seen as they were before that day.",
            "check as_of; without it the day after the newest order is taken",
        )
    ]


def left_out_findings(left_out: Iterable[tuple[str, str]]) -> list[Finding]:
    """Features that the recipe names and the data cannot give."""
    return [
        Finding("feature-left-out", "note", f"The feature {name} is left out: {reason}.")
        for name, reason in left_out
    ]


def _rows(count: int) -> str:
    return _count(count, "row")


def _count(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
