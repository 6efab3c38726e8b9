"""Tables in workbooks, databases, JSON, packed files, folders of parts, files of one pattern."""

from __future__ import annotations

import gzip
import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from clustomer.engines.duckdb import DuckDBEngine
from clustomer.errors import DataError
from clustomer.tables import unpack, workbook
from clustomer.tables.arrow import rested
from clustomer.tables.candidates import Member, find_candidates
from clustomer.tables.read import RawTable, part_names, read_source, source_lines
from clustomer.tables.sources import Source, peek

Rows = list[dict[str, object]]


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine(threads=2)
    yield engine
    engine.close()


def take(engine: DuckDBEngine, place: Path, folder: Path | None = None) -> tuple[RawTable, Rows]:
    """Read the one candidate of a place; its rows add up and its columns were told before."""
    (found,) = find_candidates(place).candidates
    source = Source("t", found.data, found.name)
    raw = read_source(engine, source, folder)
    rows = engine.arrow(f'SELECT * FROM "{raw.relation}" ORDER BY source_row').to_pylist()
    assert [row.pop("source_row") for row in rows] == list(range(len(rows)))
    assert raw.read == len(rows) + len(raw.quarantined)
    assert set(peek(source)) <= set(raw.columns)
    return raw, rows


Cells = Sequence[Sequence[object]]


