"""Precision and recall of the repairs on data whose truth is known.

``python benchmarks/repairs.py`` cleans dirty.csv of repair_hospital and repair_beers (in the folder
that CLUSTOMER_DATA names) with a recipe that says nothing but the kind of each column, and compares
every cell with clean.csv. `--worst N` prints wrong repairs, `--missed N` what was left.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Final

import pyarrow as pa

from clustomer.cleaning.clean import learn_and_apply
from clustomer.cleaning.values import shown
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.names import ROW, Kind
from clustomer.recipe.settings import ColumnSettings, TableSettings

NUMBERS: Final[Mapping[str, tuple[str, ...]]] = {"beers": ("ounces", "abv", "ibu"), "hospital": ()}
"""Columns that clean.csv holds as plain numbers; every other column but the ids is a category."""
KEYS: Final[Mapping[str, tuple[str, ...]]] = {"beers": ("index", "id"), "hospital": ("index",)}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a data set: as it came, as it was left by the repairs, as it should be."""

    column: str
    dirty: str
    repaired: str
    clean: str


@dataclass(frozen=True, slots=True)
class Score:
    """Cells that were wrong, cells that were changed, and changed cells that are right now."""

    dirty: int
    changed: int
    right: int

    @property
    def precision(self) -> float:
        """Share of the changed cells that are right now; 1 where none was changed."""
        return self.right / self.changed if self.changed else 1.0

    @property
    def recall(self) -> float:
        """Share of the wrong cells that are right now."""
        return self.right / self.dirty if self.dirty else 1.0


def repaired_cells(name: str, folder: Path) -> list[Cell]:
    """Clean one data set; every cell, row by row.

    Parameters
    ----------
    name
        ``"hospital"`` or ``"beers"``.
    folder
        Holds dirty.csv and clean.csv, aligned by row and position.
    """
    dirty, clean = (_rows(folder / f"{side}.csv") for side in ("dirty", "clean"))
    header, given, wanted = dirty[0], dirty[1:], clean[1:]
    kinds = {column: _kind(name, column) for column in header}
    after = _clean(header, given, kinds)
    return [
        Cell(column, row[at], after[column][number], wanted[number][at])
        for number, row in enumerate(given)
        for at, column in enumerate(header)
    ]


def score(cells: Sequence[Cell]) -> Score:
    """Count; cells that hold equal numbers are equal, however they are written."""
    dirty = sum(not same(cell.dirty, cell.clean) for cell in cells)
    changed = [cell for cell in cells if not same(cell.dirty, cell.repaired)]
    return Score(dirty, len(changed), sum(same(cell.repaired, cell.clean) for cell in changed))


def same(one: str, other: str) -> bool:
    """Whether two cells hold one text, or one number: binary noise (0.056000000000000001) aside."""
    if one == other:
        return True
    try:
        return isclose(float(one), float(other), rel_tol=1e-12)
    except ValueError:
        return False


def _clean(
    header: Sequence[str], rows: Sequence[Sequence[str]], kinds: Mapping[str, Kind]
) -> dict[str, list[str]]:
    table = pa.table(
        {c: pa.array([row[at] for row in rows], pa.string()) for at, c in enumerate(header)}
    ).append_column(ROW, pa.array(range(len(rows)), pa.int64()))
    columns = {column: ColumnSettings(kind=kind) for column, kind in kinds.items()}
    engine = DuckDBEngine()
    try:
        engine.load("raw", table)
        names = {column: column for column in header}
        settings = TableSettings(role="lines", columns=columns)
        learn_and_apply(engine, "raw", names, settings, "t", "clean")
        after = engine.arrow(f"SELECT * FROM clean ORDER BY {ROW}").to_pydict()
    finally:
        engine.close()
    return {column: [shown(value) for value in after[column]] for column in header}


def _kind(name: str, column: str) -> Kind:
    if column in KEYS[name]:
        return "key"
    return "number" if column in NUMBERS[name] else "category"


def _rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def _print_some(title: str, cells: Sequence[Cell], most: int) -> None:
    counts = Counter((cell.column, cell.dirty, cell.repaired, cell.clean) for cell in cells)
    print(f"\n{title}: {len(cells)} cells")
    for (column, dirty, repaired, clean), count in counts.most_common(most):
        print(f"{count:5}  {column}: {dirty!r} -> {repaired!r}, right is {clean!r}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CLUSTOMER_DATA", ".")))
    parser.add_argument("--worst", type=int, default=0)
    parser.add_argument("--missed", type=int, default=0)
    given = parser.parse_args()
    print("| data set | dirty cells | changed | right | precision | recall |")
    print("|---|---|---|---|---|---|")
    every: dict[str, list[Cell]] = {}
    for name in NUMBERS:
        cells = every[name] = repaired_cells(name, given.data / f"repair_{name}")
        got = score(cells)
        print(
            f"| repair_{name} | {got.dirty:,} | {got.changed:,} | {got.right:,} "
            f"| {got.precision:.3f} | {got.recall:.3f} |"
        )
    for name, cells in every.items():
        changed = [c for c in cells if not same(c.dirty, c.repaired)]
        if given.worst:
            wrong = [c for c in changed if not same(c.repaired, c.clean)]
            _print_some(f"{name}: wrong repairs", wrong, given.worst)
        if given.missed:
            left = [c for c in cells if not same(c.repaired, c.clean)]
            _print_some(f"{name}: not right", left, given.missed)


if __name__ == "__main__":
    main()
