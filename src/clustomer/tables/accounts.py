"""Row accounts: every row read is used or quarantined, and every quarantined line is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One source line that was set aside.

    Parameters
    ----------
    table
        The recipe's name of the table.
    line
        Line in the source file, the first line being 1 (for Parquet and Arrow: row, first row 1).
    reason
        Why, in plain words; lines with the same reason carry the same text.
    raw
        The source line as it stands in the file, without its line end.
    source
        The file (sheet, database table) that the line stands in.
    """

    table: str
    line: int
    reason: str
    raw: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """How the rows of one table were used. ``read == used + quarantined`` always holds.

    Raises
    ------
    ValueError
        When made with numbers that do not add up: a bug of ours, never the user's.
    """

    table: str
    source: str
    read: int
    used: int
    reasons: tuple[tuple[str, int], ...] = ()
    """Reason and number of rows, most frequent first."""

    def __post_init__(self) -> None:
        if self.read != self.used + self.quarantined:
            raise ValueError(
                f"{self.table}: {self.read} rows read, but {self.used} used "
                f"and {self.quarantined} quarantined"
            )

    @property
    def quarantined(self) -> int:
        """Rows set aside for any reason."""
        return sum(count for _, count in self.reasons)


def account(table: str, source: str, read: int, quarantined: Iterable[Quarantined]) -> Account:
    """Draw up the account of a table from its quarantined lines."""
    reasons = Counter(line.reason for line in quarantined)
    ordered = tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    return Account(table, source, read, read - sum(reasons.values()), ordered)
