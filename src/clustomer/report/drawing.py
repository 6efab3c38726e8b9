"""Drawings: marks in pixels, told once and shown twice, as SVG in the page and as a PNG file.

The page's SVG follows the reader's light or dark setting because a mark names its colour ("ink",
"s2") instead of giving it; what writes SVG and PNG looks the name up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from clustomer.matrix.matrix import Floats

Anchor = Literal["start", "middle", "end"]


def points(x: Sequence[float] | Floats, y: Sequence[float] | Floats) -> Floats:
    """Put coordinates side by side: float64, shape (points, 2)."""
    return np.column_stack([np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)])


@dataclass(frozen=True, slots=True)
class Rect:
    """A filled rectangle; x and y are its upper left corner."""

    x: float
    y: float
    w: float
    h: float
    fill: str
    opacity: float = 1.0
    radius: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """A filled outline."""

    where: Floats
    fill: str
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line through points."""

    where: Floats
    stroke: str
    width: float = 1.5
    opacity: float = 1.0
    dashed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Dots:
    """Equal dots; thousands of them are one mark."""

    where: Floats
    radius: float
    fill: str
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; x is where `anchor` says, y the baseline."""

    x: float
    y: float
    text: str
    fill: str = "muted"
    size: float = 12.0
    anchor: Anchor = "start"
    bold: bool = False


Mark = Rect | Area | Line | Dots | Text


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """Marks on a canvas of `width` × `height` pixels; `says` is for who cannot see them."""

    width: float
    height: float
    marks: tuple[Mark, ...]
    says: str


def moved(mark: Mark, dx: float, dy: float) -> Mark:
    """Shift a mark."""
    if isinstance(mark, Rect | Text):
        return replace(mark, x=mark.x + dx, y=mark.y + dy)
    return replace(mark, where=mark.where + np.array([dx, dy]))


def tiled(drawings: Sequence[Drawing], columns: int, says: str, gap: float = 24.0) -> Drawing:
    """Put drawings of one size side by side, row by row, with a margin around them."""
    columns = max(1, min(columns, len(drawings)))
    wide = max((drawing.width for drawing in drawings), default=0.0)
    high = max((drawing.height for drawing in drawings), default=0.0)
    rows = -(-len(drawings) // columns)
    marks = tuple(
        moved(
            mark,
            gap + (position % columns) * (wide + gap),
            gap + (position // columns) * (high + gap),
        )
        for position, drawing in enumerate(drawings)
        for mark in drawing.marks
    )
    return Drawing(gap + columns * (wide + gap), gap + rows * (high + gap), marks, says)


def stacked(upper: Drawing, lower: Drawing, gap: float = 14.0) -> Drawing:
    """Put one drawing below another; the upper one's alternative text stays."""
    below = tuple(moved(mark, 0.0, upper.height + gap) for mark in lower.marks)
    return Drawing(
        max(upper.width, lower.width),
        upper.height + gap + lower.height,
        (*upper.marks, *below),
        upper.says,
    )


def inset(drawing: Drawing, margin: float) -> Drawing:
    """Put a margin around a drawing."""
    marks = tuple(moved(mark, margin, margin) for mark in drawing.marks)
    return Drawing(drawing.width + 2 * margin, drawing.height + 2 * margin, marks, drawing.says)


def headed(drawing: Drawing, heading: str, margin: float = 20.0) -> Drawing:
    """Put a heading above a drawing and a margin around it, so that it stands alone as a file."""
    top = margin + 26.0
    marks = (
        Text(margin, margin + 12.0, heading, "ink", 15.0, bold=True),
        *(moved(mark, margin, top) for mark in drawing.marks),
    )
    return Drawing(drawing.width + 2 * margin, drawing.height + top + margin, marks, drawing.says)


def shortened(text: str, limit: int) -> str:
    """Cut a text for a place with room for `limit` characters.

    >>> shortened("High-Value Customers", 12)
    'High-Value …'
    """
    return text if len(text) <= limit else text[: limit - 1].rstrip() + " …"
