"""Charts of the features: distributions, correlations, blanks, categories, spend over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from clustomer.app.charts import (
    MARKED,
    Chart,
    Theme,
    Trace,
    across,
    axis,
    background,
    colours,
    diverging,
    faded,
    heading,
    labelled,
    layout,
    names_axis,
    plain_text,
    share_bars,
    signed,
    told_shares,
)
from clustomer.app.view import View
from clustomer.clustering.sample import Rows
from clustomer.features.feature import Feature
from clustomer.matrix.matrix import Floats
from clustomer.report.axes import Axis, tick_labels
from clustomer.report.style import SUPPRESS_BELOW, label, percent, segment_colour
from clustomer.report.summaries import (
    GRID,
    category_shares,
    correlation,
    density,
    histogram,
    is_skewed,
    silverman,
    smeared,
    value_axis,
    without_nought,
)
from clustomer.segments.describe import format_value

DAY: Final = 86_400_000
"""Milliseconds of a day, in which Plotly counts widths on an axis of dates."""

END: Final = 18
"""Room for half of the last number below an axis, in pixels."""

EVERY: Final = -1
"""Stands for all segments together."""


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """A feature's values laid on an axis.

    `values` float64, shape (sample,), NaN where blank or left off; `nought` the share of zeros
    that were left off; `blank` the share without a value.
    """

    feature: Feature
    values: Floats
    axis: Axis
    nought: float
    blank: float
    median: float


def spread(view: View, name: str) -> Spread:
    """Lay a feature of the sample on an axis of its own."""
    feature = view.features[name]
    values = view.values(name, view.sample)
    present = np.isfinite(values)
    median = float(np.median(values[present])) if present.any() else float("nan")
    kept, nought = without_nought(values)
    line = value_axis(kept, log=is_skewed(feature, kept), start=0.0, end=1.0)
    return Spread(feature, kept, line, nought, float(1 - present.mean()), median)


def distribution(
    view: View, name: str, theme: Theme, *, by_segment: bool = True, height: int = 260
) -> Chart:
    """Draw a histogram of all and, over it, the density of all or of each segment."""
    laid = spread(view, name)
    positions = view.positions[view.sample]
    data: list[Trace] = [_bars(laid, laid.values, background(theme), "all")]
    groups = range(len(view.segments)) if by_segment else [EVERY]
    for at in groups:
        own = laid.values if at == EVERY else laid.values[positions == at]
        if np.isfinite(own).sum() >= SUPPRESS_BELOW:
            told = "density" if at == EVERY else plain_text(view.segments[at].name)
            share = np.isfinite(own).sum() / max(np.isfinite(laid.values).sum(), 1)
            data.append(_curve(laid, own, float(share), _stroke(at, theme), told))
    return Chart(tuple(data), _laid_out(laid, theme, height), _says(laid))


def segment_distribution(view: View, name: str, position: int, theme: Theme) -> Chart:
    """Draw one segment's histogram of a feature over that of all, both as shares."""
    laid = spread(view, name)
    own = laid.values[view.positions[view.sample] == position]
    segment = view.segments[position]
    data = [
        _bars(laid, laid.values, background(theme), f"all {view.noun}"),
        _bars(laid, own, faded(position, 0.6), plain_text(segment.name)),
    ]
    said = f"{_says(laid)} The segment {segment.name} is drawn over all."
    return Chart(tuple(data), _laid_out(laid, theme, 190), said, laid.axis)


def marked(chart: Chart, view: View, name: str, value: float | None, theme: Theme) -> Chart:
    """The chart of a feature with one customer's value marked."""
    line = chart.across
    if value is None or line is None or not np.isfinite(value):
        return chart
    ends = line.scaled(np.array([line.low, line.high]))
    x = float(np.clip(line.scaled(np.array([value]))[0], ends[0], ends[1]))
    paint = colours(theme)
    said = format_value(value, view.features[name].unit)
    return chart.with_more(
        [
            {
                "type": "scatter",
                "mode": "markers",
                "name": MARKED,
                "x": [x],
                "y": [0],
                "cliponaxis": False,
                "marker": {"symbol": "triangle-up", "size": 13, "color": paint["ink"]},
                "hovertemplate": f"{MARKED}: {said}<extra></extra>",
            }
        ],
        shapes=[across(x, theme)],
    )


