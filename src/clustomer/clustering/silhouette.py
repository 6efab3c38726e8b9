"""Silhouettes: exact, several labellings of the same rows in one pass over the distances.

Each pair of rows is met once, in tiles that stay in the cache: the tile's distances are multiplied
by a table of zeros and ones with one column for each cluster of each labelling, once for its rows
and once for its columns. Tiles are float32 and their sums float64; rows that lie so far out beside
their own cluster's size that float32 could show in the sixth digit are done again in float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustomer.clustering.contract import Labels
from clustomer.clustering.parallel import in_parallel, one_blas_thread
from clustomer.matrix.matrix import Floats

_TILE: Final = 256
"""A tile of 256 x 256 distances is 256 KB: it is filled, rooted and summed while in the cache."""
_TASKS: Final = 16
"""Pieces of work, whatever the number of threads, so that sums are added in one order."""
_TOO_FINE: Final = 0.03
"""Mean distance within a cluster, beside a row's distance from the centre, below which float32
is not used for the row: its squares are known to 10^-7 of the larger."""

_Singles = NDArray[np.float32]


def silhouettes(values: Floats, labellings: Sequence[Labels]) -> list[float]:
    """Mean silhouette of several labellings of the same rows; see `silhouette_rows`.

    Returns
    -------
    One mean for each labelling, -1 to 1.
    """
    return [float(scores.mean()) for scores in silhouette_rows(values, labellings)]


def silhouette_rows(values: Floats, labellings: Sequence[Labels]) -> list[Floats]:
    """Silhouette of each row under several labellings.

    P. J. Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster
    analysis", Journal of Computational and Applied Mathematics 20 (1987): (b - a) / max(a, b), with
    a the mean distance to the other rows of the own cluster and b that to the rows of the nearest
    other cluster. A row alone in its cluster scores 0, as there.

    Parameters
    ----------
    values
        float64, shape (rows, columns).
    labellings
        Labels 0 to k - 1, each of shape (rows,), each with k of 2 or more; time grows with the
        square of the rows and the sum of all k.

    Returns
    -------
    For each labelling float64, shape (rows,): -1 to 1, their mean exact to 1e-6.
    """
    sizes = [int(labels.max()) + 1 for labels in labellings]
    ends = np.cumsum(sizes)
    tables = [
        labels[:, np.newaxis] == np.arange(size)
        for labels, size in zip(labellings, sizes, strict=True)
    ]
    table = np.hstack(tables).astype(np.float64)
    distinct, place = _distinct(np.ascontiguousarray(values - values.mean(axis=0)))
    if place is not None:
        counts = np.zeros((len(distinct), table.shape[1]))
        np.add.at(counts, place, table)
        table = counts
    with one_blas_thread():
        sums = _summed_distances(distinct, table)
    if place is not None:
        sums = sums[place]
    return [
        _scores(sums[:, end - size : end], labels)
        for labels, size, end in zip(labellings, sizes, ends, strict=True)
    ]


def _distinct(rows: Floats) -> tuple[Floats, NDArray[np.intp] | None]:
    """The rows without repeats, and where each row stands among them; None where none repeats.

    Repeats would be a little apart in float32.
    """
    # Equal rows have equal products; only where products repeat are the rows compared.
    weights = np.sqrt(np.arange(2, rows.shape[1] + 2, dtype=np.float64))
    marks = np.einsum("ij,j->i", rows, weights)
    if len(np.unique(marks)) == len(rows):
        return rows, None
    distinct, place = np.unique(rows, axis=0, return_inverse=True)
    return distinct, place.reshape(-1)


def _summed_distances(rows: Floats, table: Floats) -> Floats:
    """Product of the rows' distance matrix with a table of shape (rows, clusters)."""
    largest = float(np.abs(rows).max(initial=0.0)) or 1.0
    scaled = rows / largest
    sums = _in_singles(scaled, table.astype(np.float32))
    # The nearest cluster of a row stands for its own: no labelling has a smaller mean distance.
    counts = np.maximum(table.sum(axis=0), 1.0)
    nearest = (sums / counts).min(axis=1, where=table.sum(axis=0) > 0, initial=np.inf)
    out = np.sqrt(np.einsum("ij,ij->i", scaled, scaled))
    fine = np.flatnonzero(~(nearest >= _TOO_FINE * out))
    for start in range(0, len(fine), _TILE):
        some = fine[start : start + _TILE]
        sums[some] = _in_doubles(scaled, some, table)
    sums *= largest
    return sums


def _in_singles(rows: Floats, table: _Singles) -> Floats:
    squares = np.einsum("ij,ij->i", rows, rows)[:, np.newaxis]
    ones = np.ones_like(squares)
    left = np.hstack([-2.0 * rows, squares, ones]).astype(np.float32)
    right = np.ascontiguousarray(np.hstack([rows, ones, squares]).T.astype(np.float32))
    bands = range(0, len(rows), _TILE)
    work = [bands[first::_TASKS] for first in range(min(_TASKS, len(bands)))]

    def part(starts: Sequence[int]) -> Floats:
        """Sums that some bands of rows give to themselves and to the rows after them."""
        sums = np.zeros(table.shape)
        room = np.empty((_TILE, _TILE), dtype=np.float32)
        for start in starts:
            here = slice(start, min(start + _TILE, len(rows)))
            own = np.ascontiguousarray(table[here].T)
            for across in range(start, len(rows), _TILE):
                there = slice(across, min(across + _TILE, len(rows)))
                tile = room[: here.stop - here.start, : there.stop - there.start]
                np.matmul(left[here], right[:, there], out=tile)
                # Faster than a maximum with 0, and rounding is as small on either side of it.
                np.abs(tile, out=tile)
                np.sqrt(tile, out=tile)
                if across == start:
                    np.fill_diagonal(tile, 0.0)
                else:
                    sums[there] += (own @ tile).T
                sums[here] += tile @ table[there]
        return sums

    total = np.zeros(table.shape)
    for sums in in_parallel(part, work):
        total += sums
    return total


def _in_doubles(rows: Floats, some: NDArray[np.intp], table: Floats) -> Floats:
    """The same for some of the rows, each against all, from differences."""
    sums = np.zeros((len(some), table.shape[1]))
    for start in range(0, len(rows), _TILE):
        squared = np.zeros((len(some), min(_TILE, len(rows) - start)))
        for column in rows.T:
            apart = column[some, np.newaxis] - column[start : start + _TILE]
            squared += apart * apart
        sums += np.sqrt(squared) @ table[start : start + _TILE]
    return sums


def _scores(sums: Floats, labels: Labels) -> Floats:
    """Silhouette of each row from its summed distances to each cluster."""
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
    return np.asarray(score, dtype=np.float64)
