"""SQL over columns of few values, run once for each combination of them instead of for each row.

Whether a line is a sale of garden goods depends on two columns of some ten combinations; a database
that is shown every row compares texts a million times.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa
from pyarrow import types

from clustomer.engines.frame import Coded, Codes, Column, Frame
from clustomer.engines.grouped import Flags
from clustomer.engines.tokens import columns_read

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW: Final = 1 << 12
"""Combinations of several columns that one numbering serves."""

_FLAGS: Final = pa.array([None, False, True])

Valued: TypeAlias = Callable[[Sequence[str], pa.Table | None], Sequence[pa.ChunkedArray]]
"""Gives the values of SQL expressions over some rows, or over all where none are given."""


def told(frame: Frame, asked: Iterable[str], valued: Valued) -> dict[str, pa.ChunkedArray]:
    """Values of expressions over the rows of a frame, by their SQL."""
    found: dict[str, pa.ChunkedArray] = {}
    for few, each in _split(frame, asked):
        values = valued(each, None if few is None else few.values)
        spread = values if few is None else map(few.spread, values)
        found |= zip(each, spread, strict=True)
    return found


def holds(frame: Frame, asked: Iterable[str], valued: Valued) -> dict[str, Flags]:
    """Whether conditions hold for the rows of a frame, by their SQL; null does not hold."""
    found: dict[str, Flags] = {}
    for few, each in _split(frame, asked):
        conditions = [f"coalesce({sql}, false)" for sql in each]
        values = valued(conditions, None if few is None else few.values)
        flags: Iterable[Flags] = (one.to_numpy() for one in values)
        found |= zip(each, flags if few is None else map(few.spread_flags, flags), strict=True)
    return found


def _split(frame: Frame, asked: Iterable[str]) -> Iterator[tuple[Combined | None, list[str]]]:
    """Expressions with the combinations that they are over, or None where these are not few."""
    alike: dict[frozenset[str], list[str]] = {}
    rest = []
    for sql in dict.fromkeys(asked):
        columns = columns_read(sql, frame)
        if columns is None:
            rest.append(sql)
        else:
            alike.setdefault(columns, []).append(sql)
    for columns, each in _merged(frame, alike).items():
        few = combined(frame, sorted(columns))
        if few is None:
            rest += each
        else:
            yield few, each
    if rest:
        yield None, rest


def _merged(
    frame: Frame, alike: Mapping[frozenset[str], list[str]]
) -> dict[frozenset[str], list[str]]:
    """Columns of so few combinations that one numbering serves them all are taken together."""
    together: frozenset[str] = frozenset()
    served: list[str] = []
    rest = {}
    for columns, each in alike.items():
        if _cells(frame, together | columns) <= min(FEW, len(_any(frame))):
            together |= columns
            served += each
        else:
            rest[columns] = each
    return {together: served, **rest} if served else rest


def _cells(frame: Frame, columns: Iterable[str]) -> float:
    """How many combinations are possible; without end where a column is not of few values."""
    return math.prod(_size(frame[name]) for name in columns)


def _size(column: Column) -> float:
    if isinstance(column, Coded):
        return len(column.values) + 1
    return len(_FLAGS) if types.is_boolean(column.type) else math.inf


@dataclass(frozen=True, slots=True)
class Combined:
    """The combinations of values in some columns.

    Parameters
    ----------
    values
        The combinations that occur, one a row.
    places
        int64, shape (cells,): of each number that a combination can have, its row in `values`; any
        row for one that does not occur.
    of
        int32, shape (rows,): the number of each row's combination.
    """

    values: pa.Table
    places: NDArray[np.int64]
    of: Codes

    def spread(self, told: pa.ChunkedArray) -> pa.ChunkedArray:
        """Give each row what is told of its combination."""
        return told.take(pa.array(self.places)).take(pa.array(self.of))

    def spread_flags(self, told: Flags) -> Flags:
        """Give each row the flag of its combination."""
        return told.take(self.places).take(self.of)


def combined(frame: Frame, columns: Sequence[str]) -> Combined | None:
    """Number the combinations of values, null being one.

    None where a column is neither text as codes nor of booleans, or where combinations are possible
    that are more than the rows.
    """
    if not columns or _cells(frame, columns) > len(_any(frame)):
        return None
    numbered = {name: _numbered(frame[name]) for name in columns}
    (of, first), *others = numbered.values()
    cells = len(first)
    for codes, values in others:
        of = of * np.int32(len(values))
        of += codes
        cells *= len(values)
    occurs = np.zeros(cells, np.bool_)
    occurs[of] = True
    occurring = left = np.flatnonzero(occurs)
    found = {}
    for name, (_, values) in reversed(numbered.items()):
        left, code = np.divmod(left, len(values))
        found[name] = values.take(pa.array(code))
    places = np.zeros(cells, np.int64)
    places[occurring] = np.arange(occurring.size)
    return Combined(pa.table(found), places, of)


def _any(frame: Frame) -> Codes | pa.ChunkedArray:
    column = next(iter(frame.values()))
    return column.codes if isinstance(column, Coded) else column


def _numbered(column: Column) -> tuple[Codes, pa.Array]:
    """Codes from 0 on, and the value of each, the first of which is null."""
    if isinstance(column, Coded):
        none = pa.nulls(1, column.values.type)
        return column.codes + np.int32(1), pa.concat_arrays([none, column.values])
    flags = column.cast(pa.int8()).fill_null(-1).to_numpy()
    return flags.astype(np.int32) + np.int32(1), _FLAGS
