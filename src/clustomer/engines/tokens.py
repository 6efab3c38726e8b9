"""SQL expressions as tokens, for those who must know what an expression is made of."""

from __future__ import annotations

import re
from typing import Final

TOKEN: Final = re.compile(
    r"(?P<text>'(?:[^']|'')*')|(?P<name>\"(?:[^\"]|\"\")*\")"
    r"|(?P<number>[0-9][0-9.]*(?:[eE][+-]?[0-9]+)?)|(?P<word>[^\W\d]\w*)|(?P<mark>--|/\*|[^\s\w])"
)
"""A token; the name of its group says which kind it is."""

COMMENTS: Final = frozenset({"--", "/*"})
"""Marks that begin a comment."""

ROWWISE: Final = frozenset(
    {
        *("case", "when", "then", "else", "end", "and", "or", "not", "is", "null", "true", "false"),
        *("cast", "as", "timestamp", "double"),
        *("coalesce", "nullif", "secs", "abs", "greatest", "least"),
    }
)
"""Words that name no column, and whose value depends on the values of one row alone."""
