"""k-means: Lloyd's algorithm on the matrix unit, with exact placement of rows.

The same rows in the same order give the same bits with any number of threads: BLAS is held to one
thread, work is cut into tiles that do not depend on the number of threads, and the tiles' sums are
added in their order (see `lloyd`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from clustomer.clustering.contract import Assignment
from clustomer.clustering.lloyd import (
    EXACT,
    ITERATIONS,
    QUICK,
    ROUGH,
    Tiles,
    best_of,
    lloyd,
    starting_points,
)
from clustomer.clustering.parallel import one_blas_thread
from clustomer.clustering.sample import Rows
from clustomer.errors import DataError
from clustomer.matrix.matrix import Floats

_PLACED: Final = 2048
KEPT: Final = 3
_MANY: Final = 50_000
"""Rows from which on centroids are only roughly settled."""
_LARGEST: Final = 1e150
"""Rows with a value above this are scaled before they are squared."""
_LARGEST_FITTED: Final = 1e140
"""Values above this are not fitted: their squares could not be summed."""


@dataclass(frozen=True, slots=True, eq=False)
class KMeans:
    """Fitted k-means.

    Parameters
    ----------
    centroids
        float64, shape (k, columns), sorted by their first column, then the second and so on, so
        that the number of a cluster does not depend on the start that won.
    inertia
        Sum over the fitted rows of the squared distance to their centroid.
    """

    centroids: Floats
    inertia: float

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.centroids)

    def assign(self, values: Floats) -> Assignment:
        """Place rows at their nearest centroid; a tie goes to the lower number.

        Squared differences are added column by column from left to right, so that a row alone, a
        row in a batch and the same sum written in another language agree.

        Parameters
        ----------
        values
            float64, shape (rows, columns), finite. Rows so far away that their square is no longer
            a number are scaled before they are squared.

        Raises
        ------
        DataError
            When a value is missing or infinite, or the number of columns is not the fitted one.
        """
        values = checked(values)
        columns = self.centroids.shape[1]
        if values.shape[1] != columns:
            raise DataError(
                f"These rows cannot be placed: the segments were made from {columns} columns.",
                found=f"{values.shape[1]} columns",
                remedy="Prepare the rows with the matrix that the model was fitted with.",
            )
        rows = len(values)
        placed = Assignment(
            labels=np.zeros(rows, np.int32),
            distance=np.zeros(rows),
            runner_up=np.zeros(rows, np.int32),
            runner_up_distance=np.zeros(rows),
        )
        for start in range(0, rows, _PLACED):
            _place(values[start : start + _PLACED], self.centroids, placed, start)
        return placed

    def to_json(self) -> str:
        """Write as JSON; every float is written so that it reads back to the same bits."""
        return json.dumps({"centroids": self.centroids.tolist(), "inertia": self.inertia})

    @classmethod
    def from_json(cls, text: str) -> KMeans:
        """Read what `to_json` wrote.

        >>> KMeans.from_json('{"centroids": [[0.1], [2.5]], "inertia": 4.0}').k
        2
        """
        stored = json.loads(text)
        return cls(np.array(stored["centroids"], dtype=np.float64), float(stored["inertia"]))


def fit_kmeans(
    values: Floats,
    k: int,
    *,
    seed: int,
    starts: int,
    initial: Sequence[Floats] = (),
    sample: Rows | None = None,
) -> KMeans:
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
            drawn = best_of(Tiles.of(tried), [*initial, *drawn], iterations=QUICK, keep=KEPT)
        return polish(values, drawn)


def best_starts(
    values: Floats,
    k: int,
    *,
    seed: int,
    starts: int,
    part: Floats | None = None,
    iterations: int = ITERATIONS,
    keep: int = KEPT,
    still: float = EXACT,
) -> tuple[Floats, ...]:
    """Draw starts, improve each roughly and the best of them fully; lowest inertia first.

    The chance of a start depends on the seed, k and its number alone. To be called with one BLAS
    thread.

    Parameters
    ----------
    values
        float64, shape (rows, columns), finite.
    k
        Number of clusters.
    seed
        The recipe's seed.
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
    Up to `keep` sets of centroids, each float64 of shape (k, columns).
    """
    tiles = Tiles.of(values)
    tried = tiles if part is None else Tiles.of(part)
    chances = [np.random.default_rng([seed, k, start]) for start in range(starts)]
    drawn = starting_points(tried, k, chances)
    promising = best_of(tried, drawn, iterations=iterations, keep=keep, still=ROUGH)
    return best_of(tiles, promising, iterations=ITERATIONS, keep=keep, still=still)


def polish(values: Floats, initial: Sequence[Floats]) -> KMeans:
    """Carry the most promising of some centroids on over all rows, and put them in order."""
    tiles = Tiles.of(values)
    if len(initial) > 1:
        initial = best_of(tiles, initial, iterations=QUICK, keep=1)
    still = EXACT if len(values) < _MANY else ROUGH
    centroids, _ = lloyd(tiles, initial[0], still=still)
    centroids = centroids[np.lexsort(centroids.T[::-1])]
    placed = KMeans(centroids, 0.0).assign(values)
    return KMeans(centroids, float(np.square(placed.distance).sum()))


def checked(values: Floats) -> Floats:
    """Return the rows as float64, in order of rows.

    Raises
    ------
    DataError
        When a value is missing or infinite.
    """
    values = np.ascontiguousarray(values, dtype=np.float64)
    finite = np.isfinite(values)
    if not finite.all():
        row, column = (int(place) for place in np.argwhere(~finite)[0])
        raise DataError(
            "Distances cannot be taken to a value that is missing or infinite.",
            found=f"{values[row, column]} in row {row}, column {column}",
            remedy="Impute the value, or leave the row out.",
        )
    return values


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
            remedy="Standardise the features, or leave out the rows with impossible values.",
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
            "The number of clusters must be at least 2.",
            found=f"k = {k}",
            remedy="Ask for 2 or more.",
        )
    distinct = distinct_rows(values, k)
    if distinct < k:
        raise DataError(
            f"{k} clusters cannot be made of {distinct} different customers.",
            found=f"{len(values)} customers, {distinct} of them different from each other",
            remedy=f"Ask for at most {distinct} clusters, or give more customers or features.",
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


def _place(values: Floats, centroids: Floats, into: Assignment, start: int) -> None:
    """Place one tile of rows."""
    rows = np.arange(len(values))
    largest = np.abs(values).max(axis=1, initial=0.0)
    scale = np.where(largest > _LARGEST, largest, 1.0)
    squared = np.zeros((len(centroids), len(values)))
    for column in range(values.shape[1]):
        apart = values[:, column] / scale - centroids[:, column, np.newaxis] / scale
        apart *= apart
        squared += apart
    here = slice(start, start + len(values))
    nearest = squared.argmin(axis=0)
    into.labels[here] = nearest
    into.distance[here] = np.sqrt(squared[nearest, rows]) * scale
    squared[nearest, rows] = np.inf
    second = squared.argmin(axis=0)
    into.runner_up[here] = second
    into.runner_up_distance[here] = np.sqrt(squared[second, rows]) * scale
