"""Finding the sources of a recipe's tables: by their names, then by the columns they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from clustomer.errors import DataError, listed, nearest
from clustomer.findings import Finding
from clustomer.recipe.settings import ReadSettings, Recipe, TableSettings
from clustomer.tables.arrow import ArrowStream, is_table, rested, stream_names
from clustomer.tables.candidates import (
    Candidate,
    Member,
    Parts,
    as_parts,
    find_candidates,
    together,
)
from clustomer.tables.columns import match_columns, missing_columns
from clustomer.tables.dialect import AS_IT_IS
from clustomer.tables.formats import format_of
from clustomer.tables.peek import peek_columns

Data = str | Path | ArrowStream | Mapping[str, str | Path | ArrowStream]
"""What a run reads: a folder, a file, a table, or files and tables by the recipe's names.

A path may also name a sheet or a database's table (``shop.xlsx#Orders``) or be a pattern whose
files are one table (``sales_*.csv``)."""


@dataclass(frozen=True, slots=True)
class Source:
    """What one table of the recipe is read from.

    Parameters
    ----------
    table
        The recipe's name of the table.
    data
        A file, a table in a file, several that are one table, or a table that speaks the Arrow
        interface.
    name
        What messages and reports call it: the file's name, or the table's for Python input.
    reading
        How a text file is laid out, where that is given.
    """

    table: str
    data: Path | Member | Parts | ArrowStream
    name: str
    reading: ReadSettings = AS_IT_IS


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources that were found, in the recipe's order, and what was left aside.

    `unused` are the names of what no table of the recipe is read from; `aside` are sheets that are
    no tables, with the reason; `joined` are sources that were put together for their names.
    """

    sources: tuple[Source, ...]
    unused: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Notes of files left aside and of files put together."""
        findings = []
        if self.unused:
            text = f"not used, for no table of the recipe is read from them: {listed(self.unused)}."
            findings.append(Finding("unused-files", "note", text))
        if self.aside:
            text = f"left aside: {listed(self.aside)}."
            findings.append(Finding("sheets-left-aside", "note", text))
        findings += [
            Finding(
                "files-joined",
                "note",
                f"read as one table, for the names differ only in a date: {one}.",
                "take those out of the folder that do not belong, for a row in two files counts "
                "twice",
            )
            for one in self.joined
        ]
        return tuple(findings)


def find_sources(data: Data, recipe: Recipe) -> Sources:
    """Find what each table of a recipe is read from.

    In a folder (hidden files left aside) a table is the file, sheet, database table or folder of
    parts whose name fits the table's patterns and that holds its required columns; failing that
    the only other one that holds them. Several whose names differ only in a date are one table.

    Parameters
    ----------
    data
        A folder, one file, one Arrow-like table, or a mapping from table names to files and tables.

    Raises
    ------
    DataError
        When nothing is there, a needed table is missing, or several files would do.
    """
    if isinstance(data, Mapping):
        return _from_mapping(data, recipe)
    if isinstance(data, (str, Path)):
        path = Path(data)
        listing = find_candidates(path)
        if path.is_dir() or len(listing.candidates) > 1:
            return _from_many(path, recipe, listing.candidates, listing.aside)
        (only,) = listing.candidates
        table = _only_table(recipe, only.name)
        reading = recipe.tables[table].reading
        return Sources((Source(table, only.data, only.name, reading),), aside=listing.aside)
    _check_table_like(data, "The table given")
    table = _only_table(recipe, "the table given")
    return Sources((Source(table, data, f"table '{table}'"),))


def check_columns(sources: Sources, recipe: Recipe) -> None:
    """Say that a column is missing before text files are read, which can take long.

    Raises
    ------
    DataError
        As `columns.match_columns`.
    """
    for one in sources.sources:
        if isinstance(one.data, Path) and format_of(one.data) == "text":
            match_columns(peek(one), recipe.tables[one.table], source=one.name)


def at_rest(data: Data) -> Data:
    """Take over tables that can be read only once, so that they can be looked at before."""
    if isinstance(data, Mapping):
        return {
            name: one if isinstance(one, (str, Path)) else rested(one) for name, one in data.items()
        }
    return data if isinstance(data, (str, Path)) else rested(data)


def peek(source: Source) -> tuple[str, ...]:
    """Return a source's column names without reading its rows.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    if isinstance(source.data, (Path, Member, Parts)):
        return peek_columns(source.data, source.reading)
    return stream_names(source.data)


