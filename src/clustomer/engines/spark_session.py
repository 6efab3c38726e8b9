"""The Spark session: found where one runs in this process, else started and kept quiet."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clustomer.errors import MissingExtraError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SESSION: Final = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.caseSensitive": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}
"""Settings on which values depend; the engine's own session has them, whoever started Spark."""

_LOCAL: Final = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.catalogImplementation": "in-memory",
}

_LOG4J: Final = """\
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %p %c{1}: %m%n
logger.apache.name = org.apache
logger.apache.level = error
logger.gateway.name = org.apache.spark.api.python.PythonGatewayServer
logger.gateway.level = warn
logger.tasks.name = org.apache.spark.scheduler.TaskSetManager
logger.tasks.level = off
logger.executor.name = org.apache.spark.executor.Executor
logger.executor.level = off
"""
"""A failed task comes back as an error of the statement; the log need not tell it again."""

_JAVA: Final = "spark.driver.extraJavaOptions"

REMEDY: Final = (
    "pip install 'clustomer[spark]' and install Java 17 or newer (JAVA_HOME or java on the PATH)"
)


def _missing(what: str, found: str) -> MissingExtraError:
    return MissingExtraError(f"The Spark engine needs {what}.", found=found, remedy=REMEDY)


@contextmanager
def _pandas_unmentioned() -> Iterator[None]:
    """Keep back pyspark's warning about pandas 3, which this engine does not touch."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
        yield


def current() -> SparkSession | None:
    """The session that runs in this process.

    Raises
    ------
    MissingExtraError
        When pyspark is not there.
    """
    try:
        with _pandas_unmentioned():
            from pyspark.sql import SparkSession
    except ImportError as error:
        raise _missing("the package pyspark", str(error)) from error
    return SparkSession.getActiveSession()


def _check_java() -> None:
    """Look for Java first: pyspark prints a shell's error and leaves a pipe open without it."""
    home = os.environ.get("JAVA_HOME")
    if home and not (Path(home) / "bin" / "java").exists():
        raise _missing("Java 17 or newer", f"no bin/java in JAVA_HOME, which is {home}")
    if not home and shutil.which("java") is None:
        raise _missing("Java 17 or newer", "no java on the PATH, and JAVA_HOME is not set")


def start(master: str, folder: Path, settings: Mapping[str, str]) -> SparkSession:
    """Start a session.

    Parameters
    ----------
    master
        Where it runs.
    folder
        For its files.
    settings
        Further settings.

    Raises
    ------
    MissingExtraError
        When Java is not there.
    """
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    _check_java()
    log4j = folder / "log4j2.properties"
    log4j.write_text(_LOG4J, encoding="utf-8")
    builder = SparkSession.builder.master(master).appName("clustomer")
    java = f"-Dlog4j2.configurationFile={log4j.as_uri()} {settings.get(_JAVA, '')}"
    own = {
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder),
    }
    for key, value in {**_LOCAL, **own, **SESSION, **settings, _JAVA: java}.items():
        builder = builder.config(key, value)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    try:
        with _pandas_unmentioned():
            session = builder.getOrCreate()
    except (PySparkException, FileNotFoundError) as error:
        raise _missing("Java 17 or newer", str(error)) from error
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        # pyspark prints every failed statement with the whole Java stack; EngineError tells it.
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return session
