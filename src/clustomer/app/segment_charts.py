"""Charts of the segments: profiles as a heat map and as lines, the mix of placed ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clustomer.app.charts import (
    Chart,
    Theme,
    Trace,
    axis,
    bars,
    diverging,
    layout,
    names_axis,
    plain_text,
    signed,
)
from clustomer.report.segment_plots import STRONG, shown_in_detail, telling
from clustomer.report.style import SUPPRESS_BELOW, label, percent, segment_colour
from clustomer.segments.describe import format_value
from clustomer.segments.segment import Segment


def profile_heatmap(segments: Sequence[Segment], theme: Theme) -> Chart:
    """Draw how far each segment's mean lies from that of all: a row a feature."""
    shown = shown_in_detail(segments)
    names = telling(segments)
    effects = np.array([[_effect(one, name) for _, one in shown] for name in names])
    effects = effects.reshape(len(names), len(shown))
    notes = [
        [f"{plain_text(one.name)}<br>{label(name)}: {_mean(one, name)}" for _, one in shown]
        for name in names
    ]
    trace: Trace = {
        "type": "heatmap",
        "x": [plain_text(one.id) for _, one in shown],
        "y": [plain_text(label(name)) for name in names],
        "z": effects,
        "zmin": -STRONG,
        "zmax": STRONG,
        "colorscale": diverging(theme),
        "showscale": False,
        "xgap": 3,
        "ygap": 3,
        "text": [[signed(effect) for effect in line] for line in effects.tolist()],
        "texttemplate": "%{text}",
        "hovertext": notes,
        "hovertemplate": "%{hovertext}<br>%{text} standard deviations from all<extra></extra>",
    }
    says = "Profiles: " + "; ".join(f"{one.name}: {_strongest(one)}" for _, one in shown)
    drawn = layout(
        theme,
        80 + 34 * max(len(names), 1),
        xaxis=axis(theme, side="top", showgrid=False),
        yaxis=names_axis(theme),
    )
    return Chart((trace,), drawn, says)


def _strongest(segment: Segment) -> str:
    ranked = sorted(segment.numbers, key=lambda number: -abs(number.effect))[:3]
    return ", ".join(f"{label(one.feature).lower()} {one.level}" for one in ranked)


def _mean(segment: Segment, feature: str) -> str:
    for one in segment.numbers:
        if one.feature == feature:
            own, every = format_value(one.mean, one.unit), format_value(one.overall_mean, one.unit)
            return f"{own} (all: {every})"
    return "unknown"


def _effect(segment: Segment, feature: str) -> float:
    return next((one.effect for one in segment.numbers if one.feature == feature), 0.0)


def snake(segments: Sequence[Segment], theme: Theme) -> Chart:
    """Draw each segment as a line over the features."""
    names = telling(segments)
    data: list[Trace] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": plain_text(f"{one.id} {one.name}"),
            "x": [_effect(one, name) for name in names],
            "y": [plain_text(label(name)) for name in names],
            "text": [_mean(one, name) for name in names],
            "hovertemplate": "<b>%{fullData.name}</b><br>%{y}: %{text}<extra></extra>",
            "line": {"color": segment_colour(at), "width": 2},
            "marker": {"size": 9, "color": segment_colour(at)},
        }
        for at, one in shown_in_detail(segments)
    ]
    drawn = layout(
        theme,
        140 + 32 * max(len(names), 1),
        xaxis=axis(theme, "standard deviations from the average of all"),
        yaxis=axis(theme, autorange="reversed"),
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return Chart(tuple(data), drawn, "Snake plot: each segment's distance from all by feature.")


def mix(rows: Sequence[tuple[str, int, float]], theme: Theme) -> Chart:
    """Draw how many placed customers fall into each segment: (name, customers, share)."""
    trace = bars(
        [name for name, _, _ in rows],
        [count for _, count, _ in rows],
        [f"{count:,} ({percent(share)})" for _, count, share in rows],
        [segment_colour(at) for at in range(len(rows))],
        theme,
    )
    drawn = layout(
        theme,
        60 + 44 * len(rows),
        xaxis=axis(theme, rangemode="tozero", separatethousands=True),
        yaxis=names_axis(theme),
        showlegend=False,
    )
    told = "; ".join(f"{name}: {count:,}" for name, count, _ in rows)
    return Chart((trace,), drawn, f"Placed by segment: {told}.")


def too_small(segment: Segment) -> bool:
    """Whether a segment is too small to be shown in detail."""
    return segment.customers < SUPPRESS_BELOW
