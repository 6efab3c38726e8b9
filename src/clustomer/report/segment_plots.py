"""Drawings of the segments: sizes, profiles, the classifier's confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from clustomer.report.axes import Axis
from clustomer.report.drawing import Dots, Drawing, Line, Mark, Rect, Text, points, shortened
from clustomer.report.style import SUPPRESS_BELOW, label, percent, text_on
from clustomer.segments.segment import Segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRONG: Final = 1.5
"""Effect, in standard deviations, at which a heat map's colour is full."""

WEAK: Final = 0.2
"""Effect below which a difference is not worth a number."""

MOST_ROWS: Final = 20


def shown_in_detail(segments: Sequence[Segment]) -> list[tuple[int, Segment]]:
    """Segments that are large enough for their profiles to be shown, with their positions."""
    return [(i, s) for i, s in enumerate(segments) if s.customers >= SUPPRESS_BELOW]


def telling(segments: Sequence[Segment]) -> list[str]:
    """Features in which some segment differs enough to be drawn, in the order of the profile."""
    largest: dict[str, float] = {}
    for _, segment in shown_in_detail(segments):
        for number in segment.numbers:
            largest[number.feature] = max(largest.get(number.feature, 0.0), abs(number.effect))
    return [name for name, effect in largest.items() if effect >= WEAK][:MOST_ROWS]


def sizes(segments: Sequence[Segment], noun: str) -> Drawing:
    """Draw each segment's share of customers beside its share of spend."""
    shares = [s.share for s in segments] + [s.spend_share or 0.0 for s in segments]
    widest = max(max(shares, default=1.0), 1e-9)
    spend = any(s.spend_share is not None for s in segments)
    pitch = (78.0 if len(segments) < 7 else 64.0) if spend else 54.0
    marks: list[Mark] = []
    for position, segment in enumerate(segments):
        y, colour = position * pitch, f"s{position}"
        marks.append(
            Text(
                0.0, y + 14, f"{segment.id}  {shortened(segment.name, 46)}", "ink", 13.0, bold=True
            )
        )
        marks += _bar(y + 22, segment.share, widest, colour, 0.42, f"of {noun}")
        if segment.spend_share is not None:
            marks += _bar(y + 43, segment.spend_share, widest, colour, 1.0, "of spend")
    told = "; ".join(
        f"{s.name}: {percent(s.share)} of {noun}"
        + (f", {percent(s.spend_share)} of spend" if s.spend_share is not None else "")
        for s in segments
    )
    return Drawing(470.0, len(segments) * pitch, tuple(marks), f"Sizes of the segments. {told}.")


def _bar(y: float, share: float, widest: float, fill: str, opacity: float, of: str) -> list[Mark]:
    long = max(330.0 * share / widest, 2.0)
    return [
        Rect(0.0, y, long, 17.0, fill, opacity, radius=3.0),
        Text(long + 8, y + 13, f"{percent(share)} {of}", size=11.5),
    ]


def _room(names: Sequence[str]) -> float:
    """Room for the features' names, in pixels."""
    return 16.0 + 7.0 * min(max((len(name) for name in names), default=0), 26)


def profiles(segments: Sequence[Segment]) -> Drawing:
    """Draw a heat map: a row per feature, a column per segment, the effect in each cell."""
    shown = shown_in_detail(segments)
    names = telling(segments)
    cell, high, left, top = 58.0, 30.0, _room(names), 34.0
    marks: list[Mark] = []
    words: list[Mark] = []
    for column, (position, segment) in enumerate(shown):
        x = left + column * cell
        marks.append(Rect(x + 8, 4.0, cell - 18, 20.0, f"s{position}", radius=10.0))
        words.append(
            Text(x + cell / 2 - 1, 18.5, segment.id, text_on(position), 12.0, "middle", bold=True)
        )
        effects = {n.feature: n.effect for n in segment.numbers}
        for row, name in enumerate(names):
            y, effect = top + row * high, effects.get(name, 0.0)
            depth = min(abs(effect) / STRONG, 1.0)
            tone = "high" if effect > 0 else "low"
            marks.append(Rect(x, y, cell - 2, high - 2, "grid", 0.4, radius=3.0))
            marks.append(Rect(x, y, cell - 2, high - 2, tone, depth, radius=3.0))
            if abs(effect) >= WEAK:
                fill = "white" if depth > 0.7 else "ink"
                text = f"{effect:+.1f}".replace("-", "−")
                words.append(Text(x + cell / 2 - 1, y + 18.5, text, fill, 11.5, "middle"))
    words += [
        Text(left - 10, top + row * high + 18.5, shortened(label(name), 26), "ink", 12.0, "end")
        for row, name in enumerate(names)
    ]
    says = (
        "Profile heat map: how far each segment's mean lies from that of all, "
        "in standard deviations."
    )
    size = (left + max(len(shown), 1) * cell, top + len(names) * high)
    return Drawing(*size, (*marks, *words), says)


