"""Recipes from TOML: built in, from a file, or a file that changes a built-in one."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from clustomer.errors import RecipeError, listed, nearest
from clustomer.names import CUSTOMER, Over
from clustomer.recipe.explained import explained
from clustomer.recipe.language import named, read_language
from clustomer.recipe.settings import Recipe, TableSettings

BUILT_IN: Final = ("retail", "credit-card", "transactions", "retail-rows")
"""Names of the built-in recipes."""

RESERVED: Final = (
    *(CUSTOMER, "row", "segment_id", "segment_name", "distance", "runner_up_id", "probability"),
)
"""Columns that results have beside the features."""


def load_recipe(name_or_file: str | Path | Mapping[str, object], **changes: object) -> Recipe:
    """Read a recipe and apply changes on top.

    A file may start from a built-in recipe with ``base = "retail"`` and then state only what
    differs: tables are merged key by key, lists are replaced whole.

    Parameters
    ----------
    name_or_file
        A built-in name (`BUILT_IN`), the path of a TOML file, or the settings themselves.
    changes
        Settings at the top level or, by dotted name, below it; None is passed over:
        ``load_recipe("retail", seed=1, **{"clustering.k": 3})``.

    Raises
    ------
    RecipeError
        Naming the file, the key, what was expected and the nearest valid name.

    Examples
    --------
    >>> load_recipe("retail", **{"clustering.k": 3}).clustering.k
    3
    """
    if isinstance(name_or_file, Mapping):
        where, settings = "The recipe given from Python", dict(name_or_file)
    else:
        where, settings = _read(name_or_file)
    settings = _with_base(settings, where)
    for dotted, value in changes.items():
        if value is not None:
            settings = _merged(settings, _nested(dotted, value))
    try:
        recipe = Recipe.model_validate(settings)
    except ValidationError as error:
        raise explained(error, where) from None
    _check_names(recipe, where)
    return _with_language(recipe, name_or_file)


def _with_language(recipe: Recipe, name_or_file: str | Path | Mapping[str, object]) -> Recipe:
    """Take the texts of a language file into the recipe, so that a model needs no file beside it.

    Texts that the recipe states itself stand over those of the file.
    """
    beside = None if isinstance(name_or_file, Mapping) else Path(name_or_file).parent
    segments = recipe.segments
    base, texts = read_language(segments.language, beside)
    whole = segments.model_copy(
        update={
            "language": base,
            "texts": _merged(texts, segments.texts) if texts else segments.texts,
        }
    )
    return recipe.model_copy(update={"segments": named(whole)})


def _read(name_or_file: str | Path) -> tuple[str, dict[str, object]]:
    name = str(name_or_file)
    if name in BUILT_IN:
        text = (
            resources.files("clustomer.recipe").joinpath(f"builtin/{name}.toml").read_text("utf-8")
        )
        return f"Recipe '{name}'", tomllib.loads(text)
    path = Path(name)
    if not path.is_file():
        hint = nearest(name, BUILT_IN)
        raise RecipeError(
            f"There is no recipe '{name}'.",
            found=f"built-in recipes are {listed(BUILT_IN)}; no file of that name exists"
            + (f"; {hint}" if hint else ""),
            remedy="give the name of a built-in recipe or the path of a TOML file",
        )
    try:
        return str(path), tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(
            f"{path} is not valid TOML.", found=str(error), remedy="mend that line"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(
            f"{path} cannot be read.", found=str(error), remedy="give a readable UTF-8 text file"
        ) from None


def _with_base(settings: dict[str, object], where: str) -> dict[str, object]:
    base = settings.pop("base", None)
    if base is None:
        return settings
    if base not in BUILT_IN:
        hint = nearest(str(base), BUILT_IN)
        raise RecipeError(
            f"{where}: 'base' must be the name of a built-in recipe.",
            found=f"{base!r}" + (f"; {hint}" if hint else ""),
            remedy=f"use one of {listed(BUILT_IN)}",
        )
    return _merged(_read(str(base))[1], settings)


def _merged(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        both_tables = isinstance(value, Mapping) and isinstance(under, Mapping)
        result[key] = _merged(under, value) if both_tables else value  # type: ignore[arg-type]
    return result


def _nested(dotted: str, value: object) -> dict[str, object]:
    first, _, rest = dotted.partition(".")
    return {first: _nested(rest, value) if rest else value}


def _check_names(recipe: Recipe, where: str) -> None:
    """Check what the types cannot say: names that refer to other names."""
    if recipe.unit not in recipe.features:
        raise RecipeError(
            f"{where}: unit is '{recipe.unit}', but [features.{recipe.unit}] is not there.",
            found=f"features for {listed(recipe.features)}",
            remedy=f"add [features.{recipe.unit}] with segment_on = [...]",
        )
    _check_choice(recipe, where)
    if "same" in recipe.tables:
        raise RecipeError(
            f"{where}: a table cannot be called 'same'.",
            found="the decisions on pairs of ids stand under that name",
            remedy="call the table otherwise; files still name its files",
        )
    for name, table in recipe.tables.items():
        if table.key is not None and table.key not in table.columns:
            hint = nearest(table.key, table.columns)
            raise RecipeError(
                f"{where}: tables.{name}.key is '{table.key}', which is not a column of {name}.",
                found=listed(table.columns) + (f"; {hint}" if hint else ""),
                remedy="name one of its columns",
            )
        if _lacks_key(recipe, table):
            raise RecipeError(
                f"{where}: tables.{name} has no key.",
                found=f"role '{table.role}' with columns {listed(table.columns)}",
                remedy=f'say which column identifies a row: [tables.{name}] key = "..."',
            )
    _check_limits(recipe, where)
    _check_algorithm(recipe, where)
    _check_own_features(recipe, where)
    if recipe.table_of("lines") is not None:
        _check_lines(recipe, where)


def _check_lines(recipe: Recipe, where: str) -> None:
    columns = {column for table in recipe.tables.values() for column in table.columns}
    date = recipe.lines.date
    for key in (date, recipe.lines.order):
        if key is not None and key not in columns:
            hint = nearest(key, columns)
            raise RecipeError(
                f"{where}: [lines] names the column '{key}', which no table has.",
                found=listed(sorted(columns), 30) + (f"; {hint}" if hint else ""),
                remedy="name one of the columns",
            )
    kinds = {c.kind for t in recipe.tables.values() for n, c in t.columns.items() if n == date}
    if "date" not in kinds:
        raise RecipeError(
            f"{where}: [lines] date is '{date}', which is no column of dates.",
            found=f'kind = "{listed(sorted(kinds))}"',
            remedy=f'name another column, or give {date} kind = "date"',
        )


def _check_choice(recipe: Recipe, where: str) -> None:
    chosen = Counter(recipe.choice.segment_on)
    twice = [name for name, times in chosen.items() if times > 1]
    if twice:
        raise RecipeError(
            f"{where}: features.{recipe.unit}.segment_on names {listed(twice)} more than once.",
            remedy="name each feature once",
        )
    if not chosen:
        raise RecipeError(
            f"{where}: features.{recipe.unit}.segment_on is empty.",
            remedy="name at least one feature to segment on",
        )


def _check_limits(recipe: Recipe, where: str) -> None:
    for table, settings in recipe.tables.items():
        for name, column in settings.columns.items():
            low, high = column.limits.min, column.limits.max
            if low is not None and high is not None and low > high:
                raise RecipeError(
                    f"{where}: the limits of tables.{table}.columns.{name} leave no value: min is "
                    "above max.",
                    found=f"{low:g} and {high:g}",
                    remedy="correct one of them",
                )


def _lacks_key(recipe: Recipe, table: TableSettings) -> bool:
    """Whether a table needs a key and has none: one whose rows are segmented needs none."""
    if table.role == "lines" or table.key is not None:
        return False
    alone = recipe.unit == "row" and table.role == "customers" and not recipe.table_of("lines")
    return not alone


def _check_algorithm(recipe: Recipe, where: str) -> None:
    names = recipe.clustering.algorithms
    alone = [name for name in names if name in ("rules", "auto")]
    if not names or (alone and len(names) > 1):
        raise RecipeError(
            f"{where}: clustering.algorithm cannot be this list.",
            found=listed(names) or "an empty list",
            remedy="rules and auto stand alone; every report compares with the RFM rules anyway",
        )
    if recipe.clustering.k_min > recipe.clustering.k_max:
        raise RecipeError(
            f"{where}: clustering.k_min is above k_max.",
            found=f"{recipe.clustering.k_min} and {recipe.clustering.k_max}",
            remedy="correct one of them",
        )


def _check_own_features(recipe: Recipe, where: str) -> None:
    fitting = _fitting(recipe)
    chosen = {*recipe.choice.segment_on, *recipe.choice.describe_with}
    for feature in recipe.feature:
        if feature.name.casefold() in RESERVED:
            raise RecipeError(
                f"{where}: a feature cannot be called '{feature.name}'.",
                found=f"results have columns of their own: {listed(RESERVED)}",
                remedy="give the feature another name",
            )
        if feature.name in chosen and feature.over not in fitting:
            raise RecipeError(
                f"{where}: the feature '{feature.name}' has over = '{feature.over}', which does not"
                f" fit the unit '{recipe.unit}' and the tables of this recipe.",
                found=f"tables of role {listed(table.role for table in recipe.tables.values())}",
                remedy=f"use over = {' or '.join(repr(over) for over in fitting)}",
            )


def _fitting(recipe: Recipe) -> tuple[Over, ...]:
    """The rows that a feature's SQL can run over, with this unit and these tables."""
    if recipe.unit == "row":
        return ("row",)
    lines: tuple[Over, ...] = ("lines", "orders") if recipe.table_of("lines") else ()
    customers: tuple[Over, ...] = ("customer",) if recipe.table_of("customers") else ()
    return lines + customers
