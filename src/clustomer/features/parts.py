"""The aggregates in a feature's SQL, so that each is computed once for all features that hold it.

``sum(case when sale then amount end) / sum(case when sale then quantity end)`` is the quotient of
two sums over the rows where `sale` holds. What is not told apart with certainty (an aggregate that
is not known here, a window, a name outside of an aggregate) is left to SQL as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clustomer.engines.base import Aggregate, Summary
from clustomer.engines.tokens import COMMENTS, ROWWISE, TOKEN

_CALLS: Final[Mapping[str, Summary]] = {
    "sum": "sum",
    "avg": "avg",
    "count": "count",
    "min": "min",
    "max": "max",
}


@dataclass(frozen=True, slots=True)
class Parts:
    """A feature's SQL taken apart.

    Parameters
    ----------
    sql
        The SQL with ``{0}``, ``{1}`` and so on in the places of the aggregates.
    aggregates
        The aggregates, in that order.
    """

    sql: str
    aggregates: tuple[Aggregate, ...]


def parts(sql: str) -> Parts | None:
    """Take the SQL of a feature apart; None where that is not certain.

    >>> found = parts("sum(case when sale then amount end) / count(*)")
    >>> found.sql
    '{0} / {1}'
    >>> found.aggregates[0]
    Aggregate(summary='sum', sql='amount', where='sale')
    >>> parts("median(amount)") is None
    True
    """
    if "{" in sql or "}" in sql:
        return None
    tokens = list(TOKEN.finditer(sql))
    outside: list[str] = []
    found: list[Aggregate] = []
    seen = at = 0
    while at < len(tokens):
        token = tokens[at]
        word = token.group().lower() if token.lastgroup == "word" else ""
        if word in _CALLS:
            closing = _closing(tokens, at + 1)
            one = None
            if closing is not None:
                inner = sql[tokens[at + 1].end() : tokens[closing].start()].strip()
                one = _aggregate(_CALLS[word], inner)
            if one is None or closing is None:
                return None
            outside.append(f"{sql[seen : token.start()]}{{{len(found)}}}")
            found.append(one)
            seen = tokens[closing].end()
            at = closing
        elif token.lastgroup == "name" or (word and word not in ROWWISE) or _comment(token):
            return None
        at += 1
    return Parts("".join([*outside, sql[seen:]]), tuple(found)) if found else None


def _comment(token: re.Match[str]) -> bool:
    return token.group() in COMMENTS


def _closing(tokens: list[re.Match[str]], opening: int) -> int | None:
    """Place of the bracket that closes the one at `opening`."""
    depth = 0
    for at in range(opening, len(tokens)):
        mark = tokens[at].group() if tokens[at].lastgroup == "mark" else ""
        depth += (mark == "(") - (mark == ")")
        if depth == 0:
            return at if at > opening else None
    return None


def _aggregate(summary: Summary, inner: str) -> Aggregate | None:
    """The aggregate of one argument; None where it is more than that."""
    if inner == "*":
        return Aggregate("count") if summary == "count" else None
    tokens = list(TOKEN.finditer(inner))
    words = [token.group().lower() if token.lastgroup == "word" else "" for token in tokens]
    if words and words[0] == "distinct":
        if summary != "count" or len(words) == 1:
            return None
        inner, summary = inner[tokens[0].end() :].strip(), "distinct"
        tokens = list(TOKEN.finditer(inner))
        words = words[1:]
    if not tokens or {"over", "filter", "select", "distinct", "order", *_CALLS} & {*words}:
        return None
    if any(_comment(token) for token in tokens) or _has_comma(tokens):
        return None
    return _conditional(summary, inner, tokens, words)


def _has_comma(tokens: list[re.Match[str]]) -> bool:
    depth = 0
    for token in tokens:
        mark = token.group() if token.lastgroup == "mark" else ""
        depth += (mark == "(") - (mark == ")")
        if mark == "," and depth == 0:
            return True
    return False


def _conditional(
    summary: Summary, inner: str, tokens: list[re.Match[str]], words: list[str]
) -> Aggregate:
    """``case when w then x end`` is x where w holds: nulls do not count in any aggregate here."""
    plain = [words.count(word) for word in ("case", "when", "then", "end")] == [1, 1, 1, 1]
    if not plain or "else" in words or words[:2] != ["case", "when"] or words[-1] != "end":
        return Aggregate(summary, inner)
    then = words.index("then")
    where = inner[tokens[1].end() : tokens[then].start()].strip()
    value = inner[tokens[then].end() : tokens[-1].start()].strip()
    return Aggregate(summary, value, where)
