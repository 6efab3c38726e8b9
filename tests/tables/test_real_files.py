"""Real files: right in every row, without a guess to be made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clustomer.engines.duckdb import DuckDBEngine
from clustomer.tables.candidates import find_candidates, together
from clustomer.tables.read import read_source, source_lines
from clustomer.tables.sources import Source

FILES = [
    ("retail_seed", "sales_data.csv", 3_000, 10, "utf-8, comma"),
    ("cc_general", "CC GENERAL.csv", 8_950, 18, "utf-8, comma"),
    ("adventureworks", "AdventureWorks_Customers.csv", 18_148, 13, "utf-8, comma"),
    ("superstore", "Sample - Superstore.csv", 9_994, 21, "cp1252, comma"),
    ("customer_personality", "marketing_campaign.csv", 2_240, 29, "utf-8, semicolon"),
    ("cdnow", "CDNOW_master.txt", 69_659, 4, "utf-8, columns by spaces"),
    ("online_retail", "online_retail.parquet", 541_909, 8, "parquet"),
]


@pytest.mark.parametrize(("folder", "name", "rows", "columns", "read_as"), FILES)
def test_every_row_is_read(
    real_data: Callable[[str], Path],
    folder: str,
    name: str,
    rows: int,
    columns: int,
    read_as: str,
) -> None:
    engine = DuckDBEngine(threads=2)
    try:
        raw = read_source(engine, Source("t", real_data(folder) / name, name))
        assert (raw.read, len(raw.columns), raw.quarantined) == (rows, columns, ())
        assert raw.read_as == read_as
        assert source_lines(engine, raw, [rows - 1])[0][1]
    finally:
        engine.close()


def test_every_table_of_chinook_is_read(real_data: Callable[[str], Path]) -> None:
    engine = DuckDBEngine(threads=2)
    try:
        rows = {}
        for one in find_candidates(real_data("chinook")).candidates:
            raw = read_source(engine, Source("t", one.data, one.name))
            rows[one.name.partition("#")[2]] = raw.read
            assert raw.quarantined == ()
    finally:
        engine.close()
    assert len(rows) == 11
    assert (rows["Invoice"], rows["InvoiceLine"], rows["Customer"]) == (412, 2240, 59)


def test_the_years_of_adventureworks_are_one_table(real_data: Callable[[str], Path]) -> None:
    found = find_candidates(real_data("adventureworks")).candidates
    sales = together(one for one in found if one.fits(["*sales*"]))
    assert sales is not None
    assert sales.name == "AdventureWorks_Sales_*.csv (3 files)"
    engine = DuckDBEngine(threads=2)
    try:
        raw = read_source(engine, Source("t", sales.data, sales.name))
        assert raw.read == 2_630 + 23_935 + 29_481
        assert source_lines(engine, raw, [2_630])[0][0] == 2
    finally:
        engine.close()
