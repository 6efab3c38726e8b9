"""The map of the customers: its dots in two or three dimensions, and one customer marked on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from clustomer.app.charts import MARKED, Chart, Theme, Trace, axis, colours, layout, plain_text
from clustomer.app.view import View
from clustomer.matrix.matrix import Floats
from clustomer.report.style import label, percent, segment_colour
from clustomer.segments.describe import format_value

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
        drawn["scene"] = _scene(theme)
        drawn["margin"] = {"l": 0, "r": 0, "t": 0, "b": 0}
        drawn["legend"] = {"orientation": "h", "y": -0.02, "x": 0, "itemsizing": "constant"}
        return Chart(tuple(data), drawn, says)
    drawn["xaxis"] = axis(theme, f"→ {titles[0]}", **HIDDEN, automargin=False)
    # In two lines: a phone's map is lower than its axis' title is long.
    upwards = f"↑ {titles[1]}".replace(" and ", "<br>and ")
    drawn["yaxis"] = axis(theme, upwards, **HIDDEN, automargin=False)
    drawn["margin"] = {"l": 44, "r": 8, "t": 8, "b": 32}
    return Chart(tuple(data), drawn, says)


def _scene(theme: Theme) -> dict[str, Any]:
    """Three axes, numbered: their meaning would not fit on them and stands below the map."""
    one = axis(theme, "", **HIDDEN, showbackground=False)
    one |= {"showgrid": True, "title": {"text": "", "font": {"size": 15}}}
    for name in ("automargin", "fixedrange"):
        del one[name]
    return {
        **{
            f"{name}axis": {**one, "title": {**one["title"], "text": f"axis {number}"}}
            for number, name in enumerate("xyz", start=1)
        },
        "aspectmode": "cube",
        "camera": {
            "eye": {"x": 1.55, "y": 1.55, "z": 0.8},
            "center": {"x": 0, "y": 0, "z": -0.12},
        },
    }


def told_axes(view: View, dimensions: int) -> list[str]:
    """What each axis of the map is, in words."""
    return [
        f"Axis {at + 1}: mostly {_named(view.map.mostly[at])} ({percent(share)})"
        for at, share in enumerate(view.map.explained[:dimensions])
    ]


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
