"""Recipes: what is wrong is named with file, key, expectation and nearest name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from clustomer.errors import RecipeError
from clustomer.recipe.load import BUILT_IN, load_recipe


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_recipes_are_valid(name: str) -> None:
    assert load_recipe(name).name == name


def said(settings: str | Path | dict[str, object]) -> str:
    with pytest.raises(RecipeError) as error:
        load_recipe(settings)
    return str(error.value)


def test_unknown_recipe_names_the_nearest() -> None:
    text = said("retial")
    assert "There is no recipe 'retial'." in text
    assert "did you mean 'retail'?" in text


def test_unknown_key_names_file_key_and_nearest(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('base = "retail"\n[clustering]\nkk = 3\n')
    text = said(file)
    assert f"{file}: the key 'clustering.kk' is not known." in text
    assert "did you mean 'k'?" in text


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"seed": "x"}, "'seed' must be a whole number."),
        ({"clustering": {"k": 1}}, "'clustering.k' must be 'auto' or at least 2."),
        ({"clustering": {"k": "many"}}, "'clustering.k' must be 'auto' or a whole number."),
        ({"unit": "rows"}, "'unit' must be one of 'customer' or 'row' (did you mean 'row'?)."),
        ({"as_of": "soon"}, "'as_of' must be"),
        ({"features": {"customer": {"segment_on": []}}}, "segment_on is empty"),
        ({"lines": {"date": "ordr_date"}}, "did you mean 'order_date'?"),
        ({"tables": {"products": {"key": "product"}}}, "which is not a column of products"),
    ],
)
def test_wrong_values_say_what_was_expected(settings: dict[str, object], expected: str) -> None:
    assert expected in said({"base": "retail", **settings})


def test_missing_parts() -> None:
    text = said({"name": "mine"})
    assert "recipe given from Python lacks 'tables' and 'features'." in text
    assert 'start from a built-in recipe: base = "retail"' in text
    inner = said({"base": "retail", "feature": [{"sql": "1", "over": "lines", "unit": "money"}]})
    assert "lacks 'feature.0.name' and 'feature.0.says'." in inner
    assert "base" not in inner


def test_an_unknown_key_comes_before_what_is_missing() -> None:
    text = said({"sed": 3})
    assert "the key 'sed' is not known. Missing: 'name', 'tables', 'features'." in text
    assert "did you mean 'seed'?" in text
    assert "Wrong too: 'colour'." in said({"base": "retail", "sed": 1, "colour": 2})


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"clustering": {"k": 1}}, "'clustering.k' must be 'auto' or at least 2."),
        ({"clustering": {"k_max": 1}}, "'clustering.k_max' must be at least 3."),
        ({"clustering": {"algorithm": "kmeans"}}, "'clustering.algorithm' must be one of"),
        (
            {"as_of": datetime(2025, 1, 1, 10, tzinfo=UTC)},
            "a date such as 2025-06-30, without a time.",
        ),
        ({"same": {"fields": {"fulname": "x"}}}, "the key 'same.fields.fulname' is not known."),
        ({"features": {"customer": {"segment_on": ["spend", "spend"]}}}, "spend more than once"),
        ({"lines": {"date": "quantity"}}, "[lines] date is 'quantity', which is no column of"),
        (
            {"tables": {"sales": {"columns": {"quantity": {"limits": {"min": 5, "max": 1}}}}}},
            "the limits of tables.sales.columns.quantity leave no value: min is above max.",
        ),
    ],
)
def test_what_is_wrong_is_said(settings: dict[str, object], expected: str) -> None:
    assert expected in said({"base": "retail", **settings})


def test_wrong_base() -> None:
    assert "'base' must be the name of a built-in recipe" in said({"base": "retal"})


def test_bad_toml_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("seed = = 3\n")
    text = said(file)
    assert "is not valid TOML" in text
    assert "line 1" in text


def test_not_a_text_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in said(file)


def test_base_is_merged_key_by_key(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'base = "retail"\nname = "mine"\nas_of = 2025-07-01\n[clustering]\nk = 4\n'
        '[tables.sales.columns.gift]\nkind = "category"\nrequired = false\n'
    )
    recipe = load_recipe(file)
    assert (recipe.name, recipe.clustering.k, recipe.as_of) == ("mine", 4, date(2025, 7, 1))
    assert {"gift", "quantity"} <= set(recipe.tables["sales"].columns)


def test_changes_come_last_and_none_changes_nothing() -> None:
    recipe = load_recipe("retail", seed=7, unit=None, **{"clustering.k": 3})
    assert (recipe.seed, recipe.unit, recipe.clustering.k) == (7, "customer", 3)


def test_recipes_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_recipe("retail").seed = 3  # type: ignore[misc]


def own(**changes: object) -> dict[str, object]:
    feature = {
        "name": "mine",
        "sql": "count(*)",
        "over": "lines",
        "unit": "count",
        "says": "have {}",
        **changes,
    }
    choice = {"segment_on": [feature["name"]]}
    return {"feature": [feature], "features": {"customer": choice, "row": choice}}


@pytest.mark.parametrize(
    ("base", "unit", "over", "fitting"),
    [
        ("retail", "customer", "row", "'lines' or 'orders' or 'customer'"),
        ("retail", "row", "lines", "'row'"),
        ("retail", "row", "orders", "'row'"),
        ("retail", "row", "customer", "'row'"),
        ("transactions", "customer", "customer", "'lines' or 'orders'"),
        ("credit-card", "customer", "lines", "'customer'"),
    ],
)
def test_own_feature_over_rows_that_the_unit_has_not(
    base: str, unit: str, over: str, fitting: str
) -> None:
    text = said({"base": base, "unit": unit, **own(over=over)})
    assert f"the feature 'mine' has over = '{over}', which does not fit the unit '{unit}'" in text
    assert text.endswith(f"use over = {fitting}")


def test_own_feature_that_the_unit_does_not_use_may_be_for_the_other_one() -> None:
    settings = own(over="row")
    settings["features"] = {"row": {"segment_on": ["mine"]}}
    assert load_recipe({"base": "retail", **settings}).feature[0].over == "row"


@pytest.mark.parametrize(
    "name",
    ["customer_id", "row", "segment_id", "Segment_Name", "distance", "runner_up_id", "probability"],
)
def test_own_feature_cannot_take_the_name_of_a_result_column(name: str) -> None:
    text = said({"base": "retail", **own(name=name)})
    assert f"a feature cannot be called '{name}'." in text
    assert "give the feature another name" in text


@pytest.mark.parametrize("says", ["", "spent", "{} of {}", "spent {0}", "spent {} in {", "{{}}"])
def test_sentence_of_an_own_feature_has_one_place_for_the_value(says: str) -> None:
    text = said({"base": "retail", **own(says=says)})
    assert "'feature.0.says' must be a sentence part with exactly one {} for the value" in text


def test_sentence_of_a_column_may_be_empty_but_not_without_a_place() -> None:
    def column(says: str) -> dict[str, object]:
        columns = {"gift": {"kind": "number", "required": False, "says": says}}
        return {"base": "retail", "tables": {"sales": {"columns": columns}}}

    assert load_recipe(column("")).tables["sales"].columns["gift"].says == ""
    assert "'tables.sales.columns.gift.says' must be a sentence part" in said(column("gave"))
