"""Features that cannot be built say so, or are left out with the reason."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from clustomer.engines.duckdb import DuckDBEngine
from clustomer.errors import RecipeError
from clustomer.intake.intake import Intake, take_in
from clustomer.progress import Stages
from clustomer.recipe.load import load_recipe
from clustomer.recipe.settings import Recipe

ORDERS = 6


def tables(sold: str = "P") -> dict[str, pa.Table]:
    """Six customers with an order each, on 1 to 6 January; the last three signed up late."""
    places = range(ORDERS)
    return {
        "sales": pa.table(
            {
                "order_id": [f"O{n}" for n in places],
                "customer_id": [f"C{n}" for n in places],
                "product_id": [f"{sold}{n % 2}" for n in places],
                "quantity": ["1"] * ORDERS,
                "unit_price": [f"{n + 1}.5" for n in places],
                "order_date": [f"2025-01-0{n + 1}" for n in places],
                "delivery_status": ["Delivered"] * ORDERS,
                "payment_method": ["PayPal", "Credit Card"] * (ORDERS // 2),
                "region": ["North", "South"] * (ORDERS // 2),
                "discount_applied": ["0"] * ORDERS,
            }
        ),
        "customers": pa.table(
            {
                "customer_id": [f"C{n}" for n in places],
                "email": [f"c{n}@example.org" for n in places],
                "signup_date": [f"2025-01-0{n + 4}" for n in places],
                "gender": ["Female", "Male"] * (ORDERS // 2),
                "region": ["North", "South"] * (ORDERS // 2),
                "loyalty_tier": ["Gold", "Silver"] * (ORDERS // 2),
            }
        ),
        "products": pa.table(
            {
                "product_id": ["P0", "P1"],
                "product_name": ["Pen", "Pan"],
                "category": ["Desk", "Kitchen"],
                "launch_date": ["2024-01-01", "2024-01-01"],
                "base_price": ["1.5", "20"],
                "supplier_code": ["S1", "S2"],
            }
        ),
    }


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    one = DuckDBEngine(threads=1)
    yield one
    one.close()


def taken_in(engine: DuckDBEngine, data: dict[str, pa.Table], recipe: Recipe) -> Intake:
    return take_in(engine, data, recipe, stages=Stages())


def with_own(sql: str, unit: str = "count", over: str = "orders") -> Recipe:
    feature = {"name": "mine", "sql": sql, "over": over, "unit": unit, "says": "have {}"}
    return load_recipe(
        {
            "base": "retail",
            "feature": [feature],
            "features": {"customer": {"segment_on": ["spend"], "describe_with": ["mine"]}},
        }
    )


def test_price_tier_is_left_out_where_no_line_finds_its_product(engine: DuckDBEngine) -> None:
    recipe = load_recipe(
        {
            "base": "retail",
            "unit": "row",
            "features": {"row": {"segment_on": ["total_price"], "describe_with": ["price_tier"]}},
        }
    )
    lost = taken_in(engine, tables(sold="X"), recipe)
    assert lost.customers.column_names == ["row", "total_price"]
    (said,) = [str(finding) for finding in lost.findings if finding.code == "feature-left-out"]
    assert "The feature price_tier is left out: no order line has a base_price." in said


def test_price_tier_is_there_where_lines_find_their_products(engine: DuckDBEngine) -> None:
    recipe = load_recipe(
        {
            "base": "retail",
            "unit": "row",
            "features": {"row": {"segment_on": ["total_price"], "describe_with": ["price_tier"]}},
        }
    )
    tiers = taken_in(engine, tables(), recipe).customers.column("price_tier").to_pylist()
    assert tiers == ["Budget", "Premium"] * (ORDERS // 2)


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("max(order_date)", "timestamp"),
        ("max('x')", "string"),
        ("struct_pack(n := count(*))", "struct"),
    ],
)
def test_own_feature_that_is_no_number(engine: DuckDBEngine, sql: str, kind: str) -> None:
    with pytest.raises(RecipeError) as error:
        taken_in(engine, tables(), with_own(sql))
    text = str(error.value)
    assert f"The feature 'mine' does not give a number: {sql}" in text
    assert f"values of type {kind}" in text
    assert "for days use secs(order_date, {as_of}) / 86400.0e0, or set unit = 'category'" in text


def test_own_category_that_is_no_text(engine: DuckDBEngine) -> None:
    with pytest.raises(RecipeError, match="'mine' does not give a text") as error:
        taken_in(engine, tables(), with_own("struct_pack(n := count(*))", unit="category"))
    assert "a category is a text or a number" in str(error.value)


def test_own_category_over_lines_is_the_most_frequent_value(engine: DuckDBEngine) -> None:
    recipe = with_own("case when amount > 3 then 'dear' else 'cheap' end", "category", "lines")
    found = taken_in(engine, tables(), recipe).customers.column("mine").to_pylist()
    assert found == ["cheap", "cheap", "dear", "dear", "dear", "dear"]


def test_tenure_is_unknown_for_who_signed_up_at_or_after_as_of(engine: DuckDBEngine) -> None:
    recipe = load_recipe(
        {"base": "retail", "features": {"customer": {"segment_on": ["spend", "tenure_days"]}}}
    )
    found = taken_in(engine, tables(), recipe)
    assert str(found.learnt.as_of) == "2025-01-07 00:00:00"
    assert found.customers.column("tenure_days").to_pylist() == [3.0, 2.0, 1.0, None, None, None]
