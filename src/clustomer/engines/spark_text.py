"""Portable SQL told to Spark: quotes in Spark's way, and the prelude's functions spelled out.

Spark's own ``CREATE TEMPORARY FUNCTION ... RETURN`` is not used: Spark works out the arguments of
such a function before the CASE around it decides, so that a guarded division still fails, and it
refuses such functions in ORDER BY. A macro that is written out has neither trouble.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from clustomer.engines.base import NUMBER, WHITE

_TOKEN: Final = re.compile(
    r"""(?P<text>'(?:[^']|'')*')
      | (?P<name>"(?:[^"]|"")*")
      | (?P<comment>--[^\n]*|/\*.*?\*/)
      | (?P<tick>`)
      | \b(?P<call>to_num|ws|re_has|re_sub|secs)\s*\(
      | (?P<open>\()
      | (?P<close>\))
      | (?P<comma>,)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)

_DOLLAR: Final = r"\$"
_GROUP_RE2: Final = r"\\([0-9])"
_GROUP_JAVA: Final = r"\$$1"


def spark_text(text: str) -> str:
    r"""Quote a text for Spark, where a backslash begins an escape.

    >>> print(spark_text("o'clock \\"))
    'o\'clock \\'
    """
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def spark_name(name: str) -> str:
    """Quote an identifier for Spark.

    >>> spark_name("unit price")
    '`unit price`'
    """
    return "`" + name.replace("`", "``") + "`"


def _to_num(x: str) -> str:
    number = f"try_cast(regexp_extract({x}, {spark_text(NUMBER)}, 1) AS DOUBLE)"
    return f"nullif(nullif({number}, DOUBLE('Infinity')), DOUBLE('-Infinity'))"


def _ws(x: str) -> str:
    return f"trim(BOTH ' ' FROM regexp_replace({x}, {spark_text(WHITE)}, ' '))"


def _pattern(pattern: str) -> str:
    # RE2 ends lines at \n only and folds all of Unicode under (?i); Java is told to do the same.
    return f"concat('(?du)', {pattern})"


def _re_has(x: str, pattern: str) -> str:
    return f"regexp_like({x}, {_pattern(pattern)})"


def _re_sub(x: str, pattern: str, new: str) -> str:
    # RE2 writes a group of the pattern as \1 and Java as $1.
    plain = f"replace({new}, '$', {spark_text(_DOLLAR)})"
    groups = f"regexp_replace({plain}, {spark_text(_GROUP_RE2)}, {spark_text(_GROUP_JAVA)})"
    return f"regexp_replace({x}, {_pattern(pattern)}, {groups})"


def _secs(start: str, end: str) -> str:
    return (
        f"((unix_micros(CAST({end} AS TIMESTAMP_LTZ))"
        f" - unix_micros(CAST({start} AS TIMESTAMP_LTZ))) / 1e6D)"
    )


_MACROS: Final[dict[str, tuple[int, Callable[..., str]]]] = {
    "to_num": (1, _to_num),
    "ws": (1, _ws),
    "re_has": (2, _re_has),
    "re_sub": (3, _re_sub),
    "secs": (2, _secs),
}


_SPARK_TEXT: Final = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
_JAVA_CALL: Final = re.compile(r"\b(?:java_method|reflect|try_reflect)`?\s*\(", re.IGNORECASE)


def reaches_java(told: str) -> bool:
    """Tell whether a statement in Spark's words calls a Java method by its name.

    >>> reaches_java("SELECT reflect('java.lang.System', 'getenv')")
    True
    >>> reaches_java("SELECT 'reflect(1)'")
    False
    """
    return _JAVA_CALL.search(_SPARK_TEXT.sub("''", told)) is not None


@dataclass
class _Bracket:
    """An open bracket: the call that it belongs to, the arguments before the last comma."""

    call: str = ""
    done: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    def next_argument(self) -> None:
        self.done.append("".join(self.pieces).strip())
        self.pieces = []

    def closed(self) -> str:
        if not self.call:
            return "(" + "".join(self.pieces) + ")"
        self.next_argument()
        wanted, macro = _MACROS[self.call]
        if len(self.done) != wanted:
            raise ValueError(f"{self.call} takes {wanted} values, not {len(self.done)}")
        return macro(*self.done)


def spark_sql(sql: str) -> str:
    r"""Tell portable SQL in Spark's words.

    Raises
    ------
    ValueError
        When a backtick stands outside of quotes, brackets do not match or a function
        of the prelude has too few or too many values.

    Examples
    --------
    >>> spark_sql('''SELECT "unit price", 'it''s' FROM t''')
    "SELECT `unit price`, 'it\\'s' FROM t"
    >>> spark_sql("SELECT re_has(a, 'x')")
    "SELECT regexp_like(a, concat('(?du)', 'x'))"
    """
    brackets = [_Bracket()]
    seen = 0
    for token in _TOKEN.finditer(sql):
        brackets[-1].pieces.append(sql[seen : token.start()])
        seen = token.end()
        _take(token, brackets)
    if len(brackets) != 1:
        raise ValueError("a bracket is not closed")
    return "".join([*brackets[0].pieces, sql[seen:]])


def _take(token: re.Match[str], brackets: list[_Bracket]) -> None:
    found, top = token.group(), brackets[-1]
    match token.lastgroup:
        case "text":
            top.pieces.append(spark_text(found[1:-1].replace("''", "'")))
        case "name":
            top.pieces.append(spark_name(found[1:-1].replace('""', '"')))
        case "tick":
            raise ValueError('a name is quoted with ", not with `')
        case "comment":
            top.pieces.append(" ")
        case "call":
            brackets.append(_Bracket(token.group("call").lower()))
        case "open":
            brackets.append(_Bracket())
        case "close":
            if len(brackets) == 1:
                raise ValueError("a bracket is closed that was not opened")
            brackets.pop()
            brackets[-1].pieces.append(top.closed())
        case _:
            if top.call:
                top.next_argument()
            else:
                top.pieces.append(",")
