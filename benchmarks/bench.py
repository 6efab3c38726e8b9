"""Clustomer and a plain notebook on the same demo data, side by side; reading beside `read_csv`.

Usage: ``python benchmarks/bench.py [--customers N ...] [--repeats R] [--only SIDE] [--core PYTHON]
[--out DIR]``. ``--only reading --customers 1000000`` compares reading, accounting and cleaning of a
million customers (about twelve million lines) with DuckDB's bare `read_csv` of the same files.

Each side runs as a process of its own, in turn; the clock is the wall clock of the whole process,
start of Python and imports included, and the memory is its peak resident set (`os.wait4`). This
process imports nothing heavy, for a child's peak begins at the size of its parent.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import reading
from reading import Reading

HERE: Final = Path(__file__).parent
SIDES: Final = {"notebook": "notebook_peer.py", "clustomer": "clustomer_side.py"}
SIZES: Final = (20_000, 200_000)
READING: Final = "reading"
READINGS: Final = 3
"""Runs of each side of the reading, at least: they are short."""
PACKAGES: Final = ("duckdb", "numpy", "pandas", "pyarrow", "scikit-learn")
ERROR_LINES: Final = 15
MEBI: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one side: seconds by the clock and of all processors, peak MiB, truth."""

    side: str
    customers: int
    wall: float
    processor: float
    memory: float
    load: float
    seconds: dict[str, float]
    ari: float
    segments: int


class FailedError(Exception):
    """A process of the benchmark failed."""


def timed(command: list[str], log: Path) -> tuple[float, float, float]:
    """Run a process to its end; returns seconds, processor seconds and peak memory in MiB."""
    start = time.perf_counter()
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    # The process has been waited for here; Popen must not wait for it again.
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        said = log.read_text(encoding="utf-8", errors="replace").splitlines()[-ERROR_LINES:]
        raise FailedError("\n".join([f"{' '.join(command)} failed:", *said]))
    unit = 1 if sys.platform == "darwin" else 1024
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / MEBI


def python(script: str, *arguments: str | Path) -> list[str]:
    """Return the command that runs one of the scripts here."""
    return [sys.executable, str(HERE / script), *map(str, arguments)]


def generate(folder: Path, customers: int, log: Path) -> tuple[float, float, float]:
    """Write the demo data in a process of its own."""
    work = f"from clustomer import write_demo; write_demo({str(folder)!r}, customers={customers})"
    return timed([sys.executable, "-c", work], log)


def measure(side: str, customers: int, data: Path, work: Path, core: str) -> Measured:
    """Run one side once; clustomer's runs in the interpreter `core`."""
    out = work / side
    if out.exists():
        shutil.rmtree(out)
    load = os.getloadavg()[0]
    command = python(SIDES[side], data, out)
    if side == "clustomer":
        command[0] = core
    wall, processor, memory = timed(command, work / "log")
    timed(python("agreement.py", data, out), work / "agreement")
    found = json.loads((work / "agreement").read_text(encoding="utf-8").splitlines()[-1])
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    return Measured(
        side=side,
        customers=customers,
        wall=round(wall, 2),
        processor=round(processor, 2),
        memory=round(memory, 1),
        load=round(load, 2),
        seconds=result["seconds"],
        ari=found["ari"],
        segments=found["segments"],
    )


def run(
    sizes: list[int], sides: list[str], repeats: int, core: str
) -> tuple[list[Measured], list[Reading], list[str]]:
    """Measure every side on every size, in turn; returns the runs and what making the data took."""
    runs: list[Measured] = []
    readings: list[Reading] = []
    made: list[str] = []
    for customers in sizes:
        with tempfile.TemporaryDirectory(prefix="clustomer-bench-") as folder:
            work = Path(folder)
            data = work / "data"
            wall, _, memory = generate(data, customers, work / "log")
            size = sum(path.stat().st_size for path in data.iterdir()) / 1e6
            made.append(
                f"Demo data of {customers:,} customers: {size:,.0f} MB in {wall:.1f} s, "
                f"peak memory {memory:,.0f} MiB."
            )
            show(made[-1])
            if READING in sides:
                readings += read(customers, data, work, max(repeats, READINGS), core)
            for _ in range(repeats):
                for side in (side for side in sides if side in SIDES):
                    runs.append(measure(side, customers, data, work, core))
                    last = runs[-1]
                    show(f"{side}: {last.wall:.1f} s, {last.memory:,.0f} MiB, ARI {last.ari:.3f}")
    return runs, readings, made


