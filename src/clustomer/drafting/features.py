"""What a draft segments on: money, sales, and features from the catalogue or the columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clustomer.drafting.naming import DraftColumn
from clustomer.names import TableRole
from clustomer.recipe.settings import FeatureChoice

if TYPE_CHECKING:
    from clustomer.drafting.draft import DraftTable


@dataclass(frozen=True, slots=True)
class Money:
    """SQL of an order line's worth, as in a recipe's [lines]; `stand_in`: units in its place."""

    amount: str
    sale: str
    money_back: str
    date: str | None
    order: str | None
    reason: str
    stand_in: bool = False


def choose_money(tables: Sequence[DraftTable]) -> Money:
    """Say what an order line is worth: its total, else quantity times price, else units."""
    there = {column.name for table in tables for column in table.columns if column.read}
    own = {column.name for column in _lines(tables)}
    date = "order_date" if "order_date" in there else None
    order = "order_id" if "order_id" in there else None
    status = next((c.name for c in _lines(tables) if c.role == "status"), None)
    cancelled = f"coalesce(re_has({status}, '(?i)cancel|return|refund'), false)" if status else ""
    if "line_total" in own:
        amount, reason = "line_total", "the lines have a total"
        positive, negative = "line_total > 0", "line_total < 0"
    elif {"quantity", "unit_price"} <= there:
        amount, reason = "quantity * unit_price", "quantity times price"
        positive, negative = "quantity > 0 and unit_price > 0", "quantity < 0 and unit_price > 0"
    elif "unit_price" in there:
        amount, reason = "unit_price", "each line is one piece at its price"
        positive, negative = "unit_price > 0", "unit_price < 0"
    elif "line_total" in there:
        amount, reason = "line_total", "the total of the order"
        positive, negative = "line_total > 0", "line_total < 0"
    elif "quantity" in own:
        amount, reason = "quantity", "no price or amount is there, so units stand in for money"
        positive, negative = "quantity > 0", "quantity < 0"
    else:
        amount, reason = "1.0e0", "no price, amount or quantity: each line counts as one"
        positive, negative = "true", "false"
    return Money(
        amount,
        f"{positive} and not {cancelled}" if cancelled else positive,
        f"{negative} or {cancelled}" if cancelled else negative,
        date,
        order,
        reason,
        stand_in=amount in {"quantity", "1.0e0"},
    )


def choose_features(tables: Sequence[DraftTable], money: Money | None) -> FeatureChoice:
    """Choose what makes the segments and what describes them.

    Behaviour makes segments. What a customer is (age, income, place) describes them, unless a table
    has fewer than two numbers of behaviour. Sensitive columns only ever describe.
    """
    if money is None:
        return _of_columns(tables[0].columns)
    there = {column.name for table in tables for column in table.columns if column.read}
    dated, counted = money.date is not None, "quantity" in there
    on = ["order_count", "spend", "mean_order_value"]
    on += ["days_since_last_order", "first_to_last_days"] if dated else []
    on += ["mean_unit_price"] if counted and not money.stand_in else []
    on += ["discount_share"] if "discount" in there else []
    describe = ["units"] if counted else []
    describe += ["tenure_days", "mean_days_between_orders"] if dated else []
    describe += ["mean_basket_lines"] if money.order else []
    describe += ["distinct_products"] if "product_id" in there else []
    describe += ["distinct_categories", "category_shares"] if "category" in there else []
    describe += ["money_back", "money_back_share"]
    for table in tables:
        describe += _told_by(table, _told_of(table, tables))
    return FeatureChoice(segment_on=tuple(on), describe_with=tuple(dict.fromkeys(describe)))


_FAVOURITES: Final = 8
"""Most favourites that describe a segment; more would bury it."""


def _told_of(table: DraftTable, tables: Sequence[DraftTable]) -> TableRole:
    """Whose attributes a table holds: a lookup's are those of the table that refers to it."""
    if table.place.role != "lookup":
        return table.place.role
    holders = (
        other
        for other in tables
        if other is not table and table.key in {column.name for column in other.columns}
    )
    holder = next(holders, None)
    return "lookup" if holder is None else _told_of(holder, [t for t in tables if t is not table])


def _told_by(table: DraftTable, of: TableRole) -> list[str]:
    shown = [c.name for c in table.columns if c.kind in {"category", "ordinal"}]
    numbers = [c.name for c in table.columns if c.kind == "number" and of == "customers"]
    if of == "customers":
        return shown + numbers
    if of in {"lines", "orders"}:
        return [f"favourite_{name}" for name in shown if name != "category"][:_FAVOURITES]
    return []


def _of_columns(columns: Iterable[DraftColumn]) -> FeatureChoice:
    usable = [column for column in columns if column.read and column.kind not in {"key", "date"}]
    open_ = [c for c in usable if not c.sensitive and c.role != "outcome"]
    does = [c for c in open_ if c.kind == "number" and not c.standing and c.role != "flag"]
    chosen = does
    if len(chosen) < 2:
        chosen = [c for c in open_ if c.kind == "number" and c.role != "flag"]
    if len(chosen) < 2:
        chosen = open_
    on = [column.name for column in chosen]
    dated = [c.name for c in columns if c.read and c.name == "signup_date"]
    describe = [column.name for column in usable if column.name not in on]
    return FeatureChoice(
        segment_on=tuple(on), describe_with=(*describe, *(["tenure_days"] if dated else []))
    )


def _lines(tables: Sequence[DraftTable]) -> list[DraftColumn]:
    return [
        column
        for table in tables
        if table.place.role in {"lines", "orders"}
        for column in table.columns
        if column.read
    ]
