"""The audit: every repair as a row, raw beside canonical, with its rule and number of rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One distinct raw value that became another.

    `repaired` is the empty text for what became blank; `count` is a number of rows.
    """

    table: str
    column: str
    raw: str
    repaired: str
    rule: str
    count: int


def audit_table(rows: Iterable[AuditRow]) -> pa.Table:
    """Lay the audit out as an Arrow table.

    Returns
    -------
    pyarrow.Table
        Text columns ``table``, ``column``, ``raw``, ``repaired``, ``rule`` and ``count`` (int64),
        in the order of the rows.
    """
    import pyarrow as pa

    every = list(rows)
    names = [field.name for field in fields(AuditRow)]
    kinds = {"count": pa.int64()}
    return pa.table(
        {
            name: pa.array([getattr(row, name) for row in every], kinds.get(name, pa.string()))
            for name in names
        }
    )
