"""Cleaning a table: survey its distinct values, learn the repairs, apply them as lookups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from clustomer.cleaning import sql
from clustomer.cleaning.audit import Action, AuditRow, audit_table
from clustomer.cleaning.categories import Known, learn_categories
from clustomer.cleaning.cellrecord import actions, audit_rows, cell_findings
from clustomer.cleaning.cells import learn_cells, mend_cells
from clustomer.cleaning.dates import DateRepair, learn_dates
from clustomer.cleaning.decided import decide, met_decided, override, without
from clustomer.cleaning.decisions import Decision
from clustomer.cleaning.keys import KeyRepair, TextRepair
from clustomer.cleaning.limits import Limits
from clustomer.cleaning.notices import Met, notices
from clustomer.cleaning.numbers import Mark, NumberRepair, evidence, learn_numbers
from clustomer.cleaning.orders import known_order
from clustomer.cleaning.plausible import implausible
from clustomer.cleaning.repair import ColumnRepair, Repair, TableRepairs
from clustomer.cleaning.unseen import Unseen, count_unseen
from clustomer.cleaning.values import shown
from clustomer.engines.base import (
    Computed,
    Derived,
    Engine,
    Kept,
    Recoded,
    Stored,
    literal,
    quoted,
)
from clustomer.findings import Finding
from clustomer.names import ROW, DateOrder, Kind
from clustomer.recipe.settings import ColumnSettings, TableSettings

if TYPE_CHECKING:
    import pyarrow as pa

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Survey:
    """The distinct values of a raw relation.

    Parameters
    ----------
    odd
        Canonical column -> raw value that the engine cannot read by itself -> rows.
    grouped
        Source column -> relation of its distinct values and their rows, without null: keys, and
        text columns that repeat few values. They are read once a distinct value instead of once a
        row, for telling values apart costs less than one regular expression over every row.
    """

    odd: Mapping[str, Counts]
    grouped: Mapping[str, str]


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


def survey(
    engine: Engine, relation: str, mapping: Mapping[str, str], kinds: Mapping[str, Kind]
) -> Survey:
    """Count the distinct values of each column that the engine cannot read by itself.

    Parameters
    ----------
    engine
        Where the relation is.
    relation
        Its name.
    mapping
        Canonical column -> its name in the relation.
    kinds
        Canonical column -> its kind; the columns to survey.
    """
    stored = engine.columns(relation)
    grouped = _group_repetitive(engine, relation, mapping, kinds, stored)
    seen: dict[str, Counts] = {}
    for name, kind in kinds.items():
        if name in mapping:
            of = stored[mapping[name]]
            written = sql.column(mapping[name], kind, of)
            counts = _distinct(engine, relation, mapping[name], written, grouped.get(mapping[name]))
            native = kind == "number" and of == "number"
            seen[name] = _spelt_alike(counts) if native else counts
    return Survey(seen, grouped)


def learn(
    engine: Engine,
    relation: str,
    mapping: Mapping[str, str],
    settings: TableSettings,
    table_name: str,
    surveyed: Survey | None = None,
    elsewhere: tuple[str, DateOrder] | None = None,
) -> TableRepairs:
    """Learn the repairs of a table from its distinct values.

    Parameters
    ----------
    engine
        Where the raw relation is.
    relation
        Name of the raw relation: columns as text or with types of their own, and ``source_row``.
    mapping
        Canonical column -> its name in the relation; columns without an entry are left out.
    settings
        The recipe's settings of the table.
    table_name
        The recipe's name of the table.
    surveyed
        The answer of `survey`, where it is at hand.
    elsewhere
        A date column of another table of the source, and the order that it shows.
    """
    columns = {name: c for name, c in settings.columns.items() if name in mapping}
    kinds = {name: column.kind for name, column in columns.items()}
    seen = (surveyed or survey(engine, relation, mapping, kinds)).odd
    stored = engine.columns(relation)
    repairs: dict[str, Repair] = {}
    for name, column in columns.items():
        if column.kind == "number":
            repairs[name] = _learn_number(
                engine, relation, mapping[name], stored, column, seen[name], settings.decimal
            )
        else:
            repairs[name] = _learn_one(column, seen[name])
    repairs |= _settle_dates(columns, seen, repairs, elsewhere)
    return TableRepairs(
        table_name,
        tuple(
            ColumnRepair(name, column.kind, repairs[name], column.sensitive)
            for name, column in columns.items()
        ),
    )


def apply(
    engine: Engine,
    relation: str,
    mapping: Mapping[str, str],
    repairs: TableRepairs,
    into: str,
    surveyed: Survey | None = None,
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
    surveyed
        The answer of `survey` for this relation, where it is at hand.

    Raises
    ------
    ValueError
        When the number of rows changed: a bug of ours, never the user's.
    """
    cleaned = _values_repaired(engine, relation, mapping, repairs, into, surveyed)
    return _finished(engine, cleaned, repairs)


