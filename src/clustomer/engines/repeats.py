"""Rows that repeat an earlier row in every column: candidates by a hash, then compared in full."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from clustomer.engines.base import quoted
from clustomer.names import ROW

if TYPE_CHECKING:
    import pyarrow as pa


def repeated_sql(name: str, columns: Sequence[str], among: str = "") -> str:
    """SQL of the rows that repeat an earlier one, and of that one (`first`).

    Parameters
    ----------
    among
        A relation whose ``source_row`` limits the rows that are compared; "" compares all.
    """
    names = ", ".join(f"t.{quoted(column)}" for column in columns)
    only = f" JOIN {quoted(among)} AS a ON a.{ROW} = t.{ROW}" if among else ""
    return (
        f"SELECT {ROW}, first FROM (SELECT t.{ROW} AS {ROW},"
        f" min(t.{ROW}) OVER (PARTITION BY {names}) AS first FROM {quoted(name)} AS t{only}"
        f") AS numbered WHERE {ROW} > first ORDER BY {ROW}"
    )


def alike(hashes: pa.Table) -> pa.Table:
    """The rows whose hash another row has; of columns ``source_row`` and ``h``."""
    import numpy as np

    values = hashes["h"].to_numpy()
    order = np.sort(values)
    again = np.unique(order[1:][order[1:] == order[:-1]])
    if again.size == 0:
        return hashes.slice(0, 0).select([ROW])
    place = np.searchsorted(again, values)
    same = again[np.minimum(place, again.size - 1)] == values
    return hashes.select([ROW]).filter(same)


def repeated(
    run: Callable[[str], pa.Table],
    load: Callable[[str, pa.Table], None],
    drop: Callable[[str], None],
    name: str,
    columns: Sequence[str],
    hashes: pa.Table,
) -> pa.Table:
    """Compare in full the rows whose hash is alike; see `Engine.repeated`.

    Parameters
    ----------
    hashes
        ``source_row`` and ``h``, int64, the same for rows that are the same.
    """
    among = f"{name} alike"
    load(among, alike(hashes))
    try:
        return run(repeated_sql(name, columns, among))
    finally:
        drop(among)
