"""Precision and recall of the pairs that are proposed as one customer, beside Splink's.

``python benchmarks/duplicates.py`` looks for the same person in the data sets of FEBRL
(dataset1.csv and dataset2.csv in the folder ``febrl`` of the one that CLUSTOMER_DATA names), whose
ids tell the truth: ``rec-12-org`` and ``rec-12-dup-0`` are one. Nothing about the data is given but
the names of their columns. Splink runs with its own default comparisons and its own training on the
same keys, if it is installed.
"""

from __future__ import annotations

import csv
import importlib.util
import os
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from clustomer.cleaning.same.by_splink import splink_pairs
from clustomer.cleaning.same.fields import Field, guess_fields, plain_values
from clustomer.cleaning.same.find import find_same
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.names import ROW
from clustomer.recipe.settings import SameSettings

THRESHOLD = 0.95


@dataclass(frozen=True, slots=True)
class Found:
    """Proposed pairs against the truth; `precision` and `recall` are shares, 0 to 1."""

    pairs: int
    precision: float
    recall: float
    seconds: float


def read(path: Path) -> list[dict[str, str]]:
    """Read a data set; its names and values have spaces before them."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            {name.strip(): value.strip() for name, value in row.items()}
            for row in csv.DictReader(file)
        ]


def person(record: str) -> str:
    """The person of a record: ``rec-12-dup-0`` is 12."""
    return record.split("-")[1]


def judged(ids: Iterable[str], pairs: set[frozenset[str]], seconds: float) -> Found:
    """Count the pairs that are right, and those of the truth that were found."""
    every = sum(n * (n - 1) // 2 for n in Counter(map(person, ids)).values())
    right = sum(len({person(one) for one in pair}) == 1 for pair in pairs)
    return Found(len(pairs), right / max(len(pairs), 1), right / every, seconds)


def ours(rows: list[dict[str, str]], threshold: float = THRESHOLD) -> Found:
    """The pairs that a fit would propose."""
    columns = [name for name in rows[0] if name != "rec_id"]
    table = pa.table({n: pa.array([row[n] or None for row in rows], pa.string()) for n in rows[0]})
    engine = DuckDBEngine()
    try:
        engine.load("raw", table.append_column(ROW, pa.array(range(len(rows)), pa.int64())))
        begin = time.process_time()
        same = find_same(
            engine, "raw", columns, "raw", "rec_id",
            SameSettings(threshold=threshold), None, seed=0,
        )  # fmt: skip
        seconds = time.process_time() - begin
    finally:
        engine.close()
    pairs = {frozenset((one.id, one.other_id)) for one in same.proposals}
    return judged([row["rec_id"] for row in rows], pairs, seconds)


def splinks(rows: list[dict[str, str]], threshold: float = THRESHOLD) -> Found:
    """The pairs that Splink finds with its defaults."""
    values: Mapping[Field, list[str]] = {
        field: plain_values(field, [row[column] or None for row in rows])
        for field, column in guess_fields([n for n in rows[0] if n != "rec_id"]).items()
    }
    ids = [row["rec_id"] for row in rows]
    begin = time.process_time()
    left, right, _ = splink_pairs(values, threshold=threshold, seed=1)
    seconds = time.process_time() - begin
    pairs = {frozenset((ids[a], ids[b])) for a, b in zip(left, right, strict=True)}
    return judged(ids, pairs, seconds)


def main() -> None:
    """Print the table."""
    folder = Path(os.environ.get("CLUSTOMER_DATA", "../shared/data")) / "febrl"
    print("| data | by | pairs proposed | precision | recall | CPU seconds |")
    print("|---|---|---|---|---|---|")
    for name in ("dataset1", "dataset2"):
        rows = read(folder / f"{name}.csv")
        sides = {"clustomer": ours}
        if importlib.util.find_spec("splink") is not None:
            sides["Splink, its defaults"] = splinks
        for side, look in sides.items():
            one = look(rows)
            print(
                f"| febrl {name} | {side} | {one.pairs:,} | {one.precision:.3f} "
                f"| {one.recall:.3f} | {one.seconds:.1f} |"
            )


if __name__ == "__main__":
    main()
