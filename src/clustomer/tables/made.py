"""Tables made here from rows of Python values: sheets, JSON, SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from clustomer.findings import Finding
from clustomer.names import ROW
from clustomer.tables.window import Offsets

if TYPE_CHECKING:
    import pyarrow as pa

_EXACT: Final = 2**53
"""Whole numbers up to here are exact in a double."""

_WHOLE: Final = 2**63


@dataclass(frozen=True, slots=True)
class Aside:
    """A record of a source that cannot be used: its line (or row), why, and the record itself."""

    line: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Made:
    """A table that was made here.

    Parameters
    ----------
    table
        The rows that can be used.
    lines
        int64, shape (rows,): line or row of each in the source, the first being 1.
    aside
        Records that cannot be used.
    read_as
        How it was read, in words.
    findings
        What was noticed.
    """

    table: pa.Table
    lines: Offsets
    read_as: str
    aside: tuple[Aside, ...] = ()
    findings: tuple[Finding, ...] = ()


def typed(values: Sequence[object]) -> pa.Array:
    """Make a column of values as they are; of values of several kinds, a column of texts.

    Whole numbers stay whole, beside fractions too as long as a double holds them. Blank texts are
    null.

    Examples
    --------
    >>> typed([1.0, None, 2]).type, typed(["007", 12.0]).to_pylist()
    (DataType(int64), ['007', '12'])
    """
    import pyarrow as pa

    plain = [_plain(value) for value in values]
    kinds = {type(value) for value in plain if value is not None}
    if not kinds:
        return pa.nulls(len(plain))
    if kinds <= {int, float}:
        return _numbers(plain, kinds)
    if kinds == {date}:
        return pa.array(plain, pa.date32())
    if kinds <= {date, datetime}:
        moments = [_moment(value) for value in plain]
        return pa.array(moments, pa.timestamp("us"))
    if kinds == {bool}:
        return pa.array(plain, pa.bool_())
    return pa.array([as_text(value) for value in plain], pa.string())


def joined(parts: Sequence[pa.Array]) -> pa.ChunkedArray:
    """Put pieces of one column together; where their types differ they become texts.

    >>> import pyarrow as pa
    >>> joined([pa.array([1]), pa.nulls(1), pa.array(["x"])]).to_pylist()
    ['1', None, 'x']
    """
    import pyarrow as pa

    kinds = {part.type for part in parts if not pa.types.is_null(part.type)}
    if len(kinds) > 1:
        if kinds <= {pa.int64(), pa.float64()} and _all_exact(parts):
            kind = pa.float64()
        elif kinds <= {pa.date32(), pa.timestamp("us")}:
            kind = pa.timestamp("us")
        else:
            kind = pa.string()
            parts = [_texts(part) for part in parts]
    else:
        kind = next(iter(kinds), pa.string())
    return pa.chunked_array([part.cast(kind) for part in parts], type=kind)


def table_of(batches: Sequence[Mapping[str, pa.Array]], sizes: Sequence[int]) -> pa.Table:
    """Put batches of rows together; a column that a batch does not have is null there."""
    import pyarrow as pa

    names = list(dict.fromkeys(name for batch in batches for name in batch))
    columns = [
        joined([b.get(name, pa.nulls(n)) for b, n in zip(batches, sizes, strict=True)])
        for name in names
    ]
    return pa.Table.from_arrays(columns, names=names)


def united(tables: Sequence[pa.Table]) -> pa.Table:
    """Put tables of the same columns together, each column in a type that fits all of them."""
    import pyarrow as pa

    columns = [
        joined([_emptied(table.column(name).combine_chunks()) for table in tables])
        for name in tables[0].column_names
    ]
    return pa.Table.from_arrays(columns, names=tables[0].column_names)


def numbered(table: pa.Table) -> pa.Table:
    """Add the position of each row in its source."""
    import pyarrow as pa

    return table.append_column(ROW, pa.array(np.arange(table.num_rows, dtype=np.int64)))


def _emptied(column: pa.Array) -> pa.Array:
    """A column without a value says nothing about its type."""
    import pyarrow as pa

    return pa.nulls(len(column)) if column.null_count == len(column) else column


def columns_of(names: Sequence[str], rows: Iterable[Sequence[object]]) -> dict[str, pa.Array]:
    """Make a batch of rows into typed columns."""
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return {name: typed(column) for name, column in zip(names, columns, strict=True)}


def as_text(value: object) -> str | None:
    """Write a value as a person would type it: whole numbers without a point, days without a time.

    >>> as_text(12.0), as_text(0.1), as_text(True), as_text(datetime(2025, 1, 2))
    ('12', '0.1', 'true', '2025-01-02')
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)
    if isinstance(value, datetime):
        return str(value) if value.time() != time() else value.date().isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)


def _plain(value: object) -> object:
    """The value as int, float, bool, text, date, moment or None."""
    if isinstance(value, float):
        if value != value:  # noqa: PLR0124 (not a number)
            return None
        return int(value) if value.is_integer() and abs(value) < _WHOLE else value
    if isinstance(value, str):
        return value or None
    if isinstance(value, (time, timedelta)):
        return str(value)
    if isinstance(value, (bytes, memoryview)):
        return _from_bytes(bytes(value))
    return value


def _from_bytes(value: bytes) -> str:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return value.hex()
    return text if text.isprintable() else value.hex()


def _numbers(values: list[object], kinds: set[type]) -> pa.Array:
    import pyarrow as pa

    whole = [value for value in values if isinstance(value, int)]
    most = max((abs(value) for value in whole), default=0)
    if kinds == {int} and most < _WHOLE:
        return pa.array(values, pa.int64())
    if kinds == {float} or most <= _EXACT:
        return pa.array(values, pa.float64())
    return pa.array([as_text(value) for value in values], pa.string())


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return datetime.combine(value, time()) if isinstance(value, date) else None


def _all_exact(parts: Sequence[pa.Array]) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = [part for part in parts if pa.types.is_integer(part.type)]
    return all((pc.max(pc.abs(part)).as_py() or 0) <= _EXACT for part in whole)


def _texts(part: pa.Array) -> pa.Array:
    import pyarrow as pa

    return pa.array([as_text(value) for value in part.to_pylist()], pa.string())
