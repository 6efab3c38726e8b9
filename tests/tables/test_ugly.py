"""Each ugly file gives its rows, its bad lines byte for byte, its columns and its dialect."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from clustomer.engines.duckdb import DuckDBEngine
from clustomer.errors import DataError
from clustomer.recipe.settings import ReadSettings
from clustomer.tables.read import read_source, source_lines
from clustomer.tables.sources import Source, peek

from .ugly import ANNA, BOB, HEADER, LINES, NA, UGLY, Row, accented, text


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine(threads=2)
    yield engine
    engine.close()


def codec_of(read_as: str) -> str:
    return read_as.split(",", maxsplit=1)[0].split(maxsplit=1)[0]


@pytest.mark.parametrize("name", UGLY)
def test_ugly_files(engine: DuckDBEngine, tmp_path: Path, name: str) -> None:
    ugly = UGLY[name]
    path = tmp_path / "t.csv"
    path.write_bytes(ugly.content)
    source = Source("t", path, "t.csv")
    raw = read_source(engine, source)
    table = engine.arrow(f'SELECT * FROM "{raw.relation}" ORDER BY source_row')
    rows = [tuple(row[column] for column in raw.columns) for row in table.to_pylist()]
    assert (raw.read_as, tuple(raw.columns), rows) == (ugly.read_as, ugly.columns, ugly.rows)
    assert tuple(raw.columns) == peek(source)
    codec = codec_of(raw.read_as)
    aside = [
        (one.line, one.reason, one.raw.encode(codec, "surrogateescape")) for one in raw.quarantined
    ]
    assert aside == ugly.aside
    assert raw.read == len(rows) + len(aside)
    assert raw.sha256 == hashlib.sha256(ugly.content).hexdigest()
    assert len(source_lines(engine, raw, range(len(rows)))) == len(rows)


def test_there_are_at_least_sixty_of_them() -> None:
    assert len(UGLY) >= 60
    assert len({ugly.content for ugly in UGLY.values()}) == len(UGLY)


GIVEN: dict[str, tuple[bytes, ReadSettings, str, list[Row]]] = {
    "encoding": (
        text(HEADER, "007,Иван,2.5", encoding="cp1251"),
        ReadSettings(encoding="cp1251"),
        "cp1251, comma",
        [("007", "Иван", "2.5")],
    ),
    "encoding against the evidence": (
        accented("cp1252", "", "Müller", "García", "Zoë").content,
        ReadSettings(encoding="latin1"),
        "latin-1, comma",
        [("0", "Müller", "0"), ("1", "García", "1"), ("2", "Zoë", "2")],
    ),
    "UTF-8 though it has a mark": (
        text(*LINES, encoding="utf-8-sig"),
        ReadSettings(encoding="utf-8"),
        "utf-8, comma",
        [ANNA, BOB, NA],
    ),
    "delimiter": (
        text(*(line.replace(",", "~") for line in LINES)),
        ReadSettings(delimiter="~"),
        "utf-8, delimiter ~",
        [ANNA, BOB, NA],
    ),
    "delimiter by a word": (
        text("id|name,x|price", "1|a,b|2"),
        ReadSettings(delimiter="bar"),
        "utf-8, bar",
        [("1", "a,b", "2")],
    ),
    "spaces": (
        text("id name price", "1 a  2"),
        ReadSettings(delimiter="spaces"),
        "utf-8, columns by spaces",
        [("1", "a", "2")],
    ),
    "quote": (
        text(HEADER, "1,%a, b%,2"),
        ReadSettings(quote="%"),
        "utf-8, comma, quote %",
        [("1", "a, b", "2")],
    ),
    "no quote": (
        text(HEADER, '1,"a,2', '2,b",3', end="\r"),
        ReadSettings(quote=""),
        "utf-8, comma, no quotes",
        [("1", '"a', "2"), ("2", 'b"', "3")],
    ),
    "skip": (
        text("a,b,c", "x,y,z", *LINES),
        ReadSettings(skip=2),
        "utf-8, comma, header in line 3",
        [ANNA, BOB, NA],
    ),
    "no header": (
        text(*LINES[1:]),
        ReadSettings(header=False),
        "utf-8, comma, no header",
        [ANNA, BOB, NA],
    ),
    "names for a file without a header": (
        text("a title", *LINES[1:]),
        ReadSettings(header=("id", "name", "price"), skip=1),
        "utf-8, comma, no header",
        [ANNA, BOB, NA],
    ),
    "a header that looks like data": (
        text("1,2,3", "4,5,6"),
        ReadSettings(header=True),
        "utf-8, comma",
        [("4", "5", "6")],
    ),
    "decimal": (
        text("id;name;price", "1;a;1,234"),
        ReadSettings(decimal=","),
        "utf-8, semicolon, decimal comma",
        [("1", "a", "1,234")],
    ),
}


@pytest.mark.parametrize("name", GIVEN)
def test_what_the_recipe_gives_is_obeyed(engine: DuckDBEngine, tmp_path: Path, name: str) -> None:
    content, reading, read_as, rows = GIVEN[name]
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    raw = read_source(engine, Source("t", path, "t.csv", reading))
    table = engine.arrow(f'SELECT * FROM "{raw.relation}" ORDER BY source_row')
    assert raw.read_as == read_as
    assert [tuple(row[column] for column in raw.columns) for row in table.to_pylist()] == rows
    assert raw.quarantined == ()
    if reading.header is False:
        assert list(raw.columns) == ["column_1", "column_2", "column_3"]


REFUSED: dict[str, tuple[bytes, ReadSettings, str]] = {
    "an encoding that cannot be told": (
        text(HEADER, "1,Иванов,2", "2,Петрова,3", encoding="cp1251"),
        ReadSettings(),
        "its encoding cannot be told; it is not UTF-8",
    ),
    "one sign that could be several": (
        text(HEADER, "1,é,2", encoding="mac-roman"),
        ReadSettings(),
        "a word in it would be in cp1252",
    ),
    "dates and ids for names": (
        text("C001,2024-01-05,Anna", "C002,2024-01-06,Bob", "C003,2024-02-01,Cid"),
        ReadSettings(),
        "seems to have no header",
    ),
    "names that are too few": (
        text(*LINES[1:]),
        ReadSettings(header=("id", "name")),
        "has 3 columns, and the recipe names 2",
    ),
    "more lines skipped than there are": (text(*LINES), ReadSettings(skip=9), "fewer than 9 lines"),
    "a control file": (bytes(range(1, 32)) * 20, ReadSettings(), "is not a text file"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_decided_is_refused(engine: DuckDBEngine, tmp_path: Path, name: str) -> None:
    content, reading, message = REFUSED[name]
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_source(engine, Source("t", path, "t.csv", reading))
    assert message in str(caught.value)
    assert caught.value.remedy


def test_codes_of_shift_jis_that_stand_for_one_character(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    """Both 87 90 and 81 E0 are read as one sign; the line set aside keeps the one that it has."""
    path = tmp_path / "t.csv"
    bad = "9,山田".encode("cp932") + b"\x87\x90"
    lines = [HEADER, "1,山田太郎,1", "2,さくら商店,2", "3,東京都,3"]
    path.write_bytes(text(*lines, encoding="cp932") + bad + b"\n")
    raw = read_source(engine, Source("t", path, "t.csv"))
    (aside,) = raw.quarantined
    assert aside.raw.encode("cp932", "surrogateescape") == bad


def test_ten_thousand_columns(engine: DuckDBEngine, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    names = [f"c{place}" for place in range(10_000)]
    path.write_text(",".join(names) + "\n" + ",".join("1" * 10_000) + "\n1,2\n")
    raw = read_source(engine, Source("t", path, "t.csv"))
    assert (len(raw.columns), raw.read, len(raw.quarantined)) == (10_000, 2, 1)
