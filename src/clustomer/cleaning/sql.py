"""The SQL of cleaning: a column as text, what the engine may read by itself, what it must look up.

What is read by the engine is exactly what the Python functions read without a rule; a test holds
the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clustomer.cleaning.dates import ISO_TIME
from clustomer.cleaning.numbers import LIMIT, NumberRepair
from clustomer.cleaning.values import WHITE
from clustomer.engines.base import Stored, literal, quoted
from clustomer.names import Kind

_DAY: Final = (
    "[1-9][0-9]{3}-("
    "(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
    "|(0[13-9]|1[0-2])-(29|30)"
    "|(0[13578]|1[02])-31)"
)
ISO: Final = rf"^{_DAY}({ISO_TIME})?\z"
"""Dates whose cast cannot fail; 29 February is looked up, for engines stop at a wrong one."""

EDGE: Final = rf"^[{WHITE}]|[{WHITE}]\z|^\z"
EDGES: Final = rf"^[{WHITE}]+|[{WHITE}]+\z"
EMPTY: Final = rf"^[{WHITE}]*\z"
DECIMAL_POINT: Final = (
    r"^ *[+-]?([0-9]*[.]([0-9]{0,2}|[0-9]{4,})|[0-9]{4,}[.][0-9]{3}|0?[.][0-9]{3}) *\z"
)
"""Plain numbers whose point cannot be a thousands separator."""


@dataclass(frozen=True, slots=True)
class Column:
    """The SQL of one column.

    Parameters
    ----------
    text
        The raw value as text.
    ready
        A condition, true or false but never null: the engine reads the value by itself.
    value
        The clean value where `ready` holds.
    type
        SQL type of the clean column.
    mended
        The clean value where `ready` does not hold, if SQL can tell it; otherwise it is looked up.
        Keys and text may have as many odd values as rows; a native number can only be refused.
    """

    text: str
    ready: str
    value: str
    type: str = "STRING"
    mended: str | None = None


def column(source: str, kind: Kind, stored: Stored, number: NumberRepair | None = None) -> Column:
    """Write the SQL of a column from its source name, its kind and how the engine stores it."""
    raw = f"t.{quoted(source)}"
    if kind == "number":
        return _number(raw, stored, number or NumberRepair())
    if kind == "date":
        return _date(raw, stored)
    text = _text(raw, stored)
    if kind in ("category", "ordinal"):
        return Column(text, "false", text)
    if stored in ("flag", "date", "number"):
        return Column(text, "true", text)
    unready = EDGE if kind == "key" else EMPTY
    mended = f"nullif(re_sub({text}, {literal(EDGES)}, ''), '')" if kind == "key" else "NULL"
    return Column(text, _sure(f"NOT re_has({text}, {literal(unready)})"), text, mended=mended)


def _date(raw: str, stored: Stored) -> Column:
    text = _text(raw, stored)
    if stored == "date":
        return Column(text, "true", f"CAST({raw} AS TIMESTAMP)", "TIMESTAMP")
    ready = _sure(f"re_has({text}, {literal(ISO)})")
    # Spark refuses a zone in a timestamp without one.
    return Column(text, ready, f"CAST(replace({text}, 'Z', '') AS TIMESTAMP)", "TIMESTAMP")


def _number(raw: str, stored: Stored, repair: NumberRepair) -> Column:
    if stored == "flag":
        return Column(
            _text(raw, stored), "true", f"CAST(CAST({raw} AS INTEGER) AS DOUBLE)", "DOUBLE"
        )
    text = f"CAST({raw} AS STRING)"
    value = f"CAST({raw} AS DOUBLE)" if stored == "number" else f"to_num({text})"
    ready = " AND ".join((f"abs({value}) < {LIMIT:.0e}", *_allowed(value, repair)))
    if stored == "number":
        return Column(text, _sure(ready), value, "DOUBLE", mended=_capped(value, repair))
    if repair.decimal == ",":
        ready = f"{ready} AND NOT re_has({text}, '[.]')"
    return Column(text, _sure(ready), value, "DOUBLE")


def _allowed(value: str, repair: NumberRepair) -> list[str]:
    """Conditions for a number to stay as it is under the recipe."""
    found = [f"{value} <> {_double(blank)}" for blank in repair.blanks]
    if repair.limits.change:
        low, high = repair.limits.low, repair.limits.high
        found += [f"{value} >= {_double(low)}"] if low is not None else []
        found += [f"{value} <= {_double(high)}"] if high is not None else []
    return found


def _capped(value: str, repair: NumberRepair) -> str:
    """What a native number becomes that is not ready: its limit, or a blank."""
    limits = repair.limits
    if limits.action != "cap" or not limits.change:
        return "NULL"
    sized = f"abs({value}) < {LIMIT:.0e}"
    cases = "".join(f" WHEN {value} = {_double(blank)} THEN NULL" for blank in repair.blanks)
    if limits.low is not None:
        cases += f" WHEN {sized} AND {value} < {_double(limits.low)} THEN {_double(limits.low)}"
    if limits.high is not None:
        cases += f" WHEN {sized} AND {value} > {_double(limits.high)} THEN {_double(limits.high)}"
    return f"CASE{cases} ELSE NULL END"


def _double(number: float) -> str:
    """A number as SQL: with an exponent it is a double in every engine."""
    return f"{number:.17e}"


def _text(raw: str, stored: Stored) -> str:
    if stored != "number":
        return f"CAST({raw} AS STRING)"
    return (
        f"CASE WHEN {raw} = CAST('NaN' AS DOUBLE) THEN NULL "
        f"WHEN {raw} > -9e18 AND {raw} < 9e18 AND floor({raw}) = {raw} "
        f"THEN CAST(CAST({raw} AS BIGINT) AS STRING) ELSE CAST({raw} AS STRING) END"
    )


def _sure(condition: str) -> str:
    return f"coalesce({condition}, false)"
