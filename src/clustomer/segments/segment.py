"""A segment: a cluster that has an id, a name and a meaning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from clustomer.names import Measure
from clustomer.recipe.settings import Level, NameRule
from clustomer.segments.meaning import Hint, Recognition, Trait, Typical
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
    rule: NameRule | None = None
    """The rule of the naming table that gave the name; None where it was made from the profile."""
    recognition: Recognition | None = None
    """How to recognise it; None where no short rule does, or it has fewer than ten members."""
    traits: tuple[Trait, ...] = ()
    """What sets it apart from all others, the largest difference first."""
    typical: Typical | None = None
    """A typical member as aggregates; None below ten members."""
    hint: Hint | None = None
    """What could be done with it."""
    named_by: Literal["clustomer", "person"] = "clustomer"
    """A name that a person gave stays."""


def number_of(segment_id: str) -> int:
    """The number in a segment's id.

    >>> number_of("S12")
    12
    """
    return int(segment_id[1:])


def highest(ids: Iterable[str]) -> int:
    """The highest number among ids; 0 where there are none."""
    return max((number_of(one) for one in ids), default=0)
