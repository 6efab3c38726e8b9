"""HDBSCAN: segments are crowded places of any shape; who stands in none is like no other.

R. J. G. B. Campello, D. Moulavi and J. Sander, "Density-based clustering based on hierarchical
density estimates", PAKDD 2013, as in scikit-learn. It finds its own number of segments. The
customers in no crowded place are a segment of their own, "Not Like Any Other".

It keeps no way to place new customers, and its own needs every fitted one. So each segment is kept
as a handful of patches: means of some twenty of its customers, each with a reach, the distance
within which nearly all of these lay. A customer belongs to the segment of the nearest patch if that
patch reaches so far, and else is like no other. Fitted customers are placed by the same rule.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from clustomer.clustering.centroids import Centroids, means_of
from clustomer.clustering.contract import Assignment, Labels
from clustomer.clustering.kmeans import best_starts
from clustomer.clustering.lloyd import QUICK, ROUGH
from clustomer.clustering.parallel import one_blas_thread
from clustomer.errors import DataError
from clustomer.matrix.matrix import Floats
from clustomer.names import AlgorithmName

NOISE_NAME: Final = "Not Like Any Other"
FEWEST: Final = 10
"""Fewest customers of a patch: it stands for them and tells of none."""
_EACH: Final = 20
_MOST_PATCHES: Final = 40
_REACHED: Final = 0.98
_NEIGHBOURS: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class Dense:
    """Fitted HDBSCAN, kept as patches.

    Parameters
    ----------
    patches
        float64, shape (patches, columns): their middles.
    reach
        float64, shape (patches,): distance up to which a patch takes rows in.
    owner
        int32, shape (patches,): the cluster of each, 0 to k - 2; k - 1 is for rows in none.
    centroids
        float64, shape (k, columns): mean of each cluster's fitted rows, the last of those in none.
    inertia
        Sum over the fitted rows of the squared distance to their cluster's mean.
    """

    patches: Floats
    reach: Floats
    owner: Labels
    centroids: Floats
    inertia: float

    @property
    def algorithm(self) -> AlgorithmName:
        """How it was fitted."""
        return "hdbscan"

    @property
    def k(self) -> int:
        """Number of clusters, with the one of rows that are like no other."""
        return len(self.centroids)

    @property
    def measure(self) -> str:
        """What the distance is, in words."""
        return "Euclidean distance to the segment's nearest patch"

    @property
    def names(self) -> Mapping[int, str]:
        """The name of the cluster of rows in none."""
        return {self.k - 1: NOISE_NAME}

    def assign(self, values: Floats) -> Assignment:
        """Place rows by the nearest patch, if it reaches them.

        Of a row in a cluster the runner-up is the cluster of the nearest other patch; of a row in
        none it is that of the nearest patch, and both distances are to that.

        Raises
        ------
        DataError
            When a value is missing or infinite, or the number of columns is not the fitted one.
        """
        nearest = Centroids(self.patches, 0.0).assign(values)
        owner = self.owner[nearest.labels]
        taken = nearest.distance <= self.reach[nearest.labels]
        second, farther = self._seconds(values, owner)
        none = np.int32(self.k - 1)
        return Assignment(
            labels=np.where(taken, owner, none).astype(np.int32),
            distance=nearest.distance,
            runner_up=np.where(taken, second, owner).astype(np.int32),
            runner_up_distance=np.where(taken, farther, nearest.distance),
        )

    def _seconds(self, values: Floats, owner: Labels) -> tuple[Labels, Floats]:
        """The nearest patch of another cluster; with one cluster alone, its own edge."""
        second = np.full(len(values), self.k - 1, dtype=np.int32)
        farther = np.full(len(values), np.inf)
        for number in range(self.k - 1):
            rows = np.flatnonzero(owner != number)
            there = Centroids(self.patches[self.owner == number], 0.0).assign(values[rows])
            nearer = there.distance < farther[rows]
            second[rows[nearer]] = number
            farther[rows[nearer]] = there.distance[nearer]
        # Nothing beside it: being like no other is the second choice, a reach away.
        alone = np.isinf(farther)
        farther[alone] = float(self.reach.max())
        return second, farther

    def nearest_patch(self, row: Floats, cluster: int | None = None) -> int:
        """Number of the patch nearest to one row: of a cluster, or of all."""
        distances = np.square(self.patches - row).sum(axis=1)
        if cluster is not None:
            distances[self.owner != cluster] = np.inf
        return int(distances.argmin())

    def to_json(self) -> str:
        """Write as JSON; every float reads back to the same bits."""
        return json.dumps(
            {
                "algorithm": self.algorithm,
                "patches": self.patches.tolist(),
                "reach": self.reach.tolist(),
                "owner": self.owner.tolist(),
                "centroids": self.centroids.tolist(),
                "inertia": self.inertia,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Dense:
        """Read what `to_json` wrote."""
        stored = json.loads(text)
        return cls(
            np.array(stored["patches"], np.float64),
            np.array(stored["reach"], np.float64),
            np.array(stored["owner"], np.int32),
            np.array(stored["centroids"], np.float64),
            float(stored["inertia"]),
        )


def fit_dense(values: Floats, *, smallest: float, seed: int) -> Dense:
    """Fit HDBSCAN to some thousands of rows.

    Parameters
    ----------
    values
        float64, shape (rows, columns), finite; time grows with the square of the rows.
    smallest
        Share of the rows that a segment needs, 0 to 1; at least ten.
    seed
        The recipe's seed.

    Raises
    ------
    DataError
        When there is no crowded place.
    """
    from sklearn.cluster import HDBSCAN

    size = max(FEWEST, round(smallest * len(values)))
    raw = HDBSCAN(
        min_cluster_size=size, min_samples=min(_NEIGHBOURS, len(values)), copy=True
    ).fit_predict(values)
    count = int(raw.max(initial=-1)) + 1
    if count == 0:
        raise DataError(
            "HDBSCAN finds no segment: nowhere do customers crowd.",
            found=f"{len(values):,} customers, none of whose crowded places holds {size}",
            remedy="take another algorithm, or a lower smallest_share in [clustering]",
        )
    patches, reach, owner = [], [], []
    for number in range(count):
        rows = values[raw == number]
        middles, far = _patches(rows, seed=seed)
        patches.append(middles)
        reach.append(far)
        owner.append(np.full(len(middles), number, dtype=np.int32))
    dense = Dense(
        np.concatenate(patches),
        np.concatenate(reach),
        np.concatenate(owner),
        np.zeros((count + 1, values.shape[1])),
        0.0,
    )
    return with_means(_in_order(dense), values)


def _patches(rows: Floats, *, seed: int) -> tuple[Floats, Floats]:
    wanted = min(max(len(rows) // _EACH, 1), _MOST_PATCHES)
    if wanted == 1:
        middles = rows.mean(axis=0, keepdims=True)
    else:
        with one_blas_thread():
            (middles,) = best_starts(
                rows, wanted, seed=seed, starts=1, iterations=QUICK, keep=1, still=ROUGH
            )
    labels = Centroids(middles, 0.0).assign(rows).labels
    middles = middles[np.bincount(labels, minlength=len(middles)) >= FEWEST]
    if not len(middles):
        middles = rows.mean(axis=0, keepdims=True)
    placed = Centroids(middles, 0.0).assign(rows)
    reach = [
        np.quantile(placed.distance[placed.labels == number], _REACHED)
        for number in range(len(middles))
    ]
    return middles, np.array(reach, dtype=np.float64)


def _in_order(dense: Dense) -> Dense:
    """Number the clusters by their patches' means, so that chance has no part in it."""
    count = dense.k - 1
    means = means_of(dense.patches, dense.owner, count)
    new = np.empty(count, dtype=np.int32)
    new[np.lexsort(means.T[::-1])] = np.arange(count, dtype=np.int32)
    return Dense(dense.patches, dense.reach, new[dense.owner], dense.centroids, 0.0)


def with_means(dense: Dense, values: Floats) -> Dense:
    """The same patches with the means and the inertia of these rows."""
    labels = dense.assign(values).labels
    means = means_of(values, labels, dense.k)
    if not (labels == dense.k - 1).any():
        means[-1] = values.mean(axis=0)
    inertia = float(np.square(values - means[labels]).sum())
    return Dense(dense.patches, dense.reach, dense.owner, means, inertia)
