"""Customers in clusters, made up."""

from __future__ import annotations

import numpy as np

from clustomer.clustering.contract import Labels
from clustomer.matrix.matrix import Matrix


def made(*sizes: int, apart: float = 4.0) -> tuple[Matrix, Labels]:
    """Make clusters of the given sizes, around points `apart` from each other."""
    rng = np.random.default_rng(5)
    labels = rng.permutation(np.repeat(np.arange(len(sizes), dtype=np.int32), sizes))
    centres = rng.normal(size=(len(sizes), 4)) * apart
    names = ("log(spend)", "age", "region = North", "tier (rank)")
    values = centres[labels] + rng.normal(size=(len(labels), 4))
    return Matrix(values, names, ("spend", "age", "region", "tier")), labels
