"""A draft: what clustomer makes of unknown tables, each guess with its reason.

`settle` makes the draft of what was seen, and makes it anew when a person corrects a role; nothing
is read again for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from clustomer.drafting.features import Money, choose_features, choose_money
from clustomer.drafting.guess import ROLES, ColumnRole, Guess
from clustomer.drafting.keys import Looked, Reference
from clustomer.drafting.naming import DraftColumn, name_columns
from clustomer.drafting.see import Seen
from clustomer.drafting.shape import Place, Shape, find_shape
from clustomer.errors import DataError, nearest
from clustomer.meanings import plain_words, words_of
from clustomer.names import TableRole, Unit
from clustomer.recipe.settings import FeatureChoice


@dataclass(frozen=True, slots=True)
class DraftTable:
    """One table of the draft.

    Parameters
    ----------
    name
        Its name in the recipe.
    source, pattern, rows
        What the user calls it, the pattern of its file's name, and its rows.
    parts
        Whether several files are this one table.
    place
        What it is taken for, by which key, and why.
    columns
        All columns of the source, those that the recipe leaves out too.
    """

    name: str
    source: str
    pattern: str
    rows: int
    parts: bool
    place: Place
    columns: tuple[DraftColumn, ...]

    @property
    def key(self) -> str | None:
        """Canonical name of the column that identifies a row."""
        return next((one.name for one in self.columns if one.source == self.place.key), None)


@dataclass(frozen=True, slots=True)
class Draft:
    """A recipe in the making.

    Parameters
    ----------
    unit
        What is segmented.
    tables
        The tables that are used, order lines first.
    joins
        How they hang together; `matched` is the share of rows that find their partner.
    money
        What an order line is worth and when it is a sale; None without order lines.
    features
        What makes the segments, and what describes them.
    as_of
        Day after the newest sign-up, where there are no orders to tell the day.
    aside
        By name: why a table or file is not used.
    needs
        What is not there and would be needed, or would help.
    """

    unit: Unit
    tables: tuple[DraftTable, ...]
    joins: tuple[Reference, ...]
    money: Money | None
    features: FeatureChoice
    as_of: str | None
    aside: Mapping[str, str]
    needs: tuple[str, ...]

    def table(self, role: TableRole) -> DraftTable | None:
        """The first table with a role."""
        return next((one for one in self.tables if one.place.role == role), None)


def settle(seen: Seen, roles: Mapping[tuple[str, str], ColumnRole] | None = None) -> Draft:
    """Make a draft.

    Parameters
    ----------
    seen
        What was looked at.
    roles
        Corrections by a person: (table's name, column) to its role.

    Raises
    ------
    DataError
        When no table can be read, or a correction names what is not there.
    """
    tables = _corrected(seen.tables, roles or {})
    if not any(table.rows for table in tables):
        raise DataError(
            "No table with rows was found.",
            found="; ".join(f"{name}: {why}" for name, why in seen.unread.items()) or "nothing",
            remedy="give a folder or file that holds tables with a header and rows",
        )
    shape = find_shape([table for table in tables if table.rows], seen.references)
    placed = [table for table in tables if table.name in shape.places]
    placed.sort(key=lambda table: _ORDER.index(shape.places[table.name].role))
    columns = name_columns(placed, shape)
    drafted = tuple(
        DraftTable(
            name,
            table.name,
            seen.patterns[table.name],
            table.rows,
            table.name in seen.parts,
            shape.places[table.name],
            columns[table.name],
        )
        for table, name in zip(placed, _table_names(placed, shape, seen.patterns), strict=True)
    )
    lines = next((one for one in drafted if one.place.role == "lines"), None)
    money = choose_money(drafted) if lines else None
    keyless = lines is None and drafted[0].place.key is None
    unit: Unit = "row" if keyless else "customer"
    features = choose_features(drafted, money)
    draft = Draft(
        unit=unit,
        tables=drafted,
        joins=shape.references,
        money=money,
        features=features,
        as_of=None if lines else _as_of(placed[0], columns[placed[0].name]),
        aside={**shape.aside, **seen.unread, **_empty(tables)},
        needs=(),
    )
    return replace(draft, needs=_needs(draft))


_ORDER: Final[tuple[TableRole, ...]] = ("lines", "orders", "customers", "products", "lookup")


def _corrected(
    tables: Sequence[Looked], roles: Mapping[tuple[str, str], ColumnRole]
) -> tuple[Looked, ...]:
    known = {(table.name, column) for table in tables for column in table.facts}
    for (table, column), role in roles.items():
        if (table, column) not in known:
            names = [name for of, name in known if of == table] or [of for of, _ in known]
            raise DataError(
                f"There is no column '{column}' in '{table}'.", remedy=nearest(column, names)
            )
        if role not in ROLES:
            raise DataError(f"'{role}' is no role of a column.", remedy=nearest(role, ROLES))
    return tuple(
        replace(
            table,
            guesses={
                name: Guess(roles[table.name, name], 1.0, "you said so")
                if (table.name, name) in roles
                else guess
                for name, guess in table.guesses.items()
            },
        )
        for table in tables
    )


def _table_names(tables: Sequence[Looked], shape: Shape, patterns: Mapping[str, str]) -> list[str]:
    """Name the tables by their role, lookups by what they are; those from Python keep theirs."""
    names: list[str] = []
    common = _common_words([table.stem for table in tables])
    for table in tables:
        role = shape.places[table.name].role
        own = "_".join(words_of(table.stem)[common:])
        name = plain_words(own) if role == "lookup" else role
        if not patterns[table.name]:
            name = table.name
        while name in names:
            name += "_2"
        names.append(name)
    return names


def _common_words(stems: Sequence[str]) -> int:
    """Number of words that all names begin with, as exports of one system do; one is left over."""
    taken = [words_of(stem) for stem in stems]
    common = 0
    while len(taken) > 1 and all(
        len(words) > common + 1 and words[common] == taken[0][common] for words in taken
    ):
        common += 1
    return common


def _as_of(table: Looked, columns: Sequence[DraftColumn]) -> str | None:
    signup = next((one.source for one in columns if one.name == "signup_date"), None)
    newest = table.facts[signup].newest if signup else None
    return (newest + timedelta(days=1)).isoformat() if newest else None


def _empty(tables: Sequence[Looked]) -> dict[str, str]:
    return {table.name: "it has no rows" for table in tables if not table.rows}


def _needs(draft: Draft) -> tuple[str, ...]:
    lines, needs = draft.table("lines"), []
    if lines is None:
        if draft.unit == "row":
            needs.append("a column that identifies each customer, to find them again at scoring")
        needs.append("orders with dates, for recency, frequency and what customers do later")
    else:
        there = {one.name for table in draft.tables for one in table.columns if one.read}
        if "customer_id" not in there:
            needs.append("a column that says which customer bought")
        if "order_date" not in there:
            needs.append("a date of each order: without it there is no recency and no tenure")
        if draft.money is not None and draft.money.stand_in:
            needs.append("an amount or a price: without it units stand in for money")
        if "order_id" not in there:
            needs.append("an order number: a customer's lines of one moment count as one order")
    if len(draft.features.segment_on) < 2:
        needs.append("more columns of numbers that tell what customers do")
    return tuple(needs)
