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
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clustomer.cleaning.categories import key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Pairs = Iterable[tuple[str, str, int]]
"""Value of the column that is given, value of the one that follows, rows of both."""

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
class Usual:
    """What the rows of a pair of columns say.

    Parameters
    ----------
    of
        Value of the given column -> the usual value of the other, where `GROUP` rows or more and
        `MAJORITY` of its rows have it.
    home
        Values that are usual somewhere.
    """

    of: Mapping[str, str]
    home: frozenset[str]


def usual(pairs: Pairs) -> Usual:
    """Find the usual value for each value of the given column."""
    groups = _groups(pairs)
    of: dict[str, str] = {}
    for given, group in groups.items():
        value, count = _most(group)
        if count >= GROUP and count >= MAJORITY * group.total():
            of[given] = value
    # A value that two rows or more agree on is at home there, however small their group.
    home = {
        value
        for group in groups.values()
        for value, count in (_most(group),)
        if count > 1 and 2 * count > group.total()
    }
    return Usual(of, frozenset(home))


def follows(pairs: Pairs) -> bool:
    """Whether a column follows another, by evidence.

    In groups of `GROUP` rows or more, values that are usual nowhere (`STRAY` of the rows at most)
    set aside: at least `SHARE` of the rows have the usual value of their group, there are `GROUPS`
    groups and two usual values at least, and the groups explain `LIFT` of what taking the most
    frequent value everywhere gets wrong.

    >>> zips = [(str(z), "Bend" if z % 2 else "Gary", 9) for z in range(9)]
    >>> follows(zips), follows([*zips, ("3", "Bxnd", 1)])
    (True, True)
    >>> follows([(str(z), city, 5) for z in range(9) for city in ("Bend", "Gary")])
    False
    """
    groups = [group for group in _groups(pairs).values() if group.total() >= GROUP]
    home = {_most(group)[0] for group in groups}
    if len(groups) < GROUPS or len(home) < 2:
        return False
    rows = sum(group.total() for group in groups)
    at_home: Counter[str] = Counter()
    right = 0
    for group in groups:
        settled = {value: count for value, count in group.items() if value in home}
        at_home.update(settled)
        right += max(settled.values())
    known = at_home.total()  # at least one value of each group is at home
    if rows - known > STRAY * rows or right < SHARE * known:
        return False
    mode = max(at_home.values())
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
    rows: Counter[str] = Counter()
    for given, _, count in pairs:
        rows[given] += count
    return {
        (given, odd): meant
        for given, odd, count in pairs
        if (meant := said.of.get(given)) is not None
        and meant != odd
        and odd not in said.home
        and (count <= ALIKE or count * 10 <= rows[given])
        and slip(odd, meant)
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


def _groups(pairs: Pairs) -> dict[str, Counter[str]]:
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for given, value, count in pairs:
        groups[given][value] += count
    return groups


def _most(group: Mapping[str, int]) -> tuple[str, int]:
    """The most frequent value of a group and its rows; of equals the first in the alphabet."""
    value = min(group, key=lambda one: (-group[one], one))
    return value, group[value]