def _values_repaired(
    engine: Engine,
    relation: str,
    mapping: Mapping[str, str],
    repairs: TableRepairs,
    into: str,
    surveyed: Survey | None,
) -> Cleaned:
    columns = [column for column in repairs.columns if column.name in mapping]
    seen = surveyed or survey(engine, relation, mapping, {c.name: c.kind for c in columns})
    stored = engine.columns(relation)
    made: dict[str, Derived] = {ROW: Kept(ROW)}
    joins: list[str] = []
    lookups: list[str] = []
    met: dict[str, list[Met]] = {}
    for at, column in enumerate(columns):
        source = mapping[column.name]
        number = column.repair if isinstance(column.repair, NumberRepair) else None
        written = sql.column(source, column.kind, stored[source], number)
        counts, grouped = seen.odd[column.name], seen.grouped.get(source)
        if number and _reads_otherwise(number, stored[source]):
            counts = _distinct(engine, relation, source, written, grouped)
            counts = _spelt_alike(counts) if stored[source] == "number" else counts
        met[column.name] = looked = _look_up(column.repair, counts)
        lookup, short = f"{into}_lookup_{at}", None
        if written.mended is None and _load(engine, lookup, column.kind, looked):
            lookups.append(lookup)
            short = f"l{at}"
        if _stays(written, stored[source], column, looked):
            made[column.name] = Kept(source)
            continue
        join = f" LEFT JOIN {quoted(lookup)} AS {short} ON {written.text} = {short}.raw"
        value = _clean_value(written, short, odd=bool(looked))
        value = override(written, column, stored[source], value)
        if grouped:
            values = engine.arrow(
                f"SELECT {written.text} AS raw, {value} AS value"
                f" FROM {quoted(grouped)} AS t{join if short else ''}"
            )
            made[column.name] = Recoded(source, values)
            continue
        if short:
            joins.append(join)
        made[column.name] = Computed(value)
    engine.derive(into, relation, made, "".join(joins))
    for spent in (*lookups, *seen.grouped.values()):
        engine.drop(spent)
    before = _count(engine, relation, [])[0]
    rows, *filled = _count(engine, into, [column.name for column in columns])
    if rows != before:
        raise ValueError(f"{repairs.table}: {before} rows before cleaning, {rows} after")
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


def _finished(engine: Engine, cleaned: Cleaned, repairs: TableRepairs) -> Cleaned:
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
    cleaned = _values_repaired(engine, relation, mapping, repairs, into, seen)
    repairs = learn_cells(engine, into, repairs)
    cleaned = _finished(engine, cleaned, repairs)
    return repairs, replace(cleaned, findings=(*cleaned.findings, *lost))


def _stays(written: sql.Column, of: Stored, column: ColumnRepair, looked: list[Met]) -> bool:
    """Whether every value of a column is clean as it stands."""
    changed = column.decided or any(map(_changes, looked))
    return written.type == "STRING" and of == "text" and not changed


def _learn_one(column: ColumnSettings, seen: Counts) -> Repair:
    match column.kind:
        case "key":
            return KeyRepair()
        case "text":
            return TextRepair()
        case "date":
            return learn_dates(seen, column.format)
        case _:
            known = Known(
                column.vocabulary,
                column.order or (known_order(seen) if column.kind == "ordinal" else ()),
                column.synonyms,
                column.exceptions,
                column.missing,
            )
            closed = column.kind == "ordinal" and bool(known.order)
            return learn_categories(seen, closed=closed, known=known)


def _learn_number(
    engine: Engine,
    relation: str,
    source: str,
    stored: Mapping[str, Stored],
    column: ColumnSettings,
    seen: Counts,
    decimal: Mark | None,
) -> NumberRepair:
    limits = Limits(column.limits.min, column.limits.max, column.limits.action)
    points = _decimal_points(engine, relation, source, stored, seen)
    usual = _usual_size(engine, relation, source, stored, seen)
    return learn_numbers(seen, points, usual, limits=limits, missing=column.missing, given=decimal)


def _settle_dates(
    columns: Mapping[str, ColumnSettings],
    seen: Mapping[str, Counts],
    repairs: Mapping[str, Repair],
    elsewhere: tuple[str, DateOrder] | None,
) -> dict[str, Repair]:
    """Read ambiguous date columns in the order that another date column of the source shows."""
    shows = [
        (name, repair.order)
        for name, repair in repairs.items()
        if isinstance(repair, DateRepair) and repair.shown
    ]
    shows = shows or ([elsewhere] if elsewhere else [])
    if len({order for _, order in shows}) != 1:
        return {}
    return {
        name: learn_dates(seen[name], columns[name].format, shows[0])
        for name, repair in repairs.items()
        if isinstance(repair, DateRepair) and not repair.decided
    }


def order_shown(repairs: Iterable[TableRepairs]) -> tuple[str, DateOrder] | None:
    """The order that the date columns of a source show, and the first that does as table.column.

    None where none does, or where they show several.
    """
    shows = [
        (f"{table.table}.{column.name}", column.repair.order)
        for table in repairs
        for column in table.columns
        if isinstance(column.repair, DateRepair) and column.repair.shown
    ]
    return shows[0] if len({order for _, order in shows}) == 1 else None


