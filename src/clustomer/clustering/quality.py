"""How good labellings are: silhouette, Davies-Bouldin and what the inertia curve tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from clustomer.clustering.contract import Labels
from clustomer.clustering.parallel import in_parallel, one_blas_thread
from clustomer.matrix.matrix import Floats

_ROWS: Final = 256
_ACROSS: Final = 512
"""A tile of 256 x 512 distances is 1 MB: it is filled, rooted and summed while in the cache."""
_NOTHING: Final = 1e-12
"""Share of the inertia of one group that counts as none."""
_SMALLEST: Final = 1e-300


def silhouettes(values: Floats, labellings: Sequence[Labels]) -> list[float]:
    """Mean silhouette of several labellings of the same rows, in one pass over the distances.

    P. J. Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster
    analysis", Journal of Computational and Applied Mathematics 20 (1987). A row alone in its
    cluster scores 0, as there.

    Each tile of distances serves every labelling: it is multiplied by a table of zeros and ones
    with one column for each cluster of each labelling.

    Parameters
    ----------
    values
        float64, shape (rows, columns).
    labellings
        Labels 0 to k - 1, each of shape (rows,), each with k of 2 or more; time grows with the
        square of the rows and the sum of all k.

    Returns
    -------
    One mean for each labelling, -1 to 1.
    """
    sizes = [int(labels.max()) + 1 for labels in labellings]
    ends = np.cumsum(sizes)
    tables = [
        labels[:, np.newaxis] == np.arange(size)
        for labels, size in zip(labellings, sizes, strict=True)
    ]
    with one_blas_thread():
        sums = _summed_distances(values, np.hstack(tables).astype(np.float64))
    return [
        _silhouette(sums[:, end - size : end], labels)
        for labels, size, end in zip(labellings, sizes, ends, strict=True)
    ]


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


def _summed_distances(values: Floats, table: Floats) -> Floats:
    """Product of the rows' distance matrix with a table of shape (rows, clusters)."""
    rows = values - values.mean(axis=0)
    squares = np.einsum("ij,ij->i", rows, rows)[:, np.newaxis]
    ones = np.ones_like(squares)
    left = np.hstack([-2.0 * rows, squares, ones])
    right = np.ascontiguousarray(np.hstack([rows, ones, squares]).T)

    def band(start: int) -> Floats:
        """Sums for the rows of one band."""
        here = left[start : start + _ROWS]
        sums = np.zeros((len(here), table.shape[1]))
        for across in range(0, len(rows), _ACROSS):
            tile = here @ right[:, across : across + _ACROSS]
            np.maximum(tile, 0.0, out=tile)
            np.sqrt(tile, out=tile)
            low, high = max(start, across), min(start + len(here), across + tile.shape[1])
            own = np.arange(low, high)
            tile[own - start, own - across] = 0.0
            sums += tile @ table[across : across + _ACROSS]
        return sums

    return np.vstack(in_parallel(band, range(0, len(rows), _ROWS)))


def _silhouette(sums: Floats, labels: Labels) -> float:
    """Mean silhouette from the summed distances of each row to each cluster."""
    counts = np.bincount(labels, minlength=sums.shape[1])
    rows = np.arange(len(labels))
    own = counts[labels]
    inside = sums[rows, labels] / np.maximum(own - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        outside = sums / counts
    outside[:, counts == 0] = np.inf
    outside[rows, labels] = np.inf
    nearest = outside.min(axis=1)
    larger = np.maximum(inside, nearest)
    score = np.divide(nearest - inside, larger, out=np.zeros_like(inside), where=larger > 0)
    score[own == 1] = 0.0
    return float(score.mean())
