"""Replaying an audit over raw tables: the clean tables, made from the record alone.

Nothing of the cleaning is used here. A raw value is looked up in the audit; one that the audit does
not name is read as its column's reading says. Then blank cells are filled, and rows dropped, as the
actions say. That the outcome is what cleaning left shows that the audit tells everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from clustomer.cleaning.cellrecord import CELL_RULES
from clustomer.names import ROW

if TYPE_CHECKING:
    import pyarrow as pa

Clean = float | str | datetime | None
Cell = tuple[str, str]

_DERIVED: Final = "derived"
_MERGED: Final = "same-customer"
AFTERWARDS: Final = (_DERIVED, _MERGED, *CELL_RULES)
"""Rules that do not look a raw value up: they fill single cells, or follow on clean values."""
_NUMBER: Final = re.compile(r" *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)? *")


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that cleaning did.

    Parameters
    ----------
    audit
        As `audit.audit_table`.
    actions
        As `audit.actions_table`.
    readings
        As `audit.readings_table`.
    """

    audit: pa.Table
    actions: pa.Table
    readings: pa.Table


def replay(raw: Mapping[str, pa.Table], record: Record) -> dict[str, pa.Table]:
    """Make the clean tables from the raw ones and the record of a run.

    Parameters
    ----------
    raw
        By table: the rows that could be read, under the source's names, in the order of the source
        or with the column ``source_row`` that tells it.
    record
        What the run left.

    Returns
    -------
    dict
        By table: the rows that were used, in the order of the source, under the recipe's names;
        numbers as float64, dates as timestamp[us], all else as text.

    Raises
    ------
    ValueError
        When a column or table of the record is not there, or a value can be read neither by the
        audit nor by its column's reading.
    """
    lookups, merged = _lookups(record.audit), _lookups(record.audit, _MERGED)
    columns: dict[str, list[dict[str, str]]] = {}
    for reading in record.readings.to_pylist():
        columns.setdefault(reading["table"], []).append(reading)
    acts: dict[str, list[dict[str, object]]] = {}
    for action in record.actions.to_pylist():
        acts.setdefault(action["table"], []).append(action)
    clean = {}
    for name, readings in columns.items():
        if name not in raw:
            raise ValueError(f"the record tells of the table '{name}', which is not there")
        clean[name] = _table(raw[name], readings, (lookups, merged), acts.get(name, []))
    return clean


Lookups = Mapping[Cell, Mapping[str, str]]


def _lookups(audit: pa.Table, rule: str = "") -> dict[Cell, dict[str, str]]:
    """Raw value to clean one, by column; of a rule that is applied afterwards: clean to clean."""
    found: dict[Cell, dict[str, str]] = {}
    for row in audit.to_pylist():
        if row["rule"] == rule or (not rule and row["rule"] not in AFTERWARDS):
            found.setdefault((row["table"], row["column"]), {})[row["raw"]] = row["repaired"]
    return found


def _table(
    raw: pa.Table,
    readings: Iterable[Mapping[str, str]],
    lookups: tuple[Lookups, Lookups],
    actions: Iterable[Mapping[str, object]],
) -> pa.Table:
    import pyarrow as pa

    if ROW in raw.column_names:
        raw = raw.sort_by(ROW)
        rows = raw[ROW].to_pylist()
    else:
        rows = list(range(raw.num_rows))
    place = {row: at for at, row in enumerate(rows)}
    dropped = set()
    filled: dict[str, list[tuple[int, str]]] = {}
    for action in actions:
        at = place[action["row"]]
        if action["action"] == "drop":
            dropped.add(at)
        else:
            filled.setdefault(str(action["column"]), []).append((at, str(action["value"])))
    made = {}
    for reading in readings:
        if reading["source"] not in raw.column_names:
            raise ValueError(f"the record tells of the column '{reading['source']}'")
        cell = reading["table"], reading["column"]
        known, merged = (one.get(cell, {}) for one in lookups)
        values = _column(raw[reading["source"]], reading["kind"], known)
        if merged:
            values = [merged.get(str(value), value) for value in values]
        for at, text in filled.get(reading["column"], []):
            values[at] = _clean(text, reading["kind"])
        made[reading["column"]] = pa.array(values, _type(reading["kind"]))
    table = pa.table(made)
    if not dropped:
        return table
    kept = [at for at in range(table.num_rows) if at not in dropped]
    return table.take(pa.array(kept, pa.int64()))


def _type(kind: str) -> pa.DataType:
    import pyarrow as pa

    types = {"number": pa.float64(), "date": pa.timestamp("us")}
    return types.get(kind, pa.string())


def _column(column: pa.ChunkedArray, kind: str, known: Mapping[str, str]) -> list[Clean]:
    coded = column.combine_chunks().dictionary_encode()
    by_number = {n: new for raw, new in known.items() if (n := _number(raw)) is not None}
    read: list[Clean] = [
        _value(value, kind, known, by_number) for value in coded.dictionary.to_pylist()
    ]
    return [None if code is None else read[code] for code in coded.indices.to_pylist()]


def _value(
    raw: object, kind: str, known: Mapping[str, str], by_number: Mapping[float, str]
) -> Clean:
    if isinstance(raw, (int, float)) and not isinstance(raw, bool) and kind == "number":
        number = float(raw)
        spelt = repr(number)
        if spelt in known or number in by_number:
            return _clean(known.get(spelt, by_number.get(number, "")), kind)
        return number
    if isinstance(raw, float) and raw != raw:  # noqa: PLR0124 - NaN
        return None
    text = _text(raw)
    return _clean(known[text], kind) if text in known else _read(raw, text, kind)


def _read(raw: object, text: str, kind: str) -> Clean:
    if kind == "number":
        if isinstance(raw, bool):
            return float(raw)
        if not _NUMBER.fullmatch(text):
            raise ValueError(f"{text!r} is no plain number, and the audit does not name it")
        return float(text)
    if kind == "date":
        if isinstance(raw, datetime):
            return raw
        if isinstance(raw, date):
            return datetime(raw.year, raw.month, raw.day)  # noqa: DTZ001 - clean dates have no zone
        return datetime.fromisoformat(text.removesuffix("Z"))
    return text


def _clean(text: str, kind: str) -> Clean:
    """A clean value of the audit; the empty text is a blank."""
    if not text:
        return None
    if kind == "number":
        return float(text)
    return datetime.fromisoformat(text) if kind == "date" else text


def _text(raw: object) -> str:
    """A value as text: whole numbers without a point."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 9e18:
        return str(int(raw))
    return str(raw)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
