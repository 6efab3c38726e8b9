"""What a segment means beyond its profile: plain data, told by the report and by Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from clustomer.names import Measure

Operator = Literal["at least", "under", "is"]
Magnitude = Literal["negligible", "small", "medium", "large"]
HintKind = Literal["retention", "growth", "reactivation"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: a number `at least` or `under` a value, or a category that `is` it."""

    feature: str
    unit: Measure
    operator: Operator
    value: float | str


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions that must all hold.

    Parameters
    ----------
    conditions
        In the order in which they were found: the most telling first.
    customers
        Customers of the test that it holds for.
    coverage
        Share of the segment's members that it holds for, 0 to 1 (recall).
    precision
        Share of those it holds for that are members, 0 to 1.
    text
        In words.
    """

    conditions: tuple[Condition, ...]
    customers: int
    coverage: float
    precision: float
    text: str


@dataclass(frozen=True, slots=True)
class Recognition:
    """How to recognise a segment: one of `rules` holds.

    `coverage` and `precision` are of all rules together, measured on `tested_on` customers that
    they were not learnt from; `share` is the segment's share of these, the precision of a guess.
    """

    rules: tuple[Rule, ...]
    coverage: float
    precision: float
    share: float
    tested_on: int
    text: str


@dataclass(frozen=True, slots=True)
class Trait:
    """One feature that sets a segment apart from all other customers.

    Parameters
    ----------
    feature, unit
        The feature.
    value
        Of a category, the value in which the segment differs most; None for a number.
    here, elsewhere
        Means of a number; of a category the shares that have `value`, 0 to 1.
    difference
        Cliff's delta of a number, -1 to 1; of a category the difference of the shares, which is
        the same figure for "has the value". Traits are ranked by its size.
    cohens_d
        Of a number, on the scale on which it enters the distance; None for a category.
    cramers_v
        Of a category, 0 to 1; None for a number.
    ratio
        `here` / `elsewhere`; None where that is 0 or negative.
    magnitude
        The size of `difference` in a word.
    text
        In words.
    """

    feature: str
    unit: Measure
    value: str | None
    here: float
    elsewhere: float
    difference: float
    cohens_d: float | None
    cramers_v: float | None
    ratio: float | None
    magnitude: Magnitude
    text: str


@dataclass(frozen=True, slots=True)
class Quartiles:
    """The middle half of a segment's members in one number, rounded to three digits."""

    feature: str
    unit: Measure
    low: float
    middle: float
    high: float
    text: str


@dataclass(frozen=True, slots=True)
class Typical:
    """A typical member as aggregates; never somebody's row.

    `values` holds of each category its most frequent value in the segment and that value's share,
    where at least ten members have it.
    """

    numbers: tuple[Quartiles, ...]
    values: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True, slots=True)
class Hint:
    """What could be done with a segment, and the kind of it."""

    kind: HintKind
    text: str
