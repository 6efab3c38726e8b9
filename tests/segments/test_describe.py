"""Values in their units, and a segment in one sentence."""

from __future__ import annotations

import pyarrow as pa
import pytest

from clustomer.features.feature import Feature
from clustomer.names import Measure
from clustomer.recipe.settings import NameRule
from clustomer.segments.describe import describe, differ, format_value
from clustomer.segments.profile import Profile, level_of
from clustomer.segments.segment import ProfileNumber

FEATURES = {
    feature.name: feature
    for feature in (
        Feature("spend", "", "lines", "money", "spent {}"),
        Feature("units", "", "lines", "units", "bought {} units"),
        Feature("order_count", "", "orders", "count", "placed {} orders"),
        Feature("days_since_last_order", "", "orders", "days", "last ordered {} ago"),
        Feature("discount_share", "", "lines", "share", "had a discount on {} of lines"),
    )
}


def number(feature: str, mean: float, overall: float, effect: float) -> ProfileNumber:
    unit: Measure = FEATURES[feature].unit
    index = mean / overall if overall else None
    return ProfileNumber(feature, unit, mean, mean, overall, index, effect, level_of(effect))


def segment(
    *numbers: ProfileNumber, customers: int = 1204, spend_share: float | None = 0.31
) -> Profile:
    return Profile(0, customers, 0.06, spend_share, numbers, ())


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1234.5, "money", "1,235"),
        (-1234.5, "money", "-1,235"),
        (99.999, "money", "100.00"),
        (0.0, "money", "0.00"),
        (-0.001, "money", "0.00"),
        (12.3456, "price", "12.35"),
        (1e20, "money", "1e+20"),
        (9.96, "count", "10"),
        (99.97, "units", "100"),
        (2.0, "count", "2"),
        (1.04, "days", "1 day"),
        (0.5, "days", "0.5 days"),
        (0.0, "days", "0 days"),
        (34.4, "days", "34 days"),
        (0.0, "share", "0 %"),
        (0.0001, "share", "under 0.1 %"),
        (0.00996, "share", "1 %"),
        (0.5, "share", "50 %"),
        (0.9951, "share", "99.5 %"),
        (1.0, "share", "100 %"),
        (-0.12, "share", "-12 %"),
        (0.456, "score", "0.46"),
        (float("nan"), "money", "unknown"),
        (float("inf"), "share", "unknown"),
        (None, "category", "unknown"),
        ("Gold", "category", "Gold"),
    ],
)
def test_values_in_their_units(value: float | str | None, unit: Measure, text: str) -> None:
    assert format_value(value, unit) == text


def test_a_sentence_says_how_many_what_they_bring_and_what_sets_them_apart() -> None:
    profile = segment(
        number("spend", 1234.5, 514.4, 1.6),
        number("order_count", 6.0, 4.0, 0.9),
        number("days_since_last_order", 34.2, 120.0, -0.8),
        number("discount_share", 0.12, 0.13, -0.1),
    )
    assert describe(profile, FEATURES, noun="customers") == (
        "1,204 customers (6 %) bringing 31 % of spend: on average they spent 1,235 (2.4 times the "
        "overall average), placed 6 orders (50 % above the average) and last ordered 34 days ago "
        "(overall 120 days)."
    )


def test_what_the_rule_names_is_told_first_with_the_rules_words() -> None:
    rule = NameRule(name="Few", when={"order_count": "low"}, says="who come now and then")
    profile = segment(number("spend", 400.0, 500.0, -0.9), number("order_count", 2.0, 4.0, -0.5))
    assert describe(profile, FEATURES, noun="customers", rule=rule) == (
        "1,204 customers (6 %) bringing 31 % of spend, who come now and then: on average they "
        "placed 2 orders (50 % below the overall average) and spent 400 (20 % below the average)."
    )


def test_nothing_stands_out() -> None:
    profile = segment(number("spend", 1.0, 1.0, 0.0), spend_share=None)
    assert describe(profile, FEATURES, noun="order lines") == (
        "1,204 order lines (6 %): close to the average in everything that was measured."
    )


@pytest.mark.parametrize(
    ("noun", "text"),
    [
        ("customers", "1 customer (6 %)"),
        ("companies", "1 company"),
        ("order lines", "1 order line"),
    ],
)
def test_one_alone(noun: str, text: str) -> None:
    profile = segment(customers=1, spend_share=None)
    assert describe(profile, FEATURES, noun=noun).startswith(text)


def test_features_that_say_the_same_are_told_once() -> None:
    profile = segment(
        number("spend", 200.0, 100.0, 1.5),
        number("units", 20.0, 10.0, 1.4),
        number("order_count", 6.0, 4.0, 0.9),
    )
    text = describe(profile, FEATURES, noun="customers")
    assert "units" not in text
    assert "placed 6 orders" in text


def test_a_difference_that_nobody_sees_is_not_told() -> None:
    profile = segment(
        number("order_count", 1.31, 1.3, 0.9), number("discount_share", 0.9991, 0.9996, -1.2)
    )
    assert describe(profile, FEATURES, noun="customers").endswith(
        "close to the average in everything that was measured."
    )
    assert differ(0.02, 0.03, "share")
    assert not differ(0.0, 0.0, "money")


def test_a_mean_that_a_few_large_values_elsewhere_turn_around_is_not_told_as_high() -> None:
    odd = number("spend", 400.0, 500.0, 0.9)
    text = describe(segment(odd, number("order_count", 6.0, 4.0, 0.5)), FEATURES, noun="customers")
    assert "spent" not in text
    alone = describe(segment(odd), FEATURES, noun="customers")
    assert alone.endswith("on average they spent 400 (overall 500).")


def test_an_average_of_nothing_is_told_plainly() -> None:
    text = describe(segment(number("spend", 4.0, 0.0, 0.9)), FEATURES, noun="customers")
    assert text.endswith("spent 4.00 (overall 0.00).")


def test_braces_in_a_sentence_other_than_the_value_stay() -> None:
    feature = Feature("spend", "", "lines", "money", "spent {} on {gifts}")
    profile = segment(number("spend", 200.0, 100.0, 1.5))
    assert "spent 200 on {gifts}" in describe(profile, {"spend": feature}, noun="customers")


def test_build_puts_it_together() -> None:
    import numpy as np

    from clustomer.recipe.settings import SegmentSettings
    from clustomer.segments.build import build_segments

    table = pa.table({"id": ["a", "b", "c"], "spend": [1.0, 2.0, 300.0]})
    labels = np.array([0, 0, 1], dtype=np.int32)
    rule = NameRule(name="Best", when={"spend": "high"}, says="who bring most")
    best, rest = build_segments(
        table,
        labels,
        [FEATURES["spend"]],
        logged=frozenset(),
        settings=SegmentSettings(names=(rule,)),
    )
    assert (best.id, best.name, best.cluster) == ("S1", "Best", 1)
    assert (rest.id, rest.name, rest.cluster) == ("S2", "Low-Spend Customers", 0)
    assert best.description == (
        "1 customer (33 %) bringing 99 % of spend, who bring most: on average they spent 300 "
        "(3 times the overall average)."
    )
