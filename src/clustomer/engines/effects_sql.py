"""The effects of an engine as SQL, for one that can do nothing else, or not otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from clustomer.engines.base import (
    Aggregate,
    Computed,
    Derived,
    Kept,
    Recoded,
    Summary,
    quoted,
)
from clustomer.names import ROW


def derived_sql(name: str, columns: Mapping[str, Derived], values: Mapping[str, str]) -> str:
    """Select what `Engine.derive` makes, with a join for each recoded column.

    Parameters
    ----------
    values
        By recoded column: the relation of its values.
    """
    made: list[str] = []
    joins: list[str] = []
    for at, (column, how) in enumerate(columns.items()):
        match how:
            case Kept(source):
                sql = f"t.{quoted(source)}"
            case Recoded(source):
                sql = f"r{at}.value"
                joins.append(
                    f" LEFT JOIN {quoted(values[column])} AS r{at}"
                    f" ON t.{quoted(source)} = r{at}.raw"
                )
            case Computed(sql):
                pass
        made.append(f"{sql} AS {quoted(column)}")
    return f"SELECT {', '.join(made)} FROM {quoted(name)} AS t{''.join(joins)}"


def attached_sql(name: str, key: str, attributes: str, columns: Sequence[str]) -> str:
    """Select what `Engine.attach` makes."""
    added = "".join(f", r.{quoted(column)}" for column in columns)
    return (
        f"SELECT l.*{added} FROM {quoted(name)} AS l LEFT JOIN {quoted(attributes)} AS r"
        f" ON l.{quoted(key)} = r.{quoted(key)}"
    )


def counts_sql(name: str, columns: Sequence[str]) -> str:
    """Select what `Engine.counts` tells."""
    filled = "".join(f", count({quoted(column)}) AS c{at}" for at, column in enumerate(columns))
    return f"SELECT count(*) AS n{filled} FROM {quoted(name)}"


def patched_sql(name: str, every: Sequence[str], cells: Mapping[str, str]) -> str:
    """Select what `Engine.patch` makes.

    Parameters
    ----------
    every
        The columns of the relation.
    cells
        By column: the relation of its rows and values.
    """
    chosen = []
    joins = ""
    for at, column in enumerate(every):
        value = f"t.{quoted(column)}"
        if column in cells:
            joins += f" LEFT JOIN {quoted(cells[column])} AS c{at} ON t.{ROW} = c{at}.{ROW}"
            value = f"CASE WHEN c{at}.{ROW} IS NULL THEN {value} ELSE c{at}.value END"
        chosen.append(f"{value} AS {quoted(column)}")
    return f"SELECT {', '.join(chosen)} FROM {quoted(name)} AS t{joins}"


_AGGREGATES: Final[Mapping[Summary, str]] = {
    "count": "count({})",
    "sum": "sum(CAST({} AS DOUBLE))",
    "avg": "avg(CAST({} AS DOUBLE))",
    "min": "min({})",
    "max": "max({})",
    "distinct": "count(DISTINCT {})",
}


def aggregated_sql(
    name: str, by: Sequence[str], columns: Mapping[str, Aggregate], where: str
) -> str:
    """Select what `Engine.aggregate` makes."""
    keys = ", ".join(quoted(key) for key in by)
    kept = f" WHERE {where}" if where else ""
    told = [keys]
    chosen = [f"g.{quoted(key)}" for key in by]
    joins = ""
    for at, (column, one) in enumerate(columns.items()):
        value = one.sql or "1"
        if one.where:
            value = f"CASE WHEN {one.where} THEN {value} END"
        if one.summary == "most_frequent":
            counted = f"SELECT {keys}, {value} AS value, count(*) AS n FROM {quoted(name)}{kept}"
            counted += f" GROUP BY {keys}, {value}"
            ranked = (
                f"SELECT *, row_number() OVER (PARTITION BY {keys} ORDER BY n DESC, value) AS nth"
                f" FROM ({counted}) AS c WHERE value IS NOT NULL"
            )
            on = " AND ".join(f"g.{quoted(k)} IS NOT DISTINCT FROM m{at}.{quoted(k)}" for k in by)
            joins += f" LEFT JOIN (SELECT * FROM ({ranked}) AS r WHERE nth = 1) AS m{at} ON {on}"
            chosen.append(f"m{at}.value AS {quoted(column)}")
        else:
            told.append(f"{_AGGREGATES[one.summary].format(value)} AS {quoted(column)}")
            chosen.append(f"g.{quoted(column)}")
    groups = f"SELECT {', '.join(told)} FROM {quoted(name)}{kept} GROUP BY {keys}"
    return f"SELECT {', '.join(chosen)} FROM ({groups}) AS g{joins}"
