"""Reading, accounting and cleaning alone, or DuckDB's bare `read_csv`, of the same files.

Usage: ``python benchmarks/reading_side.py SIDE DATA OUT``. SIDE is ``read_csv`` or ``clustomer``;
DATA holds the demo files; OUT gets reading.json: rows, and for clustomer how they were used.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Final

FILES: Final = ("sales", "customers", "products")


def read_csv(data: Path) -> dict[str, object]:
    """Make a table of each file with `read_csv` as it is, its dialect and types sniffed."""
    import duckdb

    connection = duckdb.connect()
    for name in FILES:
        path = str(data / f"{name}.csv").replace("'", "''")
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM read_csv('{path}')")
    counts = [connection.execute(f"SELECT count(*) FROM {name}").fetchone() for name in FILES]
    return {"rows": sum(found[0] for found in counts if found)}


def clustomer(data: Path) -> dict[str, object]:
    """Read, count and clean the tables as a fit does: quarantine, audit and findings included."""
    from clustomer.engines.duckdb import DuckDBEngine
    from clustomer.intake.cleaned import clean_table
    from clustomer.recipe.load import load_recipe
    from clustomer.tables.accounts import account
    from clustomer.tables.read import read_source
    from clustomer.tables.sources import find_sources

    recipe = load_recipe("retail")
    engine = DuckDBEngine()
    rows = repairs = 0
    accounts = []
    for source in find_sources(data, recipe).sources:
        raw = read_source(engine, source)
        cleaned = clean_table(engine, raw, recipe, f"clean {raw.name}").cleaned
        rows += cleaned.rows
        repairs += cleaned.audit.num_rows
        one = account(raw.name, raw.source, raw.read, raw.quarantined)
        accounts.append({"table": one.table, "read": one.read, "used": one.used})
    return {"rows": rows, "repairs": repairs, "accounts": accounts}


def main(side: str, data: Path, out: Path) -> None:
    """Run one side."""
    start = time.perf_counter()
    result = {"read_csv": read_csv, "clustomer": clustomer}[side](data)
    result["seconds"] = round(time.perf_counter() - start, 3)
    out.mkdir(parents=True, exist_ok=True)
    (out / "reading.json").write_text(json.dumps(result, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
