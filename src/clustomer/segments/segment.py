"""A segment: a cluster that has an id, a name and a meaning."""

from __future__ import annotations

from dataclasses import dataclass

from clustomer.names import Measure
from clustomer.recipe.settings import Level
from clustomer.segments.reach import Reach


@dataclass(frozen=True, slots=True)
class ProfileNumber:
    """One numeric feature in one segment, against all customers.

    `effect` is (segment mean - overall mean) / overall standard deviation, on the scale in which
    the feature enters the distance (log where logged); `index` is segment mean / overall mean on
    the plain scale, or None where the overall mean is 0. `level` is `effect` in words.
    Means and medians are None where no customer of the segment has a value.
    """

    feature: str
    unit: Measure
    mean: float | None
    median: float | None
    overall_mean: float | None
    index: float | None
    effect: float
    level: Level


@dataclass(frozen=True, slots=True)
class ProfileCategory:
    """One category in one segment: its values with their shares here and overall (0 to 1)."""

    feature: str
    shares: tuple[tuple[str, float, float], ...]
    """(value, share in the segment, share overall), most over-represented first."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A named cluster.

    `id` is stable ("S1"...), by falling total spend (or size where there is no spend), never the
    cluster's number; `cluster` is the number that the clusterer gives. `share` and `spend_share`
    are 0 to 1; `spend_share` is None where the features hold no spend.
    """

    id: str
    name: str
    description: str
    cluster: int
    customers: int
    share: float
    spend_share: float | None
    numbers: tuple[ProfileNumber, ...]
    categories: tuple[ProfileCategory, ...]
    facts: str = ""
    """What sets it apart, for places where its size stands elsewhere."""
    reach: Reach | None = None
    """How far it reaches; None in a model of an earlier release."""
