"""Moments written as a number: days as spreadsheets count them, seconds as computers count them.

Their ranges do not meet, nor do they meet dates of eight digits: 20,000 to 80,000 are days of a
spreadsheet (1954 to 2119), 10 digits seconds and 13 digits milliseconds since 1970. Still a column
must show what it holds: a lone 45123 among dates is as likely to be a slip.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

Serial = Literal["", "excel-serial", "epoch", "epoch-ms"]

SHARE: Final = 0.9
"""Share of a column's plain numbers that one kind must read."""

ROWS: Final = 3
"""Rows that must show it."""

_EXCEL: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - the clean column has no zone
_UNIX: Final = datetime(1970, 1, 1)  # noqa: DTZ001
_NUMBER = re.compile(r"[0-9]{5,13}(?:[.][0-9]+)?")
_RANGES: Final[dict[Serial, tuple[float, float]]] = {
    "excel-serial": (20_000, 80_000),
    "epoch": (1e8, 1e10),
    "epoch-ms": (1e11, 1e13),
}


def kind_of(text: str) -> Serial:
    """Tell what a number would be read as; "" where it is none of them.

    >>> kind_of("45123"), kind_of("1720224000"), kind_of("1720224000123"), kind_of("20250706")
    ('excel-serial', 'epoch', 'epoch-ms', '')
    """
    if not _NUMBER.fullmatch(text):
        return ""
    number = float(text)
    return next((kind for kind, (low, high) in _RANGES.items() if low <= number < high), "")


def moment(text: str, kind: Serial) -> datetime | None:
    """Read a number as a moment, to the microsecond; None where it is not of this kind.

    >>> moment("45123.5", "excel-serial"), moment("1720224000", "epoch")
    (datetime.datetime(2023, 7, 16, 12, 0), datetime.datetime(2024, 7, 6, 0, 0))
    """
    if not kind or kind_of(text) != kind:
        return None
    number = float(text)
    if kind == "excel-serial":
        # Half a second is more than a cell's format shows: times are rounded to the second.
        return _EXCEL + timedelta(seconds=round(number * 86_400))
    return _UNIX + (
        timedelta(seconds=number) if kind == "epoch" else timedelta(milliseconds=number)
    )


def column_serial(texts: Mapping[str, int]) -> Serial:
    """What the numbers of a date column are, by all of them.

    Parameters
    ----------
    texts
        Trimmed texts that are no dates by themselves, with the number of rows of each.

    >>> column_serial({"45123": 5, "45124": 3, "n/a": 2})
    'excel-serial'
    >>> column_serial({"45123": 5, "12": 7})
    ''
    """
    rows: dict[Serial, int] = {}
    for text, count in texts.items():
        if text.replace(".", "", 1).isdigit():
            kind = kind_of(text)
            rows[kind] = rows.get(kind, 0) + count
    for kind in _RANGES:
        if rows.get(kind, 0) >= max(ROWS, SHARE * sum(rows.values())):
            return kind
    return ""
