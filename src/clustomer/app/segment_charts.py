"""Charts of the segments: map, profiles, sizes, evidence, the classifier's matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from clustomer.app.charts import (
    MARKED,
    Chart,
    Theme,
    Trace,
    axis,
    colours,
    diverging,
    faded,
    heading,
    layout,
    plain_text,
    rising,
)
from clustomer.app.view import View
from clustomer.matrix.matrix import Floats
from clustomer.report.segment_plots import STRONG, shown_in_detail, telling
from clustomer.report.style import SUPPRESS_BELOW, label, percent, segment_colour
from clustomer.runs import Measured
from clustomer.segments.describe import format_value
from clustomer.segments.segment import Segment

HIDDEN: Final = {
    "showgrid": False,
    "zeroline": False,
    "showticklabels": False,
    "showspikes": False,
}


def segment_map(view: View, theme: Theme, dimensions: int = 2) -> Chart:
    """Draw the sample on its first two or three principal components."""
    spatial = dimensions == 3
    data = [_cloud(view, at, spatial=spatial) for at in range(len(view.segments))]
    shares = view.map.explained[:dimensions]
    titles = [
        f"mostly {_named(view.map.mostly[at])} ({percent(share)})"
        for at, share in enumerate(shares)
    ]
    says = (
        f"Map of {len(view.dots):,} {view.noun}: near means alike. Its {dimensions} axes keep "
        f"{percent(sum(shares))} of the variance."
    )
    drawn = layout(theme, 560 if spatial else 520)
    if spatial:
        drawn["scene"] = {
            name: {
                **axis(theme, f"{number}: {_named(view.map.mostly[number - 1])}"),
                "showticklabels": False,
                "backgroundcolor": "rgba(0,0,0,0)",
            }
            for number, name in enumerate(("xaxis", "yaxis", "zaxis"), start=1)
        }
        for one in drawn["scene"].values():
            one.pop("automargin")
            one.pop("fixedrange")
        drawn["margin"] = {"l": 0, "r": 0, "t": 0, "b": 0}
        drawn["legend"] = {"orientation": "h", "y": 0, "x": 0, "itemsizing": "constant"}
        return Chart(tuple(data), drawn, says)
    drawn["xaxis"] = axis(theme, f"→ {titles[0]}", **HIDDEN)
    drawn["yaxis"] = axis(theme, f"↑ {titles[1]}", **HIDDEN)
    return Chart(tuple(data), drawn, says)


def _named(features: Sequence[str]) -> str:
    return " and ".join(label(one).lower() for one in features)


def _cloud(view: View, position: int, *, spatial: bool) -> Trace:
    segment = view.segments[position]
    rows = view.dots[view.positions[view.dots] == position]
    where = view.on_map(view.matrix.values[rows])
    # An extreme customer is a person: hovering tells the segment and rounded values, never the id.
    asked = [
        name for name in view.run.model.preparation.inputs if view.features[name].unit != "category"
    ]
    shown = asked[:4]
    texts = [
        "<br>".join(
            f"{label(name)}: {format_value(float(f'{value:.2g}'), view.features[name].unit)}"
            for name, value in zip(shown, line, strict=True)
            if np.isfinite(value)
        )
        for line in zip(*(view.values(name, rows) for name in shown), strict=True)
    ]
    name = plain_text(f"{segment.id} {segment.name}")
    trace: Trace = {
        "type": "scatter3d" if spatial else "scatter",
        "mode": "markers",
        "name": name,
        "x": where[:, 0].round(3),
        "y": where[:, 1].round(3),
        "text": texts,
        "hovertemplate": f"<b>{name}</b><br>%{{text}}<extra></extra>",
        "marker": {
            "color": segment_colour(position),
            "size": 3 if spatial else 6,
            "opacity": 0.75,
            "line": {"width": 0},
        },
    }
    if spatial:
        trace["z"] = where[:, 2].round(3)
    return trace


def marked_map(chart: Chart, where: Floats, position: int, theme: Theme) -> Chart:
    """The map with one customer marked and the other segments faint.

    Parameters
    ----------
    where
        float64, shape (3,): the customer on the map.
    position
        The customer's segment.
    """
    # Without the texts of 1,500 dots the answer comes in half the time.
    data = [
        {
            **{name: value for name, value in trace.items() if name != "text"},
            "hovertemplate": f"{trace['name']}<extra></extra>",
            "marker": {**trace["marker"], "opacity": 0.8 if at == position else 0.15},
        }
        for at, trace in enumerate(chart.data)
    ]
    paint = colours(theme)
    star = {
        "type": "scatter",
        "mode": "markers",
        "name": MARKED,
        "x": [float(where[0])],
        "y": [float(where[1])],
        "hovertemplate": f"<b>{MARKED}</b><extra></extra>",
        "marker": {
            "symbol": "star",
            "size": 20,
            "color": segment_colour(position),
            "line": {"width": 2, "color": paint["ink"]},
        },
    }
    return Chart(
        (*data, star), {**chart.layout, "height": 420}, f"{chart.says} The customer is marked."
    )


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
        "text": notes,
        "texttemplate": "%{z:+.1f}",
        "hovertemplate": "%{text}<br>%{z:+.2f} standard deviations from all<extra></extra>",
    }
    says = "Profiles: " + "; ".join(f"{one.name}: {_strongest(one)}" for _, one in shown)
    drawn = layout(
        theme,
        80 + 34 * max(len(names), 1),
        xaxis=axis(theme, side="top", showgrid=False),
        yaxis=axis(theme, autorange="reversed", showgrid=False),
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


def sizes(segments: Sequence[Segment], noun: str, theme: Theme) -> Chart:
    """Draw each segment's share of customers beside its share of spend."""
    names = [plain_text(f"{one.id} {one.name}") for one in segments]
    own = [segment_colour(at) for at in range(len(segments))]
    light = [faded(at, 0.4) for at in range(len(segments))]
    spend = any(one.spend_share is not None for one in segments)
    bars = [("of " + noun, [one.share for one in segments], light)]
    if spend:
        bars.append(("of spend", [one.spend_share or 0.0 for one in segments], own))
    data: list[Trace] = [
        {
            "type": "bar",
            "orientation": "h",
            "name": what,
            "y": names,
            "x": shares,
            "text": [f"{percent(share)} {what}" for share in shares],
            "textposition": "auto",
            "insidetextanchor": "start",
            "marker": {"color": paint},
            "hovertemplate": "<b>%{y}</b><br>%{text}<extra></extra>",
        }
        for what, shares, paint in bars
    ]
    says = "Sizes: " + "; ".join(
        f"{one.name} {percent(one.share)} of {noun}"
        + (f", {percent(one.spend_share)} of spend" if one.spend_share is not None else "")
        for one in segments
    )
    drawn = layout(
        theme,
        60 + (64 if spend else 44) * len(segments),
        xaxis=axis(theme, tickformat=".0%", rangemode="tozero"),
        yaxis=axis(theme, autorange="reversed", showgrid=False),
        bargap=0.25,
        showlegend=False,
    )
    return Chart(tuple(data), drawn, says)


