"""How good labellings are: Davies-Bouldin, Calinski-Harabasz and what the inertia curve tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from clustomer.clustering.contract import Assignment, Labels
from clustomer.matrix.matrix import Floats

_NOTHING: Final = 1e-12
"""Share of the inertia of one group that counts as none."""
_SMALLEST: Final = 1e-300
_NORMAL: Final = 1.959963984540054
"""97.5 % quantile of the normal distribution."""


def davies_bouldin(values: Floats, labels: Labels) -> float:
    """Davies-Bouldin index: 0 or more, lower is better.

    D. L. Davies and D. W. Bouldin, "A cluster separation measure", IEEE PAMI 1 (1979): the mean
    over clusters of the worst ratio of two clusters' spreads (mean distance to the mean) to the
    distance between their means. Two clusters with the same mean count as 0, as in scikit-learn.

    Parameters
    ----------
    values
        float64, shape (rows, columns).
    labels
        int, shape (rows,), 0 to k - 1; a number without rows is left out.
    """
    counts = np.bincount(labels)
    sums = np.array([np.bincount(labels, column) for column in values.T]).T
    present = counts > 0
    means = sums[present] / counts[present, np.newaxis]
    numbers = np.cumsum(present) - 1
    to_mean = np.sqrt(np.square(values - means[numbers[labels]]).sum(axis=1))
    spreads = np.bincount(labels, to_mean)[present] / counts[present]
    apart = np.sqrt(np.square(means[:, np.newaxis] - means).sum(axis=2))
    if np.allclose(spreads, 0) or np.allclose(apart, 0):
        return 0.0
    apart[apart == 0] = np.inf
    return float(((spreads[:, np.newaxis] + spreads) / apart).max(axis=1).mean())


def calinski_harabasz(values: Floats, labels: Labels) -> float:
    """Calinski-Harabasz index: 0 or more, higher is better.

    T. Calinski and J. Harabasz, "A dendrite method for cluster analysis", Communications in
    Statistics 3 (1974): the spread between the clusters' means beside the spread within, each by
    its degrees of freedom. 1 where there is no spread within, as in scikit-learn.

    Parameters
    ----------
    values
        float64, shape (rows, columns).
    labels
        int, shape (rows,), 0 or more; a number without rows is left out.
    """
    counts = np.bincount(labels)
    k, rows = int((counts > 0).sum()), len(labels)
    total = float(np.square(values - values.mean(axis=0)).sum())
    within = inertia_within(values, labels)
    if within <= _NOTHING * total or rows <= k or k < 2:
        return 1.0
    return (total - within) * (rows - k) / (within * (k - 1))


def inertia_within(values: Floats, labels: Labels) -> float:
    """Sum of squared distances of the rows to their cluster's mean."""
    counts = np.maximum(np.bincount(labels), 1)
    means = np.array([np.bincount(labels, column) for column in values.T]).T
    means /= counts[:, np.newaxis]
    return float(np.square(values - means[labels]).sum())


def gap(
    inertia: float, rows: int, k: int, references: Sequence[float], reference_rows: int
) -> tuple[float, float] | tuple[None, None]:
    """Gap statistic and its standard error.

    R. Tibshirani, G. Walther and T. Hastie, JRSS B 63 (2001), equations 3 and following: the mean
    logarithm of the references' inertia less that of the rows, and the references' standard
    deviation times sqrt(1 + 1 / references). The number of clusters that it speaks for is the first
    whose gap is no lower than the next one's less its error.

    An inertia counts by its degrees of freedom (rows - k), so that references of fewer rows can
    stand beside the rows.

    Parameters
    ----------
    inertia
        Sum of squared distances of the rows to their cluster's mean, at this k.
    rows
        Number of rows.
    k
        Number of clusters.
    references
        Mean squared distance of each reference's rows to their centroid, at this k.
    reference_rows
        Rows of each reference.

    Returns
    -------
    Gap and error; None without references, or with fewer rows than clusters.
    """
    if not references or min(rows, reference_rows) <= k:
        return None, None
    smallest = _SMALLEST
    own = np.log(max(inertia / (rows - k), smallest))
    theirs = np.log(np.maximum(np.array(references) * reference_rows, smallest))
    theirs -= np.log(reference_rows - k)
    error = float(theirs.std()) * float(np.sqrt(1 + 1 / len(references)))
    return float(theirs.mean() - own), error


