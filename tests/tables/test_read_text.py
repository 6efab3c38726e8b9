"""Reading text files: right, or set aside with the reason, or refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clustomer.engines.duckdb import DuckDBEngine
from clustomer.errors import DataError
from clustomer.tables import window
from clustomer.tables.raw import Place
from clustomer.tables.read import RawTable, read_source, source_lines
from clustomer.tables.sources import Source

Rows = list[tuple[str | None, ...]]
Read = Callable[[bytes], tuple[RawTable, Rows]]


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine(threads=2)
    yield engine
    engine.close()


@pytest.fixture
def read(engine: DuckDBEngine, tmp_path: Path) -> Read:
    def read_bytes(content: bytes) -> tuple[RawTable, Rows]:
        path = tmp_path / "t.csv"
        path.write_bytes(content)
        raw = read_source(engine, Source("t", path, "t.csv"))
        table = engine.arrow(f'SELECT * FROM "{raw.relation}" ORDER BY source_row')
        rows = [tuple(row[name] for name in raw.columns) for row in table.to_pylist()]
        assert raw.read == len(rows) + len(raw.quarantined)
        assert raw.sha256 == hashlib.sha256(content).hexdigest()
        return raw, rows

    return read_bytes


def aside(raw: RawTable) -> list[tuple[int, str, str]]:
    return [(one.line, one.reason, one.raw) for one in raw.quarantined]


CLEAN = {
    "LF": b"a,b\n1,2\n3,4\n",
    "CRLF": b"a,b\r\n1,2\r\n3,4\r\n",
    "CR": b"a,b\r1,2\r3,4\r",
    "mixed line ends": b"a,b\r\n1,2\n3,4\r",
    "no line end at the end": b"a,b\n1,2\n3,4",
    "blank lines": b"a,b\n1,2\n\n\n3,4\n\n",
    "blank lines, CRLF": b"a,b\r\n\r\n1,2\r\n3,4\r\n\r\n",
    "blank lines before the header": b"\n\na,b\n1,2\n3,4\n",
    "byte order mark": b"\xef\xbb\xbfa,b\n1,2\n3,4\n",
    "quoted header": b'\xef\xbb\xbf"a","b"\n1,2\n3,4\n',
    "spaces in the header": b"a, b\n1,2\n3,4\n",
    "semicolons": b"a;b\n1;2\n3;4\n",
    "tabs": b"a\tb\n1\t2\n3\t4\n",
    "bars": b"a|b\n1|2\n3|4\n",
    "single quotes": b"a,b\n'1',2\n'3',4\n",
    "spaces around quotes": b'a,b\n "1" , "2"\n3,4\n',
    "UTF-16, little end first": "a,b\n1,2\n3,4\n".encode("utf-16"),
    "UTF-16 without a mark, little end first": "a,b\n1,2\n3,4\n".encode("utf-16-le"),
    "UTF-16 without a mark, big end first": "a,b\n1,2\n3,4\n".encode("utf-16-be"),
    "UTF-16, big end first": b"\xfe\xff" + "a,b\r\n1,2\r\n3,4\r\n".encode("utf-16-be"),
}


@pytest.mark.parametrize("name", CLEAN)
def test_layouts_are_read_alike(read: Read, name: str) -> None:
    raw, rows = read(CLEAN[name])
    assert list(raw.columns) == ["a", "b"]
    assert rows == [("1", "2"), ("3", "4")]
    assert raw.quarantined == ()


VALUES = {
    "quoted delimiters": (b'a,b\n"1,5",2\n', ("1,5", "2")),
    "quoted newlines": (b'a,b\n"x\ny",2\n', ("x\ny", "2")),
    "a first line end inside quotes": (b'"a",b\n"x\ry",2\n', ("x\ry", "2")),
    "quoted CRLF in a file of LF": (b'a,b\n"x\r\ny",2\n', ("x\r\ny", "2")),
    "quoted LF in a file of CRLF": (b'a,b\r\n"x\ny",2\r\n', ("x\ny", "2")),
    "doubled quotes": (b'a,b\n"say ""x""",2\n', ('say "x"', "2")),
    "a quote within a plain field": (b'a,b\n5" pipe,2\n', ('5" pipe', "2")),
    "empty fields": (b'a,b\n,""\n', (None, None)),
    "leading zeros, exponents, NA": (b"a,b\n007,NA\n", ("007", "NA")),
    "decimal commas": (b"a;b\n1,5;1e5\n", ("1,5", "1e5")),
    "spaces are kept": (b"a,b\n 1 ,2 \n", (" 1 ", "2 ")),
    "UTF-8": ("a,b\nnaïve,€\n".encode(), ("naïve", "€")),
    "UTF-16": ("a,b\nnaïve,€\n".encode("utf-16"), ("naïve", "€")),
    "cp1252": ("a,b\nnaïve,€\n".encode("cp1252"), ("naïve", "€")),
    "a line of a megabyte": (b"a,b\n" + b"x" * 2**20 + b",2\n", ("x" * 2**20, "2")),
    "hash signs are no comments": (b"#a,b\n#1,2\n", ("#1", "2")),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_arrive_unchanged(read: Read, name: str) -> None:
    content, expected = VALUES[name]
    raw, rows = read(content)
    assert rows == [expected]
    assert raw.quarantined == ()