MEASURES: Final[Mapping[str, tuple[str, str]]] = {
    "inertia": ("Elbow: inertia", "look for the bend"),
    "silhouette": ("Silhouette", "higher is better"),
    "stability": ("Stability", "higher is better"),
    "davies_bouldin": ("Davies-Bouldin", "lower is better"),
    "calinski_harabasz": ("Calinski-Harabasz", "higher is better"),
    "gain": ("Gain of the last group", "above 1 is real"),
}
"""Columns of the evidence that are drawn: title and how to read it."""


def evidence(rows: Sequence[Measured], measure: str, k: int, theme: Theme) -> Chart:
    """Draw one measure of the evidence by number of segments, the number taken marked."""
    title, hint = MEASURES[measure]
    paint = colours(theme)
    points = [
        (number, value)
        for one in rows
        if isinstance(number := one.get("k"), float)
        and isinstance(value := one.get(measure), float)
        if np.isfinite(value)
    ]
    taken = [point for point in points if point[0] == k]
    line: Trace = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": title,
        "x": [at for at, _ in points],
        "y": [value for _, value in points],
        "line": {"color": paint["low"], "width": 2},
        "marker": {"size": 7, "color": paint["low"]},
        "hovertemplate": "%{x:.0f} segments: %{y:,.3~g}<extra></extra>",
    }
    dot: Trace = {
        "type": "scatter",
        "mode": "markers",
        "name": "taken",
        "x": [at for at, _ in taken],
        "y": [value for _, value in taken],
        "marker": {"size": 13, "color": paint["high"]},
        "hovertemplate": "%{x:.0f} segments (taken): %{y:,.3~g}<extra></extra>",
    }
    drawn = layout(
        theme,
        230,
        annotations=[heading(f"{title} ({hint})")],
        margin={"l": 8, "r": 8, "t": 34, "b": 8},
        showlegend=False,
        xaxis=axis(theme, dtick=1, showgrid=False),
        yaxis=axis(theme, nticks=4),
    )
    told = ", ".join(f"{at:.0f}: {value:.3g}" for at, value in points)
    return Chart((line, dot), drawn, f"{title} by number of segments, {k} taken. {told}.")


