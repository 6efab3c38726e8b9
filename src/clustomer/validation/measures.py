"""How much of an outcome groups explain, and how well they keep their order."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustomer.matrix.matrix import Floats

Groups = NDArray[np.int64]

RESAMPLES: Final = 200


def eta_squared(groups: Groups, outcome: Floats, weights: Floats | None = None) -> float:
    """Share of an outcome's variance that lies between groups, 0 to 1.

    Pearson's correlation ratio, squared (R. A. Fisher, "Statistical Methods for Research Workers",
    1925, section 45). NaN where the outcome does not vary.

    Parameters
    ----------
    groups
        int64, shape (customers,), from 0.
    outcome
        float64, shape (customers,).
    weights
        How often each customer counts; once where not given.

    >>> eta_squared(np.array([0, 0, 1, 1]), np.array([1.0, 3.0, 5.0, 7.0]))
    0.8
    """
    weight = np.ones(len(outcome)) if weights is None else weights
    sizes = np.bincount(groups, weights=weight)
    sums = np.bincount(groups, weights=weight * outcome)
    mean = sums.sum() / sizes.sum()
    spread = float((weight * (outcome - mean) ** 2).sum())
    there = sizes > 0
    between = float((sizes[there] * (sums[there] / sizes[there] - mean) ** 2).sum())
    return between / spread if spread > 0 else float("nan")


def margin(
    one: Groups, other: Groups, outcome: Floats, *, seed: int
) -> tuple[float, tuple[float, float]]:
    """How much more of an outcome one grouping explains than another.

    Returns
    -------
    The difference of eta squared, and its 95 % interval by the percentile bootstrap over customers,
    both groupings on the same resamples (Efron & Tibshirani, "An Introduction to the Bootstrap",
    1993, chapter 13). The groups stay as they are, so the interval tells of the customers drawn,
    not of the clustering.
    """
    rng = np.random.default_rng([seed, 4])
    differences = []
    for _ in range(RESAMPLES):
        drawn = rng.integers(0, len(outcome), len(outcome))
        weights = np.bincount(drawn, minlength=len(outcome)).astype(np.float64)
        differences.append(
            eta_squared(one, outcome, weights) - eta_squared(other, outcome, weights)
        )
    low, high = np.nanpercentile(differences, [2.5, 97.5]).tolist()
    return eta_squared(one, outcome) - eta_squared(other, outcome), (low, high)


def kendall(one: Floats, other: Floats) -> float:
    """Kendall's tau-b of two short rows of numbers, -1 to 1; NaN where one does not vary.

    M. G. Kendall, "The treatment of ties in ranking problems", Biometrika 33 (1945).

    >>> kendall(np.array([1.0, 2.0, 3.0]), np.array([10.0, 30.0, 20.0]))
    0.333...
    """
    first, second = (np.sign(np.subtract.outer(row, row)) for row in (one, other))
    ties = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / ties if ties else float("nan")


def spearman(one: Floats, other: Floats) -> float:
    """Spearman's rank correlation, -1 to 1, equal values sharing a rank; NaN where one is flat.

    C. Spearman, "The proof and measurement of association between two things", American Journal of
    Psychology 15 (1904).

    >>> spearman(np.array([1.0, 2.0, 3.0]), np.array([10.0, 30.0, 20.0]))
    0.5
    """
    first, second = (rank - rank.mean() for rank in (_ranks(one), _ranks(other)))
    length = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / length if length else float("nan")


def _ranks(values: Floats) -> Floats:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[place], dtype=np.float64)
