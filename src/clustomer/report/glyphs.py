"""Text as outlines: a character is read from the font once, not once a text.

Matplotlib lays out and rasterises every text anew, which took most of the time of a report.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import matplotlib as mpl
import numpy as np
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.path import Path as Outline

from clustomer.matrix.matrix import Floats
from clustomer.report.drawing import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE: Final = 100.0
NARROWED: Final = 0.93
"""Matplotlib's own typeface is wider than the page's; it is drawn this much smaller."""

SHIFT: Final = {"start": 0.0, "middle": -0.5, "end": -1.0}


@cache
def _font(*, bold: bool) -> FT2Font:
    # The typeface that Matplotlib brings along: the same on every machine.
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    font = FT2Font(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / name))
    font.set_size(SIZE, 72)
    return font


@cache
def _glyph(character: str, *, bold: bool) -> tuple[Floats, NDArray[np.int8], float]:
    """Outline, codes and advance of a character at `SIZE`; an unknown one is an empty box."""
    font = _font(bold=bold)
    glyph = font.load_glyph(font.get_char_index(ord(character)), flags=LoadFlags.NO_HINTING)
    where, codes = font.get_path()
    return np.asarray(where, dtype=np.float64), codes, glyph.linearHoriAdvance / 65536


def outline(text: Text) -> Outline:
    """Outline of a text in the drawing's pixels, y downwards."""
    glyphs = [_glyph(character, bold=text.bold) for character in text.text]
    starts = np.cumsum([0.0, *(advance for _, _, advance in glyphs)])
    if not glyphs:
        return Outline(np.zeros((0, 2)))
    scale = text.size * NARROWED / SIZE
    left = text.x + SHIFT[text.anchor] * float(starts[-1]) * scale
    where = np.concatenate(
        [
            points + np.array([start, 0.0])
            for (points, _, _), start in zip(glyphs, starts, strict=False)
        ]
    )
    codes = np.concatenate([codes for _, codes, _ in glyphs])
    return Outline(where * np.array([scale, -scale]) + np.array([left, text.y]), codes)
