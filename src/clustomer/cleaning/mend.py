"""Repairs put to work: each column is kept as it stands, recoded by its values, or computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clustomer.cleaning import sql
from clustomer.cleaning.decided import override
from clustomer.cleaning.notices import Met
from clustomer.cleaning.numbers import NumberRepair
from clustomer.cleaning.repair import ColumnRepair, Repair
from clustomer.cleaning.survey import Counts, Survey, odd_values, spelt_alike
from clustomer.engines.base import Computed, Derived, Engine, Kept, Recoded, Stored, quoted
from clustomer.names import ROW, Kind


@dataclass(frozen=True, slots=True)
class Mended:
    """How one column is made clean.

    Parameters
    ----------
    met
        The values that were looked up, and what becomes of each.
    made
        How the clean column comes about.
    join, lookup
        SQL that joins the column's lookup to the raw relation, and the lookup's name; "" where it
        needs none.
    """

    met: list[Met]
    made: Derived
    join: str = ""
    lookup: str = ""


def mend_values(
    engine: Engine,
    relation: str,
    mapping: Mapping[str, str],
    columns: Sequence[ColumnRepair],
    into: str,
    seen: Survey,
) -> dict[str, list[Met]]:
    """Make a relation of clean values of a raw one; the same rows.

    Parameters
    ----------
    engine, relation, mapping
        As for `learn.learn`.
    columns
        The columns that are there, with their repairs.
    into
        Name of the clean relation: ``source_row``, then the columns.
    seen
        The survey of the raw relation; the values that it grouped are let go of.

    Returns
    -------
    dict
        By column: the values that were looked up.
    """
    stored = engine.columns(relation)
    mended = {
        column.name: _mended(
            engine, relation, mapping[column.name], stored, column, seen, f"{into}_lookup_{at}", at
        )
        for at, column in enumerate(columns)
    }
    made: dict[str, Derived] = {ROW: Kept(ROW)}
    made |= {name: one.made for name, one in mended.items()}
    engine.derive(into, relation, made, "".join(one.join for one in mended.values()))
    lookups = [one.lookup for one in mended.values() if one.lookup]
    for spent in (*lookups, *seen.grouped.values()):
        engine.drop(spent)
    return {name: one.met for name, one in mended.items()}


def _mended(
    engine: Engine,
    relation: str,
    source: str,
    stored: Mapping[str, Stored],
    column: ColumnRepair,
    seen: Survey,
    lookup: str,
    at: int,
) -> Mended:
    number = column.repair if isinstance(column.repair, NumberRepair) else None
    written = sql.column(source, column.kind, stored[source], number)
    counts, grouped = seen.odd[column.name], seen.grouped.get(source)
    if number and _reads_otherwise(number, stored[source]):
        counts = odd_values(engine, relation, source, written, grouped)
        counts = spelt_alike(counts) if stored[source] == "number" else counts
    met = _look_up(column.repair, counts)
    if _stays(written, stored[source], column, met):
        return Mended(met, Kept(source))
    short, join = None, ""
    if written.mended is None and _load(engine, lookup, column.kind, met):
        short = f"l{at}"
        join = f" LEFT JOIN {quoted(lookup)} AS {short} ON {written.text} = {short}.raw"
    value = _clean_value(written, short, odd=bool(met))
    value = override(written, column, stored[source], value)
    if grouped is None:
        return Mended(met, Computed(value), join, lookup if join else "")
    values = engine.arrow(
        f"SELECT {written.text} AS raw, {value} AS value FROM {quoted(grouped)} AS t{join}"
    )
    if join:
        engine.drop(lookup)
    return Mended(met, Recoded(source, values))


def _reads_otherwise(repair: NumberRepair, stored: Stored) -> bool:
    """Whether values that the survey took for plain numbers are not left as they are."""
    comma = repair.decimal == "," and stored != "number"
    return comma or repair.limits.change or bool(repair.blanks)


def _look_up(repair: Repair, counts: Counts) -> list[Met]:
    repaired = repair.many(list(counts))
    return [
        Met(raw, answer, count)
        for (raw, count), answer in zip(counts.items(), repaired, strict=True)
    ]


def _load(engine: Engine, name: str, kind: Kind, met: list[Met]) -> bool:
    """Load the lookup of a column, if it needs one; tell whether it does."""
    import pyarrow as pa

    held = [m for m in met if _held(kind, m)]
    if not held:
        return False
    types = {"number": pa.float64(), "date": pa.timestamp("us")}
    values = pa.array([m.repaired.value for m in held], types.get(kind, pa.string()))
    raws = pa.array([m.raw for m in held], pa.string())
    engine.load(name, pa.table({"raw": raws, "value": values}))
    return True


def _stays(written: sql.Column, of: Stored, column: ColumnRepair, looked: list[Met]) -> bool:
    """Whether every value of a column is clean as it stands."""
    changed = column.decided or any(map(_changes, looked))
    return written.type == "STRING" and of == "text" and not changed


def _changes(met: Met) -> bool:
    return bool(met.repaired.rule)


def _held(kind: Kind, met: Met) -> bool:
    """Whether the lookup holds a value: of categories, of which all were met, only what changes."""
    return kind in ("number", "date") or bool(met.repaired.rule)


def _clean_value(column: sql.Column, lookup: str | None, *, odd: bool) -> str:
    """SQL of the clean value; every value that the engine cannot read is in the lookup."""
    own = column.value
    if lookup:
        own = f"CASE WHEN {lookup}.raw IS NULL THEN {own} ELSE {lookup}.value END"
    elif odd and column.mended:
        own = f"CASE WHEN {column.ready} THEN {own} ELSE {column.mended} END"
    return f"CAST({own} AS {column.type})"
