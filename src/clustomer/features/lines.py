"""Order lines and orders: what a line is worth, when it is a sale, which lines are one order."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Final

from clustomer.cleaning.plausible import LAST
from clustomer.engines.base import (
    Aggregate,
    Computed,
    Derived,
    Engine,
    EngineError,
    Kept,
    quoted,
)
from clustomer.errors import DataError, RecipeError
from clustomer.names import CUSTOMER, Kind
from clustomer.recipe.settings import LineSettings, TableSettings

LINES: Final = "order lines"
"""Relation of priced lines: the recipe's columns with `amount`, `sale` and `money_back`."""

_GROUPED: Final = "lines grouped by order"
_DAY: Final = "day of a line without an order"

ORDERS: Final = "orders"
"""Relation of orders that hold a sale: `customer_id`, `order_key` (null where the order is told by
its date), `order_date`, `amount`, `units`, `basket_lines`."""

_EMPTY: Final[dict[Kind, str]] = {
    "key": "nullif('', '')",
    "number": "to_num(nullif('', ''))",
    "category": "nullif('', '')",
    "ordinal": "nullif('', '')",
    "date": "cast(null as timestamp)",
    "text": "nullif('', '')",
}
"""A typed null of each kind, in SQL that every engine reads alike."""


def whole(table: str) -> str:
    """Name of the relation that holds a clean table with every column of the recipe."""
    return f"whole {table}"


def complete(engine: Engine, relation: str, settings: TableSettings, into: str) -> None:
    """Add the optional columns that the source lacks, as nulls."""
    columns: dict[str, Derived] = {name: Kept(name) for name in engine.columns(relation)}
    for name, column in settings.columns.items():
        columns.setdefault(name, Computed(_EMPTY[column.kind]))
    engine.derive(into, relation, columns)


def price_lines(engine: Engine, relation: str, settings: LineSettings, into: str = LINES) -> None:
    """Add `amount`, `sale` and `money_back` to every line, as the recipe defines them.

    Raises
    ------
    RecipeError
        When one of the recipe's expressions is not valid SQL over the columns.
    """
    worth = _worth(settings)
    for name, sql in worth.items():
        try:
            engine.arrow(f"SELECT {sql} AS tried FROM {quoted(relation)} WHERE 1 = 0")
        except EngineError as error:
            raise _refused(engine, relation, f"lines.{name}", sql, error) from None
    columns: dict[str, Derived] = {name: Kept(name) for name in engine.columns(relation)}
    columns |= {name: Computed(sql) for name, sql in worth.items()}
    try:
        engine.derive(into, relation, columns)
    except EngineError as error:
        # Valid in itself, but not over the values: a text as an amount, say.
        every = "; ".join(worth.values())
        raise _refused(engine, relation, "[lines]", every, error) from None


def _refused(engine: Engine, relation: str, what: str, sql: str, error: EngineError) -> RecipeError:
    return RecipeError(
        f"{what} of the recipe is not valid SQL over the order lines: {sql}",
        found=error.reason.strip().splitlines()[0],
        remedy=f"use the columns {', '.join(engine.columns(relation))}",
    )


def priced(relation: str, settings: LineSettings) -> str:
    """SQL that adds `amount`, `sale` and `money_back` to every line of a relation, as SQL too."""
    added = ", ".join(f"{sql} AS {name}" for name, sql in _worth(settings).items())
    return f"SELECT *, {added} FROM {relation}"


def _worth(settings: LineSettings) -> dict[str, str]:
    return {
        "amount": f"cast({settings.amount} AS double)",
        "sale": f"coalesce({settings.sale}, false)",
        "money_back": f"coalesce({settings.money_back}, false)",
    }


def newest_order(engine: Engine, relation: str, column: str) -> datetime | None:
    """Date of the newest line, or None where no line has a date.

    A date that no order can have, such as the 9999-12-31 of a line that is still open, does not
    count as long as there are others: it would put everybody's last order long ago.
    """
    day = quoted(column)
    found = engine.arrow(
        f"SELECT max(CASE WHEN {day} < TIMESTAMP '{LAST} 00:00:00' THEN {day} END) AS newest, "
        f"max({day}) AS whatever FROM {quoted(relation)}"
    ).to_pylist()[0]
    newest = found["newest"] or found["whatever"]
    return newest if isinstance(newest, datetime) else None


