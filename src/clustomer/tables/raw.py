"""A source as it was read, and the way back from its rows to its lines."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from clustomer.engines.base import Engine, Stored
from clustomer.errors import DataError, listed
from clustomer.findings import Finding
from clustomer.names import ROW
from clustomer.tables.accounts import Quarantined
from clustomer.tables.arrow import as_lines
from clustomer.tables.dialect import Layout
from clustomer.tables.encoding import exactly
from clustomer.tables.records import fetch_lines, locate
from clustomer.tables.sources import Source
from clustomer.tables.window import Offsets

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Place:
    """Where the lines of a text source stand, to find them again.

    `text` is the source as UTF-8 (itself where it is); `kept` is the file that the engine read,
    laid out as `layout` says. `gaps_at` and `gaps` tell how many lines of `text` are missing in
    `kept` after how many of its lines. Lines are shown as they stand in the file `shown`, whose
    encoding is `shown_as`.
    """

    text: Path
    kept: Path
    layout: Layout
    gaps_at: Offsets
    gaps: Offsets
    shown: Path
    shown_as: str = "utf-8"


@dataclass(frozen=True)
class Rows:
    """Where the rows of a source that is not read line by line stand.

    `numbers` holds for each row kept its line or row in the source, the first being 1. `text` is
    the file of those lines; without one a row is shown as a line of CSV.
    """

    numbers: Offsets
    text: Path | None = None


@dataclass(frozen=True, slots=True)
class RawTable:
    """A source as it was read; nothing is repaired yet.

    Parameters
    ----------
    name
        The recipe's name of the table.
    relation
        The engine's relation: the source's columns, and ``source_row`` (0 for the first row kept).
    source
        What the user calls the source: a file's name, or the name of a table given in Python.
    read_as
        How it was read, such as ``utf-8, comma``, ``parquet`` or ``arrow``.
    read
        All records, kept and set aside, by a count of our own.
    columns
        Column of the source to how the engine stores it, in order, without ``source_row``.
    quarantined
        Records that could not be read. `raw` is text with surrogate escapes: encoded again in the
        source's encoding with ``errors="surrogateescape"`` it gives the source's bytes.
    sha256
        Of the file's bytes, or of the content for a table given in Python.
    place
        Where to find the source's lines again; None for Parquet and Arrow.
    parts
        Where several files are one table: each as it was read, in their order.
    findings
        What was noticed on reading.
    """

    name: str
    relation: str
    source: str
    read_as: str
    read: int
    columns: dict[str, Stored]
    quarantined: tuple[Quarantined, ...]
    sha256: str
    place: Place | Rows | None = None
    parts: tuple[RawTable, ...] = ()
    findings: tuple[Finding, ...] = ()


def source_lines(engine: Engine, raw: RawTable, rows: Sequence[int]) -> list[tuple[int, str]]:
    """Return (line number, line as it stands in the source) of kept rows, in the order asked.

    Parameters
    ----------
    rows
        Values of ``source_row``. For Parquet and Arrow the line number is the row's, from 1, and
        the line is the row written as CSV.
    """
    if len(rows) == 0:
        return []
    if raw.parts:
        return _lines_of_parts(engine, raw, np.asarray(rows, np.int64))
    asked, back = np.unique(np.asarray(rows, np.int64), return_inverse=True)
    if raw.place is None:
        texts = as_lines(_rows(engine, raw, asked))
        numbers = asked + 1
    elif isinstance(raw.place, Rows):
        numbers = raw.place.numbers[asked]
        texts = _texts_of(engine, raw, raw.place, asked, numbers)
    else:
        place = raw.place
        lines, spans, kept = locate(place.kept, place.layout, asked.tolist())
        missing = np.concatenate(([0], np.cumsum(place.gaps)))
        numbers = lines + missing[np.searchsorted(place.gaps_at, lines)]
        if place.shown == place.kept:
            texts = [exactly(one, place.shown_as) for one in kept]
        else:
            texts = as_they_stand(place.shown, place.shown_as, numbers, spans)
    every = list(zip(numbers.tolist(), texts, strict=True))
    return [every[place_] for place_ in back.tolist()]


def part_names(raw: RawTable, rows: Sequence[int]) -> list[str]:
    """Return the name of the file (or sheet, or table) that each kept row comes from."""
    if not raw.parts:
        return [raw.source] * len(rows)
    starts = _starts(raw)
    found = np.searchsorted(starts, np.asarray(rows, np.int64), side="right") - 1
    return [raw.parts[at].source for at in found.tolist()]


def _starts(raw: RawTable) -> Offsets:
    """The first row of each part."""
    used = [part.read - len(part.quarantined) for part in raw.parts]
    return np.concatenate(([0], np.cumsum(used[:-1]))).astype(np.int64)


def _lines_of_parts(engine: Engine, raw: RawTable, rows: Offsets) -> list[tuple[int, str]]:
    starts = _starts(raw)
    part_of = np.searchsorted(starts, rows, side="right") - 1
    found: dict[int, tuple[int, str]] = {}
    for at, part in enumerate(raw.parts):
        here = np.flatnonzero(part_of == at)
        local = (rows[here] - starts[at]).tolist()
        found |= dict(zip(here.tolist(), source_lines(engine, part, local), strict=True))
    return [found[at] for at in range(rows.size)]


def _texts_of(
    engine: Engine, raw: RawTable, place: Rows, asked: Offsets, numbers: Offsets
) -> list[str]:
    if place.text is None:
        return as_lines(_rows(engine, raw, asked))
    found = fetch_lines(place.text, numbers, np.ones_like(numbers))
    return [text.decode("utf-8", "surrogateescape") for text in found]


def _rows(engine: Engine, raw: RawTable, asked: Offsets) -> pa.Table:
    import pyarrow as pa

    rows = engine.take(raw.relation, pa.array(asked, pa.int64()), list(raw.columns))
    if rows.num_rows != asked.size:
        raise IndexError(f"{raw.relation} has no such rows among {listed(map(str, asked[:20]))}")
    return rows.drop_columns([ROW])


def as_they_stand(shown: Path, encoding: str, lines: Offsets, spans: Offsets) -> list[str]:
    """Lines as text that gives the file's bytes when it is encoded again."""
    return [exactly(one, encoding) for one in fetch_lines(shown, lines, spans)]


def relation_of(source: Source) -> str:
    """The engine's name of a source's rows."""
    return f"raw_{source.table}"


def stored_columns(
    engine: Engine, relation: str, source: str, expected: tuple[str, ...]
) -> dict[str, Stored]:
    """The relation's columns, proved to be the source's."""
    found = engine.columns(relation)
    if tuple(found) != (*expected, ROW):
        raise DataError(
            f"{source}: its columns arrived changed.",
            found=listed(found),
            remedy=f"expected {listed(expected)}",
        )
    return {name: found[name] for name in expected}


def hash_file(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
