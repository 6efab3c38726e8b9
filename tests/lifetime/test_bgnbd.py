"""BG/NBD against the paper's own figures, against its formula, and on customers made by it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_orders import orders_of
from scipy.special import hyp2f1

from clustomer.lifetime.bgnbd import BgNbd, fit_bgnbd
from clustomer.lifetime.histories import Histories, collapsed, histories

PAPER = BgNbd(0.243, 4.414, 0.793, 2.426, -4.0655, 2357, settled=True)


def published(folder: Path) -> Histories:
    with (folder / "cdnow_customers_summary.csv").open() as file:
        rows = list(csv.DictReader(file))
    weeks = np.array([[float(row[name]) for name in ("frequency", "recency", "T")] for row in rows])
    days = np.rint(weeks * [1, 7, 7]).astype(np.int64)
    return histories(days[:, 0], days[:, 1], days[:, 2])


def test_the_published_estimates_on_cdnow(real_data: Callable[[str], Path]) -> None:
    fitted = fit_bgnbd(published(real_data("cdnow")))
    assert fitted.settled
    assert fitted.customers == 2357
    found = [round(value, 3) for value in (fitted.r, fitted.alpha, fitted.a, fitted.b)]
    assert found == [0.243, 4.414, 0.793, 2.426]
    assert fitted.log_likelihood * 2357 == pytest.approx(-9582.4, abs=0.05)


def test_the_published_expectation_of_a_customer() -> None:
    # Section 5 of the paper's spreadsheet note: x = 2, t_x = 30.43, T = 38.86, t = 39 weeks.
    one = histories(np.array([2]), np.array([213]), np.array([272]))
    assert PAPER.expected_orders(one, 39 * 7)[0] == pytest.approx(1.226, abs=0.001)
    assert PAPER.alive(one)[0] == pytest.approx(0.7266, abs=0.001)


def test_the_quadrature_is_the_papers_formula() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 60, 400)
    observed = rng.integers(1, 700, 400)
    last = np.where(x > 0, (observed * rng.random(400)).astype(np.int64), 0)
    each, days = histories(x, last, observed), 180
    for model in (PAPER, BgNbd(1.8, 20.0, 0.5, 4.1, 0.0, 1, settled=True)):
        r, alpha, a, b = model.r, model.alpha, model.a, model.b
        end, ahead = alpha + observed / 7, days / 7
        series = hyp2f1(r + x, b + x, a + b + x - 1, ahead / (end + ahead))
        formula = (a + b + x - 1) / (a - 1) * (1 - (end / (end + ahead)) ** (r + x) * series)
        formula *= model.alive(each)
        assert model.expected_orders(each, days) == pytest.approx(formula, rel=1e-5)


def test_where_the_papers_formula_breaks_down() -> None:
    each = histories(np.array([0, 3]), np.array([0, 90]), np.array([200, 100]))
    at = BgNbd(0.5, 5.0, 1.0, 1e-9, 0.0, 1, settled=True).expected_orders(each, 90)
    near = BgNbd(0.5, 5.0, 1.0 + 1e-7, 1e-9, 0.0, 1, settled=True).expected_orders(each, 90)
    assert np.isfinite(at).all()
    assert at == pytest.approx(near, rel=1e-5)


def test_known_parameters_come_back() -> None:
    made = orders_of(40_000, r=1.5, alpha=18.0, a=0.8, b=4.0, days=730, seed=3)
    fitted = fit_bgnbd(made)
    assert fitted.settled
    assert fitted.r == pytest.approx(1.5, rel=0.05)
    assert fitted.alpha == pytest.approx(18.0, rel=0.05)
    assert fitted.a / (fitted.a + fitted.b) == pytest.approx(0.8 / 4.8, rel=0.05)


def test_equal_histories_counted_once_give_the_same_model() -> None:
    made = orders_of(3_000, r=0.6, alpha=8.0, a=0.8, b=2.5, days=365, seed=4)
    counted = collapsed(made)
    assert len(counted) < len(made)
    assert counted.customers.sum() == 3_000
    one, other = fit_bgnbd(made), fit_bgnbd(counted)
    assert (one.r, one.alpha, one.a, one.b) == (other.r, other.alpha, other.a, other.b)


def test_the_order_of_customers_does_not_matter() -> None:
    made = orders_of(3_000, r=0.6, alpha=8.0, a=0.8, b=2.5, days=365, seed=5)
    assert fit_bgnbd(made) == fit_bgnbd(made[np.arange(3_000)[::-1]])


def test_silence_makes_leaving_likelier_and_one_order_never_does() -> None:
    silent = histories(np.array([5, 5, 0]), np.array([100, 350, 0]), np.array([360, 360, 360]))
    gone, here, once = PAPER.alive(silent)
    assert gone < 0.1
    assert here > 0.85
    assert once == 1.0
    again = PAPER.order_probability(silent, 90)
    assert again[2] < 0.1
    assert again[0] < again[1]


def test_customers_who_never_leave_give_a_model_that_says_so() -> None:
    rng = np.random.default_rng(6)
    observed = rng.integers(200, 400, 2_000)
    x = rng.poisson(rng.gamma(2.0, 0.01, 2_000) * observed)
    last = np.where(x > 0, (observed * rng.random(2_000) ** (1 / np.maximum(x, 1))), 0)
    fitted = fit_bgnbd(histories(x, last.astype(np.int64), observed))
    assert fitted.settled
    assert fitted.a / (fitted.a + fitted.b) < 0.01


def test_impossible_histories_are_refused() -> None:
    with pytest.raises(ValueError, match="last <= observed"):
        histories(np.array([1]), np.array([5]), np.array([4]))
