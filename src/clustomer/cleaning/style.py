"""The case in which a column is written: how the spellings of a rare value are made one.

What only a few rows hold is not kept in a model, so no lookup can tell that "BORDEAUX" is the
"Bordeaux" of two other rows. But where a column's values are nearly all written in one case, and
some are not, that case is a rule that needs no memory. It changes nothing but a value that is all
capitals or all small letters, and leaves alone what may be a code ("USA", "B12").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal

Style = Literal["", "title", "upper", "lower"]

AGREE: Final = 0.8
"""Share of a column's values that must be written in one case."""

SHORT: Final = 3
"""Capitals of this many letters or fewer may be a code."""

_WORD = re.compile(r"[^\W\d_]+")
_SMALL: Final = frozenset(
    ("and", "of", "the", "in", "on", "de", "la", "du", "des", "del", "di", "da", "van", "von", "et")
)


def column_style(spellings: Iterable[str], *, sloppy: bool) -> Style:
    """Tell the case of a column, or "" where it has none.

    Parameters
    ----------
    spellings
        One spelling of each value.
    sloppy
        Whether some value is written in several cases; otherwise nothing is to be made one.

    >>> column_style(["North", "Bank of Oslo", "South", "East", "UK"], sloppy=True)
    'title'
    >>> column_style(["North", "south"], sloppy=True)
    ''
    """
    styles = [style for one in spellings if (style := _style(one))]
    if not sloppy or not styles:
        return ""
    best = max(sorted(set(styles)), key=styles.count)
    return best if styles.count(best) >= AGREE * len(styles) else ""


def restyled(text: str, style: Style) -> str:
    """Write a text in the case of its column, where that can be told.

    >>> restyled("BANK OF OSLO", "title"), restyled("usa", "upper"), restyled("McRae", "title")
    ('Bank of Oslo', 'USA', 'McRae')
    >>> restyled("USA", "title"), restyled("B12 rack", "title"), restyled("x", "title")
    ('USA', 'B12 rack', 'x')
    """
    if not style or text not in (text.upper(), text.lower()) or any(map(str.isdigit, text)):
        return text
    if all(len(word) == 1 for word in _WORD.findall(text)):
        return text
    if style == "upper":
        return text.upper()
    if style == "lower":
        return text.lower()
    if text == text.upper() and all(len(word) <= SHORT for word in _WORD.findall(text)):
        return text
    return _titled(text)


def _style(text: str) -> Style:
    words = _WORD.findall(text)
    if not words:
        return ""
    # A word of one letter is a capital in titles and codes alike.
    if text == text.upper():
        return "upper" if any(len(word) > 1 for word in words) else ""
    if text == text.lower():
        return "lower"
    return "title" if text == _titled(text) else ""


def _titled(text: str) -> str:
    first = True

    def written(word: re.Match[str]) -> str:
        nonlocal first
        small = word[0].lower() in _SMALL and not first
        first = False
        return word[0].lower() if small else word[0].capitalize()

    return _WORD.sub(written, text)
