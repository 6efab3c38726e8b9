"""What an engine does: read, load, view, checkpoint, replace, drop, and the types it hands over."""

from __future__ import annotations

import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clustomer.engines.base import (
    Aggregate,
    Computed,
    CsvDialect,
    Engine,
    EngineError,
    Kept,
    RaggedFileError,
    Recoded,
    quoted,
)
from clustomer.engines.spark import SparkEngine
from clustomer.errors import MissingExtraError
from clustomer.names import ROW

at = datetime.fromisoformat

TYPED = pa.table(
    {
        "small": pa.array([1, None, -3], pa.int8()),
        "whole": pa.array([2**40, None, -1], pa.int64()),
        "single": pa.array([0.5, None, -1.25], pa.float32()),
        "real": pa.array([0.1, None, 1e300], pa.float64()),
        "money": pa.array([Decimal("1.10"), None, Decimal("-0.05")], pa.decimal128(18, 2)),
        "flag": pa.array([True, None, False]),
        "text": pa.array(["é", None, ""], pa.string()),
        "large": pa.array(["a", None, "b"], pa.large_string()),
        "coded": pa.array(["x", None, "x"]).dictionary_encode(),
        "day": pa.array([date(2024, 2, 29), None, date(1960, 1, 1)]),
        "micro": pa.array([at("2024-02-29 23:59:59.999999"), None, at("1969-12-31 23:59:59.5")]),
        "second": pa.array([at("2024-02-29 23:59:59"), None, at("0001-01-01")], pa.timestamp("s")),
        "nano": pa.array([1_500_000_001, None, -1], pa.timestamp("ns")),
        "zoned": pa.array([1_000_001, None, 0], pa.timestamp("us", tz="Europe/Berlin")),
    }
)

STORED = {
    **dict.fromkeys(["small", "whole", "single", "real", "money"], "number"),
    "flag": "flag",
    **dict.fromkeys(["text", "large", "coded"], "text"),
    **dict.fromkeys(["day", "micro", "second", "nano", "zoned"], "date"),
}

HANDED_OVER: dict[str, list[object]] = {
    "small": [1, None, -3],
    "whole": [2**40, None, -1],
    "single": [0.5, None, -1.25],
    "real": [0.1, None, 1e300],
    "money": [1.1, None, -0.05],
    "flag": [True, None, False],
    "text": ["é", None, ""],
    "large": ["a", None, "b"],
    "coded": ["x", None, "x"],
    "day": [date(2024, 2, 29), None, date(1960, 1, 1)],
    "micro": [at("2024-02-29 23:59:59.999999"), None, at("1969-12-31 23:59:59.5")],
    "second": [at("2024-02-29 23:59:59"), None, at("0001-01-01")],
    "nano": [at("1970-01-01 00:00:01.5"), None, None],
    "zoned": [at("1970-01-01 00:00:01.000001"), None, at("1970-01-01")],
}

TYPES = {
    **dict.fromkeys(["small", "whole"], pa.int64()),
    **dict.fromkeys(["single", "real", "money"], pa.float64()),
    "flag": pa.bool_(),
    **dict.fromkeys(["text", "large", "coded"], pa.string()),
    "day": pa.date32(),
    **dict.fromkeys(["micro", "second", "nano", "zoned"], pa.timestamp("us")),
}


def check_typed(found: pa.Table) -> None:
    assert {field.name: field.type for field in found.schema} == TYPES
    for name, expected in HANDED_OVER.items():
        values = found[name].to_pylist()
        # A nanosecond before 1970 may be cut off towards either side.
        assert values[:2] == expected[:2] if name == "nano" else values == expected, name


def test_load_keeps_values_and_kinds(engine: Engine) -> None:
    engine.load("typed", TYPED)
    assert engine.columns("typed") == STORED
    check_typed(engine.arrow("SELECT * FROM typed ORDER BY whole DESC NULLS LAST").take([0, 2, 1]))


def test_load_takes_a_table_without_rows(engine: Engine) -> None:
    engine.load("none", TYPED.slice(0, 0))
    assert engine.columns("none") == STORED
    found = engine.arrow("SELECT * FROM none")
    assert found.num_rows == 0
    assert {field.name: field.type for field in found.schema} == TYPES


