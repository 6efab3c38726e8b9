"""A window of whole physical lines that moves over a file; its lines are found by NumPy."""

from __future__ import annotations

from typing import BinaryIO, Final, Protocol

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]

CHUNK: Final = 1 << 20
"""Bytes read at once: small enough to stay in a processor's cache."""

LF, CR = 10, 13


class Sink(Protocol):
    """Something that sees every byte read, such as a hash."""

    def update(self, data: bytes, /) -> None:
        """See the next bytes."""
        ...


class Window:
    """Whole lines of a file, from the file's present position on.

    A line ends at LF, CRLF or CR, inside quotes too; the last line may have no end.

    Attributes
    ----------
    data, array
        The bytes of the window, as bytes and as uint8.
    line
        Number of the window's first line in the file, the first line of the file being 1.
    starts, ends, nexts
        int64, shape (lines,): offset in `data` of each line's first byte, of the byte after its
        text, and of the next line's first byte.
    final
        True when the window reaches the end of the file.
    """

    def __init__(self, file: BinaryIO, line: int, sink: Sink | None = None) -> None:
        self._file = file
        self._sink = sink
        self.line = line
        self.final = False
        self.data = b""
        self.array: Bytes = np.zeros(0, np.uint8)
        self.starts: Offsets = np.zeros(0, np.int64)
        self.ends = self.nexts = self.starts

    def advance(self, lines: int) -> bool:
        """Let go of the first `lines` lines and read on; False when nothing is left.

        With 0 lines the window grows. Once `final`, every line must be let go of at last.
        """
        if self.final and lines == self.starts.size:
            return False
        rest = self.data[int(self.nexts[lines - 1]) :] if lines else self.data
        self.line += lines
        more = self._file.read(max(CHUNK, len(rest)))
        if self._sink is not None:
            self._sink.update(more)
        self.final = not more
        self.data = rest + more
        self.array = np.frombuffer(self.data, np.uint8)
        returns = CR in self.data
        self.starts, self.ends, self.nexts = _lines(self.array, final=self.final, returns=returns)
        return not self.final or self.starts.size > 0


def _lines(array: Bytes, *, final: bool, returns: bool) -> tuple[Offsets, Offsets, Offsets]:
    """Starts, ends and nexts of the lines; `returns` tells whether there is a CR."""
    breaks: Offsets = np.flatnonzero(array == LF)
    ends = breaks
    if returns:
        returns_at: Offsets = np.flatnonzero(array == CR)
        after = array[np.minimum(returns_at + 1, array.size - 1)]
        alone = after != LF
        if returns_at[-1] == array.size - 1:
            alone[-1] = final
        breaks = np.sort(np.concatenate((breaks, returns_at[alone])))
        paired = (array[breaks] == LF) & (breaks > 0) & (array[breaks - 1] == CR)
        ends = breaks - paired
    nexts = breaks + 1
    length = array.size
    if final and length and (nexts.size == 0 or nexts[-1] < length):
        ends, nexts = np.append(ends, length), np.append(nexts, length)
    starts = np.concatenate((np.zeros(min(1, nexts.size), np.int64), nexts[:-1]))
    return starts, ends, nexts
