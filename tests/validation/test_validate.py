"""Validation: on the future alone, beside the baselines, told plainly whatever comes out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from clustomer.cli.app import app
from clustomer.errors import DataError, OutputError
from clustomer.validation.page import write_validation
from clustomer.validation.result import Validation
from clustomer.validation.validate import OURS, validate

END = date(2024, 9, 30)


def lines(*, luck: bool = False, seed: int = 0) -> pa.Table:
    """A year of orders of 300 customers with steady rates; with `luck`, all with the same one."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(300):
        gap = 30.0 if luck else float(rng.gamma(2.0, 30.0)) + 3
        day = float(rng.exponential(gap))
        while day < 366:
            rows.append((f"C{customer:04}", date(2024, 1, 1) + timedelta(int(day)), 1, 10.0))
            day += rng.exponential(gap)
    names = ("customer_id", "order_date", "quantity", "unit_price")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


@pytest.fixture(scope="module")
def made() -> Validation:
    return validate(lines(), "transactions", until=END, k=3)


def test_what_came_after_is_counted_from_the_raw_lines(made: Validation) -> None:
    table = lines().to_pylist()
    known = {row["customer_id"] for row in table if row["order_date"] <= END}
    later = [row for row in table if row["order_date"] > END and row["customer_id"] in known]
    assert made.customers == len(known)
    assert made.horizon == 92
    assert made.active == pytest.approx(len({row["customer_id"] for row in later}) / len(known))
    spent = sum(one.customers * (one.spend or 0) for one in made.segments)
    assert spent == pytest.approx(10.0 * len(later))
    ordered = sum(one.customers * (one.orders or 0) for one in made.segments)
    assert ordered == pytest.approx(
        len({(row["customer_id"], row["order_date"]) for row in later}), abs=1e-6
    )


def test_the_future_does_not_reach_the_segments(made: Validation) -> None:
    table = lines()
    late = np.array([day > END for day in table.column("order_date").to_pylist()])
    other = table.set_column(3, "unit_price", pa.array(np.where(late, 999.0, 10.0)))
    again = validate(other, "transactions", until=END, k=3)
    assert [(one.segment_id, one.customers, one.past_spend) for one in again.segments] == [
        (one.segment_id, one.customers, one.past_spend) for one in made.segments
    ]
    assert [one.spend for one in again.segments] != [one.spend for one in made.segments]


def test_steady_rates_are_told_and_the_order_is_kept(made: Validation) -> None:
    assert [one.method for one in made.scores] == [
        OURS,
        "RFM quintile sum",
        "RFM quintile bands",
        "k-means on raw RFM",
        "k-means on log RFM",
    ]
    assert made.scores[0].spend > 0.2
    assert made.scores[0].kendall == 1.0
    best = made.segments[0]
    assert best.expected_spend == pytest.approx(best.spend, rel=0.25)


def test_luck_is_called_luck() -> None:
    made = validate(lines(luck=True), "transactions", until=END, k=3)
    codes = {finding.code for finding in made.findings}
    assert "future-untold" in codes
    if not made.above:
        assert "not-above-baselines" in codes
        assert "not more than every plain grouping" in made.says


def test_without_a_day_the_last_quarter_is_kept() -> None:
    made = validate(lines(), "transactions", k=2)
    assert made.horizon == 91
    assert made.until + timedelta(days=made.horizon) == date(2024, 12, 31)


def test_wrong_days_are_refused() -> None:
    with pytest.raises(DataError, match="No order comes after 2024-12-31"):
        validate(lines(), "transactions", until=date(2024, 12, 31), k=2)
    with pytest.raises(DataError, match="No order comes up to 1999-01-01"):
        validate(lines(), "transactions", until=date(1999, 1, 1), k=2)
    with pytest.raises(DataError, match="horizon must be at least 1 day"):
        validate(lines(), "transactions", until=END, horizon=0, k=2)
    with pytest.raises(DataError, match="no way to look 400 days ahead"):
        validate(lines(), "transactions", horizon=400, k=2)
    with pytest.raises(DataError, match="Only customers with dated orders"):
        validate(pa.table({"CUST_ID": ["a"], "BALANCE": [1.0]}), "credit-card")


def test_files_are_whole_and_nothing_else_is_touched(made: Validation, tmp_path: Path) -> None:
    page = write_validation(made, tmp_path / "out")
    assert sorted(path.name for path in page.parent.iterdir()) == [
        "methods.csv",
        "segments.csv",
        "validation.html",
        "validation.json",
        "validation.png",
    ]
    told = json.loads((tmp_path / "out" / "validation.json").read_text())
    assert told["says"] == made.says
    assert made.says.split(".")[0] in page.read_text("utf-8")
    with pytest.raises(OutputError, match="earlier validation"):
        write_validation(made, tmp_path / "out")
    write_validation(made, tmp_path / "out", overwrite=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(OutputError, match="holds no validation"):
        write_validation(made, tmp_path / "mine", overwrite=True)


def test_the_command(tmp_path: Path) -> None:
    pq.write_table(lines(), tmp_path / "lines.parquet")
    arguments = ["validate", str(tmp_path / "lines.parquet"), "--recipe", "transactions"]
    result = CliRunner().invoke(
        app, [*arguments, "--until", "2024-09-30", "--k", "3", "--out", str(tmp_path / "out")]
    )
    assert result.exit_code == 0, result.output
    assert "The segments explain" in result.output
    assert "k-means on log RFM" in result.output
    assert (tmp_path / "out" / "validation.html").is_file()


def test_above_every_baseline_on_online_retail(real_data: Callable[[str], Path]) -> None:
    made = validate(
        real_data("online_retail"), "transactions", until=date(2011, 9, 9), horizon=92, k=5
    )
    scores = {one.method: one for one in made.scores}
    assert scores["k-means on raw RFM"].spend == pytest.approx(0.182, abs=0.005)
    assert scores["k-means on log RFM"].spend == pytest.approx(0.239, abs=0.005)
    assert made.above
    assert made.customers == 3_370


def test_above_every_baseline_on_cdnow(real_data: Callable[[str], Path]) -> None:
    text = (real_data("cdnow") / "CDNOW_master.txt").read_text().splitlines()[1:]
    fields = [line.split() for line in text]
    table = pa.table(
        {
            "customer_id": [one[0] for one in fields],
            "date": [one[1] for one in fields],
            "quantity": [int(one[2]) for one in fields],
            "unit_price": [float(one[3]) / int(one[2]) for one in fields],
        }
    )
    made = validate(table, "transactions", until=date(1997, 9, 30), horizon=273, k=5)
    scores = {one.method: one for one in made.scores}
    assert scores["k-means on raw RFM"].spend == pytest.approx(0.269, abs=0.005)
    assert scores["k-means on raw RFM"].active == pytest.approx(0.214, abs=0.005)
    assert made.above
    assert all(one.spend_interval[0] > 0 for one in made.margins)
