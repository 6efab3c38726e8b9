"""Drawings of a validation: what groupings explain, and what segments did."""

from __future__ import annotations

from typing import Final

from clustomer.report.axes import Axis, tick_labels
from clustomer.report.drawing import Drawing, Line, Mark, Rect, Text, points, shortened
from clustomer.report.style import number, percent
from clustomer.validation.result import Validation

_LEFT: Final = 190.0
_LONG: Final = 420.0


def explained(made: Validation) -> Drawing:
    """Draw eta squared of each grouping as two bars."""
    values = [value for one in made.scores for value in (one.spend, one.active)]
    axis = Axis(0.0, max([*values, 0.05]) * 1.12, _LEFT, _LEFT + _LONG)
    top, pitch = 8.0, 58.0
    bottom = top + pitch * len(made.scores)
    marks: list[Mark] = []
    for tick, label in zip(axis.ticks(), tick_labels(axis.ticks()), strict=True):
        x = axis.pixel(tick)
        marks.append(Line(points([x, x], [top, bottom]), "grid", 1.0))
        marks.append(Text(x, bottom + 18, label, size=11.0, anchor="middle"))
    for row, one in enumerate(made.scores):
        y, fill = top + row * pitch + 6, "low" if row == 0 else "muted"
        marks.append(Text(_LEFT - 12, y + 25, one.method, "ink", 13.0, anchor="end", bold=row == 0))
        pairs = ((one.spend, 1.0, "log spend"), (one.active, 0.5, "ordered"))
        for place, (value, opacity, what) in enumerate(pairs):
            at = y + place * 22
            marks.append(
                Rect(_LEFT, at, max(axis.pixel(value) - _LEFT, 1.0), 18.0, fill, opacity, 3.0)
            )
            text = f"{value:.3f} {what}"
            marks.append(Text(axis.pixel(value) + 7, at + 13.5, text, size=11.5))
    says = "Share explained by each grouping: " + "; ".join(
        f"{one.method} {one.spend:.3f} of log spend, {one.active:.3f} of having ordered"
        for one in made.scores
    )
    return Drawing(_LEFT + _LONG + 90, bottom + 26, tuple(marks), says)


def futures(made: Validation) -> Drawing:
    """Draw, for each segment, the share who ordered and what they spent against what was told."""
    left, half, gap = 220.0, 210.0, 120.0
    shown = [(place, one) for place, one in enumerate(made.segments) if one.spend is not None]
    most = max(
        [value for _, one in shown for value in (one.spend, one.expected_spend) if value] or [1.0]
    )
    share = Axis(0.0, 1.0, left, left + half)
    money = Axis(0.0, most, left + half + gap, left + 2 * half + gap)
    told = any(one.expected_spend is not None for _, one in shown)
    marks: list[Mark] = [
        Text(left, 14.0, "Ordered again", "ink", 12.5, bold=True),
        Text(
            left + half + gap,
            14.0,
            "Spent, and expected (line)" if told else "Spent",
            "ink",
            12.5,
            bold=True,
        ),
    ]
    for row, (place, one) in enumerate(shown):
        y = 28.0 + row * 40
        name = f"{one.segment_id}  {shortened(one.name, 26)}"
        marks.append(Text(0.0, y + 17, name, "ink", 12.5))
        ends = ((share, one.active or 0.0, percent(one.active)), (money, one.spend or 0.0, ""))
        for axis, value, text in ends:
            marks.append(Rect(axis.start, y, half, 24.0, "grid", 0.4, radius=3.0))
            wide = max(axis.pixel(value) - axis.start, 1.0)
            marks.append(Rect(axis.start, y, wide, 24.0, f"s{place}", 1.0, 3.0))
            shown_text = text or number(value)
            marks.append(Text(axis.start + half + 8, y + 17, shown_text, "ink", 12.0))
        if one.expected_spend is not None:
            x = money.pixel(one.expected_spend)
            marks.append(Line(points([x, x], [y - 4, y + 28]), "ink", 2.5))
    says = "What each segment did: " + "; ".join(
        f"{one.name}: {percent(one.active)} ordered, spent {number(one.spend)} on average"
        for _, one in shown
    )
    return Drawing(left + 2 * half + gap + 90, 40.0 + 40 * len(shown), tuple(marks), says)
