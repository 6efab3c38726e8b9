"""Spark: the engine of a cluster, or of all processors of one machine.

Portable SQL is told in Spark's words by `spark_text.spark_sql`. The engine works in a session of
its own inside the given one, so that its settings and views never meet those of the user.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import pyarrow as pa
from pyarrow import types

from clustomer.engines import frame
from clustomer.engines.base import (
    Aggregate,
    CsvDialect,
    Derived,
    EngineError,
    Recoded,
    Stored,
    quoted,
)
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.engines.effects_sql import (
    aggregated_sql,
    attached_sql,
    counts_sql,
    derived_sql,
    patched_sql,
)
from clustomer.engines.repeats import repeated_sql
from clustomer.engines.spark_session import SESSION, current, start
from clustomer.engines.spark_text import reaches_java, spark_name, spark_sql
from clustomer.engines.values import plain
from clustomer.errors import MissingExtraError
from clustomer.names import ROW

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Result = TypeVar("Result")

_STORED: Final[Mapping[str, Stored]] = {
    "StringType": "text",
    "CharType": "text",
    "VarcharType": "text",
    "TimestampType": "date",
    "TimestampNTZType": "date",
    "DateType": "date",
    "BooleanType": "flag",
    "ByteType": "number",
    "ShortType": "number",
    "IntegerType": "number",
    "LongType": "number",
    "FloatType": "number",
    "DoubleType": "number",
    "DecimalType": "number",
}


class SparkEngine:
    """Spark in local mode, or a session that the caller already has.

    Parameters
    ----------
    session
        A session of the caller's; it is neither changed nor stopped. Without one, a session that
        runs in this process is used, or else one is started and stopped again by `close`.
    master
        Where Spark runs when a session is started, such as ``"local[2]"``.
    scratch
        Folder for the files that text is turned into on its way to Spark; every worker must see
        it. A temporary folder of this machine by default, which suits local mode only.
    settings
        Further Spark settings, such as ``{"spark.driver.memory": "4g"}``. Inside a session that
        runs already, those that cannot be changed any more are passed over.

    Raises
    ------
    MissingExtraError
        When pyspark or Java is not there.
    """

    def __init__(
        self,
        session: SparkSession | None = None,
        master: str = "local[2]",
        scratch: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(
            prefix="clustomer-", dir=scratch, ignore_cleanup_errors=True
        )
        self._scratch = Path(self._folder.name)
        self._started: SparkSession | None = None
        try:
            running = session or current()
            if running is None:
                running = self._started = start(master, self._scratch, settings or {})
        except MissingExtraError:
            self._folder.cleanup()
            raise
        self._session = running.newSession()
        for key, value in {**(settings or {}), **SESSION}.items():
            if self._session.conf.isModifiable(key):
                self._session.conf.set(key, value)
        self._names: set[str] = set()
        self._files = itertools.count()
        self._sealed = False

    @property
    def dialect(self) -> str:
        """``spark``."""
        return "spark"

    def load(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table a relation."""
        rows = plain(table)
        self._keep(name, self._do(f"load {name}", lambda: self._session.createDataFrame(rows)))

    def read_csv(self, name: str, path: Path, dialect: CsvDialect, columns: list[str]) -> int:
        """Read a text file strictly, every column as text.

        DuckDB reads it and hands it on as Parquet, for Spark's own reader forgives too much:
        a line with too few fields, a stray quote and an empty line would pass unseen.
        """
        reader = DuckDBEngine()
        try:
            rows = reader.read_csv("arriving", path, dialect, columns)
            self._keep(name, self._rewritten(reader, "SELECT * FROM arriving"))
        finally:
            reader.close()
        return rows

    def read_parquet(self, name: str, path: Path) -> int:
        """Read a Parquet file with its own types."""
        fine = _nanoseconds(path)
        if fine:
            reader = DuckDBEngine()
            try:
                rows = reader.read_parquet("arriving", path)
                casts = ", ".join(f"CAST({quoted(c)} AS timestamp) AS {quoted(c)}" for c in fine)
                sql = f"SELECT * REPLACE ({casts}) FROM arriving"
                self._keep(name, self._rewritten(reader, sql))
            finally:
                reader.close()
            return rows
        sql = f"read {path}"
        read = self._do(sql, lambda: self._session.read.parquet(path.absolute().as_uri()))
        self._keep(name, self._do(sql, lambda: read.selectExpr("*", f"_metadata.row_index {ROW}")))
        return self._do(sql, read.count)

    def _rewritten(self, reader: DuckDBEngine, sql: str) -> DataFrame:
        path = self._scratch / f"{next(self._files)}.parquet"
        reader.write_parquet(sql, path)
        return self._do(sql, lambda: self._session.read.parquet(path.as_uri()))

    def view(self, name: str, sql: str) -> None:
        """Name a query."""
        self._keep(name, self._query(sql))

    def checkpoint(self, name: str, sql: str) -> None:
        """Run a query and keep its rows."""
        query = self._query(sql)
        self._keep(name, self._do(sql, query.localCheckpoint))

    def arrow(self, sql: str) -> pa.Table:
        """Run a query and return its rows."""
        return plain(self._do(sql, self._query(sql).toArrow))

    def counts(self, name: str, columns: Sequence[str] = ()) -> list[int]:
        """Count rows, and the rows with a value of each column."""
        return [int(one[0].as_py()) for one in self.arrow(counts_sql(name, columns)).columns]

    def take(self, name: str, rows: pa.Array, columns: Sequence[str]) -> pa.Table:
        """Rows by their number."""
        wanted = ", ".join(f"t.{quoted(column)}" for column in dict.fromkeys((ROW, *columns)))
        with self._rows(f"{name} taken", rows) as only:
            return self.arrow(
                f"SELECT {wanted} FROM {quoted(name)} AS t JOIN {only} AS o"
                f" ON t.{ROW} = o.{ROW} ORDER BY t.{ROW}"
            )

    def select(self, name: str, columns: Sequence[str], most: int | None = None) -> pa.Table:
        """Columns of a relation."""
        chosen = ", ".join(map(quoted, columns))
        limit = "" if most is None else f" LIMIT {most}"
        found = self.arrow(f"SELECT {chosen} FROM {quoted(name)}{limit}")
        told = zip(found.column_names, found.columns, strict=True)
        return frame.arrow(
            {name: frame.encode(one) if types.is_string(one.type) else one for name, one in told}
        )

    def distinct(self, name: str, columns: Sequence[str]) -> dict[str, pa.Table]:
        """Distinct values of text columns."""
        return {
            column: self.arrow(
                f"SELECT {quoted(column)} AS raw, count(*) AS n FROM {quoted(name)}"
                f" WHERE {quoted(column)} IS NOT NULL GROUP BY {quoted(column)}"
            )
            for column in columns
        }

    def pairs(self, name: str, one: str, other: str) -> pa.Table:
        """Count the rows of each pair of texts."""
        x, y = quoted(one), quoted(other)
        return self.arrow(
            f"SELECT {x} AS x, {y} AS y, count(*) AS n FROM {quoted(name)}"
            f" WHERE {x} IS NOT NULL AND {y} IS NOT NULL GROUP BY {x}, {y}"
        )

    def derive(self, into: str, name: str, columns: Mapping[str, Derived], joins: str = "") -> None:
        """Make a relation of the same rows with other columns, by joins."""
        values = {
            column: f"{into} values {at}"
            for at, (column, how) in enumerate(columns.items())
            if isinstance(how, Recoded)
        }
        for column, relation in values.items():
            how = columns[column]
            if isinstance(how, Recoded):
                self.load(relation, how.values)
        self.checkpoint(into, derived_sql(name, columns, values) + joins)
        for relation in values.values():
            self.drop(relation)

    def attach(
        self, into: str, name: str, key: str, attributes: str, columns: Sequence[str]
    ) -> int:
        """Make a relation of the same rows with columns of another beside their own."""
        self.view(into, attached_sql(name, key, attributes, columns))
        k = quoted(key)
        found = self.arrow(
            f"SELECT count(*) AS n FROM {quoted(name)} l JOIN {quoted(attributes)} r"
            f" ON l.{k} = r.{k}"
        )
        return int(found["n"][0].as_py())

    def keep(self, into: str, name: str, where: str) -> None:
        """Make a relation of the rows where a condition holds."""
        self.view(into, f"SELECT * FROM {quoted(name)} WHERE {where}")

    def without(self, into: str, name: str, rows: pa.Array) -> None:
        """Make a relation of all rows but these."""
        with self._rows(f"{into} left out", rows) as out:
            self.checkpoint(
                into,
                f"SELECT t.* FROM {quoted(name)} AS t LEFT JOIN {out} AS o"
                f" ON t.{ROW} = o.{ROW} WHERE o.{ROW} IS NULL",
            )

    def patch(self, name: str, cells: Mapping[str, pa.Table]) -> None:
        """Put values into single cells."""
        lookups = {column: f"{name} cells {at}" for at, column in enumerate(cells)}
        for column, lookup in lookups.items():
            self.load(lookup, cells[column])
        self.checkpoint(name, patched_sql(name, list(self.columns(name)), lookups))
        for lookup in lookups.values():
            self.drop(lookup)

    def aggregate(
        self,
        into: str,
        name: str,
        by: Sequence[str],
        columns: Mapping[str, Aggregate],
        where: str = "",
    ) -> None:
        """Make a relation of one row for each group."""
        self.checkpoint(into, aggregated_sql(name, by, columns, where))

    def repeated(self, name: str, columns: Sequence[str]) -> pa.Table:
        """Rows that repeat an earlier row."""
        return self.arrow(repeated_sql(name, columns))

    def columns(self, name: str) -> dict[str, Stored]:
        """Columns of a relation and how each is stored."""
        schema = self._query(f"SELECT * FROM {quoted(name)}").schema
        return {
            field.name: _STORED.get(type(field.dataType).__name__, "other")
            for field in schema.fields
        }

    def seal(self) -> None:
        """Close the way to files by their paths, and to Java methods, for all later SQL."""
        self._session.conf.set("spark.sql.runSQLOnFiles", "false")
        self._sealed = True

    def drop(self, name: str) -> None:
        """Forget a relation; Spark lets go of its rows when nothing is built on them any more."""
        sql = f"DROP VIEW IF EXISTS {spark_name(name)}"
        self._do(sql, lambda: self._session.sql(sql))
        self._names.discard(name)

    def close(self) -> None:
        """Let go of memory and temporary files; stop Spark when this engine started it."""
        if self._started is not None:
            self._started.stop()
        else:
            for name in sorted(self._names):
                self.drop(name)
        self._folder.cleanup()

    @contextmanager
    def _rows(self, name: str, rows: pa.Array) -> Iterator[str]:
        """A relation of row numbers, as long as it is needed; gives its quoted name."""
        self.load(name, pa.table({ROW: rows}))
        try:
            yield quoted(name)
        finally:
            self.drop(name)

    def _keep(self, name: str, rows: DataFrame) -> None:
        self._do(name, lambda: rows.createOrReplaceTempView(spark_name(name)))
        self._names.add(name)

    def _query(self, sql: str) -> DataFrame:
        try:
            told = spark_sql(sql)
        except ValueError as error:
            raise EngineError(sql, str(error)) from error
        if self._sealed and reaches_java(told):
            raise EngineError(sql, "Java methods cannot be called")
        return self._do(sql, lambda: self._session.sql(told))

    def _do(self, sql: str, effect: Callable[[], Result]) -> Result:
        from py4j.protocol import Py4JJavaError
        from pyspark.errors import PySparkException

        try:
            return effect()
        except PySparkException as error:
            raise EngineError(sql, str(error).split("\n\nJVM stacktrace", 1)[0]) from error
        except Py4JJavaError as error:
            raise EngineError(sql, str(error.java_exception)) from error


def _nanoseconds(path: Path) -> list[str]:
    """Columns of a Parquet file with nanoseconds, which Spark cannot read."""
    import pyarrow.parquet as pq
    from pyarrow import types

    schema = pq.read_schema(path)
    return [
        field.name for field in schema if types.is_timestamp(field.type) and field.type.unit == "ns"
    ]
