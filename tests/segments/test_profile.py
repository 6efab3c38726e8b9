"""Profiles: numbers against everybody, whatever the clusters are numbered."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustomer.clustering.contract import Labels
from clustomer.features.feature import Feature
from clustomer.segments.profile import Profile, profile_clusters

SPEND = Feature("spend", "sum(amount)", over="lines", unit="money", says="spent {}")
ORDERS = Feature("order_count", "count(*)", over="orders", unit="count", says="placed {} orders")
REGION = Feature("region", "region", over="customer", unit="category", says="live in {}")


def labels_of(*values: int) -> Labels:
    return np.array(values, dtype=np.int32)


def test_numbers_against_everybody() -> None:
    table = pa.table({"id": ["a", "b", "c", "d"], "spend": [10.0, 20.0, 30.0, 100.0]})
    low, high = reversed(profile_clusters(table, labels_of(1, 1, 1, 0), [SPEND]))
    assert (low.cluster, low.customers, low.share, low.spend_share) == (1, 3, 0.75, 0.375)
    (number,) = low.numbers
    spread = np.std([10, 20, 30, 100])
    assert (number.mean, number.median, number.overall_mean) == (20.0, 20.0, 40.0)
    assert number.index == 0.5
    assert number.effect == pytest.approx((20 - 40) / spread)
    assert (number.level, high.numbers[0].level) == ("low", "very high")


def test_effects_of_logged_features_are_on_the_log_scale() -> None:
    spend = [1.0, 10.0, 100.0, 1000.0]
    (first, _) = profile_clusters(
        pa.table({"spend": spend}), labels_of(0, 0, 1, 1), [SPEND], logged=frozenset({"spend"})
    )
    logs = np.log1p(spend)
    assert first.numbers[0].effect == pytest.approx((logs[2:].mean() - logs.mean()) / logs.std())
    assert first.numbers[0].mean == 550.0


def test_segments_go_by_spend_and_by_size_where_there_is_none() -> None:
    labels = labels_of(0, 0, 0, 1, 2)
    with_spend = pa.table({"spend": [1.0, 1.0, 1.0, 9.0, 5.0]})
    assert [p.cluster for p in profile_clusters(with_spend, labels, [SPEND])] == [1, 2, 0]
    without = pa.table({"order_count": [1.0, 2.0, 3.0, 4.0, 5.0]})
    profiles = profile_clusters(without, labels, [ORDERS])
    assert [p.customers for p in profiles] == [3, 1, 1]
    assert [p.cluster for p in profiles] == [0, 2, 1]
    assert {p.spend_share for p in profiles} == {None}


def test_order_lines_go_by_total_price() -> None:
    price = Feature("total_price", "q * p", over="row", unit="money", says="are worth {}")
    table = pa.table({"total_price": [1.0, 9.0, 2.0]})
    profiles = profile_clusters(table, labels_of(0, 1, 0), [price])
    assert [p.cluster for p in profiles] == [1, 0]
    assert profiles[0].spend_share == 0.75


def test_a_recipe_may_say_what_spend_is() -> None:
    table = pa.table({"spend": [1.0, 9.0], "order_count": [3.0, 1.0]})
    profiles = profile_clusters(table, labels_of(0, 1), [SPEND, ORDERS], spend="order_count")
    assert [(p.cluster, p.spend_share) for p in profiles] == [(0, 0.75), (1, 0.25)]


def test_values_that_are_not_known_take_no_part() -> None:
    table = pa.table({"spend": [1.0, None, 3.0, float("nan"), float("inf")]})
    known, unknown = profile_clusters(table, labels_of(0, 0, 0, 1, 1), [SPEND])
    assert (known.numbers[0].mean, known.numbers[0].median) == (2.0, 2.0)
    number = unknown.numbers[0]
    assert (number.mean, number.median, number.index) == (None, None, None)
    assert (number.overall_mean, number.effect, number.level) == (2.0, 0.0, "average")


@pytest.mark.parametrize("value", [0.1, 0.0, 1e308, -5.0])
def test_a_constant_sets_nothing_apart(value: float) -> None:
    table = pa.table({"spend": [value] * 7})
    for profile in profile_clusters(table, labels_of(0, 0, 0, 0, 1, 1, 1), [SPEND]):
        assert profile.numbers[0].effect == 0.0


def test_huge_values_do_not_overflow() -> None:
    table = pa.table({"spend": [1e308, 1e308, 1e308, 2e307]})
    big, small = profile_clusters(table, labels_of(0, 0, 0, 1), [SPEND])
    assert big.numbers[0].mean == pytest.approx(1e308)
    assert small.numbers[0].level == "very low"
    assert big.spend_share == pytest.approx(30 / 32)


def test_a_share_of_spend_that_money_back_outweighs_is_not_given() -> None:
    table = pa.table({"spend": [10.0, -2.0]})
    assert {p.spend_share for p in profile_clusters(table, labels_of(0, 1), [SPEND])} == {None}


def test_categories_go_by_how_far_they_are_above_everybody() -> None:
    table = pa.table({"region": ["N", "N", "S", None, "S", "S", "E", None] * 10})
    labels = labels_of(*[0, 0, 0, 0, 1, 1, 1, 2] * 10)
    first, second, blank = profile_clusters(table, labels, [REGION])
    assert first.categories[0].shares == (("N", 2 / 3, 2 / 6), ("E", 0.0, 1 / 6), ("S", 1 / 3, 0.5))
    assert [value for value, _, _ in second.categories[0].shares] == ["E", "S", "N"] or [
        value for value, _, _ in second.categories[0].shares
    ] == ["S", "E", "N"]
    assert blank.categories[0].shares == ()


def test_labels_must_fit_the_rows() -> None:
    with pytest.raises(ValueError, match="2 labels for 1 rows"):
        profile_clusters(pa.table({"spend": [1.0]}), labels_of(0, 1), [SPEND])
    with pytest.raises(ValueError, match="0 labels for 0 rows"):
        profile_clusters(pa.table({"spend": pa.array([], pa.float64())}), labels_of(), [SPEND])


def test_features_that_the_table_does_not_hold_are_left_out() -> None:
    (profile,) = profile_clusters(pa.table({"spend": [1.0]}), labels_of(0), [ORDERS, SPEND])
    assert [number.feature for number in profile.numbers] == ["spend"]


def without_number(profile: Profile) -> tuple[object, ...]:
    return (
        profile.customers,
        profile.share,
        profile.spend_share,
        profile.numbers,
        profile.categories,
    )


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 4),
            st.none() | st.floats(0, 1e6),
            st.none() | st.floats(-100, 100),
            st.none() | st.sampled_from(["N", "S", "E"]),
        ),
        min_size=1,
        max_size=40,
    ),
    permutation=st.permutations(range(5)),
)
def test_the_number_of_a_cluster_means_nothing(
    rows: list[tuple[int, float | None, float | None, str | None]], permutation: list[int]
) -> None:
    table = pa.table(
        {
            "spend": pa.array([row[1] for row in rows], pa.float64()),
            "order_count": pa.array([row[2] for row in rows], pa.float64()),
            "region": pa.array([row[3] for row in rows], pa.string()),
        }
    )
    labels = labels_of(*(row[0] for row in rows))
    renamed = labels_of(*(permutation[row[0]] for row in rows))
    one, other = (
        profile_clusters(table, given, [SPEND, ORDERS, REGION], logged=frozenset({"spend"}))
        for given in (labels, renamed)
    )
    assert [p.customers for p in one] == [p.customers for p in other]
    keys = [(p.spend_share, p.customers, tuple(n.effect for n in p.numbers)) for p in one]
    if len(set(keys)) == len(keys):
        assert list(map(without_number, one)) == list(map(without_number, other))
        assert [permutation[p.cluster] for p in one] == [p.cluster for p in other]