def test_what_was_assumed_is_said(read: Read) -> None:
    assert read(b"a,b\n1,2\n")[0].read_as == "utf-8, comma"
    assert read("a;b\n1;é\n".encode("cp1252"))[0].read_as == (
        "cp1252 (assumed: it is not UTF-8), semicolon"
    )
    assert read("a\tb\n1\té\n".encode("utf-16"))[0].read_as == "utf-16, tab"
    assert read(b"a,b\n'1,5',2\n")[0].read_as == "utf-8, comma, single quotes"


QUOTE = "a quote that is not closed, or stands where none belongs"
DEFECTS = {
    "short": (b"1", "fewer fields than the header"),
    "blanks only": (b"  ", "fewer fields than the header"),
    "long": (b"1,2,3", "more fields than the header"),
    "stray quote in the middle": (b'"1"x,2', QUOTE),
    "stray quote in a quoted field": (b'"1 "x" y",2', QUOTE),
    "unclosed quote": (b'"1,2', QUOTE),
    "unclosed quote in the last field": (b'1,"2', QUOTE),
    "NUL": (b"1\0,2", "a NUL character"),
    "undecodable byte": (b"1\x81,2", "bytes that are not UTF-8"),
    "spoilt and of two lines": (b'"1\n\0",2', "a NUL character"),
}


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_costs_one_record(engine: DuckDBEngine, read: Read, name: str, end: bytes) -> None:
    defect, reason = DEFECTS[name]
    before, after = [b"1,2", b'"x","y ""z"""', b'"p\nq",r'], [b'"","5"', b"6,7", '"é",9'.encode()]
    raw, rows = read(end.join([b"a,b", *before, b"", defect, *after, b""]))
    assert rows == [("1", "2"), ("x", 'y "z"'), ("p\nq", "r"), (None, "5"), ("6", "7"), ("é", "9")]
    assert aside(raw) == [(7, reason, defect.decode("utf-8", "surrogateescape"))]
    down = 1 + defect.count(b"\n")
    assert source_lines(engine, raw, [5, 0, 2, 0]) == [
        (9 + down, '"é",9'),
        (2, "1,2"),
        (4, '"p\nq",r'),
        (2, "1,2"),
    ]


def test_a_quote_left_open_at_the_end_costs_one_record(read: Read) -> None:
    raw, rows = read(b'a,b\n1,2\n3,4\n5,"6')
    assert rows == [("1", "2"), ("3", "4")]
    assert aside(raw) == [(4, QUOTE, '5,"6')]


def test_two_stray_quotes_do_not_swallow_the_records_between(read: Read) -> None:
    raw, rows = read(b'a,b,c\n1,"2,3\n4,5,6\n7,8,9\n10,11",12\n')
    assert rows == [("4", "5", "6"), ("7", "8", "9"), ("10", '11"', "12")]
    assert aside(raw) == [(2, QUOTE, '1,"2,3')]


