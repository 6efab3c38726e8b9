"""The page of the segments."""

from __future__ import annotations

from app.conftest import Open


def test_every_segment_is_told_with_its_numbers(open_app: Open) -> None:
    at = open_app("segments")
    told = "".join(one.value for one in at.html)
    assert all(f">S{number}</span>" in told for number in range(1, 6))
    assert "of spend" in told
