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

UNCOMPILED = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
"""For tests with many large statements, each of which would be compiled to run once."""


def _duckdb() -> Engine:
    return DuckDBEngine(threads=2)


def _spark() -> Engine:
    from clustomer.engines.spark import SparkEngine

    return SparkEngine(master="local[2]", settings=QUICK_START)


def _more_spark() -> Engine:
    from clustomer.engines.spark import SparkEngine

    return SparkEngine(settings={**QUICK_START, **UNCOMPILED})


ENGINES: dict[str, tuple[Callable[[], Engine], Callable[[], Engine]]] = {
    "duckdb": (_duckdb, _duckdb),
    "spark": (_spark, _more_spark),
}
"""By name: how to open the first engine of a test run, and how to open another beside it."""


@pytest.fixture(scope="session", params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Every engine in turn; one that is not installed is skipped unless it is required."""
    name = request.param
    try:
        one = ENGINES[name][0]()
    except MissingExtraError as error:
        if os.environ.get(f"CLUSTOMER_REQUIRE_{name.upper()}") == "1":
            pytest.fail(f"the engine {name} is required: {error}")
        pytest.skip(str(error))
    yield one
    one.close()


@pytest.fixture
def fresh(engine: Engine) -> Iterator[Engine]:
    """An engine of the same kind of the test's own, to seal; Spark itself goes on running."""
    one = ENGINES[engine.dialect][1]()
    yield one
    one.close()
