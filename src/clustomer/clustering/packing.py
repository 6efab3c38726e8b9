"""What references are computed from, and their parts, as bytes: arrays and JSON, no pickle."""

from __future__ import annotations

import io
import json
from dataclasses import asdict

import numpy as np

from clustomer.clustering.algorithms import Task
from clustomer.clustering.references import Answer, Ground, Part, Resample


def packed_ground(ground: Ground, task: Task) -> bytes:
    """Write what parts are computed from."""
    told = {
        "population": ground.population,
        "numbers": ground.numbers,
        "resamples": ground.resamples,
        "compared": ground.compared,
        "task": asdict(task),
    }
    into = io.BytesIO()
    np.savez(into, rows=ground.rows, told=np.array(json.dumps(told)))
    return into.getvalue()


def unpacked_ground(data: bytes) -> tuple[Ground, Task]:
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
    return ground, Task(**{**task, "features": tuple(task["features"])})


def packed_part(part: Part) -> bytes:
    """Write which part is asked for."""
    return json.dumps(asdict(part)).encode()


def unpacked_part(data: bytes) -> Part:
    """Read what `packed_part` wrote."""
    return Part(**json.loads(data))


def packed_answer(answer: Answer) -> bytes:
    """Write the answer to a part."""
    into = io.BytesIO()
    if isinstance(answer, Resample):
        arrays = {str(place): labels for place, labels in enumerate(answer.labels)}
        np.savez(into, allow_pickle=False, densities=np.array(answer.densities), **arrays)
    else:
        np.savez(into, allow_pickle=False, numbers=np.array(answer))
    return into.getvalue()


def unpacked_answer(data: bytes) -> Answer:
    """Read what `packed_answer` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        if "numbers" in arrays:
            return tuple(arrays["numbers"].tolist())
        labels = tuple(arrays[str(place)] for place in range(len(arrays.files) - 1))
        return Resample(labels, tuple(arrays["densities"].tolist()))
