"""k-means: Lloyd's algorithm on the matrix unit.

The same rows in the same order give the same bits with any number of threads: BLAS is held to one
thread, work is cut into tiles that do not depend on the number of threads, and the tiles' sums are
added in their order (see `lloyd`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from clustomer.clustering.centroids import Centroids, around, checked
from clustomer.clustering.lloyd import (
    EXACT,
    ITERATIONS,
    QUICK,
    ROUGH,
    Tiles,
    best_of,
    lloyd,
    one_less,
    one_more,
    starting_points,
)
from clustomer.clustering.parallel import one_blas_thread
from clustomer.clustering.sample import Rows
from clustomer.errors import DataError
from clustomer.matrix.matrix import Floats

KEPT: Final = 3
_MANY: Final = 50_000
"""Rows from which on centroids are only roughly settled."""
_NEAR: Final = 1.02
"""Times the lowest inertia on a sample up to which centroids may turn out best on all rows."""
_LARGEST_FITTED: Final = 1e140
"""Values above this are not fitted: their squares could not be summed."""


def fit_kmeans(
    values: Floats,
    k: int,
    *,
    seed: int,
    starts: int,
    initial: Sequence[Floats] = (),
    sample: Rows | None = None,
) -> Centroids:
    """Fit k-means: the lowest inertia over several starts.

    Starts are drawn by greedy k-means++ (Arthur & Vassilvitskii, 2007) and improved by Lloyd's
    algorithm (1982) until they hardly move; the best three are carried on until they rest.

    Parameters
    ----------
    values
        float64, shape (rows, columns), finite.
    k
        Number of clusters, 2 to the number of distinct rows.
    seed
        The recipe's seed: the only source of chance.
    starts
        Starts drawn at random.
    initial
        Centroids to start from besides, each of shape (k, columns).
    sample
        Row numbers on which the starts are tried; the best are then carried on over all rows.

    Raises
    ------
    DataError
        When k is below 2 or above the number of distinct rows, or a value is missing, infinite or
        too large.
    """
    values = fittable(values)
    check_k(values, k)
    with one_blas_thread():
        tried = values if sample is None else values[sample]
        drawn = best_starts(tried, k, seed=seed, starts=starts)
        if initial:
            drawn = best_of(
                Tiles.of(tried), [*initial, *drawn], iterations=QUICK, keep=KEPT, near=_NEAR
            )
        return polish(values, drawn)


def best_starts(
    values: Floats,
    k: int,
    *,
    seed: int,
    starts: int,
    iterations: int = ITERATIONS,
    keep: int = KEPT,
    still: float = EXACT,
) -> tuple[Floats, ...]:
    """Draw starts for one number of clusters, and improve them; see `swept_starts`."""
    return swept_starts(
        Tiles.of(values),
        [k],
        seed=seed,
        starts=starts,
        iterations=iterations,
        keep=keep,
        still=still,
    )[0]


def swept_starts(
    tiles: Tiles,
    numbers: Sequence[int],
    *,
    seed: int,
    starts: int,
    part: Tiles | None = None,
    iterations: int = ITERATIONS,
    keep: int = KEPT,
    still: float = EXACT,
) -> list[tuple[Floats, ...]]:
    """Draw starts, improve each roughly and the best of them fully, for several numbers at once.

    Each start is drawn once, for the largest number; its first k rows are a start for k clusters.
    Neighbours help each other: a start more is the best of the number before with one row more (see
    `one_more`), and, on the way back, the best of the number after with two clusters joined (see
    `one_less`). That halves the error in the steps of the inertia curve, by which numbers are
    judged. To be called with one BLAS thread.

    Parameters
    ----------
    tiles
        The rows.
    numbers
        Each number of clusters, rising.
    seed
        The recipe's seed; the chance of a drawn start depends on it and its number alone.
    starts
        Starts to draw.
    part
        Some of the rows, on which the starts are tried instead of on all.
    iterations
        Most iterations for each start, before the best are carried on over all rows.
    keep
        How many are carried on.
    still
        When those count as settled (see `lloyd`).

    Returns
    -------
    For each number up to `keep` sets of centroids, each float64 of shape (k, columns); lowest
    inertia first.
    """
    tried = tiles if part is None else part
    chances = [np.random.default_rng([seed, start]) for start in range(starts)]
    drawn = starting_points(tried, max(numbers), chances)
    found: list[tuple[Floats, ...]] = []
    for k in numbers:
        first = [one[:k] for one in drawn]
        if found:
            grown = found[-1][0]
            chance = np.random.default_rng([seed, k, 0])
            while len(grown) < k:
                grown = one_more(tried, grown, chance)
            first.append(grown)
        promising = best_of(tried, first, iterations=iterations, keep=keep, still=ROUGH)
        found.append(best_of(tiles, promising, iterations=ITERATIONS, keep=keep, still=still))
    for place in range(len(numbers) - 2, -1, -1):
        joined = found[place + 1][0]
        while len(joined) > numbers[place]:
            joined = one_less(tiles, joined)
        both = [*found[place], joined]
        found[place] = best_of(tiles, both, iterations=ITERATIONS, keep=keep, still=still)
    return found


def polish(values: Floats, initial: Sequence[Floats]) -> Centroids:
    """Carry the most promising of some centroids on over all rows, and put them in order."""
    tiles = Tiles.of(values)
    still = EXACT if len(values) < _MANY else ROUGH
    if len(initial) > 1:
        initial = best_of(tiles, initial, iterations=QUICK, keep=1, still=still)
    centroids, _ = lloyd(tiles, initial[0], still=still)
    return around(values, centroids, "k-means")


def fittable(values: Floats) -> Floats:
    """Return the rows as float64, in order of rows.

    Raises
    ------
    DataError
        When a value is missing, infinite or above 1e140.
    """
    values = checked(values)
    largest = np.abs(values).max(initial=0.0)
    if largest > _LARGEST_FITTED:
        raise DataError(
            "Customers cannot be clustered by a value that is too large to square.",
            found=f"{largest:g}",
            remedy="standardise the features, or leave out the rows with impossible values",
        )
    return values


def check_k(values: Floats, k: int) -> None:
    """Refuse a k that the rows cannot have.

    Raises
    ------
    DataError
        When k is below 2 or above the number of distinct rows.
    """
    if k < 2:
        raise DataError(
            "The number of segments must be at least 2.",
            found=f"k = {k}",
            remedy="ask for 2 or more",
        )
    distinct = distinct_rows(values, k)
    if distinct < k:
        raise DataError(
            f"{k} segments were asked for, but the customers differ in only {distinct} ways.",
            found=f"{len(values):,} customers, {distinct} of them different from each other in the "
            "features that make the segments",
            remedy=f"ask for at most {distinct} segments, or give more customers or features",
        )


def distinct_rows(values: Floats, enough: int) -> int:
    """Count distinct rows; stops counting when there are `enough`.

    >>> distinct_rows(np.array([[1.0], [1.0], [2.0]]), enough=10)
    2
    """
    seen: set[bytes] = set()
    for row in values + 0.0:
        seen.add(row.tobytes())
        if len(seen) >= enough:
            break
    return len(seen)