def sheet(path: Path, rows: Cells, **others: Cells) -> Path:
    days = {"default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(path, days) as book:
        for name, cells in {"Orders": rows, **others}.items():
            page = book.add_worksheet(name)
            for at, row in enumerate(cells):
                for column, cell in enumerate(row):
                    if isinstance(cell, str) and cell.startswith("="):
                        page.write_formula(at, column, cell, value="#DIV/0!")
                    elif cell is not None:
                        page.write(at, column, cell)
            if name == "Hidden":
                page.hide()
    return path


def test_a_sheet_keeps_what_its_cells_hold(engine: DuckDBEngine, tmp_path: Path) -> None:
    day, moment = date(2025, 1, 2), datetime.fromisoformat("2025-01-02T03:04:05")
    path = sheet(
        tmp_path / "shop.xlsx",
        [
            ["Sales of 2025"],
            [],
            ["id", "code", "pieces", "price", "day", "moment", "paid", "ratio"],
            ["007", 12, 3, 2.5, day, moment, True, "=1/0"],
            [],
            ["1e5", "x1", 1e15, 3, day, day, False, 0.5],
        ],
    )
    raw, rows = take(engine, path)
    assert raw.read_as == "Excel sheet, header in row 3"
    assert raw.source == "shop.xlsx#Orders"
    midnight = datetime.fromisoformat("2025-01-02T00:00:00")
    assert rows == [
        {
            "id": "007",
            "code": "12",
            "pieces": 3,
            "price": 2.5,
            "day": day,
            "moment": moment,
            "paid": True,
            "ratio": None,
        },
        {
            "id": "1e5",
            "code": "x1",
            "pieces": 10**15,
            "price": 3.0,
            "day": day,
            "moment": midnight,
            "paid": False,
            "ratio": 0.5,
        },
    ]
    assert raw.columns["pieces"] == "number"
    assert source_lines(engine, raw, [1]) == [
        (6, "1e5,x1,1000000000000000,3,2025-01-02,2025-01-02 00:00:00,false,0.5")
    ]
    assert raw.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [(one.code, one.text) for one in raw.findings] == [
        ("error-cells", "shop.xlsx#Orders: cells that hold an error count as blank: 1 #DIV/0!.")
    ]


def test_hidden_and_empty_sheets_are_left_aside_but_can_be_named(tmp_path: Path) -> None:
    rows: list[list[object]] = [["a", "b"], [1, 2]]
    path = sheet(tmp_path / "s.xlsx", rows, Hidden=rows, Empty=[], Items=rows)
    found = find_candidates(path)
    assert [one.name for one in found.candidates] == ["s.xlsx#Orders", "s.xlsx#Items"]
    assert found.aside == ("s.xlsx: sheet 'Hidden' (hidden)", "s.xlsx: sheet 'Empty' (empty)")
    (hidden,) = find_candidates(tmp_path / "s.xlsx#Hidden").candidates
    assert hidden.data == Member(path, "Hidden")
    with pytest.raises(DataError) as caught:
        find_candidates(tmp_path / "s.xlsx#Order")
    assert str(caught.value) == (
        "s.xlsx has no sheet 'Order'.\n  Found: Orders, Items\n  To do: did you mean 'Orders'?"
    )


def test_a_sheet_whose_header_stands_in_two_rows(engine: DuckDBEngine, tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [None, "First half", None, "Second half"],
        ["id", "Q1", "Q2", "Q3"],
        [1, 2, 3, 4],
    ]
    raw, found = take(engine, sheet(tmp_path / "s.xlsx", rows))
    assert found == [{"id": 1, "Q1": 2, "Q2": 3, "Q3": 4}]
    assert raw.read_as == "Excel sheet, header in row 2"


def test_a_sheet_with_a_nameless_column_is_refused(engine: DuckDBEngine, tmp_path: Path) -> None:
    path = sheet(tmp_path / "s.xlsx", [["id", None, "price"], [1, "x", 2]])
    with pytest.raises(DataError, match="the header has no name for column 2 of 3"):
        take(engine, path)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE orders (id TEXT, n INTEGER, price REAL, mixed, note BLOB)")
        database.executemany(
            "INSERT INTO orders VALUES (?, ?, ?, ?, ?)",
            [("007", 1, 2.5, "x", b"\xff\x00"), ("1e5", None, 3.0, 12, None)],
        )
        database.execute("CREATE VIEW big AS SELECT id, n FROM orders WHERE price > 2.7")
        database.execute("CREATE VIEW broken AS SELECT * FROM gone")
        database.execute("CREATE TABLE empty (a)")
    database.close()
    return path


def test_tables_and_views_of_sqlite(engine: DuckDBEngine, shop: Path) -> None:
    names = [one.name for one in find_candidates(shop).candidates]
    assert names == ["shop.sqlite#orders", "shop.sqlite#big", "shop.sqlite#empty"]
    raw, rows = take(engine, Path(f"{shop}#orders"))
    assert rows == [
        {"id": "007", "n": 1, "price": 2.5, "mixed": "x", "note": "ff00"},
        {"id": "1e5", "n": None, "price": 3.0, "mixed": "12", "note": None},
    ]
    assert raw.read_as == "SQLite table"
    assert take(engine, Path(f"{shop}#big"))[1] == [{"id": "1e5", "n": None}]
    with pytest.raises(DataError, match=r"shop\.sqlite#empty has no rows"):
        take(engine, Path(f"{shop}#empty"))
    with pytest.raises(DataError, match="did you mean 'orders'"):
        find_candidates(Path(f"{shop}#order"))


def test_text_that_is_not_utf8_costs_its_row(engine: DuckDBEngine, tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (a TEXT)")
        database.execute("INSERT INTO t VALUES ('é'), (CAST(x'E9' AS TEXT)), ('x')")
    database.close()
    raw, rows = take(engine, path)
    assert rows == [{"a": "é"}, {"a": "x"}]
    assert [(one.line, one.reason, one.raw) for one in raw.quarantined] == [
        (2, "bytes that are not UTF-8", "\udce9")
    ]
    assert source_lines(engine, raw, [1]) == [(3, "x")]


def test_a_view_that_never_ends(
    engine: DuckDBEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clustomer.tables.sqlite._STEPS", 5)
    path = tmp_path / "t.db"
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE VIEW v AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) "
            "SELECT n FROM r"
        )
    database.close()
    with pytest.raises(DataError, match="a view that does not end"):
        take(engine, path)


def test_tables_and_views_of_duckdb_that_reach_nothing_else(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute("CREATE TABLE orders AS SELECT '007' AS id, 2::TINYINT AS n")
        database.execute("CREATE SCHEMA s; CREATE TABLE s.items AS SELECT 1 AS a")
        database.execute(f"CREATE VIEW spy AS SELECT * FROM read_csv('{tmp_path}/secret.csv')")
    names = [one.name for one in find_candidates(path).candidates]
    assert names == ["shop.duckdb#orders", "shop.duckdb#spy", "shop.duckdb#s.items"]
    raw, rows = take(engine, Path(f"{path}#orders"))
    assert (raw.read_as, rows) == ("DuckDB table", [{"id": "007", "n": 2}])
    assert take(engine, Path(f"{path}#s.items"))[1] == [{"a": 1}]
    with pytest.raises(DataError, match=r"(?s)cannot be read as a DuckDB database.*Permission"):
        take(engine, Path(f"{path}#spy"))


def test_json_lines(engine: DuckDBEngine, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    lines = [
        '{"id": "007", "n": 1, "at": {"city": "Köln", "geo": [1, {"x": null}]}}',
        "",
        '{"n": 2.5, "id": "1e5", "ok": true}',
        "{'id': 1}",
        "[1, 2]",
        '{"id": 1, "id": 2}',
        '{"id": "\udce9"}',
        '{"n": 1e999}',
        '{"id": null, "at": null}',
    ]
    path.write_bytes("\r\n".join(lines).encode("utf-8", "surrogateescape"))
    raw, rows = take(engine, path)
    assert raw.read_as == "JSON lines"
    assert rows[0] == {
        "id": "007",
        "n": 1.0,
        "at.city": "Köln",
        "at.geo": '[1, {"x": null}]',
        "ok": None,
        "at": None,
    }
    assert [row["id"] for row in rows] == ["007", "1e5", None]
    assert [(one.line, one.reason, one.raw) for one in raw.quarantined] == [
        (4, "not JSON", lines[3]),
        (5, "JSON, but not an object with names and values", lines[4]),
        (6, "a name that stands twice in one object", lines[5]),
        (7, "bytes that are not UTF-8", lines[6]),
        (8, "a number that is infinite", lines[7]),
    ]
    assert source_lines(engine, raw, [2, 0]) == [(9, lines[8]), (1, lines[0])]
    assert raw.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_json_list(engine: DuckDBEngine, tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text('[\n {"a": 1},\n 7,\n {"a": "x"}\n]')
    raw, rows = take(engine, path)
    assert (raw.read_as, rows) == ("JSON list", [{"a": "1"}, {"a": "x"}])
    assert [(one.line, one.raw) for one in raw.quarantined] == [(3, "7")]
    assert source_lines(engine, raw, [1]) == [(4, "x")]
    path.write_text('[{"a": 1},\n {"a": 2')
    with pytest.raises(DataError, match="its list is broken after line 2"):
        take(engine, path)


CSV = b"id,price\n007,2.5\n1e5,3\n8\n"


def test_packed_text_is_read_as_what_it_holds(engine: DuckDBEngine, tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(CSV))
    with pa.CompressedOutputStream(pa.OSFile(str(tmp_path / "t.csv.zst"), "wb"), "zstd") as out:
        out.write(CSV)
    (tmp_path / "named_wrongly.csv").write_bytes(gzip.compress(CSV))
    for name, packed in {
        "t.csv.gz": "gzip",
        "t.csv.zst": "zstd",
        "named_wrongly.csv": "gzip",
    }.items():
        raw, rows = take(engine, tmp_path / name)
        assert raw.read_as == f"utf-8, comma, {packed}"
        assert rows == [{"id": "007", "price": "2.5"}, {"id": "1e5", "price": "3"}]
        assert [(one.line, one.raw) for one in raw.quarantined] == [(4, "8")]
        assert raw.sha256 == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        assert source_lines(engine, raw, [1]) == [(3, "1e5,3")]
    (tmp_path / "t.jsonl.gz").write_bytes(gzip.compress(b'{"a": 1}\n'))
    assert take(engine, tmp_path / "t.jsonl.gz")[1] == [{"a": 1}]


def test_a_packed_file_that_is_cut_off_damaged_or_a_bomb(
    engine: DuckDBEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.csv.gz"
    whole = gzip.compress(b"id,price\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(9000)))
    path.write_bytes(whole[:-100])
    with pytest.raises(DataError, match=r"t.csv.gz is cut off or damaged"):
        take(engine, path)
    path.write_bytes(whole[:3000] + bytes(50) + whole[3050:])
    with pytest.raises(DataError, match=r"t.csv.gz is cut off or damaged"):
        take(engine, path)
    monkeypatch.setattr(unpack, "ALLOWED", 1 << 20)
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 2_000_000))
    with pytest.raises(DataError, match="holds far more than a packed table does"):
        take(engine, path)


def test_a_workbook_that_is_a_bomb_or_broken(
    engine: DuckDBEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sheet(tmp_path / "s.xlsx", [["a"], *([["x"]] * 2000)])
    whole = path.read_bytes()
    path.write_bytes(whole[:2000])
    with pytest.raises(DataError, match=r"s.xlsx cannot be read as a workbook"):
        take(engine, path)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"s.xlsx cannot be read as a workbook"):
        take(engine, path)
    path.write_bytes(whole)
    monkeypatch.setattr(workbook, "ALLOWED", 1000)
    monkeypatch.setattr(workbook, "RATIO", 1)
    workbook._check_size.cache_clear()
    with pytest.raises(DataError, match="holds far more than a workbook does"):
        take(engine, path)


@pytest.mark.parametrize("name", ["t.sqlite", "t.duckdb", "t.db"])
def test_a_database_that_is_none(engine: DuckDBEngine, tmp_path: Path, name: str) -> None:
    for content in (b"", b"noise" * 500, b"SQLite format 3\0" + bytes(900), bytes(8) + b"DUCK"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError) as caught:
            take(engine, tmp_path / name)
        assert name in caught.value.what


def test_files_of_one_pattern_are_one_table(engine: DuckDBEngine, tmp_path: Path) -> None:
    (tmp_path / "s_1.csv").write_bytes(b"id,price\n1,2\n3\n4,5\n")
    (tmp_path / "s_2.csv").write_bytes(b"price;id\n6,5;7\n")
    raw, rows = take(engine, tmp_path / "s_*.csv")
    assert raw.source == "s_*.csv (2 files)"
    assert raw.read_as == "utf-8, comma; utf-8, semicolon"
    assert rows == [
        {"id": "1", "price": "2"},
        {"id": "4", "price": "5"},
        {"id": "7", "price": "6,5"},
    ]
    assert [(one.table, one.source, one.line, one.raw) for one in raw.quarantined] == [
        ("t", "s_1.csv", 3, "3")
    ]
    assert source_lines(engine, raw, [2, 0, 1]) == [(2, "6,5;7"), (2, "1,2"), (4, "4,5")]
    assert part_names(raw, [2, 0]) == ["s_2.csv", "s_1.csv"]
    assert [part.read for part in raw.parts] == [3, 1]
    (tmp_path / "s_3.csv").write_bytes(b"id,prise\n1,2\n")
    with pytest.raises(DataError) as caught:
        take(engine, tmp_path / "s_*.csv")
    assert "its files do not hold the same columns" in str(caught.value)
    assert "s_3.csv lacks price and s_3.csv has prise besides" in str(caught.value)
    with pytest.raises(DataError, match="No file matches"):
        take(engine, tmp_path / "x_*.csv")


def test_a_folder_of_parquet_parts_is_one_table(engine: DuckDBEngine, tmp_path: Path) -> None:
    parts = tmp_path / "data" / "sales.parquet"
    parts.mkdir(parents=True)
    (parts / "_SUCCESS").write_text("")
    pq.write_table(
        pa.table({"a": [1], "b": pa.array([None], pa.string())}), parts / "part-0.parquet"
    )
    pq.write_table(pa.table({"a": [2.5], "b": [7]}), parts / "part-1.parquet")
    raw, rows = take(engine, tmp_path / "data")
    assert raw.source == "sales.parquet/ (2 files)"
    assert rows == [{"a": 1.0, "b": None}, {"a": 2.5, "b": 7}]


def test_a_stream_that_can_be_read_only_once(engine: DuckDBEngine) -> None:
    class Once:
        """Something of another library that speaks the interface and nothing else."""

        def __init__(self) -> None:
            batches = pa.table({"a": [1, 2]}).to_batches()
            self.reader = pa.RecordBatchReader.from_batches(batches[0].schema, batches)

        def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
            return self.reader.__arrow_c_stream__(requested_schema)

    source = Source("t", rested(Once()), "table 't'")
    assert peek(source) == ("a",)
    assert read_source(engine, source).read == 2


def test_json_is_told_from_lines_of_text(tmp_path: Path, engine: DuckDBEngine) -> None:
    path = tmp_path / "t.jsonl"
    for content, message in {
        "": "is empty",
        "id,price\n1,2\n": "none of its 2 lines can be used",
        "[]": "holds no rows",
        json.dumps({}): "its objects have no names",
    }.items():
        path.write_text(content)
        with pytest.raises(DataError, match=message):
            read_source(engine, Source("t", path, "t.jsonl"))
