"""Segment cards: the few numbers that tell a segment from the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clustomer.report.content import ReportContent
from clustomer.report.style import (
    SUPPRESS_BELOW,
    against,
    label,
    measured,
)
from clustomer.report.summaries import shown_shares
from clustomer.segments.segment import ProfileCategory, ProfileNumber, Segment

NUMBERS_SHOWN: Final = 5
CATEGORIES_SHOWN: Final = 3
VALUES_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class KeyNumber:
    """One number of a card, in words; `high` is None near the average."""

    name: str
    here: str
    overall: str
    compared: str
    high: bool | None


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a category: its share in the segment and overall, 0 to 1."""

    name: str
    here: float
    overall: float


@dataclass(frozen=True, slots=True)
class Card:
    """One segment, ready for the page. `detailed` is False for a segment too small to be shown."""

    segment: Segment
    position: int
    detailed: bool
    numbers: tuple[KeyNumber, ...]
    categories: tuple[tuple[str, tuple[Value, ...]], ...]


def card(content: ReportContent, position: int) -> Card:
    """Make the card of the segment at `position`."""
    segment = content.segments[position]
    if segment.customers < SUPPRESS_BELOW:
        return Card(segment, position, detailed=False, numbers=(), categories=())
    ranked = sorted(segment.numbers, key=lambda n: -abs(n.effect))
    mixes = ((label(c.feature), _values(c, segment.customers)) for c in _telling(segment))
    return Card(
        segment,
        position,
        detailed=True,
        numbers=tuple(_key_number(n) for n in ranked[:NUMBERS_SHOWN]),
        categories=tuple((name, values) for name, values in mixes if values),
    )


def _key_number(number: ProfileNumber) -> KeyNumber:
    # "Days since last order: 12 days" says it twice.
    unit = "count" if number.unit == "days" and "days" in number.feature else number.unit
    return KeyNumber(
        name=label(number.feature),
        here=measured(number.mean, unit),
        overall=measured(number.overall_mean, unit),
        compared=against(number.index),
        high=None if number.level == "average" else number.effect > 0,
    )


def _telling(segment: Segment) -> list[ProfileCategory]:
    # Total variation distance between the segment's mix and everybody's: the largest tells most.
    def distance(category: ProfileCategory) -> float:
        return sum(abs(here - overall) for _, here, overall in category.shares) / 2

    return sorted(segment.categories, key=lambda c: (-distance(c), c.feature))[:CATEGORIES_SHOWN]


def _values(category: ProfileCategory, customers: int) -> tuple[Value, ...]:
    shown = shown_shares(category.shares, customers, VALUES_SHOWN)
    return tuple(Value(name, here, overall) for name, here, overall in shown)
