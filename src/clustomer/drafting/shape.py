"""Which table is what: order lines, order heads, customers, products, lookups; what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from clustomer.drafting.guess import FEW, LIKELY, MAYBE, SURE, ColumnRole
from clustomer.drafting.keys import Looked, Reference
from clustomer.names import TableRole
from clustomer.rounding import percent

_COPY: Final = 0.9
"""Share of keys in common from which two tables with the same columns are copies of one."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a table is taken for, and why; `key` is the source's column that identifies a row."""

    role: TableRole
    key: str | None
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Shape:
    """The tables that are used, by name and in order, and the others with the reason."""

    places: Mapping[str, Place]
    references: tuple[Reference, ...]
    aside: Mapping[str, str] = field(default_factory=dict)


def find_shape(tables: Sequence[Looked], references: Sequence[Reference]) -> Shape:
    """Tell what each table is.

    Order lines are the table with the most of: a customer who may return, a date, a quantity, an
    amount, a product; a customer and date may stand in the head that the lines refer to. Without
    order lines, the customers are the table with the most to tell of its rows.
    """
    by_name = {table.name: table for table in tables}
    aside: dict[str, str] = {}
    copies = _copies(by_name, references)
    aside |= {one: f"looks like another copy of {other}" for one, other in copies.items()}
    left = [table for table in tables if table.name not in aside]
    kept = [ref for ref in references if ref.table not in aside and ref.to not in aside]
    places: dict[str, Place] = {}
    lines = max(left, key=lambda table: _as_lines(table, kept), default=None)
    if lines is not None and _as_lines(lines, kept) > 0:
        _place_lines(lines, by_name, kept, places)
    else:
        _place_customers(left, kept, places)
    _place_lookups(by_name, kept, places)
    for table in left:
        if table.name not in places:
            aside[table.name] = "nothing that is used refers to it, nor does it tell of orders"
    used = tuple(ref for ref in kept if ref.table in places and _is_key(places, ref))
    return Shape(places, used, aside)


def _is_key(places: Mapping[str, Place], ref: Reference) -> bool:
    return ref.to in places and places[ref.to].key == ref.key


def _copies(by_name: Mapping[str, Looked], references: Sequence[Reference]) -> dict[str, str]:
    """Tables that have the columns and the keys of another; the one with the plainer name stays."""
    copies: dict[str, str] = {}
    for ref in references:
        one, other = by_name[ref.table], by_name[ref.to]
        same = set(one.facts) == set(other.facts) and ref.both_unique and ref.matched >= _COPY
        if same and (len(other.stem), other.stem) < (len(one.stem), one.stem):
            copies[one.name] = other.name
    return copies


def _as_lines(table: Looked, references: Sequence[Reference]) -> float:
    """How much a table looks like order lines; 0: not at all."""
    customers = [name for name in table.having("customer id") if not table.facts[name].unique]
    head = _head(table, references)
    if not customers and head is None:
        return 0.0
    measured = table.having("quantity", "amount", "unit price")
    dated = table.having("order date", "signup date", "other date")
    if not measured or not (dated or head or table.having("product id", "order id")):
        return 0.0
    return 1.0 + sum(bool(table.having(role)) for role in _TOLD) + (head is not None)


_TOLD: Final[tuple[ColumnRole, ...]] = (
    "quantity",
    "amount",
    "unit price",
    "product id",
    "order id",
    "order date",
)
"""What order lines tell; the table that tells most of it is taken."""


def _head(table: Looked, references: Sequence[Reference]) -> Reference | None:
    """The reference of order lines to their order's head."""
    if any(not table.facts[name].unique for name in table.having("customer id")):
        return None
    for ref in references:
        order = ref.table == table.name and table.role(ref.column) == "order id"
        if order and not table.facts[ref.column].unique:
            return ref
    return None


