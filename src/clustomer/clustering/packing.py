"""What references are computed from, and the references, as bytes: arrays and JSON, no pickle."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from clustomer.clustering.algorithms import Task
from clustomer.clustering.references import Ground, References, Resample

if TYPE_CHECKING:
    from clustomer.names import AlgorithmName


def packed_ground(names: Sequence[AlgorithmName], ground: Ground, task: Task) -> bytes:
    """Write what `references` is called with."""
    told = {
        "names": list(names),
        "population": ground.population,
        "numbers": ground.numbers,
        "resamples": ground.resamples,
        "compared": ground.compared,
        "task": asdict(task),
    }
    into = io.BytesIO()
    np.savez(into, rows=ground.rows, told=np.array(json.dumps(told)))
    return into.getvalue()


def unpacked_ground(data: bytes) -> tuple[list[AlgorithmName], Ground, Task]:
    """Read what `packed_ground` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        told = json.loads(str(arrays["told"]))
        ground = Ground(
            arrays["rows"],
            told["population"],
            tuple(told["numbers"]),
            told["resamples"],
            told["compared"],
        )
    task = told["task"]
    return told["names"], ground, Task(**{**task, "features": tuple(task["features"])})


def packed_references(references: References) -> bytes:
    """Write references."""
    arrays = {
        f"{name} {number} {place}": labels
        for name, resamples in references.resamples.items()
        for number, resample in enumerate(resamples)
        for place, labels in enumerate(resample.labels)
    }
    told = {
        "resamples": {
            name: [(len(one.labels), one.densities) for one in resamples]
            for name, resamples in references.resamples.items()
        },
        "crowds": references.crowds,
        "boxes": list(references.boxes.items()),
    }
    into = io.BytesIO()
    np.savez(into, allow_pickle=False, told=np.array(json.dumps(told)), **arrays)
    return into.getvalue()


def unpacked_references(data: bytes) -> References:
    """Read what `packed_references` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        told = json.loads(str(arrays["told"]))
        resamples = {
            name: tuple(
                Resample(
                    tuple(arrays[f"{name} {number} {place}"] for place in range(count)),
                    tuple(densities),
                )
                for number, (count, densities) in enumerate(each)
            )
            for name, each in told["resamples"].items()
        }
    crowds = {name: tuple(map(tuple, each)) for name, each in told["crowds"].items()}
    return References(resamples, crowds, {k: tuple(each) for k, each in told["boxes"]})
