"""How a text file is laid out: encoding, delimiter, quote, header. Searched over its head."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, NoReturn

from clustomer.engines.base import CsvDialect
from clustomer.errors import DataError, listed
from clustomer.names import ROW
from clustomer.recipe.settings import SPACES, ReadSettings
from clustomer.tables.encoding import columns_apart, encoding_of, encoding_of_all, is_wide, to_utf8
from clustomer.tables.plausible import Choice
from clustomer.tables.search import (
    DELIMITERS,
    NO_QUOTE,
    Found,
    Record,
    decimal_of,
    is_spaced,
    looks_like_data,
    search,
)
from clustomer.tables.unpack import packed_as, read_start

HEAD: Final = 1 << 20
"""Bytes at the start of a file that are looked at."""

AS_IT_IS: Final = ReadSettings()
"""Nothing is given; all is found out."""

_BOM: Final = b"\xef\xbb\xbf"
_CODECS: Final = {"shift_jis": "cp932", "iso8859-1": "latin-1"}
_SHOWN: Final = {"cp932": "cp932 (Shift-JIS)"}

_MAGIC: Final = (
    (
        b"PK\x03\x04",
        "an Excel workbook or a zip archive",
        "give a workbook the ending .xlsx, or unpack the archive",
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
        True where the data begin after as many lines as the dialect has header rows.
    assumed
        True where the encoding is a guess: no byte order mark, not UTF-8, few words to judge by.
    spaced
        Whether runs of spaces set the columns apart; the dialect is that of the text in which tabs
        do (see `encoding.set_apart`).
    header
        The header's bytes as UTF-8, without its line end; empty where the file has none.
    header_line
        Number of its line; 0 where the file has none.
    decimal
        The decimal mark that the head shows; "" where it shows none.
    """

    dialect: CsvDialect
    columns: tuple[str, ...]
    data_start: int
    data_line: int
    plain_start: bool
    assumed: bool
    spaced: bool = False
    header: bytes = b""
    header_line: int = 1
    decimal: str = ""

    @property
    def read_as(self) -> str:
        """The dialect in words, such as ``utf-8, comma``."""
        encoding = _SHOWN.get(self.dialect.encoding, self.dialect.encoding)
        words = [f"{encoding} (assumed: it is not UTF-8)" if self.assumed else encoding]
        words.append(self._columns_by(self.dialect.delimiter))
        quote = self.dialect.quote
        if quote == NO_QUOTE and not self.spaced:
            words.append("no quotes")
        elif quote not in {'"', NO_QUOTE}:
            words.append("single quotes" if quote == "'" else f"quote {quote}")
        if self.decimal == ",":
            words.append("decimal comma")
        if self.header_line != 1:
            words.append(f"header in line {self.header_line}" if self.header_line else "no header")
        return ", ".join(words)

    def _columns_by(self, mark: str) -> str:
        if self.spaced:
            return "columns by spaces"
        if len(self.columns) == 1:
            return "one column"
        return DELIMITERS.get(mark, f"delimiter {mark}")


def detect(
    path: Path, reading: ReadSettings = AS_IT_IS, *, encoding: Choice | None = None
) -> Layout:
    """Find out how a text file is laid out from its first megabyte.

    Parameters
    ----------
    reading
        What the recipe gives is not searched.
    encoding
        Use this one instead of searching.

    Raises
    ------
    DataError
        When the file cannot be opened, is empty, is not a text, is in an encoding that cannot be
        told, has a blank or repeated name in its header, has no header, or holds nothing but a
        header.
    """
    head, whole = _read_head(path)
    state = path.stat()
    return _detected(path, head, whole, (state.st_size, state.st_mtime_ns), reading, encoding)


