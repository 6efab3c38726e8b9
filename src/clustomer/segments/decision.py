"""What decided about one customer, as a sum over the columns of the prepared space.

Each clusterer decides by a difference, and every difference here adds up to it exactly; only RFM
rules decide by scores, beside which the distances to the groups' middles say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from clustomer.clustering.contract import Assignment, Clusterer
from clustomer.clustering.dense import Dense
from clustomer.clustering.mixture import Mixture
from clustomer.clustering.rules import Rules
from clustomer.matrix.matrix import Floats

By = Literal["centre", "cloud", "patch", "edge", "scores"]
"""What decides: the nearer centre, the more probable cloud, the nearer patch, whether a patch
reaches so far, or RFM scores."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What decided for the segment and against the runner-up.

    Parameters
    ----------
    by
        What decides.
    parts
        float64, shape (columns,): above 0 for the segment. With `rest` they add up to the decision:
        the difference of squared distances, of a mixture the logarithm of how many times as
        probable the segment is.
    rest
        What no column brings: of clouds their weights and widths, of an edge its squared reach.
    scores
        Recency, frequency and monetary score, where they decide.
    """

    by: By
    parts: Floats
    rest: float = 0.0
    scores: tuple[int, int, int] | None = None


def decision_of(clusterer: Clusterer, row: Floats, placed: Assignment) -> Decision:
    """Take apart how one row was placed.

    Parameters
    ----------
    clusterer
        What placed it.
    row
        float64, shape (columns,).
    placed
        Where it was placed: arrays of one row.
    """
    own, other = int(placed.labels[0]), int(placed.runner_up[0])
    if isinstance(clusterer, Mixture):
        here, weight_here = clusterer.parts(row, own)
        there, weight_there = clusterer.parts(row, other)
        return Decision("cloud", here - there, weight_here - weight_there)
    if isinstance(clusterer, Dense):
        return _of_patches(clusterer, row, own, other)
    apart = _squares(row, clusterer.centroids[other]) - _squares(row, clusterer.centroids[own])
    if isinstance(clusterer, Rules):
        return Decision("scores", apart, scores=clusterer.scores(row))
    return Decision("centre", apart)


def _of_patches(dense: Dense, row: Floats, own: int, other: int) -> Decision:
    none = dense.k - 1
    if none in {own, other}:
        patch = dense.nearest_patch(row)
        beyond = _squares(row, dense.patches[patch])
        reach = float(dense.reach[patch]) ** 2
        return Decision("edge", beyond, -reach) if own == none else Decision("edge", -beyond, reach)
    near, far = dense.nearest_patch(row, own), dense.nearest_patch(row, other)
    return Decision("patch", _squares(row, dense.patches[far]) - _squares(row, dense.patches[near]))


def _squares(row: Floats, middle: Floats) -> Floats:
    squares: Floats = np.square(row - middle)
    return squares
