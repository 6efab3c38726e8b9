"""The algorithms: one table of what each does, what it cannot do, and how it is fitted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from clustomer.clustering.centroids import Centroids, around
from clustomer.clustering.contract import Clusterer, Labels
from clustomer.clustering.dense import Dense, fit_dense, with_means
from clustomer.clustering.kmeans import fit_kmeans, swept_starts
from clustomer.clustering.lloyd import COMPARED, QUICK, ROUGH, Tiles, nearest_of, starting_points
from clustomer.clustering.mixture import COMPARED as COMPARED_MIXTURES
from clustomer.clustering.mixture import (
    Mixture,
    fit_mixture,
    one_cloud,
    one_cloud_less,
    spherical_likelihood,
)
from clustomer.clustering.nested import bisecting, ward
from clustomer.clustering.prototypes import blocks_of, fit_prototypes
from clustomer.clustering.rules import Rules
from clustomer.clustering.sample import Rows
from clustomer.matrix.matrix import Floats
from clustomer.names import AlgorithmName

_TRIED: Final = 2_000
"""Rows of the sample, about, on which starts are tried."""
_TRIED_AGAIN: Final = 800
"""The same in a resample."""
_STARTS_AGAIN: Final = 2
_MIXTURE_STARTS: Final = 5
_MIXTURE_STARTS_AGAIN: Final = 2
_QUICK_ITERATIONS: Final = 60


@dataclass(frozen=True, slots=True)
class Task:
    """What a fit is told besides the rows.

    Parameters
    ----------
    seed
        The recipe's seed.
    starts
        Starts of each fit.
    features
        The feature of each column.
    smallest
        Least share of the rows in a segment, for an algorithm that finds its own number.
    quick
        True where clusters are only compared with others.
    """

    seed: int
    starts: int = 10
    features: tuple[str, ...] = ()
    smallest: float = 0.0
    quick: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for one number: the clusterer, and the starts from which it goes on."""

    clusterer: Clusterer
    starts: tuple[Floats, ...] = ()


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One algorithm.

    Parameters
    ----------
    name
        As in the recipe.
    says
        What it does, in a sentence for an analyst.
    cannot
        What it cannot do, likewise.
    look
        Fits the sample for each of several k.
    carry_on
        Fits all rows from what was found on the sample.
    read
        Reads a fitted clusterer.
    own_number
        Whether it finds the number of segments itself.
    """

    name: AlgorithmName
    says: str
    cannot: str
    look: Callable[[Floats, Sequence[int], Task], list[Found]]
    carry_on: Callable[[Floats, Rows, Found, Task], Clusterer]
    read: Callable[[str], Clusterer]
    own_number: bool = False


def _look_kmeans(rows: Floats, numbers: Sequence[int], task: Task) -> list[Found]:
    step = max(len(rows) // _TRIED, 1)
    swept = swept_starts(
        Tiles.of(rows),
        numbers,
        seed=task.seed,
        starts=_STARTS_AGAIN if task.quick else task.starts,
        part=Tiles.of(rows[:_TRIED_AGAIN] if task.quick else rows[::step]),
        iterations=QUICK,
        keep=1 if task.quick else 3,
        still=COMPARED if task.quick else ROUGH,
    )
    return [Found(Centroids(starts[0], 0.0), starts) for starts in swept]


def _carry_on_kmeans(values: Floats, sample: Rows, found: Found, task: Task) -> Clusterer:
    k = found.clusterer.k
    return fit_kmeans(
        values, k, seed=task.seed, starts=task.starts, initial=found.starts, sample=sample
    )


def _look_bisecting(rows: Floats, numbers: Sequence[int], task: Task) -> list[Found]:
    return [Found(one) for one in bisecting(rows, numbers, seed=task.seed)]


def _carry_on_bisecting(values: Floats, sample: Rows, found: Found, task: Task) -> Clusterer:
    del sample
    return bisecting(values, [found.clusterer.k], seed=task.seed)[0]


def _look_ward(rows: Floats, numbers: Sequence[int], task: Task) -> list[Found]:
    del task
    return [Found(one) for one in ward(rows, numbers)]


def _keep_centroids(values: Floats, sample: Rows, found: Found, task: Task) -> Clusterer:
    del sample, task
    return around(values, found.clusterer.centroids, found.clusterer.algorithm)


def _look_mixture(rows: Floats, numbers: Sequence[int], task: Task) -> list[Found]:
    # Long clouds side by side are cut across by k-means, but not where all spreads are made equal.
    whole = one_cloud(rows)
    spaces = (rows, (rows - whole.centroids[0]) @ whole.whiten[0])
    tiles = [Tiles.of(space) for space in spaces]
    near = [_look_kmeans(space, numbers, replace(task, quick=True)) for space in spaces]
    found: list[Mixture] = []
    for place, k in enumerate(numbers):
        starts: list[Labels | Mixture] = [
            nearest_of(tile, looked[place].clusterer.centroids)
            for tile, looked in zip(tiles, near, strict=True)
        ]
        chances = [
            np.random.default_rng([task.seed, k, one])
            for one in range(_MIXTURE_STARTS_AGAIN if task.quick else _MIXTURE_STARTS)
        ]
        starts += [nearest_of(tiles[0], one) for one in starting_points(tiles[0], k, chances)]
        found.append(_rough_mixture(rows, starts))
    for place in range(len(numbers) - 2, -1, -1):
        joined = found[place + 1]
        while joined.k > numbers[place]:
            joined = one_cloud_less(joined)
        found[place] = _rough_mixture(rows, [found[place], joined])
    return [Found(mixture) for mixture in found]


def _rough_mixture(rows: Floats, starts: Sequence[Labels | Mixture]) -> Mixture:
    return fit_mixture(rows, starts, settled=COMPARED_MIXTURES, iterations=_QUICK_ITERATIONS)


def _carry_on_mixture(values: Floats, sample: Rows, found: Found, task: Task) -> Clusterer:
    del sample, task
    mixture = found.clusterer
    if not isinstance(mixture, Mixture):
        raise TypeError(type(mixture).__name__)
    return fit_mixture(values, [mixture], iterations=_QUICK_ITERATIONS)


def _look_prototypes(rows: Floats, numbers: Sequence[int], task: Task) -> list[Found]:
    blocks = blocks_of(task.features)
    tiles = Tiles.of(rows)
    drawn = 1 if task.quick else 3
    found = []
    for k, near in zip(numbers, _look_kmeans(rows, numbers, task), strict=True):
        chances = [np.random.default_rng([task.seed, k, start]) for start in range(drawn)]
        starts = (*near.starts, *starting_points(tiles, k, chances))
        found.append(Found(fit_prototypes(rows, starts, blocks)))
    return found


def _carry_on_prototypes(values: Floats, sample: Rows, found: Found, task: Task) -> Clusterer:
    del sample
    return fit_prototypes(values, [found.clusterer.centroids], blocks_of(task.features))


def _look_dense(rows: Floats, numbers: Sequence[int], task: Task) -> list[Found]:
    del numbers
    return [Found(fit_dense(rows, smallest=task.smallest, seed=task.seed))]


def _carry_on_dense(values: Floats, sample: Rows, found: Found, task: Task) -> Clusterer:
    del sample, task
    dense = found.clusterer
    if not isinstance(dense, Dense):
        raise TypeError(type(dense).__name__)
    return with_means(dense, values)


def _no_look(rows: Floats, numbers: Sequence[int], task: Task) -> list[Found]:
    del rows, numbers, task
    return []


def _no_carrying_on(values: Floats, sample: Rows, found: Found, task: Task) -> Clusterer:
    del values, sample, task
    return found.clusterer


ALGORITHMS: Final[Mapping[AlgorithmName, Algorithm]] = {
    one.name: one
    for one in (
        Algorithm(
            "k-means",
            "round segments of about the same width around centres; each customer belongs to the "
            "nearest centre",
            "it cannot find segments that are long, bent or one inside another, and gives no "
            "probabilities",
            _look_kmeans,
            _carry_on_kmeans,
            Centroids.from_json,
        ),
        Algorithm(
            "bisecting-k-means",
            "splits the widest segment in two, again and again; each customer belongs to the "
            "nearest centre of what comes out",
            "it cannot undo an early split, so it is seldom tighter than k-means; no probabilities",
            _look_bisecting,
            _carry_on_bisecting,
            Centroids.from_json,
        ),
        Algorithm(
            "ward",
            "joins the two segments that are most alike, again and again, on a sample; each "
            "customer belongs to the nearest centre of what comes out",
            "it cannot join more than some thousands of customers, so the others are placed and "
            "not joined; no probabilities",
            _look_ward,
            _keep_centroids,
            Centroids.from_json,
        ),
        Algorithm(
            "gaussian-mixture",
            "segments are clouds of any width and direction, also one inside another; each "
            "customer has a probability for its segment",
            "it cannot take categories (their columns are no clouds), and needs many more "
            "customers than the square of the features",
            _look_mixture,
            _carry_on_mixture,
            Mixture.from_json,
        ),
        Algorithm(
            "k-prototypes",
            "as k-means, with one typical value for each category in place of an average",
            "it cannot tell how common a category's other values are in a segment; without "
            "categories it is k-means; no probabilities",
            _look_prototypes,
            _carry_on_prototypes,
            Centroids.from_json,
        ),
        Algorithm(
            "hdbscan",
            "segments are crowded places of any shape, found on a sample; customers in none are a "
            "segment of their own, not like any other",
            "it cannot be told a number of segments, and may find none where customers are spread "
            "evenly; no probabilities",
            _look_dense,
            _carry_on_dense,
            Dense.from_json,
            own_number=True,
        ),
        Algorithm(
            "rules",
            "the eleven classic RFM groups from scores of recency, frequency and monetary value",
            "it cannot see any other feature, and draws its lines where the fifths of the "
            "customers end, not where groups do",
            _no_look,
            _no_carrying_on,
            Rules.from_json,
            own_number=True,
        ),
    )
}
"""Every algorithm, by name."""


def read_clusterer(text: str) -> Clusterer:
    """Read what a clusterer's `to_json` wrote.

    Raises
    ------
    KeyError
        When the algorithm is not known.
    """
    name = json.loads(text).get("algorithm", "k-means")
    return ALGORITHMS[name].read(text)


def density(clusterer: Clusterer, fitted: Floats, values: Floats) -> float:
    """Mean logarithm of the density that a clusterer gives to rows; NaN where it has none.

    A mixture has its own; what is kept as centroids counts as round clouds of one width, which is
    the model behind k-means (C. M. Bishop, "Pattern Recognition and Machine Learning", 2006,
    section 9.3; see `mixture.spherical_likelihood`).

    Parameters
    ----------
    clusterer
        What was fitted.
    fitted
        The rows that it was fitted to.
    values
        The rows to judge by.
    """
    if isinstance(clusterer, Mixture):
        return clusterer.likelihood(values)
    if isinstance(clusterer, Centroids):
        return spherical_likelihood(clusterer.centroids, fitted, values)
    return float("nan")


def tightness(clusterer: Clusterer, values: Floats) -> float:
    """How little room the rows take up in their clusters, on the scale of an inertia.

    The mean squared distance to the centre; for a mixture its like, the squared width of a round
    cloud that is as dense: exp(-2 x mean log-likelihood / columns), leaving out a constant.
    """
    if isinstance(clusterer, Mixture):
        return float(np.exp(-2.0 * clusterer.likelihood(values) / values.shape[1]))
    placed = clusterer.assign(values)
    if isinstance(clusterer, Centroids):
        return float(np.square(placed.distance).mean())
    apart = values - clusterer.centroids[placed.labels]
    return float(np.square(apart).sum(axis=1).mean())


def untold(algorithm: AlgorithmName, values: Floats) -> float:
    """Tightness of all rows as one cluster; see `tightness`."""
    if algorithm == "gaussian-mixture":
        return tightness(one_cloud(values), values)
    return float(np.square(values - values.mean(axis=0)).sum(axis=1).mean())
