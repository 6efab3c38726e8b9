"""What is read of customers' pasts: one row a customer, from the orders in the engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from clustomer.engines.base import Aggregate, Computed, Engine, Kept, quoted
from clustomer.features.lines import ORDERS, timestamp
from clustomer.lifetime.histories import Counts, Floats, Histories, histories
from clustomer.names import CUSTOMER

if TYPE_CHECKING:
    import pyarrow as pa

_DAY: Final = 86_400
QUARTER: Final = 4
"""The last of so many equal parts of the time observed is kept back to check the model."""


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """The pasts of the customers who have a dated order, sorted by id.

    Parameters
    ----------
    ids
        Their ids.
    orders
        int64: days with an order.
    last, observed
        int64: days from the first order to the last one, and to the day before as_of.
    mean
        float64: mean worth of a day's orders, in money.
    """

    ids: pa.ChunkedArray
    orders: Counts
    last: Counts
    observed: Counts
    mean: Floats

    @property
    def histories(self) -> Histories:
        """What the model of orders needs."""
        return histories(self.orders - 1, self.last, self.observed)


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """The same customers as they were seen some days before, those who had ordered by then.

    Parameters
    ----------
    until
        The day before which orders were counted.
    days
        Days from then to as_of.
    histories
        As seen then.
    later
        int64: days with an order from then on.
    """

    until: datetime
    days: int
    histories: Histories
    later: Counts


def read_past(engine: Engine, as_of: datetime) -> Past:
    """Read the pasts of all customers as of a moment, which must be midnight."""
    return _past(_pasts(engine, as_of, as_of))


def read_pasts(engine: Engine, as_of: datetime) -> tuple[Past, Earlier]:
    """Read the pasts as of a moment and as of three quarters of the time observed until then.

    Both come of one look at the orders. `as_of` must be midnight.
    """
    first = engine.arrow(f"SELECT min(order_date) AS first FROM {quoted(ORDERS)}")
    began = first.column(0)[0].as_py()
    observed = 0 if began is None else (as_of.date() - began.date()).days - 1
    days = max(observed // QUARTER, 1)
    until = as_of - timedelta(days=days)
    found = _pasts(engine, as_of, until)
    return _past(found), _earlier(found, until, days)


def _past(found: pa.Table) -> Past:
    return Past(
        ids=found.column(0),
        orders=_whole(found, "days"),
        last=_whole(found, "to_last"),
        observed=_whole(found, "observed"),
        # Elsewhere sums differ in their last bits with the order of rows; the model must not.
        mean=np.round(found.column("amount").to_numpy() / _whole(found, "days"), 9),
    )


def _earlier(found: pa.Table, until: datetime, days: int) -> Earlier:
    before = _whole(found, "before")
    known = before > 0
    return Earlier(
        until=until,
        days=days,
        histories=histories(
            before[known] - 1,
            _whole(found, "last_before")[known],
            _whole(found, "observed")[known] - days,
        ),
        later=(_whole(found, "days") - before)[known],
    )


_DATED: Final = "orders by their day"
_DAYS: Final = "days with an order"
_PASTS: Final = "pasts of customers"


def _pasts(engine: Engine, as_of: datetime, until: datetime) -> pa.Table:
    """One row a customer: days with an order until `as_of`, and those of them before `until`."""
    end, then = timestamp(as_of), timestamp(until)
    engine.derive(
        _DATED,
        ORDERS,
        {
            CUSTOMER: Kept(CUSTOMER),
            "amount": Kept("amount"),
            "order_day": Computed("date_trunc('day', order_date)"),
        },
    )
    engine.aggregate(
        _DAYS,
        _DATED,
        [CUSTOMER, "order_day"],
        {"amount": Aggregate("sum", "amount")},
        "order_day IS NOT NULL",
    )
    engine.aggregate(
        _PASTS,
        _DAYS,
        [CUSTOMER],
        {
            "days": Aggregate("count"),
            "first_day": Aggregate("min", "order_day"),
            "last_day": Aggregate("max", "order_day"),
            "amount": Aggregate("sum", "amount"),
            "before": Aggregate("count", where=f"order_day < {then}"),
            "last_then": Aggregate("max", "order_day", f"order_day < {then}"),
        },
    )
    found = engine.arrow(
        f"SELECT {CUSTOMER}, days, amount, before,"
        f" secs(first_day, last_day) / {_DAY}.0e0 AS to_last,"
        f" secs(first_day, {end}) / {_DAY}.0e0 - 1 AS observed,"
        f" coalesce(secs(first_day, last_then), 0.0e0) / {_DAY}.0e0 AS last_before"
        f" FROM {quoted(_PASTS)} ORDER BY {CUSTOMER}"
    )
    for spent in (_DATED, _DAYS, _PASTS):
        engine.drop(spent)
    return found


def _whole(table: pa.Table, column: str) -> Counts:
    return np.asarray(np.rint(table.column(column).to_numpy()), dtype=np.int64)
