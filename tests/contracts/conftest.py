"""The table of engines, and one engine of each kind for the whole test run.

An engine joins the suite by one more row in `ENGINES`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from clustomer.engines.base import Engine
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.errors import MissingExtraError

QUICK_START = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
"""Settings for many small statements; none of them changes a value."""


def _duckdb() -> Engine:
    return DuckDBEngine(threads=2)


def _spark() -> Engine:
    from clustomer.engines.spark import SparkEngine

    return SparkEngine(master="local[2]", settings=QUICK_START)


ENGINES: dict[str, Callable[[], Engine]] = {"duckdb": _duckdb, "spark": _spark}


@pytest.fixture(scope="session", params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Every engine in turn; one that is not installed is skipped unless it is required."""
    name = request.param
    try:
        one = ENGINES[name]()
    except MissingExtraError as error:
        if os.environ.get(f"CLUSTOMER_REQUIRE_{name.upper()}") == "1":
            pytest.fail(f"the engine {name} is required: {error}")
        pytest.skip(str(error))
    yield one
    one.close()


@pytest.fixture
def fresh(engine: Engine) -> Iterator[Engine]:
    """An engine of the same kind of the test's own, to seal; Spark itself goes on running."""
    one = ENGINES[engine.dialect]()
    yield one
    one.close()