def dates_left_open(repairs: TableRepairs) -> bool:
    """Whether a date column of a table could be read in several orders, and nothing settled it."""
    return any(
        isinstance(column.repair, DateRepair)
        and not column.repair.decided
        and not column.repair.because
        for column in repairs.columns
    )


def _reads_otherwise(repair: NumberRepair, stored: Stored) -> bool:
    """Whether values that the survey took for plain numbers are not left as they are."""
    comma = repair.decimal == "," and stored != "number"
    return comma or repair.limits.change or bool(repair.blanks)


PROBED: Final = 50_000
"""Rows in which distinct values are counted beforehand."""

FEW: Final = 20_000
"""Most distinct values among them for a column to count as repetitive."""


def _group_repetitive(
    engine: Engine,
    relation: str,
    mapping: Mapping[str, str],
    kinds: Mapping[str, Kind],
    stored: Mapping[str, Stored],
) -> dict[str, str]:
    texts = {
        mapping[name]: kind
        for name, kind in kinds.items()
        if name in mapping and kind != "text" and stored[mapping[name]] == "text"
    }
    repetitive = [source for source, kind in texts.items() if kind == "key"]
    probed = [source for source, kind in texts.items() if kind != "key"]
    if probed:
        names = ", ".join(quoted(source) for source in probed)
        counts = ", ".join(
            f"count(DISTINCT {quoted(one)}) AS c{at}" for at, one in enumerate(probed)
        )
        found = engine.arrow(
            f"SELECT {counts} FROM (SELECT {names} FROM {quoted(relation)} LIMIT {PROBED}) probe"
        )
        few = [column[0].as_py() <= FEW for column in found.columns]
        repetitive += [source for source, yes in zip(probed, few, strict=True) if yes]
    grouped = {}
    for source, values in engine.distinct(relation, repetitive).items():
        grouped[source] = f"{relation} values of {source}"
        engine.load(grouped[source], values.rename_columns([source, _rows_of(source)]))
    return grouped


def _rows_of(source: str) -> str:
    """Name of the column that counts a column's rows: never that of the column itself."""
    return f"{source} rows"


def _distinct(
    engine: Engine, relation: str, source: str, column: sql.Column, grouped: str | None
) -> dict[str, int]:
    if column.ready == "true":
        return {}
    kept = "" if column.ready == "false" else f" WHERE NOT {column.ready}"
    if grouped:
        rows = quoted(_rows_of(source))
        found = engine.arrow(
            f"SELECT {column.text} AS raw, {rows} AS n FROM {quoted(grouped)} AS t{kept}"
        )
    else:
        found = engine.arrow(
            f"SELECT s.raw AS raw, count(*) AS n FROM (SELECT {column.text} AS raw "
            f"FROM {quoted(relation)} AS t{kept}) AS s WHERE s.raw IS NOT NULL GROUP BY s.raw"
        )
    pairs = zip(found["raw"].to_pylist(), found["n"].to_pylist(), strict=True)
    return dict(sorted((str(raw), int(n)) for raw, n in pairs))


def _spelt_alike(counts: Counts) -> dict[str, int]:
    """Spell native numbers as Python does: engines write ``inf`` and ``1e308`` differently."""
    alike: Counter[str] = Counter()
    for raw, count in counts.items():
        alike[repr(float(raw))] += count
    return dict(sorted(alike.items()))


def _decimal_points(
    engine: Engine, relation: str, source: str, stored: Mapping[str, Stored], seen: Counts
) -> int:
    """Rows of plain numbers that show a decimal point; counted only where it decides anything."""
    if stored[source] == "number" or not any(evidence(raw) in (",", "?") for raw in seen):
        return 0
    text = sql.column(source, "number", stored[source]).text
    found = engine.arrow(
        f"SELECT count(*) AS n FROM {quoted(relation)} AS t "
        f"WHERE re_has({text}, {literal(sql.DECIMAL_POINT)})"
    )
    return int(found["n"][0].as_py())


def _usual_size(
    engine: Engine, relation: str, source: str, stored: Mapping[str, Stored], seen: Counts
) -> float | None:
    """Median size of the plain numbers; looked at only where a per cent sign has to be read."""
    if stored[source] == "number" or not any("%" in raw or "％" in raw for raw in seen):
        return None
    written = sql.column(source, "number", stored[source])
    found = engine.arrow(
        f"SELECT median(abs({written.value})) AS size FROM {quoted(relation)} AS t "
        f"WHERE {written.ready} AND {written.value} <> 0"
    )
    size = found["size"][0].as_py()
    return None if size is None else float(size)


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


def _count(engine: Engine, relation: str, columns: list[str]) -> list[int]:
    wanted = ["count(*) AS n", *(f"count({quoted(c)}) AS c{at}" for at, c in enumerate(columns))]
    found = engine.arrow(f"SELECT {', '.join(wanted)} FROM {quoted(relation)}")
    return [int(column[0].as_py()) for column in found.columns]


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
