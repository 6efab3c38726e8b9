"""Relating the clean tables: keys, joins, as_of, and which lines make customers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clustomer.engines.base import Engine, quoted
from clustomer.features.build import CUSTOMERS
from clustomer.features.lines import (
    LINES,
    day_after,
    make_orders,
    newest_order,
    price_lines,
    timestamp,
)
from clustomer.names import CUSTOMER, ROW
from clustomer.recipe.settings import Recipe
from clustomer.tables.joins import (
    Join,
    KeyCheck,
    Total,
    check_key,
    join_attributes,
    total_of,
    unique_by_key,
)

PRICED: Final = "priced lines"
"""Relation of all clean lines with `amount`, `sale`, `money_back`."""

SALES: Final = "case when sale then amount end"


@dataclass(frozen=True, slots=True)
class Related:
    """Tables by their keys.

    Parameters
    ----------
    keys
        What is wrong with the keys of the attribute tables.
    joins
        Proof of each join.
    rows
        Relation of the rows that features run over, before any is set aside: the joined lines, or
        the one table.
    """

    keys: tuple[KeyCheck, ...]
    joins: tuple[Join, ...]
    rows: str


def relate(engine: Engine, recipe: Recipe, clean: Mapping[str, str]) -> Related:
    """Make each attribute table unique by its key and join them to the priced lines.

    Attribute tables are widened first by what their own keys stand for, such as products by their
    category. Orders, and tables that the lines' amount needs, are joined before the lines are
    priced; the others after it, with the revenue proven.

    Parameters
    ----------
    clean
        By table: the relation of its clean rows.

    Raises
    ------
    DataError
        When a join changed the number of lines or their revenue.
    """
    keys = _keys(recipe)
    checks = {name: check_key(engine, clean[name], name, key) for name, key in keys.items()}
    joins: list[Join] = []
    unique: dict[str, str] = {}
    for name in _lookups_first(recipe, keys):
        unique[name] = CUSTOMERS if recipe.tables[name].role == "customers" else f"{name} by key"
        joins += _widened(engine, recipe, clean, checks, unique, name)
    table = recipe.table_of("lines")
    if table is None:
        only = next(name for name, one in recipe.tables.items() if one.role != "lookup")
        return Related((*checks.values(),), tuple(joins), clean[only])
    lines = _Lines(table, recipe, keys, unique)
    first = _needed_to_price(engine, recipe, clean[table], unique)
    rows, made = _joined(engine, lines, clean[table], first)
    joins += made
    price_lines(engine, rows, recipe.lines, into=PRICED)
    total = total_of(engine, PRICED, SALES)
    rows, made = _joined(engine, lines, PRICED, [n for n in keys if n not in first], total)
    return Related((*checks.values(),), (*joins, *made), rows)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines' table, and the tables that may be joined to it, by key."""

    table: str
    recipe: Recipe
    keys: Mapping[str, str]
    unique: Mapping[str, str]


def _keys(recipe: Recipe) -> dict[str, str]:
    return {
        name: one.key
        for name, one in recipe.tables.items()
        if one.role != "lines" and one.key is not None
    }


def _lookups_first(recipe: Recipe, keys: Mapping[str, str]) -> list[str]:
    """Order the keyed tables so that each lookup comes before the tables that hold its key."""
    ordered: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in ordered or name in path:
            return
        for other, key in keys.items():
            if recipe.tables[other].role == "lookup" and key in recipe.tables[name].columns:
                visit(other, (*path, name))
        ordered.append(name)

    for name in keys:
        visit(name, ())
    return ordered


def _widened(
    engine: Engine,
    recipe: Recipe,
    clean: Mapping[str, str],
    checks: Mapping[str, KeyCheck],
    unique: Mapping[str, str],
    name: str,
) -> list[Join]:
    """Make a table unique by its key and add the columns of the lookups whose keys it holds."""
    held = [
        other
        for other in unique
        if recipe.tables[other].role == "lookup"
        and checks[other].key in engine.columns(clean[name])
        and checks[other].key != checks[name].key
    ]
    if not held:
        unique_by_key(engine, clean[name], checks[name], unique[name])
        return []
    rows = f"{name} once"
    unique_by_key(engine, clean[name], checks[name], rows)
    joins = []
    for other in held:
        into = unique[name] if other == held[-1] else f"{name} with {other}"
        made = join_attributes(
            engine,
            rows,
            unique[other],
            checks[other].key,
            total=total_of(engine, rows),
            into=into,
            tables=(name, other),
        )
        joins.append(made)
        rows = into
    return joins