def _from_mapping(data: Mapping[str, str | Path | ArrowStream], recipe: Recipe) -> Sources:
    for name in data:
        if not isinstance(name, str):
            raise DataError(
                "Tables are given by name.",
                found=f"{name!r} as a name",
                remedy=f"name the tables as the recipe does: {listed(recipe.tables)}",
            )
        if name not in recipe.tables:
            raise DataError(
                f"The recipe '{recipe.name}' has no table '{name}'.",
                found=f"its tables are {listed(recipe.tables)}",
                remedy=nearest(name, recipe.tables) or "name the tables as the recipe does",
            )
    absent = [n for n, table in recipe.tables.items() if table.required and n not in data]
    if absent:
        raise DataError(
            f"The recipe '{recipe.name}' needs a table that was not given: {listed(absent)}.",
            found=f"given: {listed(data)}" if data else "nothing was given",
            remedy="give a file or a table for each",
        )
    sources = []
    for name in recipe.tables:
        if name not in data:
            continue
        given = data[name]
        if isinstance(given, (str, Path)):
            found = _one(Path(given))
            reading = recipe.tables[name].reading
            sources.append(Source(name, found.data, found.name, reading))
        else:
            _check_table_like(given, f"What was given for '{name}'")
            sources.append(Source(name, given, f"table '{name}'"))
    return Sources(tuple(sources))


def _check_table_like(data: object, what: str) -> None:
    lazy = hasattr(data, "collect") and hasattr(data, "collect_schema")
    if not isinstance(data, ArrowStream) or not is_table(data):
        raise DataError(
            f"{what} is not a table.",
            found="None" if data is None else f"a {type(data).__name__}",
            remedy="collect it first: .collect()"
            if lazy
            else "give a path, or a pandas, polars or Arrow table",
        )


def _one(path: Path) -> Candidate:
    """The one table that a path stands for; of a folder, all its files together."""
    found = find_candidates(path).candidates
    if path.is_dir():
        files = [one.data for one in found if isinstance(one.data, (Path, Member))]
        return as_parts(f"{path.name}/", files)
    if len(found) > 1:
        names = [one.name for one in found]
        raise DataError(
            f"'{path}' holds {len(found)} tables, where one is needed.",
            found=listed(names),
            remedy=f"say which, such as '{path.parent / names[0]}'",
        )
    return found[0]


def _only_table(recipe: Recipe, what: str) -> str:
    """The table that a single source stands for."""
    needed = [name for name, table in recipe.tables.items() if table.required]
    if len(recipe.tables) == 1:
        return next(iter(recipe.tables))
    lines = recipe.table_of("lines")
    if len(needed) == 1:
        return needed[0]
    if not needed and lines is not None:
        return lines
    raise DataError(
        f"The recipe '{recipe.name}' needs {len(needed)} tables, and {what} is only one.",
        found=f"its tables are {listed(recipe.tables)}",
        remedy="give the folder that holds them, or the tables by name",
    )


