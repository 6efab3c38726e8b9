"""Charts of two runs beside each other: who moved from which segment to which."""

from __future__ import annotations

from collections.abc import Sequence

from clustomer.app.charts import Chart, Theme, colours, faded, layout, plain_text
from clustomer.report.style import segment_colour
from clustomer.segments.migration import Flow, Migration
from clustomer.segments.segment import Segment

GONE = "not in this run any more"
CAME = "not in the earlier run"


def sankey(
    moves: Migration, before: Sequence[Segment], now: Sequence[Segment], theme: Theme
) -> Chart:
    """Draw the flows between the segments of two runs."""
    paint = colours(theme)
    left = [(one.id, f"{one.id} {one.name}") for one in before]
    right = [(one.id, f"{one.id} {one.name}") for one in now]
    names = [*(name for _, name in left), CAME, *(name for _, name in right), GONE]
    tints = [
        *(segment_colour(at) for at in range(len(left))),
        paint["soft"],
        *(segment_colour(at) for at in range(len(right))),
        paint["soft"],
    ]
    start = {id_: at for at, (id_, _) in enumerate(left)}
    end = {id_: len(left) + 1 + at for at, (id_, _) in enumerate(right)}
    flows = [flow for flow in moves.flows if flow.customers]
    trace = {
        "type": "sankey",
        "arrangement": "snap",
        "node": {
            "label": [plain_text(name) for name in names],
            "color": tints,
            "pad": 18,
            "thickness": 16,
            "line": {"width": 0},
            "hovertemplate": "%{label}: %{value:,}<extra></extra>",
        },
        "link": {
            "source": [start.get(flow.from_id or "", len(left)) for flow in flows],
            "target": [end.get(flow.to_id or "", len(names) - 1) for flow in flows],
            "value": [flow.customers for flow in flows],
            "color": [_tint(flow, start, paint["soft"]) for flow in flows],
            "hovertemplate": "from %{source.label}<br>to %{target.label}: %{value:,}"
            "<extra></extra>",
        },
    }
    said = f"{moves.moved:,} of {moves.in_both:,} in both runs are in another segment; "
    said += f"{moves.came:,} are new and {moves.gone:,} are gone."
    return Chart((trace,), layout(theme, 520), said)


def _tint(flow: Flow, start: dict[str, int], soft: str) -> str:
    return faded(start[flow.from_id], 0.4) if flow.from_id in start else soft