def _stroke(position: int, theme: Theme) -> str:
    return colours(theme)["ink"] if position == EVERY else segment_colour(position)


def _bars(laid: Spread, values: Floats, colour: str, name: str) -> Trace:
    found = histogram(values, laid.axis)
    edges = laid.axis.scaled(found.edges)
    shares = found.density * np.diff(edges)
    told = [
        f"{_value(laid, low)} to {_value(laid, high)}: {percent(share)}"
        for low, high, share in zip(found.edges[:-1], found.edges[1:], shares.tolist(), strict=True)
    ]
    return {
        "type": "bar",
        "name": name,
        "x": (edges[:-1] + edges[1:]) / 2,
        "y": found.density,
        "width": np.diff(edges),
        "text": told,
        "textposition": "none",
        "marker": {"color": colour, "line": {"width": 0}},
        "hovertemplate": "%{text}<extra>" + name + "</extra>",
    }


def _value(laid: Spread, value: float) -> str:
    return format_value(float(f"{value:.3g}"), laid.feature.unit)


def _curve(laid: Spread, own: Floats, share: float, colour: str, name: str) -> Trace:
    low, high = (float(end) for end in laid.axis.scaled(np.array([laid.axis.low, laid.axis.high])))
    scaled = laid.axis.scaled(smeared(own[np.isfinite(own)]))
    width = float(np.clip(silverman(scaled), (high - low) / 100, (high - low) / 8))
    step = (high - low) / GRID
    grid = low + step * (np.arange(GRID) + 0.5)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": grid[::4],
        "y": (density(scaled, low, high, width) * share)[::4],
        "line": {"color": colour, "width": 2},
        "hoverinfo": "skip",
    }


def _laid_out(laid: Spread, theme: Theme, height: int) -> dict[str, object]:
    ticks = laid.axis.ticks()
    scaled = laid.axis.scaled(np.array(ticks, dtype=np.float64))
    ends = laid.axis.scaled(np.array([laid.axis.low, laid.axis.high]))
    off = f", {percent(laid.nought)} are 0 and left off" if laid.nought else ""
    off += ", log axis" if laid.axis.log else ""
    told = f"median {format_value(laid.median, laid.feature.unit)}{off}"
    title = heading(plain_text(label(laid.feature.name)), told)
    return layout(
        theme,
        height,
        annotations=[{**title, "xshift": -END}],
        margin={"l": END, "r": END, "t": 58, "b": 28},
        xaxis=axis(
            theme,
            tickvals=scaled.tolist(),
            ticktext=tick_labels(ticks, percent=laid.feature.unit == "share"),
            range=ends.tolist(),
            showgrid=False,
            automargin=False,
        ),
        yaxis=axis(
            theme, showticklabels=False, showgrid=False, rangemode="tozero", automargin=False
        ),
        barmode="overlay",
        bargap=0,
        showlegend=False,
    )


def _says(laid: Spread) -> str:
    said = f"Distribution of {label(laid.feature.name).lower()}: "
    said += f"median {format_value(laid.median, laid.feature.unit)}"
    return f"{said}, {percent(laid.blank)} blank."


