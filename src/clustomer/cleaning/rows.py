"""What is done to rows once their values are clean: blanks derived, repeats dropped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from clustomer.cleaning.audit import audit_table
from clustomer.cleaning.clean import Cleaned
from clustomer.cleaning.decisions import Decision
from clustomer.cleaning.derive import fill, learn_relations
from clustomer.cleaning.repair import TableRepairs
from clustomer.cleaning.repeats import treat_repeats
from clustomer.engines.base import Engine
from clustomer.recipe.settings import TableSettings


def treat_rows(
    engine: Engine,
    raw: str,
    columns: Sequence[str],
    cleaned: Cleaned,
    repairs: TableRepairs,
    settings: TableSettings,
    *,
    order: str | None,
    fitted: bool,
    decisions: Iterable[Decision] = (),
) -> tuple[TableRepairs, Cleaned]:
    """Derive the blanks of a clean table and treat its repeated rows.

    Parameters
    ----------
    raw, columns
        The raw relation and its columns.
    cleaned
        What the repairs of values left.
    repairs
        Of the table; at scoring they say which relations hold and what becomes of repeats.
    order
        The column that tells orders apart.
    fitted
        False learns what is to be done from this table.
    decisions
        A person's decisions; one that rejects the blanks of a column keeps them blank.

    Returns
    -------
    tuple
        The repairs with what was learnt, and what is left with the record of it.
    """
    import pyarrow as pa

    numbers = [one.name for one in repairs.columns if one.kind == "number"]
    there = [name for name in numbers if name in cleaned.blanks]
    if settings.derive and not fitted:
        found = learn_relations(engine, cleaned.relation, there, cleaned.blanks)
        repairs = replace(repairs, relations=found)
    rejected = frozenset(
        one.column
        for one in decisions
        if one.table == repairs.table and not one.raw and one.verdict == "reject"
    )
    blank = _blank(cleaned.blanks, repairs)
    filled = fill(
        engine,
        cleaned.relation,
        repairs.table,
        repairs.relations if settings.derive and blank else (),
        rejected=rejected,
    )
    repeats = treat_repeats(
        engine,
        raw,
        columns,
        cleaned.relation,
        repairs.table,
        settings,
        order,
        repairs.repeats,
        f"{cleaned.relation} once",
    )
    if not fitted:
        repairs = replace(repairs, repeats=repeats.choice)
    audit = cleaned.audit
    if filled.audit:
        audit = pa.concat_tables([audit, audit_table(filled.audit)])
    blanks = {name: n - filled.counts.get(name, 0) for name, n in cleaned.blanks.items()}
    return repairs, replace(
        cleaned,
        relation=repeats.relation,
        audit=audit,
        blanks=blanks,
        findings=(*cleaned.findings, *repeats.findings),
        actions=(*cleaned.actions, *filled.actions, *repeats.actions(repairs.table)),
    )


def _blank(blanks: Mapping[str, int], repairs: TableRepairs) -> bool:
    return any(blanks.get(name) for one in repairs.relations for name in one.columns)