def _place_lines(
    lines: Looked,
    by_name: Mapping[str, Looked],
    references: Sequence[Reference],
    places: dict[str, Place],
) -> None:
    told = [lines.role(name) for name in lines.facts]
    shown = [role for role in ("customer id", "order date", "quantity", "amount") if role in told]
    head = _head(lines, references)
    reason = f"has {', '.join(shown)}" if shown else "refers to orders"
    places[lines.name] = Place("lines", None, SURE if len(shown) > 2 or head else LIKELY, reason)
    holders = [lines.name]
    if head is not None:
        says = f"{lines.name} refers to it by {head.column}"
        places[head.to] = Place("orders", head.key, SURE, says)
        holders.append(head.to)
    for ref in sorted(references, key=lambda ref: _worth(ref, by_name), reverse=True):
        role = by_name[ref.table].role(ref.column)
        if ref.table not in holders or ref.to in places or role not in _ATTRIBUTES:
            continue
        table_role = _ATTRIBUTES[role]
        if any(place.role == table_role for place in places.values()):
            continue
        says = f"{ref.table} refers to it by {ref.column}, {percent(ref.matched)} found"
        places[ref.to] = Place(table_role, ref.key, SURE, says)


def _worth(ref: Reference, by_name: Mapping[str, Looked]) -> tuple[int, int, float]:
    """What a table of attributes is chosen by: rows that find it in steps, then what it tells."""
    return round(ref.matched * _STEPS), len(by_name[ref.to].facts), ref.matched


_STEPS: Final = 20
"""Of two tables that one row in twenty more or less finds, the one with more columns is taken: a
list of ids beside the customers, say, may have the keys of exactly those who bought."""

_ATTRIBUTES: Final[dict[str, TableRole]] = {"customer id": "customers", "product id": "products"}


def _place_customers(
    tables: Sequence[Looked], references: Sequence[Reference], places: dict[str, Place]
) -> None:
    if not tables:
        return

    def telling(table: Looked) -> tuple[bool, int, int]:
        tell = len(table.having("number", "amount", "flag", "quantity", "category"))
        referred = any(ref.table == table.name for ref in references)
        return referred, tell, table.rows

    chosen = max(tables, key=telling)
    keys = [n for n in chosen.having("customer id", "other key") if chosen.facts[n].unique]
    keys.sort(key=lambda name: chosen.role(name) != "customer id")
    if keys:
        sure = SURE if chosen.role(keys[0]) == "customer id" else LIKELY
        reason = f"no orders are here, and {keys[0]} stands once in each row"
        places[chosen.name] = Place("customers", keys[0], sure, reason)
    else:
        reason = "no orders are here, and no column identifies a row: each row is a customer"
        places[chosen.name] = Place("customers", None, MAYBE, reason)


def _place_lookups(
    by_name: Mapping[str, Looked], references: Sequence[Reference], places: dict[str, Place]
) -> None:
    """Tables that a used one refers to, and what those refer to in turn, by one key each."""
    reached = list(places)
    while reached:
        name = reached.pop(0)
        for ref in references:
            if ref.table != name or ref.to in places or ref.column == places[name].key:
                continue
            if not _tells(ref, by_name, references, set(places)):
                continue
            says = f"{ref.table} refers to it by {ref.column}, {percent(ref.matched)} found"
            places[ref.to] = Place("lookup", ref.key, LIKELY, says)
            reached.append(ref.to)


def _tells(
    to: Reference,
    by_name: Mapping[str, Looked],
    references: Sequence[Reference],
    passed: set[str],
) -> bool:
    """Whether a lookup adds something: a category of few values, or the way to one."""
    table = by_name[to.to]
    if any(
        name != to.key and table.facts[name].distinct <= FEW for name in table.having(*_TELLING)
    ):
        return True
    passed = {*passed, table.name}
    return any(
        ref.table == table.name
        and ref.to not in passed
        and _tells(ref, by_name, references, passed)
        for ref in references
    )


_TELLING: Final[tuple[ColumnRole, ...]] = (
    "category",
    "product category",
    "ordinal",
    "place",
    "name",
    "status",
)
