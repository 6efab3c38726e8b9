"""Charts of how well the segments were found: the evidence by number, the classifier's matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from clustomer.app.charts import (
    Chart,
    Theme,
    Trace,
    across,
    axis,
    colours,
    heading,
    layout,
    names_axis,
    plain_text,
    rising,
)
from clustomer.report.style import percent
from clustomer.runs import Measured
from clustomer.segments.segment import Segment

MEASURES: Final[Mapping[str, tuple[str, str]]] = {
    "inertia": ("Elbow: inertia", "look for the bend"),
    "silhouette": ("Silhouette", "higher is better"),
    "stability": ("Stability", "higher is better"),
    "davies_bouldin": ("Davies-Bouldin", "lower is better"),
    "calinski_harabasz": ("Calinski-Harabasz", "higher is better"),
    "gain": ("Gain of the last group", "above 1 is real"),
}
"""Columns of the evidence that are drawn: title and how to read it."""


def evidence(
    rows: Sequence[Measured], measure: str, k: int, theme: Theme, wanted: int | None = None
) -> Chart:
    """Draw one measure of the evidence by number of segments.

    The number taken is marked, and with a line the number `wanted` instead.
    """
    title, hint = MEASURES[measure]
    paint = colours(theme)
    points = measured(rows, measure)
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
        annotations=[heading(title, hint)],
        margin={"l": 8, "r": 8, "t": 50, "b": 8},
        showlegend=False,
        xaxis=axis(theme, dtick=1, showgrid=False),
        yaxis=axis(theme, nticks=4),
    )
    if wanted is not None and wanted != k:
        drawn["shapes"] = [across(wanted, theme)]
    told = ", ".join(f"{at:.0f}: {value:.3g}" for at, value in points)
    return Chart((line, dot), drawn, f"{title} by number of segments, {k} taken. {told}.")


def measured(rows: Sequence[Measured], measure: str) -> list[tuple[float, float]]:
    """Number of segments and value, where one was measured."""
    return [
        (number, value)
        for one in rows
        if isinstance(number := one.get("k"), float)
        and isinstance(value := one.get(measure), float)
        and np.isfinite(value)
    ]


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
    words = [[percent(share) for share in line] for line in shares.tolist()]
    notes = [
        [
            f"{plain_text(row)} by clustering,<br>{plain_text(column)} by the classifier: "
            f"{counts[down, across]:,} of {counts[down].sum():,}"
            for across, column in enumerate(names)
        ]
        for down, row in enumerate(names)
    ]
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
        "text": words,
        "texttemplate": "%{text}",
        "hovertext": notes,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    drawn = layout(
        theme,
        120 + 52 * len(names),
        xaxis=axis(theme, "what the classifier answers", side="top", showgrid=False),
        yaxis=names_axis(theme, "segment by clustering"),
        margin={"l": 8, "r": 8, "t": 60, "b": 8},
    )
    agreed = float(np.trace(counts)) / max(int(counts.sum()), 1)
    return Chart((trace,), drawn, f"Confusion matrix: {percent(agreed)} on the diagonal.")
