"""Reading Parquet files and tables given in Python."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clustomer.engines.duckdb import DuckDBEngine
from clustomer.errors import DataError
from clustomer.tables.arrow import ArrowStream, content_hash, stream_names, to_arrow
from clustomer.tables.read import RawTable, read_source, source_lines
from clustomer.tables.sources import Source

MORNING = datetime.fromisoformat("2025-01-02T03:04:00")
TABLE = pa.table(
    {
        "id": pa.array([7, 8, None], pa.int32()),
        "price": [1.5, None, 2.0],
        "at": pa.array([MORNING, None, MORNING.replace(hour=0, minute=0)], pa.timestamp("us")),
        "day": [date(2025, 1, 2), None, None],
        "note": ['say "x"', "a,b", "two\nlines"],
        "flag": [True, None, False],
        "cost": [Decimal("1.50"), None, None],
    }
)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine(threads=2)
    yield engine
    engine.close()


def take(
    engine: DuckDBEngine, data: Path | ArrowStream
) -> tuple[RawTable, list[dict[str, object]]]:
    raw = read_source(engine, Source("t", data, "t"))
    rows = engine.arrow(f'SELECT * FROM "{raw.relation}" ORDER BY source_row').to_pylist()
    assert raw.read == len(rows)
    assert [row.pop("source_row") for row in rows] == list(range(len(rows)))
    return raw, rows


def test_parquet_keeps_its_types(engine: DuckDBEngine, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(TABLE, path)
    raw, rows = take(engine, path)
    assert raw.read_as == "parquet"
    assert raw.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert raw.columns == {
        "id": "number",
        "price": "number",
        "at": "date",
        "day": "date",
        "note": "text",
        "flag": "flag",
        "cost": "number",
    }
    assert rows[0]["at"] == MORNING
    assert [line for line, _ in source_lines(engine, raw, [2, 0])] == [3, 1]


def test_a_row_is_shown_as_a_line(engine: DuckDBEngine) -> None:
    raw, _ = take(engine, TABLE)
    shown = source_lines(engine, raw, [0, 1, 2])
    assert [line for line, _ in shown] == [1, 2, 3]
    assert shown[1] == (2, '8,,,,"a,b",,')
    assert shown[2] == (3, ',2,2025-01-02 00:00:00,,"two\nlines",false,')
    assert shown[0][1].startswith('7,1.5,2025-01-02 03:04:00,2025-01-02,"say ""x""",true,1.5')


def test_parquet_with_our_own_column_name(engine: DuckDBEngine, tmp_path: Path) -> None:
    pq.write_table(pa.table({"source_row": [5], "x": [6]}), tmp_path / "t.parquet")
    raw, rows = take(engine, tmp_path / "t.parquet")
    assert raw.read_as == "parquet"
    assert rows == [{"source_row_in_file": 5, "x": 6}]


