"""Gamma-Gamma on order values made by it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import digamma as scipy_digamma

from clustomer.lifetime.gammagamma import GammaGamma, digamma, fit_gammagamma


def test_known_parameters_come_back() -> None:
    rng = np.random.default_rng(1)
    rates = rng.gamma(3.8, 1 / 15.0, 60_000)
    orders = rng.integers(1, 12, 60_000)
    mean = rng.gamma(6.0 * orders, 1 / rates) / orders
    fitted = fit_gammagamma(orders, mean)
    assert fitted.settled
    assert fitted.finite
    assert [fitted.p, fitted.q, fitted.gamma] == pytest.approx([6.0, 3.8, 15.0], rel=0.05)


def test_currency_moves_gamma_alone() -> None:
    rng = np.random.default_rng(2)
    orders = rng.integers(1, 6, 2_000)
    mean = rng.gamma(4.0 * orders, 1 / rng.gamma(3.0, 0.1, 2_000)) / orders
    pence, pounds = fit_gammagamma(orders, mean), fit_gammagamma(orders, mean / 100)
    assert [pence.p, pence.q, pence.gamma] == pytest.approx(
        [pounds.p, pounds.q, pounds.gamma * 100], rel=1e-6
    )


def test_many_orders_speak_for_themselves_and_few_are_drawn_to_the_average() -> None:
    model = GammaGamma(6.25, 3.74, 15.44, 0.0, 946, settled=True)
    few, many = model.expected_value(np.array([1, 200]), np.array([100.0, 100.0]))
    average = 6.25 * 15.44 / 2.74
    assert average < few < many < 100
    assert many == pytest.approx(100, abs=0.5)


def test_orders_that_are_all_worth_the_same() -> None:
    fitted = fit_gammagamma(np.array([1, 4, 9]), np.array([12.5, 12.5, 12.5]))
    assert fitted.settled
    assert fitted.expected_value(np.array([1, 50]), np.array([12.5, 12.5])) == pytest.approx(12.5)


def test_values_that_no_order_can_have_are_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        fit_gammagamma(np.array([1, 2]), np.array([5.0, 0.0]))


def test_digamma_is_scipys() -> None:
    values = np.array([1e-3, 0.3, 1.0, 2.5, 7.9, 8.1, 100.0])
    assert digamma(values) == pytest.approx(scipy_digamma(values), abs=1e-11)
