"""Reviewing a run: its repairs, worst first, and a person's decisions on them."""

from __future__ import annotations

import json
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
from clustomer.errors import DataError, listed
from clustomer.outputs import RUN
from clustomer.recipe.load import load_recipe
from clustomer.recipe.settings import Recipe

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
        As `cleaning.audit.audit_table`; the repairs that are expected to be wrong on most rows
        come first. The column ``decision`` tells what the run obeyed; decisions made since stand
        in the file of `decisions_file`.

    Raises
    ------
    DataError
        When the folder holds no run.
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


def decisions_file(out: str | Path) -> Path:
    """Where the decisions on the repairs of a run are kept; the file may not be there yet.

    Beside the recipe of the run, or in the folder of its data; for tables that were handed over in
    Python, in the folder of the run itself.

    Raises
    ------
    DataError
        When the folder holds no run.
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
    DataError, RecipeError
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
    check_decisions(every, kinds_of(recipe_of(out)), "decision")
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


def _record(out: str | Path) -> Mapping[str, object]:
    path = Path(out) / RUN
    try:
        record = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"'{out}' holds no run of clustomer.",
            found="no run.json there" if not path.exists() else f"run.json: {error}",
            remedy="give the folder that was the --out of a fit",
        ) from None
    if not isinstance(record, dict) or not (Path(out) / AUDIT).is_file():
        raise DataError(
            f"The run in '{out}' has no audit.",
            found=f"{AUDIT.as_posix()} is not there",
            remedy="fit again with --overwrite",
        )
    return record
