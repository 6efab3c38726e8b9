"""Drafting a recipe for tables that nobody has described: roles, keys, joins, features."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from clustomer.drafting.draft import Draft, settle
from clustomer.drafting.see import Seen, see
from clustomer.drafting.toml import recipe_of, recipe_text
from clustomer.engines.here import running
from clustomer.errors import OutputError
from clustomer.files import write_whole
from clustomer.intake.intake import Intake, take_in
from clustomer.progress import Stages, Tell, silent
from clustomer.recipe.load import load_recipe
from clustomer.tables.sources import Data

__all__ = [
    "Draft",
    "Seen",
    "draft_recipe",
    "look_at",
    "recipe_of",
    "recipe_text",
    "settle",
    "try_draft",
]


def look_at(data: Data, tell: Tell = silent) -> Seen:
    """Read and look at every table, in an engine of its own; see `see`."""
    with running(None) as engine:
        return see(engine, data, tell)


def draft_recipe(data: Data, tell: Tell = silent) -> Draft:
    """Look at unknown tables and draft a recipe for them.

    Parameters
    ----------
    data
        A folder, a file, one table, or tables by name.
    tell
        Called with each step as it begins.

    Raises
    ------
    DataError
        When there is no table that can be read.
    """
    return settle(look_at(data, tell))


def try_draft(data: Data, draft: Draft, tell: Tell = silent) -> Intake:
    """Take the tables in by the draft's recipe: proof that it fits them, and what they can carry.

    Raises
    ------
    ClustomerError
        When a fit would stop at the tables; the message says what to change.
    """
    if isinstance(data, Mapping):
        used = {table.name for table in draft.tables}
        data = {name: one for name, one in data.items() if name in used}
    with running(None) as engine:
        return take_in(engine, data, load_recipe(recipe_of(draft)), stages=Stages(tell))


def write_draft(draft: Draft, path: Path, *, overwrite: bool = False) -> Path:
    """Write a draft as a recipe file.

    Raises
    ------
    OutputError
        When the file is there already, or cannot be written.
    """
    if path.exists() and not overwrite:
        raise OutputError(
            f"{path} is there already.",
            remedy="give --overwrite to replace it, or --out with another name",
        )
    try:
        write_whole(path, recipe_text(draft))
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written.",
            found=error.strerror or str(error),
            remedy="give --out with a place that can be written to",
        ) from None
    return path
