"""Preparation: what is learnt, what new customers get, what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustomer.errors import BundleError, DataError
from clustomer.matrix.columns import FARTHEST, CategoryColumns, NumberColumn, RankColumn
from clustomer.matrix.prepare import Dropped, Imputed, Preparation, fit_preparation
from clustomer.recipe.settings import MatrixSettings

PLAIN = MatrixSettings(fewest=1, log="never")
TIERS = {"tier": ("Bronze", "Silver", "Gold")}


def customers(**columns: Sequence[object]) -> pa.Table:
    return pa.table({name: pa.array(values) for name, values in columns.items()})


MIXED = customers(
    spend=[1.0, 2.0, 3.0, 1000.0, None, 2.0],
    age=[20.0, 30.0, None, 50.0, 60.0, 70.0],
    region=["North", "South", "South", None, "East", "North"],
    tier=["Gold", "Bronze", None, "Silver", "Bronze", "Gold"],
)
EVERY = ("spend", "age", "region", "tier")


def mixed(chosen: MatrixSettings | None = None) -> Preparation:
    return fit_preparation(MIXED, EVERY, chosen or MatrixSettings(fewest=1), TIERS)


def test_names_features_and_space() -> None:
    matrix = mixed().transform(MIXED)
    assert matrix.names == (
        "log(spend)",
        "age",
        "region = East",
        "region = North",
        "region = South",
        "tier (rank)",
    )
    assert matrix.features == ("spend", "age", "region", "region", "region", "tier")
    assert matrix.space == "prepared space, 6 columns from 4 features"
    assert matrix.values.shape == (6, 6)


def test_numbers_and_ranks_are_standardised_and_a_category_weighs_as_told() -> None:
    for weight in (0.25, 1.0, 3.0):
        values = mixed(MatrixSettings(fewest=1, category_weight=weight)).transform(MIXED).values
        spread = values.var(axis=0)
        np.testing.assert_allclose(spread[[0, 1, 5]], 1.0, rtol=1e-12)
        assert spread[2:5].sum() == pytest.approx(weight, rel=1e-12)
        np.testing.assert_allclose(values.mean(axis=0)[[0, 1, 5]], 0.0, atol=1e-12)


def test_imputation_is_recorded_and_ties_go_to_the_first_in_the_alphabet() -> None:
    by_median, by_mean = mixed(), mixed(MatrixSettings(fewest=1, impute="mean"))
    # North and South, and Bronze and Gold, are equally frequent.
    assert by_median.imputed == (
        Imputed("spend", 1, 2.0),
        Imputed("age", 1, 50.0),
        Imputed("region", 1, "North"),
        Imputed("tier", 1, "Bronze"),
    )
    assert by_mean.imputed[0] == Imputed("spend", 1, 1008.0 / 5)
    assert by_mean.imputed[1] == Imputed("age", 1, 46.0)
    assert by_median.customers == 6


def test_the_logarithm_is_taken_only_of_skewed_features_without_negatives() -> None:
    table = customers(
        skewed=[0.0, 1.0, 1.0, 2.0, 100.0],
        negative=[-1.0, 1.0, 1.0, 2.0, 100.0],
        even=[1.0, 2.0, 3.0, 4.0, 5.0],
    )
    names = ("skewed", "negative", "even")
    assert fit_preparation(table, names, MatrixSettings(fewest=1), {}).names == (
        "log(skewed)",
        "negative",
        "even",
    )
    assert fit_preparation(table, names, PLAIN, {}).names == names


def test_an_ordinal_keeps_its_declared_order() -> None:
    table = customers(tier=["Gold", "Bronze", "Silver"])
    ranks = fit_preparation(table, ["tier"], PLAIN, TIERS).transform(table).values[:, 0]
    assert ranks[1] < ranks[2] < ranks[0]


def test_features_that_carry_nothing_are_left_out_with_a_reason() -> None:
    table = customers(
        age=[20.0, 30.0, 40.0],
        same=[7.0, 7.0, None],
        rounding=[0.1 + 0.2, 0.3, 0.3],
        region=["North", None, "North"],
        tier=["Gold", "Gold", None],
        tin=["Tin", "Lead", "Tin"],
        empty=pa.nulls(3, pa.float64()).to_pylist(),
    )
    orders = {**TIERS, "tin": ("Bronze", "Silver")}
    fitted = fit_preparation(table, table.column_names, PLAIN, orders)
    assert fitted.names == ("age",)
    assert fitted.inputs == ("age",)
    assert fitted.imputed == ()
    assert fitted.dropped == (
        Dropped("same", "is 7 for every customer"),
        Dropped("rounding", "is 0.3 for every customer"),
        Dropped("region", "is 'North' for every customer"),
        Dropped("tier", "is 'Gold' for every customer"),
        Dropped("tin", "has none of its declared values (Bronze, Silver)"),
        Dropped("empty", "has no value in any row"),
    )


def test_a_column_of_names_is_no_category() -> None:
    table = customers(age=list(range(101)), surname=[f"name {row}" for row in range(101)])
    (dropped,) = fit_preparation(table, ["age", "surname"], PLAIN, {}).dropped
    assert dropped.reason == "has 101 different values, more than the 100 of a category"


def test_a_column_in_which_most_customers_stand_alone_is_no_category() -> None:
    table = customers(
        age=list(range(40)), city=[f"city {row // 2 * (row % 9 > 1)}" for row in range(40)]
    )
    assert fit_preparation(table, ["age", "city"], PLAIN, {}).dropped == ()
    alone = customers(age=list(range(30)), surname=[f"name {row}" for row in range(30)])
    (dropped,) = fit_preparation(alone, ["age", "surname"], PLAIN, {}).dropped
    assert dropped.reason.startswith("has 30 different values among 30 customers")


def test_nothing_to_segment_on_is_refused() -> None:
    with pytest.raises(DataError, match="No feature differs between customers") as caught:
        fit_preparation(customers(age=[4.0, 4.0]), ["age"], PLAIN, {})
    assert caught.value.found == "'age' is 4 for every customer"
    with pytest.raises(DataError, match="There are no customers to segment"):
        fit_preparation(MIXED.slice(0, 0), EVERY, PLAIN, TIERS)
    with pytest.raises(DataError, match="Found: no features"):
        fit_preparation(MIXED, [], PLAIN, {})


@pytest.mark.parametrize("absurd", [math.inf, -math.inf, 1e308])
def test_fitting_refuses_numbers_without_a_mean(absurd: float) -> None:
    with pytest.raises(DataError, match="Feature 'age' holds numbers that no mean") as caught:
        fit_preparation(customers(age=[1.0, 2.0, absurd]), ["age"], PLAIN, {})
    assert f"such as {absurd}" in caught.value.found


def test_a_missing_feature_is_named_with_its_nearest() -> None:
    with pytest.raises(DataError, match="lacks the features spend, tier") as caught:
        mixed().transform(MIXED.drop(["tier", "spend"]).append_column("spent", MIXED["spend"]))
    assert "did you mean 'spent'?" in caught.value.remedy
    with pytest.raises(DataError, match="lacks the feature speend"):
        fit_preparation(MIXED, ["speend"], PLAIN, {})


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(DataError, match="more than one column named age"):
        mixed().transform(MIXED.append_column("age", MIXED["age"]))


def test_a_feature_of_another_type_is_refused() -> None:
    as_text = MIXED.set_column(1, "age", pa.array(["x"] * 6))
    with pytest.raises(DataError, match="Feature 'age' must hold numbers"):
        mixed().transform(as_text)
    as_number = MIXED.set_column(2, "region", pa.array([1.0] * 6))
    with pytest.raises(DataError, match="Feature 'region' must hold text"):
        mixed().transform(as_number)
    dates = customers(since=[1, 2]).set_column(0, "since", pa.array([1, 2], pa.date32()))
    with pytest.raises(DataError, match="'since' is neither a number nor text"):
        fit_preparation(dates, ["since"], PLAIN, {})


def test_arrow_types_that_mean_the_same_give_the_same() -> None:
    other = pa.table(
        {
            "spend": pa.array(MIXED["spend"].to_pylist(), pa.float64()).cast(pa.decimal128(9, 2)),
            "age": pa.array(MIXED["age"].to_pylist(), pa.float64()).cast(pa.int32()),
            "region": pa.array(MIXED["region"].to_pylist()).dictionary_encode(),
            "tier": pa.array(MIXED["tier"].to_pylist(), pa.large_string()),
        }
    )
    again = fit_preparation(other, EVERY, MatrixSettings(fewest=1), TIERS)
    assert again == mixed()
    np.testing.assert_array_equal(again.transform(other).values, mixed().transform(MIXED).values)


def test_not_a_number_is_blank() -> None:
    table = customers(age=[20.0, float("nan"), 60.0, 70.0])
    assert fit_preparation(table, ["age"], PLAIN, {}).imputed == (Imputed("age", 1, 60.0),)


def test_new_customers_get_documented_answers() -> None:
    fitted = mixed()
    new = customers(
        spend=[-5.0, math.inf, None, 0.0],
        age=[1e308, -math.inf, math.nan, 50.0],
        region=["Mars", None, "North", "South"],
        tier=["Tin", "Gold", None, "Bronze"],
    )
    values = fitted.transform(new).values
    assert np.isfinite(values).all()
    assert values[0, 0] == values[3, 0]
    assert values[0, 1] == FARTHEST
    assert values[1, 1] == -FARTHEST
    assert values[2, 1] == values[3, 1]
    assert values[0, 2:5].tolist() == [0.0, 0.0, 0.0]
    np.testing.assert_array_equal(values[1, 2:5], values[2, 2:5])
    assert values[0, 5] == 0.0
    assert values[2, 5] == values[3, 5]
    assert fitted.unseen(new) == {"region": 1, "tier": 1}
    assert fitted.clipped(new) == {"spend": 2, "age": 2}
    assert fitted.unseen(MIXED) == fitted.clipped(MIXED) == {}


def test_columns_without_any_value_are_all_imputed() -> None:
    fitted = mixed()
    empty = pa.table({name: pa.nulls(2) for name in EVERY})
    filled = customers(spend=[2.0] * 2, age=[50.0] * 2, region=["North"] * 2, tier=["Bronze"] * 2)
    np.testing.assert_array_equal(fitted.transform(empty).values, fitted.transform(filled).values)


def test_no_customers_to_score_is_an_empty_matrix() -> None:
    assert mixed().transform(MIXED.slice(0, 0)).values.shape == (0, 6)


def test_json_keeps_every_bit() -> None:
    fitted = mixed(MatrixSettings(fewest=1, impute="mean", category_weight=0.3))
    again = Preparation.from_json(fitted.to_json())
    assert again == fitted
    assert {type(column) for column in again.columns} == {NumberColumn, CategoryColumns, RankColumn}
    np.testing.assert_array_equal(again.transform(MIXED).values, fitted.transform(MIXED).values)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ('"scale": ', '"scale": NaN, "_": ', "finite number at 'columns.0.number.scale'"),
        ('"kind": "number"', '"kind": "pickle"', "at 'columns.0'"),
        ("{", "", "Invalid JSON"),
        ('"fill": "North"', '"fill": "Mars"', "'region' is filled with a value that it cannot"),
        ('"weight": ', '"weight": -', "greater than 0 at 'columns.2.category.weight'"),
        ('"customers"', '"people"', "at 'customers'"),
    ],
)
def test_foreign_json_is_refused(before: str, after: str, found: str) -> None:
    document = mixed().to_json()
    assert before in document
    with pytest.raises(BundleError, match="preparation cannot be read") as caught:
        Preparation.from_json(document.replace(before, after, 1))
    assert found in caught.value.found


any_number = st.one_of(st.none(), st.floats())
any_text = st.one_of(st.none(), st.sampled_from(["North", "South", "Mars", "", "Gold"]))


@settings(deadline=None, max_examples=60)
@given(
    fitted=st.lists(st.floats(-1e100, 1e100), min_size=2, max_size=12),
    new=st.lists(any_number, max_size=6),
    log=st.booleans(),
)
def test_prepared_numbers_are_always_finite(
    fitted: list[float], new: list[float | None], log: bool
) -> None:
    table = customers(x=fitted, y=list(range(len(fitted))))
    preparation = fit_preparation(
        table, ["x", "y"], MatrixSettings(fewest=1, log="skewed" if log else "never"), {}
    )
    own = preparation.transform(table).values
    assert np.isfinite(own).all()
    assert preparation.clipped(table) == {}
    later = pa.table({"x": pa.array(new, pa.float64()), "y": pa.nulls(len(new), pa.float64())})
    assert np.isfinite(preparation.transform(later).values).all()
    if own.shape[1] == 2:
        assert own[:, 0].mean() == pytest.approx(0.0, abs=1e-3)


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(st.tuples(any_number, any_number, any_text, any_text), max_size=6),
    order=st.permutations(EVERY),
)
def test_neither_column_order_nor_company_matters(
    rows: list[tuple[float | None, float | None, str | None, str | None]], order: list[str]
) -> None:
    types = pa.schema(
        zip(EVERY, [pa.float64(), pa.float64(), pa.string(), pa.string()], strict=True)
    )
    table = pa.table(
        {
            name: pa.array([row[i] for row in rows], types.field(name).type)
            for i, name in enumerate(EVERY)
        }
    )
    fitted = mixed()
    values = fitted.transform(table).values
    assert np.isfinite(values).all()
    np.testing.assert_array_equal(fitted.transform(table.select(order)).values, values)
    for row in range(len(rows)):
        np.testing.assert_array_equal(fitted.transform(table.slice(row, 1)).values[0], values[row])


def test_credit_card_customers_are_prepared_as_by_scikit_learn(
    real_data: Callable[[str], Path],
) -> None:
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import StandardScaler

    table = pyarrow.csv.read_csv(real_data("cc_general") / "CC GENERAL.csv")
    features = table.column_names[1:]
    fitted = fit_preparation(
        table, features, MatrixSettings(fewest=1, impute="mean", log="never"), {}
    )
    raw = np.column_stack([table[name].to_numpy() for name in features])
    peer = StandardScaler().fit_transform(SimpleImputer(strategy="mean").fit_transform(raw))

    assert fitted.customers == 8_950
    assert {one.feature: one.count for one in fitted.imputed} == {
        "CREDIT_LIMIT": 1,
        "MINIMUM_PAYMENTS": 313,
    }
    assert fitted.dropped == ()
    np.testing.assert_allclose(fitted.transform(table).values, peer, rtol=1e-12, atol=1e-12)


def test_values_of_few_customers_are_stored_nowhere() -> None:
    regions = ["North"] * 60 + ["South"] * 31 + ["Mr Miller's barn"] * 9
    table = pa.table({"region": regions, "x": [float(place) for place in range(100)]})
    fitted = fit_preparation(table, ["region", "x"], MatrixSettings(), {})
    assert fitted.names == ("region = North", "region = South", "x")
    assert "Miller" not in fitted.to_json()
    values = fitted.transform(table).values
    assert not values[-9:, :2].any()
    assert values[:, :2].var(axis=0).sum() == pytest.approx(1.0)
    rare = pa.table({"region": [f"at {place}" for place in range(10)] * 2})
    with pytest.raises(DataError, match="No feature differs") as caught:
        fit_preparation(rare, ["region"], MatrixSettings(), {})
    assert "no value that at least 10 customers share" in caught.value.found
