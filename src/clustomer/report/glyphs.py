"""Text as outlines: a character is read from the font once, not once a text.

Matplotlib lays out and rasterises every text anew, which took most of the time of a report.
"""

from __future__ import annotations

from functools import cache
from itertools import accumulate
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
    if not text.text:
        return Outline(np.zeros((0, 2)))
    found = [_glyph(character, bold=text.bold) for character in text.text]
    starts = [0.0, *accumulate(advance for _, _, advance in found)]
    where = np.concatenate([points for points, _, _ in found])
    where[:, 0] += np.repeat(starts[:-1], [len(points) for points, _, _ in found])
    scale = text.size * NARROWED / SIZE
    where *= (scale, -scale)
    where += (text.x + SHIFT[text.anchor] * starts[-1] * scale, text.y)
    return Outline(where, np.concatenate([codes for _, codes, _ in found]))
