"""The classifier learns beside the rest of a fit.

Importing scikit-learn takes longer than most fits take for anything else, and it holds Python's
lock all the while. So where it is not loaded yet, a process of its own loads it while the tables
are read, is given the sample when the clusters are known, and answers with the classifier and its
assessment. The answer is the same as without that process.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import BinaryIO, Final

import numpy as np
from pydantic import TypeAdapter

from clustomer.classifier.assess import Assessment, assess
from clustomer.classifier.persist import to_bytes
from clustomer.classifier.split import Rows, with_every_cluster
from clustomer.classifier.train import train
from clustomer.clustering.contract import Labels
from clustomer.errors import ClustomerError
from clustomer.matrix.matrix import Matrix
from clustomer.recipe.settings import ClassifierSettings

_AHEAD: Final = ("sklearn.ensemble", "sklearn.tree", "skops.io")
"""What the process loads while it waits for the lesson."""

_SIZE: Final = 8
"""Bytes that tell the length of the assessment, which stands before the classifier."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the classifier learns from: a sample of the prepared customers and their clusters."""

    matrix: Matrix
    labels: Labels
    settings: ClassifierSettings
    seed: int


@dataclass(frozen=True, slots=True)
class Trained:
    """The surrogate as skops bytes, and how far it agrees with the clustering."""

    classifier: bytes
    assessment: Assessment


Learn = Callable[[Lesson], Callable[[], Trained]]
"""Begins to learn; what comes back waits for the end."""


def lesson(
    matrix: Matrix, labels: Labels, rows: Rows, settings: ClassifierSettings, *, seed: int
) -> Lesson:
    """Cut the sample out of all customers, with some rows of every cluster.

    Parameters
    ----------
    matrix
        Prepared features of all customers.
    labels
        int32, shape (customers,).
    rows
        Row numbers of the sample.
    """
    chosen = with_every_cluster(labels, rows, seed=seed)
    part = Matrix(matrix.values[chosen], matrix.names, matrix.features)
    return Lesson(part, labels[chosen], settings, seed)


def learn_here(given: Lesson) -> Trained:
    """Train and assess in this process."""
    rows = np.arange(len(given.labels), dtype=np.int64)
    surrogate = train(given.matrix, given.labels, rows, given.settings, seed=given.seed)
    assessment = assess(
        surrogate, given.matrix, given.labels, rows, given.settings, seed=given.seed
    )
    return Trained(to_bytes(surrogate), assessment)


@contextmanager
def learning() -> Iterator[Learn]:
    """Give a way to learn: in a process of its own, or here where that would gain nothing.

    The process ends with the block, also when nothing was learnt.
    """
    if not _worth_it():
        yield _at_once
        return
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "clustomer.classifier.beside"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process, ThreadPoolExecutor(1) as thread:
        try:

            def learn(given: Lesson) -> Callable[[], Trained]:
                answer = thread.submit(process.communicate, packed(given))
                return lambda: _answered(process, *answer.result())

            yield learn
        finally:
            process.kill()


def _worth_it() -> bool:
    return "sklearn" not in sys.modules and (os.cpu_count() or 1) > 1


def _at_once(given: Lesson) -> Callable[[], Trained]:
    return lambda: learn_here(given)


def _answered(process: subprocess.Popen[bytes], out: bytes, said: bytes) -> Trained:
    if process.returncode != 0:
        lines = said.decode("utf-8", "replace").strip().splitlines()
        raise ClustomerError(
            "The classifier could not be trained: its process ended before it had answered.",
            found=lines[-1] if lines else f"exit code {process.returncode}",
            remedy="see whether the machine has memory left, and try again",
        )
    size = int.from_bytes(out[:_SIZE], "big")
    assessment = TypeAdapter(Assessment).validate_json(out[_SIZE : _SIZE + size])
    return Trained(out[_SIZE + size :], assessment)


def packed(given: Lesson) -> bytes:
    """Write a lesson as bytes: arrays and JSON, no pickle."""
    told = {
        "names": given.matrix.names,
        "features": given.matrix.features,
        "settings": given.settings.model_dump(mode="json"),
        "seed": given.seed,
    }
    into = io.BytesIO()
    np.savez(into, values=given.matrix.values, labels=given.labels, told=np.array(json.dumps(told)))
    return into.getvalue()


def unpacked(data: bytes) -> Lesson:
    """Read what `packed` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        told = json.loads(str(arrays["told"]))
        matrix = Matrix(arrays["values"], tuple(told["names"]), tuple(told["features"]))
        settings = ClassifierSettings.model_validate(told["settings"])
        return Lesson(matrix, arrays["labels"], settings, told["seed"])


def answer(lessons: BinaryIO, answers: BinaryIO) -> None:
    """Read one lesson, learn it and write what came of it; with no lesson, do nothing."""
    data = lessons.read()
    if not data:
        return
    trained = learn_here(unpacked(data))
    told = TypeAdapter(Assessment).dump_json(trained.assessment)
    answers.write(len(told).to_bytes(_SIZE, "big") + told + trained.classifier)


def _main() -> None:
    for module in _AHEAD:
        import_module(module)
    answer(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    _main()
