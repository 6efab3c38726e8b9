"""The orders that a run keeps, in one order whatever the engine gave them in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clustomer.engines.base import Engine
from clustomer.engines.values import plain
from clustomer.features.lines import ORDERS
from clustomer.names import CUSTOMER
from clustomer.sorting import places_in_order

Whole = NDArray[np.int64]

_COLUMNS = (CUSTOMER, "order_date", "amount", "units", "basket_lines")


def kept_orders(engine: Engine) -> pa.Table:
    """Read the orders that hold a sale, sorted by customer, date, amount, units and lines.

    Returns
    -------
    pyarrow.Table
        customer_id (string), order_date (timestamp), amount, units (float64), basket_lines (int64).
    """
    found = engine.select(ORDERS, _COLUMNS)
    return plain(found.take(pa.array(_order(found))))


def _order(orders: pa.Table) -> Whole:
    """Places of the rows in their order.

    Customer and date are sorted as one whole number, which takes a tenth of the time that sorting
    by five columns does; the others only decide among orders of one customer and date.
    """
    dates = _ranks(orders.column(1))
    # Both ranks are below the number of rows, so that the product stays below 2^63.
    first = _ranks(orders.column(0)) * (int(dates.max(initial=0)) + 1) + dates
    place = places_in_order(first)
    ranked = first[place]
    alike = np.flatnonzero(ranked[1:] == ranked[:-1])
    if alike.size:
        tied = np.union1d(alike, alike + 1)
        rows = place[tied]
        others = orders.select(_COLUMNS[2:]).take(pa.array(rows))
        keys = [(name, "ascending") for name in ("first", *others.column_names)]
        among = pc.sort_indices(
            others.append_column("first", pa.array(first[rows])), sort_keys=keys
        )
        place[tied] = rows[among.to_numpy()]
    return place


def _ranks(column: pa.ChunkedArray) -> Whole:
    """The place of each value among the distinct ones, sorted; nulls come last."""
    coded = column.combine_chunks().dictionary_encode()
    values = coded.dictionary
    ranks = np.empty(len(values) + 1, np.int64)
    ranks[pc.sort_indices(values).to_numpy()] = np.arange(len(values))
    ranks[-1] = len(values)
    ranked: Whole = ranks[coded.indices.fill_null(len(values)).to_numpy()]
    return ranked
