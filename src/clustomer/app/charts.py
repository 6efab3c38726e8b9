"""What a chart is here: plain data for Plotly, one calm style for light and dark pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from clustomer.report.axes import Axis
from clustomer.report.style import DARK, LIGHT, segment_colour

if TYPE_CHECKING:
    import plotly.graph_objects as go

Theme = Literal["light", "dark"]
Trace = dict[str, Any]
"""One of Plotly's traces; its keys are Plotly's."""

FONT: Final = '"Source Sans", "Source Sans Pro", system-ui, sans-serif'
MARKED: Final = "The customer"


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A chart as data.

    Parameters
    ----------
    data, layout
        As Plotly takes them.
    says
        The chart in a sentence or two, for who cannot see it.
    across
        Of a distribution, the axis on which its values lie.
    """

    data: tuple[Trace, ...]
    layout: Mapping[str, Any]
    says: str
    across: Axis | None = None

    def figure(self) -> go.Figure:
        """The chart for Plotly, unchecked and not copied: both would cost more than drawing."""
        return _plain_figure()(self)

    def with_more(self, data: Sequence[Trace] = (), **layout: Any) -> Chart:
        """The chart with traces on top and parts of its layout added."""
        return replace(
            self, data=(*self.data, *data), layout={**self.layout, **_joined(self.layout, layout)}
        )


@cache
def _plain_figure() -> Callable[[Chart], go.Figure]:
    """Make a figure that hands out a chart's data as they are."""
    from plotly.basedatatypes import BaseFigure

    class Plain(BaseFigure):  # type: ignore[misc]  # plotly has no types
        def __init__(self, chart: Chart) -> None:
            self._chart = chart

        def to_dict(self) -> dict[str, Any]:
            return {"data": list(self._chart.data), "layout": dict(self._chart.layout)}

    return Plain


def _joined(before: Mapping[str, Any], added: Mapping[str, Any]) -> dict[str, Any]:
    """Lists of shapes and notes grow; everything else is replaced."""
    return {
        name: [*before.get(name, ()), *value] if name in ("shapes", "annotations") else value
        for name, value in added.items()
    }


def colours(theme: Theme) -> Mapping[str, str]:
    """Colours of what is not a segment, by name."""
    return DARK if theme == "dark" else LIGHT


def layout(theme: Theme, height: int, **more: Any) -> dict[str, Any]:
    """A layout in our style; `more` is added to it."""
    paint = colours(theme)
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": paint["ink"]},
        "hoverlabel": {
            "bgcolor": paint["paper"],
            "bordercolor": paint["soft"],
            "font": {"family": FONT, "size": 13, "color": paint["ink"]},
        },
        "legend": {"orientation": "h", "y": -0.18, "x": 0, "itemsizing": "constant"},
        "hovermode": "closest",
        "separators": ".,",
        **more,
    }


def axis(theme: Theme, title: str = "", **more: Any) -> dict[str, Any]:
    """An axis in our style."""
    paint = colours(theme)
    return {
        "title": {"text": title, "font": {"size": 12, "color": paint["muted"]}},
        "gridcolor": paint["grid"],
        "zerolinecolor": paint["soft"],
        "linecolor": paint["soft"],
        "tickfont": {"size": 12, "color": paint["muted"]},
        "automargin": True,
        "fixedrange": True,
        **more,
    }


def heading(text: str) -> dict[str, Any]:
    """A title at the top left, above the plot, as an annotation."""
    return {
        "text": text,
        "font": {"size": 14},
        "align": "left",
        "showarrow": False,
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 8,
    }


def diverging(theme: Theme) -> list[list[float | str]]:
    """Colours from low over nothing to high."""
    paint = colours(theme)
    return [[0.0, paint["low"]], [0.5, paint["paper"]], [1.0, paint["high"]]]


def rising(theme: Theme) -> list[list[float | str]]:
    """Colours from nothing to much."""
    paint = colours(theme)
    return [[0.0, paint["paper"]], [1.0, paint["low"]]]


def faded(position: int, opacity: float) -> str:
    """A segment's colour, see-through."""
    colour = segment_colour(position)
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def plain_text(text: str) -> str:
    """A text in which Plotly finds no markup of its own.

    >>> plain_text("<b>x</b> & y")
    '&lt;b&gt;x&lt;/b&gt; &amp; y'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
