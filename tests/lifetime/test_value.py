"""Value columns of a fit: there, stored, the same at scoring, and absent with a reason."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import clustomer
from clustomer.features.catalogue import VALUE


def shop(customers: int, *, days: int = 400, seed: int = 0) -> pa.Table:
    """Order lines of customers who order at rates of their own; half of them leave some day."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        gap, price = rng.gamma(3.0, 15.0) + 2, rng.gamma(4.0, 5.0)
        day = float(rng.integers(0, days // 2))
        while day < days:
            ordered = date(2024, 1, 1) + timedelta(int(day))
            rows.append((f"C{customer:05}", ordered, 1 + rng.poisson(2), price + rng.gamma(2.0)))
            day += rng.exponential(gap) + 0.5
            if rng.random() < 0.08:
                break
    names = ("customer_id", "order_date", "quantity", "unit_price")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


@pytest.fixture(scope="module")
def lines() -> pa.Table:
    return shop(400)


@pytest.fixture(scope="module")
def run(lines: pa.Table) -> clustomer.pipeline.Run:
    return clustomer.fit(lines, recipe="transactions", k=3)


def test_every_customer_and_segment_has_them(run: clustomer.pipeline.Run) -> None:
    for name in VALUE:
        values = run.customers.column(name).to_numpy()
        assert np.isfinite(values).all()
        assert (values >= 0).all()
        assert name in run.segments.column_names
    for name in ("alive_probability", "order_probability"):
        assert pc.max(run.customers.column(name)).as_py() <= 1
    assert any(finding.code == "value-backtest" for finding in run.findings)


def test_scoring_the_fitted_tables_gives_the_fitted_values(
    run: clustomer.pipeline.Run, lines: pa.Table, tmp_path: Path
) -> None:
    run.save(tmp_path / "run")
    model = clustomer.load(tmp_path / "run")
    assert model.learnt.value == run.model.learnt.value
    placed = model.assign(lines)
    assert placed.column("segment_id").equals(run.customers.column("segment_id"))
    for name in VALUE:
        assert placed.column(name).to_numpy() == pytest.approx(
            run.customers.column(name).to_numpy(), rel=1e-9
        )


def test_another_order_of_lines_gives_the_same(
    run: clustomer.pipeline.Run, lines: pa.Table
) -> None:
    turned = lines.take(np.arange(lines.num_rows)[::-1])
    again = clustomer.fit(turned, recipe="transactions", k=3)
    assert again.model.learnt.value == run.model.learnt.value
    for name in VALUE:
        assert again.customers.column(name).to_numpy() == pytest.approx(
            run.customers.column(name).to_numpy(), rel=1e-9
        )


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (shop(60), "60 customers have dated orders and 100 are needed"),
        (shop(150, days=60), "the orders reach over 60 days, too few to look 90 ahead"),
    ],
)
def test_where_orders_cannot_carry_it_a_finding_says_why(lines: pa.Table, reason: str) -> None:
    run = clustomer.fit(lines, recipe="transactions", k=2)
    assert not set(VALUE) & set(run.customers.column_names)
    (found,) = [finding for finding in run.findings if finding.code == "value-left-out"]
    assert reason in found.text
    assert found.remedy


def test_orders_that_dry_up_are_not_forecast() -> None:
    """Everybody orders daily at first and once a year later: no steady rate, so no forecast."""
    rng = np.random.default_rng(1)
    rows = [
        (f"C{customer}", date(2024, 1, 1) + timedelta(int(day)), 1, 9.0 + customer % 5)
        for customer in range(150)
        for day in {*rng.integers(0, 120, 12).tolist(), *rng.integers(300, 400, 1).tolist()}
    ]
    rows = [row for row in rows if rng.random() < 0.3 or row[1] < date(2024, 9, 1)]
    names = ("customer_id", "order_date", "quantity", "unit_price")
    lines = pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    run = clustomer.fit(lines, recipe="transactions", k=2)
    (found,) = [finding for finding in run.findings if finding.code == "value-left-out"]
    assert "does not fit these orders" in found.text


def test_the_recipe_switches_it_off() -> None:
    recipe = {"base": "transactions", "value": {"enabled": False}}
    run = clustomer.fit(shop(120), recipe=recipe, k=2)
    assert "alive_probability" not in run.customers.column_names


def test_the_horizon_is_the_recipes() -> None:
    lines = shop(200)
    recipes = ({"base": "transactions", "value": {"horizon": days}} for days in (30, 120))
    near, far = (
        pc.sum(clustomer.fit(lines, recipe=recipe, k=2).customers.column("expected_orders")).as_py()
        for recipe in recipes
    )
    assert 2 < far / near < 4.5
