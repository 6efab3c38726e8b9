"""What was repaired in single cells: for the audit, the record of rows and the findings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from clustomer.cleaning.audit import Action, AuditRow
from clustomer.cleaning.rules import confidence
from clustomer.errors import listed
from clustomer.findings import Finding

AGREEMENT: Final = "agreement"
RUN_TOGETHER: Final = "run-together"
CELL_RULES: Final = (AGREEMENT, RUN_TOGETHER)
"""Rules that hold for single rows, not for every row of a value."""


@dataclass(frozen=True, slots=True)
class CellRepair:
    """One cell that was repaired by what else its row says.

    Parameters
    ----------
    row
        Position of the row in its source.
    column
        Canonical name of the column.
    before, after
        The clean value before and after; "" is a blank.
    rule
        ``agreement`` or ``run-together``.
    because
        The columns that say so.
    """

    row: int
    column: str
    before: str
    after: str
    rule: str
    because: tuple[str, ...]


def actions(table: str, cells: Iterable[CellRepair]) -> list[Action]:
    """The repairs of a table's cells as rows of the record of what was done to single rows."""
    return [Action(table, one.row, "derive", one.column, one.after, one.rule) for one in cells]


def audit_rows(table: str, cells: Iterable[CellRepair]) -> list[AuditRow]:
    """The repairs of cells for the audit: value before and after, and the number of rows."""
    counts = Counter((one.column, one.before, one.after, one.rule) for one in cells)
    return [
        AuditRow(table, column, before, after, rule, count, confidence(rule))
        for (column, before, after, rule), count in sorted(counts.items())
    ]


def cell_findings(table: str, cells: Iterable[CellRepair]) -> tuple[Finding, ...]:
    """Say how many cells of each column were repaired, and by which columns."""
    groups: dict[tuple[str, str], list[CellRepair]] = defaultdict(list)
    for cell in cells:
        groups[cell.column, cell.rule].append(cell)
    says = {
        AGREEMENT: "repaired, a slip of writing beside what {} says.",
        RUN_TOGETHER: "taken apart from or given by {}: two columns stood in one.",
    }
    return tuple(
        Finding(
            "repaired-cells",
            "note",
            f"{table}.{column}: {len(one):,} cell{'s' if len(one) != 1 else ''} "
            + says[rule].format(listed(sorted({name for cell in one for name in cell.because}))),
            f"if that is wrong, name the values in exceptions of column {column} in the recipe",
        )
        for (column, rule), one in groups.items()
    )
