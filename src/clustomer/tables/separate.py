"""Separating the records that fit from those that do not, so that one defect costs one record.

Lines that are plainly one good record each are found by NumPy and copied in bulk; only the others
are read in Python. A record that does not fit is set aside alone: reading goes on with the next
line, so that a quote left open cannot swallow the lines after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from clustomer.errors import DataError
from clustomer.tables.dialect import Layout
from clustomer.tables.grammar import MAX_RECORD, Grammar, Parsed, grammar
from clustomer.tables.records import BOM, SWALLOWED, Flags, header_again
from clustomer.tables.window import Offsets, Window

SHORT: Final = "fewer fields than the header"
LONG: Final = "more fields than the header"
QUOTE: Final = "a quote that is not closed, or stands where none belongs"
NUL: Final = "a NUL character"
BYTES: Final = "bytes that are not {encoding}"
AGAIN: Final = "the header again"
HUGE: Final = "a line longer than 4 MB"

LOOKAHEAD: Final = 1 << 16
"""Bytes after a record of several lines that are looked at before it is judged."""

_ASCII = 0x7F

MANY: Final = 1000
"""So many records are set aside without asking; beyond, not more than half of a file."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that does not fit: its first line in the source, why, and its bytes as UTF-8."""

    line: int
    reason: str
    raw: bytes


@dataclass(slots=True)
class Separation:
    """What a separation found; filled while it goes on.

    Parameters
    ----------
    kept
        Records written to the new file.
    aside
        Records that do not fit, in their order.
    gaps_at, gaps
        For each place where source lines are missing in the new file: the number of lines written
        before it, and how many are missing there.
    """

    kept: int = 0
    written: int = 0
    aside: list[SetAside] = field(default_factory=list)
    gaps_at: list[int] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)

    def skip(self, lines: int) -> None:
        """Note that source lines are missing here in the new file."""
        if self.gaps_at and self.gaps_at[-1] == self.written:
            self.gaps[-1] += lines
        elif lines:
            self.gaps_at.append(self.written)
            self.gaps.append(lines)


def separate(path: Path, layout: Layout, target: Path) -> Separation:
    """Write the records that fit to `target`: UTF-8, LF, no header, no blank lines.

    Parameters
    ----------
    path
        The text, UTF-8 as far as it can be decoded.

    Raises
    ------
    DataError
        When more than half of a file (and more than `MANY` records) does not fit: then it is the
        dialect that is wrong, not the records.
    """
    parser = grammar(layout.dialect)
    result = Separation()
    result.skip(layout.data_line - 1)
    with path.open("rb") as file, target.open("wb") as out:
        file.seek(layout.data_start)
        window = Window(file, layout.data_line)
        used = 0
        while window.advance(used):
            used = _separate_window(window, layout, parser, out, result)
            _check_proportion(path, layout, result)
    return result


def _separate_window(
    window: Window, layout: Layout, parser: Grammar, out: BinaryIO, result: Separation
) -> int:
    """Deal with the lines of a window; returns how many, for the last may need more text."""
    if window.starts.size == 0:
        return 0
    plain = plain_lines(window, layout)
    odd = np.flatnonzero(~plain)
    count = window.starts.size
    at = 0
    while at < count:
        place = int(np.searchsorted(odd, at))
        until = int(odd[place]) if place < odd.size else count
        _copy(window, at, until, out, result)
        if until == count:
            return count
        lines = _odd_record(window, until, layout, parser, out, result)
        if lines == 0:
            return until
        at = until + lines
    return count


def _copy(window: Window, at: int, until: int, out: BinaryIO, result: Separation) -> None:
    if at == until:
        return
    text = window.data[int(window.starts[at]) : int(window.ends[until - 1])]
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    out.write(text + b"\n")
    result.kept += until - at
    result.written += until - at


