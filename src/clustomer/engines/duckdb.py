"""DuckDB inside the process: the engine of a laptop."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from clustomer.engines import frame, repeats
from clustomer.engines.aggregate import aggregated, suits
from clustomer.engines.base import (
    NUMBER,
    WHITE,
    Aggregate,
    Computed,
    CsvDialect,
    Derived,
    EngineError,
    Kept,
    RaggedFileError,
    Recoded,
    Stored,
    literal,
    quoted,
)
from clustomer.engines.combined import holds, told
from clustomer.engines.effects_sql import aggregated_sql, counts_sql
from clustomer.engines.text_files import is_plain, marks, read_plain, scan_sql
from clustomer.engines.turns import in_turn
from clustomer.engines.values import plain
from clustomer.names import ROW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clustomer.engines.grouped import Flags

PRELUDE = rf"""
CREATE OR REPLACE TEMP MACRO to_num(x) AS CASE
    WHEN regexp_matches(x, {literal(NUMBER)}) AND isfinite(try_cast(x AS DOUBLE))
    THEN try_cast(x AS DOUBLE) END;
CREATE OR REPLACE TEMP MACRO ws(x) AS trim(regexp_replace(x, {literal(WHITE)}, ' ', 'g'), ' ');
CREATE OR REPLACE TEMP MACRO re_has(x, p) AS regexp_matches(x, p);
CREATE OR REPLACE TEMP MACRO re_sub(x, p, r) AS regexp_replace(x, p, r, 'g');
CREATE OR REPLACE TEMP MACRO secs(a, b) AS (epoch_us(b) - epoch_us(a)) / 1e6;
"""


@in_turn
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
        self._turn = RLock()
        self._held: dict[str, dict[str, frame.Column]] = {}
        self._made: dict[str, str] = {}
        self._threads = threads or os.cpu_count() or 1
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
        """Read a text file strictly, every column as text."""
        found = marks(path, dialect.quote)
        if is_plain(found, dialect):
            table = read_plain(path, dialect, columns, wide=found.wide)
        else:
            try:
                table = self.arrow(scan_sql(path, dialect, columns))
            except EngineError as error:
                raise RaggedFileError(error.reason) from error
        rows = int(table.num_rows)
        self._hold(name, _numbered(table))
        return rows

    def read_parquet(self, name: str, path: Path) -> int:
        """Read a Parquet file with its own types."""
        try:
            table = plain(parquet.read_table(path))
        except (OSError, pa.ArrowException) as error:
            raise EngineError(f"read_parquet {path}", str(error)) from error
        self._hold(name, _numbered(table))
        return int(table.num_rows)

    def _hold(self, name: str, columns: frame.Frame | pa.Table) -> None:
        """Let DuckDB see columns where they lie: copying them would cost more than reading."""
        if isinstance(columns, pa.Table):
            columns = dict(zip(columns.column_names, columns.columns, strict=True))
        self.drop(name)
        self._connection.register(name, frame.arrow(columns))
        self._held[name] = dict(columns)

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

    def counts(self, name: str, columns: Sequence[str] = ()) -> list[int]:
        """Count rows, and the rows with a value of each column."""
        held = self._held.get(name)
        if held is None:
            return [int(n[0].as_py()) for n in self.arrow(counts_sql(name, columns)).columns]
        rows = frame.arrow(dict([next(iter(held.items()))])).num_rows
        return [rows, *(frame.filled(held[column]) for column in columns)]

    def take(self, name: str, rows: pa.Array, columns: Sequence[str]) -> pa.Table:
        """Rows by their number."""
        held = self._frame(name)
        at = frame.where(self._rows(name), rows.to_numpy())
        at = at[at >= 0]
        return plain(frame.arrow({c: frame.take(held[c], at) for c in (ROW, *columns)}))

    def select(self, name: str, columns: Sequence[str], most: int | None = None) -> pa.Table:
        """Columns of a relation."""
        held = self._frame(name)
        texts = self._coded(name, [column for column in columns if frame.is_text(held[column])])
        found = frame.arrow({column: texts.get(column, held[column]) for column in columns})
        return found.slice(0, most)

    def distinct(self, name: str, columns: Sequence[str]) -> dict[str, pa.Table]:
        """Distinct values of text columns."""
        coded = self._coded(name, columns)
        with ThreadPoolExecutor(self._threads) as pool:
            counted = pool.map(frame.counted, coded.values())
            return dict(zip(coded, counted, strict=True))

    def pairs(self, name: str, one: str, other: str) -> pa.Table:
        """Count the rows of each pair of texts."""
        coded = self._coded(name, [one, other])
        return frame.paired(coded[one], coded[other])

    def derive(self, into: str, name: str, columns: Mapping[str, Derived], joins: str = "") -> None:
        """Make a relation of the same rows: what is kept is shared, what is recoded stays codes."""
        computed = {column: how for column, how in columns.items() if isinstance(how, Computed)}
        found = self._computed(name, computed, joins) if computed else {}
        recoded = [how.source for how in columns.values() if isinstance(how, Recoded)]
        coded = self._coded(name, recoded)
        held = self._frame(name)
        made: dict[str, frame.Column] = {}
        for column, how in columns.items():
            match how:
                case Kept(source):
                    made[column] = held[source]
                case Recoded(source, values):
                    made[column] = frame.recode(coded[source], values)
                case Computed():
                    made[column] = found[column]
        self._hold(into, made)

    def attach(
        self, into: str, name: str, key: str, attributes: str, columns: Sequence[str]
    ) -> int:
        """Make a relation of the same rows with columns of another beside their own."""
        keys = self._coded(name, [key])[key]
        found = frame.places(keys, self._coded(attributes, [key])[key])
        other = self._frame(attributes)
        texts = [column for column in columns if frame.is_text(other[column])]
        added = {**other, **self._coded(attributes, texts)}
        own = self._frame(name)
        self._hold(into, {**own, **{c: frame.take(added[c], found) for c in columns}})
        return int(np.count_nonzero(found >= 0))

    def keep(self, into: str, name: str, where: str) -> None:
        """Make a relation of the rows where a condition holds."""
        self._hold(into, self._kept(name, self._holds(name, [where])[where]))

    def without(self, into: str, name: str, rows: pa.Array) -> None:
        """Make a relation of all rows but these."""
        out = frame.where(self._rows(name), rows.to_numpy())
        flags = np.ones(len(self._rows(name)), np.bool_)
        flags[out[out >= 0]] = False
        self._hold(into, self._kept(name, flags))

    def _kept(self, name: str, flags: NDArray[np.bool_]) -> frame.Frame:
        held = self._frame(name)
        if flags.all():
            return held
        self._coded(name, [column for column in held if frame.is_text(held[column])])
        with ThreadPoolExecutor(self._threads) as pool:
            taken = pool.map(lambda column: frame.kept(column, flags), held.values())
            return dict(zip(held, taken, strict=True))

    def patch(self, name: str, cells: Mapping[str, pa.Table]) -> None:
        """Put values into single cells."""
        held = self._frame(name)
        self._coded(name, [column for column in cells if frame.is_text(held[column])])
        rows = self._rows(name)
        patched = {
            column: frame.patched(
                held[column], frame.where(rows, new[ROW].to_numpy()), new["value"]
            )
            for column, new in cells.items()
        }
        self._hold(name, {**held, **patched})

    def _rows(self, name: str) -> NDArray[np.int64]:
        rows: NDArray[np.int64] = frame.arrow({ROW: self._frame(name)[ROW]})[ROW].to_numpy()
        return rows

    def aggregate(
        self,
        into: str,
        name: str,
        by: Sequence[str],
        columns: Mapping[str, Aggregate],
        where: str = "",
    ) -> None:
        """Make a relation of one row for each group, by codes where the types allow it."""
        held = self._frame(name)
        asked = {one.sql: one.sql.strip('"') for one in columns.values() if one.sql}
        texts = [key for key in {*by, *asked.values()} if key in held and frame.is_text(held[key])]
        known = {**held, **self._coded(name, texts)}
        given = {sql: known[column] for sql, column in asked.items() if column in known}
        given |= self._told(name, [sql for sql in asked if sql not in given])
        if all(suits(one, given) for one in columns.values()):
            conditions = [where, *(one.where for one in columns.values())]
            flags = self._holds(name, [condition for condition in conditions if condition])
            keys = {key: known[key] for key in by}
            self._hold(into, aggregated(keys, columns, given, flags, where, threads=self._threads))
        else:
            self.checkpoint(into, aggregated_sql(name, by, columns, where))

    def _told(self, name: str, asked: Sequence[str]) -> dict[str, pa.ChunkedArray]:
        return told(self._frame(name), asked, partial(self._valued, name))

    def _holds(self, name: str, asked: Sequence[str]) -> dict[str, Flags]:
        return holds(self._frame(name), asked, partial(self._valued, name))

    def _valued(
        self, name: str, asked: Sequence[str], rows: pa.Table | None
    ) -> list[pa.ChunkedArray]:
        """Values of expressions over a relation's rows, or over some that stand for them."""
        chosen = f"SELECT {', '.join(asked)} FROM"
        if rows is None:
            return list(self.arrow(f"{chosen} {quoted(name)}").columns)
        few = f"{name} combined"
        self.load(few, rows)
        try:
            return list(self.arrow(f"{chosen} {quoted(few)}").columns)
        finally:
            self.drop(few)

    def _computed(
        self, name: str, columns: Mapping[str, Computed], joins: str
    ) -> dict[str, pa.ChunkedArray]:
        made = [f"{how.sql} AS {quoted(column)}" for column, how in columns.items()]
        if joins:
            made.append(f"t.{ROW} AS {ROW}")
        found = self.arrow(f"SELECT {', '.join(made)} FROM {quoted(name)} AS t{joins}")
        rows = self._frame(name)[ROW] if joins else None
        if joins and not found[ROW].equals(rows):
            # A join may give the rows back in another order.
            found = found.take(pc.index_in(rows, value_set=found[ROW]))
        return {column: found[column] for column in columns}

    def _frame(self, name: str) -> dict[str, frame.Column]:
        if name not in self._held:
            self._hold(name, self.arrow(f"SELECT * FROM {quoted(name)}"))
        return self._held[name]

    def _coded(self, name: str, columns: Sequence[str]) -> dict[str, frame.Coded]:
        """Text columns as codes; each column is encoded once, and its texts are let go of."""
        held = self._frame(name)
        texts = [c for c in dict.fromkeys(columns) if not isinstance(held[c], frame.Coded)]
        if texts:
            self._connection.unregister(name)
            with ThreadPoolExecutor(self._threads) as pool:
                for column, coded in zip(
                    texts, pool.map(lambda c: frame.encode(held[c]), texts), strict=True
                ):
                    held[column] = coded
            self._hold(name, held)
            held = self._held[name]
        return {column: held[column] for column in columns}

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

    def repeated(self, name: str, columns: Sequence[str]) -> pa.Table:
        """Rows that repeat an earlier row: among those with the same hash, compared in full."""
        held = self._frame(name)
        coded = [one for c in columns if isinstance(one := held[c], frame.Coded)]
        rest = [quoted(c) for c in columns if not isinstance(held[c], frame.Coded)]
        hashed = frame.hashes(coded, len(self._rows(name)))
        if rest:
            other = f"CAST(hash({', '.join(rest)}) >> 1 AS BIGINT)"
            found = self.arrow(f"SELECT {other} AS h FROM {quoted(name)}")
            hashed ^= found["h"].to_numpy()
        among = f"{name} alike"
        rows = repeats.alike(hashed)
        self._hold(among, {c: frame.take(held[c], rows) for c in (ROW, *columns)})
        try:
            return self.arrow(repeats.repeated_sql(among, columns))
        finally:
            self.drop(among)

    def columns(self, name: str) -> dict[str, Stored]:
        """Columns of a relation and how each is stored."""
        held = self._held.get(name)
        if held is None:
            none = self.arrow(f"SELECT * FROM {quoted(name)} LIMIT 0")
            held = dict(zip(none.column_names, none.columns, strict=True))
        return {column: frame.stored(of) for column, of in held.items()}

    def drop(self, name: str) -> None:
        """Forget a relation."""
        if name in self._held:
            del self._held[name]
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
