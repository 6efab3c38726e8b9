"""What k-means makes of customers without groups: the yardstick for every number of clusters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from clustomer.clustering.kmeans import swept_starts
from clustomer.clustering.lloyd import COMPARED, QUICK, Tiles, inertia_at
from clustomer.matrix.matrix import Floats

_LARGEST: Final = 2_000
CROWDS: Final = 2
"""Crowds that `crowds` draws."""
BOX_ROWS: Final = 1_000
"""Most rows of a reference of the gap statistic."""


def crowds(values: Floats, *, seed: int) -> tuple[Floats, Floats]:
    """Draw two crowds without groups that have the rows' mean and covariance.

    R. Tibshirani, G. Walther and T. Hastie, "Estimating the number of clusters in a data set via
    the gap statistic", JRSS B 63 (2001): a crowd that is long because features go together (more
    orders, more spend) is cut in two with profit although it has no groups, so a number of groups
    is judged against a reference. Theirs is uniform along the principal axes; ours are that one
    and a normal one, since either shape alone would pass for structure beside the other.

    Parameters
    ----------
    values
        float64, shape (rows, columns).
    seed
        The recipe's seed.

    Returns
    -------
    A normal and a uniform crowd, each float64 of shape (min(rows, 2000), columns).
    """
    rows, columns = min(len(values), _LARGEST), values.shape[1]
    random = np.random.default_rng([seed, rows, columns])
    spread, axes = np.linalg.eigh(np.cov(values.T, bias=True).reshape(columns, columns))
    shape = np.sqrt(np.maximum(spread, 0.0))[:, np.newaxis] * axes.T
    mean = values.mean(axis=0)
    normal = _standardised(random.standard_normal((rows, columns))) @ shape + mean
    uniform = _standardised(random.random((rows, columns))) @ shape + mean
    return normal, uniform


def box(values: Floats, *, seed: int, number: int) -> Floats:
    """Draw a crowd that fills the rows' box evenly, for the gap statistic.

    The box is the range of the rows along their principal axes: reference (b) of Tibshirani,
    Walther and Hastie.

    Parameters
    ----------
    values
        float64, shape (rows, columns).
    seed
        The recipe's seed.
    number
        Which of the boxes, from 0; each is drawn anew.

    Returns
    -------
    float64, shape (min(rows, 1000), columns).
    """
    rows, columns = min(len(values), BOX_ROWS), values.shape[1]
    mean = values.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov(values.T, bias=True).reshape(columns, columns))
    along = (values - mean) @ axes
    low, high = along.min(axis=0), along.max(axis=0)
    random = np.random.default_rng([seed, number, rows, columns])
    drawn: Floats = random.uniform(low, high, (rows, columns)) @ axes.T + mean
    return drawn


def inertias_of(crowd: Floats, numbers: Sequence[int], *, seed: int, starts: int) -> list[float]:
    """Mean squared distance of the crowd's rows to their centroid, for each number of clusters."""
    tiles = Tiles.of(crowd)
    found = swept_starts(
        tiles, numbers, seed=seed, starts=starts, iterations=QUICK, keep=1, still=COMPARED
    )
    return [inertia_at(tiles, centroids) / tiles.rows for (centroids,) in found]


def _standardised(draws: Floats) -> Floats:
    scaled: Floats = (draws - draws.mean(axis=0)) / np.maximum(draws.std(axis=0), 1e-12)
    return scaled
