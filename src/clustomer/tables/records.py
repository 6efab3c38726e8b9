"""An independent count of the records of a text file, and where given records stand.

It shares no code with any engine. Quotes are respected by their parity, which is right as long as
every quote stands where one belongs; where that does not hold, or anything else is odd, `census`
says so and the file is read line by line (`separate.py`).

A blank line is not a record, except in a file of one column: there it is an empty value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustomer.tables.dialect import Layout
from clustomer.tables.grammar import MAX_RECORD
from clustomer.tables.window import CR, LF, Offsets, Sink, Window

Flags = NDArray[np.bool_]

SWALLOWED: Final = 3
"""A record over so many lines, each as wide as a record of so many columns, is two stray quotes.

It can also be one whose quoted text holds lines of just that many delimiters, before and after too;
from three lines and three columns on this is taken to be the rarer case."""

BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Census:
    """What one pass over a file found.

    `records` is the number of data records; it is meaningful only where `odd` is empty. `odd` says
    in a few words why a strict reading of the file cannot be trusted.
    """

    records: int
    odd: str


def census(path: Path, layout: Layout, sink: Sink | None = None) -> Census:
    """Count the records of a UTF-8 text and look for whatever makes a strict reading doubtful.

    Parameters
    ----------
    path
        The text, UTF-8.
    layout
        Where its data begin, its delimiter, quote and number of columns.
    sink
        Sees every byte of the file, in order.
    """
    odd = "" if layout.plain_start else "lines before the header"
    records = 0
    kinds: set[str] = set()
    with path.open("rb") as file:
        start = file.read(layout.data_start)
        kinds.update(_kind_of_end(start))
        if sink is not None:
            sink.update(start)
        window = Window(file, layout.data_line, sink)
        used = 0
        while not odd and window.advance(used):
            first, last, used = _records(window, layout)
            odd = _oddity(window, layout, first, last, used)
            kinds.update(_kinds(window, last))
            if len(kinds) > 1:
                odd = odd or "mixed line ends"
            records += first.size
        while sink is not None and (rest := file.read(1 << 20)):
            sink.update(rest)
    return Census(records, odd)


def locate(path: Path, layout: Layout, rows: Sequence[int]) -> tuple[Offsets, Offsets, list[bytes]]:
    """Find records of a file in which `census` saw nothing odd.

    Parameters
    ----------
    rows
        Positions of records, rising, without repeats; 0 is the first data record.

    Returns
    -------
    tuple
        int64, shape (rows,), twice: the number of each record's first line (the file's first line
        being 1), and over how many lines it runs. Then its text, without the last line end.

    Raises
    ------
    IndexError
        When the file has fewer records.
    """
    wanted = np.asarray(rows, np.int64)
    lines: list[Offsets] = []
    spans: list[Offsets] = []
    texts: list[bytes] = []
    passed = found = used = 0
    with path.open("rb") as file:
        file.seek(layout.data_start)
        window = Window(file, layout.data_line)
        while found < wanted.size and window.advance(used):
            first, last, used = _records(window, layout)
            until = int(np.searchsorted(wanted, passed + first.size))
            here = wanted[found:until] - passed
            lines.append(first[here] + window.line)
            spans.append(last[here] - first[here] + 1)
            starts, ends = window.starts[first[here]], window.ends[last[here]]
            texts += [
                window.data[start:end]
                for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
            ]
            passed += first.size
            found = until
    if found < wanted.size:
        raise IndexError(f"row {wanted[found]} of a file with {passed} records")
    none = np.zeros(0, np.int64)
    return np.concatenate([none, *lines]), np.concatenate([none, *spans]), texts


def fetch_lines(path: Path, lines: Offsets, spans: Offsets) -> list[bytes]:
    """Return the text of lines, each with the `spans` - 1 lines after it, but not its line end.

    `lines` must rise; the file's first line is 1.
    """
    texts: list[bytes] = []
    with path.open("rb") as file:
        window = Window(file, 1)
        used = 0
        while len(texts) < lines.size and window.advance(used):
            used = window.starts.size
            until = int(np.searchsorted(lines, window.line + used))
            for line, span in zip(
                lines[len(texts) : until].tolist(), spans[len(texts) : until].tolist(), strict=True
            ):
                at = line - window.line
                if at + span > window.starts.size:
                    if window.final:
                        raise IndexError(f"line {line + span - 1} is beyond the end of the file")
                    used = at
                    break
                texts.append(window.data[window.starts[at] : window.ends[at + span - 1]])
    return texts


def _records(window: Window, layout: Layout) -> tuple[Offsets, Offsets, int]:
    """First and last line of each record in the window, and the number of lines they use up."""
    quotes = quotes_in(window, layout)
    if quotes.size == 0:
        last: Offsets = np.arange(window.starts.size)
        first = last
        used = last.size
    else:
        closed = np.searchsorted(quotes, window.ends) % 2 == 0
        last = np.flatnonzero(closed)
        first = np.concatenate((np.zeros(min(1, last.size), np.int64), last[:-1] + 1))
        used = int(last[-1]) + 1 if last.size else 0
        if window.final and used < window.starts.size:
            first, last = np.append(first, used), np.append(last, window.starts.size - 1)
            used = window.starts.size
    if len(layout.columns) > 1:
        filled = (window.ends[last] > window.starts[last]) | (first < last)
        if not filled.all():
            first, last = first[filled], last[filled]
    return first, last, used


def _oddity(window: Window, layout: Layout, first: Offsets, last: Offsets, used: int) -> str:
    if used == 0:
        return "a record of great length" if len(window.data) > MAX_RECORD else ""
    stop = int(window.nexts[used - 1])
    lengths = window.ends[last] - window.starts[first]
    quotes = quotes_in(window, layout)
    quotes = quotes[: np.searchsorted(quotes, stop)]
    if window.data.find(b"\0", 0, stop) >= 0:
        odd = "a NUL character"
    elif not window.data.isascii() and not _decodes(window.data[:stop]):
        odd = "bytes that are not UTF-8"
    elif lengths.size and lengths.max() > MAX_RECORD:
        odd = "a record of great length"
    elif quotes.size and not _well_quoted(window, layout, quotes):
        odd = "a quote that is not closed, or stands where none belongs"
    elif quotes.size and _swallowing(window, layout, first, last).any():
        odd = "a quoted field that holds whole records"
    elif header_again(window, layout)[first].any():
        odd = "the header again"
    else:
        odd = ""
    return odd


def header_again(window: Window, layout: Layout) -> Flags:
    """Which lines of a window are the header over again, as where exports were put together.

    A byte order mark may stand before it.

    Returns
    -------
    NDArray
        bool, shape (lines,).
    """
    again = np.zeros(window.starts.size, np.bool_)
    if not layout.header:
        return again
    length = window.ends - window.starts
    for header in (layout.header, BOM + layout.header):
        likely = np.flatnonzero(length == len(header))
        for place in (0, len(header) // 2, len(header) - 1):
            likely = likely[window.array[window.starts[likely] + place] == header[place]]
        for at in likely.tolist():
            again[at] = window.data.startswith(header, int(window.starts[at]))
    return again


def quotes_in(window: Window, layout: Layout) -> Offsets:
    """Offsets of the quotes in a window."""
    quote = ord(layout.dialect.quote)
    if quote not in window.data:
        return np.zeros(0, np.int64)
    return np.flatnonzero(window.array == quote)


def _decodes(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _well_quoted(window: Window, layout: Layout, quotes: Offsets) -> bool:
    """Does each opening quote begin a field, and each closing one end it (or is doubled)."""
    if quotes.size % 2:
        return False
    edge = np.zeros(256, np.bool_)
    edge[[ord(layout.dialect.delimiter), ord(layout.dialect.quote), LF, CR]] = True
    before, after = quotes[0::2] - 1, quotes[1::2] + 1
    opens = edge[window.array[np.maximum(before, 0)]] | (before < 0)
    at_end = after >= window.array.size
    closes = edge[window.array[np.minimum(after, window.array.size - 1)]] | at_end
    return bool(opens.all() and closes.all())


def _swallowing(window: Window, layout: Layout, first: Offsets, last: Offsets) -> Flags:
    """Records of three lines or more of which each line alone has a whole record's delimiters."""
    columns = len(layout.columns)
    long = (last - first + 1 >= SWALLOWED) & (columns >= SWALLOWED)
    if not long.any():
        return long
    delimiters = np.flatnonzero(window.array == ord(layout.dialect.delimiter))
    inside = np.searchsorted(delimiters, window.ends) - np.searchsorted(delimiters, window.starts)
    whole = np.concatenate(([0], np.cumsum(inside == columns - 1)))
    swallowing: Flags = long & (whole[last + 1] - whole[first] == last - first + 1)
    return swallowing


def _kinds(window: Window, last: Offsets) -> set[str]:
    """The kinds of line end after records."""
    if last.size == 0:
        return set()
    if CR not in window.data:
        return {"LF"} if window.nexts[last[-1]] > window.ends[last[-1]] or last.size > 1 else set()
    ends, nexts = window.ends[last], window.nexts[last]
    length = nexts - ends
    present: set[str] = set()
    if (length == len(b"\r\n")).any():
        present.add("CRLF")
    single = ends[length == 1]
    if single.size:
        marks = window.array[single]
        present.update(
            name for name, mark in (("LF", LF), ("CR", CR)) if bool((marks == mark).any())
        )
    return present


def _kind_of_end(text: bytes) -> set[str]:
    for mark, name in ((b"\r\n", "CRLF"), (b"\n", "LF"), (b"\r", "CR")):
        if text.endswith(mark):
            return {name}
    return set()
