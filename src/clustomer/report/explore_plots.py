"""Drawings of the data as they are: distributions, correlations, the map, the evidence for k."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from clustomer.clustering.contract import Choice
from clustomer.features.feature import Feature
from clustomer.matrix.matrix import Floats
from clustomer.report.axes import Axis, round_values, tick_labels
from clustomer.report.content import ReportContent
from clustomer.report.drawing import Area, Dots, Drawing, Line, Mark, Rect, Text, points, shortened
from clustomer.report.style import compact, label, measured, number, percent, text_on
from clustomer.report.summaries import (
    GRID,
    Histogram,
    category_shares,
    correlation,
    density,
    histogram,
    is_skewed,
    principal_map,
    sampled,
    silverman,
    smeared,
    value_axis,
    without_nought,
)

PANEL: Final = (300.0, 184.0)
PAIRS_SHOWN: Final = 8
Pairs = tuple[tuple[str, str, float], ...]
"""(feature, other feature, correlation), strongest first."""

LEFT, RIGHT, TOP, BOTTOM = 2.0, 298.0, 44.0, 158.0


def distribution(content: ReportContent, feature: Feature) -> Drawing:
    """Draw a histogram of all customers, and the density of each segment within it."""
    values = sampled(content, feature.name)
    present = np.isfinite(values)
    middle = float(np.median(values[present])) if present.any() else math.nan
    blank = float(1 - present.mean())
    values, nought = without_nought(values)
    axis = value_axis(values, log=is_skewed(feature, values), start=LEFT, end=RIGHT)
    bars = histogram(values, axis)
    curves = _curves(content, values, axis)
    height = max([float(bars.density.max(initial=0.0)), *(float(c.max()) for c in curves)]) or 1.0
    up = Axis(0.0, height, BOTTOM, TOP)
    grid = np.linspace(LEFT, RIGHT, GRID)[::6]
    marks: list[Mark] = [_steps(bars, axis, up)]
    strokes = ["ink", *(f"s{i}" for i in range(len(content.segments)))]
    for curve, stroke in zip(curves, strokes, strict=True):
        if curve.max() > 0:
            width = 1.3 if stroke == "ink" else 1.8
            marks.append(Line(points(grid, up.at(curve[::6])), stroke, width))
    unit = feature.unit
    scale = ", log axis" if axis.log else ""
    scale += f", {percent(nought)} are 0 and left off" if nought else ""
    title = label(feature.name)
    marks += [
        *_x_axis(axis, percent=unit == "share"),
        Text(LEFT, 16.0, shortened(title, 34), "ink", 13.0, bold=True),
        Text(LEFT, 32.0, f"median {measured(middle, unit)}{scale}", size=11.0),
    ]
    says = (
        f"Distribution of {label(feature.name).lower()}{scale}: "
        f"median {measured(middle, unit)}, {percent(blank)} blank."
    )
    return Drawing(*PANEL, tuple(marks), says)


def _curves(content: ReportContent, values: Floats, axis: Axis) -> list[Floats]:
    # The segments' densities are weighted by their shares: together they make the first curve.
    present = np.isfinite(values)
    low, high = axis.scaled(np.array([axis.low, axis.high]))
    width = float(high - low)
    labels = content.labels[content.sample][present]
    curves = []
    for segment in content.segments:
        own = axis.scaled(smeared(values[present][labels == segment.cluster]))
        bandwidth = float(np.clip(silverman(own), width / 100, width / 8))
        share = len(own) / max(len(labels), 1)
        curves.append(density(own, low, high, bandwidth) * share)
    whole: Floats = np.sum(curves, axis=0) if curves else np.zeros(GRID)
    return [whole, *curves]


def _steps(bars: Histogram, axis: Axis, up: Axis) -> Area:
    x = np.clip(np.repeat(axis.at(bars.edges), 2), LEFT, RIGHT)
    y = np.concatenate([[BOTTOM], np.repeat(up.at(bars.density), 2), [BOTTOM]])
    return Area(points(x, y), "soft", 0.55)


def _x_axis(axis: Axis, *, percent: bool = False) -> list[Mark]:
    marks: list[Mark] = [Line(points([LEFT, RIGHT], [BOTTOM, BOTTOM]), "soft", 1.0)]
    ticks = axis.ticks()
    for tick, words in zip(ticks, tick_labels(ticks, percent=percent), strict=True):
        x = axis.pixel(tick)
        half = 3.4 * len(words)
        inner = min(max(x, LEFT + half), RIGHT - half)
        marks.append(Text(inner, BOTTOM + 17, words, anchor="middle", size=11.0))
        marks.append(Line(points([x, x], [BOTTOM, BOTTOM + 4]), "soft", 1.0))
    return marks


def category_bars(content: ReportContent, feature: Feature) -> Drawing:
    """Draw the shares of a category's values."""
    shares = category_shares(content.table.column(feature.name))
    marks: list[Mark] = [
        Text(LEFT, 16.0, shortened(label(feature.name), 30), "ink", 13.0, bold=True)
    ]
    widest = max((share for _, share in shares), default=1.0)
    for row, (value, share) in enumerate(shares):
        y = 32.0 + row * 20.0
        marks += [
            Text(LEFT, y + 12, shortened(value, 17), "ink", 11.0),
            Rect(112.0, y + 2, max(144.0 * share / widest, 1.0), 12.0, "soft", radius=2.0),
            Text(118.0 + 144.0 * share / widest, y + 12, percent(share), size=11.0),
        ]
    told = ", ".join(f"{value} {percent(share)}" for value, share in shares)
    says = f"Shares of {label(feature.name).lower()}: {told or 'too few customers to show'}."
    return Drawing(*PANEL, tuple(marks), says)


