"""Searching a text's delimiter, quote and header, and whether its decimals are commas."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from clustomer.engines.base import CsvDialect
from clustomer.tables.grammar import grammar

RECORDS: Final = 200
"""Records of the head that a delimiter is judged by."""

PREAMBLE: Final = 30
"""Records that may stand above the header."""

DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", "^": "caret"}

NO_QUOTE: Final = "\0"
"""Stands for no quote at all: a character that no record may hold."""

_BEFORE_A_QUOTE = rb"(?:^|[,;\t|^\r\n]) *"
_DOUBLE, _SINGLE = (re.compile(_BEFORE_A_QUOTE + quote) for quote in (b'"', b"'"))
_LATER: Final = 0.9
"""Factor of a header that is not the first record."""

_COMMA = re.compile(rb"[+-]?(?:[0-9]+|[0-9]{1,3}(?:[. ][0-9]{3})+),(?:[0-9]{1,2}|[0-9]{4,})")
_POINT = re.compile(rb"[+-]?(?:[0-9]+|[0-9]{1,3}(?:[, ][0-9]{3})+)\.(?:[0-9]{1,2}|[0-9]{4,})")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the head: where it stands, where the next one does, and its fields.

    `fields` is None where a quote is not closed or stands where none belongs.
    """

    start: int
    next: int
    fields: list[bytes] | None

    @property
    def width(self) -> int:
        """Number of fields; 0 for a broken record."""
        return 0 if self.fields is None else len(self.fields)

    @property
    def filled(self) -> int:
        """Number of fields that hold something."""
        return sum(bool(field.strip()) for field in self.fields or ())


@dataclass(frozen=True, slots=True)
class Found:
    """A dialect and the records that it makes of the head; `header` is the header's place."""

    dialect: CsvDialect
    records: tuple[Record, ...]
    header: int


def search(
    text: bytes,
    plain: CsvDialect,
    *,
    delimiter: str | None = None,
    quote: str | None = None,
    first: bool = False,
) -> Found:
    """Try each delimiter and quote; the header's width must hold for the records below it.

    Single quotes are tried where fields begin with them and none with a double one; they are taken
    when the records come out no worse, which a lone one as in 'n Sync does not let happen.

    Parameters
    ----------
    text
        The head of the file, UTF-8.
    delimiter, quote
        Use these instead of searching.
    first
        Whether the header can only be the first record.
    """
    single = b"'" in text and _SINGLE.search(text) is not None and _DOUBLE.search(text) is None
    quotes = [quote] if quote is not None else ["'", '"'] if single else ['"']
    best: Found | None = None
    best_score = 0.0
    for one in quotes:
        for mark in DELIMITERS if delimiter is None else (delimiter,):
            dialect = replace(plain, delimiter=mark, quote=one)
            some = zip(records(text, dialect), range(RECORDS + PREAMBLE), strict=False)
            seen = tuple(record for record, _ in some)
            header, score = _header(seen, first=first)
            if score > best_score:
                best, best_score = Found(dialect, seen, header), score
    if best is None:
        dialect = replace(plain, delimiter=delimiter or ",", quote=quotes[-1])
        some = zip(records(text, dialect), range(RECORDS), strict=False)
        return Found(dialect, tuple(record for record, _ in some), 0)
    return best


def is_spaced(text: bytes) -> bool:
    """Whether runs of spaces set the columns apart, as in tables made for printing.

    That is where no mark of `DELIMITERS` stands in the first lines, all of them fall into as many
    words (two at least), and most hold a run of two spaces or more between words.
    """
    lines = [line.strip(b" ") for line in text.splitlines()[:RECORDS] if line.strip()]
    if len(lines) < 5 or any(mark.encode() in line for mark in DELIMITERS for line in lines):
        return False
    widths = {len(line.split()) for line in lines}
    apart = sum(b"  " in line for line in lines)
    return len(widths) == 1 and widths != {1} and 2 * apart > len(lines)