def read(customers: int, data: Path, work: Path, repeats: int, core: str) -> list[Reading]:
    """Measure reading, accounting and cleaning, and the bare `read_csv`, in turn."""
    runs: list[Reading] = []
    for _ in range(repeats):
        for side in reading.SIDES:
            command = [core, str(HERE / "reading_side.py"), side]
            runs.append(reading.measure(timed, command, customers, data, work))
            last = runs[-1]
            show(f"reading, {side}: {last.wall:.1f} s, {last.memory:,.0f} MiB")
    return runs


def show(line: str) -> None:
    """Print a line at once, for runs take minutes."""
    print(line, flush=True)


def summary(runs: list[Measured]) -> str:
    """Lay the medians side by side: a Markdown table for each size."""
    parts: list[str] = []
    for customers in sorted({one.customers for one in runs}):
        here = [one for one in runs if one.customers == customers]
        sides = [side for side in SIDES if any(one.side == side for one in here)]
        by_side = {side: [one for one in here if one.side == side] for side in sides}
        parts.append(f"## {customers:,} customers\n\n" + "\n".join(_table(by_side)))
        parts.extend(_stages(side, own) for side, own in by_side.items())
    return "\n\n".join(parts)


def _table(by_side: dict[str, list[Measured]]) -> list[str]:
    wall = {side: statistics.median(one.wall for one in own) for side, own in by_side.items()}
    work = {side: statistics.median(one.processor for one in own) for side, own in by_side.items()}
    memory = {side: statistics.median(one.memory for one in own) for side, own in by_side.items()}
    rows = [
        ("seconds, whole process", {side: f"{value:.1f}" for side, value in wall.items()}),
        ("processor seconds", {side: f"{value:.1f}" for side, value in work.items()}),
        ("peak memory, MiB", {side: f"{value:,.0f}" for side, value in memory.items()}),
        ("adjusted Rand index", {side: f"{own[0].ari:.3f}" for side, own in by_side.items()}),
        ("segments", {side: str(own[0].segments) for side, own in by_side.items()}),
    ]
    ratios = [""] * len(rows)
    if set(by_side) == set(SIDES):
        ratios[0] = f"{wall['notebook'] / wall['clustomer']:.1f} times faster"
        ratios[1] = f"{work['notebook'] / work['clustomer']:.1f} times less work"
        ratios[2] = f"{memory['clustomer'] / memory['notebook']:.2f} of it"
    lines = [f"| | {' | '.join(by_side)} | clustomer is |", "|---" * (len(by_side) + 2) + "|"]
    for (label, cells), ratio in zip(rows, ratios, strict=True):
        lines.append(f"| {label} | {' | '.join(cells.values())} | {ratio} |")
    return lines


def _stages(side: str, own: list[Measured]) -> str:
    rows = [
        f"| {stage} | {statistics.median(one.seconds[stage] for one in own):.2f} |"
        for stage in own[0].seconds
    ]
    return "\n".join([f"| {side}, stage | seconds |", "|---|---|", *rows])


def machine() -> str:
    """Say what it ran on."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {packages}."


def settings() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="clustomer and a plain notebook, side by side")
    parser.add_argument("--customers", type=int, nargs="+", default=list(SIZES), metavar="N")
    parser.add_argument("--repeats", type=int, default=1, metavar="R", help="runs of each side")
    parser.add_argument("--only", choices=[*SIDES, READING], help="run one side alone")
    parser.add_argument(
        "--core",
        default=sys.executable,
        metavar="PYTHON",
        help="interpreter of clustomer's side: an environment as its users have it",
    )
    parser.add_argument("--out", type=Path, default=Path("bench-out"), metavar="DIR")
    return parser.parse_args()


def main() -> None:
    """Measure, print the tables and write them down."""
    given = settings()
    sides = [given.only] if given.only else [*SIDES, READING]
    try:
        runs, readings, made = run(given.customers, sides, given.repeats, given.core)
    except FailedError as error:
        sys.exit(str(error))
    loads = [*(one.load for one in runs), *(one.load for one in readings)]
    about = (
        f"{machine()} Median of {given.repeats}. Load of the machine before each run: "
        f"{min(loads):.1f} to {max(loads):.1f}."
    )
    parts = ["# clustomer and a notebook", about, "\n".join(made), summary(runs)]
    text = "\n\n".join(part for part in (*parts, reading.table(readings)) if part)
    given.out.mkdir(parents=True, exist_ok=True)
    name = f"notebook-{given.only}" if given.only else "notebook"
    kept = {
        "machine": machine(),
        "runs": [asdict(one) for one in runs],
        "readings": [asdict(one) for one in readings],
    }
    (given.out / f"{name}.json").write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    (given.out / f"{name}.md").write_text(text + "\n", encoding="utf-8")
    show(f"\n{text}\n\nWritten to {given.out / name}.json and .md")


if __name__ == "__main__":
    main()
