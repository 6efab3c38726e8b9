"""Findings on data too little for segments: a short history is told with its days."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from clustomer.intake.carry import _of_time


@pytest.mark.parametrize(
    ("last", "says"),
    [
        (datetime(2025, 7, 6, 23, tzinfo=UTC), "All orders are of one day (2025-07-06): too short"),
        (
            datetime(2025, 7, 8, tzinfo=UTC),
            "The orders span 2 days (2025-07-06 to 2025-07-08): too short",
        ),
    ],
)
def test_a_short_history_names_its_days_once(last: datetime, says: str) -> None:
    (finding,) = _of_time(datetime(2025, 7, 6, tzinfo=UTC), last, "order_date")
    assert (finding.code, finding.severity) == ("short-history", "warning")
    assert finding.text.startswith(says)
