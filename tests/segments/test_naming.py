"""Names: from the profile, by the table, no two alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import csv

from clustomer.clustering.contract import Labels
from clustomer.features.feature import Feature
from clustomer.recipe.load import load_recipe
from clustomer.recipe.settings import Level, NameRule, SegmentSettings
from clustomer.segments.build import build_segments
from clustomer.segments.naming import name_profiles, strength
from clustomer.segments.profile import Profile, level_of
from clustomer.segments.segment import ProfileCategory, ProfileNumber


def naming_table(recipe: str) -> SegmentSettings:
    return load_recipe(recipe).segments


def profile(cluster: int = 0, /, **effects: float) -> Profile:
    numbers = tuple(
        ProfileNumber(name, "score", 1.0, 1.0, 1.0, 1.0, effect, level_of(effect))
        for name, effect in effects.items()
    )
    return Profile(cluster, 10, 0.5, None, numbers, ())


def names(table: SegmentSettings, *profiles: Profile) -> list[str]:
    return [naming.name for naming in name_profiles(profiles, table)]


def table_of(*rules: tuple[str, dict[str, Level]]) -> SegmentSettings:
    return SegmentSettings(names=tuple(NameRule(name=name, when=when) for name, when in rules))


def test_the_first_rule_that_holds_names_the_segment() -> None:
    table = table_of(
        ("Best", {"spend": "high", "order_count": "high"}),
        ("Rich", {"spend": "high"}),
        ("Rest", {}),
    )
    assert names(table, profile(spend=1.2, order_count=0.5)) == ["Best"]
    assert names(table, profile(spend=1.2, order_count=0.3)) == ["Rich"]
    assert names(table, profile(spend=0.34, order_count=0.3)) == ["Rest"]


def test_a_rule_on_a_feature_that_is_absent_does_not_apply() -> None:
    table = table_of(("Away", {"days_since_last_order": "average"}), ("Rich", {"spend": "high"}))
    assert names(table, profile(spend=1.0)) == ["Rich"]


def test_the_strongest_gets_the_plain_name_and_others_their_next_rule() -> None:
    table = table_of(("Rich", {"spend": "high"}), ("Frequent", {"order_count": "high"}))
    weaker = profile(spend=0.9, order_count=0.9)
    stronger = profile(spend=1.5, order_count=1.5)
    assert names(table, weaker, stronger) == ["Frequent", "Rich"]
    assert names(table, stronger, weaker) == ["Rich", "Frequent"]


def test_a_segment_is_not_named_after_what_it_hardly_is() -> None:
    table = table_of(("Bargain Hunters", {"discount_share": "high"}), ("Small", {"spend": "low"}))
    found = names(
        table,
        profile(discount_share=1.6, order_count=-0.7, spend=-0.6),
        profile(discount_share=1.4, order_count=0.7, spend=-0.4),
    )
    assert found == ["Bargain Hunters", "Bargain Hunters (more orders)"]


def test_a_displaced_segment_may_displace_in_turn() -> None:
    table = table_of(
        ("Rich", {"spend": "high"}),
        ("Frequent", {"order_count": "high"}),
        ("Away", {"days_since_last_order": "high"}),
    )
    found = names(
        table,
        profile(spend=0.0, order_count=0.5, days_since_last_order=0.5),
        profile(spend=0.9, order_count=0.9, days_since_last_order=0.0),
        profile(spend=1.5, order_count=1.5, days_since_last_order=0.0),
    )
    assert found == ["Away", "Frequent", "Rich"]


def test_segments_of_one_rule_are_told_apart_by_what_differs_most() -> None:
    table = table_of(("Occasional Buyers", {"order_count": "low"}))
    found = names(
        table,
        profile(order_count=-1.0, mean_unit_price=-0.2, discount_share=0.1),
        profile(order_count=-0.9, mean_unit_price=1.4, discount_share=0.0),
    )
    assert found == ["Occasional Buyers", "Occasional Buyers (dearer products)"]


def test_three_of_one_rule_fall_back_to_a_further_feature() -> None:
    table = table_of(("Few", {"order_count": "low"}))
    found = names(
        table,
        profile(order_count=-1.0, mean_unit_price=-1.0, discount_share=0.0),
        profile(order_count=-0.9, mean_unit_price=1.4, discount_share=0.0),
        profile(order_count=-0.9, mean_unit_price=1.3, discount_share=0.6),
    )
    assert found == ["Few", "Few (dearer products)", "Few (more discounts)"]


def test_segments_that_are_alike_in_all_are_counted() -> None:
    table = table_of(("Few", {"order_count": "low"}))
    same = profile(order_count=-1.0)
    assert names(table, same, same, same) == ["Few", "Few 2", "Few 3"]


def test_a_segment_that_fulfils_no_rule_is_named_after_its_traits() -> None:
    table = SegmentSettings()
    assert names(table, profile(spend=1.0, units=0.9, mean_unit_price=-0.5)) == [
        "High-Spend, Low-Price Customers"
    ]
    assert names(table, profile(spend=0.1)) == ["Average Customers"]
    assert names(SegmentSettings(noun="order lines"), profile(cash_advance=0.4)) == [
        "High-Cash-Advance Order Lines"
    ]


def test_a_category_names_a_segment_that_has_nothing_else() -> None:
    north = ProfileCategory("region", (("North", 0.9, 0.3), ("South", 0.1, 0.7)))
    south = ProfileCategory("region", (("South", 0.8, 0.7), ("North", 0.2, 0.3)))
    profiles = [Profile(n, 5, 0.5, None, (), (shares,)) for n, shares in enumerate((north, south))]
    assert names(SegmentSettings(), *profiles) == ["Customers (mostly North)", "Average Customers"]


def test_a_name_that_a_rule_gave_is_not_given_again() -> None:
    table = table_of(("average customers", {"spend": "high"}))
    found = names(table, profile(spend=1.0), profile(spend=0.0))
    assert found == ["average customers", "Average Customers (lower spend)"]


def test_strength_is_the_mean_effect_in_the_rules_direction() -> None:
    rule = NameRule(name="x", when={"a": "high", "b": "very low", "c": "average"})
    assert strength(rule, {"a": 1.0, "b": -2.0, "c": -0.3}) == pytest.approx(0.9)
    assert strength(NameRule(name="y", when={}), {}) == 0.0


FEATURES = ("spend", "order_count", "mean_unit_price", "my_feature")
EFFECT = st.floats(-3, 3, allow_nan=False)


@settings(max_examples=150, deadline=None)
@given(
    effects=st.lists(st.tuples(*[EFFECT] * len(FEATURES)), min_size=1, max_size=9),
    rules=st.lists(
        st.tuples(
            st.sampled_from(["Rich", "rich", "Average Customers", "Few", "Few (more orders)"]),
            st.dictionaries(
                st.sampled_from([*FEATURES, "absent"]), st.sampled_from(get_args(Level)), max_size=2
            ),
        ),
        max_size=8,
    ),
)
def test_names_are_always_unique(
    effects: list[tuple[float, ...]], rules: list[tuple[str, dict[str, Level]]]
) -> None:
    table = table_of(*rules)
    profiles = [
        profile(cluster, **dict(zip(FEATURES, row, strict=True)))
        for cluster, row in enumerate(effects)
    ]
    found = names(table, *profiles)
    assert len({name.casefold() for name in found}) == len(profiles)


@settings(max_examples=80, deadline=None)
@given(
    effects=st.lists(st.tuples(*[EFFECT] * 4), min_size=1, max_size=7, unique_by=lambda row: row[0])
)
def test_names_do_not_hang_on_the_order_of_segments(
    effects: list[tuple[float, float, float, float]],
) -> None:
    table = table_of(
        ("A", {"spend": "high"}), ("B", {"spend": "low"}), ("C", {"spend": "average"}), ("D", {})
    )
    profiles = [profile(**dict(zip(FEATURES, row, strict=True))) for row in effects]
    forwards, backwards = names(table, *profiles), names(table, *profiles[::-1])[::-1]
    for name in ("A", "B"):
        assert forwards.index(name) == backwards.index(name) if name in forwards else True


RETAIL = naming_table("retail")


@pytest.mark.parametrize(
    ("effects", "name"),
    [
        ({"spend": 1.2, "order_count": 1.0}, "High-Value Customers"),
        ({"spend": 0.7, "order_count": 0.8}, "High-Value Customers"),
        ({"spend": -0.4, "order_count": -0.9, "mean_order_value": 0.6}, "Occasional Buyers"),
        (
            {"spend": -0.6, "order_count": -0.2, "mean_order_value": -0.8},
            "New / Churn-Risk Customers",
        ),
        ({"days_since_last_order": 1.6, "order_count": -0.8}, "Lapsed Customers"),
        (
            {
                "days_since_last_order": 0.8,
                "order_count": 0.0,
                "spend": -0.4,
                "mean_order_value": -0.4,
            },
            "Churn-Risk Customers",
        ),
        ({"discount_share": 1.9, "mean_unit_price": -0.5}, "Bargain Hunters"),
        ({"mean_unit_price": 1.8, "spend": 0.4}, "Premium Shoppers"),
        ({"mean_basket_lines": 1.7, "order_count": -0.3}, "Big-Basket Buyers"),
        ({"order_count": 1.5, "spend": 0.8}, "Loyal Regulars"),
        (
            {"tenure_days": -1.2, "order_count": -0.6, "days_since_last_order": -0.5},
            "New Customers",
        ),
        ({"total_price": 1.2, "quantity": 0.8, "unit_price": 0.8}, "High-Value Order Lines"),
        ({"total_price": -0.4, "quantity": 0.4, "unit_price": -0.9}, "Low-Price Multi-Buys"),
        ({"total_price": -0.7, "quantity": -1.0, "unit_price": 0.1}, "Small Order Lines"),
    ],
)
def test_the_retail_table(effects: dict[str, float], name: str) -> None:
    assert names(RETAIL, profile(**effects)) == [name]


def test_credit_card_segments_have_names_from_the_table(
    real_data: Callable[[str], Path],
) -> None:
    from sklearn.cluster import KMeans

    source = csv.read_csv(real_data("cc_general") / "CC GENERAL.csv")
    columns = {name.lower(): source[name].cast(pa.float64()) for name in source.column_names[1:]}
    table = pa.table(columns)
    values = np.column_stack([column.to_numpy() for column in columns.values()])
    values = np.where(np.isnan(values), np.nanmean(values, axis=0), values)
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)
    labels: Labels = KMeans(4, n_init=2, random_state=0).fit(scaled).labels_.astype(np.int32)
    features = [Feature(name, name, "customer", "score", f"had {name} {{}}") for name in columns]
    segments = build_segments(
        table, labels, features, logged=frozenset(), settings=naming_table("credit-card")
    )
    assert [segment.name for segment in sorted(segments, key=lambda one: one.customers)] == [
        "Big Spenders",
        "Cash-Advance Users",
        "Instalment Buyers",
        "Low-Activity Cardholders",
    ]