def correlations(view: View, names: Sequence[str], theme: Theme) -> Chart:
    """Draw Pearson's correlation of every pair of features over the sample."""
    found = correlation([view.values(name, view.sample) for name in names])
    shown = [plain_text(label(name)) for name in names]
    trace: Trace = {
        "type": "heatmap",
        "x": shown,
        "y": shown,
        "z": found.round(3),
        "text": [[signed(one, plus=False) for one in line] for line in found.tolist()],
        "zmin": -1,
        "zmax": 1,
        "colorscale": diverging(theme),
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "texttemplate": "%{text}" if len(names) <= 14 else "",
        "hovertemplate": "%{x} and %{y}: %{z:.2f}<extra></extra>",
    }
    off = np.triu(np.abs(found), 1)
    first, second = np.unravel_index(int(off.argmax()), off.shape)
    said = "Correlations of the features. "
    said += f"Strongest: {shown[int(first)]} and {shown[int(second)]}, {found[first, second]:.2f}."
    drawn = layout(
        theme,
        150 + 30 * len(names),
        xaxis=axis(theme, showgrid=False, tickangle=-40),
        yaxis=names_axis(theme),
    )
    return Chart((trace,), drawn, said)


def blanks(view: View, names: Sequence[str], theme: Theme) -> Chart:
    """Draw the share of customers without a value, by feature; those without blanks left out."""
    table = view.run.customers
    shares = [(name, table.column(name).null_count / max(table.num_rows, 1)) for name in names]
    held = sorted(((n, s) for n, s in shares if s > 0), key=lambda one: -one[1])
    told = labelled(held)
    trace, drawn = share_bars(told, theme, unit=" blank")
    return Chart((trace,), drawn, f"Blanks by feature: {told_shares(told)}.")


def categories(view: View, name: str, theme: Theme, rows: Rows | None = None) -> Chart:
    """Draw the share of each value of a category."""
    column = view.run.customers.column(name)
    if rows is not None:
        column = column.take(pa.array(rows))
    shares = category_shares(column)
    trace, drawn = share_bars(shares, theme, title=label(name))
    return Chart((trace,), drawn, f"{label(name)}: {told_shares(shares)}.")


def spend_over_time(
    months: Sequence[str], series: Mapping[int, Sequence[float]], view: View, theme: Theme
) -> Chart:
    """Draw spend by month, stacked by segment; `series` by position of the segment."""
    data: list[Trace] = [
        {
            "type": "bar",
            "name": plain_text(f"{view.segments[at].id} {view.segments[at].name}"),
            "x": list(months),
            "y": list(values),
            "marker": {"color": segment_colour(at)},
            "hovertemplate": "%{x|%B %Y}: %{y:,.0f}<extra>%{fullData.name}</extra>",
        }
        for at, values in series.items()
    ]
    drawn = layout(
        theme,
        420,
        barmode="stack",
        legend={"orientation": "h", "y": -0.18, "x": 0, "traceorder": "normal"},
        xaxis=axis(theme, type="date", showgrid=False),
        yaxis=axis(theme, "spend a month", tickformat=",.3~s"),
    )
    every = [sum(values) for values in zip(*series.values(), strict=True)]
    said = f"Spend by month from {months[0][:7]} to {months[-1][:7]}" if months else "No orders"
    if every:
        said += f", highest {max(every):,.0f} in {months[every.index(max(every))][:7]}"
    return Chart(tuple(data), drawn, f"{said}.")


def orders_over_time(
    dates: Sequence[str], amounts: Sequence[float], colour: str, theme: Theme
) -> Chart:
    """Draw one customer's orders: when, and for how much."""
    days = np.array(dates, dtype="datetime64[D]").astype(np.int64)
    span = max(int(days.max() - days.min()), 60) if len(days) else 60
    around = np.array([days.min() - span // 20, days.max() + span // 20]) if len(days) else days
    trace: Trace = {
        "type": "bar",
        "x": list(dates),
        "y": list(amounts),
        "width": DAY * max(span / 120, 1),
        "marker": {"color": colour},
        "hovertemplate": "%{x|%d %B %Y}: %{y:,.2f}<extra></extra>",
    }
    drawn = layout(
        theme,
        220,
        xaxis=axis(
            theme,
            type="date",
            showgrid=False,
            range=[str(one) for one in around.astype("datetime64[D]")],
        ),
        yaxis=axis(theme, "amount", rangemode="tozero"),
    )
    return Chart((trace,), drawn, f"{len(dates):,} orders over time.")
