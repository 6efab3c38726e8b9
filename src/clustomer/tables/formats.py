"""What kind of file a file is: by its name, and for databases by its first bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

Format = Literal["text", "json", "parquet", "workbook", "sqlite", "duckdb"]

FORMATS: Final[dict[str, Format | Literal["database"]]] = {
    ".csv": "text",
    ".txt": "text",
    ".tsv": "text",
    ".tab": "text",
    ".psv": "text",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "workbook",
    ".xlsm": "workbook",
    ".xlsb": "workbook",
    ".xls": "workbook",
    ".ods": "workbook",
    ".sqlite": "database",
    ".sqlite3": "database",
    ".db": "database",
    ".db3": "database",
    ".duckdb": "database",
    ".ddb": "database",
}
"""Endings of data files. Text and JSON may be packed, with one of `PACKED` after it."""

PACKED: Final = (".gz", ".zst")

_DUCK_AT: Final = 8
_DUCK: Final = b"DUCK"
_DUCKS: Final = frozenset({".duckdb", ".ddb"})
_SQLITE: Final = b"SQLite forma"


def format_of(path: Path) -> Format | None:
    """Tell what a file is; None where its name is not that of a data file.

    A database is told by its first bytes, for SQLite and DuckDB share the ending ``.db``; one that
    cannot be read is told by its ending, and the reader says why.
    """
    ending = _ending(path)
    if ending is None:
        return None
    kind = FORMATS[ending]
    if kind != "database":
        return kind
    start = _start(path)
    if start.startswith(_SQLITE):
        return "sqlite"
    return "duckdb" if start[_DUCK_AT:] == _DUCK or ending in _DUCKS else "sqlite"


def is_data(path: Path) -> bool:
    """Whether a file's name is that of a data file; hidden files are none."""
    return _ending(path) is not None and path.name[0] not in "._~"


def stem_of(path: Path) -> str:
    """A file's name without its endings.

    >>> stem_of(Path("shop/sales.2024.csv.gz"))
    'sales.2024'
    """
    plain = path.with_suffix("") if path.suffix.lower() in PACKED else path
    return plain.stem if plain.suffix.lower() in FORMATS else plain.name


def _ending(path: Path) -> str | None:
    ending = path.suffix.lower()
    if ending in PACKED:
        ending = path.with_suffix("").suffix.lower()
        return ending if FORMATS.get(ending) in {"text", "json"} else None
    return ending if ending in FORMATS else None


def _start(path: Path) -> bytes:
    """The first bytes; none of a file that is not there, of which its reader tells."""
    try:
        with path.open("rb") as file:
            return file.read(_DUCK_AT + len(_DUCK))
    except OSError:
        return b""
