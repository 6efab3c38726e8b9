"""What the clusters of the sample are held against: its halves clustered anew, crowds, boxes.

None of it needs the clusters themselves, so it can be computed while they are looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from clustomer.clustering.algorithms import ALGORITHMS, Task, density, tightness, untold
from clustomer.clustering.centroids import Centroids
from clustomer.clustering.contract import Labels
from clustomer.clustering.lloyd import Tiles, nearest_of
from clustomer.clustering.reference import BOX_ROWS, boxes, crowds, inertias_of
from clustomer.clustering.sample import Rows
from clustomer.clustering.stability import halves
from clustomer.errors import DataError
from clustomer.matrix.matrix import Floats
from clustomer.names import AlgorithmName

BOXES: Final = 4
"""References of the gap statistic."""
_BOX_STARTS: Final = 1
_CROWD_STARTS: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What all algorithms are measured on.

    Parameters
    ----------
    rows
        The sample: float64, shape (rows, columns), finite.
    population
        Number of customers that it was drawn from.
    numbers
        Each k to look at, rising.
    resamples
        Halves drawn for stability.
    compared
        Whether several algorithms are looked at.
    """

    rows: Floats
    population: int
    numbers: tuple[int, ...]
    resamples: int
    compared: bool


@dataclass(frozen=True, slots=True, eq=False)
class Resample:
    """A half of the sample, clustered anew for each number.

    Parameters
    ----------
    labels
        For each number the labels of all rows: int32, shape (rows,).
    densities
        Where algorithms are compared, for each number the density at the rows that were not drawn.
    """

    labels: tuple[Labels, ...]
    densities: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class References:
    """What the clusters found by some algorithms are held against.

    Parameters
    ----------
    resamples
        By algorithm: the halves, clustered anew.
    crowds
        By algorithm, but for those that find their own number: for each crowd without groups the
        tightness of its clusters by number, as a share of that of the whole crowd.
    boxes
        By number of clusters: mean squared distance to the centroid in evenly filled boxes, for
        each number that has fewer clusters than the boxes have rows.
    """

    resamples: Mapping[AlgorithmName, tuple[Resample, ...]]
    crowds: Mapping[AlgorithmName, tuple[tuple[float, ...], ...]]
    boxes: Mapping[int, tuple[float, ...]]


Refer = Callable[[Sequence[AlgorithmName], Ground, Task], Callable[[], References]]
"""Begins to compute references for some algorithms; what comes back waits for the end."""


def references(names: Sequence[AlgorithmName], ground: Ground, task: Task) -> References:
    """Compute the references for some algorithms. To be called with one BLAS thread."""
    return References(
        {name: _resamples(name, ground, task) for name in names},
        {name: _crowds(name, ground, task) for name in names if not ALGORITHMS[name].own_number},
        _boxes(ground, task.seed),
    )


def refer_here(
    names: Sequence[AlgorithmName], ground: Ground, task: Task
) -> Callable[[], References]:
    """Compute them in this process, when they are asked for."""
    return lambda: references(names, ground, task)


def _resamples(name: AlgorithmName, ground: Ground, task: Task) -> tuple[Resample, ...]:
    tiles = Tiles.of(ground.rows)
    drawn = halves(len(ground.rows), ground.numbers[-1], seed=task.seed, count=ground.resamples)
    return tuple(
        _resample(name, ground, replace(task, seed=task.seed + 1 + number, quick=True), tiles, half)
        for number, half in enumerate(drawn)
    )


def _resample(
    name: AlgorithmName, ground: Ground, task: Task, tiles: Tiles, drawn: Rows
) -> Resample:
    algorithm, rows = ALGORITHMS[name], ground.rows
    part = rows[drawn]
    try:
        fitted = algorithm.look(part, ground.numbers, task)
    except DataError:
        if not algorithm.own_number:
            raise
        # Finding nothing in a half is no error there: it agrees with nothing.
        return Resample((np.zeros(len(rows), dtype=np.int32),))
    densities: tuple[float, ...] = ()
    if ground.compared:
        rest = np.delete(rows, drawn, axis=0)
        densities = tuple(density(one.clusterer, part, rest) for one in fitted)
    labels = tuple(
        nearest_of(tiles, one.clusterer.centroids)
        if isinstance(one.clusterer, Centroids)
        else one.clusterer.assign(rows).labels
        for one in fitted
    )
    return Resample(labels, densities)


def _crowds(name: AlgorithmName, ground: Ground, task: Task) -> tuple[tuple[float, ...], ...]:
    told = []
    for crowd in crowds(ground.rows, seed=task.seed):
        whole = untold(name, crowd)
        told.append(tuple(one / whole for one in _of_crowd(name, crowd, ground, task)))
    return tuple(told)


def _of_crowd(name: AlgorithmName, crowd: Floats, ground: Ground, task: Task) -> list[float]:
    """Tightness of a crowd without groups for each number, by the same algorithm.

    A crowd has no categories, so that k-prototypes are held against k-means.
    """
    if name in ("k-means", "k-prototypes"):
        return inertias_of(crowd, ground.numbers, seed=task.seed, starts=_CROWD_STARTS)
    fitted = ALGORITHMS[name].look(crowd, ground.numbers, replace(task, quick=True))
    return [tightness(one.clusterer, crowd) for one in fitted]


def _boxes(ground: Ground, seed: int) -> dict[int, tuple[float, ...]]:
    drawn = boxes(ground.rows, count=BOXES, seed=seed)
    fewer = [k for k in ground.numbers if k < min(len(ground.rows), BOX_ROWS)]
    if not fewer:
        return {}
    each = [inertias_of(box, fewer, seed=seed, starts=_BOX_STARTS) for box in drawn]
    return dict(zip(fewer, zip(*each, strict=True), strict=True))
