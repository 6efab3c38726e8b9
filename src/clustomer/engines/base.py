r"""What an engine is: a handful of effects, and a prelude of functions with one meaning everywhere.

SQL is written once, in the part of the language on which the engines agree, plus these functions
that each engine's prelude defines:

==============================  ==================================================================
``to_num(text)``                double; null where the text is not a plain number (digits, one
                                point, sign, exponent, spaces around) or beyond a double
``ws(text)``                    text with white space trimmed and each run of it made one space;
                                white space is what Python's ``str.split`` takes for it
``re_has(text, pattern)``       boolean: does the pattern occur in the text
``re_sub(text, pattern, new)``  text with every occurrence of the pattern replaced; ``\1`` in the
                                new text stands for the pattern's first group
``secs(start, end)``            double: seconds from one timestamp to another
==============================  ==================================================================

Identifiers are quoted with double quotes (`quoted`), texts with single quotes (`literal`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

Stored = Literal["text", "number", "date", "flag", "other"]
"""How an engine stores a column, as far as cleaning needs to know."""


WHITE: Final = (
    r"[\t\n\x0B\f\r\x1C-\x1F \x85\xA0\x{1680}\x{2000}-\x{200A}"
    r"\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]+"
)
"""A run of white space as Python's `str.split` sees it, in the syntax of RE2 and of Java."""

NUMBER: Final = r"^ *([+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]+)?) *\z"
"""A plain number; `^` and `\\z` hold the whole text, for `$` also stops before a last line end."""


class EngineError(Exception):
    """A statement failed in the engine; carries the statement, for the caller to explain."""

    def __init__(self, sql: str, reason: str) -> None:
        super().__init__(f"{reason}\n  in: {sql}")
        self.sql = sql
        self.reason = reason


class RaggedFileError(Exception):
    """A strict read met a line that does not fit; the caller separates the bad lines."""


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """How a text file is laid out. Detected once, then read strictly.

    `header_rows` counts the records before the first data record (0: the file has no header).
    `newline` ends every record; inside quotes any line end may stand. `encoding` is the source's:
    an engine is only ever given UTF-8, with or without byte order mark.
    """

    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    header_rows: int = 1
    newline: Literal["\n", "\r\n", "\r"] = "\n"


class Engine(Protocol):
    """The effects that an engine offers. Relations are named; a name is replaced when given again.

    Every relation that comes from a source has the column ``source_row`` (`names.ROW`): the
    position of the row in its source, 0 for the first data row.
    """

    @property
    def dialect(self) -> str:
        """Short name of the engine, such as ``duckdb``."""
        ...

    def load(self, name: str, table: pa.Table) -> None:
        """Make `table` a relation, without adding a column."""
        ...

    def read_csv(self, name: str, path: Path, dialect: CsvDialect, columns: list[str]) -> int:
        """Read a text file strictly, every column as text, empty fields as null.

        Returns the number of rows. Raises `RaggedFileError` where a line does not fit.
        """
        ...

    def read_parquet(self, name: str, path: Path) -> int:
        """Read a Parquet file with its own types; returns the number of rows."""
        ...

    def view(self, name: str, sql: str) -> None:
        """Name a query; it runs when it is used."""
        ...

    def checkpoint(self, name: str, sql: str) -> None:
        """Run a query and keep its rows."""
        ...

    def arrow(self, sql: str) -> pa.Table:
        """Run a query and return its rows, in the few column types of `values.plain`."""
        ...

    def columns(self, name: str) -> dict[str, Stored]:
        """Columns of a relation in order, and how each is stored."""
        ...

    def seal(self) -> None:
        """Close the way to files and network for all later SQL; sources have been read by now."""
        ...

    def drop(self, name: str) -> None:
        """Forget a relation; one that is not there is no error."""
        ...

    def close(self) -> None:
        """Let go of memory and temporary files."""
        ...


def quoted(name: str) -> str:
    """Quote an identifier.

    >>> quoted('unit price')
    '"unit price"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text.

    >>> literal("o'clock")
    "'o''clock'"
    """
    return "'" + text.replace("'", "''") + "'"