def test_parquet_that_is_none(engine: DuckDBEngine, tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        take(engine, tmp_path / "t.parquet")
    whole = tmp_path / "whole.parquet"
    pq.write_table(TABLE, whole)
    (tmp_path / "t.parquet").write_bytes(whole.read_bytes()[:-20])
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        take(engine, tmp_path / "t.parquet")
    pq.write_table(TABLE.slice(0, 0), whole)
    with pytest.raises(DataError, match="has no rows"):
        take(engine, whole)


def test_pandas_polars_and_arrow_read_alike(engine: DuckDBEngine) -> None:
    values = {"tier": ["Gold", None, "Silver"], "n": [1, 2, 3]}
    frame = pd.DataFrame(values, index=[10, 20, 30])
    given: list[ArrowStream] = [
        pa.table(values),
        frame,
        frame.astype({"tier": "category"}),
        pl.DataFrame(values),
        pl.DataFrame(values).cast({"tier": pl.Categorical}),
        pa.table({**values, "tier": pa.array(values["tier"]).dictionary_encode()}),
        pa.table({**values, "tier": pa.array(values["tier"], pa.large_string())}),
        pa.table({**values, "tier": pa.array(values["tier"], pa.string_view())}),
    ]
    hashes = set()
    for data in given:
        raw, rows = take(engine, data)
        assert raw.read_as == "arrow"
        assert raw.columns == {"tier": "text", "n": "number"}
        assert rows == pa.table(values).to_pylist()
        hashes.add(raw.sha256)
    assert len(hashes) == 1


def test_the_content_hash_knows_values_and_not_chunks() -> None:
    whole = pa.table({"a": list(range(10))})
    cut = pa.concat_tables([whole.slice(0, 3), whole.slice(3)])
    assert content_hash(cut) == content_hash(whole)
    assert content_hash(whole.slice(1)) != content_hash(whole)


def test_columns_of_nothing_and_other_types() -> None:
    table = pa.table({"a": pa.nulls(2), "b": pa.array([1, 1], pa.int8()), "c": [[1], None]})
    assert to_arrow("t", table).schema.types == [pa.string(), pa.int64(), pa.list_(pa.int64())]


def test_a_pandas_column_of_several_kinds_is_read_as_a_file_would_hold_it(
    engine: DuckDBEngine,
) -> None:
    mixed = [1, "C2", np.float64(2.5), 7.0, None, float("nan"), pd.NaT, date(2025, 3, 1), True]
    frame = pd.DataFrame({"id": pd.Series(mixed, dtype=object)})
    raw, rows = take(engine, frame)
    texts = ["1", "C2", "2.5", "7", None, None, None, "2025-03-01", "true"]
    assert [row["id"] for row in rows] == texts
    assert raw.columns == {"id": "text"}


def test_a_pandas_index_with_a_name_is_a_column(engine: DuckDBEngine) -> None:
    frame = pd.DataFrame({"id": ["a", "b"], "n": [1, 2]})
    indexed = frame.set_index("id")
    assert stream_names(indexed) == ("id", "n")
    assert take(engine, indexed)[1] == frame.to_dict("records")
    assert stream_names(frame.set_index("id", drop=False)) == ("id", "n")
    several = frame.set_index(["id", "n"])
    several.index.names = ["id", None]
    assert stream_names(several) == ("id",)


def test_a_pandas_column_of_other_things_is_refused(engine: DuckDBEngine) -> None:
    frame = pd.DataFrame({"ok": [1, 2], "id": pd.Series([1, {"a": "C2"}], dtype=object)})
    with pytest.raises(DataError) as caught:
        take(engine, frame)
    assert "column 'id' holds values that are neither numbers, texts nor dates" in str(caught.value)
    assert "Found: dict" in str(caught.value)


def test_names_that_are_repeated_or_blank_are_refused(engine: DuckDBEngine) -> None:
    with pytest.raises(DataError, match="same name more than once"):
        take(engine, pd.DataFrame([[1, 2]], columns=["a", "A"]))
    with pytest.raises(DataError, match="no name for column 1 of 1"):
        take(engine, pa.table({"": [1]}))


def test_a_table_without_rows_is_refused(engine: DuckDBEngine) -> None:
    with pytest.raises(DataError, match="t has no rows"):
        take(engine, pl.DataFrame({"a": []}))


def test_our_own_column_name_in_a_table(engine: DuckDBEngine) -> None:
    raw, rows = take(engine, pa.table({"source_row": [5]}))
    assert rows == [{"source_row_in_file": 5}]
    assert source_lines(engine, raw, [0]) == [(1, "5")]


def test_many_rows_are_found_again(engine: DuckDBEngine) -> None:
    raw, _ = take(engine, pa.table({"n": range(200_000)}))
    shown = source_lines(engine, raw, range(1, 200_000, 2))
    assert len(shown) == 100_000
    assert shown[-1] == (200_000, "199999")