def test_read_parquet_keeps_values_kinds_and_order(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "typed file.parquet"
    pq.write_table(TYPED, path)
    assert engine.read_parquet("typed", path) == 3
    assert engine.columns("typed") == {**STORED, ROW: "number"}
    found = engine.arrow(f"SELECT * FROM typed ORDER BY {ROW}")
    assert found[ROW].to_pylist() == [0, 1, 2]
    check_typed(found.drop_columns([ROW]))


def test_read_parquet_numbers_the_rows_over_row_groups(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "many.parquet"
    numbers = pa.table({"n": list(range(1000)), "parts": [[n, "a"][:1] for n in range(1000)]})
    pq.write_table(numbers, path, row_group_size=64)
    assert engine.read_parquet("many", path) == 1000
    assert engine.columns("many")["parts"] == "other"
    assert engine.arrow(f"SELECT n FROM many WHERE n <> {ROW}").num_rows == 0


CSV = 'id,"unit price",note\r\n007, 1.5 ,\r\n"",NA,"two\nlines, ""quoted"""\r\n3,\\,é😀\r\n'


def test_read_csv_reads_every_column_as_text_in_file_order(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "o'clock.csv"
    path.write_bytes(CSV.encode())
    dialect = CsvDialect(newline="\r\n")
    assert engine.read_csv("sales", path, dialect, ["id", "unit price", "note"]) == 3
    kinds = {"id": "text", "unit price": "text", "note": "text", ROW: "number"}
    assert engine.columns("sales") == kinds
    rows = engine.arrow(f"SELECT * FROM sales ORDER BY {ROW}").to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("007", " 1.5 ", None, 0),
        (None, "NA", 'two\nlines, "quoted"', 1),
        ("3", "\\", "é😀", 2),
    ]


@pytest.mark.parametrize(
    "text", ["a,b\n1,2\n3\n", "a,b\n1,2,3\n", 'a,b\n1,"2\n3,4\n', 'a,b\n1,"2"x\n3,4\n']
)
def test_read_csv_refuses_a_line_that_does_not_fit(
    engine: Engine, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text(text)
    with pytest.raises(RaggedFileError):
        engine.read_csv("ragged", path, CsvDialect(), ["a", "b"])


def test_read_csv_follows_its_dialect(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "semicolons.txt"
    path.write_bytes("'Zürich';1,5\n'it''s';\n".encode())
    dialect = CsvDialect(delimiter=";", quote="'", header_rows=0)
    assert engine.read_csv("towns", path, dialect, ["town", "n"]) == 2
    found = engine.arrow(f"SELECT town, n FROM towns ORDER BY {ROW}").to_pylist()
    assert [tuple(row.values()) for row in found] == [("Zürich", "1,5"), ("it's", None)]


def test_a_relation_may_have_any_name_and_is_replaced(engine: Engine) -> None:
    name = 'order "lines" `1`'
    one, two = pa.table({"a b": [1]}), pa.table({"c": ["x", "y"]})
    engine.load(name, one)
    engine.view(name, "SELECT 2 AS n")
    engine.checkpoint(name, "SELECT 3 AS n")
    engine.load(name, two)
    engine.checkpoint(name, "SELECT 4 AS n")
    engine.view(name, "SELECT 5 AS n")
    assert engine.arrow(f"SELECT * FROM {quoted(name)}").to_pylist() == [{"n": 5}]
    engine.drop(name)
    with pytest.raises(EngineError):
        engine.arrow(f"SELECT * FROM {quoted(name)}")
    engine.drop(name)


def test_a_checkpoint_keeps_its_rows_and_outlives_its_source(engine: Engine) -> None:
    engine.load("source", pa.table({"n": [1, 2, 3]}))
    engine.checkpoint("kept", "SELECT n * 2 AS n, NULL AS nothing FROM source WHERE n > 1")
    engine.load("source", pa.table({"n": [10]}))
    engine.drop("source")
    assert engine.arrow("SELECT n FROM kept ORDER BY n")["n"].to_pylist() == [4, 6]
    assert engine.columns("kept") == {"n": "number", "nothing": "other"}


TEXTS = pa.table(
    {
        ROW: pa.array(range(6), pa.int64()),
        "tier": ["gold", None, "gld", "gold ", "gold", "gone"],
        "n": pa.array([1.0, 2.0, None, 4.0, 5.0, 6.0]),
    }
)


def test_distinct_counts_the_rows_of_each_text(engine: Engine) -> None:
    engine.load("texts", TEXTS)
    found = engine.distinct("texts", ["tier"])["tier"].to_pydict()
    assert dict(zip(found["raw"], found["n"], strict=True)) == {
        "gold": 2,
        "gld": 1,
        "gold ": 1,
        "gone": 1,
    }
    assert engine.distinct("texts", []) == {}


def test_derive_keeps_recodes_and_computes_row_by_row(engine: Engine) -> None:
    engine.load("texts", TEXTS)
    engine.load("lookup", pa.table({"raw": ["gold", "gone"], "value": [7.0, 9.0]}))
    raws = ["gone", "gold ", "gld", "gold"]
    engine.derive(
        "derived",
        "texts",
        {
            ROW: Kept(ROW),
            "tier": Kept("tier"),
            "spelt": Recoded("tier", pa.table({"raw": raws, "value": [None, "G", "G", "gold"]})),
            "rank": Recoded("tier", pa.table({"raw": raws, "value": [0.5, None, 3.0, 3.0]})),
            "twice": Computed("t.n * 2"),
            "looked": Computed("l.value"),
        },
        ' LEFT JOIN "lookup" AS l ON t.tier = l.raw',
    )
    found = engine.arrow(f"SELECT * FROM derived ORDER BY {ROW}").to_pydict()
    assert found == {
        ROW: [0, 1, 2, 3, 4, 5],
        "tier": TEXTS["tier"].to_pylist(),
        "spelt": ["gold", None, "G", "G", "gold", None],
        "rank": [3.0, None, 3.0, None, 3.0, 0.5],
        "twice": [2.0, 4.0, None, 8.0, 10.0, 12.0],
        "looked": [7.0, None, None, None, 7.0, 9.0],
    }
    found = engine.distinct("derived", ["spelt"])["spelt"].to_pydict()
    assert dict(zip(found["raw"], found["n"], strict=True)) == {"gold": 2, "G": 2}
    assert engine.columns("derived")["spelt"] == "text"


def test_derive_takes_a_relation_without_rows(engine: Engine) -> None:
    engine.load("none", TEXTS.slice(0, 0))
    values = pa.table({"raw": pa.array([], pa.string()), "value": pa.array([], pa.float64())})
    engine.derive("derived", "none", {ROW: Kept(ROW), "rank": Recoded("tier", values)})
    assert engine.columns("derived") == {ROW: "number", "rank": "number"}
    assert engine.arrow("SELECT * FROM derived").num_rows == 0


def test_attach_adds_columns_and_never_rows(engine: Engine) -> None:
    engine.load("texts", TEXTS)
    tiers = pa.table({"tier": ["gone", "gold"], "rank": [2.0, 1.0], "says": ["G", None]})
    engine.load("tiers", tiers)
    assert engine.attach("beside", "texts", "tier", "tiers", ["rank", "says"]) == 3
    found = engine.arrow(f"SELECT * FROM beside ORDER BY {ROW}").to_pydict()
    assert found == {
        **TEXTS.to_pydict(),
        "rank": [1.0, None, None, None, 1.0, 2.0],
        "says": [None, None, None, None, None, "G"],
    }
    engine.load("none", tiers.slice(0, 0))
    assert engine.attach("beside", "texts", "tier", "none", ["rank"]) == 0
    assert engine.arrow("SELECT rank FROM beside")["rank"].to_pylist() == [None] * 6


def test_keep_leaves_out_rows_where_the_condition_does_not_hold(engine: Engine) -> None:
    engine.load("texts", TEXTS)
    engine.keep("kept", "texts", "n > 1 AND tier IS NOT NULL")
    found = engine.arrow(f"SELECT * FROM kept ORDER BY {ROW}").to_pydict()
    assert found == {ROW: [3, 4, 5], "tier": ["gold ", "gold", "gone"], "n": [4.0, 5.0, 6.0]}
    engine.keep("whole", "texts", f"{ROW} >= 0")
    assert engine.arrow("SELECT * FROM whole").num_rows == 6
    engine.keep("none", "texts", "n > 100")
    assert engine.arrow("SELECT * FROM none").num_rows == 0


def test_counts_rows_and_values(engine: Engine) -> None:
    engine.load("texts", TEXTS)
    assert engine.counts("texts") == [6]
    assert engine.counts("texts", ["tier", "n", ROW]) == [6, 5, 5, 6]
    engine.distinct("texts", ["tier"])
    assert engine.counts("texts", ["tier"]) == [6, 5]
    engine.view("some", f"SELECT tier FROM texts WHERE {ROW} < 2")
    assert engine.counts("some", ["tier"]) == [2, 1]


PAIRED = pa.table(
    {
        ROW: pa.array(range(7), pa.int64()),
        "zip": ["1", "1", "2", None, "2", "1", "3"],
        "city": ["Bend", "Bend", "Reno", "Reno", None, "Reno", None],
    }
)


@pytest.mark.parametrize("most", [1 << 24, 1])
def test_pairs_count_what_stands_together(
    engine: Engine, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clustomer.engines.frame.PAIRS", most)
    engine.load("paired", PAIRED)
    found = engine.pairs("paired", "zip", "city").to_pydict()
    assert sorted(zip(found["x"], found["y"], found["n"], strict=True)) == [
        ("1", "Bend", 2),
        ("1", "Reno", 1),
        ("2", "Reno", 1),
    ]
    engine.load("none", PAIRED.slice(0, 0))
    assert engine.pairs("none", "zip", "city").num_rows == 0


def test_take_gives_rows_by_their_number(engine: Engine) -> None:
    engine.load("texts", TEXTS.slice(1))
    found = engine.take("texts", pa.array([0, 1, 2, 5, 9]), ["n", "tier"])
    assert found.column_names == [ROW, "n", "tier"]
    assert found.to_pydict() == {
        ROW: [1, 2, 5],
        "n": [2.0, None, 6.0],
        "tier": [None, "gld", "gone"],
    }
    assert engine.take("texts", pa.array([], pa.int64()), ["n"]).num_rows == 0


def test_without_leaves_out_rows(engine: Engine) -> None:
    engine.load("texts", TEXTS)
    engine.without("rest", "texts", pa.array([0, 4, 3, 77]))
    found = engine.arrow(f"SELECT * FROM rest ORDER BY {ROW}").to_pydict()
    assert found == {ROW: [1, 2, 5], "tier": [None, "gld", "gone"], "n": [2.0, None, 6.0]}
    engine.without("whole", "texts", pa.array([], pa.int64()))
    assert engine.counts("whole") == [6]


def test_patch_puts_values_into_single_cells(engine: Engine) -> None:
    engine.load("texts", TEXTS)
    engine.derive("same", "texts", {ROW: Kept(ROW), "tier": Kept("tier"), "n": Kept("n")})
    tiers = pa.table({ROW: [5, 1, 3], "value": ["silver", "gold", None]})
    engine.patch("same", {"tier": tiers, "n": pa.table({ROW: [2, 0], "value": [3.5, None]})})
    found = engine.arrow(f"SELECT * FROM same ORDER BY {ROW}").to_pydict()
    assert found == {
        ROW: [0, 1, 2, 3, 4, 5],
        "tier": ["gold", "gold", "gld", None, "gold", "silver"],
        "n": [None, 2.0, 3.5, 4.0, 5.0, 6.0],
    }
    assert engine.arrow(f"SELECT tier FROM texts ORDER BY {ROW}")["tier"].to_pylist() == (
        TEXTS["tier"].to_pylist()
    )


LINES = pa.table(
    {
        ROW: pa.array(range(8), pa.int64()),
        "who": ["a", "b", "a", None, "b", "a", "c", "a"],
        "order": ["1", "2", "1", "3", "2", "2", "4", "1"],
        "paid": pa.array([0.1, 0.2, 0.3, 1.0, None, 1e9, None, 0.5]),
        "what": ["x", "y", "y", "x", None, "x", None, "y"],
        "day": pa.array([at(f"2024-01-0{day}") for day in range(1, 8)] + [None]),
        "good": pa.array([True, True, True, None, True, False, True, True]),
    }
)

AGGREGATES = {
    "n": Aggregate("count"),
    "paid_n": Aggregate("count", "paid"),
    "good_n": Aggregate("count", where="good"),
    "paid": Aggregate("sum", "paid"),
    "good_paid": Aggregate("sum", "paid * 2", "good"),
    "mean": Aggregate("avg", "paid"),
    "least": Aggregate("min", "paid", "good"),
    "first": Aggregate("min", "day"),
    "last": Aggregate("max", "day"),
    "kinds": Aggregate("distinct", "what", "good"),
    "most": Aggregate("most_frequent", "what"),
    "best": Aggregate("most_frequent", "what", "good"),
}


def rows_of(engine: Engine, name: str, *keys: str) -> list[dict[str, object]]:
    every = engine.arrow(f"SELECT * FROM {quoted(name)}").to_pylist()
    return sorted(every, key=lambda row: [(row[key] is not None, row[key]) for key in keys])


def test_aggregate_tells_of_each_group(engine: Engine) -> None:
    engine.load("lines", LINES)
    engine.aggregate("groups", "lines", ["who"], AGGREGATES)
    none, a, b, c = rows_of(engine, "groups", "who")
    assert none["who"] is None
    assert (none["n"], none["good_n"], none["good_paid"]) == (1, 0, None)
    assert (none["best"], none["kinds"]) == (None, 0)
    assert (a["n"], a["paid_n"], a["good_n"], a["kinds"]) == (4, 4, 3, 2)
    assert (a["paid"], a["good_paid"]) == (pytest.approx(1e9 + 0.9), pytest.approx(1.8))
    assert (a["mean"], a["least"]) == (pytest.approx((1e9 + 0.9) / 4), 0.1)
    assert (a["first"], a["last"]) == (at("2024-01-01"), at("2024-01-06"))
    assert (a["most"], a["best"]) == ("x", "y")
    assert (b["paid"], b["mean"], b["most"]) == (0.2, 0.2, "y")
    assert (c["n"], c["paid"], c["mean"], c["least"], c["most"]) == (1, None, None, None, None)
    kinds = engine.columns("groups")
    assert kinds["who"] == kinds["most"] == "text"
    assert kinds["first"] == "date"
    assert kinds["paid"] == kinds["n"] == "number"


def test_aggregate_groups_by_several_columns_where_a_condition_holds(engine: Engine) -> None:
    engine.load("lines", LINES)
    engine.aggregate(
        "orders", "lines", ["who", "order"], {"n": Aggregate("count")}, "good AND who IS NOT NULL"
    )
    found = [tuple(row.values()) for row in rows_of(engine, "orders", "who", "order")]
    assert found == [("a", "1", 3), ("b", "2", 2), ("c", "4", 1)]
    engine.aggregate("orders", "lines", ["who", "order"], {"n": Aggregate("count")})
    found = [tuple(row.values()) for row in rows_of(engine, "orders", "who", "order")]
    assert found == [(None, "3", 1), ("a", "1", 3), ("a", "2", 1), ("b", "2", 2), ("c", "4", 1)]


def test_aggregate_takes_what_only_sql_knows(engine: Engine) -> None:
    engine.load("lines", LINES)
    columns = {"least": Aggregate("min", "what"), "most": Aggregate("most_frequent", "what")}
    engine.aggregate("groups", "lines", ["who"], columns)
    found = [tuple(row.values()) for row in rows_of(engine, "groups", "who")]
    assert found == [(None, "x", "x"), ("a", "x", "x"), ("b", "y", "y"), ("c", None, None)]


def test_aggregate_knows_conditions_of_few_values(engine: Engine) -> None:
    engine.load("lines", pa.concat_tables([LINES] * 4))
    columns = {
        "x": Aggregate("count", where="good AND what = 'x'"),
        "not_x": Aggregate("count", where="NOT (good AND what = 'x')"),
        "share": Aggregate("avg", "case when what = 'y' then 1.0e0 when good then 0.0e0 end"),
    }
    engine.aggregate("groups", "lines", ["who"], columns, "who IS NOT NULL")
    found = [tuple(row.values()) for row in rows_of(engine, "groups", "who")]
    two_thirds = pytest.approx(2 / 3)
    assert found == [("a", 4, 12, two_thirds), ("b", 0, 4, 0.5), ("c", 0, 0, 0.0)]


def test_select_gives_columns_with_texts_as_codes(engine: Engine) -> None:
    engine.load("lines", LINES)
    found = engine.select("lines", ["what", "paid"])
    assert found.column_names == ["what", "paid"]
    assert pa.types.is_dictionary(found.schema.field("what").type)
    rows = sorted(map(str, found.to_pylist()))
    assert rows == sorted(map(str, LINES.select(["what", "paid"]).to_pylist()))


def test_aggregate_takes_a_relation_without_rows(engine: Engine) -> None:
    engine.load("none", LINES.slice(0, 0))
    engine.aggregate("groups", "none", ["who"], AGGREGATES, "good")
    assert engine.arrow("SELECT * FROM groups").num_rows == 0
    assert list(engine.columns("groups")) == ["who", *AGGREGATES]


def test_a_view_is_found_wrong_when_it_is_made(engine: Engine) -> None:
    engine.load("right", pa.table({"n": [1]}))
    for statement in ("SELECT nope FROM right", "SELECT n FROM nowhere", "SELEC 1"):
        with pytest.raises(EngineError) as raised:
            engine.view("wrong", statement)
        assert statement in str(raised.value)


def test_a_sealed_engine_reads_no_files(fresh: Engine, tmp_path: Path) -> None:
    path = tmp_path / "secret.csv"
    path.write_text("secret\n1\n")
    fresh.load("before", pa.table({"n": [1]}))
    fresh.seal()
    for statement in (
        f"SELECT * FROM read_csv('{path}')",
        f'SELECT * FROM csv."{path}"',
        f"SELECT * FROM csv.`{path}`",
        f"SELECT * FROM '{path}'",
        "SELECT reflect('java.lang.System', 'getProperty', 'user.home')",
        "SELECT \"reflect\"('java.lang.System', 'getProperty', 'user.home')",
    ):
        try:
            answer = fresh.arrow(statement)
        except EngineError:
            continue
        pytest.fail(f"{statement} answered {answer.to_pylist()}")
    fresh.checkpoint("after", "SELECT n + 1 AS n, 'reflect(1)' AS t FROM before")
    assert fresh.arrow("SELECT * FROM after").to_pylist() == [{"n": 2, "t": "reflect(1)"}]


def test_the_dialect_is_named(engine: Engine) -> None:
    assert engine.dialect in ("duckdb", "spark")


def test_spark_leaves_the_session_of_the_caller_alone(engine: Engine) -> None:
    if engine.dialect != "spark":
        pytest.skip("about Spark")
    from pyspark.sql import SparkSession

    theirs = SparkSession.getActiveSession()
    assert theirs is not None
    theirs = theirs.newSession()
    theirs.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    theirs.sql("SELECT 1 AS n").createOrReplaceTempView("theirs")
    ours = SparkEngine(session=theirs)
    ours.load("ours", pa.table({"t": [at("2024-01-01")]}))
    assert ours.arrow("SELECT secs(t, t) AS s, t FROM ours").to_pylist() == [
        {"s": 0.0, "t": at("2024-01-01")}
    ]
    ours.close()
    assert theirs.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"
    assert theirs.sql("SHOW VIEWS").count() == 1
    assert engine.arrow("SELECT 1 AS n").num_rows == 1


def test_spark_says_when_its_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "pyspark"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(MissingExtraError) as raised:
        SparkEngine()
    assert "The Spark engine needs the package pyspark." in str(raised.value)
    assert "pip install 'clustomer[spark]'" in raised.value.remedy


@pytest.mark.parametrize("home", ["/no/such/folder", ""])
def test_spark_says_when_java_is_missing(monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    session = pytest.importorskip("pyspark.sql").SparkSession
    monkeypatch.setattr(session, "getActiveSession", lambda: None)
    monkeypatch.setenv("JAVA_HOME", home)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingExtraError) as raised:
        SparkEngine()
    assert "The Spark engine needs Java 17 or newer." in str(raised.value)
    assert (home or "JAVA_HOME is not set") in raised.value.found
    assert "install Java 17" in raised.value.remedy
