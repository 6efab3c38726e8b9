"""Order histories: how often, when last, and for how long a customer has been watched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """One history a row; several customers may share one.

    Parameters
    ----------
    repeats
        int64, shape (histories,): orders after the first one, a day with orders counting once
        (x in the papers).
    last
        int64, shape (histories,): days from the first order to the last (t_x).
    observed
        int64, shape (histories,): days from the first order to the end of observation (T).
    customers
        int64, shape (histories,): customers with this history.
    """

    repeats: Counts
    last: Counts
    observed: Counts
    customers: Counts

    def __len__(self) -> int:
        return len(self.repeats)

    def __getitem__(self, rows: slice | Counts | NDArray[np.bool_]) -> Histories:
        return Histories(
            self.repeats[rows], self.last[rows], self.observed[rows], self.customers[rows]
        )


def histories(repeats: Counts, last: Counts, observed: Counts) -> Histories:
    """One history a customer.

    Raises
    ------
    ValueError
        When a count or a number of days is below 0, or the last order lies beyond the observation.
    """
    if min(repeats.min(initial=0), last.min(initial=0)) < 0 or np.any(last > observed):
        raise ValueError("0 <= repeats and 0 <= last <= observed must hold")
    return Histories(repeats, last, observed, np.ones(len(repeats), dtype=np.int64))


def collapsed(each: Histories) -> Histories:
    """Count equal histories once: a shop with a million customers has some thousand of them.

    >>> two = np.array([1, 1]), np.array([5, 5]), np.array([9, 9])
    >>> collapsed(histories(*two)).customers
    array([2])
    """
    days = int(each.observed.max(initial=0)) + 1
    keys = (each.repeats * days + each.last) * days + each.observed
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    counted = np.bincount(place, weights=each.customers).astype(np.int64)
    return Histories(each.repeats[first], each.last[first], each.observed[first], counted)
