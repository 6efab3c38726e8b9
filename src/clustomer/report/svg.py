"""Drawings as SVG for the page; the page's styles give each named colour its value."""

from __future__ import annotations

from markupsafe import Markup, escape

from clustomer.matrix.matrix import Floats
from clustomer.report.drawing import Area, Dots, Drawing, Line, Mark, Rect


def draw(drawing: Drawing, least: float = 0.0) -> Markup:
    """Write a drawing as an SVG element, every text escaped.

    Parameters
    ----------
    drawing
        What to draw; it shrinks with the page.
    least
        Share of its width, 0 to 1, below which it does not shrink; 0 for no such limit.
    """
    width, height = drawing.width, drawing.height
    limit = f";min-width:{round(width * least)}px" if least else ""
    lines = [
        f'<svg viewBox="0 0 {width:.1f} {height:.1f}" style="max-width:{round(width)}px{limit}"'
        f' role="img" aria-label="{escape(drawing.says)}">',
        *(_element(mark) for mark in drawing.marks),
        "</svg>\n",
    ]
    return Markup("\n".join(lines))  # noqa: S704 - every text in it is escaped above and below


def _element(mark: Mark) -> str:
    if isinstance(mark, Rect):
        rounded = f' rx="{mark.radius}"' if mark.radius else ""
        faint = f' fill-opacity="{mark.opacity:.2f}"' if mark.opacity < 1 else ""
        return (
            f'<rect x="{mark.x:.1f}" y="{mark.y:.1f}" width="{mark.w:.1f}" height="{mark.h:.1f}"'
            f'{rounded} fill="var(--{mark.fill})"{faint}/>'
        )
    if isinstance(mark, Area):
        return (
            f'<path d="{_through(mark.where)}Z" fill="var(--{mark.fill})"'
            f' fill-opacity="{mark.opacity}"/>'
        )
    if isinstance(mark, Line):
        dashes = ' stroke-dasharray="3 3"' if mark.dashed else ""
        return (
            f'<path d="{_through(mark.where)}" fill="none" stroke="var(--{mark.stroke})"'
            f' stroke-width="{mark.width}" stroke-opacity="{mark.opacity}"'
            f' stroke-linejoin="round"{dashes}/>'
        )
    if isinstance(mark, Dots):
        # Strokes of no length: round caps make them dots.
        dots = "".join(f"M{pair}h0" for pair in _pairs(mark.where))
        return (
            f'<path d="{dots}" fill="none" stroke="var(--{mark.fill})"'
            f' stroke-width="{2 * mark.radius}" stroke-opacity="{mark.opacity}"'
            ' stroke-linecap="round"/>'
        )
    anchor = f' text-anchor="{mark.anchor}"' if mark.anchor != "start" else ""
    bold = ' font-weight="600"' if mark.bold else ""
    return (
        f'<text x="{mark.x:.1f}" y="{mark.y:.1f}" fill="var(--{mark.fill})"'
        f' font-size="{mark.size}"{anchor}{bold}>{escape(mark.text)}</text>'
    )


def _through(where: Floats) -> str:
    return "M" + "L".join(_pairs(where))


def _pairs(where: Floats) -> list[str]:
    return [f"{x:.1f} {y:.1f}" for x, y in where.tolist()]
