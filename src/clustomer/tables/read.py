"""Reading a source into the engine so that every record is used or set aside, never lost."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from clustomer.engines.base import Engine, EngineError, quoted
from clustomer.errors import DataError, listed
from clustomer.names import ROW
from clustomer.tables.accounts import Quarantined
from clustomer.tables.arrow import ArrowStream, content_hash, to_arrow
from clustomer.tables.candidates import Member, Parts, in_file, label
from clustomer.tables.dialect import check_names
from clustomer.tables.encoding import encoding_of, is_wide
from clustomer.tables.formats import format_of
from clustomer.tables.json_text import read_json
from clustomer.tables.made import Made, numbered, united
from clustomer.tables.members import check_parts_agree, read_member, told_of_parts
from clustomer.tables.raw import (
    RawTable,
    Rows,
    hash_file,
    part_names,
    relation_of,
    source_lines,
    stored_columns,
)
from clustomer.tables.sources import Source
from clustomer.tables.text import read_text, unpacked
from clustomer.tables.unpack import read_start

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["RawTable", "part_names", "read_source", "source_lines"]


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
            else read_text(engine, source, data, place)
        ),
    )


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
    relation = relation_of(source)
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
        columns=stored_columns(engine, relation, source.name, tuple(first.columns)),
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
            f"{path.name} holds {len(found)} tables, where one is needed.",
            found=listed(one.name for one in found),
            remedy=f"say which, such as '{found[0].name}'",
        )
    return found[0].data


def _read_member(engine: Engine, source: Source, member: Member) -> RawTable:
    made = read_member(member)
    return _loaded(engine, source, made, hash_file(member.file), Rows(made.lines))


def _read_json(engine: Engine, source: Source, path: Path, folder: Path) -> RawTable:
    digest = hashlib.sha256()
    text, packed = unpacked(source, path, folder, digest)
    found = encoding_of(read_start(text, 4096)).encoding
    if is_wide(found):
        raise DataError(f"{path.name} is in {found.upper()}.", remedy="save it as UTF-8")
    made = read_json(text, path.name, None if packed else digest)
    made = replace(made, read_as=", ".join(filter(None, (made.read_as, packed))))
    place = Rows(made.lines, text if made.read_as.startswith("JSON lines") else None)
    return _loaded(engine, source, made, digest.hexdigest(), place)


def _loaded(engine: Engine, source: Source, made: Made, sha256: str, place: Rows) -> RawTable:
    """Hand a table that was made here to the engine."""
    relation = relation_of(source)
    table = to_arrow(source.name, made.table)
    engine.load(relation, numbered(table))
    [rows] = engine.counts(relation)
    if rows != place.numbers.size:
        raise DataError(f"{source.name} has {place.numbers.size} rows, but {rows} arrived.")
    aside = tuple(
        Quarantined(source.table, one.line, one.reason, one.raw, source.name) for one in made.aside
    )
    return RawTable(
        name=source.table,
        relation=relation,
        source=source.name,
        read_as=made.read_as,
        read=rows + len(aside),
        columns=stored_columns(engine, relation, source.name, tuple(table.column_names)),
        quarantined=aside,
        sha256=sha256,
        place=place,
        findings=made.findings,
    )


def _read_parquet(engine: Engine, source: Source, path: Path) -> RawTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(path)
        names = metadata.schema.to_arrow_schema().names
        if check_names(source.name, names) != tuple(names):
            read = _read_arrow(engine, source, pq.read_table(path))
            return replace(read, read_as="parquet", sha256=hash_file(path))
        if metadata.num_rows == 0:
            raise DataError(f"{source.name} has no rows.", found=f"columns {listed(names)}")
        with ThreadPoolExecutor(1) as pool:
            hashing = pool.submit(hash_file, path)
            rows = engine.read_parquet(relation_of(source), path)
            sha256 = hashing.result()
    except (pa.ArrowInvalid, OSError, EngineError) as error:
        raise DataError(
            f"{source.name} cannot be read as Parquet.",
            found=str(error).splitlines()[0],
            remedy="check that the file is whole; a text file needs the ending .csv or .txt",
        ) from error
    if rows != metadata.num_rows:
        raise DataError(
            f"{source.name} says it has {metadata.num_rows} rows, but {rows} were read."
        )
    columns = stored_columns(engine, relation_of(source), source.name, tuple(names))
    return RawTable(
        source.table, relation_of(source), source.name, "parquet", rows, columns, (), sha256
    )


def _read_arrow(engine: Engine, source: Source, data: ArrowStream) -> RawTable:
    table = to_arrow(source.name, data)
    relation = relation_of(source)
    engine.load(relation, numbered(table))
    columns = stored_columns(engine, relation, source.name, tuple(table.column_names))
    [rows] = engine.counts(relation)
    if rows != table.num_rows:
        raise DataError(f"{source.name} has {table.num_rows} rows, but {rows} arrived.")
    return RawTable(
        source.table, relation, source.name, "arrow", rows, columns, (), content_hash(table)
    )
