"""A small lesson."""

from __future__ import annotations

import numpy as np

from clustomer.classifier.lesson import Lesson, lesson
from clustomer.matrix.matrix import Matrix
from clustomer.recipe.settings import ClassifierSettings


def made(kind: str = "random-forest") -> Lesson:
    """Three groups of sixty rows, every second of which is learnt from."""
    random = np.random.default_rng(5)
    labels = np.repeat(np.arange(3, dtype=np.int32), 60)
    values = random.normal(size=(180, 2)) + labels[:, None] * 4.0
    settings = ClassifierSettings.model_validate({"kind": kind, "trees": 10})
    matrix = Matrix(values, ("spend", "orders"), ("spend", "orders"))
    return lesson(matrix, labels, np.arange(0, 180, 2), settings, seed=3)
