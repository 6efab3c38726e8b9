"""Which built-in recipe fits the columns, and why."""

from __future__ import annotations

from dataclasses import dataclass

from clustomer.errors import DataError, listed
from clustomer.recipe.load import BUILT_IN, load_recipe
from clustomer.recipe.settings import Recipe
from clustomer.tables.columns import match_columns
from clustomer.tables.sources import Data, find_sources, peek


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A built-in recipe that fits, and the reason in a sentence."""

    recipe: str
    says: str


def suggest_recipe(data: Data) -> Suggestion:
    """Name the built-in recipe of which most columns are there.

    Raises
    ------
    DataError
        When no built-in recipe has all the columns that it needs, saying what each lacks.
    """
    fitting: list[tuple[int, str, str]] = []
    lacking: dict[str, DataError] = {}
    for name in BUILT_IN:
        recipe = load_recipe(name)
        try:
            matched, where = _matched(data, recipe)
        except DataError as error:
            lacking[f"{name} ({recipe.says})"] = error
            continue
        fitting.append((matched, name, where))
    if not fitting:
        reasons = [error.what.removesuffix(".") for error in lacking.values()]
        if len(set(reasons)) == 1:
            # No recipe is to blame: there is no such file, say.
            raise next(iter(lacking.values()))
        lines = zip(lacking, reasons, strict=True)
        raise DataError(
            "No built-in recipe fits these tables.",
            found="\n".join(f"{name}: {reason}" for name, reason in lines),
            remedy="draft one that names your columns: clustomer init DATA",
        )
    _, name, where = max(fitting, key=lambda one: one[0])
    return Suggestion(name, f"Recipe '{name}' fits and is used: {where}.")


def _matched(data: Data, recipe: Recipe) -> tuple[int, str]:
    matched = 0
    parts = []
    for source in find_sources(data, recipe).sources:
        there = match_columns(peek(source), recipe.tables[source.table], source=source.name)
        matched += len(there)
        parts.append(f"{source.name} has {listed(there.values(), 6)}")
    return matched, "; ".join(parts)
