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
_CANDIDATES: Final = 8
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
    far; of several rows drawn this way (for the k-th 2 + log(k), as many as they take for k
    clusters) the one is taken that lowers the inertia most. So the first rows of a long draw are
    what a shorter one gives.

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
        aims = chance.random(2 + int(np.log(place + 1))) * summed[-1]
        candidates = np.minimum(np.searchsorted(summed, aims, side="right"), count - 1)
        lowered = along[candidates] @ across
        np.maximum(lowered, 0.0, out=lowered)
        np.minimum(lowered, nearest, out=lowered)
        best = int(lowered.sum(axis=1).argmin())
        drawn[place] = candidates[best]
        nearest = lowered[best]
    return drawn


def one_more(tiles: Tiles, centroids: Floats, chance: np.random.Generator) -> Floats:
    """Add to some centroids the row that lowers their inertia most, of some drawn as above.

    A. Likas, N. Vlassis and J. J. Verbeek, "The global k-means algorithm", Pattern Recognition 36
    (2003): the best clusters of one number and one row more are a good start for the next number.

    Returns
    -------
    float64, shape (k + 1, columns).
    """
    scorer = _scorer(centroids - tiles.centre)
    squares = [np.square(part[:-1]).sum(axis=0) / 2 for part in tiles.parts]
    nearest = [
        np.maximum((scorer @ part).min(axis=0) + square, 0.0)
        for part, square in zip(tiles.parts, squares, strict=True)
    ]
    summed = np.cumsum(np.concatenate(nearest))
    drawn = np.searchsorted(summed, chance.random(_CANDIDATES) * summed[-1], side="right")
    rows = _rows_at(tiles, np.minimum(drawn, tiles.rows - 1))
    candidates = _scorer(rows)
    left = np.zeros(len(rows))
    for part, square, own in zip(tiles.parts, squares, nearest, strict=True):
        left += np.minimum(np.maximum(candidates @ part + square, 0.0), own).sum(axis=1)
    added = rows[int(left.argmin())] + tiles.centre
    return np.vstack([centroids, added])


def one_less(tiles: Tiles, centroids: Floats) -> Floats:
    """Join the two clusters whose union adds least to the inertia (as in Ward's method).

    Returns
    -------
    float64, shape (k - 1, columns).
    """
    sizes = np.bincount(nearest_of(tiles, centroids), minlength=len(centroids)).astype(np.float64)
    apart = np.square(centroids[:, np.newaxis] - centroids).sum(axis=2)
    both = np.maximum(sizes[:, np.newaxis] + sizes, 1.0)
    added = sizes[:, np.newaxis] * sizes / both * apart
    np.fill_diagonal(added, np.inf)
    first, second = np.unravel_index(added.argmin(), added.shape)
    rows = both[first, second]
    middle = (sizes[first] * centroids[first] + sizes[second] * centroids[second]) / rows
    return np.vstack([np.delete(centroids, [first, second], axis=0), middle])


def nearest_of(tiles: Tiles, centroids: Floats) -> Labels:
    """Number of the nearest centroid of each row; int32, shape (rows,).

    For comparisons: two centroids equally far but for rounding may be taken for each other.
    """
    scorer = _scorer(centroids - tiles.centre)
    return np.concatenate([(scorer @ part).argmin(axis=0) for part in tiles.parts]).astype(np.int32)


def inertia_at(tiles: Tiles, centroids: Floats) -> float:
    """Sum of the rows' squared distances to the nearest centroid.

    For comparisons: beside `Tiles.squares` it is exact to rounding.
    """
    scorer = _scorer(centroids - tiles.centre)
    scores = sum(float((scorer @ part).min(axis=0).sum()) for part in tiles.parts)
    return max(tiles.squares + 2 * scores, 0.0)


def best_of(
    tiles: Tiles,
    starts: Sequence[Floats],
    *,
    iterations: int,
    keep: int,
    still: float = EXACT,
    near: float | None = None,
) -> tuple[Floats, ...]:
    """Improve each start for some iterations and keep the best, lowest inertia first.

    Starts that have come to the same inertia have come to the same centroids: one of them is kept.
    With `near` none is kept whose inertia is more than so many times the lowest.
    """
    tried = [lloyd(tiles, start, iterations=iterations, still=still) for start in starts]
    tried.sort(key=lambda one: one[1])
    kept: list[Floats] = []
    last = -1.0
    most = np.inf if near is None else near * tried[0][1]
    for centroids, inertia in tried:
        if last * _ALIKE < inertia <= most and len(kept) < keep:
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
    return _rows_at(tiles, np.argsort(-distances, kind="stable")[:count])


def _rows_at(tiles: Tiles, numbers: Rows) -> Floats:
    """Rows by their numbers, less the centre; shape (numbers, columns)."""
    return np.array([tiles.parts[row // TILE][:-1, row % TILE] for row in numbers])
