"""Order lines and orders: what a line is worth, when it is a sale, which lines are one order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

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
            raise RecipeError(
                f"lines.{name} of the recipe is not valid SQL over the order lines: {sql}",
                found=error.reason.strip().splitlines()[0],
                remedy=f"use the columns {', '.join(engine.columns(relation))}",
            ) from None
    columns: dict[str, Derived] = {name: Kept(name) for name in engine.columns(relation)}
    columns |= {name: Computed(sql) for name, sql in worth.items()}
    engine.derive(into, relation, columns)


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


def newest_order(engine: Engine, relation: str, date: str) -> datetime | None:
    """Date of the newest line, or None where no line has a date."""
    found = engine.arrow(f"SELECT max({quoted(date)}) AS newest FROM {quoted(relation)}")
    newest = found.column(0)[0].as_py()
    return newest if isinstance(newest, datetime) else None


def day_after(moment: datetime) -> datetime:
    """Midnight after a moment: the as_of of a run whose newest order is at that moment.

    >>> day_after(datetime(2025, 6, 30, 13, 5))
    datetime.datetime(2025, 7, 1, 0, 0)
    """
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
            found=f"a sale is: {settings.sale}",
            remedy="check quantity, price and customer of the lines, or lines.sale in the recipe",
        )
