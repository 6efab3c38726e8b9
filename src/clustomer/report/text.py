"""The segments as plain rows of text, for the last screen of a run and for any other face."""

from __future__ import annotations

from collections.abc import Sequence

from clustomer.report.style import label, percent
from clustomer.segments.segment import Segment


def segment_table(segments: Sequence[Segment], noun: str = "customers") -> list[list[str]]:
    """Give the segments as a table.

    Parameters
    ----------
    segments
        In the order in which they are shown.
    noun
        What is segmented, in the plural.

    Returns
    -------
    list of rows of strings, the heading first: id, name, number, share, share of spend (left out
    where no segment has one) and what sets it apart.
    """
    spend = any(segment.spend_share is not None for segment in segments)
    heading = [
        "",
        "Segment",
        label(noun),
        "Share",
        *(["Of spend"] if spend else []),
        "On average they",
    ]
    return [heading, *(_row(segment, spend=spend) for segment in segments)]


def _row(segment: Segment, *, spend: bool) -> list[str]:
    shares = [percent(segment.share), *([percent(segment.spend_share)] if spend else [])]
    return [
        segment.id,
        segment.name,
        f"{segment.customers:,}",
        *shares,
        segment.facts or "are close to the average in everything that was measured",
    ]
