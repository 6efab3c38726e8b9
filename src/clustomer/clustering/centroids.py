"""Segments that are kept as centroids, with exact placement of rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from clustomer.clustering.contract import Assignment, Labels
from clustomer.errors import DataError
from clustomer.matrix.matrix import Floats
from clustomer.names import AlgorithmName

BY_CENTRE: Final = frozenset[AlgorithmName](
    {"k-means", "bisecting-k-means", "ward", "k-prototypes"}
)
"""Algorithms whose clusters are kept as `Centroids`: the nearest centre places rows exactly."""

_PLACED: Final = 4096
_LARGEST: Final = 1e150
"""Rows with a value above this are scaled before they are squared."""


@dataclass(frozen=True, slots=True, eq=False)
class Centroids:
    """Segments around centroids: each row belongs to the nearest one.

    Parameters
    ----------
    centroids
        float64, shape (k, columns), sorted by their first column, then the second and so on, so
        that the number of a cluster does not depend on the start that won.
    inertia
        Sum over the fitted rows of the squared distance to their centroid.
    algorithm
        What found the centroids.
    """

    centroids: Floats
    inertia: float
    algorithm: AlgorithmName = "k-means"

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.centroids)

    @property
    def measure(self) -> str:
        """What the distance is, in words."""
        return "Euclidean distance to the segment's centre"

    @property
    def names(self) -> Mapping[int, str]:
        """None: these clusters are named by what they do."""
        return {}

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
        values = same_columns(checked(values), self.centroids.shape[1])
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
        return json.dumps(
            {
                "algorithm": self.algorithm,
                "centroids": self.centroids.tolist(),
                "inertia": self.inertia,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Centroids:
        """Read what `to_json` wrote; without an algorithm (release 0.1) it is k-means.

        >>> Centroids.from_json('{"centroids": [[0.1], [2.5]], "inertia": 4.0}').algorithm
        'k-means'
        """
        stored = json.loads(text)
        return cls(
            np.array(stored["centroids"], dtype=np.float64),
            float(stored["inertia"]),
            stored.get("algorithm", "k-means"),
        )


def around(values: Floats, centroids: Floats, algorithm: AlgorithmName) -> Centroids:
    """Put centroids in order, and measure their inertia over the rows."""
    ordered = centroids[np.lexsort(centroids.T[::-1])]
    placed = Centroids(ordered, 0.0).assign(values)
    return Centroids(ordered, float(np.square(placed.distance).sum()), algorithm)


def means_of(values: Floats, labels: Labels, k: int) -> Floats:
    """Mean of each cluster's rows: float64, shape (k, columns); 0 for a cluster without rows."""
    counts = np.maximum(np.bincount(labels, minlength=k), 1)
    sums = np.array([np.bincount(labels, column, minlength=k) for column in values.T]).T
    return np.asarray(sums.reshape(k, values.shape[1]) / counts[:, np.newaxis], dtype=np.float64)


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
            remedy="impute the value, or leave the row out",
        )
    return values


def same_columns(values: Floats, columns: int) -> Floats:
    """Return the rows if they have the fitted number of columns.

    Raises
    ------
    DataError
        When they have another.
    """
    if values.shape[1] != columns:
        raise DataError(
            f"These rows cannot be placed: the segments were made from {columns} columns.",
            found=f"{values.shape[1]} columns",
            remedy="prepare the rows with the matrix that the model was fitted with",
        )
    return values


def _place(values: Floats, centroids: Floats, into: Assignment, start: int) -> None:
    """Place one tile of rows."""
    rows = np.arange(len(values))
    scale = np.ones(len(values))
    columns, middles = np.ascontiguousarray(values.T), centroids[:, :, np.newaxis]
    largest = np.abs(columns).max(axis=0, initial=0.0)
    if largest.max(initial=0.0) > _LARGEST:
        scale[largest > _LARGEST] = largest[largest > _LARGEST]
        columns, middles = columns / scale, middles / scale
    squared = np.zeros((len(centroids), len(values)))
    apart = np.empty_like(squared)
    for place, column in enumerate(columns):
        np.subtract(column, middles[:, place], out=apart)
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
