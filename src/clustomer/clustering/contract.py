"""What passes between clustering and the floors around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from clustomer.matrix.matrix import Floats

Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where rows were placed.

    Parameters
    ----------
    labels
        int32, shape (rows,): the nearest cluster, 0 to k - 1.
    distance
        float64, shape (rows,): Euclidean distance to that cluster's centre, in the matrix's space.
    runner_up
        int32, shape (rows,): the second nearest cluster.
    runner_up_distance
        float64, shape (rows,).
    """

    labels: Labels
    distance: Floats
    runner_up: Labels
    runner_up_distance: Floats


class Clusterer(Protocol):
    """A fitted clusterer: places new rows without refitting."""

    @property
    def k(self) -> int:
        """Number of clusters."""
        ...

    @property
    def centroids(self) -> Floats:
        """float64, shape (k, columns)."""
        ...

    @property
    def inertia(self) -> float:
        """Sum over the fitted rows of the squared distance to their centroid."""
        ...

    def assign(self, values: Floats) -> Assignment:
        """Place rows; `values` is float64, shape (rows, columns)."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen for one k, on the sample named in `Choice`.

    `elbow` is the normalised height of the inertia curve's knee at this k (Kneedle, 0 to 1);
    `silhouette` -1 to 1; `davies_bouldin` 0 or more, lower is better; `stability` the mean adjusted
    Rand index over resamples, `stability_low` its lowest; `smallest_share` of the rows, 0 to 1;
    `gain` how many times as much the last group lowered the logarithm of the inertia as it does in
    crowds without groups that have the same spread (about 1: no more than there).
    """

    k: int
    inertia: float
    elbow: float
    silhouette: float
    davies_bouldin: float
    stability: float
    stability_low: float
    smallest_share: float
    gain: float = float("nan")


@dataclass(frozen=True, slots=True)
class Choice:
    """The number of clusters and why.

    Parameters
    ----------
    k
        The number taken.
    evidence
        One row per k looked at, by rising k.
    given
        True when the user gave k and was obeyed.
    clear
        False when the evidence shows no clear structure.
    reason
        The decision in one or two plain sentences.
    space
        The space and the number of rows in which the scores were computed.
    starts
        Centroids found on the sample for the number taken, best first, each float64 of shape
        (k, columns): where the fit on all rows starts.
    """

    # Lets pydantic write and read it, although it cannot check arrays.
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(arbitrary_types_allowed=True)

    k: int
    evidence: tuple[Evidence, ...]
    given: bool
    clear: bool
    reason: str
    space: str
    starts: tuple[Floats, ...] = field(default=(), repr=False, compare=False)
