"""Tables handed over in Python: pandas, polars, Arrow and whatever speaks its interface."""

from __future__ import annotations

import hashlib
from datetime import date, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Protocol, cast, runtime_checkable

import numpy as np

from clustomer.engines.values import plain
from clustomer.errors import DataError, listed
from clustomer.tables.dialect import check_names
from clustomer.tables.made import typed

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_BATCH: Final = 65_536

_WRITTEN: Final = (str, int, float, bool, Decimal, date, time, timedelta, type(None))
"""What a cell of a file may hold; a moment is a date too."""


@runtime_checkable
class ArrowStream(Protocol):
    """A table that can be read through the Arrow PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Hand over the table."""
        ...


def stream_names(data: ArrowStream) -> tuple[str, ...]:
    """Return the column names of a table without reading its rows."""
    if _is_pandas(data):
        data = _with_named_index(cast("pd.DataFrame", data))
    for told in ("column_names", "columns"):
        if (names := getattr(data, told, None)) is not None:
            return tuple(str(name) for name in names)
    if (schema := getattr(data, "schema", None)) is not None:
        return tuple(schema.names)
    import pyarrow as pa

    return tuple(pa.RecordBatchReader.from_stream(data).schema.names)


def is_table(data: ArrowStream) -> bool:
    """Whether a stream is one of rows with named columns: a single column has the interface too."""
    import pyarrow as pa

    if isinstance(data, (pa.Array, pa.ChunkedArray)):
        return False
    single = hasattr(data, "name") and hasattr(data, "dtype")
    return not single or hasattr(data, "columns")


def rested(data: ArrowStream) -> ArrowStream:
    """Take over a stream that can be read only once, so that it can be read again.

    Tables that know their columns are handed back as they are.
    """
    if not isinstance(data, ArrowStream) or not is_table(data):
        return data
    if hasattr(data, "column_names") or hasattr(data, "columns"):
        return data
    import pyarrow as pa

    table: ArrowStream = pa.RecordBatchReader.from_stream(data).read_all()
    return table


def to_arrow(name: str, data: ArrowStream) -> pa.Table:
    """Take a table over into Arrow, in plain column types.

    Categories and dictionaries become their values, text of every kind becomes ``string``, times
    become microseconds in UTC without a zone. A pandas index with a name is a column, which it was
    before ``set_index``; one without a name is left behind.

    Parameters
    ----------
    name
        What messages call the table.

    Raises
    ------
    DataError
        When a name is blank or repeated, cells of a pandas column are lists or other objects beside
        plain values, or there are no rows.

    Examples
    --------
    >>> import pyarrow as pa
    >>> to_arrow("sales", pa.table({"tier": pa.array(["Gold"]).dictionary_encode()})).schema
    tier: string
    """
    import pyarrow as pa

    if _is_pandas(data):
        table = _from_pandas(name, cast("pd.DataFrame", data))
    elif isinstance(data, pa.Table):
        table = data
    else:
        table = pa.RecordBatchReader.from_stream(data).read_all()
    names = check_names(name, table.column_names)
    if table.num_rows == 0:
        raise DataError(f"{name} has no rows.", found=f"columns {listed(names)}")
    columns = [_decoded(column) for column in table.columns]
    return plain(pa.Table.from_arrays(columns, names=list(names)))


def content_hash(table: pa.Table) -> str:
    """SHA-256 of a table's names, types and values, however it is cut into chunks.

    What stands in memory where a value is null does not count.
    """
    import pyarrow as pa

    digest = hashlib.sha256()
    digest.update(table.schema.remove_metadata().serialize())
    for batch in table.replace_schema_metadata().combine_chunks().to_batches(_BATCH):
        for column in batch.columns:
            there = [column.is_valid(), column.drop_null()]
            for values in there:
                digest.update(pa.record_batch([values], names=[""]).serialize())
    return digest.hexdigest()


def as_lines(table: pa.Table) -> list[str]:
    """Render rows as CSV lines: comma, quotes only where needed, null as an empty field.

    Examples
    --------
    >>> import pyarrow as pa
    >>> as_lines(pa.table({"a": [1, None], "b": ["x", 'say "y", z']}))
    ['1,x', ',"say ""y"", z"']
    """
    import pyarrow.compute as pc

    if table.num_columns == 0:
        return [""] * table.num_rows
    cells = [_cells(column) for column in table.columns]
    lines: list[str] = pc.binary_join_element_wise(*cells, ",").to_pylist()
    return lines


def _cells(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        text = column.cast(pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        values = [None if value is None else str(value) for value in column.to_pylist()]
        text = pa.chunked_array([pa.array(values, pa.string())])
    if pa.types.is_timestamp(column.type):
        text = pc.replace_substring_regex(text, r"\.0+$", "")
    text = text.fill_null("")
    inside = pc.replace_substring(text, '"', '""')
    quoted = pc.binary_join_element_wise('"', inside, '"', "")
    return pc.if_else(pc.match_substring_regex(text, '[",\r\n]'), quoted, text)


def _is_pandas(data: ArrowStream) -> bool:
    return type(data).__module__.partition(".")[0] == "pandas"


def _with_named_index(data: pd.DataFrame) -> pd.DataFrame:
    """The table with its index as columns where it has names that no column has."""
    levels = [
        place
        for place, name in enumerate(data.index.names)
        if name is not None and name not in data.columns
    ]
    return data.reset_index(level=levels) if levels else data


def _from_pandas(name: str, data: pd.DataFrame) -> pa.Table:
    import pyarrow as pa

    data = _with_named_index(data)
    names = check_names(name, [str(column) for column in data.columns])
    columns = []
    for place, column in enumerate(names):
        values = data.iloc[:, place]
        try:
            columns.append(pa.array(values, from_pandas=True))
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            columns.append(_of_several_kinds(name, column, values))
    arrays = [c if isinstance(c, pa.ChunkedArray) else pa.chunked_array([c]) for c in columns]
    return pa.Table.from_arrays(arrays, names=list(names))


def _of_several_kinds(name: str, column: str, values: pd.Series) -> pa.Array:
    """Texts of numbers, texts and dates side by side, as a file would hold them."""
    cells = [
        None if missing else value.item() if isinstance(value, np.generic) else value
        for value, missing in zip(values, values.isna(), strict=True)
    ]
    others = sorted({type(one).__name__ for one in cells if not isinstance(one, _WRITTEN)})
    if others:
        raise DataError(
            f"{name}: column '{column}' holds values that are neither numbers, texts nor dates.",
            found=listed(others),
            remedy=f"make them texts, for example data['{column}'].astype('string')",
        )
    return typed(cells)


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Undo encodings that `plain` does not know: extension types, runs, columns of nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(column.type, pa.BaseExtensionType):
        chunks = [chunk.storage for chunk in column.chunks]
        column = pa.chunked_array(chunks, type=column.type.storage_type)
    if pa.types.is_run_end_encoded(column.type):
        column = pc.run_end_decode(column)
    if pa.types.is_dictionary(column.type):
        column = pa.chunked_array([_values(chunk) for chunk in column.chunks])
    if pa.types.is_null(column.type):
        column = column.cast(pa.string())
    return column


def _values(chunk: pa.DictionaryArray) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    known = chunk.dictionary
    if pa.types.is_string_view(known.type) or pa.types.is_large_string(known.type):
        known = known.cast(pa.string())
    return pc.take(known, chunk.indices)
