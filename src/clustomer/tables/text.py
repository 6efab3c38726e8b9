"""Reading a text file: strictly by the engine where it is whole, record by record where not."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from clustomer.engines.base import CsvDialect, Engine, RaggedFileError
from clustomer.errors import DataError
from clustomer.tables.accounts import Quarantined
from clustomer.tables.dialect import Layout, detect, lines_of, refuse_encoding
from clustomer.tables.encoding import AMBIGUOUS, encoding_of_all, set_apart, transcode
from clustomer.tables.plausible import Choice
from clustomer.tables.raw import (
    Place,
    RawTable,
    as_they_stand,
    relation_of,
    stored_columns,
)
from clustomer.tables.records import Census, census
from clustomer.tables.search import NO_QUOTE
from clustomer.tables.separate import separate
from clustomer.tables.sources import Source
from clustomer.tables.unpack import packed_as, unpack
from clustomer.tables.window import Sink


def read_text(
    engine: Engine, source: Source, path: Path, folder: Path, encoding: Choice | None = None
) -> RawTable:
    """Read a text file into the engine.

    Where the engine refuses, the counts differ or anything is odd, the records are told apart by
    our own grammar, the good ones are read strictly from a copy and the others are quarantined.

    Parameters
    ----------
    folder
        Where copies are written.
    encoding
        Use this one instead of searching.

    Raises
    ------
    DataError
        When the file cannot be read, or nothing in it can be used.
    """
    layout = detect(path, source.reading, encoding=encoding)
    relation = relation_of(source)
    digest = hashlib.sha256()
    copy = _copied(source, path, layout, folder, digest)
    rows, found = _read_strictly(engine, relation, copy.text, layout, copy.sink)
    if found.odd and _may_be_other(layout, source, encoding):
        choice = encoding_of_all(copy.shown)
        if not choice.encoding:
            refuse_encoding(source.name, choice)
        if choice.encoding != "utf-8":
            return read_text(engine, source, path, folder, choice)
    if not found.odd and rows == found.records:
        none = np.zeros(0, np.int64)
        place = Place(copy.text, copy.text, layout, none, none, copy.shown, copy.shown_as)
        aside: tuple[Quarantined, ...] = ()
    else:
        place, aside = _read_separated(engine, source, copy, layout, folder)
    [rows] = engine.counts(relation)
    if rows == 0:
        raise DataError(f"{source.name} has a header but no rows.")
    return RawTable(
        name=source.table,
        relation=relation,
        source=source.name,
        read_as=", ".join(filter(None, (layout.read_as, copy.packed))),
        read=rows + len(aside),
        columns=stored_columns(engine, relation, source.name, layout.columns),
        quarantined=aside,
        sha256=digest.hexdigest(),
        place=place,
    )


@dataclass(frozen=True, slots=True)
class _Copy:
    """The UTF-8 text that is read, and the file (and its encoding) in which lines are shown.

    `packed` tells how the source was packed; `sink` still has to see the text, or is None.
    """

    text: Path
    shown: Path
    shown_as: str
    packed: str
    sink: Sink | None


def _copied(source: Source, path: Path, layout: Layout, folder: Path, digest: Sink) -> _Copy:
    """Unpack, bring to UTF-8 and set columns apart, as far as the layout asks for it."""
    text, packed = unpacked(source, path, folder, digest)
    sink = None if packed else digest
    shown, shown_as, encoding = text, "utf-8", layout.dialect.encoding
    if encoding != "utf-8":
        target = folder / f"{source.table}.utf8.txt"
        transcode(text, target, encoding, sink)
        shown, shown_as = (text, encoding) if encoding in AMBIGUOUS else (target, "utf-8")
        text, sink = target, None
    if layout.spaced:
        target = folder / f"{source.table}.apart.txt"
        set_apart(text, target, sink)
        text, sink = target, None
    return _Copy(text, shown, shown_as, packed, sink)


def _may_be_other(layout: Layout, source: Source, encoding: Choice | None) -> bool:
    """Whether the encoding was taken for UTF-8 by the head alone."""
    given = encoding is not None or source.reading.encoding is not None
    return layout.dialect.encoding == "utf-8" and not given


def unpacked(source: Source, path: Path, folder: Path, digest: Sink) -> tuple[Path, str]:
    """The file, or a copy of what it holds where it is packed, and how it is packed."""
    packed = packed_as(path)
    if not packed:
        return path, ""
    text = folder / f"{source.table}.unpacked.txt"
    unpack(path, text, digest)
    return text, packed


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
    strict = _for_engine(layout.dialect)
    try:
        return engine.read_csv(relation, text, strict, list(layout.columns))
    except RaggedFileError:
        return None


def _for_engine(dialect: CsvDialect) -> CsvDialect:
    """The dialect of the text that the engine is given: UTF-8, and no quote where there is none."""
    quote = "" if dialect.quote == NO_QUOTE else dialect.quote
    return replace(dialect, encoding="utf-8", quote=quote)


def _read_separated(
    engine: Engine, source: Source, copy: _Copy, layout: Layout, folder: Path
) -> tuple[Place, tuple[Quarantined, ...]]:
    """Tell good records from bad ones, and let the engine read the good ones."""
    kept = folder / f"{source.table}.kept.txt"
    found = separate(copy.text, layout, kept)
    numbers = np.array([one.line for one in found.aside], np.int64)
    spans = np.array([1 + lines_of(one.raw) for one in found.aside], np.int64)
    raws = as_they_stand(copy.shown, copy.shown_as, numbers, spans)
    aside = tuple(
        Quarantined(source.table, one.line, one.reason, raw, source.name)
        for one, raw in zip(found.aside, raws, strict=True)
    )
    if found.kept == 0 and aside:
        raise DataError(
            f"{source.name}: none of its {len(aside)} records can be used.",
            found=f"read as {layout.read_as}; line {aside[0].line}: {aside[0].reason}",
            remedy="mend the file, or check that it is the right one",
        )
    if found.kept == 0:
        raise DataError(f"{source.name} has a header but no rows.")
    clean = replace(_for_engine(layout.dialect), header_rows=0, newline="\n")
    rows = engine.read_csv(relation_of(source), kept, clean, list(layout.columns))
    if rows != found.kept:
        raise DataError(
            f"{source.name}: {found.kept} records were written for {engine.dialect}, "
            f"but it read {rows}.",
            remedy="please report this with the file: it is a fault of ours",
        )
    laid_out = replace(layout, data_start=0, data_line=1, plain_start=True)
    gaps_at, gaps = np.asarray(found.gaps_at, np.int64), np.asarray(found.gaps, np.int64)
    place = Place(copy.text, kept, laid_out, gaps_at, gaps, copy.shown, copy.shown_as)
    return place, aside
