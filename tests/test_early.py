"""The early forecast: nothing of the future in it, judged on later customers, honest about luck."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import clustomer
from clustomer.classifier.early import log_loss, macro_f1, reliability
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.errors import DataError, RecipeError
from clustomer.intake.early import plan_early, see_early
from clustomer.intake.intake import take_in
from clustomer.pipeline import Run
from clustomer.progress import Stages
from clustomer.recipe.load import load_recipe
from clustomer.scoring import score

EARLY: dict[str, object] = {"base": "transactions", "early": {"enabled": True, "old_enough": 60}}


def lines(
    *, told: bool = True, planted: bool = False, later: float = 1.0, customers: int = 600
) -> pa.Table:
    """Customers who order often or seldom; with `told` the frequent ones begin with dear things.

    `planted` writes into the country what no first order can know; `later` multiplies the prices
    of all orders but the first.
    """
    rng = np.random.default_rng(0)
    rows = []
    for customer in range(customers):
        often = customer % 2 == 0
        dear = often != (rng.random() < 0.1) if told else rng.random() < 0.5
        first = day = int(rng.integers(0, 200))
        while day < 400:
            price = (40.0 if dear else 10.0) * rng.uniform(0.8, 1.2)
            country = ("North" if often else "South") if planted else "North"
            factor = 1.0 if day == first else later
            ordered = date(2024, 1, 1) + timedelta(day)
            rows.append((f"C{customer:04}", ordered, 1, price * factor, country))
            day += int(rng.exponential(12 if often else 150)) + 1
    names = ("customer_id", "order_date", "quantity", "unit_price", "country")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


@pytest.fixture(scope="module")
def run() -> Run:
    return clustomer.fit(lines(), recipe=EARLY, k=2)


def test_it_is_judged_on_customers_who_joined_later_and_beats_the_base_rate(run: Run) -> None:
    early = run.early
    assert early is not None
    assert early.better
    assert early.accuracy > early.majority + 0.15
    assert early.log_loss < early.base_log_loss
    assert early.trained_on + early.tested_on <= 600
    assert date.fromisoformat(early.parted) > date(2024, 4, 1)
    assert early.says.startswith("From the first order, the later segment of")
    coverage = [one.coverage for one in early.covered]
    assert coverage == sorted(coverage, reverse=True)
    assert coverage[0] == 1.0


def test_a_saved_model_forecasts_customers_with_one_order(run: Run, tmp_path: Path) -> None:
    run.save(tmp_path / "run")
    model = clustomer.load(tmp_path / "run")
    new = pa.table(
        {
            "customer_id": [f"N{number:02}" for number in range(20)],
            "order_date": [date(2025, 3, 1)] * 20,
            "quantity": [1] * 20,
            "unit_price": [40.0] * 10 + [10.0] * 10,
        }
    )
    placed = score(model, new, early=True).customers
    told = placed.column("early_segment_id").to_pylist()
    assert len({*told[:10]}) == 1
    assert told[0] != told[-1]
    assert pc.min(placed.column("early_probability")).as_py() > 0.3
    assert "early" in (tmp_path / "run" / "run.json").read_text("utf-8")
    assert "The early forecast" in (tmp_path / "run" / "report.html").read_text("utf-8")


def test_it_is_silent_where_it_is_not_sure() -> None:
    recipe = {**EARLY, "early": {"enabled": True, "old_enough": 60, "threshold": 0.99}}
    run = clustomer.fit(lines(), recipe=recipe, k=2)
    placed = score(run.model, lines(), early=True).customers
    blank = placed.column("early_segment_id").null_count
    sure = pc.sum(pc.greater_equal(placed.column("early_probability"), 0.99)).as_py()
    assert blank == placed.num_rows - sure > 0


def test_later_lines_change_no_early_feature() -> None:
    recipe = load_recipe(EARLY)
    tables = []
    for later in (1.0, 50.0):
        engine = DuckDBEngine()
        take_in(engine, lines(later=later), recipe, stages=Stages())
        tables.append(see_early(engine, recipe, plan_early(engine, recipe)).table)
        engine.close()
    assert tables[0].equals(tables[1])
    assert pc.max(tables[0].column("units")).as_py() == 1


def test_the_first_days_are_the_first_days() -> None:
    recipe = load_recipe({**EARLY, "early": {"enabled": True, "days": 30, "features": ["units"]}})
    engine = DuckDBEngine()
    table = lines()
    take_in(engine, table, recipe, stages=Stages())
    seen = see_early(engine, recipe, plan_early(engine, recipe)).table
    engine.close()
    first: dict[str, date] = {}
    units: dict[str, int] = {}
    for row in table.to_pylist():
        began = first.setdefault(row["customer_id"], row["order_date"])
        if row["order_date"] < began + timedelta(30):
            units[row["customer_id"]] = units.get(row["customer_id"], 0) + row["quantity"]
    assert dict(zip(*(column.to_pylist() for column in seen.columns), strict=True)) == units


@pytest.mark.parametrize(
    ("feature", "why"),
    [
        ("days_since_last_order", "counts days from as_of"),
        ("tenure_days", "counts days from as_of"),
        ("expected_spend", "the value model looks at all orders"),
        ("peeks", "its own query could look at later orders"),
    ],
)
def test_features_that_know_the_future_are_refused(feature: str, why: str) -> None:
    recipe = {
        "base": "transactions",
        "early": {"enabled": True, "features": ["spend", feature]},
        "feature": [
            {
                "name": "peeks",
                "sql": 'max(amount) + (select count(*) from "order lines")',
                "over": "lines",
                "unit": "count",
                "says": "peeked at {}",
            }
        ],
    }
    with pytest.raises(RecipeError, match=f"early.features cannot hold '{feature}': .*{why}"):
        clustomer.fit(lines(), recipe=recipe, k=2)


def test_a_planted_column_is_found_out() -> None:
    run = clustomer.fit(lines(told=False, planted=True), recipe=EARLY, k=2)
    (leak,) = [finding for finding in run.findings if finding.code == "early-leak"]
    assert leak.severity == "problem"
    assert "favourite_country" in leak.text
    assert run.model.early is not None
    assert "favourite_country" not in [one.name for one in run.model.early.features]


def test_luck_is_called_luck() -> None:
    run = clustomer.fit(lines(told=False), recipe=EARLY, k=2)
    assert run.early is not None
    assert not run.early.better
    assert "early-no-better" in {finding.code for finding in run.findings}


def test_too_few_old_customers_are_a_finding_and_a_model_without_it_says_so() -> None:
    run = clustomer.fit(lines(customers=120), recipe=EARLY, k=2)
    assert run.early is None
    (why,) = [finding for finding in run.findings if finding.code == "early-left-out"]
    assert "are needed" in why.text
    with pytest.raises(DataError, match="has not learnt to"):
        score(run.model, lines(customers=120), early=True)


def test_measures() -> None:
    truth = np.array([0, 0, 1], np.int32)
    assert macro_f1(truth, truth) == 1.0
    assert log_loss(truth, np.eye(2)[truth]) == pytest.approx(0.0)
    (one,) = reliability(np.full(10, 0.75), np.arange(10) < 6)
    assert (one.sure, one.right, one.customers) == (0.75, 0.6, 10)
