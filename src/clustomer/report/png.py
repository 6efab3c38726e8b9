"""Drawings as PNG files, by Matplotlib's object interface: no pyplot, no state shared."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Affine2D

from clustomer.matrix.matrix import Floats
from clustomer.report.drawing import Area, Dots, Drawing, Line, Mark, Rect, Text
from clustomer.report.glyphs import outline
from clustomer.report.style import LIGHT, segment_colour

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.transforms import Transform

PIXELS_PER_INCH: Final = 100.0
POINTS_PER_PIXEL: Final = 72.0 / PIXELS_PER_INCH


def png(drawing: Drawing, dpi: int = 120) -> bytes:
    """Draw on white.

    Parameters
    ----------
    drawing
        What to draw; 100 of its pixels are an inch.
    dpi
        Pixels of the file per inch.

    Returns
    -------
    A PNG file.
    """
    figure = Figure(
        figsize=(drawing.width / PIXELS_PER_INCH, drawing.height / PIXELS_PER_INCH),
        dpi=dpi,
        facecolor=LIGHT["paper"],
    )
    FigureCanvasAgg(figure)
    place = (
        Affine2D().scale(1 / drawing.width, -1 / drawing.height).translate(0, 1)
        + figure.transFigure
    )
    for order, artist in enumerate(_artists(drawing.marks, place)):
        artist.set_zorder(order)
        figure.add_artist(artist)
    written = io.BytesIO()
    figure.savefig(written, format="png", pil_kwargs={"compress_level": 2})
    return written.getvalue()


def _artists(marks: tuple[Mark, ...], place: Transform) -> list[Artist]:
    # Neighbours of one kind become one collection: an artist costs more than what it draws.
    artists: list[Artist] = []
    run: list[Mark] = []
    for mark in marks:
        if run and not _together(run[-1], mark):
            artists.append(_collection(run, place))
            run = []
        run.append(mark)
    if run:
        artists.append(_collection(run, place))
    return artists


def _together(one: Mark, other: Mark) -> bool:
    if isinstance(one, Rect | Area):
        return isinstance(other, Rect | Area)
    return not isinstance(one, Dots) and type(one) is type(other)


def _collection(run: list[Mark], place: Transform) -> Artist:
    first = run[0]
    if isinstance(first, Text):
        texts = [mark for mark in run if isinstance(mark, Text)]
        return PathCollection(
            [outline(text) for text in texts],
            facecolors=[_colour(text.fill) for text in texts],
            edgecolors="none",
            transform=place,
        )
    if isinstance(first, Dots):
        return Line2D(
            first.where[:, 0],
            first.where[:, 1],
            linestyle="none",
            marker="o",
            markersize=2 * first.radius * POINTS_PER_PIXEL,
            markerfacecolor=_colour(first.fill, first.opacity),
            markeredgecolor="none",
            transform=place,
        )
    if isinstance(first, Line):
        lines = [mark for mark in run if isinstance(mark, Line)]
        return LineCollection(
            [line.where for line in lines],
            colors=[_colour(line.stroke, line.opacity) for line in lines],
            linewidths=[line.width * POINTS_PER_PIXEL for line in lines],
            linestyles=[(0, (3, 3)) if line.dashed else "solid" for line in lines],
            transform=place,
        )
    shapes = [mark for mark in run if isinstance(mark, Rect | Area)]
    return PolyCollection(
        [_corners(shape) for shape in shapes],
        facecolors=[_colour(shape.fill, shape.opacity) for shape in shapes],
        edgecolors="none",
        transform=place,
    )


def _corners(shape: Rect | Area) -> Floats:
    if isinstance(shape, Area):
        return shape.where
    right, lower = shape.x + shape.w, shape.y + shape.h
    return np.array([(shape.x, shape.y), (right, shape.y), (right, lower), (shape.x, lower)])


def _colour(name: str, opacity: float = 1.0) -> tuple[float, float, float, float]:
    shown = LIGHT[name] if name in LIGHT else segment_colour(int(name[1:]))
    return to_rgba(shown, opacity)
