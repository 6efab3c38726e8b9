"""Spend over time: what each segment brought, month by month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from clustomer.matrix.matrix import Floats

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, eq=False)
class Spending:
    """Spend by month and segment.

    Parameters
    ----------
    months
        The first day of each month from the first order to the last, as ``2025-06-01``.
    spend
        float64, shape (segments, months): sales of the segment's customers in that month.
    undated
        Spend of orders without a date, which are in no month.
    """

    months: tuple[str, ...]
    spend: Floats
    undated: float


def spending(orders: pa.Table, customers: pa.Table, segments: tuple[str, ...]) -> Spending:
    """Sum orders up by month and by the segment of their customer.

    Parameters
    ----------
    orders
        The id first, then order_date and amount, as a run holds them.
    customers
        The id first, and segment_id.
    segments
        Ids of the segments, in the order of the result.
    """
    import pyarrow as pa

    place = pc.index_in(customers.column("segment_id"), value_set=pa.array(segments, pa.string()))
    at = pc.index_in(orders.column(0), value_set=customers.column(0).combine_chunks())
    whose = np.asarray(place.take(at.combine_chunks()).fill_null(-1).to_numpy(), dtype=np.int64)
    amounts = np.asarray(orders.column("amount").to_numpy(), dtype=np.float64)
    days = np.asarray(orders.column("order_date").to_numpy(), dtype="datetime64[M]")
    dated = ~np.isnat(days) & (whose >= 0)
    undated = float(amounts[np.isnat(days) & (whose >= 0)].sum())
    if not dated.any():
        return Spending((), np.zeros((len(segments), 0)), undated)
    first, last = days[dated].min(), days[dated].max()
    months = np.arange(first, last + 1, dtype="datetime64[M]")
    cells = whose[dated] * len(months) + (days[dated] - first).astype(np.int64)
    sums: Floats = np.bincount(
        cells, weights=amounts[dated], minlength=len(segments) * len(months)
    ).astype(np.float64)
    return Spending(
        tuple(f"{month}-01" for month in months.astype(str).tolist()),
        sums.reshape(len(segments), len(months)),
        undated,
    )
