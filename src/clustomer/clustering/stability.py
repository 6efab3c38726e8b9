"""Stability: does the same structure come out of other samples of the customers."""

from __future__ import annotations

from typing import Final

import numpy as np

from clustomer.clustering.contract import Labels
from clustomer.clustering.kmeans import best_starts
from clustomer.clustering.lloyd import COMPARED, QUICK, Tiles, nearest_of
from clustomer.matrix.matrix import Floats

_STARTS: Final = 3
_TRIED: Final = 800
"""Rows of a resample on which its starts are tried."""
_LARGEST: Final = 2_500


def resampled_agreement(
    values: Floats, k: int, labels: Labels, *, seed: int, resamples: int
) -> list[float]:
    """Cluster halves of the rows anew, and see how well each agrees with the clusters of all rows.

    Each resample is half of the rows (at most 2,500), drawn without replacement; k-means is fitted
    to it from starts of its own, every row is placed by what came out, and the placing is compared
    with `labels` by the adjusted Rand index. T. Lange, V. Roth, M. L. Braun and J. M. Buhmann,
    "Stability-based validation of clustering solutions", Neural Computation 16 (2004).

    To be called with one BLAS thread.

    Parameters
    ----------
    values
        float64, shape (rows, columns), finite.
    k
        Number of clusters.
    labels
        The clusters of all rows, shape (rows,).
    seed
        The recipe's seed; the rows of a resample depend on it and the resample's number alone.
    resamples
        Halves to draw.

    Returns
    -------
    One adjusted Rand index for each resample.
    """
    size = max(min(len(values) // 2, _LARGEST), min(k, len(values)))
    tiles = Tiles.of(values)
    agreement = []
    for number in range(resamples):
        random = np.random.default_rng([seed, number, size])
        drawn = values[random.permutation(len(values))[:size]]
        (centroids,) = best_starts(
            drawn,
            k,
            seed=seed + 1 + number,
            starts=_STARTS,
            part=drawn[:_TRIED],
            iterations=QUICK,
            keep=1,
            still=COMPARED,
        )
        agreement.append(adjusted_rand(labels, nearest_of(tiles, centroids)))
    return agreement


def adjusted_rand(first: Labels, second: Labels) -> float:
    """Adjusted Rand index: 1 for the same grouping, about 0 for groupings by chance.

    L. Hubert and P. Arabie, "Comparing partitions", Journal of Classification 2 (1985): the share
    of pairs of rows on which two groupings agree, less what chance gives. The numbers that the
    groups bear do not matter.

    Parameters
    ----------
    first, second
        int, shape (rows,), 0 or more.

    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([5, 5, 2, 2]))
    1.0
    """
    across = int(second.max(initial=0)) + 1
    table = np.bincount(first.astype(np.int64) * across + second).astype(np.float64)
    rows = float(len(first))
    together = _pairs(table)
    in_first = _pairs(np.bincount(first).astype(np.float64))
    in_second = _pairs(np.bincount(second).astype(np.float64))
    by_chance = in_first * in_second / max(rows * (rows - 1) / 2, 1.0)
    most = (in_first + in_second) / 2
    return 1.0 if most == by_chance else (together - by_chance) / (most - by_chance)


def _pairs(counts: Floats) -> float:
    return float((counts * (counts - 1)).sum() / 2)
