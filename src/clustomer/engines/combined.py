"""SQL over columns of few values, run once for each combination of them instead of for each row.

Whether a line is a sale of garden goods depends on two columns of some ten combinations; a database
that is shown every row compares texts a million times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa
from pyarrow import types

from clustomer.engines.frame import Coded, Codes, Column, Frame
from clustomer.engines.grouped import Flags
from clustomer.engines.tokens import ROWWISE, TOKEN

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MARKS: Final = frozenset("(),=<>!+-*/")
"""Marks of expressions whose value depends on one row alone."""


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
    alike: dict[frozenset[str] | None, list[str]] = {}
    for sql in dict.fromkeys(asked):
        alike.setdefault(columns_read(sql, frame), []).append(sql)
    rest = alike.pop(None, [])
    for read, each in alike.items():
        few = combined(frame, sorted(read or ()))
        if few is None:
            rest += each
        else:
            yield few, each
    if rest:
        yield None, rest


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


def columns_read(sql: str, columns: Iterable[str]) -> frozenset[str] | None:
    r"""The columns of a relation that an expression over it reads; None where that is not certain.

    It is certain where every word is a column or known to depend on the values of one row alone,
    and no bracket follows a column: that would be a function of its name.

    >>> sorted(columns_read("sale and \"Kind\" = 'Bath'", ["sale", "Kind", "amount"]))
    ['Kind', 'sale']
    >>> columns_read("random() < 0.5 and sale", ["sale"]) is None
    True
    """
    known = {column.casefold(): column for column in columns}
    read: set[str] = set()
    column: str | None = None
    for token in TOKEN.finditer(sql):
        text, kind = token.group(), token.lastgroup
        if kind == "mark" and (text not in _MARKS or (text == "(" and column is not None)):
            return None
        column = None
        if kind in ("name", "word"):
            name = text[1:-1].replace('""', '"') if kind == "name" else text
            column = known.get(name.casefold())
            if column is not None:
                read.add(column)
            elif kind == "name" or name.lower() not in ROWWISE:
                return None
    return frozenset(read)


def combined(frame: Frame, columns: Sequence[str]) -> Combined | None:
    """Number the combinations of values, null being one.

    None where a column is neither text as codes nor of booleans, or where combinations are possible
    that are more than the rows.
    """
    known = {name: _numbered(frame[name]) for name in columns}
    there = {name: one for name, one in known.items() if one is not None}
    if not there or len(there) < len(known):
        return None
    rows = len(next(iter(there.values()))[0])
    cells = 1
    for _, values in there.values():
        cells *= len(values)
    if cells > rows:
        return None
    of = np.zeros(rows, np.int32)
    for codes, values in there.values():
        of *= len(values)
        of += codes
    occurs = np.zeros(cells, np.bool_)
    occurs[of] = True
    occurring = left = np.flatnonzero(occurs)
    found = {}
    for name, (_, values) in reversed(there.items()):
        left, code = np.divmod(left, len(values))
        found[name] = values.take(pa.array(code))
    places = np.zeros(cells, np.int64)
    places[occurring] = np.arange(occurring.size)
    return Combined(pa.table(found), places, of)


def _numbered(column: Column) -> tuple[Codes, pa.Array] | None:
    """Codes from 0 on and the value of each, the first of which is null."""
    if isinstance(column, Coded):
        return column.codes + np.int32(1), pa.concat_arrays(
            [pa.nulls(1, column.values.type), column.values]
        )
    if not types.is_boolean(column.type):
        return None
    codes = column.fill_null(pa.scalar(value=False)).to_numpy().astype(np.int32) + np.int32(1)
    if column.null_count:
        codes[column.is_null().to_numpy()] = 0
    return codes, pa.array([None, False, True])
