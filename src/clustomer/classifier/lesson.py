"""What a classifier is told and what it answers, as data and as bytes."""

from __future__ import annotations

import io
import json
import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np

from clustomer.classifier.assess import Assessment, assess
from clustomer.classifier.persist import to_bytes
from clustomer.classifier.split import Rows, with_every_cluster
from clustomer.classifier.train import train
from clustomer.clustering.contract import Labels
from clustomer.matrix.matrix import Matrix
from clustomer.recipe.settings import ClassifierSettings
from clustomer.schemas import schema

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


def learn(given: Lesson) -> Trained:
    """Train and assess."""
    rows = np.arange(len(given.labels), dtype=np.int64)
    # Scikit-learn empties the list of warning filters for each tree and restores what it found,
    # which with several threads is an emptied one at times: the caller's are put back at the end.
    with warnings.catch_warnings():
        surrogate = train(given.matrix, given.labels, rows, given.settings, seed=given.seed)
        assessment = assess(
            surrogate, given.matrix, given.labels, rows, given.settings, seed=given.seed
        )
    return Trained(to_bytes(surrogate), assessment)


def packed_lesson(given: Lesson) -> bytes:
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


def unpacked_lesson(data: bytes) -> Lesson:
    """Read what `packed_lesson` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        told = json.loads(str(arrays["told"]))
        matrix = Matrix(arrays["values"], tuple(told["names"]), tuple(told["features"]))
        settings = ClassifierSettings.model_validate(told["settings"])
        return Lesson(matrix, arrays["labels"], settings, told["seed"])


def packed_trained(trained: Trained) -> bytes:
    """Write what was learnt as bytes."""
    told = schema(Assessment).dump_json(trained.assessment)
    return len(told).to_bytes(_SIZE, "big") + told + trained.classifier


def unpacked_trained(data: bytes) -> Trained:
    """Read what `packed_trained` wrote."""
    size = int.from_bytes(data[:_SIZE], "big")
    assessment = schema(Assessment).validate_json(data[_SIZE : _SIZE + size])
    return Trained(data[_SIZE + size :], assessment)
