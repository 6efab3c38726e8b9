"""Cleaning over dirty text and native types: every engine gives the values, audit and findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import pyarrow as pa
import pytest

from clustomer.cleaning.clean import Cleaned, learn_and_apply
from clustomer.cleaning.repair import TableRepairs
from clustomer.engines.base import Engine
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.names import Kind
from clustomer.recipe.settings import ColumnSettings, TableSettings
from contracts.compare import differences

Columns = Mapping[str, Sequence[str | None] | pa.Array]

ODD: tuple[str | None, ...] = (
    *(None, "", " ", "\u00a0", "\u2003x", "x\n", "\ny", "f", "five", "\x0bfive\t", " 7 "),
    *("Gold", "gld", " GOLD ", "😀", "a\\b", "it's", "$1", "NA", "0x1", "+-3", "-"),
    *("1,5", "1.5", "1.234", "1,234", "12%", ".5", "5.", "12\n", "1e5", "1e308", "1e999"),
    *("2025-07-06", "2025-02-30", "2024-02-29", "2025-07-06\n", "06-07-25", "13-07-25"),
    *("2025-07-06T10:00:00Z", "2025-07-06 10:11:12.123456", "2025-07-06T23:59+02:00"),
)
TEXT: dict[str, Kind] = {
    "key": "key",
    "text": "text",
    "number": "number",
    "day": "date",
    "tier": "ordinal",
    "region": "category",
}
NATIVE: dict[str, Kind] = {
    "key": "key",
    "big": "key",
    "price": "number",
    "flag": "category",
    "day": "date",
    "moment": "date",
    "compact": "date",
    "code": "category",
}


def native() -> Columns:
    return {
        "key": pa.array([17850.0, None, float("nan"), 0.5]),
        "big": pa.array([2**63 - 1, -(2**63), 7, None], pa.int64()),
        "price": pa.array([1.5, float("inf"), float("nan"), 1e308]),
        "flag": pa.array([True, False, None, True]),
        "day": pa.array([date(2025, 7, 6), None, date(1900, 1, 1), date(2024, 2, 29)]),
        "moment": pa.array([datetime(2025, 7, 6, 1, 2, 3), None, None, datetime(1960, 1, 1)]),  # noqa: DTZ001
        "compact": pa.array([20250706, 20251306, None, 5], pa.int32()),
        "code": pa.array([1.0, 2.0, None, 1.0]),
    }


def cleaned(
    engine: Engine, rows: Columns, kinds: Mapping[str, Kind]
) -> tuple[TableRepairs, Cleaned, pa.Table]:
    table = pa.table(
        {n: v if isinstance(v, pa.Array) else pa.array(v, pa.string()) for n, v in rows.items()}
    )
    numbered = table.append_column("source_row", pa.array(range(table.num_rows), pa.int64()))
    engine.load("cleaning_raw", numbered)
    columns = {
        name: ColumnSettings(kind=kind, order=("Silver", "Gold") if kind == "ordinal" else ())
        for name, kind in kinds.items()
    }
    settings = TableSettings(role="lines", columns=columns)
    into = "cleaning_clean"
    names = {name: name for name in kinds}
    repairs, done = learn_and_apply(engine, "cleaning_raw", names, settings, "t", into)
    return repairs, done, engine.arrow(f'SELECT * FROM "{into}" ORDER BY source_row')


@pytest.mark.parametrize("stored", ["text", "native"])
def test_cleaning_agrees(engine: Engine, stored: str) -> None:
    given = (dict.fromkeys(TEXT, ODD), TEXT) if stored == "text" else (native(), NATIVE)
    peer = DuckDBEngine(threads=1)
    try:
        repairs, expected, rows = cleaned(peer, *given)
    finally:
        peer.close()
    found_repairs, found, found_rows = cleaned(engine, *given)
    assert differences(found_rows, rows) == []
    assert found_repairs == repairs
    assert found.audit.to_pylist() == expected.audit.to_pylist()
    assert (found.blanks, found.findings) == (expected.blanks, expected.findings)
