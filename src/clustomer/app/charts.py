"""What a chart is here: plain data for Plotly, one calm style for light and dark pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from clustomer.report.axes import Axis
from clustomer.report.style import (
    DARK,
    GAP,
    LIGHT,
    label,
    luminance,
    percent,
    segment_colour,
)
from clustomer.rounding import rounded

if TYPE_CHECKING:
    import plotly.graph_objects as go

Theme = Literal["light", "dark"]
Trace = dict[str, Any]
"""One of Plotly's traces; its keys are Plotly's."""

FONT: Final = '"Source Sans", "Source Sans Pro", system-ui, sans-serif'
MARKED: Final = "The customer"

PAGES: Final[Mapping[Theme, str]] = {"light": "#FFFFFF", "dark": "#191817"}
"""What lies behind the charts."""


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


def share_axis(theme: Theme, title: str = "", **more: Any) -> dict[str, Any]:
    """An axis of shares, which are drawn in hundredths."""
    return axis(theme, title, ticksuffix=f"{GAP}%", rangemode="tozero", **more)


def names_axis(theme: Theme, title: str = "", **more: Any) -> dict[str, Any]:
    """An axis of names, the first one at the top."""
    return axis(theme, title, autorange="reversed", showgrid=False, **more)


def bars(
    names: Sequence[str],
    lengths: Sequence[float],
    told: Sequence[str],
    paint: Sequence[str],
    theme: Theme,
    **more: Any,
) -> Trace:
    """Lying bars, each with its words in it or, where it is too short, behind it.

    Parameters
    ----------
    told
        The words of each bar.
    paint
        The colour of each bar, #rrggbb.
    """
    return {
        "type": "bar",
        "orientation": "h",
        "y": [plain_text(name) for name in names],
        "x": list(lengths),
        "text": list(told),
        "textposition": "auto",
        "insidetextfont": {"color": [ink_on(colour) for colour in paint]},
        "outsidetextfont": {"color": colours(theme)["ink"]},
        "cliponaxis": False,
        "marker": {"color": list(paint)},
        "hovertemplate": "%{y}: %{text}<extra></extra>",
        **more,
    }


def share_bars(
    shares: Sequence[tuple[str, float]], theme: Theme, *, title: str = "", unit: str = ""
) -> tuple[Trace, dict[str, Any]]:
    """Bars of shares in one colour with their layout; `unit` stands behind each in the hover."""
    low = colours(theme)["low"]
    trace = bars(
        [name for name, _ in shares],
        [share * 100 for _, share in shares],
        [percent(share) for _, share in shares],
        [low] * len(shares),
        theme,
        hovertemplate=f"%{{y}}: %{{text}}{unit}<extra></extra>",
    )
    drawn = layout(
        theme,
        (90 if title else 70) + 34 * len(shares),
        xaxis=share_axis(theme),
        yaxis=names_axis(theme),
        showlegend=False,
    )
    if title:
        drawn["annotations"] = [heading(plain_text(title))]
        drawn["margin"] = {**drawn["margin"], "t": 40}
    return trace, drawn


def told_shares(shares: Sequence[tuple[str, float]]) -> str:
    """Names with their shares in one line; "none" where there are none."""
    return ", ".join(f"{name} {percent(share)}" for name, share in shares) or "none"


def labelled(shares: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """The same with the names of features in words."""
    return [(label(name), share) for name, share in shares]


def across(x: float, theme: Theme) -> dict[str, Any]:
    """A line across the plot at a place on the lower axis."""
    return {
        "type": "line",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": colours(theme)["ink"], "width": 2},
    }


def heading(title: str, below: str = "") -> dict[str, Any]:
    """A title at the top left, above the plot, as an annotation; `below` it smaller words."""
    smaller = f"<br><span style='font-size:12px'>{below}</span>" if below else ""
    return {
        "text": f"<b>{title}</b>{smaller}",
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


def blended(colour: str, theme: Theme, share: float) -> str:
    """A colour mixed with the page's, as #rrggbb: what a see-through one looks like.

    >>> blended("#000000", "light", 0.5)
    '#808080'
    """
    page = PAGES[theme]
    mixed = (
        round(share * int(colour[at : at + 2], 16) + (1 - share) * int(page[at : at + 2], 16))
        for at in (1, 3, 5)
    )
    return "#" + "".join(f"{one:02X}" for one in mixed)


def ink_on(colour: str) -> str:
    """Black or white, whichever is read better on a colour: at least 4.5 to 1, as WCAG 2.2 asks.

    >>> ink_on("#0072B2"), ink_on("#D55E00")
    ('#FFFFFF', '#000000')
    """
    light = luminance(colour)
    return "#FFFFFF" if 1.05 / (light + 0.05) > (light + 0.05) / 0.05 else "#000000"


def background(theme: Theme) -> str:
    """Colour of the bars of all customers, over which the segments' lines can be seen."""
    return blended(colours(theme)["soft"], theme, 1.0 if theme == "light" else 0.6)


def signed(value: float, digits: int = 1, *, plus: bool = True) -> str:
    """A number with its sign, for a cell.

    >>> signed(1.44), signed(-0.6), signed(-0.04), signed(0.5, plus=False)
    ('+1.4', '−0.6', '0.0', '0.5')
    """
    text = rounded(value, digits).replace("-", "−")
    above = plus and value > 0 and float(rounded(value, digits)) > 0
    return f"+{text}" if above else text


def plain_text(text: str) -> str:
    """A text in which Plotly finds no markup of its own.

    >>> plain_text("<b>x</b> & y")
    '&lt;b&gt;x&lt;/b&gt; &amp; y'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
