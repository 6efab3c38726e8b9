"""Reading a source into the engine so that every record is used or set aside, never lost."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from clustomer.engines.base import (
    Engine,
    EngineError,
    RaggedFileError,
    Stored,
    quoted,
)
from clustomer.errors import DataError, listed
from clustomer.findings import Finding
from clustomer.names import ROW
from clustomer.tables.accounts import Quarantined
from clustomer.tables.arrow import ArrowStream, as_lines, content_hash, to_arrow
from clustomer.tables.candidates import Member, Parts, in_file, label
from clustomer.tables.dialect import Layout, check_names, detect
from clustomer.tables.encoding import encoding_of, encoding_of_all, transcode
from clustomer.tables.formats import format_of
from clustomer.tables.json_text import read_json
from clustomer.tables.made import Made, numbered, united
from clustomer.tables.members import check_parts_agree, read_member, told_of_parts
from clustomer.tables.records import Census, census, fetch_lines, locate
from clustomer.tables.separate import separate
from clustomer.tables.sources import Source
from clustomer.tables.unpack import packed_as, read_start, unpack
from clustomer.tables.window import Offsets, Sink

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Place:
    """Where the lines of a text source stand, to find them again.

    `text` is the source as UTF-8 (itself where it is); `kept` is the file that the engine read,
    laid out as `layout` says. `gaps_at` and `gaps` tell how many lines of `text` are missing in
    `kept` after how many of its lines.
    """

    text: Path
    kept: Path
    layout: Layout
    gaps_at: Offsets
    gaps: Offsets


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


def read_source(engine: Engine, source: Source, folder: Path | None = None) -> RawTable:
    """Read a source into the engine.

    A text file is read strictly by the engine while it is counted and hashed here. Where the engine
    refuses, the counts differ or anything is odd, the records are told apart by our own grammar,
    the good ones are read strictly from a copy and the others are quarantined.

    Parameters
    ----------
    folder
        Where copies are written; they must stay as long as `source_lines` is asked. None: a
        temporary folder that goes with the table.

    Raises
    ------
    DataError
        When the source cannot be read, or nothing in it can be used.
    """
    data = source.data
    if isinstance(data, Parts):
        return _read_parts(engine, source, data, folder)
    if isinstance(data, Member):
        return _read_member(engine, source, data)
    if not isinstance(data, Path):
        return _read_arrow(engine, source, data)
    kind = format_of(data)
    if kind == "parquet":
        return _read_parquet(engine, source, data)
    if kind in {"workbook", "sqlite", "duckdb"}:
        return read_source(engine, replace(source, data=_only_member(data)), folder)
    return _in_a_folder(
        folder,
        lambda place: (
            _read_json(engine, source, data, place)
            if kind == "json"
            else _read_text_into(engine, source, data, place)
        ),
    )


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
        lines, spans = locate(place.kept, place.layout, asked.tolist())
        missing = np.concatenate(([0], np.cumsum(place.gaps)))
        numbers = lines + missing[np.searchsorted(place.gaps_at, lines)]
        found = fetch_lines(place.text, numbers, spans)
        texts = [text.decode("utf-8", "surrogateescape") for text in found]
    every = list(zip(numbers.tolist(), texts, strict=True))
    return [every[place_] for place_ in back.tolist()]


def _rows(engine: Engine, raw: RawTable, asked: Offsets) -> pa.Table:
    import pyarrow as pa

    wanted = f"{raw.relation}_wanted"
    engine.load(wanted, pa.table({ROW: pa.array(asked, pa.int64())}))
    columns = ", ".join(f"t.{quoted(column)}" for column in raw.columns)
    try:
        rows = engine.arrow(
            f"SELECT {columns} FROM {quoted(raw.relation)} t JOIN {quoted(wanted)} w "
            f"ON t.{ROW} = w.{ROW} ORDER BY t.{ROW}"
        )
    finally:
        engine.drop(wanted)
    if rows.num_rows != asked.size:
        raise IndexError(f"{raw.relation} has no such rows among {listed(map(str, asked[:20]))}")
    return rows


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


def _in_a_folder(folder: Path | None, read: Callable[[Path], RawTable]) -> RawTable:
    """Read with a folder for copies; without one given, with one that goes with the table."""
    if folder is not None:
        return read(folder)
    own = tempfile.mkdtemp(prefix="clustomer-")
    try:
        raw = read(Path(own))
    except BaseException:
        shutil.rmtree(own, ignore_errors=True)
        raise
    weakref.finalize(raw.place, shutil.rmtree, own, ignore_errors=True)
    return raw


def _read_parts(engine: Engine, source: Source, parts: Parts, folder: Path | None) -> RawTable:
    """Read several files as one table; their columns must be the same, in any order."""
    raws = []
    for at, data in enumerate(parts.files):
        part = replace(source, table=f"{source.table}#{at}", data=data, name=label(data))
        raws.append(read_source(engine, part, folder))
    first = raws[0]
    check_parts_agree(source.name, {raw.source: raw.columns for raw in raws})
    relation = _relation(source)
    columns = ", ".join(quoted(column) for column in first.columns)
    starts = np.cumsum([0, *(raw.read - len(raw.quarantined) for raw in raws)])
    if all(raw.columns == first.columns for raw in raws) or _stored_alike(raws):
        selects = [
            f"SELECT {columns}, {ROW} + {start} AS {ROW} FROM {quoted(raw.relation)}"
            for raw, start in zip(raws, starts.tolist(), strict=False)
        ]
        engine.view(relation, " UNION ALL ".join(selects))
    else:
        engine.load(relation, _united(engine, raws, list(first.columns)))
    return RawTable(
        name=source.table,
        relation=relation,
        source=source.name,
        read_as=told_of_parts(raw.read_as for raw in raws),
        read=sum(raw.read for raw in raws),
        columns=_columns(engine, relation, source.name, tuple(first.columns)),
        quarantined=tuple(
            replace(line, table=source.table, source=raw.source)
            for raw in raws
            for line in raw.quarantined
        ),
        sha256=hashlib.sha256("".join(raw.sha256 for raw in raws).encode()).hexdigest(),
        parts=tuple(raws),
        findings=tuple(finding for raw in raws for finding in raw.findings),
    )


def _stored_alike(raws: list[RawTable]) -> bool:
    return all(
        raw.columns[name] == stored for raw in raws for name, stored in raws[0].columns.items()
    )


def _united(engine: Engine, raws: list[RawTable], names: list[str]) -> pa.Table:
    """Rows of parts whose columns are stored differently, each column in a type that fits all."""
    columns = ", ".join(quoted(name) for name in names)
    tables = [
        engine.arrow(f"SELECT {columns} FROM {quoted(raw.relation)} ORDER BY {ROW}") for raw in raws
    ]
    table = united(tables)
    return numbered(table)


def _only_member(path: Path) -> Path | Member | Parts:
    found = in_file(path).candidates
    if len(found) > 1:
        raise DataError(
            f"{path.name} holds {len(found)} tables, where one is needed",
            found=listed(one.name for one in found),
            remedy=f"say which, such as '{found[0].name}'",
        )
    return found[0].data


def _read_member(engine: Engine, source: Source, member: Member) -> RawTable:
    made = read_member(member)
    return _loaded(engine, source, made, _hash_file(member.file), Rows(made.lines))


def _read_json(engine: Engine, source: Source, path: Path, folder: Path) -> RawTable:
    digest = hashlib.sha256()
    text, packed = _unpacked(source, path, folder, digest)
    found = encoding_of(read_start(text, 4))
    if found in {"utf-16", "utf-32"}:
        raise DataError(f"{path.name} is in {found.upper()}", remedy="save it as UTF-8")
    made = read_json(text, path.name, None if packed else digest)
    made = replace(made, read_as=", ".join(filter(None, (made.read_as, packed))))
    place = Rows(made.lines, text if made.read_as.startswith("JSON lines") else None)
    return _loaded(engine, source, made, digest.hexdigest(), place)


def _loaded(engine: Engine, source: Source, made: Made, sha256: str, place: Rows) -> RawTable:
    """Hand a table that was made here to the engine."""
    relation = _relation(source)
    table = to_arrow(source.name, made.table)
    engine.load(relation, numbered(table))
    rows = _count(engine, relation)
    if rows != place.numbers.size:
        raise DataError(f"{source.name} has {place.numbers.size} rows, but {rows} arrived")
    aside = tuple(
        Quarantined(source.table, one.line, one.reason, one.raw, source.name) for one in made.aside
    )
    return RawTable(
        name=source.table,
        relation=relation,
        source=source.name,
        read_as=made.read_as,
        read=rows + len(aside),
        columns=_columns(engine, relation, source.name, tuple(table.column_names)),
        quarantined=aside,
        sha256=sha256,
        place=place,
        findings=made.findings,
    )


def _unpacked(source: Source, path: Path, folder: Path, digest: Sink) -> tuple[Path, str]:
    """The file, or a copy of what it holds where it is packed, and how it is packed."""
    packed = packed_as(path)
    if not packed:
        return path, ""
    text = folder / f"{source.table}.unpacked.txt"
    unpack(path, text, digest)
    return text, packed


def _read_text_into(
    engine: Engine, source: Source, path: Path, folder: Path, encoding: str | None = None
) -> RawTable:
    layout = detect(path, encoding=encoding)
    relation = _relation(source)
    digest = hashlib.sha256()
    text, packed = _unpacked(source, path, folder, digest)
    sink = None if packed else digest
    if layout.dialect.encoding == "utf-8":
        rows, found = _read_strictly(engine, relation, text, layout, sink)
        if found.odd and encoding_of_all(text) == "cp1252":
            return _read_text_into(engine, source, path, folder, "cp1252")
    else:
        unpacked, text = text, folder / f"{source.table}.utf8.txt"
        transcode(unpacked, text, layout.dialect.encoding, sink)
        rows, found = _read_strictly(engine, relation, text, layout)
    if not found.odd and rows == found.records:
        none = np.zeros(0, np.int64)
        place = Place(text, text, layout, none, none)
        aside: tuple[Quarantined, ...] = ()
    else:
        place, aside = _read_separated(engine, source, text, layout, folder)
    rows = _count(engine, relation)
    if rows == 0:
        raise DataError(f"{source.name} has a header but no rows")
    return RawTable(
        name=source.table,
        relation=relation,
        source=source.name,
        read_as=", ".join(filter(None, (layout.read_as, packed))),
        read=rows + len(aside),
        columns=_columns(engine, relation, source.name, layout.columns),
        quarantined=aside,
        sha256=digest.hexdigest(),
        place=place,
    )


def _read_strictly(
    engine: Engine, relation: str, text: Path, layout: Layout, sink: Sink | None = None
) -> tuple[int | None, Census]:
    """Let the engine read while we count; None rows where the engine refuses the file."""
    with ThreadPoolExecutor(1) as pool:
        counting = pool.submit(census, text, layout, sink)
        rows = None
        if layout.plain_start:
            rows = _rows_unless_refused(engine, relation, text, layout)
        return rows, counting.result()


def _rows_unless_refused(engine: Engine, relation: str, text: Path, layout: Layout) -> int | None:
    strict = replace(layout.dialect, encoding="utf-8")
    try:
        return engine.read_csv(relation, text, strict, list(layout.columns))
    except RaggedFileError:
        return None


def _read_separated(
    engine: Engine, source: Source, text: Path, layout: Layout, folder: Path
) -> tuple[Place, tuple[Quarantined, ...]]:
    """Tell good records from bad ones, and let the engine read the good ones."""
    kept = folder / f"{source.table}.kept.txt"
    found = separate(text, layout, kept)
    aside = tuple(
        Quarantined(
            source.table,
            one.line,
            one.reason,
            one.raw.decode("utf-8", "surrogateescape"),
            source.name,
        )
        for one in found.aside
    )
    if found.kept == 0 and aside:
        raise DataError(
            f"{source.name}: none of its {len(aside)} records can be used",
            found=f"read as {layout.read_as}; line {aside[0].line}: {aside[0].reason}",
            remedy="mend the file, or check that it is the right one",
        )
    if found.kept == 0:
        raise DataError(f"{source.name} has a header but no rows")
    clean = replace(layout.dialect, encoding="utf-8", header_rows=0, newline="\n")
    rows = engine.read_csv(_relation(source), kept, clean, list(layout.columns))
    if rows != found.kept:
        raise DataError(
            f"{source.name}: {found.kept} records were written for {engine.dialect}, "
            f"but it read {rows}",
            remedy="please report this with the file: it is a fault of ours",
        )
    laid_out = replace(layout, data_start=0, data_line=1, plain_start=True)
    gaps_at, gaps = np.asarray(found.gaps_at, np.int64), np.asarray(found.gaps, np.int64)
    return Place(text, kept, laid_out, gaps_at, gaps), aside


def _read_parquet(engine: Engine, source: Source, path: Path) -> RawTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(path)
        names = metadata.schema.to_arrow_schema().names
        if check_names(source.name, names) != tuple(names):
            read = _read_arrow(engine, source, pq.read_table(path))
            return replace(read, read_as="parquet", sha256=_hash_file(path))
        if metadata.num_rows == 0:
            raise DataError(f"{source.name} has no rows", found=f"columns {listed(names)}")
        with ThreadPoolExecutor(1) as pool:
            hashing = pool.submit(_hash_file, path)
            rows = engine.read_parquet(_relation(source), path)
            sha256 = hashing.result()
    except (pa.ArrowInvalid, OSError, EngineError) as error:
        raise DataError(
            f"{source.name} cannot be read as Parquet",
            found=str(error).splitlines()[0],
            remedy="check that the file is whole; a text file needs the ending .csv or .txt",
        ) from error
    if rows != metadata.num_rows:
        raise DataError(f"{source.name} says it has {metadata.num_rows} rows, but {rows} were read")
    columns = _columns(engine, _relation(source), source.name, tuple(names))
    return RawTable(
        source.table, _relation(source), source.name, "parquet", rows, columns, (), sha256
    )


def _read_arrow(engine: Engine, source: Source, data: ArrowStream) -> RawTable:
    table = to_arrow(source.name, data)
    relation = _relation(source)
    engine.load(relation, numbered(table))
    columns = _columns(engine, relation, source.name, tuple(table.column_names))
    rows = _count(engine, relation)
    if rows != table.num_rows:
        raise DataError(f"{source.name} has {table.num_rows} rows, but {rows} arrived")
    return RawTable(
        source.table, relation, source.name, "arrow", rows, columns, (), content_hash(table)
    )


def _relation(source: Source) -> str:
    return f"raw_{source.table}"


def _count(engine: Engine, relation: str) -> int:
    counted = engine.arrow(f"SELECT count(*) AS n FROM {quoted(relation)}")
    return int(counted.column("n")[0].as_py())


def _columns(
    engine: Engine, relation: str, source: str, expected: tuple[str, ...]
) -> dict[str, Stored]:
    """The relation's columns, proved to be the source's."""
    found = engine.columns(relation)
    if tuple(found) != (*expected, ROW):
        raise DataError(
            f"{source}: its columns arrived changed",
            found=listed(found),
            remedy=f"expected {listed(expected)}",
        )
    return {name: found[name] for name in expected}


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
