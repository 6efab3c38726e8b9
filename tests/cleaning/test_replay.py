"""Replaying the record over the raw tables gives the clean tables, to the last byte."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as profile
from hypothesis import strategies as st

import clustomer
from clustomer.cleaning.audit import Reading, actions_table, readings_table
from clustomer.cleaning.clean import learn_and_apply
from clustomer.cleaning.decisions import Decision
from clustomer.cleaning.replay import Record, replay
from clustomer.cleaning.rows import treat_rows
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.errors import DataError, OutputError
from clustomer.intake.cleaned import clean_tables
from clustomer.names import ROW
from clustomer.review import read_record, replay_run

from .tables import Given, numbered, settings
from .test_clean import CELLS, DIRTY, ODD, ROWS

TOWNS = ("Portland", "Seattle", "Eugene", "Spokane", "Salem", "Tacoma")


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    one = DuckDBEngine(threads=1)
    yield one
    one.close()


def as_bytes(table: pa.Table) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def both(
    engine: DuckDBEngine,
    rows: Mapping[str, Sequence[object] | pa.Array],
    columns: Given,
    decisions: Sequence[Decision] = (),
) -> tuple[pa.Table, pa.Table, Record]:
    """What cleaning left, what the replay makes, and the record between them."""
    raw = numbered(rows)
    engine.load("raw", raw)
    names = {name: name for name in rows}
    table = settings(columns)
    repairs, cleaned = learn_and_apply(engine, "raw", names, table, "sales", "clean", decisions)
    _, cleaned = treat_rows(
        engine, "raw", list(rows), cleaned, repairs, table,
        order="order_id", fitted=False, decisions=decisions,
    )  # fmt: skip
    readings = [Reading("sales", name, name, table.columns[name].kind) for name in rows]
    record = Record(cleaned.audit, actions_table(cleaned.actions), readings_table(readings))
    wanted = ", ".join(f'"{name}"' for name in rows)
    left = engine.arrow(f'SELECT {wanted} FROM "{cleaned.relation}" ORDER BY {ROW}')
    return left, replay({"sales": raw}, record)["sales"], record


def test_a_dirty_table(engine: DuckDBEngine) -> None:
    said = (
        Decision("sales", "region", "NORD", "set", "North"),
        Decision("sales", "quantity", "five", "reject"),
        Decision("sales", "day", "06-07-25", "set", "2025-06-07"),
        Decision("sales", "id", " 1e5\t", "reject"),
    )
    left, again, _ = both(engine, ROWS, DIRTY, said)
    assert again["region"].to_pylist()[2] == "North"
    assert as_bytes(left) == as_bytes(again)


@profile(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CELLS, min_size=1, max_size=30))
@example([*ODD, "1,55", "13-07-25"])
@example(["(0)", "-0", "0", "5", "5"])
def test_any_cells(engine: DuckDBEngine, cells: list[str | None]) -> None:
    left, again, _ = both(engine, dict.fromkeys(DIRTY, cells), DIRTY)
    assert as_bytes(left) == as_bytes(again)


def test_native_types(engine: DuckDBEngine) -> None:
    rows = {
        "id": pa.array([17850.0, None, float("nan"), 0.5]),
        "price": pa.array([1.5, float("inf"), 99.0, 1e308]),
        "flag": pa.array([True, False, None, True]),
        "day": pa.array([date(2025, 7, 6), None, date(1, 1, 1), date(2024, 2, 29)]),
        "stamp": pa.array([20250706, 20251306, None, 5], pa.int32()),
        "code": pa.array([1.0, 2.0, None, 1.0]),
    }
    columns: Given = {
        "id": "key",
        "price": "number",
        "flag": "category",
        "day": "date",
        "stamp": "date",
        "code": "category",
    }
    said = [Decision("sales", "price", "99", "set", "9.9")]
    left, again, _ = both(engine, rows, columns, said)
    assert again["price"].to_pylist() == [1.5, None, 9.9, None]
    assert as_bytes(left) == as_bytes(again)


def test_derived_cells_and_dropped_rows(engine: DuckDBEngine) -> None:
    count = 60
    rows: dict[str, list[str | None]] = {
        "order_id": [f"O{at}" for at in range(count)],
        "quantity": [str(1 + at % 7) for at in range(count)],
        "unit_price": [f"{(at % 11) + 0.25:.2f}" for at in range(count)],
    }
    rows["total"] = [
        f"{float(q or 0) * float(p or 0):.2f}"
        for q, p in zip(rows["quantity"], rows["unit_price"], strict=True)
    ]
    rows["total"][3] = rows["quantity"][5] = None
    rows["unit_price"][8] = "n/a"
    rows["unit_price"][9] = rows["total"][9] = None
    rows = {name: [*values, *values[20:23]] for name, values in rows.items()}
    columns: Given = {
        "order_id": "key",
        "quantity": "number",
        "unit_price": "number",
        "total": "number",
    }
    left, again, record = both(engine, rows, columns)
    assert as_bytes(left) == as_bytes(again)
    assert again.num_rows == count
    clean = again.to_pydict()
    assert (clean["total"][3], clean["quantity"][5]) == (13.0, 6.0)
    assert clean["unit_price"][8:10] == [8.25, None]
    derived = {
        row["column"]: (row["repaired"], row["count"], row["rule"])
        for row in record.audit.to_pylist()
        if row["rule"] == "derived"
    }
    assert derived == {
        "total": ("quantity * unit_price", 1, "derived"),
        "quantity": ("total / unit_price", 1, "derived"),
        "unit_price": ("total / quantity", 1, "derived"),
    }
    drops = [one for one in record.actions.to_pylist() if one["action"] == "drop"]
    assert [one["row"] for one in drops] == [60, 61, 62]


def fit_and_replay(
    folder: Path, recipe: str
) -> tuple[Mapping[str, pa.Table], Mapping[str, pa.Table], clustomer.Run]:
    engine = DuckDBEngine(threads=1)
    try:
        run = clustomer.fit(folder, recipe=recipe, k=3, engine=engine)
        raw = {
            name: engine.arrow(f'SELECT * FROM "{one.relation}"')
            for name, one in run.intake.raw.items()
        }
        return (
            clean_tables(engine, run.intake.learnt.columns, run.intake.record),
            replay(raw, run.intake.record),
            run,
        )
    finally:
        engine.close()


def same(left: Mapping[str, pa.Table], right: Mapping[str, pa.Table]) -> bool:
    return {n: as_bytes(t) for n, t in left.items()} == {n: as_bytes(t) for n, t in right.items()}


def test_the_demo_and_its_run_on_disk(tmp_path: Path) -> None:
    clustomer.write_demo(tmp_path / "data", customers=250, seed=4)
    left, again, run = fit_and_replay(tmp_path / "data", "retail")
    assert same(left, again)
    run.save(tmp_path / "run")
    read = read_record(tmp_path / "run")
    assert read.actions.equals(run.intake.record.actions)
    written = replay_run(tmp_path / "run", tmp_path / "data", tmp_path / "clean")
    assert written == {one.table: one.used for one in run.intake.accounts}
    for name, table in left.items():
        assert (tmp_path / "clean" / f"{name}.parquet").read_bytes() == as_bytes(table)
    with pytest.raises(OutputError, match="not empty"):
        replay_run(tmp_path / "run", tmp_path / "data", tmp_path / "clean")
    with (tmp_path / "data" / "sales.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(DataError, match="not what the run read as sales"):
        replay_run(tmp_path / "run", tmp_path / "data", tmp_path / "other")


def test_the_first_seed(real_data: Callable[[str], Path]) -> None:
    left, again, run = fit_and_replay(real_data("retail_seed"), "retail")
    assert same(left, again)
    assert {name: table.num_rows for name, table in again.items()} == {
        one.table: one.used for one in run.intake.accounts
    }


def test_repairs_of_single_cells_are_replayed(engine: DuckDBEngine) -> None:
    shops = [(f"S{at}", town, "OR" if at % 2 else "WA") for at, town in enumerate(TOWNS)] * 12
    rows = [[row[at] for row in shops] for at in range(3)]
    rows[1][0], rows[1][7] = "xortland", "xeattle"
    kinds: Given = {"shop": "key", "city": "category", "state": "category"}
    given_rows = dict(zip(kinds, rows, strict=True))
    clean, again, record = both(engine, given_rows, kinds)
    assert clean["city"].to_pylist()[0] == "Portland"
    assert as_bytes(clean) == as_bytes(again)
    rules = set(record.audit["rule"].to_pylist())
    assert "agreement" in rules
