"""What could be a table: files, sheets of workbooks, tables of databases, folders of parts."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final, NoReturn

from clustomer.engines.base import EngineError
from clustomer.errors import DataError, listed, nearest
from clustomer.tables import sqlite, workbook
from clustomer.tables.dialect import check_names
from clustomer.tables.formats import FORMATS, PACKED, format_of, is_data, stem_of

_DATED = re.compile(
    r"(?<![0-9])(?:19|20)[0-9]{2}(?:[-_. ]?(?:0[1-9]|1[0-2]|q[1-4]|h[12]|w[0-9]{2}))?"
    r"(?:[-_. ]?(?:[0-2][0-9]|3[01]))?(?![0-9])"
    r"|(?<![0-9a-z])(?:q[1-4]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    r"|january|february|march|april|june|july|august|september|october|november|december)"
    r"(?![a-z])"
)
"""A year, month, quarter, week or day in a file's name."""

_PART: Final = "part-"
"""How Spark and its like begin the names of the parts of one table."""


@dataclass(frozen=True, slots=True)
class Member:
    """A table inside a file that holds several: a sheet of a workbook, a table of a database."""

    file: Path
    name: str


@dataclass(frozen=True, slots=True)
class Parts:
    """Files (or members of files) that together are one table, in their order."""

    files: tuple[Path | Member, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that could be a table.

    Parameters
    ----------
    name
        What messages and reports call it: ``sales.csv``, ``shop.xlsx#Orders``, ``sales/``.
    data
        Where it is.
    known_as
        Names that a recipe's patterns are compared with.
    """

    name: str
    data: Path | Member | Parts
    known_as: tuple[str, ...]

    def fits(self, patterns: Iterable[str]) -> bool:
        """Whether one of the patterns names it; case does not count."""
        names = [name.lower() for name in self.known_as]
        return any(fnmatch(name, pattern.lower()) for pattern in patterns for name in names)


@dataclass(frozen=True, slots=True)
class Listing:
    """The candidates found in a place, and the sheets there that are none, with the reason."""

    candidates: tuple[Candidate, ...]
    aside: tuple[str, ...] = ()


def label(data: Path | Member) -> str:
    """What messages call a file or a member of one.

    >>> label(Member(Path("data/shop.xlsx"), "Orders"))
    'shop.xlsx#Orders'
    """
    return data.name if isinstance(data, Path) else f"{data.file.name}#{data.name}"


def find_candidates(path: Path) -> Listing:
    """List what could be a table in a folder or file, or under a name such as ``shop.xlsx#Orders``.

    Files with a pattern for a name (``sales_2024_*.csv``) are the parts of one table.

    Raises
    ------
    DataError
        When nothing is there, or a workbook or database given cannot be read.
    """
    if path.is_dir():
        return _in_folder(path)
    if path.is_file():
        return in_file(path)
    file, mark, name = str(path).rpartition("#")
    if mark and Path(file).is_file():
        return Listing((_member(Path(file), name),))
    if not glob.has_magic(str(path)):
        _refuse_missing(path)
    return Listing((_matching(path),))


def in_file(path: Path) -> Listing:
    """List what could be a table in one file.

    Raises
    ------
    DataError
        When it is a workbook or database that cannot be read, or holds nothing.
    """
    kind = format_of(path)
    if kind not in {"workbook", "sqlite", "duckdb"}:
        names = dict.fromkeys((stem_of(path), path.stem, path.name))
        return Listing((Candidate(path.name, path, tuple(names)),))
    members, aside = list_members(path)
    if not members:
        raise DataError(
            f"{path.name} holds no table.",
            found=listed(aside) or f"an empty {'workbook' if kind == 'workbook' else 'database'}",
            remedy="give a file that holds rows of data",
        )
    alone = (stem_of(path), path.name) if len(members) == 1 else ()
    return Listing(tuple(_candidate(Member(path, name), alone) for name in members), tuple(aside))


def list_members(path: Path) -> tuple[list[str], list[str]]:
    """Return the tables of a workbook or database, and the sheets left aside with the reason.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    kind = format_of(path)
    if kind == "workbook":
        sheets, aside = workbook.list_sheets(path)
        return sheets, [f"{path.name}: sheet {one}" for one in aside]
    return list(_tables(path)), []


def member_columns(member: Member) -> tuple[str, ...]:
    """Return the columns of a sheet or of a database's table.

    Raises
    ------
    DataError
        When it is not there or cannot be read.
    """
    kind = format_of(member.file)
    if kind == "workbook":
        return workbook.sheet_columns(member.file, member.name)
    tables = _tables(member.file)
    if member.name not in tables:
        _refuse_member(member.file, member.name, list(tables))
    return check_names(label(member), tables[member.name])


def refused_database(path: Path, error: EngineError) -> DataError:
    """The message for a DuckDB file that cannot be read."""
    return DataError(
        f"{path.name} cannot be read as a DuckDB database.",
        found=error.reason.splitlines()[0],
        remedy="check that it is whole and not in use; its views may use its own tables only",
    )


def together(candidates: Iterable[Candidate]) -> Candidate | None:
    """Put files together whose names differ only in a date, or that are called ``part-...``.

    >>> files = [Path(f"sales_{month}.csv") for month in ("2024-11", "2024-12")]
    >>> found = together(Candidate(file.name, file, (file.stem,)) for file in files)
    >>> found.name if found else None
    'sales_*.csv (2 files)'
    """
    every = list(candidates)
    files = [one.data for one in every if not isinstance(one.data, Parts)]
    names = [label(file) for file in files]
    if len(files) < 2 or len(files) < len(every):
        return None
    masks = {_DATED.sub("*", name.lower()) for name in names}
    if all(name.startswith(_PART) for name in names):
        shown = f"{_PART}*{_ending(names[0])}"
    elif len(masks) == 1 and "*" in (mask := masks.pop()):
        shown = _like(mask, names[0])
    else:
        return None
    return as_parts(shown, files)


def as_parts(name: str, files: Iterable[Path | Member]) -> Candidate:
    """Make one table of several files."""
    every = tuple(files)
    count = "1 file" if len(every) == 1 else f"{len(every)} files"
    return Candidate(f"{name} ({count})", Parts(every), (stem_of(Path(name)), name))


def _like(mask: str, name: str) -> str:
    """The mask in the capitals of the name that it was made from."""
    before = mask.index("*")
    after = len(mask) - 1 - mask.rindex("*")
    return f"{name[:before]}*{name[len(name) - after :]}"


def _ending(name: str) -> str:
    return Path(name).suffix


def _in_folder(folder: Path) -> Listing:
    found: list[Candidate] = []
    aside: list[str] = []
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            parts = [] if path.name[0] in "._" else _data_files(path)
            if parts:
                one = as_parts(f"{path.name}/", parts)
                found.append(Candidate(one.name, one.data, (stem_of(path), path.name)))
        elif is_data(path) and path.is_file():
            try:
                listing = in_file(path)
            except DataError:
                # It matters only if a table is to be read from it; then `peek` says it again.
                listing = Listing((Candidate(path.name, path, (stem_of(path), path.name)),))
            found.extend(listing.candidates)
            aside.extend(listing.aside)
    if not found:
        inside = sorted(path.name for path in folder.iterdir())
        raise DataError(
            f"The folder '{folder}' has no data file.",
            found=listed(inside) or "an empty folder",
            remedy=f"put files ending in {listed(FORMATS, 40)} there "
            f"(text and JSON also with {' or '.join(PACKED)} after it)",
        )
    return Listing(tuple(found), tuple(aside))


def _data_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if is_data(path) and path.is_file())


