"""Sums, counts and the like by group, over columns in memory; sums do not depend on any order.

A sum of floating-point numbers depends on the order in which they are added. Here each number is
split into two parts, each a multiple of a unit so large that every sum of such parts is exact; only
the last addition rounds (pre-rounding, after Demmel and Nguyen, "Fast reproducible floating-point
summation", ARITH 2013).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustomer.sorting import numbered_alike

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

FEW = 1 << 16
"""Pairs that are numbered whether they occur or not."""

DENSE = 1 << 26
"""Most cells of a table of groups by values that is laid out whole."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Which group each row belongs to.

    Parameters
    ----------
    of
        int64, shape (rows,): number of each row's group.
    first
        int64, shape (groups,): the first row of each group.
    """

    of: Whole
    first: Whole

    @property
    def count(self) -> int:
        """Number of groups."""
        return int(self.first.size)


def group(keys: Sequence[Whole]) -> Groups:
    """Number the groups of rows that have the same codes in every key.

    Parameters
    ----------
    keys
        int64, shape (rows,) each: codes from -1 on.

    >>> found = group([np.array([0, 0, 1, 0]), np.array([5, 5, 5, 6])])
    >>> found.of.tolist(), found.first.tolist()
    ([0, 0, 1, 2], [0, 2, 3])
    """
    of = keys[0] + 1
    for key in keys[1:]:
        of = _paired(key + 1, of)
    of = _from_nought(of)
    first = np.zeros(int(of.max(initial=-1)) + 1, np.int64)
    first[of[::-1]] = np.arange(of.size - 1, -1, -1)
    return Groups(of, first)


def _from_nought(codes: Whole) -> Whole:
    """Number the codes (0 or more) that occur, from 0 on, in their order."""
    seen = np.zeros(int(codes.max(initial=-1)) + 1, np.bool_)
    seen[codes] = True
    if seen.all():
        return codes
    numbers: Whole = np.cumsum(seen) - 1
    return numbers.take(codes)


def _paired(one: Whole, other: Whole) -> Whole:
    """One code for each pair of codes, all of them 0 or more.

    Where the codes are few, they are multiplied. Else a code of the key with more of them stands
    for the pair in which it comes first, for an order belongs to one customer, nearly always; only
    the pairs that differ from that one are sorted.
    """
    width, height = int(one.max(initial=-1)) + 1, int(other.max(initial=-1)) + 1
    if width * height <= max(one.size, FEW):
        return one * height + other
    if width < height:
        one, other, width, height = other, one, height, width
    own = np.full(width, -1, np.int64)
    own[one[::-1]] = other[::-1]
    others = np.flatnonzero(own.take(one) != other)
    if not others.size:
        return one
    paired = one.copy()
    paired[others] = width + numbered_alike(one[others] * height + other[others])
    return paired


_EXACT = 2.0**53
"""Sums of whole numbers that stay below it do not round."""


def sums(of: Whole, count: int, values: Numbers) -> Numbers:
    """Sum up by group; equal values give an equal sum, in whatever order they stand.

    >>> values = np.array([0.1, 0.2, 0.3, 1e9])
    >>> every = np.zeros(4, np.int64)
    >>> bool(sums(every, 1, values) == sums(every, 1, values[::-1]))
    True
    """
    largest = _largest(values)
    if largest == 0.0:
        return np.zeros(count)
    exact = largest * values.size < _EXACT and _are_whole(values)
    if exact or not np.isfinite(largest * values.size):
        return np.bincount(of, values, count).astype(np.float64, copy=False)
    scale = _scale(largest, values.size)
    part = values * scale
    np.rint(part, out=part)
    total: Numbers = np.bincount(of, part, count) / scale
    part /= scale
    np.subtract(values, part, out=part)
    left = _largest(part)
    if left > 0.0:
        scale = _scale(left, values.size)
        part *= scale
        np.rint(part, out=part)
        total += np.bincount(of, part, count) / scale
    return total


def _are_whole(values: Numbers) -> bool:
    # A look at the first ones spares most columns of fractions the look at all.
    return all(bool((np.rint(some) == some).all()) for some in (values[:999], values))


def _largest(values: Numbers) -> float:
    return max(float(values.max(initial=0.0)), -float(values.min(initial=0.0)))


def _scale(largest: float, terms: int) -> float:
    """A power of two: of whole numbers up to ``largest * scale``, every sum of terms is exact."""
    _, exponent = np.frexp(largest * terms)
    return float(np.ldexp(1.0, min(np.finfo(np.float64).nmant - int(exponent), 1000)))


def distinct(of: Whole, count: int, codes: Whole, values: int) -> Whole:
    """Count the different codes (from 0 on) by group."""
    if count * values <= DENSE:
        seen = np.zeros(count * values, np.bool_)
        seen[of * values + codes] = True
        found: Whole = seen.reshape(count, values).sum(axis=1, dtype=np.int64)
        return found
    pairs: Whole = np.unique(of * values + codes)
    return np.bincount(pairs // values, minlength=count).astype(np.int64, copy=False)


def most_frequent(of: Whole, count: int, codes: Whole, values: int) -> Whole:
    """The code (from 0 on) that occurs most by group, of equals the lowest; -1 where none does."""
    found = np.full(count, -1, np.int64)
    if count * values <= DENSE:
        table = np.bincount(of * values + codes, minlength=count * values).reshape(count, values)
        some = table.any(axis=1)
        if some.any():
            found[some] = table[some].argmax(axis=1)
        return found
    pairs, rows = np.unique(of * values + codes, return_counts=True)
    groups, of_pair = np.divmod(pairs, values)
    order = np.lexsort((of_pair, -rows, groups))
    groups, of_pair = groups[order], of_pair[order]
    starts = np.flatnonzero(np.append(True, groups[1:] != groups[:-1])[: groups.size])
    found[groups[starts]] = of_pair[starts]
    return found