@lru_cache(maxsize=8)
def _detected(
    path: Path,
    head: bytes,
    whole: bool,  # noqa: FBT001  # caches know places, not names
    _state: tuple[int, int],
    reading: ReadSettings,
    encoding: Choice | None,
) -> Layout:
    """Find it out once for the several who ask: whoever looks for tables, columns and rows."""
    choice = encoding or _encoding(path, head, reading, whole=whole)
    bom = len(_BOM) if choice.encoding == "utf-8-sig" else 0
    found = choice.encoding.removesuffix("-sig")
    try:
        text = to_utf8(head[bom:], found)
    except UnicodeError as error:
        raise DataError(
            f"{path.name} is not in {found}.",
            found=str(error),
            remedy='correct encoding in the recipe; "utf-16-le" and "utf-16-be" need no mark',
        ) from None
    if not whole:
        text = text[: max(text.rfind(b"\n"), text.rfind(b"\r")) + 1]
    spaced = reading.delimiter == SPACES or (reading.delimiter is None and is_spaced(text))
    if spaced:
        text = columns_apart(text)
    above = _after_lines(path, text, reading.skip or 0)
    laid_out = search(
        text[above:],
        CsvDialect(encoding=found),
        delimiter="\t" if spaced else reading.delimiter,
        quote=NO_QUOTE if spaced or reading.quote == "" else reading.quote,
        first=reading.skip is not None or reading.header is not None,
    )
    names, record = _names(path, text[above:], laid_out, reading)
    headed = reading.header is None or reading.header is True
    start = record.next if headed else record.start
    if whole and not text[above + start :].strip(b"\r\n"):
        raise DataError(
            f"{path.name} has a header but no rows.",
            found=f"columns {listed(names)}",
            remedy="give a file with data below the header",
        )
    skipped = text[: above + start]
    passed = lines_of(skipped)
    quote = laid_out.dialect.quote.encode()
    return Layout(
        replace(
            laid_out.dialect,
            header_rows=passed,
            newline=_newline(text[: above + record.next]),
        ),
        names,
        data_start=bom + above + start,
        data_line=1 + passed,
        plain_start=len(_ends(skipped)) <= 1 and (passed == 1 or quote not in skipped),
        assumed=not choice.sure,
        spaced=spaced,
        header=_bytes_of(text[above:], record) if headed else b"",
        header_line=1 + lines_of(text[: above + record.start]) if headed else 0,
        decimal=reading.decimal or decimal_of(laid_out.records[laid_out.header :]),
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
            f"{source}: the header has no name for column {listed(blank)} of {len(every)}.",
            found=listed(name or "(blank)" for name in every),
            remedy="name every column in the first line, or take the unnamed ones out",
        )
    seen = Counter(name.lower() for name in every)
    repeated = [name for name in every if seen[name.lower()] > 1]
    if repeated:
        raise DataError(
            f"{source}: the header has the same name more than once: {listed(repeated)}.",
            found=listed(every),
            remedy="give every column a name of its own (capitals do not tell names apart)",
        )
    return tuple(_beside_ours(name, seen) for name in every)


def field_name(field: bytes) -> str:
    """A name in a header."""
    return field.decode("utf-8", "backslashreplace").strip()


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
            f"{path.name} is empty.", remedy="give a file with a header and rows of data"
        )
    return head[:HEAD], len(head) <= HEAD


def _encoding(path: Path, head: bytes, reading: ReadSettings, *, whole: bool) -> Choice:
    if reading.encoding is not None:
        given = _CODECS.get(reading.encoding, reading.encoding)
        marked = given == "utf-8" and head.startswith(_BOM)
        return Choice("utf-8-sig" if marked else given, sure=True)
    _check_magic(path, head)
    choice = encoding_of(head)
    _check_text(path, head, choice.encoding)
    if not (whole or choice.sure or packed_as(path)):
        choice = encoding_of_all(path)
    if not choice.encoding:
        refuse_encoding(path.name, choice)
    if choice.encoding == "utf-32":
        raise DataError(f"{path.name} is in UTF-32, which is not read.", remedy="save it as UTF-8")
    return choice


def refuse_encoding(name: str, choice: Choice) -> NoReturn:
    """Say that an encoding cannot be told, and how a word would read in each that was tried."""
    shown = listed(f"{encoding} '{word}'" for encoding, word in choice.readings)
    raise DataError(
        f"{name}: its encoding cannot be told; it is not UTF-8.",
        found=f"a word in it would be in {shown}",
        remedy='say which in the recipe, such as encoding = "cp1251" below [tables...], '
        "or save the file as UTF-8",
    )


def _check_magic(path: Path, head: bytes) -> None:
    for magic, kind, remedy in _MAGIC:
        if head.startswith(magic):
            raise DataError(f"{path.name} is not a text file.", found=kind, remedy=remedy)