def _matching(pattern: Path) -> Candidate:
    root = Path(pattern.anchor)
    found = root.glob(str(pattern.relative_to(root)))
    files = sorted(path for path in found if path.is_file())
    if not files:
        beside = _beside(pattern)
        raise DataError(
            f"No file matches '{pattern}'.",
            found=listed(beside) or "nothing there",
            remedy="check the pattern",
        )
    return as_parts(pattern.name, files)


def _candidate(member: Member, alone: tuple[str, ...]) -> Candidate:
    name = label(member)
    known_as = (member.name, name, f"{stem_of(member.file)}#{member.name}", *alone)
    return Candidate(name, member, known_as)


def _member(file: Path, name: str) -> Candidate:
    if format_of(file) not in {"workbook", "sqlite", "duckdb"}:
        raise DataError(
            f"{file.name} is one table, so nothing can stand after '#'.",
            found=f"{file.name}#{name}",
            remedy=f"give '{file}' alone",
        )
    members, _ = list_members(file)
    hidden = workbook.has_sheet(file, name) if format_of(file) == "workbook" else False
    if name not in members and not hidden:
        _refuse_member(file, name, members)
    return _candidate(Member(file, name), ())


def _tables(path: Path) -> dict[str, tuple[str, ...]]:
    """Tables of a database with their columns."""
    if format_of(path) == "sqlite":
        return sqlite.list_tables(path)
    from clustomer.engines import duckdb_file

    try:
        return duckdb_file.list_tables(path)
    except EngineError as error:
        raise refused_database(path, error) from error


def _refuse_member(file: Path, name: str, members: list[str]) -> NoReturn:
    what = "sheet" if format_of(file) == "workbook" else "table"
    raise DataError(
        f"{file.name} has no {what} '{name}'.",
        found=listed(members) or "none with rows",
        remedy=nearest(name, members) or f"give the name of one of its {what}s",
    )


def _beside(path: Path) -> list[str]:
    return sorted(other.name for other in path.parent.iterdir()) if path.parent.is_dir() else []


def _refuse_missing(path: Path) -> NoReturn:
    beside = _beside(path)
    raise DataError(
        f"There is no file or folder '{path}'.",
        found=f"in {path.parent}: {listed(beside) or 'nothing'}"
        if path.parent.is_dir()
        else f"the folder '{path.parent}' is not there either",
        remedy=nearest(path.name, beside) or "check the path",
    )
