"""SQL expressions as tokens, for those who must know what an expression is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable
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

_MARKS: Final = frozenset("(),=<>!+-*/")
"""Marks of expressions whose value depends on one row alone."""


def columns_read(sql: str, columns: Iterable[str]) -> frozenset[str] | None:
    r"""The columns of a relation that an expression over it reads; None where that is not certain.

    It is certain where every word is a column or known to depend on the values of one row alone,
    and no bracket follows a column: that would be a function of its name.

    >>> sorted(columns_read("sale and \"Kind\" = 'Bath'", ["sale", "Kind", "amount"]))
    ['Kind', 'sale']
    >>> columns_read("random() < 0.5 and sale", ["sale"]) is None
    True
    """
    known = {column.casefold(): column for column in columns}
    read: set[str] = set()
    column: str | None = None
    for token in TOKEN.finditer(sql):
        text, kind = token.group(), token.lastgroup
        if kind == "mark" and (text not in _MARKS or (text == "(" and column is not None)):
            return None
        column = None
        if kind in ("name", "word"):
            name = text[1:-1].replace('""', '"') if kind == "name" else text
            column = known.get(name.casefold())
            if column is not None:
                read.add(column)
            elif kind == "name" or name.lower() not in ROWWISE:
                return None
    return frozenset(read)
