"""Strict reading of text files without a quote, which is most of them, straight into Arrow.

Arrow reads such a file three times as fast as DuckDB makes a table of it. Of quotes out of place it
is too forgiving, so a file that holds any is left to DuckDB's strict reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
from pyarrow import csv

from clustomer.engines.base import CsvDialect, RaggedFileError, literal

BLOCK: Final = 8 << 20
"""Bytes that are parsed at once; the longest record that can be read."""

_LOOKED_AT: Final = 1 << 20

_SPELT: Final = {"\n": r"'\n'", "\r": r"'\r'"}


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands in a text file: a quote; and, as far as it was looked at, a byte beyond ASCII."""

    quoted: bool
    wide: bool


def marks(path: Path, quote: str) -> Marks:
    """Look for bytes beyond ASCII, up to the first quote."""
    quoted = wide = False
    with path.open("rb", buffering=0) as file:
        while not quoted and (part := file.read(_LOOKED_AT)):
            quoted = quoted or (bool(quote) and quote.encode() in part)
            wide = wide or not part.isascii()
    return Marks(quoted, wide)


def is_plain(found: Marks, dialect: CsvDialect) -> bool:
    """Whether the file is UTF-8 by its dialect, ends its lines with LF or CRLF and has no quote."""
    return dialect.encoding in ("utf-8", "utf8") and dialect.newline != "\r" and not found.quoted


def read_plain(path: Path, dialect: CsvDialect, columns: list[str], *, wide: bool) -> pa.Table:
    """Read every column as text, empty fields as null.

    Parameters
    ----------
    wide
        Whether the file holds characters beyond ASCII; otherwise its bytes are UTF-8 anyway.

    Raises
    ------
    RaggedFileError
        When a line has too few or too many fields, or bytes are not UTF-8.
    """
    try:
        # Opened here, for a path that ends in .gz would be unpacked, packed or not.
        return csv.read_csv(
            pa.OSFile(str(path)),
            read_options=csv.ReadOptions(
                column_names=columns, skip_rows=dialect.header_rows, block_size=BLOCK
            ),
            parse_options=csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=False,
                ignore_empty_lines=len(columns) > 1,
            ),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()),
                check_utf8=wide,
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowException as error:
        raise RaggedFileError(str(error)) from error


def scan_sql(path: Path, dialect: CsvDialect, columns: list[str]) -> str:
    """SQL of DuckDB's strict reader, every column as text.

    CRLF is left for DuckDB to find: told of it, DuckDB 2.0 finds no line at all. LF and CR are
    not: it would take the first line end that it meets, inside quotes too.
    """
    newline = "" if dialect.newline == "\r\n" else f"new_line = {_SPELT[dialect.newline]}, "
    kinds = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in columns)
    return (
        f"SELECT * FROM read_csv({literal(str(path))}, columns = {{{kinds}}}, "
        f"auto_detect = false, header = false, skip = {dialect.header_rows}, "
        f"delim = {literal(dialect.delimiter)}, quote = {literal(dialect.quote)}, "
        f"escape = {literal(dialect.quote)}, encoding = {literal(dialect.encoding)}, "
        f"strict_mode = true, null_padding = false, {newline}compression = 'none', "
        f"max_line_size = 33554432)"
    )
