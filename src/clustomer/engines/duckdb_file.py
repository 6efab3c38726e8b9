"""Tables and views of DuckDB files, read in a DuckDB of their own that can reach nothing else.

A view in such a file can name other files and addresses; here it cannot open them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from clustomer.engines.base import EngineError, quoted
from clustomer.engines.values import plain

if TYPE_CHECKING:
    import pyarrow as pa

_SHUT: Final = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
    "memory_limit": "3GB",
}


def list_tables(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the tables and views of a DuckDB file, with their columns.

    Those of a schema other than ``main`` carry its name: ``sales.orders``.

    Raises
    ------
    EngineError
        When the file is no DuckDB database, damaged or in use.
    """
    return {name: columns for name, (_, columns) in _catalogue(path).items()}


def read_table(path: Path, name: str) -> tuple[pa.Table, int]:
    """Return the rows of a table or view, and their number by a count of its own.

    Raises
    ------
    EngineError
        When it cannot be read: also where a view reaches for another file.
    KeyError
        When the file has no such table.
    """
    relation, _ = _catalogue(path)[name]
    with _opened(path) as connection:
        counted = connection.execute(f"SELECT count(*) FROM {relation}").fetchall()
        table = plain(connection.sql(f"SELECT * FROM {relation}").to_arrow_table())
    return table, int(counted[0][0])


def _catalogue(path: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    tables: dict[str, tuple[str, tuple[str, ...]]] = {}
    with _opened(path) as connection:
        columns = connection.execute(
            "SELECT schema_name, table_name, column_name FROM duckdb_columns() "
            "WHERE NOT internal AND database_name = current_database() "
            "ORDER BY schema_name <> 'main', schema_name, table_oid, column_index"
        ).fetchall()
    for schema, table, column in columns:
        name = table if schema == "main" else f"{schema}.{table}"
        relation, before = tables.get(name, (f"{quoted(schema)}.{quoted(table)}", ()))
        tables[name] = (relation, (*before, column))
    return tables


@contextmanager
def _opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        connection = duckdb.connect(str(path), read_only=True, config=dict(_SHUT))
        try:
            yield connection
        finally:
            connection.close()
    except duckdb.Error as error:
        raise EngineError(f"open {path.name}", str(error)) from error
