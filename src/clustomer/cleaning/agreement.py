"""Columns that follow one another: what most rows with one value of a column say in another.

Where a column follows another (all rows of one post code name one city), a row that says something
else is odd. It is repaired only where it is a slip of writing as well: near what the other rows
say, and a value that is the usual one nowhere. Where many rows of one kind say something else
(`PATTERN`), that is a pattern, not a slip. Two real values are never made one, and a column is
taken to follow another only by evidence (`follows`). Functional dependencies that hold nearly:
Huhtala et al., "TANE", The Computer Journal 42(2), 1999.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clustomer.cleaning.categories import key

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]

GROUP: Final = 3
"""Least rows of one value of the given column for them to say what is usual."""

MAJORITY: Final = 2 / 3
GROUPS: Final = 5
SHARE: Final = 0.95
LIFT: Final = 0.8
STRAY: Final = 0.1
ALIKE: Final = 2
SLIP: Final = 0.4
SPACED: Final = 0.2

PATTERN: Final = 1 / 3
"""Share of the rows of one value, of any column, that may be slips in one other column."""

_AS_ONE: Final = 1 << 63
"""Below it, numbers that are made one fit into 64 bits with a sign."""

_DIGITS = re.compile("[0-9]")


@dataclass(frozen=True, slots=True)
class Agreement:
    """That one column follows another; names of columns, never a value.

    Parameters
    ----------
    given
        The column whose value is given.
    column
        The column that follows it.
    """

    given: str
    column: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which values of two columns stand in one row, and in how many rows.

    Sorted by group (the rows of one value of the given column); in each group the value on most
    rows stands first, of equals the first in the alphabet.

    Parameters
    ----------
    given, value, rows
        int64, shape (pairs,): place of the given value in `givens`, of the other in `values`, and
        the rows that hold both.
    starts
        int64, shape (groups,): the first pair of each group.
    totals
        int64, shape (groups,): rows of each group.
    givens, values
        The texts.
    """

    given: Codes
    value: Codes
    rows: Codes
    starts: Codes
    totals: Codes
    givens: pa.Array
    values: pa.Array

    @property
    def most(self) -> Codes:
        """int64, shape (groups,): the value on most rows of each group."""
        return self.value[self.starts]

    @property
    def at_most(self) -> Codes:
        """int64, shape (groups,): the rows that hold it."""
        return self.rows[self.starts]

    @property
    def group(self) -> Codes:
        """int64, shape (pairs,): the group of each pair."""
        import numpy as np

        sizes = np.diff(self.starts, append=self.rows.size)
        return np.repeat(np.arange(self.starts.size), sizes)

    def at_home(self, groups: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """bool, shape (values,): is a value on most rows of one of the groups flagged."""
        import numpy as np

        home = np.zeros(len(self.values), np.bool_)
        home[self.most[groups]] = True
        return home


def pairs_of(given: pa.ChunkedArray, column: pa.ChunkedArray, rows: Sequence[int] | Codes) -> Pairs:
    """Sort pairs of values into groups.

    Parameters
    ----------
    given, column
        Texts, one for each pair; no pair stands twice, none without a value counts.
    rows
        Rows that hold the pair.

    >>> import pyarrow as pa
    >>> zips = pa.chunked_array([["a", "a", "b"]])
    >>> found = pairs_of(zips, pa.chunked_array([["Gary", "Bend", "Gary"]]), [2, 3, 1])
    >>> found.values.take(found.most).to_pylist(), found.totals.tolist()
    (['Bend', 'Gary'], [5, 1])
    """
    import numpy as np

    of, givens = _coded(given)
    value, values = _in_alphabet(*_coded(column))
    counts = np.asarray(rows, np.int64)
    filled = (of >= 0) & (value >= 0)
    of, value, counts = of[filled], value[filled], counts[filled]
    order = _in_groups(of, counts, value, len(values))
    of, value, counts = of[order], value[order], counts[order]
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    totals = np.add.reduceat(counts, starts) if starts.size else counts
    return Pairs(of, value, counts, starts, totals, givens, values)


def _in_groups(of: Codes, counts: Codes, value: Codes, values: int) -> Codes:
    """Places of the pairs by group, by falling count, by value."""
    import numpy as np

    from clustomer.sorting import places_in_order

    most = int(counts.max(initial=0)) + 1
    if (int(of.max(initial=0)) + 1) * most * max(values, 1) < _AS_ONE:
        # Sorted as one whole number, in a tenth of the time.
        return places_in_order((of * most + (most - 1 - counts)) * values + value)
    return np.lexsort((value, -counts, of))


def _coded(texts: pa.ChunkedArray) -> tuple[Codes, pa.Array]:
    """A number for each text, -1 for none; and the texts by number."""
    found = texts.combine_chunks().dictionary_encode()
    codes = found.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return codes.astype("int64"), found.dictionary


def _in_alphabet(codes: Codes, texts: pa.Array) -> tuple[Codes, pa.Array]:
    """The same with numbers in the order of the alphabet."""
    import numpy as np
    import pyarrow.compute as pc

    order = pc.sort_indices(texts)
    place = np.empty(len(order) + 1, np.int64)
    place[order.to_numpy()] = np.arange(len(order))
    place[-1] = -1
    return place[codes], texts.take(order)


@dataclass(frozen=True, slots=True)
class Usual:
    """What the rows of a pair of columns say.

    Parameters
    ----------
    of
        int64, shape (groups,): the usual value of each group, where `GROUP` rows or more and
        `MAJORITY` of its rows have it; else -1.
    home
        Values that are usual somewhere.
    """

    of: Codes
    home: frozenset[str]


def usual(pairs: Pairs) -> Usual:
    """Find the usual value for each value of the given column."""
    import numpy as np
    import pyarrow as pa

    count, totals = pairs.at_most, pairs.totals
    settled = (count >= GROUP) & (count >= MAJORITY * totals)
    # A value that two rows or more agree on is at home there, however small their group.
    home = pairs.at_home((count > 1) & (2 * count > totals))
    of = np.where(settled, pairs.most, -1)
    return Usual(of, frozenset(pairs.values.filter(pa.array(home)).to_pylist()))


def follows(pairs: Pairs) -> bool:
    """Whether a column follows another, by evidence.

    In groups of `GROUP` rows or more, values that are usual nowhere (`STRAY` of the rows at most)
    set aside: at least `SHARE` of the rows have the usual value of their group, there are `GROUPS`
    groups and two usual values at least, and the groups explain `LIFT` of what taking the most
    frequent value everywhere gets wrong.
    """
    import numpy as np

    large = pairs.totals >= GROUP
    home = pairs.at_home(large)
    if np.count_nonzero(large) < GROUPS or np.count_nonzero(home) < 2:
        return False
    rows, right = int(pairs.totals[large].sum()), int(pairs.at_most[large].sum())
    settled = large[pairs.group] & home[pairs.value]
    at_home = np.zeros(len(pairs.values), np.int64)
    np.add.at(at_home, pairs.value[settled], pairs.rows[settled])
    known, mode = int(at_home.sum()), int(at_home.max())
    if rows - known > STRAY * rows or right < SHARE * known:
        return False
    return known > mode and (right - mode) >= LIFT * (known - mode)


def may_be_given(codes: NDArray[np.int64]) -> bool:
    """Whether a column has groups enough for another to follow it.

    Parameters
    ----------
    codes
        A number for each value, -1 for a blank; shape (rows,).
    """
    import numpy as np

    sizes = np.bincount(codes[codes >= 0])
    return int(np.count_nonzero(sizes >= GROUP)) >= GROUPS


def may_follow(given: NDArray[np.int64], column: NDArray[np.int64]) -> bool:
    """Whether `follows` may hold for two columns; quick, and false only where it cannot.

    Parameters
    ----------
    given, column
        A number for each value, -1 for a blank; shape (rows,).
    """
    import numpy as np

    both = (given >= 0) & (column >= 0)
    x, y = given[both], column[both]
    if not len(x) or y.min() == y.max():
        return False
    pairs, counts = np.unique(x * (int(y.max()) + 1) + y, return_counts=True)
    of = pairs // (int(y.max()) + 1)
    first = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
    totals, most = np.add.reduceat(counts, first), np.maximum.reduceat(counts, first)
    large = totals >= GROUP
    if np.count_nonzero(large) < GROUPS:
        return False
    return bool(most[large].sum() >= (1 - STRAY) * SHARE * totals[large].sum())


def slips(pairs: Pairs, said: Usual) -> dict[tuple[str, str], str]:
    """Find the slips: (given value, odd value) -> the usual value that it is a slip of.

    The same odd value on more than `ALIKE` rows and on more than a tenth of its group is a variant
    that people chose, not a slip.
    """
    import numpy as np

    group = pairs.group
    meant = said.of[group]
    few = (pairs.rows <= ALIKE) | (pairs.rows * 10 <= pairs.totals[group])
    at = np.flatnonzero((meant >= 0) & (meant != pairs.value) & few)
    found = zip(
        pairs.givens.take(pairs.given[at]).to_pylist(),
        pairs.values.take(pairs.value[at]).to_pylist(),
        pairs.values.take(meant[at]).to_pylist(),
        strict=True,
    )
    return {
        (given, odd): usually
        for given, odd, usually in found
        if odd not in said.home and slip(odd, usually)
    }


def slip(odd: str, meant: str) -> bool:
    """Whether a text may be a slip in writing another: a letter for another, no digit for another.

    Of each word two of five letters may differ, one always, but not two in length; where spaces
    are lost, or letters stand for them, one letter of five of the whole (optimal string alignment
    distance). A digit may be lost or stand as a letter, but "39" is no slip for "38".

    >>> slip("birminghxm", "birmingham"), slip("3563x", "35631"), slip("xl", "al")
    (True, True, True)
    >>> slip("Product 39", "Product 38"), slip("Gary", "Bend"), slip("red cap", "red cup set")
    (False, False, False)
    """
    one, whole = key(odd), key(meant)
    rest = iter(_DIGITS.findall(whole))
    if not all(digit in rest for digit in _DIGITS.findall(one)):
        return False
    words, others = one.split(), whole.split()
    if len(words) != len(others):
        return _within(one, whole, SPACED)
    return all(
        abs(len(word) - len(other)) <= 1 and _within(word, other, SLIP)
        for word, other in zip(words, others, strict=True)
    )


def _within(one: str, other: str, share: float) -> bool:
    from rapidfuzz.distance import OSA

    edits = max(1, int(share * len(other)))
    return OSA.distance(one, other, score_cutoff=edits) <= edits
