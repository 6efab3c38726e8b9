"""Columns that lie in memory: texts as codes of their distinct values, everything else as Arrow.

A text that stands on a million rows is hashed once, when its column is encoded. From then on it is
a number of four bytes: it is counted, repaired, joined and grouped by its code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import types

from clustomer.engines.base import Stored

Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Coded:
    """A text column.

    Parameters
    ----------
    codes
        int32, shape (rows,): place of each row's text in `values`; -1 where the row has none.
    values
        The distinct texts.
    texts
        The column as Arrow, a dictionary.
    """

    codes: Codes
    values: pa.Array
    texts: pa.DictionaryArray


Column: TypeAlias = "Coded | pa.ChunkedArray"
Frame: TypeAlias = Mapping[str, Column]
"""Columns of one length by name."""


def is_text(column: Column) -> bool:
    """Whether a column holds texts, encoded or not."""
    return isinstance(column, Coded) or bool(types.is_string(column.type))


def encode(texts: pa.ChunkedArray) -> Coded:
    """Encode a text column.

    >>> coded = encode(pa.chunked_array([["a", None, "b", "a"]]))
    >>> coded.codes.tolist(), coded.values.to_pylist()
    ([0, -1, 1, 0], ['a', 'b'])
    """
    chunks = texts.dictionary_encode().chunks
    if not chunks:
        return coded(np.zeros(0, np.int32), pa.array([], pa.string()))
    codes = np.concatenate([_numbers(chunk.indices) for chunk in chunks])
    # Arrow gives each chunk the dictionary of the whole column.
    return coded(codes, chunks[-1].dictionary)


def _numbers(indices: pa.Array) -> Codes:
    filled = indices.fill_null(-1) if indices.null_count else indices
    numbers: Codes = filled.to_numpy().astype(np.int32, copy=False)
    return numbers


def counted(column: Coded) -> pa.Table:
    """Count the rows of each distinct text: columns `raw` and `n` (int64)."""
    rows = np.bincount(column.codes + 1, minlength=len(column.values) + 1)[1:]
    table = pa.table({"raw": column.values, "n": pa.array(rows, pa.int64())})
    return table if rows.all() else table.filter(pa.array(rows > 0))


PAIRS: Final = 1 << 24
"""Most pairs of values that are counted in a table of all of them."""


def paired(one: Coded, other: Coded) -> pa.Table:
    """Count the rows of each pair of texts: columns `x`, `y` and `n` (int64)."""
    width = len(other.values) + 1
    # The code -1 takes the place 0.
    both = (one.codes + np.int64(1)) * width
    both += other.codes
    both += 1
    cells = (len(one.values) + 1) * width
    if cells <= PAIRS:
        rows = np.bincount(both, minlength=cells)
        found = np.flatnonzero(rows)
        rows = rows[found]
    else:
        found, rows = np.unique(both, return_counts=True)
    x, y = np.divmod(found, width)
    texts = (x > 0) & (y > 0)
    return pa.table(
        {
            "x": pa.DictionaryArray.from_arrays(x[texts] - 1, one.values),
            "y": pa.DictionaryArray.from_arrays(y[texts] - 1, other.values),
            "n": pa.array(rows[texts], pa.int64()),
        }
    )


def stored(column: Column) -> Stored:
    """How a column is stored, as far as cleaning needs to know."""
    kind = column.values.type if isinstance(column, Coded) else column.type
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return "text"
    if types.is_timestamp(kind) or types.is_date(kind):
        return "date"
    if types.is_boolean(kind):
        return "flag"
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "number"
    return "other"


def recode(column: Coded, values: pa.Table) -> Column:
    """Put another value in the place of each text.

    Parameters
    ----------
    values
        Columns `raw`, which holds each text of the column once, and `value`.
    """
    order = pc.index_in(column.values, value_set=values["raw"].combine_chunks())
    new = values["value"].combine_chunks().take(order)
    if not pa.types.is_string(new.type):
        return pa.chunked_array([new.take(_indices(column.codes))])
    known = encode(pa.chunked_array([new]))
    # The code -1 takes the last place, which stands for no text.
    codes = np.append(known.codes, np.int32(-1)).take(column.codes)
    return coded(codes, known.values)


def coded(codes: Codes, values: pa.Array) -> Coded:
    """Make a text column of codes."""
    return Coded(codes, values, pa.DictionaryArray.from_arrays(_indices(codes), values))


def take(column: Column, rows: NDArray[np.int64]) -> Column:
    """Take rows by their place; the place -1 gives a row without a value."""
    if isinstance(column, Coded):
        return coded(np.append(column.codes, np.int32(-1)).take(rows), column.values)
    missing = rows < 0
    return column.take(pa.array(rows, mask=missing) if missing.any() else pa.array(rows))


def kept(column: Column, flags: NDArray[np.bool_]) -> Column:
    """Keep the rows whose flag is set."""
    if isinstance(column, Coded):
        return coded(column.codes[flags], column.values)
    return column.filter(pa.array(flags))


def places(key: Coded, among: Coded) -> NDArray[np.int64]:
    """For each row of `key`, the row of `among` that holds the same text, or -1.

    `among` holds each text once at most.
    """
    row = np.full(len(among.values) + 1, -1, np.int64)
    row[among.codes] = np.arange(among.codes.size)
    row[-1] = -1
    code = pc.index_in(key.values, value_set=among.values).fill_null(-1).to_numpy()
    found: NDArray[np.int64] = np.append(row[code], -1)[key.codes]
    return found


def filled(column: Column) -> int:
    """Count the rows with a value."""
    if isinstance(column, Coded):
        return int(np.count_nonzero(column.codes >= 0))
    return len(column) - int(column.null_count)


def patched(column: Column, rows: NDArray[np.int64], values: pa.ChunkedArray) -> Column:
    """Put values into single rows.

    Parameters
    ----------
    rows
        Their places, each once.
    values
        One for each.
    """
    if isinstance(column, Coded):
        new = encode(values.cast(column.values.type))
        known = pc.index_in(new.values, value_set=column.values)
        unknown = known.is_null()
        texts = pa.concat_arrays([column.values, new.values.filter(unknown)])
        code = known.fill_null(-1).to_numpy().astype(np.int32)
        code[code < 0] = np.arange(len(column.values), len(texts), dtype=np.int32)
        codes = column.codes.copy()
        codes[rows] = np.append(code, np.int32(-1))[new.codes]
        return coded(codes, texts)
    order = np.argsort(rows)
    mask = np.zeros(len(column), np.bool_)
    mask[rows] = True
    sorted_values = values.take(pa.array(order)).cast(column.type).combine_chunks()
    return pc.replace_with_mask(column, pa.array(mask), sorted_values)


def where(rows: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Place of each wanted number among numbers that are all different, or -1.

    >>> where(np.array([0, 1, 5]), np.array([5, 2])).tolist()
    [2, -1]
    """
    if rows.size == 0:
        return np.full(wanted.size, -1, np.int64)
    order = None if (rows[1:] > rows[:-1]).all() else np.argsort(rows)
    rising = rows if order is None else rows[order]
    at = np.minimum(np.searchsorted(rising, wanted), rows.size - 1)
    found = at if order is None else order[at]
    there: NDArray[np.int64] = np.where(rising[at] == wanted, found, -1)
    return there


