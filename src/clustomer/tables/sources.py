"""Finding the sources of a recipe's tables: by their names, then by the columns they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final, NoReturn

from clustomer.errors import DataError, listed, nearest
from clustomer.findings import Finding
from clustomer.recipe.settings import Recipe, TableSettings
from clustomer.tables.arrow import ArrowStream
from clustomer.tables.columns import missing_columns
from clustomer.tables.dialect import check_names, detect

Data = str | Path | ArrowStream | Mapping[str, str | Path | ArrowStream]
"""What a run reads: a folder, a file, a table, or files and tables by the recipe's names."""

SUFFIXES: Final = (".csv", ".txt", ".tsv", ".parquet")


@dataclass(frozen=True, slots=True)
class Source:
    """What one table of the recipe is read from.

    Parameters
    ----------
    table
        The recipe's name of the table.
    data
        A file, or a table that speaks the Arrow interface.
    name
        What messages and reports call it: the file's name, or the table's for Python input.
    """

    table: str
    data: Path | ArrowStream
    name: str


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources that were found, in the recipe's order, and what was left aside.

    `unused` are the names of files in the folder that no table of the recipe is read from.
    """

    sources: tuple[Source, ...]
    unused: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A note when files were left aside."""
        if not self.unused:
            return ()
        text = f"not used, for no table of the recipe is read from them: {listed(self.unused)}"
        return (Finding("unused-files", "note", text),)


def find_sources(data: Data, recipe: Recipe) -> Sources:
    """Find what each table of a recipe is read from.

    In a folder (its sub-folders and hidden files left aside) a table's file is one whose name fits
    the table's patterns and that holds its required columns; failing that the only other file that
    holds them.

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
        if path.is_dir():
            return _from_folder(path, recipe)
        table = _only_table(recipe, path.name)
        return Sources((Source(table, _existing(path), path.name),))
    _check_table_like(data, "the table given")
    table = _only_table(recipe, "the table given")
    return Sources((Source(table, data, f"table '{table}'"),))


def peek(source: Source) -> tuple[str, ...]:
    """Return a source's column names without reading its rows.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    if not isinstance(source.data, Path):
        return _stream_names(source.data)
    if not is_parquet(source.data):
        return detect(source.data).columns
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = pq.read_schema(source.data).names
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(
            f"{source.name} cannot be read as Parquet", found=str(error).splitlines()[0]
        ) from error
    return check_names(source.name, names)


def is_parquet(path: Path) -> bool:
    """Tell a Parquet file by its name."""
    return path.suffix.lower() in {".parquet", ".pq"}


