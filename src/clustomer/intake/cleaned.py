"""The clean tables of an intake, and the record of how they came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from clustomer.cleaning.audit import Action, Reading, actions_table, readings_table
from clustomer.cleaning.clean import Cleaned, apply, learn_and_apply
from clustomer.cleaning.decided import decide
from clustomer.cleaning.decisions import Decision
from clustomer.cleaning.learn import dates_left_open, order_shown
from clustomer.cleaning.repair import TableRepairs
from clustomer.cleaning.replay import Record
from clustomer.cleaning.rows import treat_rows
from clustomer.cleaning.same.find import Same, find_same
from clustomer.cleaning.same.merge import merge_customers
from clustomer.cleaning.same.said import obey, said_of, unmatched
from clustomer.engines.base import Engine, quoted
from clustomer.features.lines import whole
from clustomer.findings import Finding
from clustomer.names import CUSTOMER, ROW, DateOrder
from clustomer.recipe.settings import Recipe
from clustomer.tables.columns import match_columns, rivals
from clustomer.tables.read import RawTable


@dataclass(frozen=True, slots=True)
class CleanTable:
    """One table, cleaned.

    Parameters
    ----------
    columns
        Canonical name to the source's name.
    repairs
        How its columns are repaired.
    cleaned
        What is left, and what was done.
    findings
        What a person should know.
    """

    columns: Mapping[str, str]
    repairs: TableRepairs
    cleaned: Cleaned
    findings: tuple[Finding, ...]


def clean_table(
    engine: Engine,
    raw: RawTable,
    recipe: Recipe,
    into: str,
    learnt: TableRepairs | None = None,
    decisions: Sequence[Decision] = (),
    elsewhere: tuple[str, DateOrder] | None = None,
) -> CleanTable:
    """Clean one table: its values, then its rows.

    Parameters
    ----------
    into
        Name of the relation of clean values.
    learnt
        The repairs of a fit; None learns them from this table.
    decisions
        A person's decisions on repairs.
    elsewhere
        A date column of another table of the source, and the order that it shows.

    Raises
    ------
    DataError
        When a column that the recipe needs is not there.
    """
    settings = recipe.tables[raw.name]
    columns = match_columns(raw.columns, settings, source=raw.source)
    if learnt is None:
        repairs, cleaned = learn_and_apply(
            engine, raw.relation, columns, settings, raw.name, into, decisions, elsewhere
        )
    else:
        repairs, _ = decide(engine, raw.relation, columns, learnt, decisions)
        cleaned = apply(engine, raw.relation, columns, repairs, into)
    repairs, cleaned = treat_rows(
        engine,
        raw.relation,
        list(raw.columns),
        cleaned,
        repairs,
        settings,
        order=recipe.lines.order if settings.role == "lines" else None,
        fitted=learnt is not None,
        decisions=decisions,
    )
    doubtful = rivals(raw.columns, settings, columns, source=raw.source)
    return CleanTable(columns, repairs, cleaned, (*doubtful, *cleaned.findings))


def dates_settled(
    engine: Engine,
    raw: Mapping[str, RawTable],
    recipe: Recipe,
    cleaned: Mapping[str, CleanTable],
    decisions: Sequence[Decision],
) -> dict[str, CleanTable]:
    """Clean again the tables whose dates only another table's can settle."""
    shown = order_shown(one.repairs for one in cleaned.values())
    if shown is None:
        return {}
    again = [name for name, one in cleaned.items() if dates_left_open(one.repairs)]
    return {
        name: clean_table(engine, raw[name], recipe, f"clean {name}", None, decisions, shown)
        for name in again
    }


def same_customers(
    engine: Engine,
    raw: Mapping[str, RawTable],
    recipe: Recipe,
    cleaned: Mapping[str, CleanTable],
    decisions: Sequence[Decision],
    *,
    fitted: bool,
) -> tuple[dict[str, CleanTable], Same]:
    """Find the same customer under two ids; merge them where the recipe or a person says so.

    At scoring nothing is proposed, and what the recipe merges is merged as at fit.
    """
    if recipe.unit != "customer":
        return dict(cleaned), Same()
    said = said_of(decisions)
    name = recipe.table_of("customers")
    if name not in cleaned:
        name = None
    key = CUSTOMER if name is None else recipe.tables[name].key or CUSTOMER
    found = Same() if name is None else Same(cleaned[name].repairs.same)
    looks = recipe.same.merge or not fitted
    if name is not None and key in cleaned[name].columns and looks:
        one = cleaned[name]
        found = find_same(
            engine, raw[name].relation, list(raw[name].columns), one.cleaned.relation, key,
            recipe.same, one.repairs.same, seed=recipe.seed,
        )  # fmt: skip
    same = obey(found, said, name or "customers", recipe.same)
    told = same.findings
    if not fitted:
        holders = {
            table.cleaned.relation: key for table in cleaned.values() if key in table.columns
        }
        told = (*told, *unmatched(engine, said, holders))
    merged = {
        other: replace(
            table,
            cleaned=merge_customers(
                engine, table.cleaned, other, key, same, customers=other == name
            ),
        )
        for other, table in cleaned.items()
    }
    holder = name or next(iter(merged))
    one = merged[holder]
    repairs = replace(one.repairs, same=same.weights) if name else one.repairs
    merged[holder] = replace(one, repairs=repairs, findings=(*one.findings, *told))
    return merged, same


def record_of(
    recipe: Recipe,
    cleaned: Mapping[str, CleanTable],
    aside: Mapping[str, Sequence[tuple[int, str]]],
) -> Record:
    """The repairs, the rows that were not used, and how each column is read."""
    actions = [action for one in cleaned.values() for action in one.cleaned.actions]
    done = {(action.table, action.row) for action in actions if action.action == "drop"}
    actions += [
        Action(name, row, "drop", "", "", reason)
        for name in cleaned
        for row, reason in aside[name]
        if (name, row) not in done
    ]
    readings = [
        Reading(name, column, source, recipe.tables[name].columns[column].kind)
        for name, one in cleaned.items()
        for column, source in one.columns.items()
    ]
    return Record(
        pa.concat_tables([one.cleaned.audit for one in cleaned.values()]),
        actions_table(actions),
        readings_table(readings),
    )


def clean_tables(
    engine: Engine, columns: Mapping[str, Mapping[str, str]], record: Record
) -> dict[str, pa.Table]:
    """The clean tables of an intake: the rows that were used, in the order of the source.

    Parameters
    ----------
    engine
        The engine that the intake ran in, still open.
    columns
        By table: its columns, as `Learnt.columns`.
    record
        The record of the intake.

    Returns
    -------
    dict
        By table: the columns of the recipe that the source has, as `cleaning.replay.replay`.
    """
    found = {}
    for name, of in columns.items():
        names = ", ".join(f"t.{quoted(column)}" for column in of)
        gone = pa.table({ROW: pa.array(_gone(record.actions, name), pa.int64())})
        engine.load(f"{name} not used", gone)
        found[name] = engine.arrow(
            f"SELECT {names} FROM {quoted(whole(name))} AS t"
            f" LEFT JOIN {quoted(f'{name} not used')} AS g ON t.{ROW} = g.{ROW}"
            f" WHERE g.{ROW} IS NULL ORDER BY t.{ROW}"
        )
        engine.drop(f"{name} not used")
    return found


def _gone(actions: pa.Table, table: str) -> list[int]:
    rows = actions.select(["table", "row", "action"]).to_pylist()
    return [one["row"] for one in rows if (one["table"], one["action"]) == (table, "drop")]
