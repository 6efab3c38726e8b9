"""The aggregates in a feature's SQL are told apart only where that is certain."""

from __future__ import annotations

import pytest

from clustomer.engines.base import Aggregate
from clustomer.features.catalogue import CATALOGUE, share_feature
from clustomer.features.parts import parts


def test_every_aggregate_of_the_catalogue_is_told_apart() -> None:
    every = [*CATALOGUE, share_feature("Bed, Bath & 'Beyond'", "share")]
    left = [
        feature.name
        for feature in every
        if feature.over in ("lines", "orders")
        and parts(feature.sql.replace("{as_of}", "cast('2025-01-01' AS timestamp)")) is None
    ]
    assert left == []


def test_a_condition_is_told_from_its_value() -> None:
    found = parts("coalesce(sum(case when sale and category = 'when' then amount end), 0.0e0)")
    assert found is not None
    assert found.sql == "coalesce({0}, 0.0e0)"
    assert found.aggregates == (Aggregate("sum", "amount", "sale and category = 'when'"),)
    found = parts("count(distinct case when sale then product_id end)")
    assert found is not None
    assert found.aggregates == (Aggregate("distinct", "product_id", "sale"),)


@pytest.mark.parametrize(
    "whole",
    [
        "case when a then 1 else 0 end",
        "case when a then 1 when b then 0 end",
        "case a when 1 then 2 end",
        "case when a then case when b then 1 end end",
        "1 + case when a then 1 end",
    ],
)
def test_other_cases_stay_whole(whole: str) -> None:
    found = parts(f"sum({whole})")
    assert found is not None
    assert found.aggregates == (Aggregate("sum", whole),)


@pytest.mark.parametrize(
    "sql",
    [
        "median(amount)",
        "sum(amount) filter (where sale)",
        "sum(amount) over ()",
        "sum(sum(amount))",
        "sum(distinct amount)",
        "count(distinct a, b)",
        "max(amount, 2)",
        "count()",
        "sum(amount) + quantity",
        'sum(amount) + "quantity"',
        "sum(amount",
        "sum(amount) -- a comment",
        "sum(amount /* a comment */)",
        "sum(select 1)",
        "amount",
        "stddev_pop(amount) / avg(amount)",
        "sum(amount) || '{}'",
    ],
)
def test_what_is_not_certain_is_left_to_sql(sql: str) -> None:
    assert parts(sql) is None
