"""What the clusters of the sample are held against: its halves clustered anew, crowds, boxes.

None of it needs the clusters themselves, so it can be computed while they are looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np

from clustomer.clustering.algorithms import ALGORITHMS, Task, density, tightness, untold
from clustomer.clustering.centroids import Centroids
from clustomer.clustering.contract import Labels
from clustomer.clustering.lloyd import Tiles, nearest_of
from clustomer.clustering.reference import BOX_ROWS, CROWDS, box, crowds, inertias_of
from clustomer.clustering.stability import half
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


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the references that can be computed by itself.

    Parameters
    ----------
    kind
        What it is.
    algorithm
        Whose resample or crowd; boxes are cut by k-means, whatever else is looked at.
    number
        Which one, from 0.
    """

    kind: Literal["resample", "crowd", "box"]
    algorithm: AlgorithmName
    number: int


Answer: TypeAlias = Resample | tuple[float, ...]
"""Of a crowd the tightness of its clusters by number, of a box their mean squared distance."""


def parts_of(names: Sequence[AlgorithmName], ground: Ground) -> tuple[Part, ...]:
    """Every part of the references for some algorithms, those that take longest first."""
    given_k = [name for name in names if not ALGORITHMS[name].own_number]
    boxed = BOXES if _boxed(ground) else 0
    return (
        *(Part("resample", name, each) for name in names for each in range(ground.resamples)),
        *(Part("crowd", name, each) for name in given_k for each in range(CROWDS)),
        *(Part("box", "k-means", each) for each in range(boxed)),
    )


def part_of(part: Part, ground: Ground, task: Task) -> Answer:
    """Compute one part. To be called with one BLAS thread."""
    if part.kind == "resample":
        return _resample(part.algorithm, ground, task, part.number)
    if part.kind == "crowd":
        return _crowd(part.algorithm, ground, task, part.number)
    drawn = box(ground.rows, seed=task.seed, number=part.number)
    return tuple(inertias_of(drawn, _boxed(ground), seed=task.seed, starts=_BOX_STARTS))


def together(
    names: Sequence[AlgorithmName], ground: Ground, answers: Mapping[Part, Answer]
) -> References:
    """Put the answers to all parts together."""
    resamples: dict[AlgorithmName, tuple[Resample, ...]] = dict.fromkeys(names, ())
    crowded: dict[AlgorithmName, tuple[tuple[float, ...], ...]] = {}
    boxed: list[tuple[float, ...]] = []
    for part in parts_of(names, ground):
        answer = answers[part]
        if isinstance(answer, Resample):
            resamples[part.algorithm] += (answer,)
        elif part.kind == "crowd":
            crowded[part.algorithm] = (*crowded.get(part.algorithm, ()), answer)
        else:
            boxed.append(answer)
    by_number = dict(zip(_boxed(ground), zip(*boxed, strict=True), strict=True))
    return References(resamples, crowded, by_number)


def references(names: Sequence[AlgorithmName], ground: Ground, task: Task) -> References:
    """Compute the references for some algorithms. To be called with one BLAS thread."""
    answers = {part: part_of(part, ground, task) for part in parts_of(names, ground)}
    return together(names, ground, answers)


def refer_here(
    names: Sequence[AlgorithmName], ground: Ground, task: Task
) -> Callable[[], References]:
    """Compute them in this process, when they are asked for."""
    return lambda: references(names, ground, task)


def _resample(name: AlgorithmName, ground: Ground, task: Task, number: int) -> Resample:
    algorithm, rows = ALGORITHMS[name], ground.rows
    drawn = half(len(rows), ground.numbers[-1], seed=task.seed, number=number)
    part = rows[drawn]
    try:
        fitted = algorithm.look(
            part, ground.numbers, replace(task, seed=task.seed + 1 + number, quick=True)
        )
    except DataError:
        if not algorithm.own_number:
            raise
        # Finding nothing in a half is no error there: it agrees with nothing.
        return Resample((np.zeros(len(rows), dtype=np.int32),))
    densities: tuple[float, ...] = ()
    if ground.compared:
        rest = np.delete(rows, drawn, axis=0)
        densities = tuple(density(one.clusterer, part, rest) for one in fitted)
    tiles = Tiles.of(rows)
    labels = tuple(
        nearest_of(tiles, one.clusterer.centroids)
        if isinstance(one.clusterer, Centroids)
        else one.clusterer.assign(rows).labels
        for one in fitted
    )
    return Resample(labels, densities)


def _crowd(name: AlgorithmName, ground: Ground, task: Task, number: int) -> tuple[float, ...]:
    crowd = crowds(ground.rows, seed=task.seed)[number]
    whole = untold(name, crowd)
    return tuple(one / whole for one in _of_crowd(name, crowd, ground, task))


def _of_crowd(name: AlgorithmName, crowd: Floats, ground: Ground, task: Task) -> list[float]:
    """Tightness of a crowd without groups for each number, by the same algorithm.

    A crowd has no categories, so that k-prototypes are held against k-means.
    """
    if name in ("k-means", "k-prototypes"):
        return inertias_of(crowd, ground.numbers, seed=task.seed, starts=_CROWD_STARTS)
    fitted = ALGORITHMS[name].look(crowd, ground.numbers, replace(task, quick=True))
    return [tightness(one.clusterer, crowd) for one in fitted]


def _boxed(ground: Ground) -> list[int]:
    """The numbers of clusters that boxes are cut into: fewer than they have rows."""
    return [k for k in ground.numbers if k < min(len(ground.rows), BOX_ROWS)]
