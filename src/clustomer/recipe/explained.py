"""What is wrong with a recipe, in the user's words, from what pydantic says of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ValidationError

from clustomer.errors import RecipeError, listed, nearest
from clustomer.recipe.settings import Recipe

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_TYPE_NAMES: Final = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "a text in quotes",
    "tuple_type": "a list in [brackets]",
    "dict_type": "a table",
    "model_type": "a table",
    "date_type": "a date such as 2025-06-30",
    "date_from_datetime_parsing": "a date such as 2025-06-30",
    "date_from_datetime_inexact": "a date such as 2025-06-30, without a time",
}


_BOUNDS: Final = {
    "greater than or equal to": "at least",
    "less than or equal to": "at most",
    "greater than": "above",
    "less than": "below",
}
"""How pydantic words a bound, and how we do."""


def explained(error: ValidationError, where: str) -> RecipeError:
    """One error of all that pydantic found: an unknown key first, for it explains most others."""
    by_key: dict[str, list[ErrorDetails]] = {}
    for one in sorted(error.errors(include_url=False), key=_helpfulness):
        by_key.setdefault(_key(one), []).append(one)
    key, *others = by_key
    same = by_key[key]
    first = same[0]
    if first["type"] == "missing":
        return RecipeError(
            f"{where} lacks {_and(map(_quoted, by_key))}.",
            remedy="add what is missing"
            + ("" if "." in key else ', or start from a built-in recipe: base = "retail"'),
        )
    wrong = [name for name in others if by_key[name][0]["type"] != "missing"]
    lacking = [name for name in others if name not in wrong]
    also = f" Wrong too: {listed(map(_quoted, wrong))}." if wrong else ""
    also += f" Missing: {listed(map(_quoted, lacking))}." if lacking else ""
    if _unknown(first):
        known = _known_keys(first)
        hint = nearest(str(key.rpartition(".")[2]), known)
        return RecipeError(
            f"{where}: the key '{key}' is not known.{also}",
            found=f"known here: {listed(sorted(known), 20)}" + (f"; {hint}" if hint else ""),
            remedy="correct the key or remove it",
        )
    return RecipeError(
        f"{where}: '{key}' must be {_either(same)}.{also}",
        found=repr(first["input"]),
        remedy=f"correct '{key}'",
    )


def _helpfulness(error: ErrorDetails) -> int:
    return 0 if _unknown(error) else 2 if error["type"] == "missing" else 1


def _unknown(error: ErrorDetails) -> bool:
    """Whether a key is not known: of settings, or of a table whose keys are a closed list."""
    return error["type"] == "extra_forbidden" or error["loc"][-1] == "[key]"


def _key(error: ErrorDetails) -> str:
    """Dotted name of a setting, without what pydantic adds for unions and keys."""
    *above, last = error["loc"]
    # The branch of a union comes last, as in ("clustering", "k", "literal['auto']").
    parts = above if _is_branch(last, above) or last == "[key]" else error["loc"]
    return ".".join(str(part) for part in parts if not _is_branch(part, above))


def _is_branch(part: int | str, above: Sequence[int | str]) -> bool:
    known = ("int", "constrained-int", "tuple")
    text = str(part)
    return bool(above) and (text.startswith(("literal[", "tuple[")) or text in known)


def _either(errors: Sequence[ErrorDetails]) -> str:
    return " or ".join(dict.fromkeys(_expected(one) for one in errors))


def _quoted(name: str) -> str:
    return f"'{name}'"


def _and(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _expected(error: ErrorDetails) -> str:
    if error["type"] in _TYPE_NAMES:
        return _TYPE_NAMES[error["type"]]
    context = error.get("ctx", {})
    if error["type"] == "literal_error":
        expected = str(context["expected"])
        words = [word.strip("' ") for word in expected.replace(" or ", ",").split(",")]
        hint = nearest(str(error["input"]), words)
        one_of = f"one of {expected}" if len(words) > 1 else expected
        return one_of + (f" ({hint})" if hint else "")
    if error["type"] == "string_pattern_mismatch":
        return f"a text of the form {context['pattern']}"
    message = error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    for theirs, ours in _BOUNDS.items():
        message = message.replace(theirs, ours)
    return message[0].lower() + message[1:]


def _known_keys(error: ErrorDetails) -> set[str]:
    """Keys that could stand where an unknown one was found."""
    if error["type"] == "literal_error":
        return set(re.findall(r"'([^']+)'", str(error["ctx"]["expected"])))
    model: type[BaseModel] = Recipe
    for part in error["loc"][:-1]:
        inner = (
            _inner_model(model.model_fields[part].annotation)
            if part in model.model_fields
            else None
        )
        model = inner or model
    return {*model.model_fields, *(("base",) if model is Recipe else ())}


def _inner_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner_model(argument)
        if found is not None:
            return found
    return None
