"""Measures against their definitions and against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from clustomer.validation.measures import eta_squared, kendall, margin, spearman

RNG = np.random.default_rng(0)


def test_groups_that_tell_everything_and_nothing() -> None:
    groups = np.repeat([0, 1, 3], 20)
    assert eta_squared(groups, groups.astype(np.float64)) == pytest.approx(1.0)
    assert eta_squared(np.tile([0, 1], 30), np.repeat([1.0, 2.0], 30)) == pytest.approx(0.0)
    assert np.isnan(eta_squared(groups, np.ones(60)))


def test_eta_squared_is_that_of_the_analysis_of_variance() -> None:
    groups, values = RNG.integers(0, 4, 300), RNG.normal(size=300)
    f = stats.f_oneway(*(values[groups == group] for group in range(4))).statistic
    assert eta_squared(groups, values) == pytest.approx(3 * f / (3 * f + 296))


def test_weights_count_customers_again() -> None:
    groups, values = RNG.integers(0, 3, 50), RNG.normal(size=50)
    times = RNG.integers(0, 4, 50)
    again = eta_squared(np.repeat(groups, times), np.repeat(values, times))
    assert eta_squared(groups, values, times.astype(np.float64)) == pytest.approx(again)


def test_rank_agreement_is_scipys() -> None:
    for _ in range(20):
        one, other = RNG.integers(0, 4, 7).astype(float), RNG.integers(0, 4, 7).astype(float)
        if len({*one}) > 1 and len({*other}) > 1:
            assert kendall(one, other) == pytest.approx(stats.kendalltau(one, other).statistic)
            assert spearman(one, other) == pytest.approx(stats.spearmanr(one, other).statistic)


def test_a_grouping_beside_itself_has_no_margin_and_a_better_one_a_sure_one() -> None:
    told = RNG.integers(0, 3, 2_000)
    outcome = told + RNG.normal(size=2_000)
    blind = RNG.permutation(told)
    assert margin(told, told, outcome, seed=0) == (0.0, (0.0, 0.0))
    difference, (low, high) = margin(told, blind, outcome, seed=0)
    assert 0.3 < low < difference < high