class Headers:
    """Columns of candidates, looked up once for each way of reading them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ReadSettings], tuple[str, ...] | DataError] = {}

    def of(self, one: Candidate, table: TableSettings) -> tuple[str, ...] | DataError:
        """The columns, or why they cannot be read, which matters only if the table is needed."""
        key = (one.name, table.reading)
        if key not in self._known:
            try:
                self._known[key] = peek_columns(one.data, table.reading)
            except DataError as error:
                self._known[key] = error
        return self._known[key]

    def hold(self, one: Candidate, table: TableSettings) -> bool:
        """Whether a candidate holds the columns that a table needs."""
        header = self.of(one, table)
        return not isinstance(header, DataError) and not missing_columns(header, table)


def _from_many(
    place: Path, recipe: Recipe, candidates: tuple[Candidate, ...], aside: tuple[str, ...]
) -> Sources:
    headers = Headers()
    chosen = _by_name_and_columns(place, recipe, candidates, headers)
    for name, table in recipe.tables.items():
        if name not in chosen:
            _by_columns_or_name(place, name, table, candidates, headers, chosen)
    absent = [n for n, table in recipe.tables.items() if table.required and n not in chosen]
    if absent:
        _refuse_absent(place, recipe, absent[0], candidates)
    used = _used(chosen.values())
    known = {one.data for one in candidates}
    ordered = [(name, chosen[name]) for name in recipe.tables if name in chosen]
    return Sources(
        tuple(
            Source(name, one.data, one.name, recipe.tables[name].reading) for name, one in ordered
        ),
        unused=tuple(one.name for one in candidates if one.data not in used),
        aside=aside,
        joined=tuple(one.name for _, one in ordered if one.data not in known),
    )


def _by_name_and_columns(
    place: Path, recipe: Recipe, candidates: tuple[Candidate, ...], headers: Headers
) -> dict[str, Candidate]:
    """Give each table the one that fits by name and columns; a file given is given once.

    Tables for which one file is left choose first, so that ``customer_orders.csv`` can be the order
    lines and ``customers.csv`` the customers though both are named like customers.
    """
    fitting = {
        name: [one for one in candidates if one.fits(table.files) and headers.hold(one, table)]
        for name, table in recipe.tables.items()
    }
    for name, table in recipe.tables.items():
        named = [one for one in candidates if one.fits(table.files)]
        if table.parts and named:
            fitting[name] = [_as_one(table, named)]
    chosen: dict[str, Candidate] = {}
    while True:
        used = _used(chosen.values())
        open_ = {
            name: [one for one in found if one.data not in used]
            for name, found in fitting.items()
            if name not in chosen
        }
        sure = next((name for name, found in open_.items() if len(found) == 1), None)
        if sure is None:
            break
        chosen[sure] = open_[sure][0]
    for name, found in open_.items():
        if found:
            chosen[name] = together(found) or _refuse_several(place, name, found)
    return chosen


def _as_one(table: TableSettings, named: list[Candidate]) -> Candidate:
    files: list[Path | Member] = []
    for one in named:
        files.extend(one.data.files if isinstance(one.data, Parts) else (one.data,))
    return as_parts(" and ".join(table.files), files)


def _used(chosen: Iterable[Candidate]) -> set[Path | Member | Parts]:
    used: set[Path | Member | Parts] = set()
    for one in chosen:
        used.add(one.data)
        if isinstance(one.data, Parts):
            used.update(one.data.files)
    return used


def _by_columns_or_name(
    place: Path,
    name: str,
    table: TableSettings,
    candidates: tuple[Candidate, ...],
    headers: Headers,
    chosen: dict[str, Candidate],
) -> None:
    """Give a needed table the one file left that holds its columns, or else bears its name.

    A file that only bears the name is taken so that the message says what it lacks.
    """
    used = _used(chosen.values())
    left = [one for one in candidates if one.data not in used]
    holding = [one for one in left if table.required and headers.hold(one, table)]
    named = [one for one in left if one.fits(table.files)]
    if len(holding) > 1:
        chosen[name] = together(holding) or _refuse_several(place, name, holding)
    elif holding or len(named) == 1:
        one = (holding or named)[0]
        header = headers.of(one, table)
        if isinstance(header, DataError):
            raise header
        chosen[name] = one


def _refuse_several(place: Path, name: str, found: list[Candidate]) -> NoReturn:
    raise DataError(
        f"Several files in '{place}' could be the table '{name}'.",
        found=listed(one.name for one in found),
        remedy="leave one of them there, or give the tables by name; if together they are one "
        f"table, say so in the recipe: [tables.{name}] parts = true",
    )


def _refuse_absent(
    place: Path, recipe: Recipe, name: str, candidates: tuple[Candidate, ...]
) -> NoReturn:
    table = recipe.tables[name]
    needed = [column for column, settings in table.columns.items() if settings.required]
    known = dict.fromkeys(known for one in candidates for known in one.known_as)
    hints = (nearest(pattern.strip("*"), known) for pattern in table.files)
    hint = next((text for text in hints if text), "")
    raise DataError(
        f"No file in '{place}' is the table '{name}' of the recipe '{recipe.name}'.",
        found=listed(one.name for one in candidates),
        remedy=f"name it like {listed(table.files) or name}, "
        f"or give a file with the columns {listed(needed)}" + (f"; {hint}" if hint else ""),
    )
