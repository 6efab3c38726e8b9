"""What a validation found: what each segment did, and what each way of grouping explains."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from clustomer.findings import Finding
from clustomer.rounding import percent

LEAST: Final = 10
"""Means of fewer customers are not told."""


@dataclass(frozen=True, slots=True)
class SegmentFuture:
    """What one segment did: means a customer; None for a segment of fewer than `LEAST`.

    `past_spend` up to the day, `spend` and `orders` in the days after, `active` the share (0 to 1)
    who ordered in them, `spend_share` the segment's share of all that was spent then,
    `expected_spend` and `expected_orders` what the value model told on the day; None without one.
    """

    segment_id: str
    name: str
    customers: int
    past_spend: float | None
    spend: float | None
    orders: float | None
    active: float | None
    spend_share: float | None
    expected_spend: float | None
    expected_orders: float | None


@dataclass(frozen=True, slots=True)
class MethodScore:
    """What one way of grouping explains.

    `spend`, `active` and `raw_spend` are eta squared (0 to 1) of log(1 + next spend), of having
    ordered, and of next spend as it is. `kendall` and `spearman` compare the groups' order by mean
    past spend with their order by mean next spend.
    """

    method: str
    groups: int
    spend: float
    active: float
    raw_spend: float
    kendall: float
    spearman: float


@dataclass(frozen=True, slots=True)
class Margin:
    """How much more our segments explain than a baseline, with 95 % bootstrap intervals."""

    method: str
    spend: float
    spend_interval: tuple[float, float]
    active: float
    active_interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Validation:
    """The outcome of a validation.

    Parameters
    ----------
    until
        The last day of the orders that the segments were made from.
    horizon
        Days after it that were looked at.
    customers
        Customers segmented.
    active
        Share of them (0 to 1) who ordered in these days.
    segments
        What each segment did.
    scores
        Ours first, then the baselines.
    margins
        Ours against each baseline.
    """

    recipe: str
    noun: str
    until: date
    horizon: int
    customers: int
    active: float
    segments: tuple[SegmentFuture, ...]
    scores: tuple[MethodScore, ...]
    margins: tuple[Margin, ...]
    findings: tuple[Finding, ...]

    @property
    def above(self) -> bool:
        """Whether our segments explain more than every baseline, of both outcomes."""
        return all(one.spend > 0 and one.active > 0 for one in self.margins)

    @property
    def says(self) -> str:
        """The verdict in a sentence or two."""
        ours = self.scores[0]
        told = (
            f"The segments explain {percent(ours.spend, 1)} of the differences in what {self.noun} "
            f"spent in the {self.horizon} days after {self.until:%Y-%m-%d} (on the log scale) and "
            f"{percent(ours.active, 1)} of who ordered at all."
        )
        if self.above:
            sure = all(
                one.spend_interval[0] > 0 and one.active_interval[0] > 0 for one in self.margins
            )
            return f"{told} That is more than each of the plain groupings" + (
                ", beyond chance." if sure else ", though not of all of them beyond chance."
            )
        better = sorted(one.method for one in self.margins if one.spend <= 0 or one.active <= 0)
        return f"{told} That is not more than every plain grouping: {', '.join(better)}."
