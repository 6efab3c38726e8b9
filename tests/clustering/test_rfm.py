"""RFM: equal values score equally, quintiles are fifths, every group can be reached."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clustomer.clustering.rfm import GRID, GROUPS, fit_rfm, group_of, quantile_cuts, scored


def test_without_ties_scores_are_fifths() -> None:
    values = np.random.default_rng(0).permutation(1_000).astype(np.float64)
    assert np.bincount(scored(values, quantile_cuts(values))).tolist() == [0, *[200] * 5]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60))
def test_equal_values_score_equally_and_larger_ones_no_lower(numbers: list[int]) -> None:
    values = np.array(numbers, dtype=np.float64)
    scores = scored(values, quantile_cuts(values))
    assert scores.min() >= 1
    assert scores.max() <= 5
    order = np.argsort(values)
    assert (np.diff(scores[order]) >= 0).all()
    assert all(len(set(scores[values == value])) == 1 for value in values)


def test_the_order_of_rows_does_not_matter() -> None:
    random = np.random.default_rng(1)
    days, orders, spend = random.integers(1, 50, size=(3, 200)).astype(np.float64)
    groups = fit_rfm(days, orders, spend).groups(days, orders, spend)
    shuffled = random.permutation(200)
    again = fit_rfm(days[shuffled], orders[shuffled], spend[shuffled])
    assert np.array_equal(again.groups(days, orders, spend), groups)


def test_every_group_has_a_cell_and_the_corners_are_right() -> None:
    assert {cell for row in GRID for cell in row} == set(range(11))
    corners = np.array([[5, 5, 5], [5, 1, 1], [1, 5, 5], [1, 1, 1], [2, 1, 2]], dtype=np.int8)
    names = [GROUPS[group] for group in group_of(*corners.T)]
    assert names == ["Champions", "New", "Can't Lose", "Lost", "Hibernating"]


def test_all_alike_score_one_fifth_each_the_same() -> None:
    alike = np.ones(7)
    assert set(fit_rfm(alike, alike, alike).groups(alike, alike, alike)) == {GROUPS.index("Lost")}
