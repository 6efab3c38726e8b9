"""Decisions on single raw values: counted, kept with the repairs, and put before them in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from clustomer.cleaning import sql
from clustomer.cleaning.decisions import Decision, value_of
from clustomer.cleaning.notices import Met
from clustomer.cleaning.repair import ColumnRepair, Decided, TableRepairs
from clustomer.cleaning.values import Repaired, Value, shown
from clustomer.engines.base import Engine, Stored, literal, quoted
from clustomer.findings import Finding

_RULES: Final = {"accept": "accepted", "reject": "rejected", "set": "set"}


def decide(
    engine: Engine,
    relation: str,
    mapping: Mapping[str, str],
    repairs: TableRepairs,
    decisions: Iterable[Decision],
) -> tuple[TableRepairs, tuple[Finding, ...]]:
    """Put a person's decisions before the repairs of a table.

    Parameters
    ----------
    engine, relation, mapping
        As for `learn.learn`.
    decisions
        Those on other tables are passed over; of several on one value the last counts.

    Returns
    -------
    tuple
        The repairs with the decisions, and a finding where decisions match no value.
    """
    stored = engine.columns(relation)
    columns, lost = [], []
    by_column: dict[str, dict[str, Decision]] = {}
    for one in decisions:
        if one.table == repairs.table and one.raw:
            by_column.setdefault(one.column, {})[one.raw] = one
    for column in repairs.columns:
        said = by_column.get(column.name, {})
        decided = {
            raw: Decided(Repaired(value_of(one, column.kind), _RULES[one.verdict]))
            for raw, one in said.items()
        }
        if decided and column.name in mapping:
            source = mapping[column.name]
            counts = count_decided(engine, relation, source, column, stored[source], decided)
            lost += [(column.name, raw) for raw in decided if not counts.get(raw)]
            decided = {raw: replace(d, rows=counts.get(raw, 0)) for raw, d in decided.items()}
        columns.append(replace(column, decided={**column.decided, **decided}))
    lost += [(name, raw) for name, said in by_column.items() for raw in said if name not in mapping]
    return replace(repairs, columns=tuple(columns)), _unmatched(repairs.table, lost)


def _unmatched(table: str, lost: list[tuple[str, str]]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            "unmatched-decision",
            "note",
            f"{table}.{column}: {_many(sum(1 for name, _ in lost if name == column))} no value "
            "of the column.",
            "remove them from the file of decisions, or correct the raw value; spaces count",
        )
        for column in dict.fromkeys(name for name, _ in lost)
    )


def _many(count: int) -> str:
    return "1 decision matches" if count == 1 else f"{count:,} decisions match"


def count_decided(
    engine: Engine,
    relation: str,
    source: str,
    column: ColumnRepair,
    stored: Stored,
    raws: Iterable[str],
) -> dict[str, int]:
    """Count the rows of each raw value that was decided on; those without a row are left out."""
    written = sql.column(source, column.kind, stored)
    wanted = {_at(column, stored, raw): raw for raw in raws}
    conditions = " OR ".join(_is(written, stored, column, at) for at in wanted.values())
    found = engine.arrow(
        f"SELECT {written.text} AS raw, count(*) AS n FROM {quoted(relation)} AS t"
        f" WHERE {conditions} GROUP BY {written.text}"
    )
    pairs = zip(found["raw"].to_pylist(), found["n"].to_pylist(), strict=True)
    counts: dict[str, int] = {}
    for text, n in pairs:
        raw = wanted.get(_at(column, stored, text), text)
        counts[raw] = counts.get(raw, 0) + int(n)
    return counts


def override(written: sql.Column, column: ColumnRepair, stored: Stored, value: str) -> str:
    """SQL of a clean value: what was decided, else `value`."""
    changing = {
        raw: said.repaired.value
        for raw, said in column.decided.items()
        if column.repair.one(raw).value != said.repaired.value
    }
    if not changing:
        return value
    cases = " ".join(
        f"WHEN {_is(written, stored, column, raw)} THEN CAST({_constant(new)} AS {written.type})"
        for raw, new in changing.items()
    )
    return f"CASE {cases} ELSE {value} END"


def met_decided(
    engine: Engine,
    relation: str,
    source: str,
    column: ColumnRepair,
    stored: Mapping[str, Stored],
) -> list[Met]:
    """The decided values of a column that were met, each as it was decided."""
    if not column.decided:
        return []
    counts = count_decided(engine, relation, source, column, stored[source], column.decided)
    return [
        Met(raw, said.repaired, counts[raw])
        for raw, said in column.decided.items()
        if counts.get(raw)
    ]


def without(met: list[Met], decided: list[Met]) -> list[Met]:
    """Those that nobody decided on."""
    raws = {one.raw for one in decided}
    return [one for one in met if one.raw not in raws] if raws else met


def _is(written: sql.Column, stored: Stored, column: ColumnRepair, raw: str) -> str:
    """Condition, true or false but never null, that a row holds a raw value."""
    if column.kind == "number" and stored == "number":
        number = _number(raw)
        condition = "false" if number is None else f"{written.value} = {_constant(number)}"
    else:
        condition = f"{written.text} = {literal(raw)}"
    return f"coalesce({condition}, false)"


def _at(column: ColumnRepair, stored: Stored, raw: str) -> str:
    """One spelling of a native number: engines and people write it differently."""
    if column.kind == "number" and stored == "number":
        number = _number(raw)
        return raw if number is None else shown(number)
    return raw


def _number(raw: str) -> float | None:
    try:
        number = float(raw)
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None


def _constant(value: Value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return f"CAST({literal(repr(value))} AS DOUBLE)"
    if isinstance(value, datetime):
        return f"CAST({literal(value.isoformat(sep=' '))} AS TIMESTAMP)"
    return literal(value)