def records(text: bytes, dialect: CsvDialect) -> Iterator[Record]:
    """Go over the records of the head; after a broken one, go on with the next line."""
    parser = grammar(dialect)
    at = 0
    while at < len(text):
        if text[at] in b"\r\n":
            at += 1
            continue
        parsed = parser.parse(text, at, len(text))
        end = _line_end(text, at) if parsed.fields is None else parsed.end
        after = end + (2 if text[end : end + 2] == b"\r\n" else 1)
        yield Record(at, min(after, len(text)), parsed.fields)
        at = after


def decimal_of(rows: Sequence[Record]) -> str:
    """The decimal mark that most numbers of the head show: a point, a comma, "" for none.

    What can be a thousand as well (``1,234``) does not count, and one comma alone shows nothing.
    """
    fields = [field.strip() for row in rows for field in row.fields or ()]
    commas = sum(_COMMA.fullmatch(field) is not None for field in fields)
    points = sum(_POINT.fullmatch(field) is not None for field in fields)
    if commas > max(points, 1):
        return ","
    return "." if points > commas else ""


def looks_like_data(names: Sequence[str], below: Sequence[Record]) -> bool:
    """Whether most names are numbers, or written just as the values below them.

    Years are names, as over the columns of a pivot table.
    """
    if all(_YEAR.fullmatch(name) for name in names if _is_number(name)):
        numbers = 0
    else:
        numbers = sum(map(_is_number, names))
    return 2 * max(numbers, _alike(names, below)) > len(names)


def _header(seen: Sequence[Record], *, first: bool) -> tuple[int, float]:
    """The place of the header that fits best, and its score."""
    widths = [record.width for record in seen]
    best, best_score = 0, _score(seen, widths, 0)
    if first or not seen:
        return best, best_score
    for at in range(1, min(PREAMBLE, len(seen) - 1)):
        score = _LATER * _score(seen, widths, at)
        if score > best_score and _can_begin(seen, at):
            best, best_score = at, score
    return best, best_score


def _score(seen: Sequence[Record], widths: Sequence[int], at: int) -> float:
    """Share of records as wide as the header, times a factor that rises with the width."""
    if not seen or widths[at] == 0:
        return 0.0
    below = widths[at : at + RECORDS]
    share = below.count(below[0]) / len(below)
    blank = seen[at].filled < below[0]
    return share * (1 - 1 / below[0]) * (_LATER**2 if blank else 1)


def _can_begin(seen: Sequence[Record], at: int) -> bool:
    """Whether a record can be a header with titles above it.

    Its fields are all filled, different and no data; what stands above is narrower and not itself
    the header of a table whose rows carry an unnamed first field.
    """
    header, above = seen[at], seen[:at]
    names = [name.strip().lower() for name in header.fields or ()]
    if header.filled < header.width or len(set(names)) < len(names):
        return False
    if any(record.filled > header.width - 2 and record.filled > 1 for record in above):
        return False
    if any(record.filled >= header.width for record in above):
        return False
    told = [name.decode("utf-8", "replace") for name in names]
    below = seen[at + 1 :]
    return bool(below) and _alike(told, below) == 0 and not looks_like_data(told, below)


def _alike(names: Sequence[str], below: Sequence[Record]) -> int:
    """How many names hold a digit and are written as most of the values below them."""
    count = 0
    for at, name in enumerate(names):
        shape = _shape(name)
        if "9" not in shape:
            continue
        values = [
            row.fields[at].decode("utf-8", "replace")
            for row in below
            if row.fields is not None and row.width == len(names)
        ]
        shapes = Counter(_shape(value.strip()) for value in values)
        count += bool(shapes) and shapes.most_common(1)[0][0] == shape
    return count


def _shape(text: str) -> str:
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", text))


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def _line_end(text: bytes, at: int) -> int:
    ends = [found for found in (text.find(b"\n", at), text.find(b"\r", at)) if found >= 0]
    return min(ends, default=len(text))
