"""SQL of a recipe's own that need not be the same twice is refused."""

from __future__ import annotations

import pytest

from clustomer.errors import RecipeError
from clustomer.features.steady import check_steady
from clustomer.recipe.load import load_recipe
from clustomer.recipe.settings import Recipe


def _recipe(sql: str) -> Recipe:
    own = {"name": "odd", "sql": sql, "over": "lines", "unit": "count", "says": "{}"}
    return load_recipe({"base": "retail", "feature": [own]})


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("random()", "random, which gives another value each time"),
        ("max(secs(order_date, current_date))", "current_date, which hangs on the day of the run"),
        ("max(secs(order_date, NOW()))", "now, which hangs on the day of the run"),
        ("first(amount)", "first, which hangs on the order of the rows"),
        ("any_value(amount)", "any_value, which hangs on the order of the rows"),
    ],
)
def test_chance_the_clock_and_the_order_of_rows_are_refused(sql: str, found: str) -> None:
    with pytest.raises(RecipeError) as error:
        check_steady(_recipe(sql))
    assert f"The feature 'odd' of the recipe need not be the same twice: {sql}" in str(error.value)
    assert found in str(error.value)


@pytest.mark.parametrize(
    "sql",
    [
        "sum(amount)",
        "first(amount order by order_date)",
        "count_if(region = 'random()')",
        "max_by(amount, order_date)",
    ],
)
def test_what_is_the_same_twice_is_taken(sql: str) -> None:
    check_steady(_recipe(sql))
