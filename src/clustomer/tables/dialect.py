"""How a text file is laid out: encoding, delimiter, quote, header. Searched over its head."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, NoReturn

from clustomer.engines.base import CsvDialect
from clustomer.errors import DataError, listed
from clustomer.names import ROW
from clustomer.tables.encoding import encoding_of, to_utf8
from clustomer.tables.grammar import grammar
from clustomer.tables.unpack import read_start

HEAD: Final = 1 << 20
"""Bytes at the start of a file that are looked at."""

RECORDS: Final = 200
"""Records of the head that a delimiter is judged by."""

DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

_DOUBLE, _SINGLE = (re.compile(rb"(?:^|[,;\t|\r\n]) *" + quote) for quote in (b'"', b"'"))

_MAGIC: Final = (
    (
        b"PK\x03\x04",
        "an Excel workbook or a zip archive",
        "give a workbook the ending .xlsx; unpack an archive",
    ),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "give it the ending .xls"),
    (b"PAR1", "a Parquet file", "give it the ending .parquet"),
    (b"SQLite format 3", "an SQLite database", "give it the ending .sqlite"),
    (b"%PDF", "a PDF document", "export the table behind it as CSV"),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """A text file's dialect, and where its data begin once it is UTF-8.

    Parameters
    ----------
    dialect
        Delimiter, quote and the source's encoding.
    columns
        Names in the header, spaces around them taken away; a column named ``source_row`` is called
        ``source_row_in_file`` so that it does not meet our own.
    data_start, data_line
        Offset in bytes (of the UTF-8 text) and number of the first line after the header.
    plain_start
        True where the header is the file's first line and nothing else.
    assumed
        True where the encoding is a guess: no byte order mark and not UTF-8.
    """

    dialect: CsvDialect
    columns: tuple[str, ...]
    data_start: int
    data_line: int
    plain_start: bool
    assumed: bool

    @property
    def read_as(self) -> str:
        """The dialect in words, such as ``utf-8, comma``."""
        encoding = self.dialect.encoding
        words = [f"{encoding} (assumed: it is not UTF-8)" if self.assumed else encoding]
        words.append(DELIMITERS[self.dialect.delimiter])
        if self.dialect.quote != '"':
            words.append("single quotes")
        return ", ".join(words)


def detect(path: Path, *, encoding: str | None = None) -> Layout:
    """Find out how a text file is laid out from its first megabyte.

    Parameters
    ----------
    encoding
        Use this one instead of searching.

    Raises
    ------
    DataError
        When the file cannot be opened, is empty, is not a text, has a blank or repeated name in its
        header, has no header, or holds nothing but a header.
    """
    head, whole = _read_head(path)
    _check_text(path, head)
    found = encoding or encoding_of(head)
    if found == "utf-32":
        raise DataError(f"{path.name} is in UTF-32, which is not read", remedy="save it as UTF-8")
    bom = 3 if found == "utf-8-sig" else 0
    found = found.removesuffix("-sig")
    text = to_utf8(head[bom:], found)
    if not whole:
        text = text[: max(text.rfind(b"\n"), text.rfind(b"\r")) + 1]
    dialect = _search(text, CsvDialect(encoding=found))
    header = next(_records(text, dialect), None)
    if header is None or header.fields is None:
        _refuse_header(path, text)
    columns = check_names(path.name, [_name(field) for field in header.fields])
    if whole and not text[header.next :].strip(b"\r\n"):
        raise DataError(
            f"{path.name} has a header but no rows",
            found=f"columns {listed(columns)}",
            remedy="give a file with data below the header",
        )
    _check_header_is_names(path, columns)
    skipped = text[: header.next]
    return Layout(
        replace(dialect, newline=_newline(skipped)),
        columns,
        data_start=bom + header.next,
        data_line=1 + skipped.count(b"\n") + skipped.replace(b"\r\n", b"").count(b"\r"),
        plain_start=header.start == 0 and not {10, 13} & set(skipped.rstrip(b"\r\n")),
        assumed=found == "cp1252",
    )


def check_names(source: str, names: Iterable[str]) -> tuple[str, ...]:
    """Refuse blank and repeated column names; keep ``source_row`` free for our own column.

    Names that differ by case only are repeated, as they are in SQL.

    Raises
    ------
    DataError
        Naming the names.
    """
    every = list(names)
    blank = [str(place) for place, name in enumerate(every, 1) if not name.strip()]
    if blank:
        raise DataError(
            f"{source}: the header has no name for column {listed(blank)} of {len(every)}",
            found=listed(name or "(blank)" for name in every),
            remedy="name every column in the first line, or take the unnamed ones out",
        )
    seen = Counter(name.lower() for name in every)
    repeated = [name for name in every if seen[name.lower()] > 1]
    if repeated:
        raise DataError(
            f"{source}: the header has the same name more than once: {listed(repeated)}",
            found=listed(every),
            remedy="give every column a name of its own (capitals do not tell names apart)",
        )
    return tuple(_beside_ours(name, seen) for name in every)


def _beside_ours(name: str, taken: Counter[str]) -> str:
    if name.lower() != ROW:
        return name
    free = f"{name}_in_file"
    while free.lower() in taken:
        free += "_"
    return free


def _read_head(path: Path) -> tuple[bytes, bool]:
    head = read_start(path, HEAD + 1)
    if not head[:HEAD].strip(b"\xef\xbb\xbf\xff\xfe\0\r\n\t "):
        raise DataError(
            f"{path.name} is empty", remedy="give a file with a header and rows of data"
        )
    return head[:HEAD], len(head) <= HEAD


def _check_text(path: Path, head: bytes) -> None:
    for magic, kind, remedy in _MAGIC:
        if head.startswith(magic):
            raise DataError(f"{path.name} is not a text file", found=kind, remedy=remedy)
    wide = encoding_of(head[:4]) in {"utf-16", "utf-32"}
    controls = len(head) - len(head.translate(None, bytes({*range(32), 127} - {9, 10, 12, 13})))
    if not wide and controls > max(4, len(head) // 20):
        half = head.count(b"\0") > len(head) // 3
        raise DataError(
            f"{path.name} is not a text file",
            found=f"{controls} control characters in its first {len(head)} bytes"
            + (", as in UTF-16 without a byte order mark" if half else ""),
            remedy="save it as CSV in UTF-8",
        )


@dataclass(frozen=True, slots=True)
class _Record:
    start: int
    next: int
    fields: list[bytes] | None


def _records(text: bytes, dialect: CsvDialect) -> Iterator[_Record]:
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
        yield _Record(at, min(after, len(text)), parsed.fields)
        at = after


def _newline(skipped: bytes) -> Literal["\n", "\r\n", "\r"]:
    """The line end after the header."""
    if skipped.endswith(b"\r\n"):
        return "\r\n"
    return "\r" if skipped.endswith(b"\r") else "\n"


def _line_end(text: bytes, at: int) -> int:
    ends = [found for found in (text.find(b"\n", at), text.find(b"\r", at)) if found >= 0]
    return min(ends, default=len(text))


def _search(text: bytes, plain: CsvDialect) -> CsvDialect:
    """Try each delimiter and quote; the header's width must hold for the records below it.

    Single quotes are tried where fields begin with them and none with a double one; they are taken
    when the records come out no worse, which a lone one as in 'n Sync does not let happen.
    """
    best, best_score = plain, 0.0
    single = _SINGLE.search(text) is not None and _DOUBLE.search(text) is None
    for quote in ("'", '"') if single else ('"',):
        for delimiter in DELIMITERS:
            candidate = replace(plain, delimiter=delimiter, quote=quote)
            score = _score(text, candidate)
            if score > best_score:
                best, best_score = candidate, score
    return best


def _score(text: bytes, dialect: CsvDialect) -> float:
    """Share of records as wide as the header, times a factor that rises with the width."""
    widths = [
        len(record.fields) if record.fields is not None else 0
        for record, _ in zip(_records(text, dialect), range(RECORDS), strict=False)
    ]
    if not widths or widths[0] == 0:
        return 0.0
    return sum(width == widths[0] for width in widths) / len(widths) * (1 - 1 / widths[0])


def _name(field: bytes) -> str:
    return field.decode("utf-8", "backslashreplace").strip()


def _refuse_header(path: Path, text: bytes) -> NoReturn:
    first = text.lstrip(b"\r\n")[:80].decode("utf-8", "replace")
    raise DataError(
        f"{path.name}: the header cannot be read",
        found=first or "a first line of more than a megabyte",
        remedy="its quotes must be closed and stand around whole names",
    )


def _check_header_is_names(path: Path, columns: tuple[str, ...]) -> None:
    numbers = [name for name in columns if _is_number(name)]
    if 2 * len(numbers) > len(columns):
        raise DataError(
            f"{path.name} seems to have no header: its first line holds values",
            found=listed(columns),
            remedy="put a first line with the names of the columns above the data",
        )


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True
