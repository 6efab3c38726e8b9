"""The errors a user can meet: each says what is wrong, what is there and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

OURS: Final = ("table '", "the table ")
"""How sources without a file name are called: the one beginning of a message that may be small."""


class ClustomerError(Exception):
    """Something that the user can put right; the command line shows it and exits with 2.

    Parameters
    ----------
    what
        What is wrong, in the user's words: file, table, column, row.
    found
        What is there instead. May be empty where `what` says it all.
    remedy
        What to do about it.
    """

    def __init__(self, what: str, *, found: str = "", remedy: str = "") -> None:
        if what.startswith(OURS):
            what = what[0].upper() + what[1:]
        super().__init__(what, found, remedy)
        self.what = what
        self.found = found
        self.remedy = remedy

    def __str__(self) -> str:
        lines = [self.what]
        if self.found:
            lines.append("  Found: " + self.found.replace("\n", "\n         "))
        if self.remedy:
            lines.append(f"  To do: {self.remedy}")
        return "\n".join(lines)


class RecipeError(ClustomerError):
    """A recipe has a wrong key, type or name."""


class DataError(ClustomerError):
    """The data cannot be read, joined or segmented as they are."""


class OutputError(ClustomerError):
    """A result cannot be written where it was asked for."""


class BundleError(ClustomerError):
    """A saved model is missing, damaged or of a version that cannot be read."""


class MissingExtraError(ClustomerError):
    """An optional part was asked for whose packages are not installed."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return "did you mean 'x'?" for the known name nearest to `word`, or "" where none is near.

    >>> nearest("sed", ["seed", "starts"])
    "did you mean 'seed'?"
    >>> nearest("colour", ["seed", "starts"])
    ''
    """
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"did you mean '{by_lower[close[0]]}'?" if close else ""


def listed(names: Iterable[str], limit: int = 12) -> str:
    """Join names for a message, cutting a long list.

    >>> listed(["a", "b"])
    'a, b'
    >>> listed("abcd", limit=2)
    'a, b and 2 more'
    """
    every = list(names)
    shown = ", ".join(every[:limit])
    return shown if len(every) <= limit else f"{shown} and {len(every) - limit} more"