def _check_text(path: Path, head: bytes, encoding: str) -> None:
    controls = len(head) - len(head.translate(None, bytes({*range(32), 127} - {9, 10, 12, 13})))
    if not is_wide(encoding) and controls > max(4, len(head) // 20):
        raise DataError(
            f"{path.name} is not a text file.",
            found=f"{controls} control characters in its first {len(head)} bytes",
            remedy="save it as CSV in UTF-8",
        )


def _after_lines(path: Path, text: bytes, lines: int) -> int:
    """Offset after so many lines, blank ones too."""
    at = 0
    for _ in range(lines):
        ends = [end for end in (text.find(b"\n", at), text.find(b"\r", at)) if end >= 0]
        if not ends:
            raise DataError(
                f"{path.name} has fewer than {lines} lines above a header.",
                remedy="correct skip in the recipe",
            )
        at = min(ends) + (2 if text[min(ends) : min(ends) + 2] == b"\r\n" else 1)
    return at


def _names(
    path: Path, text: bytes, found: Found, reading: ReadSettings
) -> tuple[tuple[str, ...], Record]:
    """Names of the columns, and the header's record (or the first one where there is none)."""
    record = found.records[found.header] if found.records else None
    if record is None or record.fields is None:
        _refuse_header(path, text)
    if reading.header is False or isinstance(reading.header, tuple):
        return _given_names(path, reading.header or (), found), record
    names = [field_name(field) for field in record.fields]
    below = found.records[found.header + 1 :]
    checked = check_names(path.name, _with_unnamed(names, below))
    if reading.header is None and looks_like_data(checked, below):
        raise DataError(
            f"{path.name} seems to have no header: its first line holds values.",
            found=listed(checked),
            remedy="put a first line with the names of the columns above the data, or name them "
            'in the recipe: header = ["customer_id", ...] below [tables...]',
        )
    return checked, record


def _given_names(path: Path, given: tuple[str, ...], found: Found) -> tuple[str, ...]:
    widths = Counter(record.width for record in found.records if record.width)
    width = widths.most_common(1)[0][0]
    if not given:
        return tuple(f"column_{place}" for place in range(1, width + 1))
    if len(given) != width:
        raise DataError(
            f"{path.name} has {width} columns, and the recipe names {len(given)}.",
            found=listed(given),
            remedy="give header a name for every column",
        )
    return check_names(path.name, given)


def _with_unnamed(names: Sequence[str], below: Sequence[Record]) -> list[str]:
    """Name what exports leave unnamed: a first column of row names, a last one of nothing.

    A table's program may write its row names without a name above them, or a delimiter at the end
    of every line.
    """
    named = list(names)
    if len(names) < 2 or sum(not name for name in names) != 1:
        return named
    if not names[0]:
        named[0] = "unnamed_1"
    values = [row.fields[-1] for row in below if row.fields and row.width == len(names)]
    if not names[-1] and values and not any(value.strip() for value in values):
        named[-1] = f"unnamed_{len(names)}"
    return named


def _bytes_of(text: bytes, record: Record) -> bytes:
    return text[record.start : record.next].rstrip(b"\r\n")


def lines_of(text: bytes) -> int:
    """Number of line ends in a text: LF, CRLF or CR."""
    return text.count(b"\n") + text.replace(b"\r\n", b"").count(b"\r")


def _ends(text: bytes) -> set[str]:
    """The kinds of line end in a text."""
    bare = text.replace(b"\r\n", b"")
    kinds = {"CRLF"} if len(bare) < len(text) else set()
    return kinds | ({"LF"} if b"\n" in bare else set()) | ({"CR"} if b"\r" in bare else set())


def _newline(skipped: bytes) -> Literal["\n", "\r\n", "\r"]:
    """The line end after the header, or after the first line where there is no header."""
    if skipped.endswith(b"\r\n"):
        return "\r\n"
    return "\r" if skipped.endswith(b"\r") else "\n"


def _refuse_header(path: Path, text: bytes) -> NoReturn:
    first = text.lstrip(b"\r\n")[:80].decode("utf-8", "replace")
    raise DataError(
        f"{path.name}: the header cannot be read.",
        found=first or "a first line of more than a megabyte",
        remedy="its quotes must be closed and stand around whole names",
    )
