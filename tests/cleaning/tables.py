"""Small tables for the tests of cleaning, and the settings that go with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from clustomer.names import ROW, Kind
from clustomer.recipe.settings import ColumnSettings, TableSettings

Given = Mapping[str, ColumnSettings | Kind]


def settings(columns: Given) -> TableSettings:
    return TableSettings(
        role="lines",
        columns={
            name: column if isinstance(column, ColumnSettings) else ColumnSettings(kind=column)
            for name, column in columns.items()
        },
    )


def numbered(columns: Mapping[str, Sequence[object] | pa.Array]) -> pa.Table:
    table = pa.table({name: _array(values) for name, values in columns.items()})
    return table.append_column(ROW, pa.array(range(table.num_rows), pa.int64()))


def _array(values: Sequence[object] | pa.Array) -> pa.Array:
    if isinstance(values, pa.Array):
        return values
    return pa.array(values, pa.string())
