"""Which rows train the classifier and which test it: every segment in each part, where it can be.

Rows are shuffled by the seed alone and dealt within each cluster, so that the parts do not depend
on the order in which rows were named, and small segments cannot fall out by chance.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustomer.clustering.contract import Labels

Rows = NDArray[np.int64]

AT_LEAST: Final = 20
"""Rows of each cluster that a sample holds, where the cluster has as many."""


def with_every_cluster(labels: Labels, rows: Rows, *, seed: int) -> Rows:
    """Add rows until every cluster has `AT_LEAST`, or all of its rows.

    A sample of 5,000 among millions can miss a small cluster, and a classifier cannot learn what
    it never saw.

    Parameters
    ----------
    labels
        int32, shape (customers,).
    rows
        The sample: row numbers, in any order.
    seed
        Decides which rows are added.

    Returns
    -------
    int64, rising, without repeats.

    >>> with_every_cluster(np.array([0, 0, 0, 1], np.int32), np.array([2, 0]), seed=0)
    array([0, 1, 2, 3])
    """
    rng = np.random.default_rng([seed, 2])
    chosen = np.zeros(len(labels), dtype=np.bool_)
    chosen[rows] = True
    sizes = np.bincount(labels)
    sampled = np.bincount(labels[chosen], minlength=len(sizes))
    for cluster in np.flatnonzero(sampled < np.minimum(AT_LEAST, sizes)):
        spare = np.flatnonzero((labels == cluster) & ~chosen)
        wanted = min(AT_LEAST - int(sampled[cluster]), len(spare))
        chosen[rng.permutation(spare)[:wanted]] = True
    return np.flatnonzero(chosen).astype(np.int64)


def held_out(labels: Labels, rows: Rows, share: float, *, seed: int) -> tuple[Rows, Rows]:
    """Part rows into (training, hold-out); the hold-out has `share` of each cluster, rounded down.

    A cluster always keeps a row to train on; one with fewer than 1 / share rows has none to test.

    >>> train, test = held_out(np.zeros(8, np.int32), np.arange(8), 0.25, seed=0)
    >>> len(train), len(test)
    (6, 2)
    """
    dealt, place = _dealt(labels, rows, seed)
    held = np.floor((place + 1) * share) > np.floor(place * share)
    return np.sort(dealt[~held]), np.sort(dealt[held])


def folds(labels: Labels, rows: Rows, count: int, *, seed: int) -> list[tuple[Rows, Rows]]:
    """Part rows into `count` pairs of (training, test): each row is tested once.

    The clusters are dealt out one after another like cards, so the sizes of folds differ by one at
    most, and those of a cluster in them too. A cluster with fewer rows than folds is tested in as
    many folds as it has rows; with fewer rows than folds in all, there are as many folds as rows;
    a single row gives none.

    >>> [test.size for _, test in folds(np.zeros(7, np.int32), np.arange(7), 3, seed=0)]
    [3, 2, 2]
    """
    count = min(count, len(rows))
    if count < 2:
        return []
    dealt, _ = _dealt(labels, rows, seed)
    fold = np.arange(len(dealt)) % count
    return [
        (np.sort(dealt[fold != number]), np.sort(dealt[fold == number])) for number in range(count)
    ]


def _dealt(labels: Labels, rows: Rows, seed: int) -> tuple[Rows, Rows]:
    """Rows shuffled, then by cluster; and each one's place within its cluster from 0."""
    shuffled = np.random.default_rng([seed, 1]).permutation(np.sort(rows))
    dealt = shuffled[np.argsort(labels[shuffled], kind="stable")]
    clusters, starts = np.unique(labels[dealt], return_index=True)
    first = dict(zip(clusters.tolist(), starts.tolist(), strict=True))
    offsets = np.array([first[cluster] for cluster in labels[dealt].tolist()], dtype=np.int64)
    return dealt, np.arange(len(dealt)) - offsets
