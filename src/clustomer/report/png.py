"""Drawings as PNG files, straight on Matplotlib's rasteriser.

A figure with its artists costs more than what it draws, and importing it as much again.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgba
from matplotlib.path import Path as Outline
from matplotlib.transforms import Affine2D

from clustomer.report.drawing import Area, Dots, Drawing, Line, Mark, Rect
from clustomer.report.glyphs import outline
from clustomer.report.style import LIGHT, segment_colour

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIXELS_PER_INCH: Final = 100.0
POINTS_PER_PIXEL: Final = 72.0 / PIXELS_PER_INCH
INCHES_PER_METRE: Final = 39.3701
"""A PNG file gives its resolution in pixels per metre."""

Colour = tuple[float, float, float, float]


class Rasteriser(Protocol):
    """What is used of `RendererAgg`, whose methods have no types."""

    dpi: float

    def draw_path(
        self, pen: GraphicsContextBase, path: Outline, place: Affine2D, fill: Colour | None, /
    ) -> None:
        """Draw an outline: filled where there is a colour, stroked unless the pen's width is 0."""

    def draw_markers(
        self,
        pen: GraphicsContextBase,
        marker: Outline,
        size: Affine2D,
        where: Outline,
        place: Affine2D,
        fill: Colour | None,
        /,
    ) -> None:
        """Draw an outline at each point of a path."""

    def buffer_rgba(self) -> memoryview:
        """The image: uint8, shape (height, width, 4)."""


_RASTERISER: Final[Callable[[int, int, float], Rasteriser]] = RendererAgg


DPI: Final = 120
"""Pixels of a picture per inch."""


def png(drawing: Drawing, dpi: int = DPI) -> bytes:
    """Draw on white, as a PNG file; see `pixels_of`."""
    return encoded(pixels_of(drawing, dpi), dpi)


def pixels_of(drawing: Drawing, dpi: int = DPI) -> NDArray[np.uint8]:
    """Draw on white.

    Parameters
    ----------
    drawing
        What to draw; 100 of its pixels are an inch.
    dpi
        Pixels of the picture per inch.

    Returns
    -------
    Red, green and blue; uint8, shape (height, width, 3).
    """
    scale = dpi / PIXELS_PER_INCH
    width, height = int(drawing.width * scale), int(drawing.height * scale)
    renderer = _RASTERISER(width, height, dpi)
    # The rasteriser counts y upwards.
    place = Affine2D().scale(scale, -scale).translate(0, drawing.height * scale)
    pixels = np.asarray(renderer.buffer_rgba())
    pixels[...] = 255  # white paper
    for mark in drawing.marks:
        _draw(mark, renderer, place)
    return pixels[:, :, :3]


def _draw(mark: Mark, renderer: Rasteriser, place: Affine2D) -> None:
    pen = GraphicsContextBase()
    if isinstance(mark, Line):
        width = mark.width * POINTS_PER_PIXEL
        pen.set_linewidth(width)
        pen.set_foreground(_colour(mark.stroke, mark.opacity), isRGBA=True)
        if mark.dashed:
            pen.set_dashes(0, [3 * width, 3 * width])
        renderer.draw_path(pen, Outline(mark.where), place, None)
        return
    pen.set_linewidth(0)
    if isinstance(mark, Dots):
        pen.set_snap(False)
        size = Affine2D().scale(mark.radius * renderer.dpi / PIXELS_PER_INCH)
        fill = _colour(mark.fill, mark.opacity)
        renderer.draw_markers(pen, Outline.unit_circle(), size, Outline(mark.where), place, fill)
    elif isinstance(mark, Rect | Area):
        renderer.draw_path(pen, _shape(mark), place, _colour(mark.fill, mark.opacity))
    else:
        renderer.draw_path(pen, outline(mark), place, _colour(mark.fill))


def _shape(shape: Rect | Area) -> Outline:
    if isinstance(shape, Area):
        return Outline(np.vstack([shape.where, shape.where[:1]]))
    left, upper, right, lower = shape.x, shape.y, shape.x + shape.w, shape.y + shape.h
    return Outline([(left, upper), (right, upper), (right, lower), (left, lower), (left, upper)])


def _colour(name: str, opacity: float = 1.0) -> Colour:
    shown = LIGHT[name] if name in LIGHT else segment_colour(int(name[1:]))
    return to_rgba(shown, opacity)


def encoded(pixels: NDArray[np.uint8], dpi: int = DPI) -> bytes:
    """Encode an image as PNG (ISO/IEC 15948).

    No line is filtered: flat colours pack smaller and far faster as they are.

    Parameters
    ----------
    pixels
        Red, green and blue; uint8, shape (height, width, 3).
    dpi
        Pixels per inch.
    """
    height, width, _ = pixels.shape
    lines = np.zeros((height, 1 + 3 * width), dtype=np.uint8)
    lines[:, 1:].reshape(pixels.shape)[...] = pixels
    per_metre = round(dpi * INCHES_PER_METRE)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
            _chunk(b"IDAT", zlib.compress(lines.data, 2)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
