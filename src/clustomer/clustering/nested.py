"""Ward and bisecting k-means: segments that come from joining or splitting others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from clustomer.clustering.centroids import Centroids, around, means_of
from clustomer.clustering.contract import Labels
from clustomer.clustering.kmeans import best_starts
from clustomer.clustering.lloyd import QUICK, ROUGH, Tiles, nearest_of
from clustomer.clustering.parallel import one_blas_thread
from clustomer.matrix.matrix import Floats

_STARTS: Final = 3


def ward(values: Floats, numbers: Sequence[int]) -> list[Centroids]:
    """Join the two clusters whose union is least spread out, until so many are left.

    J. H. Ward, "Hierarchical grouping to optimize an objective function", JASA 58 (1963). Time and
    memory grow with the square of the rows, so it is given a sample. Rows are placed at the nearest
    mean of what comes out, the fitted ones too.

    Parameters
    ----------
    values
        float64, shape (rows, columns), finite; some thousands of rows.
    numbers
        Each k wanted, at most the number of rows.

    Returns
    -------
    One set of centroids for each number.
    """
    from scipy.cluster.hierarchy import cut_tree, linkage

    tree = linkage(values, method="ward")
    cuts = cut_tree(tree, n_clusters=list(numbers)).T
    return [
        around(values, means_of(values, cut.astype(np.int32), k), "ward")
        for k, cut in zip(numbers, cuts, strict=True)
    ]


def bisecting(values: Floats, numbers: Sequence[int], *, seed: int) -> list[Centroids]:
    """Split the cluster with the largest inertia in two by k-means, until there are so many.

    M. Steinbach, G. Karypis and V. Kumar, "A comparison of document clustering techniques", KDD
    workshop on text mining (2000). Rows are placed at the nearest mean of what comes out, which
    near a border may be another than the split gave.

    Parameters
    ----------
    values
        float64, shape (rows, columns), finite.
    numbers
        Each k wanted, rising, at most the number of distinct rows.
    seed
        The recipe's seed.
    """
    labels: Labels = np.zeros(len(values), dtype=np.int32)
    means = values.mean(axis=0, keepdims=True)
    found: dict[int, Floats] = {}
    with one_blas_thread():
        while len(means) < max(numbers):
            spread = np.bincount(labels, np.square(values - means[labels]).sum(axis=1))
            worst = int(spread.argmax())
            rows = np.flatnonzero(labels == worst)
            (halves,) = best_starts(
                values[rows], 2, seed=seed, starts=_STARTS, iterations=QUICK, keep=1, still=ROUGH
            )
            moved = rows[nearest_of(Tiles.of(values[rows]), halves) == 1]
            labels[moved] = len(means)
            means = means_of(values, labels, len(means) + 1)
            found[len(means)] = means
    return [around(values, found[k], "bisecting-k-means") for k in numbers]
