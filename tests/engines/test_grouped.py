"""Sums, counts and the like by group."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustomer.engines import grouped

some = st.floats(-1e12, 1e12, allow_nan=False)


both = st.lists(some, min_size=1, max_size=60).flatmap(
    lambda values: st.tuples(st.just(values), st.permutations(values))
)


@given(both)
def test_a_sum_depends_on_no_order_and_is_right(orders: tuple[list[float], list[float]]) -> None:
    values, shuffled = orders
    every = np.zeros(len(values), np.int64)
    found = grouped.sums(every, 1, np.array(values))[0]
    assert found == grouped.sums(every, 1, np.array(shuffled))[0]
    assert found == pytest.approx(math.fsum(values), rel=1e-12, abs=1e-4 * 2**-40)


def test_sums_of_cents_are_those_of_exact_arithmetic() -> None:
    values = np.array([0.1] * 10 + [1e9, -1e9])
    assert grouped.sums(np.zeros(12, np.int64), 1, values)[0] == math.fsum(values)


def test_sums_of_whole_numbers_are_exact() -> None:
    values = np.array([2.0**52, 1.0, -3.0])
    assert grouped.sums(np.zeros(3, np.int64), 1, values)[0] == 2.0**52 - 2
    assert grouped.sums(np.zeros(3, np.int64), 1, values[::-1])[0] == 2.0**52 - 2


def test_sums_take_what_is_not_finite_and_what_is_tiny() -> None:
    of = np.array([0, 0, 1], np.int64)
    assert grouped.sums(of, 2, np.array([1.0, np.inf, 2.0])).tolist() == [np.inf, 2.0]
    assert grouped.sums(of, 3, np.array([5e-324, 0.0, 1e-300])).tolist()[2] == 0.0
    assert grouped.sums(of, 2, np.zeros(3)).tolist() == [0.0, 0.0]
    assert np.isnan(grouped.sums(of, 2, np.array([np.nan, 1.0, 2.0]))[0])


@given(
    st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 4), st.integers(-1, 2)), max_size=50),
    st.sampled_from([0, grouped.FEW]),
)
def test_groups_are_the_rows_with_equal_keys(rows: list[tuple[int, int, int]], few: int) -> None:
    keys = [np.array([row[at] for row in rows], np.int64) for at in range(3)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouped, "FEW", few)
        found = grouped.group(keys)
    assert found.count == len(set(rows))
    by_group: dict[int, set[tuple[int, int, int]]] = {}
    for row, of in zip(rows, found.of.tolist(), strict=True):
        by_group.setdefault(of, set()).add(row)
    assert all(len(seen) == 1 for seen in by_group.values())
    assert [rows.index(rows[first]) for first in found.first.tolist()] == found.first.tolist()
    assert found.of[found.first].tolist() == list(range(found.count))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=40))
def test_wide_tables_of_values_give_the_same_as_dense_ones(rows: list[tuple[int, int]]) -> None:
    of, codes = (np.array([row[at] for row in rows], np.int64) for at in range(2))
    dense = grouped.distinct(of, 5, codes, 5), grouped.most_frequent(of, 5, codes, 5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouped, "DENSE", 0)
        wide = grouped.distinct(of, 5, codes, 5), grouped.most_frequent(of, 5, codes, 5)
    assert [found.tolist() for found in dense] == [found.tolist() for found in wide]
    for group in range(5):
        own = [code for at, code in rows if at == group]
        best = max(sorted(set(own)), key=own.count) if own else -1
        assert dense[1][group] == best
        assert dense[0][group] == len(set(own))
