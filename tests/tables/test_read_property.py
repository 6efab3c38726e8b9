"""Known rows, written in any dialect with one damaged record: nothing else may be lost."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clustomer.engines.duckdb import DuckDBEngine
from clustomer.tables.read import RawTable, read_source, source_lines
from clustomer.tables.sources import Source

CELLS = st.text(alphabet='ab éü,;"\n\r', max_size=6)

WORDED = st.one_of(st.just(""), CELLS.map(lambda text: f"a{text}b"))
"""For damaged quotes: among cells of nothing but quotes, delimiters and line ends a stray quote can
be read in two ways that are equally good, and no reader can know which one was meant."""


@dataclass(frozen=True)
class Written:
    """A text file, its records as text, and where each begins (line, the first being 1)."""

    content: bytes
    records: list[str]
    lines: list[int]
    rows: list[list[str]]
    damaged: int
    encoding: str


def lines_in(text: str) -> int:
    return len(re.findall("\r\n|\r|\n", text))


def write_cell(cell: str, delimiter: str, everything: bool) -> str:
    if everything or set(cell) & {delimiter, '"', "\n", "\r"}:
        return '"' + cell.replace('"', '""') + '"'
    return cell


@st.composite
def files(draw: st.DrawFn) -> Written:
    delimiter = draw(st.sampled_from(",;\t|"))
    width = draw(st.integers(2, 4))
    everything = draw(st.booleans())
    end = draw(st.sampled_from(["\n", "\r\n", "\r", "mixed"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    kinds = ["none", "short", "long", "quote", "unquote", "nul"]
    kind = draw(st.sampled_from([*kinds, "byte"] if encoding == "utf-8" else kinds))
    cell = WORDED if kind in {"quote", "unquote", "nul", "byte"} else CELLS
    cells = draw(st.lists(st.lists(cell, min_size=width - 1, max_size=width - 1), min_size=2))
    rows = [[f"r{place}", *row] for place, row in enumerate(cells)]
    records = [delimiter.join(write_cell(c, delimiter, everything) for c in row) for row in rows]
    damaged = draw(st.integers(0, len(rows) - 1)) if kind != "none" else -1
    if damaged >= 0:
        fewer = delimiter.join(write_cell(c, delimiter, everything) for c in rows[damaged][:-1])
        records[damaged] = damage(draw, kind, records[damaged], fewer, delimiter)
    header = delimiter.join(["id", *(f"c{place}" for place in range(1, width))])
    ends = [
        draw(st.sampled_from(["\n", "\r\n", "\r"])) if end == "mixed" else end for _ in range(99)
    ]
    text = header + ends[0]
    lines = []
    for place, record in enumerate(records):
        lines.append(lines_in(text) + 1)
        text += record + ends[(place + 1) % 99]
    if draw(st.booleans()):
        text = text.rstrip("\r\n")
        records[-1] = records[-1].rstrip("\r\n")
    return Written(encode(text, encoding), records, lines, rows, damaged, encoding)


def damage(draw: st.DrawFn, kind: str, record: str, fewer: str, delimiter: str) -> str:
    at = draw(st.integers(0, len(record)))
    if kind == "short":
        return fewer
    if kind == "long":
        return record + delimiter + "x"
    if kind == "unquote":
        quotes = [place for place, c in enumerate(record) if c == '"']
        gone = draw(st.sampled_from(quotes)) if quotes else len(record)
        return record[:gone] + record[gone + 1 :]
    return record[:at] + {"quote": '"', "nul": "\0", "byte": "\udcff"}[kind] + record[at:]


def encode(text: str, encoding: str) -> bytes:
    escapes = "strict" if encoding.startswith("utf-16") else "surrogateescape"
    return text.encode(encoding, escapes)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine(threads=1)
    yield engine
    engine.close()


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(written=files())
def test_one_damaged_record_costs_at_most_itself(engine: DuckDBEngine, written: Written) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(written.content)
        raw = read_source(engine, Source("t", path, "t.csv"), Path(folder))
        check(engine, raw, written)


def check(engine: DuckDBEngine, raw: RawTable, written: Written) -> None:
    table = engine.arrow(f'SELECT * FROM "{raw.relation}" ORDER BY source_row')
    used = [[row[name] or "" for name in raw.columns] for row in table.to_pylist()]
    assert table.column("source_row").to_pylist() == list(range(len(used)))
    assert raw.read == len(used) + len(raw.quarantined)

    sound = [row for place, row in enumerate(written.rows) if place != written.damaged]
    assert [row for row in used if row in sound] == sound

    extra = len(used) + len(raw.quarantined) - len(sound)
    possible = 0 if written.damaged < 0 else 1 + lines_in(written.records[written.damaged])
    assert extra <= possible

    where = {row[0]: place for place, row in enumerate(written.rows)}
    for row, (line, text) in zip(used, source_lines(engine, raw, range(len(used))), strict=True):
        if row in sound:
            assert (line, text) == (written.lines[where[row[0]]], written.records[where[row[0]]])

    for one in raw.quarantined:
        record = written.records[written.damaged]
        assert 0 <= one.line - written.lines[written.damaged] <= lines_in(record)
        read_as = raw.read_as.split(",")[0].split()[0].replace("utf-16", "utf-16-le")
        written_as = written.encoding.replace("-sig", "").replace("utf-16", "utf-16-le")
        assert encode(one.raw, read_as) in encode(record, written_as)
