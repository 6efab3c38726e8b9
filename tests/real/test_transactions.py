"""Online Retail and CDNOW: order lines in one table."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import clustomer
from clustomer.pipeline import Run


@pytest.fixture(scope="module")
def run(real_data: Callable[[str], Path]) -> Run:
    return clustomer.fit(real_data("online_retail"), recipe="transactions")


def test_lines_customers_and_sales_are_the_published_ones(run: Run) -> None:
    (lines,) = run.intake.accounts
    assert lines.read == 541_909
    assert lines.used + lines.quarantined == 541_909
    assert dict(lines.reasons) == {"customer_id is blank": 135_080}
    assert run.customers.num_rows == 4_338
    assert run.customers.column_names[0] == "CustomerID"
    spend = pc.sum(run.customers.column("spend")).as_py()
    assert Decimal(spend).quantize(Decimal("0.01")) == Decimal("8911407.90")


def test_returns_are_kept_apart_as_money_back(run: Run) -> None:
    back = pc.sum(run.customers.column("money_back")).as_py()
    assert back > 100_000
    assert pc.min(run.customers.column("money_back")).as_py() == 0


def test_no_segment_swallows_the_rest(run: Run) -> None:
    assert max(segment.share for segment in run.model.segments) <= 0.8
    assert 2 <= len(run.model.segments) <= 10


def test_cdnow_as_the_docs_read_it(real_data: Callable[[str], Path]) -> None:
    text = (real_data("cdnow") / "CDNOW_master.txt").read_text().splitlines()[1:]
    fields = [line.split() for line in text]
    table = pa.table(
        {
            "customer_id": [one[0] for one in fields],
            "date": [one[1] for one in fields],
            "number_of_cds": [int(one[2]) for one in fields],
            "unit_price": [float(one[3]) / int(one[2]) for one in fields],
        }
    )
    run = clustomer.fit(table, recipe="transactions")
    (lines,) = run.intake.accounts
    assert lines.read == 69_659
    assert lines.used == 69_659
    found = {finding.code: finding.text for finding in run.findings}
    assert run.customers.num_rows + int(found["no-sale"].split()[0].replace(",", "")) == 23_570
    spend = pc.sum(run.customers.column("spend")).as_py()
    assert spend == pytest.approx(2_500_315.63, abs=0.01)
    assert run.customers.column("customer_id")[0].as_py() == "00001"
