"""Tables and views of SQLite files, read without running anything but a plain SELECT."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import quote

import numpy as np

from clustomer.engines.base import quoted
from clustomer.errors import DataError, listed, nearest
from clustomer.tables.dialect import check_names
from clustomer.tables.made import Aside, Made, as_text, columns_of, table_of

BATCH: Final = 50_000
BYTES: Final = "bytes that are not UTF-8"

_STEP: Final = 1_000_000
_STEPS: Final = 20_000
"""A statement may take so many million steps of SQLite's machine: enough for a table of a hundred
million rows, and an end to a view that never ends."""


def list_tables(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the tables and views of an SQLite file, with their columns.

    A view that cannot be run (it names a table that is gone) is left out.

    Raises
    ------
    DataError
        When the file is no SQLite database, or damaged.
    """
    with _opened(path) as database:
        names = database.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
            r"AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY rowid"
        ).fetchall()
        tables = {}
        for (name,) in names:
            try:
                described = database.execute(f"SELECT * FROM {quoted(name)} LIMIT 0").description
            except sqlite3.OperationalError:
                continue
            tables[name] = tuple(column[0] for column in described)
        return tables


def read_table(path: Path, name: str) -> Made:
    """Read a table or view; every value keeps its own type where its column has one.

    A row that holds text that is not UTF-8 is set aside.

    Raises
    ------
    DataError
        When the table is not there, cannot be read, or has no rows.
    """
    label = f"{path.name}#{name}"
    with _opened(path) as database:
        known = list_tables(path)
        if name not in known:
            raise DataError(
                f"{path.name} has no table '{name}'.",
                found=listed(known),
                remedy=nearest(name, known) or "give the name of one of its tables",
            )
        names = check_names(label, known[name])
        counted = database.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0]
        cursor = database.execute(f"SELECT * FROM {quoted(name)}")
        batches, sizes, lines, aside = [], [], [], []
        at = 0
        while rows := cursor.fetchmany(BATCH):
            good = []
            for row in rows:
                at += 1
                if any(isinstance(cell, str) and not _clean(cell) for cell in row):
                    aside.append(Aside(at, BYTES, ",".join(as_text(c) or "" for c in row)))
                else:
                    good.append(row)
                    lines.append(at)
            batches.append(columns_of(names, good))
            sizes.append(len(good))
    if not lines:
        raise DataError(f"{label} has no rows.", found=f"columns {listed(names)}")
    if at != counted:
        raise DataError(f"{label} says it has {counted} rows, but {at} were read.")
    numbers = np.asarray(lines, np.int64)
    return Made(table_of(batches, sizes), numbers, "SQLite table", tuple(aside))


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as database:
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA query_only = ON")
            database.text_factory = _text
            steps = iter(range(_STEPS))
            database.set_progress_handler(lambda: next(steps, None) is None, _STEP)
            yield database
    except sqlite3.Error as error:
        _refuse(path, error)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _clean(text: str) -> bool:
    return text.isascii() or not any("\udc80" <= one <= "\udcff" for one in text)


def _refuse(path: Path, error: sqlite3.Error) -> NoReturn:
    endless = "interrupted" in str(error)
    raise DataError(
        f"{path.name} cannot be read as an SQLite database.",
        found="a view that does not end" if endless else str(error),
        remedy="leave that view out" if endless else "check that it is whole and not in use",
    ) from error
