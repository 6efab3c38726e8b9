"""Values that the fit never saw: repaired as any other, counted, and many of them are drift."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from clustomer.cleaning.categories import UNKNOWN_LEVEL, CategoryRepair
from clustomer.cleaning.notices import Met
from clustomer.cleaning.repair import ColumnRepair
from clustomer.findings import Finding
from clustomer.rounding import percent

DRIFT: Final = 0.05
"""Share of a column's filled rows with unseen values from which the column has drifted."""
GRAVE: Final = 0.2
"""Share from which segments should not be acted on before the model is fitted again."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """Values of one category column that neither the fit nor the recipe knew under any spelling.

    Parameters
    ----------
    table, column
        The recipe's names.
    values
        Distinct raw values that the fit never saw.
    joined
        Rows of these that were taken for a misspelling of a known value.
    rows
        Rows with such a value.
    filled
        Rows with any value.
    """

    table: str
    column: str
    values: int
    joined: int
    rows: int
    filled: int

    @property
    def share(self) -> float:
        """Share of the filled rows, 0 to 1."""
        return self.rows / self.filled if self.filled else 0.0


def count_unseen(table: str, column: ColumnRepair, met: Iterable[Met], filled: int) -> list[Unseen]:
    """Count the values of a column that the fit never saw; none where there are none.

    Parameters
    ----------
    met
        The values that were looked up: of categories all.
    filled
        Rows of the clean column with a value.
    """
    repair = column.repair
    if not isinstance(repair, CategoryRepair):
        return []
    new = [
        one
        for one in met
        if one.repaired.rule != UNKNOWN_LEVEL and repair.unseen(one.raw, one.count)
    ]
    if not new:
        return []
    known = repair.kept_values()
    joined = sum(one.count for one in new if one.repaired.value in known)
    return [Unseen(table, column.name, len(new), joined, sum(one.count for one in new), filled)]


def drift_findings(unseen: Iterable[Unseen]) -> list[Finding]:
    """Columns in which many rows hold what the fit never saw."""
    return [
        Finding(
            "unseen-drift",
            "problem" if one.share >= GRAVE else "warning",
            f"{one.table}.{one.column}: {percent(one.share)} of the values "
            f"({one.rows:,} of {one.filled:,} rows) were not there when the model was fitted; "
            f"from {percent(DRIFT)} on the column has drifted.",
            "fit again on data with these values, or correct them at their source",
        )
        for one in unseen
        if one.share >= DRIFT
    ]
