"""SQL over columns of few values, run once for each combination."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustomer.engines import frame
from clustomer.engines.base import EngineError
from clustomer.engines.combined import combined, holds, told
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.engines.tokens import columns_read

COLUMNS = ("sale", "good", "kind", "place", "amount")

CONDITIONS = [
    "sale",
    "not sale",
    "sale and kind = 'tea'",
    "kind is null or place <> 'north'",
    "coalesce(kind, 'none') = 'none' and not good",
    "case when kind = place then sale else good end",
    "amount > 2 and sale",
    "KIND = 'tea' and \"place\" = 'it''s'",
]

VALUES = [
    "case when sale then 1.0e0 when not sale then 0.0e0 end",
    "coalesce(kind, place)",
    "nullif(kind, 'tea')",
    "abs(amount) * 2",
]

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "sale": st.sampled_from([True, False, None]),
            "good": st.booleans(),
            "kind": st.sampled_from(["tea", "pots", None]),
            "place": st.sampled_from(["north", "tea", "it's"]),
            "amount": st.sampled_from([-1.5, 3.0, None]),
        }
    ),
    min_size=1,
    max_size=80,
)

SCHEMA = pa.schema(
    {
        "sale": pa.bool_(),
        "good": pa.bool_(),
        "kind": pa.string(),
        "place": pa.string(),
        "amount": pa.float64(),
    }
)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    made = DuckDBEngine()
    yield made
    made.close()


class Asked:
    """Runs SQL, and remembers over how many rows each expression was run."""

    def __init__(self, engine: DuckDBEngine, table: pa.Table) -> None:
        self.engine = engine
        self.table = table
        self.over: dict[str, int] = {}

    def __call__(self, asked: Sequence[str], rows: pa.Table | None) -> list[pa.ChunkedArray]:
        table = self.table if rows is None else rows
        self.over |= dict.fromkeys(asked, table.num_rows)
        self.engine.load("rows", table)
        return list(self.engine.arrow(f"SELECT {', '.join(asked)} FROM rows").columns)


def columns_of(table: pa.Table) -> dict[str, frame.Column]:
    told = zip(table.column_names, table.columns, strict=True)
    return {n: frame.encode(one) if pa.types.is_string(one.type) else one for n, one in told}


@given(ROWS)
def test_it_gives_what_the_database_gives_for_every_row(
    engine: DuckDBEngine, rows: list[dict[str, object]]
) -> None:
    table = pa.Table.from_pylist(rows, SCHEMA)
    asked = Asked(engine, table)
    flags = holds(columns_of(table), CONDITIONS, asked)
    values = told(columns_of(table), VALUES, asked)
    for sql in CONDITIONS:
        direct = asked([f"coalesce({sql}, false)"], None)[0].to_pylist()
        assert flags[sql].tolist() == direct, sql
    for sql in VALUES:
        assert values[sql].to_pylist() == asked([sql], None)[0].to_pylist()


def test_it_runs_once_for_each_combination_that_occurs(engine: DuckDBEngine) -> None:
    table = pa.table(
        {
            "sale": [True, True, False, None] * 100,
            "kind": ["tea", "pots", "tea", None] * 100,
            "amount": np.arange(400.0),
        }
    )
    asked = Asked(engine, table)
    holds(columns_of(table), ["sale and kind = 'tea'", "sale", "sale and amount > 3"], asked)
    assert asked.over == {
        "coalesce(sale and kind = 'tea', false)": 4,
        "coalesce(sale, false)": 4,
        "coalesce(sale and amount > 3, false)": 400,
    }


def test_columns_of_many_combinations_are_not_taken_together(engine: DuckDBEngine) -> None:
    table = pa.table(
        {
            "one": [f"a{n % 90}" for n in range(9_000)],
            "other": [f"b{n % 100}" for n in range(9_000)],
        }
    )
    asked = Asked(engine, table)
    holds(columns_of(table), ["one = 'a1'", "other = 'b1'", "one = 'a1' and other = 'b1'"], asked)
    assert asked.over == {
        "coalesce(one = 'a1', false)": 90,
        "coalesce(other = 'b1', false)": 100,
        "coalesce(one = 'a1' and other = 'b1', false)": 9_000,
    }


def test_what_does_not_occur_is_not_computed(engine: DuckDBEngine) -> None:
    kinds = frame.encode(pa.chunked_array([["12", "none", "3"] * 20]))
    kept = frame.kept(kinds, np.array([True, False, True] * 20))
    assert isinstance(kept, frame.Coded)
    assert kept.values.to_pylist() == ["12", "none", "3"]
    asked = Asked(engine, frame.arrow({"kind": kept}))
    found = told({"kind": kept}, ["cast(kind as double)"], asked)
    assert found["cast(kind as double)"].to_pylist() == [12.0, 3.0] * 20


@pytest.mark.parametrize(
    "sql",
    [
        "random() < 0.5 and sale",
        "count(*) over (partition by kind) > 1",
        "sale(kind)",
        "kind in (select kind from rows)",
        "kind || place = 'teanorth'",
        "rows.sale",
        "sale -- and kind",
        "kind::double > 1",
        '"nothing of that name"',
        "$1",
    ],
)
def test_what_is_not_certain_is_left_whole(sql: str) -> None:
    assert columns_read(sql, COLUMNS) is None


def test_a_text_names_no_column() -> None:
    found = columns_read("place = 'kind, sale and \"good\"'", COLUMNS)
    assert found == frozenset({"place"})


def test_more_combinations_than_rows_are_not_numbered() -> None:
    ids = frame.encode(pa.chunked_array([[f"C{n}" for n in range(40)]]))
    flags = pa.chunked_array([[True, False] * 20])
    assert combined({"id": ids}, ["id"]) is None
    assert combined({"flag": flags}, ["flag"]) is not None
    assert combined({"id": ids, "flag": flags}, ["flag", "id"]) is None
    numbers = pa.chunked_array([[math.pi] * 40])
    assert combined({"flag": flags, "n": numbers}, ["flag", "n"]) is None


def test_an_expression_that_fails_leaves_no_relation_behind(engine: DuckDBEngine) -> None:
    engine.load("lines", pa.table({"who": ["a", "b"] * 20, "kind": ["x", "y"] * 20}))
    engine.distinct("lines", ["kind"])
    for _ in range(2):
        with pytest.raises(EngineError, match="Could not convert"):
            engine.keep("kept", "lines", "cast(kind as double) > 1")
    with pytest.raises(EngineError, match="lines combined"):
        engine.arrow('SELECT * FROM "lines combined"')
