"""Cleaning a table: survey its values, learn the repairs, put them to work, record them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clustomer.cleaning.audit import Action, AuditRow, audit_table
from clustomer.cleaning.cellrecord import actions, audit_rows, cell_findings
from clustomer.cleaning.cells import learn_cells, mend_cells
from clustomer.cleaning.decided import decide, met_decided, without
from clustomer.cleaning.decisions import Decision
from clustomer.cleaning.learn import learn
from clustomer.cleaning.mend import mend_values
from clustomer.cleaning.notices import Met, notices
from clustomer.cleaning.plausible import implausible
from clustomer.cleaning.repair import ColumnRepair, TableRepairs
from clustomer.cleaning.survey import Survey, survey
from clustomer.cleaning.unseen import Unseen, count_unseen
from clustomer.cleaning.values import shown
from clustomer.engines.base import Engine
from clustomer.findings import Finding
from clustomer.names import DateOrder
from clustomer.recipe.settings import TableSettings

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A clean relation and the record of how it came about.

    Parameters
    ----------
    relation
        Name of the relation: ``source_row``, then the canonical columns. Keys, categories,
        ordinals and text are text; numbers double; dates timestamps without a zone.
    rows
        Number of rows, the same as in the raw relation.
    audit
        See `audit.audit_table`.
    blanks
        Canonical column -> rows without a value, after cleaning.
    findings
        What a person should know.
    actions
        What was done to single rows, on top of the repairs of their values.
    unseen
        At scoring: values that the fit never saw, by column.
    """

    relation: str
    rows: int
    audit: pa.Table
    blanks: Mapping[str, int]
    findings: tuple[Finding, ...]
    actions: tuple[Action, ...] = ()
    unseen: tuple[Unseen, ...] = ()

    @property
    def dropped(self) -> list[tuple[int, str]]:
        """Source row and reason of the rows that the relation no longer holds."""
        return [(one.row, one.rule) for one in self.actions if one.action == "drop"]


def learn_and_apply(
    engine: Engine,
    relation: str,
    mapping: Mapping[str, str],
    settings: TableSettings,
    table_name: str,
    into: str,
    decisions: Sequence[Decision] = (),
    elsewhere: tuple[str, DateOrder] | None = None,
) -> tuple[TableRepairs, Cleaned]:
    """Learn and apply with one survey of the distinct values: `learn`, then `apply`.

    A person's decisions come before what is learnt; see `decided.decide`. `elsewhere` names a date
    column of another table of the source, and the order that it shows.
    """
    kinds = {name: column.kind for name, column in settings.columns.items()}
    seen = survey(engine, relation, mapping, kinds)
    repairs = learn(engine, relation, mapping, settings, table_name, seen, elsewhere)
    repairs, lost = decide(engine, relation, mapping, repairs, decisions)
    cleaned = _with_values(engine, relation, mapping, repairs, into, seen)
    repairs = learn_cells(engine, into, repairs)
    cleaned = _with_cells(engine, cleaned, repairs)
    return repairs, replace(cleaned, findings=(*cleaned.findings, *lost))


def apply(
    engine: Engine,
    relation: str,
    mapping: Mapping[str, str],
    repairs: TableRepairs,
    into: str,
) -> Cleaned:
    """Clean a relation with repairs learnt before; nothing is learnt here.

    Parameters
    ----------
    engine, relation, mapping
        As for `learn`; the relation may be another one, stored in other types.
    repairs
        What `learn` gave, or what a model holds.
    into
        Name of the clean relation.

    Raises
    ------
    ValueError
        When the number of rows changed: a bug of ours, never the user's.
    """
    kinds = {c.name: c.kind for c in repairs.columns if c.name in mapping}
    seen = survey(engine, relation, mapping, kinds)
    cleaned = _with_values(engine, relation, mapping, repairs, into, seen)
    return _with_cells(engine, cleaned, repairs)


def _with_values(
    engine: Engine,
    relation: str,
    mapping: Mapping[str, str],
    repairs: TableRepairs,
    into: str,
    seen: Survey,
) -> Cleaned:
    """Repair values by what the whole column says, and record it."""
    columns = [column for column in repairs.columns if column.name in mapping]
    met = mend_values(engine, relation, mapping, columns, into, seen)
    [before] = engine.counts(relation)
    rows, *filled = engine.counts(into, [column.name for column in columns])
    if rows != before:
        raise ValueError(f"{repairs.table}: {before} rows before cleaning, {rows} after")
    stored = engine.columns(relation)
    decided = {c.name: met_decided(engine, relation, mapping[c.name], c, stored) for c in columns}
    met = {name: without(every, decided[name]) for name, every in met.items()}
    return Cleaned(
        into,
        rows,
        audit_table(
            row
            for c in columns
            for row in _audit(repairs.table, c, [*met[c.name], *decided[c.name]])
        ),
        {c.name: rows - n for c, n in zip(columns, filled, strict=True)},
        tuple(f for c in columns for f in notices(repairs.table, c, met[c.name], rows)),
        unseen=tuple(
            one
            for c, n in zip(columns, filled, strict=True)
            for one in count_unseen(repairs.table, c, met[c.name], n)
        ),
    )


def _with_cells(engine: Engine, cleaned: Cleaned, repairs: TableRepairs) -> Cleaned:
    """Repair single cells by the rest of their rows."""
    import pyarrow as pa

    cells = mend_cells(engine, cleaned.relation, repairs)
    blanks = dict(cleaned.blanks)
    for cell in cells:
        blanks[cell.column] -= not cell.before
    there = [column for column in repairs.columns if column.name in cleaned.blanks]
    odd = implausible(engine, cleaned.relation, repairs.table, there)
    told = (*cleaned.findings, *cell_findings(repairs.table, cells), *odd)
    return replace(
        cleaned,
        blanks=blanks,
        findings=told,
        actions=(*cleaned.actions, *actions(repairs.table, cells)),
        audit=pa.concat_tables([cleaned.audit, audit_table(audit_rows(repairs.table, cells))]),
    )


def _audit(table: str, column: ColumnRepair, met: list[Met]) -> list[AuditRow]:
    return [
        AuditRow(
            table,
            column.name,
            m.raw,
            shown(m.repaired.value),
            m.repaired.rule,
            m.count,
            column.confidence(m.raw, m.repaired),
        )
        for m in met
        if m.repaired.rule
    ]