def _odd_record(
    window: Window, at: int, layout: Layout, parser: Grammar, out: BinaryIO, result: Separation
) -> int:
    """Keep or set aside the record that begins at line `at`; returns its lines, 0 for more text."""
    start, end = int(window.starts[at]), int(window.ends[at])
    if start == end and len(layout.columns) > 1:
        result.skip(1)
        return 1
    if layout.header and window.data[start:end].removeprefix(BOM) == layout.header:
        result.aside.append(SetAside(window.line + at, AGAIN, window.data[start:end]))
        result.skip(1)
        return 1
    parsed = parser.parse(window.data, start, _stop(window, at))
    if parsed.open and not window.final and _stop(window, at) == window.nexts[-1]:
        return 0
    lines, reason = _judge(window, at, layout, parser, parsed)
    ahead = int(window.nexts[-1] - window.nexts[at + lines - 1])
    over_lines = parsed.fields is None or parsed.end > end
    if over_lines and ahead < LOOKAHEAD and not window.final:
        return 0
    if parsed.fields is None or reason:
        raw = window.data[start : int(window.ends[at + lines - 1])]
        result.aside.append(SetAside(window.line + at, reason, raw))
        result.skip(lines)
    else:
        out.write(parser.write(parsed.fields))
        result.kept += 1
        result.written += lines
    return lines


def _stop(window: Window, at: int) -> int:
    """The end of the last whole line within the length of a record that begins at line `at`."""
    within = np.searchsorted(window.nexts, window.starts[at] + MAX_RECORD, side="right")
    return int(window.nexts[max(int(within) - 1, at)])


def _judge(
    window: Window, at: int, layout: Layout, parser: Grammar, parsed: Parsed
) -> tuple[int, str]:
    """How many lines the record takes, and why it does not fit ("" where it does).

    A record that does not fit takes one line, or all that it seems to run over if none of them
    could be the first line of a good record.
    """
    start = int(window.starts[at])
    if int(window.ends[at]) - start > MAX_RECORD:
        return 1, HUGE
    width = len(layout.columns)
    if parsed.fields is None:
        found, fields = parser.parse_tolerantly(window.data, start, _stop(window, at))
        last, reason = _line_at(window, found) if fields == width else at, QUOTE
    else:
        last, reason = _line_at(window, parsed.end), _width_reason(len(parsed.fields), width)
    alone = not _covers_a_start(window, at, last, width, parser)
    if parsed.fields is None or reason:
        return (last - at + 1, reason) if alone else (1, QUOTE)
    if not (alone or parsed.strict) or _swallows(window, at, last, layout):
        return 1, QUOTE
    if not alone and _breaks_the_next(window, at, last, width, parser):
        return 1, QUOTE
    return last - at + 1, _spoilt(window.data[start : parsed.end], layout)


def _width_reason(fields: int, width: int) -> str:
    if fields == width:
        return ""
    return SHORT if fields < width else LONG


def _covers_a_start(window: Window, at: int, last: int, width: int, parser: Grammar) -> bool:
    """Could one of the lines after `at`, up to `last`, begin a good record of its own."""
    return any(_good_until(window, line, width, parser) for line in range(at + 1, last + 1))


def _breaks_the_next(window: Window, at: int, last: int, width: int, parser: Grammar) -> bool:
    """Are the quotes after line `last` broken if a record ends there, and whole if it does not.

    So it is after a stray quote, when the field that it opens ends at the opening quote of a later
    record: then that record begins among the lines covered, ends after them, and its rest is bad.
    Among fields of nothing but quotes, delimiters and line ends both readings can be as good.
    """
    filled = np.flatnonzero(window.ends[last + 1 :] > window.starts[last + 1 :])
    if filled.size == 0:
        return False
    after = last + 1 + int(filled[0])
    found = parser.parse(window.data, int(window.starts[after]), _stop(window, after))
    if found.fields is not None and (found.strict or len(found.fields) == width):
        return False
    lines = range(at + 1, last + 1)
    return any(_good_until(window, line, width, parser) > last for line in lines)


def _good_until(window: Window, line: int, width: int, parser: Grammar) -> int:
    """The last line of the good record that begins at `line`; 0 where none does."""
    found = parser.parse(window.data, int(window.starts[line]), _stop(window, line))
    good = found.fields is not None and len(found.fields) == width and found.strict
    return _line_at(window, found.end) if good else 0


def _line_at(window: Window, offset: int) -> int:
    """The line on which a record that ends at `offset` ends."""
    return int(np.searchsorted(window.ends, offset))


