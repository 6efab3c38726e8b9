"""What every repair gives back, and what counts as white space and as blank."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Final, NamedTuple

Value = float | str | datetime | None


class Repaired(NamedTuple):
    """A canonical value and the rule that gave it.

    `value` is None for a blank; `rule` is empty where nothing was repaired.
    """

    value: Value
    rule: str = ""


WHITE: Final = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff"
)
"""White space in every engine: Unicode's, with zero-width spaces and byte order marks.

The characters themselves, not their escapes: engines read escapes differently."""

_RUN = re.compile(f"[{WHITE}]+")
_ZERO_WIDTH = str.maketrans("", "", "\u200b\u2060\ufeff")

BLANK: Final = "blank"
BLANK_WORD: Final = "blank-word"


def trimmed(raw: str) -> str:
    r"""Take white space of any kind from both ends.

    >>> trimmed("\x0b\u00a0five \t")
    'five'
    """
    return raw.strip(WHITE)


def tidy(raw: str) -> str:
    r"""Trim, make each run of white space one space, and compose accents (Unicode NFC).

    >>> tidy(" Bank \u00a0 Transfer\t")
    'Bank Transfer'
    """
    if raw.isascii() and raw.isalnum():
        return raw
    composed = unicodedata.normalize("NFC", raw.translate(_ZERO_WIDTH))
    return _RUN.sub(" ", composed).strip(" ")


def edged(raw: str) -> str:
    r"""Tidy as `tidy` does, but leave runs of plain spaces between words as they are.

    >>> edged(" the  right\t kind ")
    'the  right kind'
    """
    composed = unicodedata.normalize("NFC", raw.translate(_ZERO_WIDTH))
    odd = _RUN.sub(lambda run: run[0] if not run[0].strip(" ") else " ", composed)
    return odd.strip(" ")


def shown(value: Value) -> str:
    """Write a clean value for the audit; a blank is the empty text.

    >>> shown(3.0), shown(0.12), shown(datetime(2025, 7, 6)), shown(None)
    ('3', '0.12', '2025-07-06', '')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    return value