def correlations(content: ReportContent, features: Sequence[Feature]) -> tuple[Drawing, Pairs]:
    """Draw the correlation of every pair, and give the strongest."""
    columns = []
    for feature in features:
        values = sampled(content, feature.name)
        axis = value_axis(values, log=is_skewed(feature, values), start=0.0, end=1.0)
        columns.append(axis.scaled(values))
    matrix = correlation(columns)
    cell, top = 38.0, 8.0
    marks: list[Mark] = []
    numbers: list[Mark] = []
    for row, feature in enumerate(features):
        y = top + row * cell
        for column in range(row):
            value = float(matrix[row, column])
            tone = "high" if value > 0 else "low"
            x = column * cell
            marks.append(Rect(x, y, cell - 2, cell - 2, "grid", 0.45, radius=3.0))
            marks.append(Rect(x, y, cell - 2, cell - 2, tone, min(abs(value), 1.0), radius=3.0))
            if abs(value) >= 0.1:
                fill = "white" if abs(value) > 0.7 else "ink"
                text = f"{value:.1f}".replace("0.", ".").replace("-", "−")
                numbers.append(Text(x + cell / 2 - 1, y + 23, text, fill, 11.0, "middle"))
        name = Text(row * cell + 4, y + 23, label(feature.name), "ink", 12.0)
        numbers.append(name)
    size = len(features) * cell
    pairs = _strongest(matrix, features)
    told = "; ".join(f"{one} and {other} {value:+.2f}" for one, other, value in pairs[:2])
    says = f"Correlation heat map. Strongest: {told}."
    return Drawing(size + 110.0, top + size, (*marks, *numbers), says), pairs


def _strongest(matrix: Floats, features: Sequence[Feature]) -> Pairs:
    pairs = [
        (features[column].name, features[row].name, float(matrix[row, column]))
        for row in range(len(features))
        for column in range(row)
    ]
    return tuple(sorted(pairs, key=lambda pair: -abs(pair[2]))[:PAIRS_SHOWN])


def pca_map(content: ReportContent) -> tuple[Drawing, tuple[float, ...]]:
    """Draw the sample on its first two principal components; also give their explained variance."""
    found = principal_map(content.matrix, content.sample)
    width, height, left, right, top, bottom = 480.0, 444.0, 0.0, 480.0, 0.0, 398.0
    ends = np.quantile(found.where, [0.002, 0.998], axis=0)
    pad = 0.06 * np.maximum(ends[1] - ends[0], 1e-9)
    across = Axis(float(ends[0, 0] - pad[0]), float(ends[1, 0] + pad[0]), left, right)
    up = Axis(float(ends[0, 1] - pad[1]), float(ends[1, 1] + pad[1]), bottom, top)
    where = points(across.at(found.where[:, 0]), up.at(found.where[:, 1]))
    inside = (
        (where[:, 0] > left) & (where[:, 0] < right) & (where[:, 1] > top) & (where[:, 1] < bottom)
    )
    labels = content.labels[content.sample]
    marks: list[Mark] = [Rect(left, top, right - left, bottom - top, "grid", 0.3, radius=6.0)]
    # Segments take turns in small groups, so that the last one does not cover the others.
    turns = np.arange(len(where)) % 6
    for turn in range(6):
        for position, segment in enumerate(content.segments):
            own = where[inside & (labels == segment.cluster) & (turns == turn)]
            if len(own):
                marks.append(Dots(own, 2.3, f"s{position}", 0.6))
    for position, segment in enumerate(content.segments):
        own = where[labels == segment.cluster]
        if len(own):
            x, y = (float(v) for v in np.median(own, axis=0))
            marks += _badge(x, y, segment.id, position)
    marks += [
        Text(left, bottom + 21, "→ " + _axis_title("1", found.explained[0], found.mostly[0])),
        Text(left, bottom + 39, "↑ " + _axis_title("2", found.explained[1], found.mostly[1])),
    ]
    says = (
        f"Map of {len(content.sample):,} {content.noun} on the first two principal components, "
        f"coloured by segment; they explain {percent(sum(found.explained))} of the variance."
    )
    return Drawing(width, height, tuple(marks), says), found.explained


