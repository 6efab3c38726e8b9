"""Columns that follow one another: the arrays say what counting pair by pair says."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from clustomer.cleaning import agreement
from clustomer.cleaning.agreement import Pairs, follows, may_follow, pairs_of, slips, usual

Rows = list[tuple[int, int]]
NAMES = ("Bend", "Gary", "Gxry", "Bxnd", "Reno")

ROWS = st.lists(st.tuples(st.integers(-1, 8), st.integers(-1, 4)), max_size=120)
SETTLED = st.lists(st.integers(0, 120).map(lambda at: (at % 9, at % 9 % 2)), max_size=80)


def pairs(rows: Rows) -> Pairs:
    counted = Counter((a, b) for a, b in rows)
    givens = [None if a < 0 else f"z{a}" for a, _ in counted]
    values = [None if b < 0 else NAMES[b] for _, b in counted]
    text = pa.string()
    return pairs_of(
        pa.chunked_array([givens], text), pa.chunked_array([values], text), [*counted.values()]
    )


def groups(rows: Rows) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for a, b in rows:
        if a >= 0 and b >= 0:
            found[f"z{a}"][NAMES[b]] += 1
    return found


def most(group: Counter[str]) -> tuple[str, int]:
    value = min(group, key=lambda one: (-group[one], one))
    return value, group[value]


def follows_by_counting(rows: Rows) -> bool:
    large = [group for group in groups(rows).values() if group.total() >= agreement.GROUP]
    home = {most(group)[0] for group in large}
    if len(large) < agreement.GROUPS or len(home) < 2:
        return False
    every = sum(group.total() for group in large)
    at_home: Counter[str] = Counter()
    for group in large:
        at_home.update({value: count for value, count in group.items() if value in home})
    right = sum(most(group)[1] for group in large)
    known, mode = at_home.total(), max(at_home.values())
    if every - known > agreement.STRAY * every or right < agreement.SHARE * known:
        return False
    return known > mode and (right - mode) >= agreement.LIFT * (known - mode)


def slips_by_counting(rows: Rows) -> dict[tuple[str, str], str]:
    found = groups(rows)
    said, home = {}, set()
    for name, group in found.items():
        value, count = most(group)
        if count >= agreement.GROUP and count >= agreement.MAJORITY * group.total():
            said[name] = value
        if count > 1 and 2 * count > group.total():
            home.add(value)
    return {
        (name, odd): said[name]
        for name, group in found.items()
        for odd, count in group.items()
        if name in said
        and odd != said[name]
        and odd not in home
        and (count <= agreement.ALIKE or count * 10 <= group.total())
        and agreement.slip(odd, said[name])
    }


@given(ROWS, SETTLED)
def test_arrays_say_what_counting_says(rows: Rows, settled: Rows) -> None:
    every = [*rows, *settled]
    assert follows(pairs(every)) == follows_by_counting(every)
    found = pairs(every)
    assert slips(found, usual(found)) == slips_by_counting(every)


@given(ROWS, SETTLED)
def test_the_quick_look_misses_nothing(rows: Rows, settled: Rows) -> None:
    every = [*rows, *settled]
    x, y = np.array(every, np.int64).reshape(-1, 2).T
    assert may_follow(x, y) or not follows(pairs(every))


def test_a_column_follows_another_where_nearly_all_rows_say_so() -> None:
    rows = [(zip_, zip_ % 2) for zip_ in range(9) for _ in range(9)]
    assert follows(pairs(rows))
    assert follows(pairs([*rows, (3, 2)]))
    assert not follows(pairs([(zip_, city) for zip_ in range(9) for city in (0, 1) * 5]))


def test_a_slip_is_told_from_a_variant() -> None:
    rows = [(zip_, zip_ % 2) for zip_ in range(9) for _ in range(9)]
    found = pairs([*rows, (3, 2), (4, 3), (4, 3), *[(5, 2)] * 3])
    assert slips(found, usual(found)) == {("z3", "Gxry"): "Gary", ("z4", "Bxnd"): "Bend"}
