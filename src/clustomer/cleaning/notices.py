"""What cleaning has to report: values that could not be read, choices that the data left open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from clustomer.cleaning import dates, missing, numbers
from clustomer.cleaning.categories import UNKNOWN_LEVEL, CategoryRepair, key
from clustomer.cleaning.dates import DateRepair
from clustomer.cleaning.numbers import NumberRepair
from clustomer.cleaning.repair import ColumnRepair
from clustomer.cleaning.values import Repaired
from clustomer.errors import listed
from clustomer.findings import Finding, Severity

SEVERE_SHARE = 0.05
_EXAMPLES = 3
_LONGEST = 30


@dataclass(frozen=True, slots=True)
class Met:
    """A distinct raw value that was looked up, what became of it, and on how many rows."""

    raw: str
    repaired: Repaired
    count: int


def notices(table: str, column: ColumnRepair, met: list[Met], rows: int) -> list[Finding]:
    """Report on one column.

    Parameters
    ----------
    table
        The recipe's name of the table.
    column
        The column and its repair.
    met
        The values that were looked up.
    rows
        Rows of the table.
    """
    where = f"{table}.{column.name}"
    match column.repair:
        case NumberRepair():
            return list(_of_numbers(where, column, column.repair, met, rows))
        case DateRepair():
            return list(_of_dates(where, column, column.repair, met, rows))
        case CategoryRepair():
            return list(_of_categories(where, column, column.repair, met, rows))
        case _:
            return []


def _of_numbers(
    where: str, column: ColumnRepair, repair: NumberRepair, met: list[Met], rows: int
) -> Iterator[Finding]:
    refused = [m for m in met if m.repaired.rule in (numbers.UNREADABLE, *numbers.REFUSED)]
    if refused:
        yield Finding(
            "unreadable-number",
            _severity(refused, rows),
            f"{where}: {_values(refused)} could not be read as a number and became blank"
            f"{_examples(column, refused)}.",
            "correct them in the source, or name another kind for the column in the recipe",
        )
    unsure = [m for m in met if not repair.decided and numbers.evidence(m.raw) == "?"]
    if unsure:
        yield Finding(
            "ambiguous-number",
            "warning",
            f"{where}: {_values(unsure)} may have a decimal comma or a thousands separator"
            f"{_examples(column, unsure)}; read as thousands, for nothing in the column decides.",
            "if the comma is a decimal mark, write these numbers with a point in the source",
        )
    foreign = [m for m in met if m.repaired.rule == numbers.OTHER_UNIT]
    if foreign:
        yield Finding(
            "mixed-units",
            "problem",
            f"{where}: its numbers are in {repair.unit}, but {_values(foreign)} in a unit that "
            f"cannot be converted; they became blank{_examples(column, foreign)}.",
            "give all numbers of the column in one unit",
        )
    signs = [m for m in met if numbers.PERCENT_SIGN in m.repaired.rule.split(" + ")]
    if signs:
        yield Finding(
            "percent-signs",
            "note",
            f"{where}: {_values(signs)} with a per cent sign are of the size of those without; "
            "both were read as they stand.",
            "if the sign is meant, divide these numbers by 100 in the source",
        )
    other = "decimal-comma" if repair.decimal == "." else "decimal-point"
    mixed = [m for m in met if other in m.repaired.rule]
    if mixed:
        usual = "point" if repair.decimal == "." else "comma"
        yield Finding(
            "mixed-decimal-marks",
            "warning",
            f"{where}: the decimal mark is a {usual}, but {_values(mixed)} can only be read "
            f"the other way{_examples(column, mixed)}.",
            "see cleaning/audit.csv whether each was read as meant",
        )
    money = sorted({numbers.currency(m.raw) for m in met if "currency" in m.repaired.rule})
    if len(money) > 1:
        yield Finding(
            "mixed-currencies",
            "problem",
            f"{where}: amounts in several currencies ({listed(money)}); nothing was converted.",
            "convert to one currency in the source",
        )


def _of_dates(
    where: str, column: ColumnRepair, repair: DateRepair, met: list[Met], rows: int
) -> Iterator[Finding]:
    unread = [m for m in met if m.repaired.rule == dates.UNREADABLE]
    if unread:
        yield Finding(
            "unreadable-date",
            _severity(unread, rows),
            f"{where}: {_values(unread)} could not be read as a date ({repair.order}) and became "
            f"blank{_examples(column, unread)}.",
            f'correct them in the source, or set format for column "{column.name}" in the recipe '
            f"to one of: {', '.join(dates.ORDERS)}",
        )
    zoned = [m for m in met if m.repaired.rule == "to-utc"]
    if zoned:
        yield Finding(
            "times-to-utc",
            "note",
            f"{where}: the times of {_values(zoned)} name another zone and were turned to UTC; "
            "times without a zone stay as they are.",
        )
    unsure = [] if repair.decided else [m for m in met if m.repaired.rule == repair.order]
    if unsure:
        yield Finding(
            "ambiguous-date",
            "note" if repair.because else "warning",
            f"{where}: dates of {_values(unsure)} can be read in more than one order"
            f"{_both_ways(column, unsure)}; read as {repair.order}"
            + (f", as in column {repair.because}." if repair.because else "."),
            f'if that is wrong, set format for column "{column.name}" in the recipe to one of: '
            f"{', '.join(order for order in dates.ORDERS if order != repair.order)}",
        )


def _both_ways(column: ColumnRepair, met: list[Met]) -> str:
    first = max(met, key=lambda m: (m.count, m.raw))
    read = [f"{day:%Y-%m-%d} ({order})" for order, day in dates.readings(first.raw).items()]
    return "" if column.sensitive else f" ('{_cut(first.raw)}' may be {' or '.join(read)})"


def _of_categories(
    where: str, column: ColumnRepair, repair: CategoryRepair, met: list[Met], rows: int
) -> Iterator[Finding]:
    foreign = [m for m in met if m.repaired.rule == UNKNOWN_LEVEL]
    if foreign:
        levels = listed(dict.fromkeys(repair.spelling.values()))
        yield Finding(
            "unknown-level",
            _severity(foreign, rows),
            f"{where}: {_values(foreign)} are none of its levels ({levels}) and became blank"
            f"{_examples(column, foreign)}.",
            f'add them to the order of column "{column.name}" in the recipe',
        )
    open_ones = [
        m
        for m in met
        if m.repaired.value is not None
        and missing.doubtful(key(m.raw))
        and key(m.raw) not in repair.vocabulary
        and m.raw not in repair.exceptions
    ]
    if open_ones:
        word = max(open_ones, key=lambda m: (m.count, m.raw)).raw
        yield Finding(
            "doubtful-blank",
            "note",
            f"{where}: {_values(open_ones)} hold '{_cut(word)}', which is a value or a word for "
            "none; they stay as they are.",
            f'if it means no value, set missing = ["{_cut(word)}"] for column "{column.name}" in '
            "the recipe",
        )
    unseen = [m for m in met if m.repaired.rule != UNKNOWN_LEVEL and repair.unseen(m.raw, m.count)]
    if unseen:
        yield Finding(
            "unseen-category",
            "warning",
            f"{where}: {_values(unseen)} were not there when the model was fitted"
            f"{_examples(column, unseen)}.",
            "fit again when they are here to stay",
        )


def _severity(met: list[Met], rows: int) -> Severity:
    return "problem" if sum(m.count for m in met) > SEVERE_SHARE * rows else "warning"


def _values(met: list[Met]) -> str:
    rows = sum(m.count for m in met)
    return f"{rows:,} row{'s' if rows != 1 else ''} ({len(met):,} distinct)"


def _examples(column: ColumnRepair, met: Iterable[Met]) -> str:
    if column.sensitive:
        return ""
    most = sorted(met, key=lambda m: (-m.count, m.raw))[:_EXAMPLES]
    return ", such as " + ", ".join(f"'{_cut(m.raw)}'" for m in most)


def _cut(raw: str) -> str:
    return raw if len(raw) <= _LONGEST else raw[: _LONGEST - 1] + "…"