def day_after(moment: datetime) -> datetime:
    """Midnight after a moment: the as_of of a run whose newest order is at that moment.

    Raises
    ------
    DataError
        When the calendar ends with that day.

    >>> day_after(datetime(2025, 6, 30, 13, 5))
    datetime.datetime(2025, 7, 1, 0, 0)
    """
    if moment.date() == date.max:
        raise DataError(
            "All order lines have the last date there is, so nothing can be counted back from it.",
            found=f"{moment:%Y-%m-%d}",
            remedy="correct the dates at their source, or say that they are blanks: missing = "
            f'["{moment:%Y-%m-%d}"] for the column',
        )
    return datetime(moment.year, moment.month, moment.day) + timedelta(days=1)  # noqa: DTZ001


def timestamp(moment: datetime) -> str:
    """A moment as SQL."""
    return f"cast('{moment:%Y-%m-%d %H:%M:%S}' AS timestamp)"


def lines_and_blanks(engine: Engine, column: str, lines: str = LINES) -> tuple[int, int]:
    """Count the lines, and those of them without a value in a column."""
    every, filled = engine.counts(lines, [column])
    return every, every - filled


def make_orders(
    engine: Engine, settings: LineSettings, *, lines: str = LINES, into: str = ORDERS
) -> None:
    """Sum the sales lines of a customer's order up to one row.

    Lines belong together that carry the same order key of the same customer; without an order key,
    the lines of a customer with the same date. `lines` are read and `into` is made.

    Raises
    ------
    DataError
        When no line is a sale.
    """
    whole, by = lines, [CUSTOMER, settings.order or settings.date]
    if settings.order is not None and lines_and_blanks(engine, settings.order, whole)[1]:
        lines = "lines by order"
        undated = f"case when {quoted(settings.order)} is null then {quoted(settings.date)} end"
        columns: dict[str, Derived] = {name: Kept(name) for name in engine.columns(whole)}
        engine.derive(lines, whole, {**columns, _DAY: Computed(undated)})
        by.append(_DAY)
    counted = "quantity" in engine.columns(whole)
    engine.aggregate(
        _GROUPED,
        lines,
        by,
        {
            "first date": Aggregate("min", quoted(settings.date)),
            "sales": Aggregate("sum", "amount"),
            "pieces": Aggregate("sum", "quantity") if counted else Aggregate("count"),
            "lines": Aggregate("count"),
        },
        f"sale AND {CUSTOMER} IS NOT NULL",
    )
    key = Kept(settings.order) if settings.order else Computed(_EMPTY["key"])
    engine.derive(
        into,
        _GROUPED,
        {
            CUSTOMER: Kept(CUSTOMER),
            "order_key": key,
            "order_date": Kept("first date"),
            "amount": Kept("sales"),
            "units": Computed(f"cast({quoted('pieces')} AS double)"),
            "basket_lines": Kept("lines"),
        },
    )
    engine.drop(_GROUPED)
    if engine.counts(into) == [0]:
        raise DataError(
            "No order line is a sale, so there is nothing to segment.",
            found=f"a sale is: {settings.sale}\n{_told(engine, whole, settings)}",
            remedy="check quantity, price and customer of the lines, or lines.sale in the recipe",
        )


def _told(engine: Engine, lines: str, settings: LineSettings) -> str:
    """Of the columns that make a line a sale: how many are filled, and between which values."""
    kinds = engine.columns(lines)
    used = [name for name in kinds if name == CUSTOMER or re.search(rf"\b{name}\b", settings.sale)]
    asked = ["count(*) AS n"]
    for at, name in enumerate(used):
        asked.append(f"count({quoted(name)}) AS filled{at}")
        if kinds[name] == "number":
            asked.append(f"min({quoted(name)}) AS low{at}, max({quoted(name)}) AS high{at}")
    found = engine.arrow(f"SELECT {', '.join(asked)} FROM {quoted(lines)}").to_pylist()[0]
    told = [f"{found['n']:,} lines"]
    for at, name in enumerate(used):
        text = f"{name} filled in {found[f'filled{at}']:,}"
        if found.get(f"low{at}") is not None:
            text += f" ({found[f'low{at}']:,g} to {found[f'high{at}']:,g})"
        told.append(text)
    return "; ".join(told)
