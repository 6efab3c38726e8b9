"""The columns of a file, sheet or database table, without reading its rows."""

from __future__ import annotations

from pathlib import Path

from clustomer.errors import DataError
from clustomer.recipe.settings import ReadSettings
from clustomer.tables import json_text
from clustomer.tables.candidates import Member, Parts, in_file, member_columns
from clustomer.tables.dialect import AS_IT_IS, HEAD, check_names, detect
from clustomer.tables.formats import format_of
from clustomer.tables.unpack import read_start


def peek_columns(data: Path | Member | Parts, reading: ReadSettings = AS_IT_IS) -> tuple[str, ...]:
    """Return column names; of several files that are one table those of the first.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    if isinstance(data, Parts):
        return peek_columns(data.files[0], reading)
    if isinstance(data, Member):
        return member_columns(data)
    kind = format_of(data)
    if kind == "parquet":
        return _parquet_columns(data)
    if kind == "json":
        return json_text.json_columns(read_start(data, HEAD), data.name)
    if kind in {"workbook", "sqlite", "duckdb"}:
        return peek_columns(in_file(data).candidates[0].data)
    return detect(data, reading).columns


def _parquet_columns(path: Path) -> tuple[str, ...]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = pq.read_schema(path).names
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(
            f"{path.name} cannot be read as Parquet.", found=str(error).splitlines()[0]
        ) from error
    return check_names(path.name, names)
