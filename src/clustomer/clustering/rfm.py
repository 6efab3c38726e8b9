"""RFM: recency, frequency and monetary value as quantile scores, and the eleven classic groups.

A. M. Hughes, "Strategic Database Marketing" (1994): customers are scored 1 to 5 by how lately they
bought, how often, and how much they spent; 5 is best. The groups are the ones that customer
relationship tools share: a table of recency against the mean of the other two scores. Published
tables overlap; `GRID` gives each cell to one group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustomer.matrix.matrix import Floats

Scores = NDArray[np.int8]

HIGHEST: Final = 5

RECENCY: Final = "days_since_last_order"
FREQUENCY: Final = "order_count"
MONETARY: Final = "spend"

GROUPS: Final = (
    "Champions",
    "Loyal",
    "Potential Loyalists",
    "New",
    "Promising",
    "Need Attention",
    "About To Sleep",
    "At Risk",
    "Can't Lose",
    "Hibernating",
    "Lost",
)
"""The groups, best first; a group's number is its place here."""

_C, _L, _P, _N, _PR, _NA, _AS, _AR, _CL, _H, _X = range(11)
GRID: Final = (
    (_X, _X, _AR, _CL, _CL),
    (_H, _H, _AR, _AR, _AR),
    (_AS, _AS, _NA, _L, _L),
    (_PR, _P, _L, _C, _C),
    (_N, _P, _L, _C, _C),
)
"""Group by recency score (rows, 1 to 5) and the mean of the other two, halves up (columns)."""


def quantile_cuts(values: Floats, scores: int = HIGHEST) -> Floats:
    """Where the scores of a quantity part, so that equal values score equally.

    Parameters
    ----------
    values
        float64, shape (rows,), finite, at least one.
    scores
        How many scores.

    Returns
    -------
    float64, shape (scores - 1,), not falling. The cut after score s lies half way between the
    smallest value that at least s / scores of the rows do not exceed and the next larger value, so
    it is no customer's value; where no value is larger it is infinite.

    >>> quantile_cuts(np.array([1.0, 1.0, 1.0, 2.0, 9.0])).tolist()
    [1.5, 1.5, 1.5, 5.5]
    """
    distinct, counts = np.unique(values, return_counts=True)
    reached = np.cumsum(counts) * scores
    places = np.searchsorted(reached, np.arange(1, scores) * len(values))
    following = np.append(distinct, np.inf)[places + 1]
    return np.asarray((distinct[places] + following) / 2, dtype=np.float64)


def scored(values: Floats, cuts: Floats) -> Scores:
    """Score 1 to ``len(cuts) + 1``: one more than the number of cuts below the value.

    >>> scored(np.array([1.0, 2.0, 9.0]), np.array([1.5, 1.5, 1.5, 5.5])).tolist()
    [1, 4, 5]
    """
    return (1 + np.searchsorted(cuts, values, side="left")).astype(np.int8)


@dataclass(frozen=True, slots=True, eq=False)
class Rfm:
    """Fitted RFM scores: the cuts of each quantity, float64, shape (4,).

    `recency` cuts the negative of the days, so that the latest scores 5.
    """

    recency: Floats
    frequency: Floats
    monetary: Floats

    def scores(self, days: Floats, orders: Floats, spend: Floats) -> tuple[Scores, Scores, Scores]:
        """Recency, frequency and monetary scores, 1 to 5, each of shape (rows,)."""
        return (
            scored(-days, self.recency),
            scored(orders, self.frequency),
            scored(spend, self.monetary),
        )

    def groups(self, days: Floats, orders: Floats, spend: Floats) -> NDArray[np.int32]:
        """Number of the classic group of each row, shape (rows,): its place in `GROUPS`."""
        recency, frequency, monetary = self.scores(days, orders, spend)
        return group_of(recency, frequency, monetary)


def fit_rfm(days: Floats, orders: Floats, spend: Floats) -> Rfm:
    """Learn the cuts.

    Parameters
    ----------
    days
        Days since the last order: float64, shape (rows,), finite, at least one row.
    orders, spend
        Number of orders and their worth, likewise.

    >>> few = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    >>> rfm = fit_rfm(days=few, orders=few, spend=few)
    >>> [GROUPS[group] for group in rfm.groups(few, few[::-1], few[::-1])]
    ['Champions', 'Champions', 'Need Attention', 'Hibernating', 'Lost']
    """
    return Rfm(quantile_cuts(-days), quantile_cuts(orders), quantile_cuts(spend))


def group_of(recency: Scores, frequency: Scores, monetary: Scores) -> NDArray[np.int32]:
    """Number of the classic group for scores of 1 to 5; see `GRID`."""
    # Halves go up: (1 + 2) / 2 counts as 2.
    both = (frequency.astype(np.int64) + monetary + 1) // 2
    grid = np.array(GRID, dtype=np.int32)
    return np.asarray(grid[recency.astype(np.int64) - 1, both - 1], dtype=np.int32)
