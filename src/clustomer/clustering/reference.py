"""What k-means makes of customers without groups: the yardstick for every number of clusters."""

from __future__ import annotations

from typing import Final

import numpy as np

from clustomer.clustering.kmeans import KMeans, best_starts
from clustomer.clustering.lloyd import COMPARED, QUICK
from clustomer.matrix.matrix import Floats

_LARGEST: Final = 2_000
_STARTS: Final = 2


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


def inertia_of(crowd: Floats, k: int, *, seed: int) -> float:
    """Mean squared distance of the crowd's rows to their centroid, for k clusters."""
    (centroids,) = best_starts(
        crowd, k, seed=seed, starts=_STARTS, iterations=QUICK, keep=1, still=COMPARED
    )
    return float(np.square(KMeans(centroids, 0.0).assign(crowd).distance).mean())


def _standardised(draws: Floats) -> Floats:
    scaled: Floats = (draws - draws.mean(axis=0)) / np.maximum(draws.std(axis=0), 1e-12)
    return scaled
