"""Learning the repairs of a table: one function a column, from the distinct values of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from clustomer.cleaning import sql
from clustomer.cleaning.categories import Known, learn_categories
from clustomer.cleaning.dates import DateRepair, learn_dates
from clustomer.cleaning.keys import KeyRepair, TextRepair
from clustomer.cleaning.limits import Limits
from clustomer.cleaning.numbers import Mark, NumberRepair, evidence, learn_numbers
from clustomer.cleaning.orders import known_order
from clustomer.cleaning.repair import ColumnRepair, Repair, TableRepairs
from clustomer.cleaning.survey import Counts, Survey, survey
from clustomer.engines.base import Engine, Stored, literal, quoted
from clustomer.names import DateOrder
from clustomer.recipe.settings import ColumnSettings, TableSettings


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
