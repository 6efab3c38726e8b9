"""Rows that repeat an earlier row in every column: candidates by a hash, then compared in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from clustomer.engines.base import quoted
from clustomer.names import ROW

if TYPE_CHECKING:
    from numpy.typing import NDArray


_BITS: Final = (1 << 20) - 1


def repeated_sql(name: str, columns: Sequence[str]) -> str:
    """SQL of the rows that repeat an earlier one, and of that one (`first`)."""
    names = ", ".join(quoted(column) for column in columns)
    return (
        f"SELECT {ROW}, first FROM (SELECT {ROW}, min({ROW}) OVER (PARTITION BY {names}) AS first"
        f" FROM {quoted(name)}) AS numbered WHERE {ROW} > first ORDER BY {ROW}"
    )


def alike(hashes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places of the rows whose hash another row has, rising.

    >>> alike(np.array([7, 3, 7, 1])).tolist()
    [0, 2]
    """
    ordered = np.sort(hashes)
    again = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if again.size == 0:
        return again
    # A look at some of their bits leaves few to be looked for.
    flagged = np.zeros(_BITS + 1, np.bool_)
    flagged[again & _BITS] = True
    rows = np.flatnonzero(flagged[hashes & _BITS])
    few = hashes[rows]
    place = np.minimum(np.searchsorted(again, few), again.size - 1)
    found: NDArray[np.int64] = rows[again[place] == few]
    return found
