"""DuckDB inside the process: the engine of a laptop."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from pyarrow import parquet

from clustomer.engines.base import (
    NUMBER,
    WHITE,
    CsvDialect,
    EngineError,
    RaggedFileError,
    Stored,
    literal,
    quoted,
)
from clustomer.engines.text_files import is_plain, read_plain
from clustomer.engines.values import plain
from clustomer.names import ROW

PRELUDE = rf"""
CREATE OR REPLACE TEMP MACRO to_num(x) AS CASE
    WHEN regexp_matches(x, {literal(NUMBER)}) AND isfinite(try_cast(x AS DOUBLE))
    THEN try_cast(x AS DOUBLE) END;
CREATE OR REPLACE TEMP MACRO ws(x) AS trim(regexp_replace(x, {literal(WHITE)}, ' ', 'g'), ' ');
CREATE OR REPLACE TEMP MACRO re_has(x, p) AS regexp_matches(x, p);
CREATE OR REPLACE TEMP MACRO re_sub(x, p, r) AS regexp_replace(x, p, r, 'g');
CREATE OR REPLACE TEMP MACRO secs(a, b) AS (epoch_us(b) - epoch_us(a)) / 1e6;
"""

_STORED: tuple[tuple[tuple[str, ...], Stored], ...] = (
    (("VARCHAR", "ENUM"), "text"),
    (("TIMESTAMP", "DATE"), "date"),
    (("BOOLEAN",), "flag"),
    (
        (
            *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL"),
            *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
        ),
        "number",
    ),
)


_SPELT = {"\n": r"'\n'", "\r": r"'\r'"}


class DuckDBEngine:
    """An in-memory DuckDB that spills to a temporary folder when memory runs out.

    Parameters
    ----------
    threads
        Threads to use; None leaves the choice to DuckDB. Results do not depend on it, but for the
        last digits of sums of fractions.
    memory
        Most memory that DuckDB may hold before it spills, such as ``"3GB"``.
    """

    def __init__(self, threads: int | None = None, memory: str = "3GB") -> None:
        self._held: set[str] = set()
        self._made: dict[str, str] = {}
        self._spill = tempfile.TemporaryDirectory(prefix="clustomer-")
        self._connection = duckdb.connect(
            config={"memory_limit": memory, "temp_directory": self._spill.name}
        )
        if threads is not None:
            self._connection.execute(f"SET threads = {int(threads)}")
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute(PRELUDE)

    @property
    def dialect(self) -> str:
        """``duckdb``."""
        return "duckdb"

    def load(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table a relation."""
        self._hold(name, plain(table))

    def read_csv(self, name: str, path: Path, dialect: CsvDialect, columns: list[str]) -> int:
        """Read a text file strictly, every column as text.

        CRLF is left for DuckDB to find: told of it, DuckDB 2.0 finds no line at all. LF and CR are
        not: it would take the first line end that it meets, inside quotes too.
        """
        if is_plain(path, dialect):
            table = read_plain(path, dialect, columns)
        else:
            newline = "" if dialect.newline == "\r\n" else f"new_line = {_SPELT[dialect.newline]}, "
            kinds = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in columns)
            scan = (
                f"SELECT * FROM read_csv({literal(str(path))}, columns = {{{kinds}}}, "
                f"auto_detect = false, header = false, skip = {dialect.header_rows}, "
                f"delim = {literal(dialect.delimiter)}, quote = {literal(dialect.quote)}, "
                f"escape = {literal(dialect.quote)}, encoding = {literal(dialect.encoding)}, "
                f"strict_mode = true, null_padding = false, {newline}max_line_size = 33554432)"
            )
            try:
                table = self.arrow(scan)
            except EngineError as error:
                raise RaggedFileError(error.reason) from error
        self._hold(name, _numbered(table))
        return int(table.num_rows)

    def read_parquet(self, name: str, path: Path) -> int:
        """Read a Parquet file with its own types."""
        try:
            table = plain(parquet.read_table(path))
        except (OSError, pa.ArrowException) as error:
            raise EngineError(f"read_parquet {path}", str(error)) from error
        self._hold(name, _numbered(table))
        return int(table.num_rows)

    def _hold(self, name: str, table: pa.Table) -> None:
        """Let DuckDB see an Arrow table where it lies: copying it would cost more than reading."""
        self.drop(name)
        self._connection.register(name, table)
        self._held.add(name)

    def view(self, name: str, sql: str) -> None:
        """Name a query."""
        self.drop(name)
        self._execute(f"CREATE VIEW {quoted(name)} AS {sql}")
        self._made[name] = "VIEW"

    def checkpoint(self, name: str, sql: str) -> None:
        """Run a query and keep its rows."""
        self.drop(name)
        self._execute(f"CREATE TABLE {quoted(name)} AS {sql}")
        self._made[name] = "TABLE"

    def arrow(self, sql: str) -> pa.Table:
        """Run a query and return its rows."""
        try:
            return plain(self._connection.sql(sql).to_arrow_table())
        except duckdb.Error as error:
            raise EngineError(sql, str(error)) from error

    def write_csv(self, sql: str, path: Path) -> int:
        """Run a query and write its rows in their order: UTF-8, a header, commas, LF.

        Null is an empty field. Returns the number of rows. Raises `OSError` where the file cannot
        be written.
        """
        target = f"{literal(str(path))} (FORMAT csv, HEADER, DELIMITER ',', PRESERVE_ORDER true)"
        try:
            written = self._connection.execute(f"COPY ({sql}) TO {target}").fetchall()
        except duckdb.IOException as error:
            raise OSError(str(error)) from error
        except duckdb.Error as error:
            raise EngineError(sql, str(error)) from error
        return int(written[0][0])

    def write_parquet(self, sql: str, path: Path) -> None:
        """Run a query and write its rows in their order. Raises `OSError` where it cannot."""
        try:
            self._connection.execute(f"COPY ({sql}) TO {literal(str(path))} (FORMAT parquet)")
        except duckdb.IOException as error:
            raise OSError(str(error)) from error
        except duckdb.Error as error:
            raise EngineError(sql, str(error)) from error

    def columns(self, name: str) -> dict[str, Stored]:
        """Columns of a relation and how each is stored."""
        described = self._execute(f"DESCRIBE {quoted(name)}").fetchall()
        return {str(row[0]): _stored(str(row[1])) for row in described}

    def drop(self, name: str) -> None:
        """Forget a relation."""
        if name in self._held:
            self._held.discard(name)
            self._connection.unregister(name)
        elif name in self._made:
            self._execute(f"DROP {self._made.pop(name)} {quoted(name)}")

    def seal(self) -> None:
        """Close the way to files and network, and lock the settings."""
        self._execute("SET enable_external_access = false")
        self._execute("SET lock_configuration = true")

    def close(self) -> None:
        """Let go of memory and temporary files."""
        self._connection.close()
        self._spill.cleanup()

    def _execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(sql)
        except duckdb.Error as error:
            raise EngineError(sql, str(error)) from error


def _numbered(table: pa.Table) -> pa.Table:
    """Add the position of each row in its source."""
    return table.append_column(ROW, pa.array(np.arange(table.num_rows, dtype=np.int64)))


def _stored(kind: str) -> Stored:
    if kind.endswith("]"):
        return "other"
    for starts, stored in _STORED:
        if kind.startswith(starts):
            return stored
    return "other"
