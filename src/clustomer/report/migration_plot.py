"""Who moved between two runs: bands from the old segments to the new ones, and a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from clustomer.report.drawing import Area, Drawing, Mark, Rect, Text, points, shortened
from clustomer.report.style import SUPPRESS_BELOW
from clustomer.segments.migration import Flow, Migration
from clustomer.segments.segment import Segment

NOT_THERE: Final = "not there"
GONE: Final = "gone"
ELSEWHERE: Final = "soft"
"""Colour of what has none: old segments that do not go on, and customers of one run only."""

_HEIGHT: Final = 330.0
_GAP: Final = 12.0
_LEFT: Final = 166.0
_RIGHT: Final = 410.0
_WIDE: Final = 12.0
_ROOM: Final = 25
_LEAST_LABELLED: Final = 11.0
_STEPS: Final = 24


@dataclass(frozen=True, slots=True)
class Cell:
    """Customers in one cell of the matrix, "<10" where they are few, and their share of the row."""

    customers: str
    share: float | None


@dataclass(frozen=True, slots=True)
class MovesTable:
    """The migration matrix: ids of the new segments, then (id of the old one, cells)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]


def _sides(moves: Migration) -> tuple[list[str | None], list[str | None]]:
    """Ids on both sides, in the order of the flows; None, those of one run only, last."""
    before = list(dict.fromkeys(flow.from_id for flow in moves.flows))
    now = list(dict.fromkeys(flow.to_id for flow in moves.flows))
    return (
        sorted(before, key=lambda one: (one is None, before.index(one))),
        sorted(now, key=lambda one: (one is None, _order(moves, one), now.index(one))),
    )


def _order(moves: Migration, one: str | None) -> int:
    """A new segment stands where most of its customers come from, so that bands seldom cross."""
    before = list(dict.fromkeys(flow.from_id for flow in moves.flows if flow.from_id))
    known = [(flow.customers, flow.from_id) for flow in moves.flows if flow.to_id == one]
    most = max(known, key=lambda pair: pair[0])[1]
    return len(before) if most is None else before.index(most)


def moves_table(moves: Migration) -> MovesTable:
    """Arrange the flows as a matrix."""
    before, now = _sides(moves)
    by_pair = {(flow.from_id, flow.to_id): flow for flow in moves.flows}
    return MovesTable(
        tuple(one or GONE for one in now),
        tuple(
            (old or NOT_THERE, tuple(_cell(by_pair.get((old, new))) for new in now))
            for old in before
        ),
    )


def _cell(flow: Flow | None) -> Cell | None:
    if flow is None:
        return None
    if flow.customers < SUPPRESS_BELOW:
        return Cell(f"<{SUPPRESS_BELOW}", None)
    return Cell(f"{flow.customers:,}", flow.share_of_from)


def migration(moves: Migration, segments: Sequence[Segment], noun: str) -> Drawing:
    """Draw the flows as bands between the old segments and the new ones.

    Flows of fewer than ten customers are not drawn.
    """
    colours = {segment.id: f"s{place}" for place, segment in enumerate(segments)}
    before, now = _sides(moves)
    drawn = [flow for flow in moves.flows if flow.customers >= SUPPRESS_BELOW]
    whole = max(sum(flow.customers for flow in drawn), 1)
    scale = (_HEIGHT - _GAP * (max(len(before), len(now)) - 1)) / whole
    left = _stack(before, [(flow.from_id, flow.customers) for flow in drawn], scale)
    right = _stack(now, [(flow.to_id, flow.customers) for flow in drawn], scale)
    marks: list[Mark] = []
    used_left, used_right = dict(left), dict(right)
    for old in before:
        for new in now:
            flow = next((f for f in drawn if (f.from_id, f.to_id) == (old, new)), None)
            if flow is None:
                continue
            high = flow.customers * scale
            colour = colours.get(new or "", ELSEWHERE)
            marks.append(_band(used_left[old][0], used_right[new][0], high, colour))
            used_left[old] = (used_left[old][0] + high, used_left[old][1])
            used_right[new] = (used_right[new][0] + high, used_right[new][1])
    names = {flow.from_id: flow.from_name for flow in moves.flows}
    marks += _blocks(left, names, colours, at_left=True)
    names = {flow.to_id: flow.to_name for flow in moves.flows}
    marks += _blocks(right, names, colours, at_left=False)
    stayed = sum(flow.customers for flow in drawn if flow.from_id == flow.to_id)
    says = (
        f"Bands from the segments before to those now: {stayed:,} {noun} are in the segment of the "
        f"same id, {moves.moved:,} moved."
    )
    return Drawing(_RIGHT + _WIDE + _LEFT, _HEIGHT + 4, tuple(marks), says)


def _stack(
    order: Sequence[str | None], sizes: Sequence[tuple[str | None, int]], scale: float
) -> dict[str | None, tuple[float, float]]:
    """Place blocks below each other: id to (upper end, height)."""
    placed: dict[str | None, tuple[float, float]] = {}
    y = 2.0
    for one in order:
        high = sum(count for key, count in sizes if key == one) * scale
        placed[one] = (y, high)
        y += high + _GAP
    return placed


def _band(left: float, right: float, high: float, colour: str) -> Area:
    x = np.linspace(0.0, 1.0, _STEPS)
    # 3x² - 2x³ leaves and arrives level.
    bend = x * x * (3 - 2 * x)
    across = _LEFT + _WIDE + (_RIGHT - _LEFT - _WIDE) * x
    upper = left + (right - left) * bend
    outline = np.vstack([points(across, upper), points(across[::-1], (upper + high)[::-1])])
    return Area(outline, colour, 0.35)


def _blocks(
    placed: dict[str | None, tuple[float, float]],
    names: dict[str | None, str | None],
    colours: dict[str, str],
    *,
    at_left: bool,
) -> list[Mark]:
    marks: list[Mark] = []
    for one, (y, high) in placed.items():
        x = _LEFT if at_left else _RIGHT
        marks.append(Rect(x, y, _WIDE, max(high, 1.0), colours.get(one or "", ELSEWHERE)))
        if high < _LEAST_LABELLED:
            continue
        text = (NOT_THERE if at_left else GONE) if one is None else f"{one} {names[one]}"
        where = x - 8 if at_left else x + _WIDE + 8
        anchor = "end" if at_left else "start"
        middle = y + high / 2 + 4
        marks.append(
            Text(where, middle, shortened(text, _ROOM), "ink", 11.5, "end")
            if anchor == "end"
            else Text(where, middle, shortened(text, _ROOM), "ink", 11.5)
        )
    return marks
