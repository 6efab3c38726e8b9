"""Lines of a TOML file of sections ``[table.column]``: one is put in, replaced or taken out.

All other lines stay as they are, comments too.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import Final

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_SECTION: Final = re.compile(r"\s*\[[^\[].*")


def with_line(lines: list[str], table: str, column: str, raw: str, said: str) -> list[str]:
    """Put ``raw = said`` into the section of a column, over an earlier line for the same value.

    >>> with_line(["# mine", "[t.c]", '"a" = 1  # old'], "t", "c", "a", "2")
    ['# mine', '[t.c]', '"a" = 2']
    >>> with_line([], "t", "unit price", "a", "2")
    ['[t."unit price"]', '"a" = 2']
    """
    begin, end = _span(lines, table, column)
    line = f"{quote(raw)} = {said}"
    if begin is None:
        gap = [""] if lines and lines[-1].strip() else []
        return [*lines, *gap, f"[{_key(table)}.{_key(column)}]", line]
    for at in range(begin, end):
        if _raw_of(lines[at]) == raw:
            return [*lines[:at], line, *lines[at + 1 :]]
    last = max((at for at in range(begin, end) if lines[at].strip()), default=begin - 1)
    return [*lines[: last + 1], line, *lines[last + 1 :]]


def without_line(lines: list[str], table: str, column: str, raw: str) -> list[str]:
    """Take the line of a value out of the section of a column.

    >>> without_line(["[t.c]", '"a" = 1', '"b" = 1'], "t", "c", "a")
    ['[t.c]', '"b" = 1']
    """
    begin, end = _span(lines, table, column)
    if begin is None:
        return lines
    return [
        line for at, line in enumerate(lines) if not (begin <= at < end and _raw_of(line) == raw)
    ]


def quote(text: str) -> str:
    """A text as TOML writes it; JSON's escapes are among TOML's, but for the character DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _span(lines: list[str], table: str, column: str) -> tuple[int | None, int]:
    """First line below the header of a section, and the line after its last."""
    heads = [at for at, line in enumerate(lines) if _SECTION.fullmatch(line)]
    for place, at in enumerate(heads):
        try:
            found = tomllib.loads(lines[at])
        except tomllib.TOMLDecodeError:
            continue
        if found == {table: {column: {}}}:
            return at + 1, heads[place + 1] if place + 1 < len(heads) else len(lines)
    return None, len(lines)


def _raw_of(line: str) -> str | None:
    try:
        found = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None
    return next(iter(found)) if len(found) == 1 else None


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else quote(name)
