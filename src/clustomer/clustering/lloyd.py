"""Lloyd's algorithm and its starts, on tiles that stay in the cache.

Both steps of an iteration are matrix products: the scores of all centroids for a tile of rows, and
the sums of the rows by a table of zeros and ones that says which centroid is nearest.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from clustomer.clustering.contract import Labels
from clustomer.clustering.parallel import threads
from clustomer.clustering.sample import Rows
from clustomer.matrix.matrix import Floats

TILE: Final = 4096
"""Rows in a tile: scores for ten centroids take 320 KB."""
ITERATIONS: Final = 300
QUICK: Final = 6
"""Iterations after which the better starts mostly show."""
_PARALLEL_TILES: Final = 8
_ALIKE: Final = 1 + 1e-6

EXACT: Final = 1e-8
"""Squared movement of the centroids, as a share of the rows' variance, that counts as none."""
ROUGH: Final = 1e-5
"""The same where hundreds of further iterations, over groups that are blurred, would lower the
inertia by less than 0.02 %."""
COMPARED: Final = 1e-4
"""The same for clusters that are only compared with others."""


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """Rows made ready for Lloyd's algorithm.

    Parameters
    ----------
    parts
        float64 arrays of shape (columns + 1, rows of the tile): the rows less `centre`, transposed,
        with a last row of ones.
    centre
        float64, shape (columns,): the mean, taken off so that products lose no digits.
    squares
        Sum over all rows of their squared distance to the centre.
    rows
        Number of rows.
    """

    parts: tuple[Floats, ...]
    centre: Floats
    squares: float
    rows: int

    @classmethod
    def of(cls, values: Floats) -> Tiles:
        """Cut rows (float64, shape (rows, columns)) into tiles."""
        centre = values.mean(axis=0)
        parts = []
        squares = 0.0
        for start in range(0, len(values), TILE):
            rows = values[start : start + TILE] - centre
            squares += float(np.square(rows).sum())
            parts.append(np.vstack([rows.T, np.ones(len(rows))]))
        return cls(tuple(parts), centre, squares, len(values))


def lloyd(
    tiles: Tiles, centroids: Floats, *, iterations: int = ITERATIONS, still: float = EXACT
) -> tuple[Floats, float]:
    """Improve centroids until they no longer move.

    S. Lloyd, "Least squares quantization in PCM", IEEE Trans. Information Theory 28 (1982).
    A centroid that loses all its rows is put on the row that is farthest from its own.

    Parameters
    ----------
    tiles
        The rows.
    centroids
        float64, shape (k, columns), where to start.
    iterations
        Most iterations.
    still
        Squared movement, as a share of the rows' variance, from which on centroids are settled.

    Returns
    -------
    centroids
        float64, shape (k, columns).
    inertia
        That of the centroids before the last step: an upper bound, equal when they settled.
    """
    moving = centroids - tiles.centre
    settled = still * tiles.squares / max(tiles.rows, 1)
    inertia = np.inf
    pool = ThreadPoolExecutor(threads()) if len(tiles.parts) >= _PARALLEL_TILES else None
    try:
        for _ in range(iterations):
            after, inertia = _step(tiles, moving, pool)
            moved = float(np.square(after - moving).sum())
            moving = after
            if moved <= settled:
                break
    finally:
        if pool is not None:
            pool.shutdown()
    return moving + tiles.centre, inertia


def starting_points(tiles: Tiles, k: int, chances: Sequence[np.random.Generator]) -> list[Floats]:
    """Draw k rows by greedy k-means++, once for each source of chance.

    Arthur & Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007: each next
    row is drawn with a chance in proportion to its squared distance to the nearest row drawn so
    far; of 2 + log(k) rows drawn this way the one is taken that lowers the inertia most.

    Parameters
    ----------
    tiles
        The rows.
    k
        Rows to draw.
    chances
        The sources of chance.

    Returns
    -------
    For each source float64, shape (k, columns).
    """
    rows = np.concatenate(tiles.parts, axis=1)[:-1]
    squares = np.einsum("ij,ij->j", rows, rows)
    ones = np.ones_like(squares)
    across = np.vstack([-2.0 * rows, squares, ones])
    along = np.ascontiguousarray(np.vstack([rows, ones, squares]).T)
    return [rows[:, _drawn(along, across, k, chance)].T + tiles.centre for chance in chances]


