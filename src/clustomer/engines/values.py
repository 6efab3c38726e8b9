"""One set of column types for what engines hand over, so that equal values compare equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def plain(table: pa.Table) -> pa.Table:
    """Cast the columns of a table to the few types that all engines share.

    =======================================  ======================================
    whole numbers, decimals without a scale  int64; float64 where a value is beyond
    other numbers                            float64
    text, also dictionary-encoded            string
    timestamps                               timestamp[us] without a zone, in UTC
    =======================================  ======================================

    Dates, booleans and nested types stay as they are. Parts of a microsecond are cut off.

    Examples
    --------
    >>> import pyarrow as pa
    >>> plain(pa.table({"n": pa.array([1, None], pa.int8())})).schema.field("n").type
    DataType(int64)
    """
    import pyarrow as pa

    columns = [_plain_column(column) for column in table.columns]
    fields = [(n, c.type) for n, c in zip(table.column_names, columns, strict=True)]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _plain_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa
    from pyarrow import types

    kind = column.type
    if types.is_dictionary(kind):
        return _plain_column(column.cast(kind.value_type))
    if types.is_large_string(kind) or types.is_string_view(kind):
        plain_column = column.cast(pa.string())
    elif types.is_timestamp(kind):
        in_utc = column.cast(pa.timestamp("us", tz=kind.tz), safe=False)
        plain_column = in_utc.cast(pa.timestamp("us"))
    elif types.is_integer(kind) or (types.is_decimal(kind) and kind.scale == 0):
        plain_column = _whole(column)
    elif types.is_floating(kind) or types.is_decimal(kind):
        plain_column = column.cast(pa.float64())
    else:
        plain_column = column
    return plain_column


def _whole(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:
        return column.cast(pa.float64(), safe=False)
