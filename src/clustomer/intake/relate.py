"""Relating the clean tables: keys, joins, as_of, and which lines make customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clustomer.engines.base import Engine, quoted
from clustomer.features.build import CUSTOMERS
from clustomer.features.lines import (
    LINES,
    OWN,
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

    Parameters
    ----------
    clean
        By table: the relation of its clean rows.

    Raises
    ------
    DataError
        When a join changed the number of lines or their revenue.
    """
    keys = []
    unique: dict[str, str] = {}
    for name, settings in recipe.tables.items():
        if settings.role != "lines" and settings.key is not None:
            unique[name] = CUSTOMERS if settings.role == "customers" else f"{name} by key"
            keys.append(check_key(engine, clean[name], name, settings.key))
            unique_by_key(engine, clean[name], settings.key, unique[name])
    table = recipe.table_of("lines")
    if table is None:
        only = next(iter(clean.values()))
        return Related(tuple(keys), (), only)
    price_lines(engine, clean[table], recipe.lines, into=PRICED)
    total = total_of(engine, PRICED, SALES)
    joins = []
    rows = PRICED
    for name, relation in unique.items():
        settings = recipe.tables[name]
        if settings.key is None or settings.key not in engine.columns(PRICED):
            continue
        into = f"lines with {name}"
        joins.append(
            join_attributes(
                engine, rows, relation, settings.key, total=total, into=into, tables=(table, name)
            )
        )
        if recipe.unit == "row" or settings.role == "products":
            rows = into
    return Related(tuple(keys), tuple(joins), rows)


def derived_as_of(engine: Engine, recipe: Recipe) -> datetime | None:
    """Midnight after the newest order line, or None where no line has a date."""
    if recipe.table_of("lines") is None:
        return None
    newest = newest_order(engine, PRICED, recipe.lines.date)
    return None if newest is None else day_after(newest)


def set_aside(
    engine: Engine, recipe: Recipe, related: Related, as_of: datetime | None
) -> dict[str, list[tuple[int, str]]]:
    """Decide which rows cannot be used, and leave the others as `LINES`, `OWN` and orders.

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
    engine.view(LINES, f"SELECT * FROM {quoted(related.rows)} WHERE {where}")
    engine.view(OWN, f"SELECT * FROM {quoted(PRICED)} WHERE {where}")
    if recipe.unit == "customer":
        make_orders(engine, recipe.lines)
    return aside
