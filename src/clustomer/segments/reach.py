"""How far a segment reaches and how clearly its members belong to it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from clustomer.clustering.contract import Assignment
from clustomer.matrix.matrix import Floats

ALARM: Final = 0.005
"""Share of those like the members at fit that may be called unlike any segment."""

STEPS: Final = 20
"""Steps of the quantiles of sureness: five per cent each."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What the members of one segment showed at fit.

    Parameters
    ----------
    limit
        Distance beyond which a customer is unlike any segment.
    alarm
        Expected share of customers like the members that lie beyond `limit` all the same, 0 to 1.
    sureness
        Quantiles of the members' sureness at 0, 5, ... 100 %.
    """

    limit: float
    alarm: float
    sureness: tuple[float, ...]

    def less_sure(self, sure: float) -> float:
        """Share of the members that were less sure, 0 to 1 in steps of five per cent."""
        return float(np.searchsorted(np.array(self.sureness[1:]), sure) / STEPS)


def sureness(distance: Floats, runner_up: Floats) -> Floats:
    """How clearly rows belong to their segment: 0 half way to the next one, 1 at its centre.

    (b - a) / b with the distances a to the own and b to the next centre: the simplified silhouette
    of E. Hruschka, L. de Castro and R. Campello, "Evolutionary algorithms for clustering
    gene-expression data", ICDM 2004. 0 where both distances are 0.

    >>> sureness(np.array([0.0, 1.0, 3.0]), np.array([2.0, 4.0, 3.0])).tolist()
    [1.0, 0.75, 0.0]
    """
    farther = np.where(runner_up > 0, runner_up, 1.0)
    clear: Floats = np.clip(1.0 - distance / farther, 0.0, 1.0)
    return np.where(runner_up > 0, clear, 0.0)


def sureness_of(assignment: Assignment) -> Floats:
    """How clearly rows belong to their segment, by what placed them.

    By distances (see `sureness`); where the clusterer gives probabilities 2 p - 1, which is 0 where
    all else together is as probable, and 1 where nothing else is possible.
    """
    if assignment.probability is None:
        return sureness(assignment.distance, assignment.runner_up_distance)
    return np.asarray(np.clip(2.0 * assignment.probability - 1.0, 0.0, 1.0), dtype=np.float64)


def reach_of(assignment: Assignment, cluster: int) -> Reach | None:
    """Learn a cluster's reach from its rows; None where it has none.

    The limit is the ceil((n + 1)(1 - alarm))-th smallest distance of the n members, so that at most
    that share of new customers of the same kind lies beyond it (split conformal prediction:
    V. Vovk, A. Gammerman and G. Shafer, "Algorithmic Learning in a Random World", 2005, section
    2.2; the centres were fitted on the same members, which makes it approximate). A segment with
    fewer members than that needs is held to its farthest one, with a false alarm in n + 1.
    """
    rows = np.flatnonzero(assignment.labels == cluster)
    if not len(rows):
        return None
    distances = np.sort(assignment.distance[rows])
    count = len(distances)
    place = math.ceil((count + 1) * (1 - ALARM))
    few = place > count
    sure = sureness_of(assignment)[rows]
    return Reach(
        limit=float(distances[-1 if few else place - 1]),
        alarm=1 / (count + 1) if few else ALARM,
        sureness=tuple(np.quantile(sure, np.linspace(0, 1, STEPS + 1)).tolist()),
    )
