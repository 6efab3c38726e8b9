"""Reading one table of a file that holds several, and holding the parts of one table together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from clustomer.engines.base import EngineError
from clustomer.errors import DataError, listed
from clustomer.tables import sqlite, workbook
from clustomer.tables.candidates import Member, label, member_columns, refused_database
from clustomer.tables.formats import format_of
from clustomer.tables.made import Made


def read_member(member: Member) -> Made:
    """Read a sheet of a workbook or a table or view of a database.

    Raises
    ------
    DataError
        When it cannot be read, or has no rows.
    """
    kind = format_of(member.file)
    if kind == "workbook":
        return workbook.read_sheet(member.file, member.name)
    if kind == "sqlite":
        return sqlite.read_table(member.file, member.name)
    return _read_duckdb(member)


def check_parts_agree(name: str, columns: Mapping[str, Iterable[str]]) -> None:
    """Refuse files that are to be one table and do not hold the same columns.

    Parameters
    ----------
    name
        What messages call the table.
    columns
        By file: its columns.

    Raises
    ------
    DataError
        Naming the first file that differs from the first, and the columns in which it does.
    """
    (first, expected), *others = ((file, list(names)) for file, names in columns.items())
    for file, names in others:
        missing = [one for one in expected if one not in names]
        more = [one for one in names if one not in expected]
        if missing or more:
            told = [f"{file} lacks {listed(missing)}"] if missing else []
            told += [f"{file} has {listed(more)} besides"] if more else []
            raise DataError(
                f"{name}: its files do not hold the same columns.",
                found=f"compared with {first}, {' and '.join(told)}",
                remedy="give all of them the same columns, or take out those that do not belong",
            )


def told_of_parts(read_as: Iterable[str]) -> str:
    """How the parts of a table were read, each way once.

    >>> told_of_parts(["utf-8, comma", "utf-8, comma", "cp1252, semicolon"])
    'utf-8, comma; cp1252, semicolon'
    """
    return "; ".join(dict.fromkeys(read_as))


def _read_duckdb(member: Member) -> Made:
    from clustomer.engines import duckdb_file

    names = member_columns(member)
    try:
        table, counted = duckdb_file.read_table(member.file, member.name)
    except EngineError as error:
        raise refused_database(member.file, error) from error
    if table.num_rows != counted:
        raise DataError(
            f"{label(member)} says it has {counted} rows, but {table.num_rows} were read."
        )
    if counted == 0:
        raise DataError(f"{label(member)} has no rows.", found=f"columns {listed(names)}")
    numbers = np.arange(1, counted + 1, dtype=np.int64)
    return Made(table.rename_columns(list(names)), numbers, "DuckDB table")