def test_bytes_that_cp1252_does_not_know_are_set_aside(read: Read) -> None:
    raw, rows = read(b"a,b\n" + b"\xe9,2\n" * 50 + b"\x81,3\n")
    assert raw.read_as.startswith("cp1252")
    assert set(rows) == {("é", "2")}
    assert aside(raw) == [(52, "bytes that are not cp1252", "\udc81,3")]


def test_one_damaged_byte_does_not_turn_utf8_into_cp1252(read: Read) -> None:
    raw, rows = read("a,b\né,1\nü,2\n".encode() + b"\xe9,3\n")
    assert rows == [("é", "1"), ("ü", "2")]
    assert aside(raw) == [(4, "bytes that are not UTF-8", "\udce9,3")]


def test_cp1252_is_known_by_an_accent_beyond_the_head(read: Read) -> None:
    raw, rows = read(b"a,b\n" + b"12345678,2\n" * 120_000 + b"\xe9,2\n")
    assert rows[-1] == ("é", "2")
    assert raw.quarantined == ()


def test_a_torn_utf16_file_costs_its_last_record(read: Read) -> None:
    raw, rows = read("a,b\n1,2\n3,4".encode("utf-16") + b"\x35")
    assert rows == [("1", "2")]
    assert [(one.line, one.reason) for one in raw.quarantined] == [(3, "bytes that are not UTF-16")]


def test_records_over_the_edge_of_a_window(
    engine: DuckDBEngine, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "CHUNK", 7)
    lines = [f'{n},"x\r\n{n}"' for n in range(40)]
    lines[17] = '17,"x'
    raw, rows = read("\r\n".join(["a,b", *lines, ""]).encode())
    assert [row[0] for row in rows] == [str(n) for n in range(40) if n != 17]
    assert aside(raw) == [(36, QUOTE, '17,"x')]
    assert source_lines(engine, raw, [16, 17, 38]) == [
        (34, '16,"x\r\n16"'),
        (37, '18,"x\r\n18"'),
        (79, '39,"x\r\n39"'),
    ]


def test_one_column_has_a_record_on_every_line(read: Read) -> None:
    raw, rows = read(b"a\n1\n\n3\n")
    assert rows == [("1",), (None,), ("3",)]
    raw, rows = read(b'a\n1\n\n3\n"4\n')
    assert rows == [("1",), (None,), ("3",)]
    assert aside(raw) == [(5, QUOTE, '"4')]


def test_our_own_column_name_in_the_data(read: Read) -> None:
    raw, rows = read(b"source_row,b\n7,8\n")
    assert list(raw.columns) == ["source_row_in_file", "b"]
    assert rows == [("7", "8")]


def test_the_temporary_folder_goes_with_the_table(read: Read) -> None:
    raw, _ = read(b"a,b\n1,2\n3\n")
    assert isinstance(raw.place, Place)
    kept = raw.place.kept
    assert kept.exists()
    del raw
    assert not kept.parent.exists()


REFUSED = {
    "empty": (b"", "t.csv is empty"),
    "only a mark": (b"\xef\xbb\xbf\n\n", "t.csv is empty"),
    "only a header": (b"a,b\n\n", "t.csv has a header but no rows"),
    "blank name": (b"a,,c\n1,2,3\n", "no name for column 2 of 3"),
    "repeated names": (b"a,b,A\n1,2,3\n", "same name more than once: a, A"),
    "no header": (b"1,2.5\n3,4\n", "seems to have no header"),
    "a workbook": (b"PK\x03\x04rest", "Excel"),
    "noise": (bytes(range(256)) * 9, "is not a text file"),
    "UTF-32": ("a,b\n1,2\n".encode("utf-32"), "UTF-32"),
    "nothing fits": (b"a,b\n1\n2\n", "none of its 2 records can be used"),
    "a broken header": (b'"a,b\n1,2\n', "the header cannot be read"),
    "most does not fit": (b"a,b\n1,2\n" + b"1\n" * 2000, "most of its records do not fit"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_a_table_is_refused(read: Read, name: str) -> None:
    content, message = REFUSED[name]
    with pytest.raises(DataError) as caught:
        read(content)
    assert message in str(caught.value)


def test_a_file_that_is_not_there(engine: DuckDBEngine, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.csv cannot be opened"):
        read_source(engine, Source("t", tmp_path / "gone.csv", "gone.csv"))
