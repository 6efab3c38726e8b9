"""Dates: one order of day, month and year for a whole column.

ISO dates (``2025-07-06``, with or without a time) and dates with the month's name say themselves
what they mean. For ``06-07-25`` the column decides: the order that reads most rows. Where
several read equally many, it is day-month-year unless another date column of the same table shows
its order, or of another table of the same source, and the choice is reported. Two-digit years from
69 on are of the 1900s, as in POSIX ``strptime``. Times with a zone are turned to UTC; the others
are kept as they are. Numbers are read as days of a spreadsheet or seconds since 1970 where the
column shows that it holds these (`serials`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from clustomer.cleaning.missing import BLANK_WORDS
from clustomer.cleaning.months import month_of
from clustomer.cleaning.serials import Serial, column_serial
from clustomer.cleaning.serials import moment as serial_moment
from clustomer.cleaning.values import BLANK, BLANK_WORD, Repaired, tidy
from clustomer.names import DateOrder

ORDERS: Final[tuple[DateOrder, ...]] = ("day-month-year", "month-day-year", "year-month-day")
"""In order of preference where a column leaves the choice."""

UNREADABLE: Final = "unreadable"
PIVOT: Final = 69

ISO_TIME: Final = "[ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?Z?"
"""Times of day that every engine reads alike."""

_SHORT: Final = 2
_FIRST_YEAR: Final = 1000
_NOON: Final = 12
_SPREAD: Final = 6
"""Distinct last parts from which a column may be taken for year-month-day with short years."""

_PLACES: Final[dict[DateOrder, tuple[int, int, int]]] = {
    "day-month-year": (2, 1, 0),
    "month-day-year": (2, 0, 1),
    "year-month-day": (0, 1, 2),
}
"""Where year, month and day stand."""

_TIME = (
    r"(?:(?:T|, ?| )(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r" ?(?P<half>[AP]\.?M\.?)?"
    r"(?: ?(?P<zone>Z|[A-Z]{3,4}|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
)
_NUMERIC = re.compile(
    rf"(?P<a>[0-9]{{4}}|[0-9]{{1,2}})(?P<mark>[-/. ])(?P<b>[0-9]{{1,2}})(?P=mark)"
    rf"(?P<c>[0-9]{{4}}|[0-9]{{1,2}}){_TIME}",
    re.IGNORECASE,
)
_COMPACT = re.compile(
    r"(?P<a>(?:19|20)[0-9]{2})(?P<b>[0-9]{2})(?P<c>[0-9]{2})"
    r"(?:[T ]?(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2}))?"
)
_SIMPLE = re.compile(f"[1-9][0-9]{{3}}-[0-9]{{2}}-[0-9]{{2}}({ISO_TIME})?")
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? )?"
_NAMED = (
    re.compile(
        rf"{_WEEKDAY}(?P<c>[0-9]{{1,2}})(?:st|nd|rd|th|er|º)?[-/. ]*(?:de |of )?"
        r"(?P<b>[^\W\d_]+)\.?,?[-/. ]*(?:de )?"
        rf"(?P<a>[0-9]{{4}}|[0-9]{{2}}){_TIME}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_WEEKDAY}(?P<b>[^\W\d_]+)\.?[-/. ]*(?P<c>[0-9]{{1,2}})(?:st|nd|rd|th)?,?[-/. ]+"
        rf"(?P<a>[0-9]{{4}}|[0-9]{{2}}){_TIME}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<a>[0-9]{{4}})[-/. ](?P<b>[^\W\d_]+)[-/. ](?P<c>[0-9]{{1,2}}){_TIME}", re.IGNORECASE
    ),
)
_ZONES: Final = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "CET": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "EST": -5,
    "EDT": -4,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "AEST": 10,
    "AEDT": 11,
    "JST": 9,
}
"""Hours ahead of UTC, of the names that mean one zone only (CST, BST and IST mean several)."""

_ZERO_DATES = frozenset(("0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "00-00-0000"))


@dataclass(frozen=True, slots=True)
class DateRepair:
    """How one date column is read.

    Parameters
    ----------
    order
        Order of day, month and year in dates of numbers only.
    decided
        False where another order would have read the column as well, and nobody said which.
    because
        The column whose dates settled the order, or "": of the same table, or ``table.column`` of
        another one.
    shown
        Whether the column's own dates settled the order.
    serial
        What the numbers of the column are, if it holds such.
    """

    order: DateOrder = "day-month-year"
    decided: bool = True
    because: str = ""
    shown: bool = field(default=False, compare=False)
    serial: Serial = ""

    def one(self, raw: str) -> Repaired:
        """Read one raw text; the value is a `datetime` without a zone.

        >>> DateRepair().one("06-07-25")
        Repaired(value=datetime.datetime(2025, 7, 6, 0, 0), rule='day-month-year')
        >>> DateRepair("month-day-year").one("7/6/2025 3:05 PM").value.isoformat()
        '2025-07-06T15:05:00'
        """
        text = tidy(raw)
        if not text:
            return Repaired(None, BLANK)
        if text.casefold() in BLANK_WORDS or text in _ZERO_DATES:
            return Repaired(None, BLANK_WORD)
        if found := _NUMERIC.fullmatch(text):
            return self._in_order(found, raw)
        for pattern in (_COMPACT, *_NAMED):
            if found := pattern.fullmatch(text):
                return _dated(found, "compact" if pattern is _COMPACT else "month-name")
        at = serial_moment(text, self.serial)
        return Repaired(at, self.serial) if at else Repaired(None, UNREADABLE)

    def _in_order(self, found: re.Match[str], raw: str) -> Repaired:
        if len(found["a"]) > _SHORT:
            return _dated(found, "" if _SIMPLE.fullmatch(raw) else "year-month-day")
        places = _places(found, self.order)
        return _dated(found, self.order, places) if places else Repaired(None, UNREADABLE)

    def many(self, raws: list[str]) -> list[Repaired]:
        """Read each raw text."""
        return [self.one(raw) for raw in raws]


def learn_dates(
    unclean: Mapping[str, int],
    forced: DateOrder | None = None,
    sibling: tuple[str, DateOrder] | None = None,
) -> DateRepair:
    """Choose the order of a column's dates.

    Parameters
    ----------
    unclean
        Raw texts that the engine could not read by itself, with the number of rows of each.
    forced
        The order that the recipe names; obeyed.
    sibling
        A date column of the same table that shows its order, and that order; it settles an
        ambiguous column.
    """
    serial = column_serial(_odd(unclean))
    if forced:
        return DateRepair(forced, serial=serial)
    open_ones = [(found, count) for raw, count in unclean.items() if (found := _open(raw))]
    reads = dict.fromkeys(ORDERS, 0)
    for found, count in open_ones:
        for order in _read(found):
            reads[order] += count
    most = max(reads.values())
    best = [order for order in ORDERS if reads[order] == most]
    if most == 0 or len(best) == 1:
        return DateRepair(best[0], shown=most > 0, serial=serial)
    best = _by_spread(best, [found for found, _ in open_ones])
    if sibling and sibling[1] in best:
        return DateRepair(sibling[1], decided=False, because=sibling[0], serial=serial)
    decided = len(best) == 1 and best[0] != "year-month-day"
    return DateRepair(best[0], decided=decided, shown=decided, serial=serial)


def _odd(unclean: Mapping[str, int]) -> dict[str, int]:
    """Texts that are no dates by themselves, trimmed."""
    odd: dict[str, int] = {}
    for raw, count in unclean.items():
        text = tidy(raw)
        if not _COMPACT.fullmatch(text):
            odd[text] = odd.get(text, 0) + count
    return odd


def _by_spread(best: list[DateOrder], dates: list[re.Match[str]]) -> list[DateOrder]:
    """Tell days from short years, which repeat: ``26-04-25`` might be of 2026 as well."""
    if best[0] == "year-month-day" or "year-month-day" not in best:
        return best
    first, last = (len({found[part] for found in dates}) for part in ("a", "c"))
    if last >= _SPREAD and last > 2 * first:
        return ["year-month-day"]
    return best[:-1] if first >= last else best


def readings(raw: str) -> dict[DateOrder, datetime]:
    """Read a date of numbers in each order that it allows, different readings only.

    >>> {order: f"{day:%Y-%m-%d}" for order, day in readings("06-07-2025").items()}
    {'day-month-year': '2025-07-06', 'month-day-year': '2025-06-07'}
    """
    found = _open(raw)
    read: dict[DateOrder, datetime] = {}
    for order, value in _read(found).items() if found else ():
        if value not in read.values():
            read[order] = value
    return read


def _open(raw: str) -> re.Match[str] | None:
    """A date of numbers that does not begin with a year of four digits."""
    found = _NUMERIC.fullmatch(tidy(raw))
    return found if found and len(found["a"]) <= _SHORT else None


def _read(found: re.Match[str]) -> dict[DateOrder, datetime]:
    read: dict[DateOrder, datetime] = {}
    for order in ORDERS:
        places = _places(found, order)
        value = _dated(found, order, places).value if places else None
        if isinstance(value, datetime):
            read[order] = value
    return read


def _places(found: re.Match[str], order: DateOrder) -> tuple[str, str, str] | None:
    """Year, month and day as they stand, or None where the widths rule the order out."""
    parts = found.group("a", "b", "c")
    year, month, day = (parts[place] for place in _PLACES[order])
    return (year, month, day) if len(year) >= _SHORT >= len(day) else None


def _dated(
    found: re.Match[str],
    rule: str,
    places: tuple[str, str, str] | None = None,
) -> Repaired:
    year, month, day = places or found.group("a", "b", "c")
    at = found.groupdict()
    number = month_of(month) if month.isalpha() else int(month)
    hour = _hour(int(at["hour"] or 0), at.get("half"))
    ahead = _ahead(at.get("zone"))
    if hour is None or ahead is None or (len(year) > _SHORT and int(year) < _FIRST_YEAR):
        return Repaired(None, UNREADABLE)
    try:
        moment = datetime(  # noqa: DTZ001 - the clean column has no zone
            _full_year(year),
            number,
            int(day),
            hour,
            int(at["minute"] or 0),
            int(at["second"] or 0),
            int((at.get("fraction") or "0").ljust(6, "0")[:6]),
        )
        moment -= ahead
    except (ValueError, OverflowError):
        return Repaired(None, UNREADABLE)
    return Repaired(moment, "to-utc" if ahead else rule)


def _full_year(year: str) -> int:
    number = int(year)
    if len(year) > _SHORT:
        return number
    return number + (1900 if number >= PIVOT else 2000)


def _hour(hour: int, half: str | None) -> int | None:
    if half is None:
        return hour
    if not 1 <= hour <= _NOON:
        return None
    return hour % _NOON + (_NOON if half[0] in "Pp" else 0)


def _ahead(zone: str | None) -> timedelta | None:
    """How far a zone is ahead of UTC; None where its name means several zones, or none."""
    if zone is None:
        return timedelta()
    if zone[0] not in "+-":
        hours = _ZONES.get(zone.upper())
        return None if hours is None else timedelta(hours=hours)
    digits = zone[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -ahead if zone[0] == "-" else ahead
