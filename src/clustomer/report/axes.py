"""Axes: from values to pixels, with round ticks, straight or logarithmic."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from clustomer.matrix.matrix import Floats
from clustomer.report.style import compact


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from `low` to `high` laid over pixels from `start` to `end`.

    With `log`, distances are those of log(1 + value / unit): logarithmic, yet 0 has a place; `unit`
    is the size below which values are near 0.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False
    unit: float = 1.0

    def scaled(self, values: Floats) -> Floats:
        """Values on the scale of the axis, any shape."""
        if not self.log:
            return values
        scaled: Floats = np.log1p(np.maximum(values, 0.0) / self.unit)
        return scaled

    def plain(self, scaled: Floats) -> Floats:
        """Undo `scaled`."""
        if not self.log:
            return scaled
        plain: Floats = np.expm1(scaled) * self.unit
        return plain

    def at(self, values: Floats) -> Floats:
        """Pixels of values."""
        ends = self.scaled(np.array([self.low, self.high]))
        width = float(ends[1] - ends[0]) or 1.0
        pixels: Floats = self.start + (
            self.scaled(np.asarray(values, dtype=np.float64)) - ends[0]
        ) * ((self.end - self.start) / width)
        return pixels

    def pixel(self, value: float) -> float:
        """Pixel of one value."""
        return float(self.at(np.array([value]))[0])

    def ticks(self, wanted: int = 4) -> list[float]:
        """Round values within the axis, about `wanted` of them."""
        return _decades(self, wanted) if self.log else round_values(self.low, self.high, wanted)


def round_values(low: float, high: float, wanted: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten from low to high, about `wanted` of them.

    >>> round_values(0, 1, 4)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    >>> round_values(3, 3, 4)
    [3]
    """
    if not high > low:
        return [low]
    rough = (high - low) / max(wanted, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((factor * power for factor in (1, 2, 5, 10)), key=lambda s: abs(math.log(s / rough)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def _decades(axis: Axis, wanted: int) -> list[float]:
    top = max(axis.high, axis.unit)
    powers = range(math.floor(math.log10(axis.unit)), math.ceil(math.log10(top)) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5)):
        every = [0.0, *(factor * 10.0**power for power in powers for factor in factors)]
        inside = [value for value in every if axis.low <= value <= axis.high]
        if len(inside) >= wanted:
            break
    # Ticks that would run into each other are left out, the outer ones first kept.
    kept: list[float] = []
    for value in inside:
        if (
            not kept
            or abs(axis.pixel(value) - axis.pixel(kept[-1])) >= abs(axis.end - axis.start) / 8
        ):
            kept.append(value)
    return kept if len(kept) > 1 else round_values(axis.low, axis.high, wanted)


def tick_labels(ticks: list[float], *, percent: bool = False) -> list[str]:
    """Words for ticks.

    >>> tick_labels([0.0, 0.5], percent=True), tick_labels([0.0, 1500.0])
    (['0 %', '50 %'], ['0', '1.5k'])
    """
    return [f"{tick * 100:.3g} %" if percent else compact(tick) for tick in ticks]
