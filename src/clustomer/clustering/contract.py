"""What passes between clustering and the floors around it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, SkipValidation

from clustomer.matrix.matrix import Floats
from clustomer.names import AlgorithmName

Labels = NDArray[np.int32]

NAN = math.nan


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where rows were placed.

    Parameters
    ----------
    labels
        int32, shape (rows,): the row's cluster, 0 to k - 1.
    distance
        float64, shape (rows,): how far the row is from that cluster, in the clusterer's own measure
        (`Clusterer.measure`).
    runner_up
        int32, shape (rows,): the second choice.
    runner_up_distance
        float64, shape (rows,): how far the row is from that.
    probability
        float64, shape (rows,): probability of the cluster, 0 to 1; None where the algorithm has
        none.
    """

    labels: Labels
    distance: Floats
    runner_up: Labels
    runner_up_distance: Floats
    probability: Floats | None = None


class Clusterer(Protocol):
    """A fitted clusterer: places new rows without refitting. A frozen dataclass of arrays."""

    @property
    def algorithm(self) -> AlgorithmName:
        """How it was fitted; also how it is read back from a bundle."""
        ...

    @property
    def k(self) -> int:
        """Number of clusters."""
        ...

    @property
    def centroids(self) -> Floats:
        """float64, shape (k, columns): the middle of each cluster."""
        ...

    @property
    def inertia(self) -> float:
        """Sum over the fitted rows of the squared Euclidean distance to their cluster's middle."""
        ...

    @property
    def measure(self) -> str:
        """What the distance of an assignment is, in words."""
        ...

    @property
    def names(self) -> Mapping[int, str]:
        """Names that clusters bring with them, by number; most bring none."""
        ...

    def assign(self, values: Floats) -> Assignment:
        """Place rows; `values` is float64, shape (rows, columns)."""
        ...

    def to_json(self) -> str:
        """Write as JSON; every float reads back to the same bits."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen for one algorithm and one k, on the sample named in `Choice`.

    Parameters
    ----------
    k
        Number of clusters.
    inertia
        Sum of squared distances to the clusters' means.
    elbow
        Height of the inertia curve's knee at this k (Kneedle), 0 to 1.
    silhouette, silhouette_low, silhouette_high
        Mean silhouette, -1 to 1, and its 95 % interval for all customers; the interval is None
        where every customer was looked at, since then the mean is exact.
    davies_bouldin
        0 or more, lower is better.
    calinski_harabasz
        0 or more, higher is better.
    stability, stability_low
        Mean and lowest adjusted Rand index over the resamples.
    jaccard
        For each cluster its mean best overlap with a cluster of the resamples, 0 to 1.
    smallest_share
        Share of the rows in the smallest cluster, 0 to 1.
    gain
        How many times as much the last group tightens the clusters as it does in crowds without
        groups that have the same spread (about 1: no more than there); NaN for an algorithm that
        finds its own number.
    gap, gap_error
        Gap statistic and its standard error.
    margin
        Mean lead of a row's cluster over its second choice: 1 at the centre, 0 half way.
    likelihood
        Mean logarithm of the density that the clusters give to rows held back; None where only one
        algorithm is looked at, or where an algorithm gives no density.
    likelihoods
        The same of each resample, of which it is the mean; resample by resample the same rows for
        every algorithm.
    algorithm
        What was fitted.
    """

    k: int
    inertia: float
    elbow: float
    silhouette: float
    davies_bouldin: float
    stability: float
    stability_low: float
    smallest_share: float
    gain: float = NAN
    silhouette_low: float | None = None
    silhouette_high: float | None = None
    calinski_harabasz: float | None = None
    gap: float | None = None
    gap_error: float | None = None
    margin: float | None = None
    jaccard: tuple[float, ...] = ()
    likelihood: float | None = None
    likelihoods: tuple[float, ...] = ()
    algorithm: AlgorithmName = "k-means"

    @property
    def jaccard_low(self) -> float | None:
        """Overlap of the cluster that comes back worst; None where it was not measured."""
        return min(self.jaccard, default=None)


@dataclass(frozen=True, slots=True)
class Choice:
    """The algorithm, the number of clusters, and why.

    Parameters
    ----------
    k
        The number taken.
    evidence
        One row per algorithm and k looked at: algorithms in the recipe's order, then by rising k.
    given
        True when the user gave k and was obeyed.
    clear
        False when the evidence shows no clear structure.
    reason
        The decision in a few plain sentences.
    space
        The space and the number of rows in which the scores were computed.
    starts
        Centroids found on the sample for the number taken, best first, each float64 of shape
        (k, columns): where k-means on all rows starts.
    algorithm
        The algorithm taken.
    second
        The second choice, as (algorithm, k), or None where nothing else was looked at.
    rule
        The rule in plain words, with the limits of the recipe.
    within_limits
        False where no number keeps to the business's limits, and the nearest was taken.
    found
        What the algorithm taken found on the sample.
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
    algorithm: AlgorithmName = "k-means"
    second: tuple[AlgorithmName, int] | None = None
    rule: str = ""
    within_limits: bool = True
    found: Annotated[Clusterer | None, SkipValidation] = field(
        default=None, repr=False, compare=False
    )

    @property
    def taken(self) -> Evidence | None:
        """The evidence for what was taken."""
        return next(
            (one for one in self.evidence if (one.algorithm, one.k) == (self.algorithm, self.k)),
            None,
        )
