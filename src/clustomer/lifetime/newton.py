"""The maximum of a smooth function of a few variables, by damped Newton steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_STEP: Final = 1e-5
"""Step of the differences that the curvature is taken from."""
_LONGEST: Final = 1.0
"""Longest step; the variables are logarithms, so 1 is a factor of e."""
_FLAT: Final = 1e-7
"""Curvatures below this count as this."""
_SETTLED: Final = 1e-7
"""Largest slope at a maximum."""
_EDGE: Final = 1e-9
"""Nearer to a limit than this, as a share of it, is at the limit."""
_ITERATIONS: Final = 100
_HALVINGS: Final = 40

Floats = NDArray[np.float64]

Slope = Callable[[Floats], tuple[float, Floats]]
"""Value and gradient at a point."""


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """Where the search ended; `settled` when the slope there is 0 but for rounding."""

    point: Floats
    value: float
    settled: bool


def dot(left: NDArray[Any], right: NDArray[Any]) -> float:
    """Scalar product, the same bits for any number of threads, which BLAS does not promise."""
    return float((left * right).sum())


def maximise(function: Slope, start: Floats, *, within: float) -> Maximum:
    """Climb from `start`; no variable leaves -within .. within.

    Newton's method with the curvature from differences of the gradient; directions in which the
    function does not curve downwards are climbed by its slope, and steps that do not climb are
    halved (Nocedal & Wright, "Numerical Optimization", 2006, sections 3.4 and 3.5).

    Parameters
    ----------
    function
        Gives the value and the gradient, float64 of shape (variables,).
    start
        float64, shape (variables,).
    within
        Limit of every variable. A slope that points out of a limit counts as 0.
    """
    point = np.asarray(np.clip(start, -within, within), dtype=np.float64)
    value, slope = function(point)
    for _ in range(_ITERATIONS):
        free = ~((np.abs(point) >= within) & (slope * point > 0))
        if np.max(np.abs(slope[free]), initial=0.0) < _SETTLED:
            return Maximum(point, value, settled=True)
        step = np.zeros_like(point)
        step[free] = _newton(function, point, slope, free)
        climbed = _climbed(function, point, value, slope, step, within)
        if climbed is None:
            # Rounding leaves nothing more to climb.
            flat = np.max(np.abs(slope[free]), initial=0.0) < np.sqrt(_SETTLED)
            return Maximum(point, value, settled=bool(flat))
        point, value, slope = climbed
    return Maximum(point, value, settled=False)


def _newton(function: Slope, point: Floats, slope: Floats, free: NDArray[np.bool_]) -> Floats:
    columns = []
    for variable in np.flatnonzero(free):
        shift = np.zeros_like(point)
        shift[variable] = _STEP
        columns.append((function(point + shift)[1] - slope)[free] / _STEP)
    curvature = np.array(columns)
    sizes, axes = np.linalg.eigh((curvature + curvature.T) / 2)
    step = axes @ ((axes.T @ slope[free]) / np.maximum(np.abs(sizes), _FLAT))
    length = float(np.linalg.norm(step))
    return np.asarray(step * min(1.0, _LONGEST / length) if length else step)


def _climbed(
    function: Slope, point: Floats, value: float, slope: Floats, step: Floats, within: float
) -> tuple[Floats, float, Floats] | None:
    room = np.where(step > 0, within - point, -within - point)
    moving = step != 0
    # A step ends where the first variable meets its limit, so that the direction is kept.
    share = float(np.min(room[moving] / step[moving], initial=1.0))
    for halving in range(_HALVINGS):
        tried = point + step * (share * 0.5**halving)
        near = np.abs(tried) > within * (1 - _EDGE)
        tried = np.where(near, np.copysign(within, tried), tried)
        higher, its_slope = function(tried)
        if higher > value + 1e-4 * float(slope @ (tried - point)) and higher > value:
            return tried, higher, its_slope
    return None
