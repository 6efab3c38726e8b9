"""Reading, accounting and cleaning beside DuckDB's bare `read_csv`: the runs and their table."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SIDES: Final = ("read_csv", "clustomer")
Timed = Callable[[list[str], Path], tuple[float, float, float]]
"""Runs a process; returns seconds, processor seconds and peak memory in MiB."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One run of one side: seconds by the clock and of all processors, peak MiB, rows."""

    side: str
    customers: int
    wall: float
    processor: float
    memory: float
    load: float
    rows: int


def measure(timed: Timed, command: list[str], customers: int, data: Path, work: Path) -> Reading:
    """Run one side once; `command` is the interpreter, the script and the side."""
    out = work / "reading"
    load = os.getloadavg()[0]
    wall, processor, memory = timed([*command, str(data), str(out)], work / "log")
    found = json.loads((out / "reading.json").read_text(encoding="utf-8"))
    return Reading(
        side=command[-1],
        customers=customers,
        wall=round(wall, 2),
        processor=round(processor, 2),
        memory=round(memory, 1),
        load=round(load, 2),
        rows=found["rows"],
    )


def table(runs: list[Reading]) -> str:
    """Lay the medians side by side: a Markdown table for each size."""
    parts = []
    for customers in sorted({one.customers for one in runs}):
        here = {
            side: [one for one in runs if (one.side, one.customers) == (side, customers)]
            for side in SIDES
        }
        bare, ours = here["read_csv"], here["clustomer"]
        if {one.rows for one in bare} != {one.rows for one in ours}:
            raise ValueError(f"the sides read {bare[0].rows} and {ours[0].rows} rows")
        lines = [
            f"## Reading, {customers:,} customers, {ours[0].rows:,} rows",
            "",
            "| | DuckDB's read_csv | clustomer: read, account, clean | ratio |",
            "|---|---|---|---|",
        ]
        for label, name, form in (
            ("seconds, whole process", "wall", "{:.1f}"),
            ("processor seconds", "processor", "{:.1f}"),
            ("peak memory, MiB", "memory", "{:,.0f}"),
        ):
            of = [statistics.median(getattr(one, name) for one in each) for each in (bare, ours)]
            cells = " | ".join(form.format(value) for value in of)
            lines.append(f"| {label} | {cells} | {of[1] / of[0]:.2f} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)
