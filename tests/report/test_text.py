"""The segments as rows of text."""

from __future__ import annotations

from dataclasses import replace

from fake import content

from clustomer.report.text import segment_table


def test_rows_of_text_with_a_heading() -> None:
    rows = segment_table(content().segments)
    assert rows[0] == ["", "Segment", "Customers", "Share", "Of spend", "On average they"]
    assert rows[1][:5] == ["S1", "High-Value Customers", "419", "14\u00a0%", "49\u00a0%"]
    assert {len(row) for row in rows} == {6}


def test_spend_is_left_out_where_there_is_none() -> None:
    segments = [replace(s, spend_share=None) for s in content().segments]
    rows = segment_table(segments, "sales lines")
    assert rows[0] == ["", "Segment", "Sales lines", "Share", "On average they"]
