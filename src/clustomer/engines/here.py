"""The engine that is used when none is given: DuckDB inside the process, for one run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from clustomer.engines.base import Engine


@contextmanager
def running(engine: Engine | None) -> Iterator[Engine]:
    """Give the engine, or a DuckDB that is closed afterwards."""
    if engine is not None:
        yield engine
        return
    from clustomer.engines.duckdb import DuckDBEngine

    own = DuckDBEngine()
    try:
        yield own
    finally:
        own.close()
