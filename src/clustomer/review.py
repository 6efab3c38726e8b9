"""Reviewing a run: its repairs, worst first, and a person's decisions on them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clustomer.cleaning.audit import worst_first
from clustomer.cleaning.decisions import (
    Decision,
    add_decisions,
    check_decisions,
    forget_decisions,
    read_decisions,
)
from clustomer.cleaning.obeyed import SUFFIX, kinds_of
from clustomer.cleaning.replay import Record, replay
from clustomer.engines.base import quoted
from clustomer.engines.here import running
from clustomer.errors import DataError, OutputError, listed
from clustomer.names import ROW
from clustomer.recipe.load import load_recipe
from clustomer.recipe.settings import Recipe
from clustomer.runs import RUN
from clustomer.runs import read_record as record_of
from clustomer.tables.read import read_source
from clustomer.tables.sources import Data, find_sources

if TYPE_CHECKING:
    import pyarrow as pa

AUDIT: Final = Path("cleaning") / "audit.csv"


def read_audit(out: str | Path) -> pa.Table:
    """Read the repairs of a run, worst first.

    Parameters
    ----------
    out
        The run's folder.

    Returns
    -------
    pyarrow.Table
        As `cleaning.audit.audit_table`, in the order of `cleaning.audit.worst_first`. The column
        ``decision`` tells what the run obeyed; decisions made since stand in the file of
        `decisions_file`.

    Raises
    ------
    BundleError
        When the folder holds no run.
    DataError
        When it has no audit.
    """
    import pyarrow as pa
    from pyarrow import csv

    _record(out)
    names = ("table", "column", "raw", "repaired", "rule", "decision", "reason")
    kinds = {name: pa.string() for name in names}
    kinds |= {"count": pa.int64(), "confidence": pa.float64()}
    audit = csv.read_csv(
        Path(out) / AUDIT,
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=kinds, strings_can_be_null=False),
    )
    missing = {*kinds} - {*audit.column_names}
    if missing:
        raise DataError(
            f"The audit of the run in '{out}' was written by another version of clustomer.",
            found=f"no columns {listed(sorted(missing))}",
            remedy="fit again with --overwrite",
        )
    return worst_first(audit)


def read_pairs(out: str | Path) -> pa.Table:
    """Read the pairs of ids of a run that look like one customer, the surest first.

    Returns
    -------
    pyarrow.Table
        As `cleaning.same.find.proposals_table`; all columns are text.

    Raises
    ------
    DataError
        When the folder holds no run, or one of another version.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    _record(out)
    found = _read(out, "duplicates", ("id", "other_id", "probability", "decision"))
    for at, name in enumerate(("id", "other_id")):
        # As they were before they were made harmless for spreadsheets.
        plain = pc.replace_substring_regex(found[name], r"^'([=+\-@\t\r])", r"\1")
        found = found.set_column(at, pa.field(name, pa.string()), plain)
    return found


def decisions_file(out: str | Path) -> Path:
    """Where the decisions on the repairs of a run are kept; the file may not be there yet.

    Beside the recipe of the run, or in the folder of its data; for tables that were handed over in
    Python, in the folder of the run itself.

    Raises
    ------
    BundleError
        When the folder holds no run.
    DataError
        When it has no audit.
    """
    record = _record(out)
    told = record.get("decisions")
    file = told.get("file") if isinstance(told, Mapping) else None
    if isinstance(file, str):
        return Path(os.path.normpath(Path(out) / file))
    return Path(out) / f"{recipe_of(out).name}{SUFFIX}"


def decisions_of_run(model: str | Path) -> Path | None:
    """The decisions of the run that a model lies in, if the run and the file are there."""
    folder = Path(model)
    for out in (folder, folder.resolve().parent):
        if (out / RUN).is_file():
            file = decisions_file(out)
            return file if file.is_file() else None
    return None


def recipe_of(out: str | Path) -> Recipe:
    """The recipe of a run.

    Raises
    ------
    BundleError, RecipeError
        When the folder holds no run, or one whose recipe cannot be read.
    """
    recipe = _record(out).get("recipe")
    return load_recipe(recipe if isinstance(recipe, Mapping) else {})