def _swallows(window: Window, at: int, last: int, layout: Layout) -> bool:
    """Is each line of a long record by itself as wide as a whole one (see `SWALLOWED`)."""
    columns = len(layout.columns)
    if last - at + 1 < SWALLOWED or columns < SWALLOWED:
        return False
    delimiter = layout.dialect.delimiter.encode()
    return all(
        window.data.count(delimiter, int(window.starts[line]), int(window.ends[line]))
        == columns - 1
        for line in range(at, last + 1)
    )


def _spoilt(raw: bytes, layout: Layout) -> str:
    if b"\0" in raw:
        return NUL
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return BYTES.format(encoding=layout.dialect.encoding.upper().replace("CP", "cp"))
    return ""


def plain_lines(window: Window, layout: Layout) -> Flags:
    """Which lines of a window are, each by itself, a whole record without any doubt.

    That is: as many fields as the header, quotes only around whole fields (or doubled inside),
    no NUL, nothing that is not UTF-8, not blank.

    Returns
    -------
    NDArray
        bool, shape (lines,).
    """
    array, starts, ends = window.array, window.starts, window.ends
    quotes = np.flatnonzero(array == ord(layout.dialect.quote))
    delimiters = np.flatnonzero(array == ord(layout.dialect.delimiter))
    good = ends - starts <= MAX_RECORD
    if quotes.size:
        first = np.searchsorted(quotes, starts)
        good &= _well_quoted_lines(window, layout, quotes, first)
        line = np.searchsorted(ends, delimiters)
        inside = (np.searchsorted(quotes, delimiters) - first[np.minimum(line, ends.size - 1)]) % 2
        delimiters = delimiters[inside == 0]
    width = np.searchsorted(delimiters, ends) - np.searchsorted(delimiters, starts) + 1
    good &= (width == len(layout.columns)) & (ends > starts)
    nuls = np.flatnonzero(array == 0)
    good[np.searchsorted(ends, nuls[nuls < window.nexts[-1]]) if nuls.size else nuls] = False
    _unmark_undecodable(window, good)
    return good & ~header_again(window, layout)


def _well_quoted_lines(window: Window, layout: Layout, quotes: Offsets, first: Offsets) -> Flags:
    """Lines whose quotes, counted from the line's start, open and close whole fields."""
    array, starts, ends = window.array, window.starts, window.ends
    count = np.searchsorted(quotes, ends) - first
    quotes = quotes[: int(first[-1] + count[-1])]
    line = np.searchsorted(ends, quotes)
    opening = (np.arange(quotes.size) - first[line]) % 2 == 0
    edge = np.zeros(256, np.bool_)
    edge[[ord(layout.dialect.delimiter), ord(layout.dialect.quote)]] = True
    before = edge[array[np.maximum(quotes - 1, 0)]] | (quotes == starts[line])
    after = edge[array[np.minimum(quotes + 1, array.size - 1)]] | (quotes + 1 == ends[line])
    stray = np.where(opening, before, after) == 0
    good: Flags = count % 2 == 0
    good[line[stray]] = False
    return good


def _unmark_undecodable(window: Window, good: Flags) -> None:
    text = window.data[: int(window.nexts[-1])]
    if text.isascii():
        return
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        high = np.flatnonzero(window.array[: len(text)] > _ASCII)
        for line in np.unique(np.searchsorted(window.nexts, high, side="right")).tolist():
            try:
                text[int(window.starts[line]) : int(window.ends[line])].decode("utf-8")
            except UnicodeDecodeError:
                good[line] = False


def _check_proportion(path: Path, layout: Layout, result: Separation) -> None:
    bad = len(result.aside)
    if bad > MANY and bad > result.kept:
        first = result.aside[0]
        shown = first.raw[:80].decode("utf-8", "backslashreplace")
        raise DataError(
            f"{path.name}: most of its records do not fit, read as {layout.read_as}.",
            found=f"{bad} of the first {bad + result.kept}; line {first.line}: "
            f"{first.reason}: {shown}",
            remedy="check that it is one table, with one header, delimiter and encoding throughout",
        )