def confusion(
    rows: Sequence[Mapping[str, str]], segments: Sequence[Segment], theme: Theme
) -> Chart:
    """Draw the confusion matrix: rows by clustering, columns as the classifier answers."""
    by_name = {row["clustering"]: row for row in rows}
    names = [one.name for one in segments]
    counts = np.array(
        [[int(by_name.get(row, {}).get(column, 0)) for column in names] for row in names]
    )
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ids = [plain_text(one.id) for one in segments]
    trace: Trace = {
        "type": "heatmap",
        "x": ids,
        "y": ids,
        "z": shares,
        "zmin": 0,
        "zmax": 1,
        "colorscale": rising(theme),
        "showscale": False,
        "xgap": 3,
        "ygap": 3,
        "customdata": counts,
        "texttemplate": "%{z:.0%}",
        "hovertemplate": "clustering %{y}, classifier %{x}: %{customdata:,}<extra></extra>",
    }
    drawn = layout(
        theme,
        120 + 52 * len(names),
        xaxis=axis(theme, "what the classifier answers", side="top", showgrid=False),
        yaxis=axis(theme, "segment by clustering", autorange="reversed", showgrid=False),
        margin={"l": 8, "r": 8, "t": 60, "b": 8},
    )
    agreed = float(np.trace(counts)) / max(int(counts.sum()), 1)
    return Chart((trace,), drawn, f"Confusion matrix: {percent(agreed)} on the diagonal.")


def importances(rows: Sequence[tuple[str, float]], theme: Theme) -> Chart:
    """Draw what the classifier looks at most, as bars."""
    paint = colours(theme)
    shown = list(rows[:10])
    trace: Trace = {
        "type": "bar",
        "orientation": "h",
        "x": [share for _, share in shown],
        "y": [plain_text(label(name)) for name, _ in shown],
        "marker": {"color": paint["low"]},
        "hovertemplate": "%{y}: %{x:.0%}<extra></extra>",
    }
    drawn = layout(
        theme,
        70 + 30 * len(shown),
        xaxis=axis(theme, tickformat=".0%"),
        yaxis=axis(theme, autorange="reversed", showgrid=False),
        showlegend=False,
    )
    told = ", ".join(f"{name} {percent(share)}" for name, share in shown[:3])
    return Chart((trace,), drawn, f"What the classifier looks at most: {told}.")


def too_small(segment: Segment) -> bool:
    """Whether a segment is too small to be shown in detail."""
    return segment.customers < SUPPRESS_BELOW


def mix(rows: Sequence[tuple[str, int, float]], theme: Theme) -> Chart:
    """Draw how many placed customers fall into each segment: (name, customers, share)."""
    trace: Trace = {
        "type": "bar",
        "orientation": "h",
        "y": [plain_text(name) for name, _, _ in rows],
        "x": [count for _, count, _ in rows],
        "text": [f"{count:,} ({percent(share)})" for _, count, share in rows],
        "textposition": "auto",
        "marker": {"color": [segment_colour(at) for at in range(len(rows))]},
        "hovertemplate": "%{y}: %{text}<extra></extra>",
    }
    drawn: dict[str, Any] = layout(
        theme,
        60 + 44 * len(rows),
        xaxis=axis(theme, rangemode="tozero"),
        yaxis=axis(theme, autorange="reversed", showgrid=False),
        showlegend=False,
    )
    told = "; ".join(f"{name}: {count:,}" for name, count, _ in rows)
    return Chart((trace,), drawn, f"Placed by segment: {told}.")
