"""SQL that gives the same values for the same rows: no chance, no clock, no order of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from clustomer.engines.tokens import TOKEN
from clustomer.errors import RecipeError
from clustomer.recipe.settings import Recipe

_UNSTEADY: Final[Mapping[str, tuple[frozenset[str], str, str]]] = {
    "chance": (
        frozenset({"random", "rand", "randn", "uuid", "gen_random_uuid", "setseed", "nextval"}),
        "gives another value each time",
        "leave it out",
    ),
    "clock": (
        frozenset(
            {
                *("now", "today", "current_date", "current_timestamp", "current_time"),
                *("localtime", "localtimestamp", "get_current_timestamp", "transaction_timestamp"),
            }
        ),
        "hangs on the day of the run",
        "count back from {as_of}",
    ),
    "order": (
        frozenset(
            {
                *("first", "last", "any_value", "arbitrary", "first_value", "last_value"),
                *("list", "array_agg", "collect_list", "string_agg", "group_concat", "listagg"),
            }
        ),
        "hangs on the order of the rows",
        "take min, max or max_by(value, order_date), or add an ORDER BY within the brackets",
    ),
}
"""By kind: the functions, what is wrong with them, and what to do."""

_WITHOUT_BRACKETS: Final = frozenset(
    {"current_date", "current_timestamp", "current_time", "localtime", "localtimestamp"}
)


def check_steady(recipe: Recipe) -> None:
    """Refuse features of the recipe's own that need not be the same twice.

    The order of rows is allowed where the SQL says ORDER BY.

    Raises
    ------
    RecipeError
        Naming the feature and the function.
    """
    columns = {name for table in recipe.tables.values() for name in table.columns}
    for feature in recipe.feature:
        called = list(_called(feature.sql))
        ordered = "order" in [word for word, _ in called]
        for kind, (functions, fault, remedy) in _UNSTEADY.items():
            for word, brackets in called:
                function = word in functions and (brackets or word in _WITHOUT_BRACKETS)
                named = word in columns and not brackets
                if function and not named and not (kind == "order" and ordered):
                    raise RecipeError(
                        f"The feature '{feature.name}' of the recipe need not be the same twice: "
                        f"{feature.sql}",
                        found=f"{word}, which {fault}",
                        remedy=remedy,
                    )


def _called(sql: str) -> Iterator[tuple[str, bool]]:
    """Words outside quotes in small letters, and whether a bracket follows."""
    tokens = [(token.lastgroup, token.group()) for token in TOKEN.finditer(sql)]
    for (kind, text), (_, after) in zip(tokens, [*tokens[1:], ("", "")], strict=True):
        if kind == "word":
            yield text.lower(), after == "("
