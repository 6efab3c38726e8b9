"""Aggregates of columns in memory: what `Engine.aggregate` promises, by codes instead of hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from clustomer.engines import grouped
from clustomer.engines.base import Aggregate, Summary
from clustomer.engines.frame import Coded, Column, coded, encode, take
from clustomer.engines.grouped import Flags, Whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)

Given = Mapping[str, Column]
"""Columns of one length by the SQL that they are the values of."""


def suits(one: Aggregate, given: Given) -> bool:
    """Whether the values are of a type that is known here; others are left to SQL."""
    if not one.sql or one.summary == "count":
        return True
    column = given[one.sql]
    kind = pa.string() if isinstance(column, Coded) else column.type
    text = bool(types.is_string(kind))
    number = bool(types.is_floating(kind) or types.is_integer(kind))
    match one.summary:
        case "distinct":
            return not bool(types.is_nested(kind))
        case "most_frequent":
            return text
        case "sum" | "avg":
            return number
        case _:
            return number or bool(types.is_timestamp(kind))


def aggregated(
    by: Mapping[str, Column],
    columns: Mapping[str, Aggregate],
    given: Given,
    holds: Mapping[str, Flags],
    where: str,
    *,
    threads: int = 1,
) -> dict[str, Column]:
    """Summarise columns by group.

    Parameters
    ----------
    by
        Columns whose values tell the groups.
    columns
        What is told of each group; each suits its values.
    given
        The values of `columns`.
    holds
        By condition: whether it holds for a row.
    where
        The condition of all, or empty.
    threads
        Threads to use; NumPy lets several run at once. The result does not depend on it.
    """
    every = _places(holds[where]) if where else None
    conditions = sorted({one.where for one in columns.values() if one.where})
    with ThreadPoolExecutor(threads) as pool:
        keys = [pool.submit(_among_codes, column, every) for column in by.values()]
        places = pool.map(lambda one: _places(_among(holds[one], every)), conditions)
        groups = grouped.group([key.result() for key in keys])
        rows = {"": None, **dict(zip(conditions, places, strict=True))}
        of = dict(
            zip(rows, pool.map(lambda some: _among(groups.of, some), rows.values()), strict=True)
        )

        def told(names: Sequence[str]) -> dict[str, Column]:
            # All that is told of the same values, so that they are held no longer than it takes.
            first = columns[names[0]]
            coded = first.summary == "distinct"
            seen = _values(given[first.sql], every, coded=coded) if first.sql else None
            asked = {name: columns[name] for name in names}
            return {
                name: _summary(one, groups.count, of[one.where], rows[one.where], seen)
                for name, one in asked.items()
            }

        alike: dict[tuple[str, bool], list[str]] = {}
        for name, one in columns.items():
            alike.setdefault((one.sql, one.summary == "distinct"), []).append(name)
        made = {name: one for each in pool.map(told, alike.values()) for name, one in each.items()}
    firsts = groups.first if every is None else every[groups.first]
    keyed = {name: take(column, firsts) for name, column in by.items()}
    return keyed | {name: made[name] for name in columns}


def _among_codes(column: Column, every: Whole | None) -> Whole:
    return _among(_codes(column), every)


@dataclass(frozen=True, slots=True)
class _Values:
    """Values of the grouped rows, or their codes; which of them there are; their type."""

    array: NDArray[np.int64] | NDArray[np.float64]
    there: Flags | None
    kind: pa.DataType
    texts: pa.Array | None = None


def _values(column: Column, every: Whole | None, *, coded: bool) -> _Values:
    if not isinstance(column, Coded) and (coded or types.is_string(column.type)):
        column = encode(column)
    if isinstance(column, Coded):
        codes = _among(column.codes.astype(np.int64), every)
        filled = codes >= 0
        known = None if filled.all() else filled
        return _Values(codes, known, column.values.type, column.values)
    there = None
    if column.null_count:
        there = _among(column.is_valid().to_numpy(), every)
    kind = column.type
    if types.is_timestamp(kind):
        column = column.cast(pa.int64())
    if column.null_count:
        column = column.fill_null(0)
    return _Values(_among(column.to_numpy(), every), there, kind)


def _among(array: NDArray[Number], rows: Whole | None) -> NDArray[Number]:
    return array if rows is None else array.take(rows)


def _places(flags: Flags) -> Whole | None:
    """Places of the flags that are set; None where all are."""
    return None if flags.all() else np.flatnonzero(flags)


def _codes(column: Column) -> Whole:
    coded = column if isinstance(column, Coded) else encode(column)
    return coded.codes.astype(np.int64)


def _summary(
    one: Aggregate, count: int, of: Whole, rows: Whole | None, values: _Values | None
) -> Column:
    """One column of the result, from the rows that count, which belong to the groups `of`."""
    array = None if values is None else _among(values.array, rows)
    if values is not None and array is not None and values.there is not None:
        there = np.flatnonzero(_among(values.there, rows))
        of, array = of.take(there), array.take(there)
    if one.summary == "count" or values is None or array is None:
        return pa.chunked_array([np.bincount(of, minlength=count)])
    if values.texts is not None:
        return _of_texts(one.summary, of, count, array.astype(np.int64, copy=False), values.texts)
    none = np.bincount(of, minlength=count) == 0
    return _of_numbers(one.summary, of, none, array, values.kind)


def _of_texts(summary: Summary, of: Whole, count: int, codes: Whole, texts: pa.Array) -> Column:
    if summary == "distinct":
        return pa.chunked_array([grouped.distinct(of, count, codes, len(texts))])
    order = pc.sort_indices(texts)
    rank = np.empty(len(texts), np.int64)
    rank[order.to_numpy()] = np.arange(len(texts))
    most = grouped.most_frequent(of, count, rank[codes], len(texts))
    return coded(most.astype(np.int32), texts.take(order))


def _of_numbers(
    summary: Summary, of: Whole, none: Flags, array: NDArray[np.generic], kind: pa.DataType
) -> Column:
    if summary in ("sum", "avg"):
        found = grouped.sums(of, none.size, array.astype(np.float64, copy=False))
        if summary == "avg":
            found /= np.maximum(np.bincount(of, minlength=none.size), 1)
        return pa.chunked_array([pa.array(found, mask=none)])
    start = array.max(initial=_low(array)) if summary == "min" else array.min(initial=_high(array))
    extreme = np.full(none.size, start, array.dtype)
    (np.minimum if summary == "min" else np.maximum).at(extreme, of, array)
    return pa.chunked_array([pa.array(extreme, mask=none).cast(kind)])


def _low(array: NDArray[np.generic]) -> float | int:
    return np.iinfo(np.int64).min if array.dtype.kind == "i" else -np.inf


def _high(array: NDArray[np.generic]) -> float | int:
    return np.iinfo(np.int64).max if array.dtype.kind == "i" else np.inf
