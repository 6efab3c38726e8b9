"""What customers had done by a day, and what they did in the days after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from clustomer.engines.base import Engine, quoted
from clustomer.features.lines import ORDERS, newest_order, timestamp
from clustomer.intake.relate import PRICED
from clustomer.matrix.matrix import Floats
from clustomer.names import CUSTOMER
from clustomer.recipe.settings import LineSettings

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """One row a customer, in the order of the ids asked for; float64 of shape (customers,) each.

    Parameters
    ----------
    days_since, orders, spend
        Recency, frequency and monetary value on the day.
    next_orders, next_spend
        What came in the days after; 0 for customers who did not order.
    """

    days_since: Floats
    orders: Floats
    spend: Floats
    next_orders: Floats
    next_spend: Floats

    @property
    def active(self) -> Floats:
        """1 for customers who ordered again, 0 for the others."""
        return (self.next_orders > 0).astype(np.float64)


def days_after(engine: Engine, lines: LineSettings, as_of: datetime) -> int:
    """Days from as_of to the end of the day of the newest order line; 0 or less where none is."""
    newest = newest_order(engine, PRICED, lines.date)
    return 0 if newest is None else (newest - as_of).days + 1


def read_outcomes(
    engine: Engine, lines: LineSettings, ids: pa.ChunkedArray, as_of: datetime, horizon: int
) -> Outcomes:
    """Read outcomes from an engine in which an intake as of `as_of` has just been done."""
    date, start = quoted(lines.date), timestamp(as_of)
    past = engine.arrow(
        f"SELECT {CUSTOMER}, secs(max(order_date), {start}) / 86400.0e0 AS days_since,"
        f" cast(count(*) AS double) AS orders, sum(amount) AS spend"
        f" FROM {ORDERS} GROUP BY {CUSTOMER}"
    )
    order = date if lines.order is None else quoted(lines.order)
    apart = f"count(DISTINCT {order})"
    if lines.order is not None:
        # Lines without an order key are one order a date, as in the relation of orders.
        apart += f" + count(DISTINCT case when {order} IS NULL then {date} end)"
    end = timestamp(as_of + timedelta(days=horizon))
    after = engine.arrow(
        f"SELECT {CUSTOMER}, cast({apart} AS double) AS orders, sum(amount) AS spend"
        f" FROM {quoted(PRICED)} WHERE sale AND {date} >= {start} AND {date} < {end}"
        f" AND {CUSTOMER} IS NOT NULL GROUP BY {CUSTOMER}"
    )
    known, later = _placed(past, ids), _placed(after, ids)
    days = known["days_since"]
    # A customer without a dated order was seen at some unknown time: as long ago as anybody.
    days = np.where(np.isnan(days), np.nanmax(days), days)
    return Outcomes(
        days_since=days,
        orders=known["orders"],
        spend=known["spend"],
        next_orders=np.nan_to_num(later["orders"]),
        next_spend=np.nan_to_num(later["spend"]),
    )


def _placed(table: pa.Table, ids: pa.ChunkedArray) -> dict[str, Floats]:
    import pyarrow.compute as pc

    place = pc.index_in(ids, value_set=table.column(0).combine_chunks())
    return {
        name: np.asarray(
            pc.take(table.column(name).combine_chunks(), place).to_numpy(zero_copy_only=False),
            dtype=np.float64,
        )
        for name in table.column_names[1:]
    }
