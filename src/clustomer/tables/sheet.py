"""Where a table stands in a sheet: title rows above the header, blank columns, blank rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

Row = Sequence[object]

LOOKED_AT: Final = 50
"""Rows from the top in which a header is looked for."""


@dataclass(frozen=True, slots=True)
class Region:
    """The part of a sheet that holds the table.

    Parameters
    ----------
    header
        Index of the header's row.
    columns
        Indices of the columns that hold anything in the header or below it.
    names
        Their names; "" where the header is blank there.
    """

    header: int
    columns: tuple[int, ...]
    names: tuple[str, ...]


def find_region(rows: Sequence[Row]) -> Region | None:
    """Find the header of a sheet: the first row of texts that stands over all columns below it.

    Where no row does, it is the fullest row of texts. A header's cells are texts, all different.

    Returns
    -------
    Region or None
        None where the sheet has no row of texts with a row below it.

    Examples
    --------
    >>> find_region([["Sales 2025", "", ""], ["", "", ""], ["id", "", "price"], ["7", "", 2.5]])
    Region(header=2, columns=(0, 2), names=('id', 'price'))
    """
    head = rows[:LOOKED_AT]
    filled = [frozenset(at for at, cell in enumerate(row) if not blank(cell)) for row in rows]
    candidates = [at for at, row in enumerate(head) if _could_be_header(row)]
    below: list[frozenset[int]] = [frozenset()] * (len(rows) + 1)
    for at in range(len(rows) - 1, -1, -1):
        below[at] = below[at + 1] | filled[at]
    candidates = [at for at in candidates if below[at + 1]]
    if not candidates:
        return None
    covering = [at for at in candidates if below[at + 1] <= filled[at]]
    header = covering[0] if covering else max(candidates, key=lambda at: (len(filled[at]), -at))
    columns = tuple(sorted(filled[header] | below[header + 1]))
    names = tuple(str(rows[header][at]).strip() for at in columns)
    return Region(header, columns, names)


def blank(cell: object) -> bool:
    """Whether a cell holds nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _could_be_header(row: Row) -> bool:
    cells = [cell for cell in row if not blank(cell)]
    texts = [cell.strip().lower() for cell in cells if isinstance(cell, str)]
    return bool(cells) and len(texts) == len(cells) and len(set(texts)) == len(texts)