_NAME: Final = re.compile(r"[A-Za-z_]\w*")


def _needed_to_price(
    engine: Engine, recipe: Recipe, lines: str, unique: Mapping[str, str]
) -> list[str]:
    """Tables that must stand beside the lines before these can be priced, orders first."""
    settings = recipe.lines
    parts = (settings.amount, settings.sale, settings.money_back, settings.date, settings.order)
    named = {word for part in parts for word in _NAME.findall(part or "")} | {CUSTOMER}
    own = set(recipe.tables[recipe.table_of("lines") or ""].columns)
    lacking = (named - own) | {CUSTOMER} - set(engine.columns(lines))
    orders = [name for name in unique if recipe.tables[name].role == "orders"]
    others = [
        name
        for name, relation in unique.items()
        if recipe.tables[name].role in {"products", "lookup"}
        and lacking & set(engine.columns(relation))
    ]
    return [*orders, *others]


def _joined(
    engine: Engine, lines: _Lines, start: str, names: Iterable[str], total: Total | None = None
) -> tuple[str, list[Join]]:
    """Join tables to the lines one after the other.

    Customers are joined to prove that they fit; unless the unit is the row, their columns are not
    carried along, for features read them from the customers.
    """
    rows, joins = start, []
    for name in names:
        key = lines.keys[name]
        own = engine.columns(rows)
        if lines.recipe.tables[name].role == "lookup":
            # Those of the attribute tables have come with these.
            own = {k: v for k, v in own.items() if k in lines.recipe.tables[lines.table].columns}
        if key not in own:
            continue
        into = f"lines with {name}"
        carry = lines.recipe.unit == "row" or lines.recipe.tables[name].role != "customers"
        joins.append(
            join_attributes(
                engine,
                rows,
                lines.unique[name],
                key,
                total=total or total_of(engine, start),
                into=into,
                tables=(lines.table, name),
                carry=carry,
            )
        )
        if carry:
            rows = into
    return rows, joins


def derived_as_of(engine: Engine, recipe: Recipe) -> datetime | None:
    """Midnight after the newest order line, or None where no line has a date."""
    if recipe.table_of("lines") is None:
        return None
    newest = newest_order(engine, PRICED, recipe.lines.date)
    return None if newest is None else day_after(newest)


def set_aside(
    engine: Engine, recipe: Recipe, related: Related, as_of: datetime | None
) -> dict[str, list[tuple[int, str]]]:
    """Decide which rows cannot be used, and leave the others as `LINES` and orders.

    Returns
    -------
    dict
        By table: source row and reason of each row set aside, in the order of the source.
    """
    aside: dict[str, list[tuple[int, str]]] = {name: [] for name in recipe.tables}
    for check in related.keys:
        blank = f"{check.key} is blank"
        again = f"{check.key} is repeated; its first row is kept"
        aside[check.table] += [(row, blank) for row in check.blank]
        aside[check.table] += [(row, again) for row in check.repeated]
    table = recipe.table_of("lines")
    if table is None:
        if recipe.unit == "row":
            engine.view(LINES, f"SELECT * FROM {quoted(related.rows)}")
        return aside
    date = quoted(recipe.lines.date)
    reasons: list[tuple[str, str]] = []
    if recipe.unit == "customer":
        reasons.append((f"{CUSTOMER} IS NULL", f"{CUSTOMER} is blank"))
    if as_of is not None:
        reasons.append(
            (
                f"coalesce({date} >= {timestamp(as_of)}, false)",
                f"{recipe.lines.date} is not before as_of ({as_of:%Y-%m-%d})",
            )
        )
    kept: list[str] = []
    for condition, reason in reasons:
        unmet = "".join(f" AND NOT ({one})" for one in kept)
        found = engine.arrow(
            f"SELECT {ROW} FROM {quoted(PRICED)} WHERE {condition}{unmet} ORDER BY {ROW}"
        )
        aside[table] += [(row, reason) for row in found.column(0).to_pylist()]
        kept.append(condition)
    where = " AND ".join(f"NOT ({one})" for one in kept) or "1 = 1"
    engine.keep(LINES, related.rows, where)
    if recipe.unit == "customer":
        make_orders(engine, recipe.lines)
    return aside
