"""The numbers behind the plots, against their definitions."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from clustomer.features.feature import Feature
from clustomer.matrix.matrix import Matrix
from clustomer.report.axes import Axis
from clustomer.report.style import OTHER
from clustomer.report.summaries import (
    GRID,
    category_shares,
    correlation,
    density,
    histogram,
    is_skewed,
    principal_map,
    shown_shares,
    silverman,
    smeared,
    value_axis,
    without_nought,
)


def test_density_is_the_gaussian_kernel_estimate() -> None:
    values = np.random.default_rng(1).normal(0, 1, 400)
    low, high, bandwidth = -6.0, 6.0, silverman(values)
    middles = low + (np.arange(GRID) + 0.5) * (high - low) / GRID
    kernels = np.exp(-0.5 * ((middles[:, None] - values) / bandwidth) ** 2)
    exact = kernels.mean(axis=1) / (bandwidth * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(density(values, low, high, bandwidth), exact, atol=0.003)


def test_density_is_mirrored_where_nothing_lies_beyond() -> None:
    values = np.random.default_rng(2).uniform(0, 1, 20_000)
    found = density(values, 0.0, 1.0, 0.05)
    np.testing.assert_allclose(found, 1.0, atol=0.1)


def test_correlation_is_pearsons_over_pairs_that_are_there() -> None:
    random = np.random.default_rng(3)
    one = random.normal(1e6, 1, 500)
    other = one + random.normal(0, 1, 500)
    holed = other.copy()
    holed[::7] = np.nan
    kept = np.isfinite(holed)
    found = correlation([one, holed, np.ones(500)])
    assert found[0, 1] == pytest.approx(np.corrcoef(one[kept], other[kept])[0, 1], abs=1e-9)
    assert found[0, 0] == pytest.approx(1.0)
    assert found[0, 2] == 0.0


def test_principal_map_agrees_with_the_singular_values() -> None:
    values = np.random.default_rng(4).normal(0, [3, 2, 1], (300, 3))
    found = principal_map(Matrix(values, ("a", "b", "c"), ("a", "b", "c")), np.arange(300))
    centred = values - values.mean(axis=0)
    singular = np.linalg.svd(centred, compute_uv=False)
    assert found.explained == pytest.approx(tuple((singular**2 / (singular**2).sum())[:2]))
    np.testing.assert_allclose(np.linalg.norm(found.where, axis=0), singular[:2])
    assert found.mostly[0][0] == "a"


@pytest.mark.parametrize("columns", [1, 2])
def test_principal_map_of_few_or_constant_columns(columns: int) -> None:
    names = tuple("ab"[:columns])
    found = principal_map(Matrix(np.zeros((5, columns)), names, names), np.arange(5))
    assert found.where.shape == (5, 2)
    assert found.explained == (0.0, 0.0)


def test_histogram_areas_add_up_on_a_log_axis() -> None:
    values = np.random.default_rng(5).lognormal(3, 1, 5_000)
    axis = value_axis(values, log=True, start=0.0, end=100.0)
    bars = histogram(values, axis)
    areas = bars.density * np.diff(axis.scaled(bars.edges))
    assert areas.sum() == pytest.approx(0.99, abs=0.001)


def test_whole_numbers_get_a_bar_each() -> None:
    values = np.array([1.0, 1.0, 2.0, 4.0])
    bars = histogram(values, value_axis(values, log=False, start=0.0, end=1.0))
    np.testing.assert_allclose(bars.edges, [0.5, 1.5, 2.5, 3.5, 4.5])
    np.testing.assert_allclose(bars.density, [0.5, 0.25, 0.0, 0.25])


def test_smearing_keeps_each_whole_number_within_its_unit() -> None:
    values = np.repeat([1.0, 5.0], 50)
    spread = smeared(values)
    assert (np.abs(spread - values) <= 0.5).all()
    assert len(np.unique(spread)) == 100
    np.testing.assert_array_equal(smeared(np.array([1.5, 2.0])), [1.5, 2.0])


def test_only_skewed_amounts_without_negatives_get_a_log_axis() -> None:
    spend = Feature("spend", "sum(amount)", "lines", "money", "spent {}")
    share = Feature("discount_share", "avg(d)", "lines", "share", "{} at a discount")
    skewed = np.random.default_rng(6).lognormal(0, 1, 500)
    assert is_skewed(spend, skewed)
    assert not is_skewed(share, skewed)
    assert not is_skewed(spend, skewed - 5)
    assert not is_skewed(spend, np.full(500, np.nan))


def test_no_values_still_give_an_axis() -> None:
    assert value_axis(np.array([np.nan]), log=True, start=0.0, end=9.0) == Axis(0.0, 1.0, 0.0, 9.0)
    alike = value_axis(np.full(9, 2.5), log=False, start=0.0, end=9.0)
    assert (alike.low, alike.high) == (2.0, 3.0)


def test_many_zeros_are_taken_out_of_amounts_but_not_of_counts() -> None:
    money = np.array([0.0, 0.0, 12.5, 40.0, np.nan])
    left, share = without_nought(money)
    assert share == 0.5
    np.testing.assert_array_equal(left, [np.nan, np.nan, 12.5, 40.0, np.nan])
    for kept in (np.array([0.0, 0.0, 1.0, 3.0]), np.zeros(4), np.array([0.0, *range(1, 30)])):
        left, share = without_nought(kept)
        assert share == 0.0
        np.testing.assert_array_equal(left, kept)


def test_small_values_are_pooled() -> None:
    column = pa.chunked_array([["a"] * 50 + ["b"] * 30 + ["c"] * 9 + ["d"] * 6 + [None] * 5])
    assert category_shares(column) == [("a", 50 / 95), ("b", 30 / 95), (OTHER, 15 / 95)]
    alone = pa.chunked_array([["a"] * 50 + ["c"] * 9])
    assert [value for value, _ in category_shares(alone)] == ["a"]


def test_small_values_of_a_segment_are_pooled() -> None:
    shares = (("a", 0.6, 0.5), ("b", 0.3, 0.3), ("c", 0.06, 0.1), ("d", 0.04, 0.1))
    shown = shown_shares(shares, 100)
    assert [value for value, _, _ in shown] == ["a", "b", OTHER]
    assert shown[-1][1:] == pytest.approx((0.10, 0.2))
    assert [value for value, _, _ in shown_shares(shares, 90)] == ["a", "b"]
