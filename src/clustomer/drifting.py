"""Drift: how far the customers of a later run differ from those of an earlier one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clustomer.matrix.matrix import Floats
from clustomer.names import Measure

if TYPE_CHECKING:
    from clustomer.features.feature import Feature

BINS: Final = 10
LEAST: Final = 1e-4
"""Share that an empty bin counts as, so that its logarithm exists."""

CLEAR: Final = 0.25
SLIGHT: Final = 0.1


@dataclass(frozen=True, slots=True)
class Drift:
    """One feature in two runs.

    Parameters
    ----------
    feature, unit
        The feature.
    before, now
        Its mean in each run; None for a category, and where no customer has a value.
    psi
        Population stability index over tenths of the earlier run, or over the categories.
    size
        ``none`` below 0.1, ``slight`` below 0.25, else ``clear``.
    """

    feature: str
    unit: Measure
    before: float | None
    now: float | None
    psi: float
    size: str


def drift(before: pa.Table, now: pa.Table, features: tuple[Feature, ...]) -> tuple[Drift, ...]:
    """Measure the drift of the features that both runs have, the largest first.

    The index is the sum over bins of (q - p) ln(q / p) with the shares p before and q now, blanks
    a bin of their own (Siddiqi, "Credit Risk Scorecards", 2006; the limits 0.1 and 0.25 are his).
    """
    both = set(before.column_names) & set(now.column_names)
    found = [_one(one, before, now) for one in features if one.name in both]
    return tuple(sorted(found, key=lambda one: (-one.psi, one.feature)))


def _one(feature: Feature, before: pa.Table, now: pa.Table) -> Drift:
    old, new = before.column(feature.name), now.column(feature.name)
    if feature.unit == "category":
        psi = _psi(*_category_counts(old, new))
        return Drift(feature.name, feature.unit, None, None, psi, _size(psi))
    first, second = _numbers(old), _numbers(new)
    psi = _psi(*_number_counts(first, second))
    return Drift(feature.name, feature.unit, _mean(first), _mean(second), psi, _size(psi))


def _numbers(column: pa.ChunkedArray) -> Floats:
    values = pc.cast(column, pa.float64()).to_numpy()
    clean: Floats = np.where(np.isfinite(values), values, np.nan)
    return clean


def _mean(values: Floats) -> float | None:
    present = values[np.isfinite(values)]
    return float(present.mean()) if len(present) else None


def _number_counts(old: Floats, new: Floats) -> tuple[Floats, Floats]:
    present = old[np.isfinite(old)]
    if not len(present):
        edges = np.zeros(0)
    else:
        edges = np.unique(np.quantile(present, np.linspace(0, 1, BINS + 1)[1:-1]))
    return _binned(old, edges), _binned(new, edges)


def _binned(values: Floats, edges: Floats) -> Floats:
    there = np.isfinite(values)
    places = np.searchsorted(edges, values[there], side="left")
    counts = np.bincount(places, minlength=len(edges) + 1).astype(np.float64)
    return np.append(counts, float(np.count_nonzero(~there)))


def _category_counts(old: pa.ChunkedArray, new: pa.ChunkedArray) -> tuple[Floats, Floats]:
    texts = [pc.cast(one, pa.string()).to_pylist() for one in (old, new)]
    known = sorted({value for column in texts for value in column if value is not None})
    order = {value: at for at, value in enumerate([*known, None])}
    counts = [
        np.bincount([order[value] for value in column], minlength=len(order)).astype(np.float64)
        for column in texts
    ]
    return counts[0], counts[1]


def _psi(old: Floats, new: Floats) -> float:
    p, q = (np.maximum(one / max(one.sum(), 1.0), LEAST) for one in (old, new))
    return float(np.sum((q - p) * np.log(q / p)))


def _size(psi: float) -> str:
    return "none" if psi < SLIGHT else "slight" if psi < CLEAR else "clear"