def _drawn(along: Floats, across: Floats, k: int, chance: np.random.Generator) -> Rows:
    """Draw k row numbers; the product of a row of `along` with `across` is squared distances."""
    count = len(along)
    drawn = np.empty(k, dtype=np.int64)
    drawn[0] = chance.integers(count)
    nearest = np.maximum(along[drawn[0]] @ across, 0.0)
    for place in range(1, k):
        summed = np.cumsum(nearest)
        aims = chance.random(2 + int(np.log(k))) * summed[-1]
        candidates = np.minimum(np.searchsorted(summed, aims, side="right"), count - 1)
        lowered = along[candidates] @ across
        np.maximum(lowered, 0.0, out=lowered)
        np.minimum(lowered, nearest, out=lowered)
        best = int(lowered.sum(axis=1).argmin())
        drawn[place] = candidates[best]
        nearest = lowered[best]
    return drawn


def nearest_of(tiles: Tiles, centroids: Floats) -> Labels:
    """Number of the nearest centroid of each row; int32, shape (rows,).

    For comparisons: two centroids equally far but for rounding may be taken for each other.
    """
    scorer = _scorer(centroids - tiles.centre)
    return np.concatenate([(scorer @ part).argmin(axis=0) for part in tiles.parts]).astype(np.int32)


def best_of(
    tiles: Tiles, starts: Sequence[Floats], *, iterations: int, keep: int, still: float = EXACT
) -> tuple[Floats, ...]:
    """Improve each start for some iterations and keep the best, lowest inertia first.

    Starts that have come to the same inertia have come to the same centroids: one of them is kept.
    """
    tried = [lloyd(tiles, start, iterations=iterations, still=still) for start in starts]
    tried.sort(key=lambda one: one[1])
    kept: list[Floats] = []
    last = -1.0
    for centroids, inertia in tried:
        if inertia > last * _ALIKE and len(kept) < keep:
            kept.append(centroids)
            last = inertia
    return tuple(kept)


def _scorer(centroids: Floats) -> Floats:
    """Half the squared distance to each centroid, less half the row's own square, as a product."""
    scorer = np.empty((len(centroids), centroids.shape[1] + 1))
    scorer[:, :-1] = -centroids
    scorer[:, -1] = (centroids * centroids).sum(axis=1) / 2
    return scorer


def _step(tiles: Tiles, centroids: Floats, pool: ThreadPoolExecutor | None) -> tuple[Floats, float]:
    """One iteration around the centre: where the centroids go, and the inertia before."""
    scorer = _scorer(centroids)

    def sums_of(part: Floats) -> tuple[Floats, float]:
        return _sums(part, scorer)

    found = (
        [sums_of(part) for part in tiles.parts] if pool is None else pool.map(sums_of, tiles.parts)
    )
    total = np.zeros((len(centroids), centroids.shape[1] + 1))
    score = 0.0
    for sums, part_score in found:
        total += sums
        score += part_score
    counts = total[:, -1:]
    after = np.where(counts > 0, total[:, :-1] / np.maximum(counts, 1), centroids)
    empty = np.flatnonzero(counts[:, 0] == 0)
    if len(empty):
        after[empty] = _farthest(tiles, scorer, len(empty))
    return after, max(tiles.squares + 2 * score, 0.0)


def _sums(part: Floats, scorer: Floats) -> tuple[Floats, float]:
    """Sums of a tile's rows by nearest centroid (last column: their number), and their scores."""
    scores = scorer @ part
    nearest = scores.min(axis=0)
    table = (scores == nearest).astype(np.float64)
    sums = table @ part.T
    if int(sums[:, -1].sum()) != part.shape[1]:
        table[:] = 0.0
        table[scores.argmin(axis=0), np.arange(part.shape[1])] = 1.0
        sums = table @ part.T
    return sums, float(nearest.sum())


def _farthest(tiles: Tiles, scorer: Floats, count: int) -> Floats:
    """Rows farthest from their nearest centroid; shape (count, columns)."""
    distances = np.concatenate(
        [(scorer @ p).min(axis=0) + np.square(p[:-1]).sum(axis=0) / 2 for p in tiles.parts]
    )
    rows = np.argsort(-distances, kind="stable")[:count]
    return np.array([tiles.parts[row // TILE][:-1, row % TILE] for row in rows])
