"""Real files: right in every row, without a guess to be made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clustomer.engines.duckdb import DuckDBEngine
from clustomer.tables.read import read_source, source_lines
from clustomer.tables.sources import Source

FILES = [
    ("retail_seed", "sales_data.csv", 3_000, 10, "utf-8, comma"),
    ("cc_general", "CC GENERAL.csv", 8_950, 18, "utf-8, comma"),
    ("adventureworks", "AdventureWorks_Customers.csv", 18_148, 13, "utf-8, comma"),
    ("superstore", "Sample - Superstore.csv", 9_994, 21, None),
    ("customer_personality", "marketing_campaign.csv", 2_240, 29, "utf-8, semicolon"),
    ("online_retail", "online_retail.parquet", 541_909, 8, "parquet"),
]


@pytest.mark.parametrize(("folder", "name", "rows", "columns", "read_as"), FILES)
def test_every_row_is_read(
    real_data: Callable[[str], Path],
    folder: str,
    name: str,
    rows: int,
    columns: int,
    read_as: str | None,
) -> None:
    engine = DuckDBEngine(threads=2)
    try:
        raw = read_source(engine, Source("t", real_data(folder) / name, name))
        assert (raw.read, len(raw.columns), raw.quarantined) == (rows, columns, ())
        assert read_as in (None, raw.read_as)
        assert source_lines(engine, raw, [rows - 1])[0][1]
    finally:
        engine.close()
