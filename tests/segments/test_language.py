"""The language file: whole, in part, in the recipe; names that stay when a profile barely moves."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import clustomer
from clustomer.errors import RecipeError
from clustomer.features.catalogue import CATALOGUE
from clustomer.recipe.language import english, language_of
from clustomer.recipe.load import BUILT_IN, load_recipe
from clustomer.recipe.settings import NameRule, SegmentSettings
from clustomer.segments.naming import Naming, name_profiles, outgrown
from clustomer.segments.profile import Profile, level_of
from clustomer.segments.segment import ProfileNumber

HERE = Path(__file__).parents[2]


def shouted(texts: object) -> object:
    """Every text in capitals, the places and keys left alone."""
    if isinstance(texts, dict):
        return {key: shouted(value) for key, value in texts.items()}
    parts = re.split(r"(\{\w*\})", str(texts))
    return "".join(part if part.startswith("{") else part.upper() for part in parts)


def lines(customers: int = 160) -> pa.Table:
    rng = np.random.default_rng(4)
    rows = []
    for customer in range(customers):
        frequent = customer % 2 == 0
        for _ in range(8 if frequent else 2):
            day = int(rng.integers(1, 28))
            month = int(rng.integers(9, 13) if frequent else rng.integers(1, 4))
            price = float(rng.normal(40 if frequent else 10, 2))
            rows.append((f"C{customer}", f"2025-{month:02}-{day:02}", 1, price))
    ids, dates, quantities, prices = zip(*rows, strict=True)
    return pa.table(
        {"customer_id": ids, "order_date": dates, "quantity": quantities, "unit_price": prices}
    )


QUICK: dict[str, Any] = {
    "base": "transactions",
    "clustering": {"k": 2},
    "classifier": {"kind": "decision-tree", "folds": 2},
}


def test_a_whole_language_leaves_no_word_of_english(tmp_path: Path) -> None:
    texts = tomllib.loads(
        resources.files("clustomer.recipe").joinpath("languages/en.toml").read_text("utf-8")
    )
    texts["words"] |= {
        feature.name: texts["words"].get(
            feature.name, dict.fromkeys(["high", "low", "more", "less"], "x")
        )
        | {"says": feature.says}
        for feature in CATALOGUE
    }
    loud = shouted(texts)
    noun = {"noun": "CUSTOMERS", "texts": loud}
    run = clustomer.fit(lines(), recipe={**QUICK, "segments": noun})
    for segment in run.model.segments:
        assert segment.name == segment.name.upper()
        assert segment.description == segment.description.upper()
        assert segment.hint is not None
        assert segment.hint.text == segment.hint.text.upper()
        known = {feature.name for feature in CATALOGUE}
        told = [trait.text for trait in segment.traits if trait.feature in known]
        assert told
        assert told == [text.upper() for text in told]
        assert segment.recognition is not None
        assert segment.recognition.text == segment.recognition.text.upper()
    run.save(tmp_path / "run")
    model = clustomer.load(tmp_path / "run")
    (one,) = model.explain(run.customers.slice(0, 1))
    assert one.text == one.text.upper()


def test_a_partial_file_beside_the_recipe_overrides_what_it_states(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(
        '[names.champions]\nname = "VIPs"\n[sentences]\nrunner_up = "Next: {segment} [{id}]."\n'
    )
    (tmp_path / "shop.toml").write_text(
        'base = "transactions"\nname = "shop"\n[segments]\nlanguage = "ours.toml"\n'
        '[segments.texts.names.champions]\nsays = "our best"\n'
    )
    recipe = load_recipe(tmp_path / "shop.toml")
    assert recipe.segments.language == "en"
    first = recipe.segments.names[0]
    assert (first.name, first.says) == ("VIPs", "our best")
    language = language_of(recipe.segments)
    assert language.say("runner_up", segment="A", id="S1") == "Next: A [S1]."
    assert language.sentences["why"] == english().sentences["why"]
    (tmp_path / "ours.toml").unlink()
    again = load_recipe(recipe.model_dump())
    assert again.segments == recipe.segments, "a model needs no file beside it"


@pytest.mark.parametrize(
    ("segments", "message"),
    [
        ({"language": "xx"}, r"There is no language 'xx'"),
        ({"texts": {"sentences": {"runner_upp": "x"}}}, r"did you mean 'runner_up'"),
        ({"texts": {"sentences": {"runner_up": "Next: {segmnt}"}}}, r"must have the places \{id\}"),
        ({"texts": {"hints": {"welcome": 3}}}, r"'hints.welcome' is not as it should be"),
        ({"texts": {"wrods": {}}}, r"'wrods' is not as it should be"),
        ({"names": [{"when": {"spend": "high"}}]}, r"A rule of segments.names has no name"),
        ({"names": [{"text": "champion", "when": {}}]}, r"did you mean 'champions'"),
    ],
)
def test_wrong_texts_are_refused(segments: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        load_recipe({"base": "transactions", "segments": segments})


def test_a_language_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("= 3")
    with pytest.raises(RecipeError, match=r"bad\.toml is not valid TOML"):
        load_recipe({"base": "retail", "segments": {"language": str(tmp_path / "bad.toml")}})
    (tmp_path / "base.toml").write_text('base = "fr"')
    with pytest.raises(RecipeError, match="'base' must be a built-in language"):
        load_recipe({"base": "retail", "segments": {"language": str(tmp_path / "base.toml")}})


def test_every_name_of_the_language_is_used_and_every_rule_documented() -> None:
    told = (HERE / "docs" / "naming.md").read_text("utf-8")
    used = set()
    for recipe in BUILT_IN:
        section = told.split(f"## {recipe}\n")[1].split("\n## ")[0]
        rows = [row for row in section.splitlines() if row.startswith("| ") and "---" not in row][
            1:
        ]
        assert rows == [
            documented(at, rule) for at, rule in enumerate(load_recipe(recipe).segments.names, 1)
        ]
        used |= {rule.text for rule in load_recipe(recipe).segments.names}
    assert used == set(english().names)


def documented(at: int, rule: NameRule) -> str:
    when = ", ".join(f"`{feature}` {level}" for feature, level in rule.when.items())
    return f"| {at} | {rule.name} | {when} | {rule.says} |"


def profile(cluster: int, effects: dict[str, float]) -> Profile:
    numbers = tuple(
        ProfileNumber(name, "score", 1.0, 1.0, 1.0, 1.0, effect, level_of(effect))
        for name, effect in effects.items()
    )
    return Profile(cluster, 10, 0.5, None, numbers, ())


def shaken(profiles: list[Profile], by: float, seed: int) -> list[Profile]:
    rng = np.random.default_rng(seed)
    return [
        profile(
            one.cluster,
            {number.feature: number.effect + float(rng.uniform(-by, by)) for number in one.numbers},
        )
        for one in profiles
    ]


RETAIL = [
    {"spend": 1.9, "order_count": 1.8, "days_since_last_order": -0.5, "mean_unit_price": 1.4},
    {"spend": 0.9, "order_count": -0.4, "mean_basket_lines": 2.1, "mean_order_value": 1.8},
    {"spend": -0.3, "order_count": 0.3, "discount_share": 1.5, "mean_unit_price": -1.1},
    {"spend": -0.8, "order_count": -0.7, "days_since_last_order": 1.3, "tenure_days": 0.4},
    {"spend": -0.7, "order_count": -0.5, "days_since_last_order": -0.9, "tenure_days": -1.9},
]


def test_names_stay_when_profiles_barely_move() -> None:
    settings = load_recipe("retail").segments
    profiles = [profile(place, effects) for place, effects in enumerate(RETAIL)]
    names = [one.name for one in name_profiles(profiles, settings)]
    for seed in range(40):
        moved = shaken(profiles, 0.08, seed)
        assert [one.name for one in name_profiles(moved, settings)] == names


def test_a_name_that_stands_is_questioned_only_when_its_rule_is_clearly_missed() -> None:
    settings = load_recipe("retail").segments
    edge = [profile(0, {"spend": 1.02, "order_count": 0.1}), profile(1, {"spend": -0.9})]
    before = name_profiles(edge, settings)
    assert before[0].name == "High-Value Customers"
    kept = dict(enumerate(before))
    for seed in range(30):
        moved = shaken(edge, 0.12, seed)
        assert name_profiles(moved, settings, kept) == before
        assert not any(
            outgrown(one.rule, two.numbers)
            for one, two in zip(before, moved, strict=True)
            if one.rule
        )
    rule = before[0].rule
    assert rule is not None
    assert outgrown(rule, profile(0, {"spend": 0.7}).numbers)
    assert outgrown(rule, profile(0, {"units": 2.0}).numbers)


def test_nobody_else_gets_a_name_that_stands() -> None:
    settings = SegmentSettings(names=(NameRule(name="Rich", when={"spend": "high"}),))
    profiles = [profile(0, {"spend": -0.5}), profile(1, {"spend": 2.0})]
    found = name_profiles(profiles, settings, {0: Naming("rich", None)})
    assert [one.name for one in found] == ["rich", "High-Spend Customers"]
