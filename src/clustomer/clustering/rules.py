"""Rules as a clusterer: the classic RFM groups, found in the matrix of recency, frequency, money.

The three prepared columns rise with their features, so cuts between prepared values part the same
customers as cuts between raw ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from clustomer.clustering.centroids import checked, means_of, same_columns
from clustomer.clustering.contract import Assignment, Labels
from clustomer.clustering.rfm import (
    FREQUENCY,
    GRID,
    GROUPS,
    HIGHEST,
    MONETARY,
    RECENCY,
    Rfm,
    fit_rfm,
    group_of,
)
from clustomer.errors import DataError
from clustomer.matrix.matrix import Floats
from clustomer.names import AlgorithmName
from clustomer.recipe.settings import Recipe

FEATURES: Final = (RECENCY, FREQUENCY, MONETARY)
"""The features that the matrix of the rules is made of, in this order."""


def segment_on(recipe: Recipe) -> tuple[str, ...]:
    """The features that make the distance: those of the recipe, or what the rules look at."""
    return FEATURES if recipe.clustering.algorithms == ("rules",) else recipe.choice.segment_on


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """Fitted RFM rules over a matrix of three columns: recency, frequency, monetary value.

    Parameters
    ----------
    cuts
        float64, shape (3, 4): where the scores part, in prepared units; of recency in negative
        days.
    groups
        Names of the groups that some fitted row is in, best first; a cluster's number is its place.
    grid
        int32, shape (5, 5): cluster by recency score and the mean of the other two. A cell of a
        group that no fitted row is in goes to the nearest cell's group.
    centroids
        float64, shape (k, 3): mean of each cluster's fitted rows.
    inertia
        Sum over the fitted rows of the squared distance to that mean.
    """

    cuts: Floats
    groups: tuple[str, ...]
    grid: Labels
    centroids: Floats
    inertia: float

    @property
    def algorithm(self) -> AlgorithmName:
        """How it was fitted."""
        return "rules"

    @property
    def k(self) -> int:
        """Number of groups."""
        return len(self.groups)

    @property
    def measure(self) -> str:
        """What the distance is, in words."""
        return "Euclidean distance to the middle of the RFM group; the scores decide, not it"

    @property
    def names(self) -> Mapping[int, str]:
        """The groups' names."""
        return dict(enumerate(self.groups))

    def assign(self, values: Floats) -> Assignment:
        """Place rows by their scores; the runner-up is the other group with the nearest middle.

        Raises
        ------
        DataError
            When a value is missing or infinite, or there are not three columns.
        """
        values = same_columns(checked(values), len(FEATURES))
        days, orders, spend = values.T
        recency, frequency, monetary = Rfm(*self.cuts).scores(days, orders, spend)
        both = (frequency.astype(np.int64) + monetary + 1) // 2
        labels = self.grid[recency.astype(np.int64) - 1, both - 1]
        rows = np.arange(len(values))
        apart = values[:, np.newaxis] - self.centroids
        distances = np.sqrt(np.square(apart).sum(axis=2))
        own = distances[rows, labels]
        distances[rows, labels] = np.inf
        second = distances.argmin(axis=1).astype(np.int32)
        return Assignment(np.asarray(labels, dtype=np.int32), own, second, distances[rows, second])

    def scores(self, row: Floats) -> tuple[int, int, int]:
        """Recency, frequency and monetary scores of one row, 1 to 5: what places it."""
        scores = Rfm(*self.cuts).scores(row[:1], row[1:2], row[2:])
        recency, frequency, monetary = (int(one[0]) for one in scores)
        return recency, frequency, monetary

    def to_json(self) -> str:
        """Write as JSON; every float reads back to the same bits."""
        return json.dumps(
            {
                "algorithm": self.algorithm,
                "cuts": [[None if np.isinf(cut) else cut for cut in row] for row in self.cuts],
                "groups": self.groups,
                "grid": self.grid.tolist(),
                "centroids": self.centroids.tolist(),
                "inertia": self.inertia,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Rules:
        """Read what `to_json` wrote."""
        stored = json.loads(text)
        cuts = [[np.inf if cut is None else cut for cut in row] for row in stored["cuts"]]
        return cls(
            np.array(cuts, np.float64),
            tuple(stored["groups"]),
            np.array(stored["grid"], np.int32),
            np.array(stored["centroids"], np.float64),
            float(stored["inertia"]),
        )


def fit_rules(values: Floats, features: Sequence[str]) -> Rules:
    """Learn the cuts from a matrix of recency, frequency and monetary value.

    Raises
    ------
    DataError
        When the matrix is not made of these three, or all rows are in one group.
    """
    if tuple(features) != FEATURES:
        raise DataError(
            "The RFM rules need recency, frequency and monetary value that differ.",
            found=f"features {', '.join(features)}",
            remedy=f"use a recipe with {', '.join(FEATURES)}, or another algorithm",
        )
    rfm = fit_rfm(*values.T)
    raw = group_of(*rfm.scores(*values.T))
    present = np.unique(raw)
    if len(present) < 2:
        raise DataError(
            "The RFM rules put all customers into one group.",
            found=GROUPS[int(present[0])],
            remedy="take another algorithm, or give more customers",
        )
    number = {int(group): place for place, group in enumerate(present)}
    labels = np.array([number.get(group, -1) for group in range(len(GROUPS))], np.int32)[raw]
    means = means_of(values, labels, len(present))
    return Rules(
        np.array([rfm.recency, rfm.frequency, rfm.monetary]),
        tuple(GROUPS[int(group)] for group in present),
        _grid(number),
        means,
        float(np.square(values - means[labels]).sum()),
    )


def _grid(number: Mapping[int, int]) -> Labels:
    """Cluster of each cell; cells of absent groups follow the nearest cell, of equals the first."""
    cells = [(r, c) for r in range(HIGHEST) for c in range(HIGHEST) if GRID[r][c] in number]
    grid = np.empty((HIGHEST, HIGHEST), dtype=np.int32)
    for r in range(HIGHEST):
        for c in range(HIGHEST):
            near_r, near_c = min(cells, key=lambda cell: (cell[0] - r) ** 2 + (cell[1] - c) ** 2)
            grid[r, c] = number[GRID[near_r][near_c]]
    return grid
