"""Values that cannot be: an age of 900, a price below zero, an order of the year 1843.

They are reported, never changed: a recipe's `limits` say what becomes of them. What cannot be is
told by the recipe's limits or, without any, by the words of a column's name (`RANGES`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from clustomer.cleaning.numbers import NumberRepair
from clustomer.cleaning.repair import ColumnRepair
from clustomer.engines.base import Engine, quoted
from clustomer.findings import Finding
from clustomer.meanings import MEANINGS, words_of


@dataclass(frozen=True, slots=True)
class Range:
    """What numbers a column may hold.

    Parameters
    ----------
    low, high
        Both are possible; None: no limit.
    says
        What such a number is.
    """

    low: float | None
    high: float | None
    says: str


_AGE: Final = frozenset(["age", "alter", "edad", "eta", "leeftijd"])
_INCOME: Final = frozenset(
    ["income", "einkommen", "ingresos", "ingreso", "revenu", "reddito", "inkomen"]
)
_DISCOUNT: Final = frozenset(["discount", "rabatt", "descuento", "remise", "sconto", "korting"])

Words = frozenset[str]

RANGES: Final[tuple[tuple[tuple[Words, ...], Range], ...]] = (
    ((MEANINGS["birth"], MEANINGS["years"]), Range(1900, 2100, "a year of birth")),
    ((_AGE,), Range(0, 120, "an age in years")),
    # A rate or a tariff may be below zero; a price is not.
    ((MEANINGS["price"] - {"rate", "tariff"},), Range(0, 1e9, "a price")),
    ((MEANINGS["cost"],), Range(0, 1e9, "a cost")),
    ((MEANINGS["quantity"] - {"unit", "units"},), Range(-1e6, 1e6, "a quantity")),
    ((_INCOME,), Range(0, 1e9, "an income")),
    ((frozenset(("tenure",)),), Range(0, 1e5, "a time as a customer")),
    ((_DISCOUNT,), Range(None, 100, "a discount")),
)
"""Sets of words: a name must hold one of each. Then what it may hold; the first that fits."""

FIRST: Final = "1900-01-01"
LAST: Final = "2100-01-01"
"""Days before the first, or from the last on, are no dates of customers or orders."""


def range_of(name: str) -> Range | None:
    """What numbers a column of this name may hold; None where its name does not tell.

    >>> range_of("UnitPrice").says, range_of("average"), range_of("birth_year").low
    ('a price', None, 1900)
    >>> range_of("Stückpreis").says, range_of("Geburtsjahr").says, range_of("prix_unitaire").says
    ('a price', 'a year of birth', 'a price')
    """
    words = set(words_of(name))
    return next((range_ for needed, range_ in RANGES if all(any_ & words for any_ in needed)), None)


def implausible(
    engine: Engine, relation: str, table: str, columns: Iterable[ColumnRepair]
) -> list[Finding]:
    """Count the values of a clean relation that cannot be, in one query.

    Parameters
    ----------
    engine, relation
        The clean relation.
    table
        The recipe's name of the table.
    columns
        Its columns.
    """
    asked: list[tuple[ColumnRepair, str, str, str]] = []
    for column in columns:
        asked += _asked(column)
    if not asked:
        return []
    counts = ", ".join(
        f"sum(CASE WHEN {condition} THEN 1 ELSE 0 END) AS c{at}"
        for at, (_, condition, _, _) in enumerate(asked)
    )
    found = engine.arrow(f"SELECT {counts} FROM {quoted(relation)}")
    findings = []
    for at, (column, _, says, code) in enumerate(asked):
        if rows := int(found.column(at)[0].as_py() or 0):
            findings.append(_finding(f"{table}.{column.name}", column, rows, says, code))
    return findings


def _asked(column: ColumnRepair) -> list[tuple[ColumnRepair, str, str, str]]:
    """Conditions that no value should fulfil, what each means, and the code of the finding."""
    x = quoted(column.name)
    if column.kind == "date":
        early = f"{x} < TIMESTAMP '{FIRST} 00:00:00' OR {x} >= TIMESTAMP '{LAST} 00:00:00'"
        return [(column, early, f"before {FIRST} or from {LAST} on", "implausible-date")]
    if not isinstance(column.repair, NumberRepair):
        return []
    limits = column.repair.limits
    if limits.change:
        return []
    if limits.low is not None or limits.high is not None:
        range_, code = Range(limits.low, limits.high, "the recipe's limits"), "beyond-limits"
    elif known := range_of(column.name):
        range_, code = known, "implausible-number"
    else:
        return []
    asked = []
    if range_.low is not None:
        says = f"below {range_.low:,.12g} ({range_.says})"
        asked.append((column, f"{x} < {range_.low:.17e}", says, code))
    if range_.high is not None:
        says = f"above {range_.high:,.12g} ({range_.says})"
        asked.append((column, f"{x} > {range_.high:.17e}", says, code))
    return asked


def _finding(where: str, column: ColumnRepair, rows: int, says: str, code: str) -> Finding:
    text = f"{where}: {rows:,} row{'s' if rows != 1 else ''} {says}; nothing was changed."
    if code == "implausible-date":
        return Finding("implausible-date", "warning", text, "correct them in the source")
    remedy = (
        f'correct them in the source, or set limits for column "{column.name}" in the recipe, '
        'with action = "cap" or "blank"'
    )
    if code == "beyond-limits":
        return Finding("beyond-limits", "warning", text, remedy)
    return Finding("implausible-number", "warning", text, remedy)
