"""Which decisions a run obeys, and the file that they are kept in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clustomer.cleaning.decisions import Decision, check_decisions, read_decisions
from clustomer.errors import RecipeError
from clustomer.names import Kind
from clustomer.recipe.settings import Recipe

SUFFIX: Final = ".decisions.toml"

Given = str | Path | Sequence[Decision] | None
"""A file, decisions themselves, or None: the file beside the recipe or the data."""


@dataclass(frozen=True, slots=True)
class Obeyed:
    """The decisions of a run.

    Parameters
    ----------
    file
        Where they are kept, whether or not the file is there yet; None where nothing says.
    decisions
        The decisions, checked against the recipe.
    """

    file: Path | None = None
    decisions: tuple[Decision, ...] = ()


def obeyed(given: Given, recipe_as_given: object, recipe: Recipe, data: object) -> Obeyed:
    """Find, read and check the decisions that a run obeys.

    Parameters
    ----------
    given
        A file (it must be there), decisions, or None for the file of `beside`, if it is there.
    recipe_as_given
        What the user named as recipe.
    recipe
        The recipe.
    data
        What the user named as data; only paths say where a file may be.

    Raises
    ------
    RecipeError
        When a file that was named is not there, cannot be read, or names what the recipe lacks.
    """
    if given is None:
        file = beside(recipe_as_given, recipe.name, folder_of(data))
        if file is None or not file.is_file():
            return Obeyed(file)
        return _checked(Obeyed(file, read_decisions(file)), recipe)
    if isinstance(given, (str, Path)):
        file = Path(given)
        if not file.is_file():
            raise RecipeError(
                f"There is no file of decisions '{file}'.",
                remedy="check the path; clustomer audit OUT --reject makes one",
            )
        return _checked(Obeyed(file, read_decisions(file)), recipe)
    return _checked(Obeyed(None, tuple(given)), recipe)


def _checked(found: Obeyed, recipe: Recipe) -> Obeyed:
    check_decisions(found.decisions, kinds_of(recipe), str(found.file or "decisions from Python"))
    return found


def kinds_of(recipe: Recipe) -> dict[str, dict[str, Kind]]:
    """By table of a recipe: the kind of each column."""
    return {
        name: {column: settings.kind for column, settings in table.columns.items()}
        for name, table in recipe.tables.items()
    }


def beside(recipe: object, name: str, folder: Path | None) -> Path | None:
    """Where the decisions of a recipe are kept.

    Beside a recipe file; for a built-in recipe in the folder of the data, under the recipe's name.

    Parameters
    ----------
    recipe
        As given to a fit: a path or the name of a built-in recipe, or settings.
    name
        The recipe's name.
    folder
        The folder of the data, if they came from files.

    Examples
    --------
    >>> beside("shop.toml", "shop", Path("data")).as_posix()
    'shop.decisions.toml'
    >>> beside("retail", "retail", Path("data")).as_posix()
    'data/retail.decisions.toml'
    """
    if isinstance(recipe, (str, Path)) and Path(recipe).suffix == ".toml":
        return Path(recipe).with_suffix(SUFFIX)
    return None if folder is None else folder / f"{_file_name(name)}{SUFFIX}"


def folder_of(data: object) -> Path | None:
    """The folder that data come from; None where they were handed over in Python.

    >>> folder_of(Path("no such folder/sales.csv")).as_posix()
    'no such folder'
    """
    if isinstance(data, Mapping):
        folders = (folder_of(one) for one in data.values())
        return next((folder for folder in folders if folder is not None), None)
    if not isinstance(data, (str, Path)):
        return None
    path = Path(data)
    return path if path.is_dir() else path.parent


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "recipe"
