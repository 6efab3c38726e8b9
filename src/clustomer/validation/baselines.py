"""What anybody can do without clustomer: RFM scores, and k-means on recency, frequency, money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from clustomer.clustering.kmeans import fit_kmeans
from clustomer.clustering.rfm import fit_rfm, quantile_cuts, scored
from clustomer.matrix.matrix import Floats
from clustomer.validation.measures import Groups
from clustomer.validation.outcomes import Outcomes

STARTS: Final = 10


def baselines(past: Outcomes, groups: int, *, seed: int) -> Mapping[str, Groups]:
    """Group customers by their recency, frequency and monetary value in plain ways.

    Returns
    -------
    dict
        "RFM quintile sum": the sum of three scores of 1 to 5 (equal values score equally), cut into
        `groups` equally large parts as far as equal sums allow. "RFM quintile bands": the same sum,
        3 to 15, cut into `groups` equally wide bands. "k-means on raw RFM" and "k-means on log
        RFM": standardised, without and with log(1 + x).
    """
    scores = fit_rfm(past.days_since, past.orders, past.spend).scores(
        past.days_since, past.orders, past.spend
    )
    total = sum(score.astype(np.int64) for score in scores)
    sums = np.asarray(total, dtype=np.float64)
    raw = np.column_stack([past.days_since, past.orders, past.spend])
    return {
        "RFM quintile sum": scored(sums, quantile_cuts(sums, groups)).astype(np.int64) - 1,
        "RFM quintile bands": ((sums - 3).astype(np.int64) * groups) // 13,
        "k-means on raw RFM": _kmeans(raw, groups, seed),
        "k-means on log RFM": _kmeans(np.log1p(np.maximum(raw, 0.0)), groups, seed),
    }


def _kmeans(values: Floats, groups: int, seed: int) -> Groups:
    spread = values.std(axis=0)
    told = spread > 0
    if not told.any():
        return np.zeros(len(values), dtype=np.int64)
    ready = np.ascontiguousarray((values[:, told] - values[:, told].mean(axis=0)) / spread[told])
    distinct = len(np.unique(ready, axis=0))
    fitted = fit_kmeans(ready, min(groups, distinct), seed=seed, starts=STARTS)
    return fitted.assign(ready).labels.astype(np.int64)
