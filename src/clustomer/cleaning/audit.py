"""The audit: every repair as a row, raw beside canonical, with its rule and number of rows.

What is done to every row with the same raw value is one row of `audit_table`. What is done to one
row of a source is one row of `actions_table`: a blank filled from other columns, a repeat dropped.
How the texts of a column are read that no repair names is one row of `readings_table`. Together
they give the clean tables again; see `clustomer.cleaning.replay`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal

from clustomer.cleaning import rules

if TYPE_CHECKING:
    import pyarrow as pa

    from clustomer.names import Kind

DECIDED: Final = {"accepted": "accept", "rejected": "reject", "set": "set"}
"""Rules that stand for a person's decision, and the verdict of each."""

_ROUNDING: Final = 1e-9
"""What a confidence may lose on its way through a file."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One distinct raw value that became another.

    `repaired` is the empty text for what became blank; `count` is a number of rows; `confidence`
    (0 to 1) tells how sure the rule is.
    """

    table: str
    column: str
    raw: str
    repaired: str
    rule: str
    count: int
    confidence: float = 1.0

    @property
    def decision(self) -> str:
        """What a person said of it: ``accept``, ``reject``, ``set``, or nothing."""
        return DECIDED.get(self.rule, "")

    @property
    def reason(self) -> str:
        """The rule in words."""
        return rules.reason(self.rule)


@dataclass(frozen=True, slots=True)
class Action:
    """What was done to one row of a table, on top of the repairs of its values.

    Parameters
    ----------
    table
        The recipe's name of the table.
    row
        Position of the row in its source as it was read, 0 for the first.
    action
        ``derive``: a blank cell was filled; ``drop``: the row is not used.
    column, value
        The cell that was filled and its clean value as text; empty for ``drop``.
    rule
        Why, in a word or a formula.
    """

    table: str
    row: int
    action: Literal["derive", "drop"]
    column: str
    value: str
    rule: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a column is read where no repair says otherwise.

    `kind` decides: the texts of a ``number`` are read as plain numbers, those of a ``date`` as ISO
    dates, all others are taken as they stand. `source` is the column's name in the source.
    """

    table: str
    column: str
    source: str
    kind: Kind


_COLUMNS: Final = (
    "table",
    "column",
    "raw",
    "repaired",
    "rule",
    "count",
    "confidence",
    "decision",
    "reason",
)


def audit_table(rows: Iterable[AuditRow]) -> pa.Table:
    """Lay the audit out as an Arrow table.

    Returns
    -------
    pyarrow.Table
        Text columns ``table``, ``column``, ``raw``, ``repaired``, ``rule``, ``decision`` and
        ``reason`` (the rule in words), ``count`` (int64) and ``confidence`` (float64, 0 to 1), in
        the order of the rows.
    """
    import pyarrow as pa

    every = list(rows)
    kinds = {"count": pa.int64(), "confidence": pa.float64()}
    return pa.table(
        {
            name: pa.array([getattr(row, name) for row in every], kinds.get(name, pa.string()))
            for name in _COLUMNS
        }
    )


def actions_table(actions: Iterable[Action]) -> pa.Table:
    """Lay actions on single rows out as an Arrow table; ``row`` is int64, all else text."""
    import pyarrow as pa

    every = list(actions)
    return pa.table(
        {
            field.name: pa.array(
                [getattr(action, field.name) for action in every],
                pa.int64() if field.name == "row" else pa.string(),
            )
            for field in fields(Action)
        }
    )


def readings_table(readings: Iterable[Reading]) -> pa.Table:
    """Lay the readings of the columns out as an Arrow table of text columns."""
    import pyarrow as pa

    every = list(readings)
    return pa.table(
        {
            field.name: pa.array([getattr(one, field.name) for one in every], pa.string())
            for field in fields(Reading)
        }
    )


def worst_first(audit: pa.Table) -> pa.Table:
    """Order an audit by what a person should look at first.

    First the repairs that can be doubted; then the readings of a column's own way of writing (see
    `rules.reads_column`) that are as sure as their rule: one decimal comma is right or wrong with
    all the others; last what a person decided on. Within each, a repair on n rows with confidence
    c is expected to be wrong on n (1 - c) of them, and the most come first. Of equals, the one on
    more rows comes first, then the spelling.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    # By rule the confidence from which a repair is a plain reading; no repair has more than 1.
    plain_from = {
        rule: rules.confidence(rule) - _ROUNDING if rules.reads_column(rule) else 2.0
        for rule in pc.unique(audit["rule"]).to_pylist()
    }
    least = pa.array([plain_from[rule] for rule in audit["rule"].to_pylist()], pa.float64())
    doubt = pc.multiply(pc.subtract(1.0, audit["confidence"]), audit["count"])
    keys = {
        "decided": pc.not_equal(audit["decision"], ""),
        "plain": pc.greater_equal(audit["confidence"], least),
        "doubt": doubt,
    }
    keyed = audit
    for name, key in keys.items():
        keyed = keyed.append_column(name, key)
    order = [("decided", "ascending"), ("plain", "ascending")]
    order += [("doubt", "descending"), ("count", "descending")]
    order += [(name, "ascending") for name in ("table", "column", "raw")]
    return keyed.sort_by(order).drop_columns([*keys])
