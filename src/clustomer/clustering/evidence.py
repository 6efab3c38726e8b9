"""The evidence for one algorithm: every number of clusters fitted to the sample, and measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clustomer.clustering.algorithms import ALGORITHMS, Found, Task, tightness, untold
from clustomer.clustering.contract import NAN, Assignment, Evidence
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
from clustomer.clustering.reference import BOX_ROWS
from clustomer.clustering.references import Ground, References
from clustomer.clustering.silhouette import silhouette_rows
from clustomer.clustering.stability import agreement_of
from clustomer.names import AlgorithmName


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """Everything found for one algorithm; `found` and `evidence` side by side."""

    algorithm: AlgorithmName
    found: tuple[Found, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """What one algorithm found in the sample for each number, and where it places the rows."""

    algorithm: AlgorithmName
    found: tuple[Found, ...]
    assignments: tuple[Assignment, ...]


def look_at(name: AlgorithmName, ground: Ground, task: Task) -> Placed:
    """Fit one algorithm to the sample for every number. To be called with one BLAS thread.

    Raises
    ------
    DataError
        When the algorithm cannot cluster these rows.
    """
    found = tuple(ALGORITHMS[name].look(ground.rows, ground.numbers, task))
    return Placed(name, found, tuple(one.clusterer.assign(ground.rows) for one in found))


def measure(placed: Placed, ground: Ground, references: References) -> Looked:
    """Measure what an algorithm found. To be called with one BLAS thread."""
    name, found, rows = placed.algorithm, placed.found, ground.rows
    labellings = [one.labels for one in placed.assignments]
    resamples = references.resamples[name]
    agreement = agreement_of(labellings, [one.labels for one in resamples])
    densities = [one.densities for one in resamples if one.densities]
    likelihoods = [_finite([each[place] for each in densities]) for place in range(len(found))]
    scores = silhouette_rows(rows, labellings)
    inertias = [inertia_within(rows, labels) for labels in labellings]
    numbers = [one.clusterer.k for one in found]
    bends = elbow(numbers, inertias)
    worth = _gains(placed, ground, references)
    evidence = []
    for place, labels in enumerate(labellings):
        low, high = interval_of(scores[place], ground.population)
        gap_of, error = _gap(ground, references, inertias[place], numbers[place])
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
                margin=margin(placed.assignments[place]),
                likelihood=float(np.mean(likelihoods[place])) if likelihoods[place] else None,
                likelihoods=likelihoods[place],
            )
        )
    return Looked(name, found, tuple(evidence))


def _finite(likelihoods: Sequence[float]) -> tuple[float, ...]:
    """The likelihoods, or none where none is finite."""
    return tuple(likelihoods) if np.isfinite(likelihoods).any() else ()


def _gains(placed: Placed, ground: Ground, references: References) -> list[float]:
    """Gain of each number over the one before it; see `quality.gains`."""
    name = placed.algorithm
    if ALGORITHMS[name].own_number:
        return [NAN] * len(placed.found)
    whole = untold(name, ground.rows)
    own = [tightness(one.clusterer, ground.rows) / whole for one in placed.found]
    return gains(1.0, own, references.crowds[name])


def _gap(
    ground: Ground, references: References, inertia: float, k: int
) -> tuple[float, float] | tuple[None, None]:
    boxes = references.boxes.get(k, ())
    return gap(inertia, len(ground.rows), k, boxes, min(len(ground.rows), BOX_ROWS))