def snake(segments: Sequence[Segment]) -> Drawing:
    """Draw each segment's effects as a line down the features."""
    shown = shown_in_detail(segments)
    names = telling(segments)
    effects = [[_effect(s, name) for name in names] for _, s in shown]
    reach = min(max((abs(e) for line in effects for e in line), default=1.0) * 1.08, 4.0) or 1.0
    left, top, pitch = _room(names), 26.0, 30.0
    right = left + 290.0
    across = Axis(-reach, reach, left, right)
    bottom = top + max(len(names) - 1, 0) * pitch
    marks: list[Mark] = []
    for tick in across.ticks(4):
        x = across.pixel(tick)
        marks.append(
            Line(points([x, x], [top - 10, bottom + 10]), "soft" if tick == 0 else "grid", 1.0)
        )
    y = top + pitch * np.arange(len(names), dtype=np.float64)
    for (position, _), line in zip(shown, effects, strict=True):
        where = points(across.at(np.clip(line, -reach, reach)), y)
        if len(where) > 1:
            marks.append(Line(where, f"s{position}", 1.6, 0.5))
        if len(where):
            marks.append(Dots(where, 5.0, f"s{position}"))
    marks += [
        Text(
            across.pixel(tick),
            bottom + 28,
            f"{tick:+g}".replace("-", "−") if tick else "average",
            size=11.0,
            anchor="middle",
        )
        for tick in across.ticks(4)
    ]
    marks += [
        Text(left - 12, top + row * pitch + 4, shortened(label(name), 26), "ink", 12.0, "end")
        for row, name in enumerate(names)
    ]
    says = (
        "Snake plot: each segment's distance from all customers by feature, in standard deviations."
    )
    return Drawing(right + 14.0, bottom + 36.0, tuple(marks), says)


def _effect(segment: Segment, feature: str) -> float:
    return next((n.effect for n in segment.numbers if n.feature == feature), 0.0)


def legend(segments: Sequence[Segment], width: float = 484.0) -> Drawing:
    """Draw the key of colours for drawings that stand alone."""
    columns = max(1, int(width // 235))
    marks: list[Mark] = []
    for position, segment in enumerate(segments):
        x, y = (position % columns) * 235.0, (position // columns) * 22.0
        marks.append(Rect(x, y + 4, 12.0, 12.0, f"s{position}", radius=6.0))
        marks.append(
            Text(x + 18, y + 14, f"{segment.id} {shortened(segment.name, 26)}", "ink", 11.5)
        )
    rows = -(-len(segments) // columns)
    return Drawing(width, rows * 22.0, tuple(marks), "Colours of the segments.")


def confusion(counts: NDArray[np.int64], names: Sequence[str]) -> Drawing:
    """Draw a confusion matrix: a row per segment of the clustering, a column per answer.

    Parameters
    ----------
    counts
        int64, shape (segments, segments), in the order in which segments are told.
    names
        Id of each segment.
    """
    cell, left, top = 58.0, 70.0, 52.0
    rows = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shares = counts / rows
    marks: list[Mark] = []
    words: list[Mark] = []
    for row, name in enumerate(names):
        x, y, colour = left + row * cell, top + row * cell, f"s{row}"
        marks.append(Rect(x + 8, top - 26, cell - 18, 20.0, colour, radius=10.0))
        words.append(
            Text(x + cell / 2 - 1, top - 11.5, name, text_on(row), 12.0, "middle", bold=True)
        )
        marks.append(Rect(left - 50, y + 18, 40.0, 20.0, colour, radius=10.0))
        words.append(Text(left - 30, y + 32.5, name, text_on(row), 12.0, "middle", bold=True))
        for column in range(len(names)):
            share = float(shares[row, column])
            x = left + column * cell
            tone = "low" if row == column else "high"
            marks.append(Rect(x, y, cell - 2, cell - 2, "grid", 0.4, radius=4.0))
            marks.append(Rect(x, y, cell - 2, cell - 2, tone, share, radius=4.0))
            if counts[row, column]:
                fill = "white" if share > 0.7 else "ink"
                words.append(Text(x + cell / 2 - 1, y + 33, percent(share), fill, 12.5, "middle"))
    words.append(Text(left, 14.0, "Segment the classifier answers →", size=11.5))
    words.append(
        Text(0.0, top + len(names) * cell + 14, "↓ rows: segment by the clustering", size=11.5)
    )
    size = left + len(names) * cell
    agreed = float(np.trace(counts)) / max(int(counts.sum()), 1)
    says = f"Confusion matrix: {percent(agreed)} on the diagonal."
    return Drawing(max(size, 280.0), top + len(names) * cell + 22.0, (*marks, *words), says)
