"""The matrix: one row per customer, one named column per number that enters the distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Prepared features.

    Parameters
    ----------
    values
        float64, shape (customers, columns), finite, on the scale in which distances are taken.
    names
        Column names, such as ``log(spend)`` or ``region = North``; length columns.
    features
        The feature each column was made from; length columns.
    """

    values: Floats
    names: tuple[str, ...]
    features: tuple[str, ...]

    @property
    def space(self) -> str:
        """The space in words, for every score that is computed in it."""
        return f"prepared space, {len(self.names)} columns from {len(set(self.features))} features"
