"""What the tables say about each other."""

from __future__ import annotations

import pyarrow as pa

import clustomer


def test_ids_that_differ_only_in_case_are_told() -> None:
    rows = range(600)
    lines = pa.table(
        {
            "customer_id": [f"{'ab'[at % 2]}{at % 60}" for at in rows],
            "order_date": [f"2025-{1 + at % 6:02}-{1 + at % 28:02}" for at in rows],
            "quantity": [1 + at % 60 // 30 * 9 for at in rows],
            "unit_price": [5.0 + at % 7 for at in rows],
        }
    )

    def told(table: pa.Table) -> list[str]:
        run = clustomer.fit(table, "transactions", k=2)
        return [one.text for one in run.findings if one.code == "case-of-key"]

    assert told(lines) == []
    ids = lines["customer_id"].to_pylist()
    ids[60] = "A0"
    odd = lines.set_column(0, "customer_id", pa.array(ids))
    assert told(odd) == [
        "1 value of customer_id differs from another only in upper and lower case; "
        "each counts as a customer of its own."
    ]