def list_files(folder: Path) -> list[Path]:
    """Files of a folder that could be tables, by name; no hidden ones, no sub-folders."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def _stream_names(data: ArrowStream) -> tuple[str, ...]:
    columns = getattr(data, "column_names", None)
    if columns is None:
        columns = getattr(data, "columns", None)
    if columns is not None:
        return tuple(str(column) for column in columns)
    import pyarrow as pa

    return tuple(pa.RecordBatchReader.from_stream(data).schema.names)


def _from_mapping(data: Mapping[str, str | Path | ArrowStream], recipe: Recipe) -> Sources:
    for name in data:
        if name not in recipe.tables:
            raise DataError(
                f"the recipe '{recipe.name}' has no table '{name}'",
                found=f"its tables are {listed(recipe.tables)}",
                remedy=nearest(name, recipe.tables) or "name the tables as the recipe does",
            )
    absent = [n for n, table in recipe.tables.items() if table.required and n not in data]
    if absent:
        raise DataError(
            f"the recipe '{recipe.name}' needs a table that was not given: {listed(absent)}",
            found=f"given: {listed(data)}",
            remedy="give a file or a table for each",
        )
    sources = []
    for name in recipe.tables:
        if name not in data:
            continue
        given = data[name]
        if isinstance(given, (str, Path)):
            path = _existing(Path(given))
            sources.append(Source(name, path, path.name))
        else:
            _check_table_like(given, f"what was given for '{name}'")
            sources.append(Source(name, given, f"table '{name}'"))
    return Sources(tuple(sources))


def _check_table_like(data: object, what: str) -> None:
    if not isinstance(data, ArrowStream):
        raise DataError(
            f"{what} is not a table",
            found=f"a {type(data).__name__}",
            remedy="give a path, or a pandas, polars or Arrow table",
        )


def _existing(path: Path) -> Path:
    if path.is_file():
        return path
    if path.is_dir():
        raise DataError(f"'{path}' is a folder, where a file is needed")
    beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
    raise DataError(
        f"there is no file or folder '{path}'",
        found=f"in {path.parent}: {listed(sorted(beside)) or 'nothing'}"
        if path.parent.is_dir()
        else f"the folder '{path.parent}' is not there either",
        remedy=nearest(path.name, beside) or "check the path",
    )


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
        f"the recipe '{recipe.name}' needs {len(needed)} tables, and {what} is only one",
        found=f"its tables are {listed(recipe.tables)}",
        remedy="give the folder that holds them, or the tables by name",
    )


def _from_folder(folder: Path, recipe: Recipe) -> Sources:
    files = list_files(folder)
    if not files:
        inside = sorted(path.name for path in folder.iterdir())
        raise DataError(
            f"the folder '{folder}' has no data file",
            found=listed(inside) or "an empty folder",
            remedy=f"put files ending in {listed(SUFFIXES)} there",
        )
    headers = {path: _header(path) for path in files}
    chosen = _by_name_and_columns(folder, recipe, headers)
    for name, table in recipe.tables.items():
        if name not in chosen:
            _by_columns_or_name(folder, name, table, headers, chosen)
    absent = [n for n, table in recipe.tables.items() if table.required and n not in chosen]
    if absent:
        _refuse_absent(folder, recipe, absent[0], headers)
    ordered = [(name, chosen[name]) for name in recipe.tables if name in chosen]
    unused = tuple(path.name for path in headers if path not in chosen.values())
    return Sources(tuple(Source(name, path, path.name) for name, path in ordered), unused)


Headers = Mapping[Path, tuple[str, ...] | DataError]


def _by_name_and_columns(folder: Path, recipe: Recipe, headers: Headers) -> dict[str, Path]:
    """Give each table the file that fits by name and columns; a file given is given once.

    Tables for which one file is left choose first, so that ``customer_orders.csv`` can be the order
    lines and ``customers.csv`` the customers though both are named like customers.
    """
    fitting = {
        name: [p for p in headers if _is_named(p, table) and _holds(headers[p], table)]
        for name, table in recipe.tables.items()
    }
    chosen: dict[str, Path] = {}
    while True:
        open_ = {
            name: [path for path in paths if path not in chosen.values()]
            for name, paths in fitting.items()
            if name not in chosen
        }
        sure = next((name for name, paths in open_.items() if len(paths) == 1), None)
        if sure is None:
            break
        chosen[sure] = open_[sure][0]
    for name, paths in open_.items():
        if paths:
            _refuse_several(folder, name, paths)
    return chosen


def _by_columns_or_name(
    folder: Path, name: str, table: TableSettings, headers: Headers, chosen: dict[str, Path]
) -> None:
    """Give a needed table the one file left that holds its columns, or else bears its name.

    A file that only bears the name is taken so that the message says what it lacks.
    """
    left = [path for path in headers if path not in chosen.values()]
    holding = [path for path in left if table.required and _holds(headers[path], table)]
    named = [path for path in left if _is_named(path, table)]
    if len(holding) > 1:
        _refuse_several(folder, name, holding)
    if holding or len(named) == 1:
        path = (holding or named)[0]
        header = headers[path]
        if isinstance(header, DataError):
            raise header
        chosen[name] = path


def _refuse_several(folder: Path, name: str, paths: list[Path]) -> NoReturn:
    raise DataError(
        f"several files in '{folder}' could be the table '{name}'",
        found=listed(path.name for path in paths),
        remedy="leave one of them there, or give the tables by name",
    )


def _refuse_absent(folder: Path, recipe: Recipe, name: str, headers: Headers) -> NoReturn:
    table = recipe.tables[name]
    needed = [column for column, settings in table.columns.items() if settings.required]
    raise DataError(
        f"no file in '{folder}' is the table '{name}' of the recipe '{recipe.name}'",
        found=listed(path.name for path in headers),
        remedy=f"name it like {listed(table.files) or name}, "
        f"or give a file with the columns {listed(needed)}",
    )


def _header(path: Path) -> tuple[str, ...] | DataError:
    """A file's columns, or why they cannot be read: that matters only if the file is needed."""
    try:
        return peek(Source("", path, path.name))
    except DataError as error:
        return error


def _is_named(path: Path, table: TableSettings) -> bool:
    return any(fnmatch(path.stem.lower(), pattern.lower()) for pattern in table.files)


def _holds(header: tuple[str, ...] | DataError, table: TableSettings) -> bool:
    return not isinstance(header, DataError) and not missing_columns(header, table)
