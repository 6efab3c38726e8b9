"""What a record of a delimited text is, byte by byte: the definition that every reading is held to.

A record is fields between delimiters, up to a line end (LF, CRLF or CR). A field is either quoted
(from its first character to a closing quote that stands before a delimiter or a line end; quotes
inside are doubled; spaces around the quotes do not count) or plain, and then a quote further in is
a character like any other, as in ``5" pipe``. A plain field cannot begin with a quote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from clustomer.engines.base import CsvDialect

MAX_RECORD: Final = 4 << 20
"""Longest record in bytes that is looked for; a quote still open after it is a stray one."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One record found in a text.

    `end` is the offset after its last field, where a line end or the end of the text stands.
    `fields` are the values, unquoted; None where a quote is not closed or stands where none
    belongs. `open` is True where the text ended inside a quoted field. `strict` is True where no
    plain field holds a quote.
    """

    end: int
    fields: list[bytes] | None
    open: bool = False
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Grammar:
    """The patterns of one delimiter and quote."""

    delimiter: bytes
    quote: bytes
    field: re.Pattern[bytes]
    unclosed: re.Pattern[bytes]
    tolerant: re.Pattern[bytes]

    def parse(self, text: bytes, start: int, stop: int) -> Parsed:
        """Read the record that begins at `start`; nothing from `stop` on is looked at."""
        fields: list[bytes] = []
        at = start
        twice = self.quote * 2
        strict = True
        while True:
            found = self.field.match(text, at, stop)
            if found is None:
                return Parsed(at, None, self.unclosed.match(text, at, stop) is not None)
            quoted, plain = found.groups()
            if quoted is None:
                fields.append(plain)
                strict = strict and self.quote not in plain
            else:
                fields.append(quoted.replace(twice, self.quote))
            at = found.end()
            if text[at : min(at + 1, stop)] != self.delimiter:
                return Parsed(at, fields, strict=strict)
            at += 1

    def parse_tolerantly(self, text: bytes, start: int, stop: int) -> tuple[int, int]:
        """Read on over stray quotes inside quoted fields; returns (end, number of fields)."""
        count = 0
        at = start
        while True:
            found = self.tolerant.match(text, at, stop)
            if found is None:
                return at, 0
            count += 1
            at = found.end()
            if text[at : min(at + 1, stop)] != self.delimiter:
                return at, count
            at += 1

    def write(self, fields: list[bytes]) -> bytes:
        """Write a record so that no reader can take it for another: every field quoted, LF."""
        quote, twice = self.quote, self.quote * 2
        inner = (quote + self.delimiter + quote).join(f.replace(quote, twice) for f in fields)
        return quote + inner + quote + b"\n"


def grammar(dialect: CsvDialect) -> Grammar:
    """Return the patterns of a dialect.

    Examples
    --------
    >>> text = b'1,"a, b",5" pipe'
    >>> grammar(CsvDialect()).parse(text, 0, len(text)).fields
    [b'1', b'a, b', b'5" pipe']
    >>> grammar(CsvDialect()).parse(b'1,"a"b', 0, 6).fields is None
    True
    """
    return _compiled(dialect.delimiter.encode(), dialect.quote.encode())


@lru_cache
def _compiled(delimiter: bytes, quote: bytes) -> Grammar:
    d, q = re.escape(delimiter), re.escape(quote)
    after = rb" *+(?=[%b\r\n]|\Z)" % d
    inside = rb"[^%b]*+(?:%b%b[^%b]*+)*+" % (q, q, q, q)
    plain = rb"(?! *+%b)([^%b\r\n]*+)" % (q, d)
    stray = rb"[^%b]*+(?:%b(?!%b)[^%b]*+)*+" % (q, q, after, q)
    return Grammar(
        delimiter=delimiter,
        quote=quote,
        field=re.compile(rb" *+%b(%b)%b%b|%b" % (q, inside, q, after, plain)),
        unclosed=re.compile(rb" *+%b%b\Z" % (q, inside)),
        tolerant=re.compile(rb" *+%b(?:%b)%b%b|%b" % (q, stray, q, after, plain)),
    )