_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
"""2^64 by the golden ratio, an odd number (Knuth, The Art of Computer Programming, 6.4)."""

_AT_ONCE: Final = 1 << 15
"""Rows that are hashed at once: they stay in the processor's cache from column to column."""


def hashes(columns: Sequence[Coded], rows: int) -> NDArray[np.int64]:
    """Hash each row's codes: rows of the same texts have the same number, others hardly ever."""
    mixed = np.zeros(rows, np.uint64)
    for start in range(0, rows, _AT_ONCE):
        part = mixed[start : start + _AT_ONCE]
        for column in columns:
            part ^= part >> np.uint64(29)
            part *= _FACTOR
            part += (column.codes[start : start + _AT_ONCE] + 2).astype(np.uint64)
        part *= _FACTOR
    return (mixed >> np.uint64(1)).view(np.int64)


def arrow(frame: Frame) -> pa.Table:
    """Lay a frame out as an Arrow table; a text column is one of a dictionary."""
    return pa.table({name: _laid_out(column) for name, column in frame.items()})


def _laid_out(column: Column) -> pa.ChunkedArray | pa.Array:
    return column.texts if isinstance(column, Coded) else column


def _indices(codes: Codes) -> pa.Array:
    missing = codes < 0
    return pa.array(codes, mask=missing) if missing.any() else pa.array(codes)