def decide(out: str | Path, decisions: Iterable[Decision], file: str | Path | None = None) -> Path:
    """Keep a person's decisions; the next fit and score obey them. Returns the file.

    Parameters
    ----------
    out
        The run's folder.
    file
        Where to keep them; None: `decisions_file`.

    Raises
    ------
    RecipeError
        When a decision names what the recipe lacks; nothing is written then.
    OutputError
        When the file cannot be written.
    """
    every = list(decisions)
    path = Path(file) if file is not None else decisions_file(out)
    check_decisions(every, kinds_of(recipe_of(out)), "")
    add_decisions(path, every)
    return path


def decisions_made(out: str | Path, file: str | Path | None = None) -> tuple[Decision, ...]:
    """The decisions that the next fit will obey; none where there is no file yet."""
    path = Path(file) if file is not None else decisions_file(out)
    return read_decisions(path) if path.is_file() else ()


def forget(
    out: str | Path, cells: Iterable[tuple[str, str, str]], file: str | Path | None = None
) -> int:
    """Take decisions back (table, column, raw value of each); returns how many there were."""
    return forget_decisions(Path(file) if file is not None else decisions_file(out), cells)


def read_record(out: str | Path) -> Record:
    """Read everything that the cleaning of a run did, for `cleaning.replay.replay`.

    Raises
    ------
    BundleError
        When the folder holds no run.
    DataError
        When it has no audit.
    """
    import pyarrow as pa

    actions = _read(out, "rows", ("table", "row", "action", "column", "value", "rule"))
    at = actions.column_names.index("row")
    actions = actions.set_column(at, "row", actions["row"].cast(pa.int64()))
    readings = _read(out, "columns", ("table", "column", "source", "kind"))
    return Record(read_audit(out), actions, readings)


def replay_run(out: str | Path, data: Data, into: str | Path) -> dict[str, int]:
    """Make the clean tables of a run again from its raw data and its record, and write them.

    Parameters
    ----------
    out
        The run's folder.
    data
        The raw data of the run, as given to the fit.
    into
        A folder for one Parquet file a table; it must be new or empty.

    Returns
    -------
    dict
        By table: the rows written.

    Raises
    ------
    BundleError
        When the folder holds no run.
    DataError
        When the data are not those of the run.
    OutputError
        When `into` is not empty or cannot be written.
    """
    import pyarrow.parquet as pq

    record, recipe, told = read_record(out), recipe_of(out), _record(out)
    folder = Path(into)
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise OutputError(f"'{into}' is not empty.", remedy="give a new folder")
    inputs, rows = told.get("inputs"), told.get("rows")
    raw = {}
    with running(None) as engine:
        for source in find_sources(data, recipe).sources:
            table = read_source(engine, source)
            _same_input(inputs, table.name, table.sha256, table.source)
            raw[table.name] = engine.arrow(f"SELECT * FROM {quoted(table.relation)} ORDER BY {ROW}")
    clean = replay(raw, record)
    for name, table in clean.items():
        used = rows[name]["used"] if isinstance(rows, Mapping) else None
        if used != table.num_rows:
            raise DataError(
                f"The record of the run in '{out}' does not give its clean tables.",
                found=f"{name}: {used} rows used by the run, {table.num_rows} after the replay",
                remedy="its files were changed; fit again",
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in clean.items():
            pq.write_table(table, folder / f"{name}.parquet")
    except OSError as error:
        raise OutputError(
            f"'{into}' cannot be written.",
            found=error.strerror or str(error),
            remedy="give a folder that may be written and has room",
        ) from error
    return {name: table.num_rows for name, table in clean.items()}


def _same_input(inputs: object, name: str, sha256: str, source: str) -> None:
    told = inputs.get(name) if isinstance(inputs, Mapping) else None
    if not isinstance(told, Mapping) or told.get("sha256") != sha256:
        raise DataError(
            f"{source} is not what the run read as {name}.",
            found="another content (SHA-256)" if told else "no such table in the run",
            remedy="give the data that the run was fitted on, unchanged",
        )


def _read(out: str | Path, name: str, columns: tuple[str, ...]) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv

    path = Path(out) / "cleaning" / f"{name}.csv"
    if not path.is_file():
        raise DataError(
            f"The run in '{out}' was written by another version of clustomer.",
            found=f"{path} is not there",
            remedy="fit again with --overwrite",
        )
    return csv.read_csv(
        path,
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
        ),
    )


def _record(out: str | Path) -> Mapping[str, object]:
    record = record_of(Path(out))
    if not (Path(out) / AUDIT).is_file():
        raise DataError(
            f"The run in '{out}' has no audit.",
            found=f"{AUDIT.as_posix()} is not there",
            remedy="fit again with --overwrite",
        )
    return record