def interval_of(scores: Floats, population: int) -> tuple[float, float] | tuple[None, None]:
    """95 % interval of the mean over a population of which the scores are a sample.

    The normal approximation with the correction for a finite population (W. G. Cochran, "Sampling
    Techniques", 3rd ed. 1977, equations 2.15 and 2.17).

    Parameters
    ----------
    scores
        float64, shape (rows,).
    population
        Rows from which they were drawn.

    Returns
    -------
    Lower and upper end; None where the sample is the whole population.
    """
    rows = len(scores)
    if rows >= population or rows < 2:
        return None, None
    error = float(scores.std(ddof=1)) / np.sqrt(rows) * np.sqrt(1 - rows / population)
    mean = float(scores.mean())
    return mean - _NORMAL * error, mean + _NORMAL * error


def margin(assignment: Assignment) -> float:
    """Mean lead of the rows' cluster over their second choice: 1 at its centre, 0 half way.

    1 - a / b with the distances a to the own and b to the second cluster: the simplified silhouette
    of E. Hruschka, L. de Castro and R. Campello, "Evolutionary algorithms for clustering
    gene-expression data", ICDM 2004.

    Parameters
    ----------
    assignment
        Where rows were placed; a row that is as near to both counts as 0.
    """
    farther = assignment.runner_up_distance
    lead = np.where(farther > 0, 1 - assignment.distance / np.where(farther > 0, farther, 1.0), 0)
    return float(np.clip(lead, 0.0, 1.0).mean())


def elbow(numbers: Sequence[int], inertias: Sequence[float]) -> list[float]:
    """How far the inertia curve bends below the straight line between its ends, at each k.

    V. Satopää, J. Albrecht, D. Irwin and B. Raghavan, "Finding a 'kneedle' in a haystack",
    ICDCS workshops 2011: both axes are scaled to 0..1 and the falling curve is mirrored; the
    difference curve is its height above the diagonal. The elbow is where that is highest.

    Parameters
    ----------
    numbers
        The k looked at, rising.
    inertias
        The inertia at each.

    Returns
    -------
    Heights, 0 to 1 where the curve is convex; all 0 where it is flat or has fewer than three
    points.

    >>> [round(height, 2) for height in elbow([2, 3, 4, 5], [10.0, 4.0, 2.0, 1.0])]
    [0.0, 0.33, 0.22, 0.0]
    """
    curve = np.asarray(inertias, dtype=np.float64)
    if len(curve) < 3 or np.ptp(curve) <= 0:
        return [0.0] * len(curve)
    along = np.asarray(numbers, dtype=np.float64)
    across = (along - along[0]) / (along[-1] - along[0])
    heights = (curve.max() - curve) / np.ptp(curve) - across
    return [float(height) for height in heights]


def gains(
    total: float, inertias: Sequence[float], references: Sequence[Sequence[float]]
) -> list[float]:
    """How many times as much each further k lowers the log inertia as it does in the references.

    The idea of the gap statistic (R. Tibshirani, G. Walther and T. Hastie, JRSS B 63, 2001), taken
    step by step: where groups are real, the step that tells two of them apart lowers the inertia
    by more than cutting a crowd without groups; further steps do no better than there.

    Parameters
    ----------
    total
        The inertia of all rows as one group; that of the references too.
    inertias
        The inertia at each k looked at, by rising k.
    references
        The same of each crowd without groups; at each step the one counts that falls most.

    Returns
    -------
    One ratio for each k, against the k before it (the first: against one group); infinite where
    nothing is left to explain, 0 where no reference falls.

    >>> [round(gain, 2) for gain in gains(100.0, [50.0, 20.0, 18.0], [[70.0, 55.0, 49.5]])]
    [1.94, 3.8, 1.0]
    """
    steps = _log_falls(total, inertias)
    expected = np.max([_log_falls(total, reference) for reference in references], axis=0)
    ratios = np.divide(steps, expected, out=np.zeros_like(steps), where=expected > 0)
    ratios[np.asarray(inertias) <= _NOTHING * total] = np.inf
    return [float(ratio) for ratio in ratios]


def _log_falls(total: float, inertias: Sequence[float]) -> Floats:
    """By how much the logarithm of the inertia falls at each step."""
    curve = np.maximum([total, *inertias], max(_NOTHING * total, _SMALLEST))
    return np.asarray(-np.diff(np.log(curve)), dtype=np.float64)
