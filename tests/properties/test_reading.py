"""Known rows, written in any dialect and encoding with defects: nothing else may be lost."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clustomer.engines.duckdb import DuckDBEngine
from clustomer.recipe.settings import ReadSettings
from clustomer.tables.read import RawTable, read_source, source_lines
from clustomer.tables.sources import Source

NAMES = {
    "": ["Müller", "García", "Lefèvre", "Zoë", "São Paulo", "Núñez", "Ängelholm", "Besançon"],
    "cp932": ["山田太郎", "さくら商店", "鈴木", "テレビ", "東京都"],
}
"""Words by which an encoding can be told; a file holds some in its second column."""

PLAIN = ["", "007", "1e5", "NA", "1,5", "1.234,50", "x y", " padded "]
CELLS = st.one_of(st.sampled_from(PLAIN), st.text(alphabet='ab ,;"\n\r', max_size=6))
WORDED = st.one_of(st.just(""), st.text(alphabet='ab ,;"\n\r', max_size=6).map("a{}b".format))
"""For damaged quotes: among cells of nothing but quotes, delimiters and line ends a stray quote can
be read in two ways that are equally good, and no reader can know which one was meant."""

ENCODINGS = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "cp1252": "cp1252",
    "latin-1": "cp1252",
    "cp850": "cp850",
    "mac-roman": "mac-roman",
    "cp932": "cp932",
}
"""How a file is written, and as what it is to be read."""

ONE_BYTE = ("cp1252", "latin-1", "cp850", "mac-roman", "cp932")
STRAY = ("quote", "unquote")


@dataclass
class Written:
    """A text file and what stands in it."""

    encoding: str
    delimiter: str
    header_line: int = 1
    text: str = ""
    rows: list[list[str]] = field(default_factory=list)
    """The rows that are sound, in order."""
    at: list[tuple[int, str]] = field(default_factory=list)
    """Line and text of each of them."""
    spoilt: list[tuple[int, str]] = field(default_factory=list)
    """Line and text of each record that is damaged, or the header again."""
    defects: int = 0

    @property
    def content(self) -> bytes:
        escapes = "strict" if self.encoding.startswith("utf-16") else "surrogateescape"
        return self.text.encode(self.encoding, escapes)


def lines_in(text: str) -> int:
    return len(re.findall("\r\n|\r|\n", text))


@st.composite
def files(draw: st.DrawFn) -> Written:
    encoding = draw(st.sampled_from(sorted(ENCODINGS)))
    made = Written(encoding, draw(st.sampled_from(",;\t|^")))
    everything = draw(st.booleans())
    width = draw(st.integers(3, 5))
    stray = draw(st.sampled_from([None, *STRAY]))
    mild = ["short", "long", "nul", *(["byte"] if encoding in {"utf-8", "utf-8-sig"} else [])]
    cell = CELLS if stray is None else WORDED
    names = st.sampled_from(NAMES.get(encoding, NAMES[""]))
    some = st.lists(cell, min_size=width - 2, max_size=width - 2)
    rows = draw(st.lists(st.tuples(names, some), min_size=4, max_size=12))
    damaged = {draw(st.integers(0, len(rows) - 1)): stray} if stray else {}
    for _ in range(draw(st.integers(0, 2))):
        damaged.setdefault(draw(st.integers(0, len(rows) - 1)), draw(st.sampled_from(mild)))
    again = draw(st.integers(0, len(rows))) if draw(st.booleans()) else -1
    end = draw(st.sampled_from(["\n", "\r\n", "\r", "mixed"]))

    def line_end() -> str:
        return draw(st.sampled_from(["\n", "\r\n", "\r"])) if end == "mixed" else end

    def write(cells: list[str]) -> str:
        return made.delimiter.join(written(one, made.delimiter, everything) for one in cells)

    if width > 3 and draw(st.booleans()):
        made.text = f"Sales of the year{line_end()}"
        made.header_line = 2
    header = write(["id", "name", *(f"col {'abc'[place]}" for place in range(width - 2))])
    made.text += header + line_end()
    for place, (name, cells) in enumerate(rows):
        if place == again:
            made.spoilt.append((lines_in(made.text) + 1, header))
            made.text += header + line_end()
            made.defects += 1
        row = [f"r{place}", name, *cells]
        record = write(row)
        kind = damaged.get(place)
        if kind is not None:
            record = damage(draw, kind, record, write(row[:-1]), made.delimiter)
        line = lines_in(made.text) + 1
        if kind is None:
            made.rows.append(row)
            made.at.append((line, record))
        else:
            made.spoilt.append((line, record))
            made.defects += 1
        made.text += record + line_end()
    return made


def written(cell: str, delimiter: str, everything: bool) -> str:
    if everything or set(cell) & {delimiter, '"', "\n", "\r"}:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def damage(draw: st.DrawFn, kind: str, record: str, fewer: str, delimiter: str) -> str:
    if kind == "short":
        return fewer
    if kind == "long":
        return record + delimiter + "x"
    at = draw(st.integers(0, len(record)))
    if kind == "unquote":
        quotes = [place for place, c in enumerate(record) if c == '"']
        gone = draw(st.sampled_from(quotes)) if quotes else len(record)
        return record[:gone] + record[gone + 1 :]
    return record[:at] + {"quote": '"', "nul": "\0", "byte": "\udcff"}[kind] + record[at:]


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine(threads=1)
    yield engine
    engine.close()


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(made=files(), told=st.booleans())
def test_defects_cost_no_more_than_themselves(
    engine: DuckDBEngine, made: Written, told: bool
) -> None:
    reading = ReadSettings()
    if told:
        skip = made.header_line - 1
        reading = ReadSettings(encoding=made.encoding, delimiter=made.delimiter, skip=skip)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(made.content)
        raw = read_source(engine, Source("t", path, "t.csv", reading), Path(folder))
        check(engine, raw, made, told)


def check(engine: DuckDBEngine, raw: RawTable, made: Written, told: bool) -> None:
    table = engine.arrow(f'SELECT * FROM "{raw.relation}" ORDER BY source_row')
    used = [[row[name] or "" for name in raw.columns] for row in table.to_pylist()]
    assert table.column("source_row").to_pylist() == list(range(len(used)))
    assert raw.read == len(used) + len(raw.quarantined)

    assert list(raw.columns)[:2] == ["id", "name"]
    assert [row for row in used if row in made.rows] == made.rows
    extra = len(used) + len(raw.quarantined) - len(made.rows)
    assert extra <= sum(1 + lines_in(text) for _, text in made.spoilt)

    where = {row[0]: at for row, at in zip(made.rows, made.at, strict=True)}
    for row, found in zip(used, source_lines(engine, raw, range(len(used))), strict=True):
        if row in made.rows:
            assert found == where[row[0]]

    codec = raw.read_as.split(",")[0].split()[0]
    if not told:
        assert codec == ENCODINGS[made.encoding]
    codec = codec.replace("latin-1", "cp1252")
    for one in raw.quarantined:
        bytes_ = exact(one.raw, codec)
        assert any(
            0 <= one.line - line <= lines_in(text) and bytes_ in exact(text, codec)
            for line, text in made.spoilt
        )


def exact(text: str, codec: str) -> bytes:
    codec = "utf-16-le" if codec == "utf-16" else codec
    return text.encode(codec, "strict" if codec.startswith("utf-16") else "surrogateescape")
