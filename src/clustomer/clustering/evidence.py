"""The evidence for one algorithm: every number of clusters fitted to the sample, and measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from clustomer.clustering.algorithms import (
    ALGORITHMS,
    Found,
    Task,
    density,
    tightness,
    untold,
)
from clustomer.clustering.centroids import Centroids
from clustomer.clustering.contract import NAN, Evidence, Labels
from clustomer.clustering.lloyd import Tiles, nearest_of
from clustomer.clustering.quality import (
    calinski_harabasz,
    davies_bouldin,
    elbow,
    gains,
    gap,
    inertia_within,
    interval_of,
    margin,
)
from clustomer.clustering.reference import BOX_ROWS, boxes, crowds, inertias_of
from clustomer.clustering.sample import Rows
from clustomer.clustering.silhouette import silhouette_rows
from clustomer.clustering.stability import Agreement, resampled_agreement
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
    boxes
        For each number the inertias of the gap statistic's references; see `box_inertias`.
    """

    rows: Floats
    population: int
    numbers: tuple[int, ...]
    resamples: int
    compared: bool
    boxes: Mapping[int, list[float]]


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """Everything found for one algorithm; `found` and `evidence` side by side."""

    algorithm: AlgorithmName
    found: tuple[Found, ...]
    evidence: tuple[Evidence, ...]


def look_at(name: AlgorithmName, ground: Ground, task: Task) -> Looked:
    """Fit one algorithm for every number, and measure what comes out.

    To be called with one BLAS thread.

    Raises
    ------
    DataError
        When the algorithm cannot cluster these rows.
    """
    algorithm = ALGORITHMS[name]
    rows = ground.rows
    found = algorithm.look(rows, ground.numbers, task)
    placed = [one.clusterer.assign(rows) for one in found]
    labellings = [one.labels for one in placed]
    agreement, likelihoods = _again(name, ground, task, found, labellings)
    scores = silhouette_rows(rows, labellings)
    inertias = [inertia_within(rows, labels) for labels in labellings]
    numbers = [one.clusterer.k for one in found]
    bends = elbow(numbers, inertias)
    worth = _gains(name, ground, task, found)
    evidence = []
    for place, labels in enumerate(labellings):
        low, high = interval_of(scores[place], ground.population)
        gap_of, error = _gap(ground, inertias[place], numbers[place])
        sizes = np.bincount(labels, minlength=numbers[place])
        evidence.append(
            Evidence(
                algorithm=name,
                k=numbers[place],
                inertia=inertias[place],
                elbow=bends[place],
                silhouette=float(scores[place].mean()),
                silhouette_low=low,
                silhouette_high=high,
                davies_bouldin=davies_bouldin(rows, labels),
                calinski_harabasz=calinski_harabasz(rows, labels),
                stability=float(np.mean(agreement[place].rand)),
                stability_low=min(agreement[place].rand),
                jaccard=agreement[place].jaccard,
                smallest_share=float(sizes.min()) / len(rows),
                gain=worth[place],
                gap=gap_of,
                gap_error=error,
                margin=margin(placed[place]),
                likelihood=float(np.mean(likelihoods[place])) if likelihoods[place] else None,
                likelihoods=likelihoods[place],
            )
        )
    return Looked(name, tuple(found), tuple(evidence))


def _again(
    name: AlgorithmName,
    ground: Ground,
    task: Task,
    found: Sequence[Found],
    labellings: Sequence[Labels],
) -> tuple[list[Agreement], list[tuple[float, ...]]]:
    """Agreement over resamples and, where algorithms are compared, density at rows not drawn."""
    algorithm = ALGORITHMS[name]
    rows = ground.rows
    tiles = Tiles.of(rows)
    seen: list[list[float]] = [[] for _ in found]

    def again(drawn: Rows, seed: int) -> list[Labels]:
        part = rows[drawn]
        try:
            fitted = algorithm.look(part, ground.numbers, replace(task, seed=seed, quick=True))
        except DataError:
            if not algorithm.own_number:
                raise
            # Finding nothing in a half is no error there: it agrees with nothing.
            return [np.zeros(len(rows), dtype=np.int32)]
        if ground.compared:
            rest = np.delete(rows, drawn, axis=0)
            for place, one in enumerate(fitted):
                seen[place].append(density(one.clusterer, part, rest))
        return [
            nearest_of(tiles, one.clusterer.centroids)
            if isinstance(one.clusterer, Centroids)
            else one.clusterer.assign(rows).labels
            for one in fitted
        ]

    agreement = resampled_agreement(
        len(rows), labellings, again, seed=task.seed, resamples=ground.resamples
    )
    return agreement, [tuple(each) if np.isfinite(each).any() else () for each in seen]


def _gains(name: AlgorithmName, ground: Ground, task: Task, found: Sequence[Found]) -> list[float]:
    """Gain of each number over the one before it; see `quality.gains`."""
    if ALGORITHMS[name].own_number:
        return [NAN] * len(found)
    own = [tightness(one.clusterer, ground.rows) for one in found]
    references = []
    for crowd in crowds(ground.rows, seed=task.seed):
        whole = untold(name, crowd)
        references.append([one / whole for one in _of_crowd(name, crowd, ground, task)])
    whole = untold(name, ground.rows)
    return gains(1.0, [one / whole for one in own], references)


def _of_crowd(name: AlgorithmName, crowd: Floats, ground: Ground, task: Task) -> list[float]:
    """Tightness of a crowd without groups for each number, by the same algorithm.

    A crowd has no categories, so that k-prototypes are held against k-means.
    """
    if name in ("k-means", "k-prototypes"):
        return inertias_of(crowd, ground.numbers, seed=task.seed, starts=_CROWD_STARTS)
    fitted = ALGORITHMS[name].look(crowd, ground.numbers, replace(task, quick=True))
    return [tightness(one.clusterer, crowd) for one in fitted]


def box_inertias(rows: Floats, numbers: Sequence[int], *, seed: int) -> dict[int, list[float]]:
    """Mean squared distance to the centroid in evenly filled boxes, for each number of clusters."""
    drawn = boxes(rows, count=BOXES, seed=seed)
    fewer = [k for k in numbers if len(drawn[0]) > k]
    if not fewer:
        return {}
    each = [inertias_of(box, fewer, seed=seed, starts=_BOX_STARTS) for box in drawn]
    return {k: list(inertias) for k, inertias in zip(fewer, zip(*each, strict=True), strict=True)}


def _gap(ground: Ground, inertia: float, k: int) -> tuple[float, float] | tuple[None, None]:
    references = ground.boxes.get(k, [])
    return gap(inertia, len(ground.rows), k, references, min(len(ground.rows), BOX_ROWS))
