"""The distinct values of a raw table, and how many rows hold each: what repairs are learnt from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clustomer.cleaning import sql
from clustomer.engines.base import Engine, Stored, quoted
from clustomer.names import Kind

Counts = Mapping[str, int]
"""Raw value -> rows."""


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
            counts = odd_values(
                engine, relation, mapping[name], written, grouped.get(mapping[name])
            )
            native = kind == "number" and of == "number"
            seen[name] = spelt_alike(counts) if native else counts
    return Survey(seen, grouped)


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


def odd_values(
    engine: Engine, relation: str, source: str, column: sql.Column, grouped: str | None
) -> dict[str, int]:
    """Count the values of a column that the engine cannot read by itself, by spelling.

    Parameters
    ----------
    column
        The SQL of it, which says what the engine reads.
    grouped
        The relation of its distinct values, where `survey` made one.
    """
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


def spelt_alike(counts: Counts) -> dict[str, int]:
    """Spell native numbers as Python does: engines write ``inf`` and ``1e308`` differently."""
    alike: Counter[str] = Counter()
    for raw, count in counts.items():
        alike[repr(float(raw))] += count
    return dict(sorted(alike.items()))
