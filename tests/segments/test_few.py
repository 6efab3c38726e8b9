"""A segment of fewer than ten people is told without figures."""

from __future__ import annotations

import pyarrow as pa

import clustomer
from clustomer.report.text import segment_table


def test_a_segment_of_one_has_a_name_and_no_figures() -> None:
    many = range(400)
    table = pa.table(
        {
            "customer_id": [f"C{at % 40}" for at in many],
            "order_date": [f"2025-{1 + at % 6:02}-{1 + at % 28:02}" for at in many],
            "quantity": [1 + (at % 40) // 20 for at in many],
            "unit_price": [4e6 if at % 40 == 0 else 5.0 + at % 7 for at in many],
        }
    )
    run = clustomer.fit(table, "transactions", k=3)
    few = [one for one in run.model.segments if one.customers < 10]
    assert few
    for one in run.model.segments:
        known = [number.mean for number in one.numbers if number.mean is not None]
        assert bool(known) == (one.customers >= 10)
        assert (one.spend_share is None) == (one.customers < 10)
        assert ("too few for figures" in one.facts) == (one.customers < 10)
    row = next(row for row in segment_table(run.model.segments) if row[0] == few[0].id)
    assert "fewer than 10" in row[-1]
    (told,) = [one for one in run.findings if one.code == "segment-of-few"]
    assert f"{few[0].id} {few[0].name} ({few[0].customers})" in told.text
    spend = dict(zip(*(run.segments[n].to_pylist() for n in ("segment_id", "spend")), strict=True))
    assert spend[few[0].id] is None
