"""Stability: does the same structure come out of other samples of the customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from clustomer.clustering.contract import Labels
from clustomer.clustering.sample import Rows
from clustomer.matrix.matrix import Floats

_LARGEST: Final = 2_500


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well resamples agree with the clusters of all rows, for one number of clusters.

    Parameters
    ----------
    rand
        Adjusted Rand index of each resample.
    jaccard
        For each cluster the mean over resamples of its overlap with the cluster most like it.
    """

    rand: tuple[float, ...]
    jaccard: tuple[float, ...]


def half(rows: int, most: int, *, seed: int, number: int) -> Rows:
    """Draw half of the rows (at most 2,500 rows), without replacement.

    Parameters
    ----------
    rows
        Number of rows.
    most
        Most clusters that are looked for: a half has at least as many rows, where there are.
    seed
        The recipe's seed.
    number
        Which of the halves, from 0; each is drawn anew.

    Returns
    -------
    int64, shape (rows of the half,): row numbers.
    """
    size = max(min(rows // 2, _LARGEST), min(most, rows))
    return np.random.default_rng([seed, number, size]).permutation(rows)[:size]


def agreement_of(
    labellings: Sequence[Labels], resamples: Sequence[Sequence[Labels]]
) -> list[Agreement]:
    """See how well clusters of resamples agree with the clusters of all rows.

    Each resample is half of the rows, clustered from starts of its own; every row is placed by what
    came out, and the placing is compared with the labels: as a whole by the adjusted Rand index (T.
    Lange, V. Roth, M. L. Braun and J. M. Buhmann, "Stability-based validation of clustering
    solutions", Neural Computation 16, 2004), and cluster by cluster by the Jaccard index with the
    cluster most like it (C. Hennig, "Cluster-wise assessment of cluster stability", Computational
    Statistics & Data Analysis 52, 2007; there the resamples' own rows are compared, here all rows
    are).

    Parameters
    ----------
    labellings
        The clusters of all rows, each of shape (rows,): one for each number of clusters.
    resamples
        For each resample likewise.

    Returns
    -------
    One agreement for each labelling.
    """
    rand: list[list[float]] = [[] for _ in labellings]
    overlaps: list[list[Floats]] = [[] for _ in labellings]
    for anew in resamples:
        for place, (labels, others) in enumerate(zip(labellings, anew, strict=True)):
            table = contingency(labels, others)
            rand[place].append(_adjusted_rand(table))
            overlaps[place].append(best_overlaps(table))
    return [
        Agreement(tuple(each), tuple(np.mean(overlap, axis=0).tolist()))
        for each, overlap in zip(rand, overlaps, strict=True)
    ]


def contingency(first: Labels, second: Labels) -> Floats:
    """Count the rows in each pair of clusters: float64, shape (clusters, other clusters)."""
    across = int(second.max(initial=0)) + 1
    along = int(first.max(initial=0)) + 1
    pairs = first.astype(np.int64) * across + second
    counts = np.bincount(pairs, minlength=along * across)
    return counts.reshape(along, across).astype(np.float64)


def best_overlaps(table: Floats) -> Floats:
    """Jaccard index of each cluster with the other one most like it, 0 to 1.

    P. Jaccard, "The distribution of the flora in the alpine zone", New Phytologist 11 (1912):
    rows in both by rows in either.

    Parameters
    ----------
    table
        Rows in each pair of clusters; see `contingency`.

    >>> best_overlaps(np.array([[8.0, 0.0], [2.0, 10.0]])).tolist()
    [0.8, 0.8333333333333334]
    """
    either = table.sum(axis=1, keepdims=True) + table.sum(axis=0, keepdims=True) - table
    overlaps: Floats = (table / np.maximum(either, 1.0)).max(axis=1)
    return overlaps


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
    return _adjusted_rand(contingency(first, second))


def _adjusted_rand(table: Floats) -> float:
    rows = float(table.sum())
    together = _pairs(table)
    in_first = _pairs(table.sum(axis=1))
    in_second = _pairs(table.sum(axis=0))
    by_chance = in_first * in_second / max(rows * (rows - 1) / 2, 1.0)
    most = (in_first + in_second) / 2
    return 1.0 if most == by_chance else (together - by_chance) / (most - by_chance)


def _pairs(counts: Floats) -> float:
    return float((counts * (counts - 1)).sum() / 2)
