"""Colours and wording of numbers, the same in the report, its plots and every other face."""

from __future__ import annotations

import colorsys
import math
from typing import Final

from clustomer import rounding
from clustomer.names import Measure

PALETTE: Final = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#7F13EB",
    "#8E4723",
    "#B4B464",
    "#8771F3",
)
"""Colours of segments, in their order.

The first six are those of Okabe & Ito, "Color Universal Design" (2008), without black and yellow;
the others were searched to lie furthest from all before them under the three kinds of colour
blindness, with enough contrast on a white and on a dark page."""

LIGHT: Final = {
    "ink": "#1C2430",
    "muted": "#5B6675",
    "grid": "#DCE1E8",
    "soft": "#C3CCD8",
    "paper": "#FFFFFF",
    "white": "#FFFFFF",
    "black": "#10151C",
    "high": "#B5530B",
    "low": "#1F6FB2",
}
"""Colours of everything that is not a segment, by name, on a light page."""

DARK: Final = {
    "ink": "#E8ECF2",
    "muted": "#9BA6B5",
    "grid": "#323A46",
    "soft": "#4B5665",
    "paper": "#1B2029",
    "white": "#FFFFFF",
    "black": "#10151C",
    "high": "#CC671C",
    "low": "#3583C8",
}
"""The same names on a dark page."""

SUPPRESS_BELOW: Final = 10
"""Groups of fewer customers are not shown in detail."""

OTHER: Final = "other"
"""Name of the pool of values that are too small to be shown."""


def segment_colour(position: int) -> str:
    """Colour of the segment at `position` (0 first), as #rrggbb; the same everywhere.

    >>> segment_colour(0)
    '#0072B2'
    >>> segment_colour(10) != segment_colour(11)
    True
    """
    if position < len(PALETTE):
        return PALETTE[position]
    hue = (position * 0.618034) % 1.0
    lightness = (0.42, 0.58)[position % 2]
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, 0.6)
    return f"#{round(red * 255):02X}{round(green * 255):02X}{round(blue * 255):02X}"


def luminance(colour: str) -> float:
    """Relative luminance of a colour #rrggbb, from 0 to 1, as in WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def text_on(position: int) -> str:
    """Name of the text colour that is read best on a segment's colour: "white" or "black".

    >>> text_on(0), text_on(4)
    ('white', 'black')
    """
    return "white" if luminance(segment_colour(position)) < 0.28 else "black"


def label(name: str) -> str:
    """Turn a column's name into words.

    >>> label("mean_order_value")
    'Mean order value'
    """
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def number(value: float | None) -> str:
    """Show a number with as many digits as a reader needs.

    >>> [number(v) for v in (1234.5, 56.78, 5.678, 0.0456, 12.0, None)]
    ['1,234', '56.8', '5.68', '0.046', '12', '–']
    """
    if value is None or not math.isfinite(value):
        return "–"
    size = abs(value)
    if size >= 1e6:
        return compact(value)
    if size >= 100 or value == int(value):
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if size >= 0.1 else f"{value:.2g}"


def compact(value: float) -> str:
    """Show a number in a few characters, for axes.

    >>> [compact(v) for v in (0, 0.25, 20, 1500, 2_000_000, -30_000)]
    ['0', '0.25', '20', '1.5k', '2M', '-30k']
    """
    for size, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{suffix}"
    return f"{value:.3g}"


GAP: Final = "\u00a0"
"""Between a number and its sign: a space that does not break."""


def percent(share: float | None) -> str:
    r"""Show a share of 0 to 1.

    >>> [percent(v).replace("\u00a0", "~") for v in (0.418, 0.004, 0.997, 1.0, None)]
    ['42~%', '0.4~%', '99.7~%', '100~%', '–']
    """
    return _percent(share, 0)


def exact_percent(share: float | None) -> str:
    r"""Show a share of 0 to 1 with one digit after the point.

    >>> exact_percent(0.9571).replace("\u00a0", "~")
    '95.7~%'
    """
    return _percent(share, 1)


def _percent(share: float | None, digits: int) -> str:
    if share is None or not math.isfinite(share):
        return "–"
    return unbroken(rounding.percent(share, digits))


def unbroken(text: str) -> str:
    r"""Keep each number and its per cent sign on one line.

    >>> unbroken("spent 12 % more").replace("\u00a0", "~")
    'spent 12~% more'
    """
    return text.replace(" %", f"{GAP}%")


def score(value: float | None) -> str:
    """Show a score with three digits after the point.

    >>> score(0.2), score(float("nan"))
    ('0.200', '–')
    """
    return "–" if value is None or not math.isfinite(value) else f"{value:.3f}"


def measured(value: float | None, unit: Measure) -> str:
    """Show a feature's value in its unit.

    >>> measured(34.2, "days"), measured(1234.5, "money"), measured(9.5, "price")
    ('34.2 days', '1,234', '9.50')
    """
    if value is None or not math.isfinite(value):
        return "–"
    if unit == "share":
        return percent(value)
    if unit == "days":
        return f"{number(value)} days"
    return f"{value:,.2f}" if unit in ("price", "money") and abs(value) < 100 else number(value)


def against(index: float | None) -> str:
    r"""Compare a mean with the average, given how many times the average it is.

    >>> [against(v).replace("\u00a0", "~") for v in (3.14, 0.4, 1.0, 1.12, None)]
    ['3.1×', '−60~%', '±0~%', '+12~%', '']
    """
    if index is None or not math.isfinite(index) or index < 0:
        return ""
    if index >= 2:
        return f"{index:.1f}×" if index < 100 else f"{index:,.0f}×"
    change = round((index - 1) * 100)
    return f"{change:+d}{GAP}%".replace("-", "−") if change else f"±0{GAP}%"


def duration(seconds: float) -> str:
    """Show a span of time.

    >>> [duration(v) for v in (0.0123, 2.5, 75.0)]
    ['12 ms', '2.50 s', '1 min 15 s']
    """
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s"
    return f"{int(seconds // 60)} min {round(seconds % 60)} s"
