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

from collections.abc import Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Kept:
    """A column as it stands in the relation that is derived from."""

    source: str


@dataclass(frozen=True, slots=True)
class Recoded:
    """A column made from a text column by a table of its distinct values.

    Parameters
    ----------
    values
        Columns `raw`, which holds each text of `source` once, and `value`; no text gives no value.
    """

    source: str
    values: pa.Table


@dataclass(frozen=True, slots=True)
class Computed:
    """A column as SQL over `t`, the relation that is derived from, and what is joined to it."""

    sql: str


Derived = Kept | Recoded | Computed
"""How a column of a derived relation comes about."""


Summary = Literal["count", "sum", "avg", "min", "max", "distinct", "most_frequent"]
"""What is told of a group: as in SQL, nulls do not count. ``distinct`` counts different values;
``most_frequent`` is the text on most rows, of equals the first by spelling."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One column of `Engine.aggregate`.

    Parameters
    ----------
    summary
        What is told of the values. Counts are int64, sums and averages float64.
    sql
        SQL of the values over the relation; empty: the row itself, for ``count``.
    where
        SQL of a condition: only rows where it holds are taken; empty: all.
    """

    summary: Summary
    sql: str = ""
    where: str = ""


class Engine(Protocol):
    """The effects that an engine offers. Relations are named; a name is replaced when given again.

    Every relation that comes from a source has the column ``source_row`` (`names.ROW`): the
    position of the row in its source, 0 for the first data row.

    Several threads may use an engine at once.
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

    def counts(self, name: str, columns: Sequence[str] = ()) -> list[int]:
        """Count the rows of a relation, then the rows with a value of each column."""
        ...

    def take(self, name: str, rows: pa.Array, columns: Sequence[str]) -> pa.Table:
        """Rows by their ``source_row`` (int64, rising): it and the columns, in that order.

        Rows that are not there are left out.
        """
        ...

    def select(self, name: str, columns: Sequence[str], most: int | None = None) -> pa.Table:
        """Columns of a relation, its rows in any order, at most so many; texts are encoded."""
        ...

    def distinct(self, name: str, columns: Sequence[str]) -> dict[str, pa.Table]:
        """Distinct values of text columns: for each a table of `raw` and `n`, the number of rows.

        Rows without a text are not counted; the order of the values is any.
        """
        ...

    def pairs(self, name: str, one: str, other: str) -> pa.Table:
        """Count the rows of each pair of texts in two text columns.

        Returns the columns `x`, `y` (the texts of `one` and `other`, dictionary-encoded or not) and
        `n`, the number of rows; rows without one of the texts are not counted, and the order is
        any.
        """
        ...

    def derive(self, into: str, name: str, columns: Mapping[str, Derived], joins: str = "") -> None:
        """Make a relation of the same rows with other columns, and keep it.

        Parameters
        ----------
        columns
            By new name: how the column comes about. ``source_row`` must be among those kept.
        joins
            SQL that joins lookups to `t`, each row with one row of theirs at most; for `Computed`.
        """
        ...

    def attach(
        self, into: str, name: str, key: str, attributes: str, columns: Sequence[str]
    ) -> int:
        """Make a relation of the same rows with columns of another beside their own.

        Returns the number of rows that found their key.

        Parameters
        ----------
        key
            Text column of that name in both; `attributes` holds each key once at most, and no null.
        columns
            Columns of `attributes` to add.
        """
        ...

    def keep(self, into: str, name: str, where: str) -> None:
        """Make a relation of the rows where a condition in SQL holds."""
        ...

    def without(self, into: str, name: str, rows: pa.Array) -> None:
        """Make a relation of the rows whose ``source_row`` (int64) is not among these."""
        ...

    def patch(self, name: str, cells: Mapping[str, pa.Table]) -> None:
        """Put values into single cells of a relation, which keeps its name.

        Parameters
        ----------
        cells
            By column: ``source_row`` (int64, each row once) and `value`, of the column's type.
        """
        ...

    def aggregate(
        self,
        into: str,
        name: str,
        by: Sequence[str],
        columns: Mapping[str, Aggregate],
        where: str = "",
    ) -> None:
        """Make a relation of one row for each group, and keep it: the columns `by`, then `columns`.

        Parameters
        ----------
        by
            At least one column; rows without a value in it are a group like any other.
        where
            SQL of a condition: groups are made of the rows where it holds; empty: of all.
        """
        ...

    def repeated(self, name: str, columns: Sequence[str]) -> pa.Table:
        """Rows that repeat an earlier row in these columns, null being equal to null.

        Returns ``source_row`` and ``first``, the earliest row that is the same, by ``source_row``.
        """
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
