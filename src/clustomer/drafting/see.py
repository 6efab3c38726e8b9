"""Looking at unknown tables: read each, work out what its values show, measure the references."""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clustomer.drafting.facts import look
from clustomer.drafting.guess import guess
from clustomer.drafting.keys import Looked, Reference, find_references, with_customers
from clustomer.engines.base import Engine
from clustomer.errors import DataError
from clustomer.progress import Tell, silent
from clustomer.tables.arrow import ArrowStream
from clustomer.tables.candidates import Candidate, Parts, find_candidates, together
from clustomer.tables.peek import peek_columns
from clustomer.tables.read import read_source
from clustomer.tables.sources import Data, Source, at_rest


@dataclass(frozen=True, slots=True)
class Seen:
    """Tables that were looked at, and what they say of each other.

    Parameters
    ----------
    tables
        Every table that could be read.
    patterns
        By table's name: the pattern under which a recipe finds it; "" for a table from Python.
    parts
        Names of the tables that are several files.
    references
        Columns that hold keys of another table, measured.
    unread
        By name: why a file could not be read.
    """

    tables: tuple[Looked, ...]
    patterns: Mapping[str, str]
    parts: frozenset[str]
    references: tuple[Reference, ...]
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Found:
    """A table to look at."""

    name: str
    stem: str
    pattern: str
    source: Source
    parts: bool = False


def see(engine: Engine, data: Data, tell: Tell = silent) -> Seen:
    """Read and look at every table of a folder, file or mapping.

    Parameters
    ----------
    engine
        Where the tables are read to.
    data
        A folder, a file, one table, or tables by name.
    tell
        Called with the name of each table before it is read.

    Raises
    ------
    DataError
        When there is nothing that could be a table.
    """
    found, unread = _find(at_rest(data))
    tables = []
    for one in found:
        tell(f"look at {one.name}")
        try:
            raw = read_source(engine, one.source)
        except DataError as error:
            unread[one.name] = _because(error)
            continue
        facts = {column.name: column for column in look(engine, raw)}
        guesses = {name: guess(column) for name, column in facts.items()}
        rows = next((column.rows for column in facts.values()), 0)
        tables.append(Looked(one.name, one.stem, raw.relation, rows, facts, guesses))
    engine.seal()
    tell("compare the tables")
    looked = with_customers(tables)
    return Seen(
        looked,
        {one.name: one.pattern for one in found},
        frozenset(one.name for one in found if one.parts),
        find_references(engine, looked),
        unread,
    )


def _because(error: DataError) -> str:
    what = error.what.removesuffix(".")
    return f"{what} (found {error.found})" if error.found else what


def _find(data: Data) -> tuple[list[_Found], dict[str, str]]:
    if isinstance(data, (str, Path)):
        return _of_place(Path(data))
    tables: Mapping[str, str | Path | ArrowStream]
    tables = data if isinstance(data, Mapping) else {"table": data}
    found = []
    for name, one in tables.items():
        if isinstance(one, (str, Path)):
            candidates = find_candidates(Path(one)).candidates
            merged = candidates[0] if len(candidates) == 1 else together(candidates)
            if merged is None:
                raise DataError(
                    f"'{one}' holds several tables, where '{name}' needs one.",
                    found=", ".join(each.name for each in candidates),
                    remedy="name the one that is meant, as in shop.xlsx#Orders",
                )
            source = Source(f"{name} looked at", merged.data, merged.name)
        else:
            source = Source(f"{name} looked at", one, f"table '{name}'")
        found.append(_Found(name, name, "", source))
    return found, {}


def _of_place(path: Path) -> tuple[list[_Found], dict[str, str]]:
    listing = find_candidates(path)
    unread: dict[str, str] = {}
    headers: dict[str, tuple[str, ...]] = {}
    for one in listing.candidates:
        try:
            headers[one.name] = peek_columns(one.data)
        except DataError as error:
            unread[one.name] = _because(error)
    readable = [one for one in listing.candidates if one.name in headers]
    stems = Counter(one.known_as[0].lower() for one in readable)
    found: list[_Found] = []
    for group in _alike(readable, headers):
        merged = together(group) if len(group) > 1 else None
        if merged is not None:
            stem = merged.known_as[0]
            pattern = "*".join(glob.escape(part) for part in stem.split("*"))
            found.append(_found(merged, stem, pattern, parts=True))
            continue
        for one in group:
            known = one.known_as[0]
            pattern = glob.escape(known if stems[known.lower()] == 1 else one.known_as[-1])
            found.append(_found(one, known, pattern))
    return found, unread


def _found(one: Candidate, stem: str, pattern: str, *, parts: bool = False) -> _Found:
    source = Source(f"{one.name} looked at", one.data, one.name)
    return _Found(one.name, stem, pattern, source, parts or isinstance(one.data, Parts))


def _alike(
    candidates: Iterable[Candidate], headers: Mapping[str, tuple[str, ...]]
) -> list[Sequence[Candidate]]:
    """Candidates by their columns, as far as their names differ only in a date; else alone."""
    groups: list[list[Candidate]] = []
    for one in candidates:
        fitting = (
            group
            for group in groups
            if headers[group[0].name] == headers[one.name] and together([group[0], one])
        )
        group = next(fitting, None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    return list(groups)