def _badge(x: float, y: float, text: str, position: int) -> list[Mark]:
    w = 10.0 + 8.0 * len(text)
    return [
        Rect(x - w / 2 - 1.5, y - 11.5, w + 3, 23.0, "paper", 0.95, radius=11.5),
        Rect(x - w / 2, y - 10.0, w, 20.0, f"s{position}", radius=10.0),
        Text(x, y + 4.5, text, text_on(position), 12.0, "middle", bold=True),
    ]


def _axis_title(which: str, explained: float, mostly: Sequence[str]) -> str:
    words = ", ".join(label(name).lower() for name in mostly)
    return f"Component {which}, {percent(explained)} of variance: mostly {words}"


def evidence_panels(choice: Choice) -> list[Drawing]:
    """Draw each measure over k, with the number taken marked; none without evidence for it."""
    rows = [e for e in choice.evidence if e.algorithm == choice.algorithm]
    if not rows:
        return []
    k = [float(e.k) for e in rows]
    return [
        _measure(choice.k, k, [e.inertia for e in rows], "Inertia (elbow)", "look for the bend"),
        _measure(choice.k, k, [e.silhouette for e in rows], "Silhouette", "higher is better"),
        _measure(
            choice.k, k, [e.davies_bouldin for e in rows], "Davies-Bouldin", "lower is better"
        ),
        _measure(
            choice.k,
            k,
            [e.stability for e in rows],
            "Stability",
            "higher is better",
            [e.stability_low for e in rows],
        ),
    ]


def _measure(
    taken: int,
    k: list[float],
    values: list[float],
    title: str,
    hint: str,
    lows: list[float] | None = None,
) -> Drawing:
    every = [v for v in [*values, *(lows or [])] if math.isfinite(v)]
    wide, left, right, top, bottom = 440.0, 44.0, 428.0, 36.0, 160.0
    low, high = (min(every), max(every)) if every else (0.0, 1.0)
    pad = 0.08 * (high - low) or 0.5
    up = Axis(low - pad, high + pad, bottom, top)
    across = Axis(min(k), max(k), left, right)
    marks: list[Mark] = []
    for tick in round_values(up.low, up.high, 3):
        y = up.pixel(tick)
        marks.append(Line(points([left - 6, right + 6], [y, y]), "grid", 1.0))
        marks.append(Text(left - 10, y + 4, compact(tick), anchor="end", size=11.0))
    shown = [
        (across.pixel(x), up.pixel(v), x)
        for x, v in zip(k, values, strict=True)
        if math.isfinite(v)
    ]
    if lows is not None:
        ends = [
            (across.pixel(x), up.pixel(v)) for x, v in zip(k, lows, strict=True) if math.isfinite(v)
        ]
        band = [(x, y) for x, y, _ in shown] + ends[::-1]
        if len(band) > 2:
            marks.append(Area(np.array(band), "low", 0.16))
    line = np.array([(x, y) for x, y, _ in shown]).reshape(-1, 2)
    mark = across.pixel(float(taken))
    marks.append(Line(points([mark, mark], [top - 6, bottom + 4]), "high", 1.3, dashed=True))
    if len(line) > 1:
        marks.append(Line(line, "low", 2.0))
    if len(line):
        marks.append(Dots(line, 3.0, "low"))
    marks += [Dots(np.array([(x, y)]), 5.5, "high") for x, y, at in shown if at == taken]
    marks += [
        Text(
            across.pixel(at),
            bottom + 20,
            f"{at:.0f}",
            "high" if at == taken else "muted",
            11.0,
            "middle",
            bold=at == taken,
        )
        for at in k
    ]
    marks += [
        Text(LEFT, 16.0, title, "ink", 13.0, bold=True),
        Text(right + 6, 16.0, hint, size=11.0, anchor="end"),
    ]
    best = ", ".join(f"k = {at:.0f}: {number(v)}" for at, v in zip(k, values, strict=True))
    return Drawing(
        wide, 184.0, tuple(marks), f"{title} by number of segments, {taken} taken. {best}."
    )
