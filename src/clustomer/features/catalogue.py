"""The catalogue: every feature that clustomer knows, as an explicit table.

SQL stands beside meaning. Features ``over="lines"`` see every order line of a customer, with the
recipe's columns and `amount`, `sale` and `money_back`; features ``over="orders"`` see the
customer's orders that hold a sale, with `order_date`, `amount`, `units`, `basket_lines`. The word
``{as_of}`` stands for the moment from which days are counted back.

Recency, frequency and monetary value are `days_since_last_order`, `order_count` and `spend`
(Hughes, Strategic Database Marketing, 1994).

Part of the lines is summed as ``sum(case when ...)``: DuckDB spends a third less on it than on
``filter``.
"""

from __future__ import annotations

from typing import Final

from clustomer.features.feature import Feature
from clustomer.names import Measure

DAY: Final = "86400.0e0"
"""Seconds in a day, written as a double: ``86400.0`` is a decimal in Spark."""

CATALOGUE: Final = (
    Feature("order_count", "count(*)", "orders", "count", "ordered {} times"),
    Feature("spend", "sum(amount)", "orders", "money", "spent {}"),
    Feature("units", "sum(units)", "orders", "units", "bought {} units"),
    Feature("mean_order_value", "avg(amount)", "orders", "money", "spent {} an order"),
    Feature(
        "days_since_last_order",
        f"secs(max(order_date), {{as_of}}) / {DAY}",
        "orders",
        "days",
        "last ordered {} ago",
    ),
    Feature(
        "first_to_last_days",
        f"secs(min(order_date), max(order_date)) / {DAY}",
        "orders",
        "days",
        "ordered for {} from first to last",
    ),
    Feature(
        "tenure_days",
        f"case when signup_date < {{as_of}} then secs(signup_date, {{as_of}}) / {DAY} end",
        "customer",
        "days",
        "signed up {} ago",
        needs=("signup_date",),
    ),
    Feature(
        "tenure_days",
        f"secs(min(order_date), {{as_of}}) / {DAY}",
        "orders",
        "days",
        "first ordered {} ago",
    ),
    Feature(
        "mean_days_between_orders",
        "case when count(order_date) > 1 then "
        f"secs(min(order_date), max(order_date)) / {DAY} / (count(order_date) - 1) end",
        "orders",
        "days",
        "ordered every {}",
    ),
    Feature(
        "active_months",
        "count(distinct date_trunc('month', order_date))",
        "orders",
        "count",
        "ordered in {} different months",
    ),
    Feature(
        "mean_unit_price",
        "sum(case when sale then amount end) / sum(case when sale then quantity end)",
        "lines",
        "price",
        "paid {} a unit",
        needs=("quantity",),
    ),
    Feature(
        "mean_basket_lines", "avg(basket_lines)", "orders", "count", "put {} lines in an order"
    ),
    Feature(
        "distinct_categories",
        "count(distinct case when sale then category end)",
        "lines",
        "count",
        "bought from {} categories",
        needs=("category",),
    ),
    Feature(
        "distinct_products",
        "count(distinct case when sale then product_id end)",
        "lines",
        "count",
        "bought {} different products",
        needs=("product_id",),
    ),
    Feature(
        "discount_share",
        "avg(case when sale and discount > 0 then 1.0e0 when sale then 0.0e0 end)",
        "lines",
        "share",
        "bought {} of lines at a discount",
        needs=("discount",),
    ),
    Feature(
        "cancelled_share",
        "avg(case when delivery_status = 'Cancelled' then 1.0e0 else 0.0e0 end)",
        "lines",
        "share",
        "cancelled {} of lines",
        needs=("delivery_status",),
    ),
    Feature(
        "delayed_share",
        "avg(case when delivery_status = 'Delayed' then 1.0e0 else 0.0e0 end)",
        "lines",
        "share",
        "got {} of lines late",
        needs=("delivery_status",),
    ),
    Feature(
        "money_back",
        "coalesce(sum(case when money_back then abs(amount) end), 0.0e0)",
        "lines",
        "money",
        "got {} back",
    ),
    Feature(
        "money_back_share",
        "coalesce(sum(case when money_back then abs(amount) end), 0.0e0)"
        " / nullif(sum(case when sale or money_back then abs(amount) end), 0.0e0)",
        "lines",
        "share",
        "got {} of their money back",
    ),
    Feature("total_price", "amount", "row", "money", "are worth {}"),
)
"""Of two features with one name, the first whose columns are there is taken."""

VALUE: Final = ("alive_probability", "order_probability", "expected_orders", "expected_spend")
"""Features that the value model gives where the orders can carry it."""

PRICE_TIERS: Final = ("Budget", "Mid", "Premium", "Luxury")
"""Quartiles of base price, cheapest first; the quartiles are learnt at fit."""

SHARES: Final = "category_shares"
"""Name that stands for one feature per product category: its share of the customer's spend."""

FAVOURITE: Final = "favourite_"
"""``favourite_`` and a column's name: the value that most of the customer's sales lines carry."""


def value_feature(name: str, horizon: int) -> Feature:
    """One of `VALUE`, looking `horizon` days ahead."""
    told: dict[str, tuple[Measure, str]] = {
        "alive_probability": ("share", "are still customers with a probability of {}"),
        "order_probability": (
            "share",
            f"order within the next {horizon} days with a probability of {{}}",
        ),
        "expected_orders": ("count", f"should order {{}} times in the next {horizon} days"),
        "expected_spend": ("money", f"should spend {{}} in the next {horizon} days"),
    }
    unit, says = told[name]
    return Feature(name, "", "history", unit, says)


def share_feature(value: str, name: str) -> Feature:
    """Share of a customer's spend that goes to one product category."""
    text = "'" + value.replace("'", "''") + "'"
    return Feature(
        name,
        f"coalesce(sum(case when sale and category = {text} then amount end), 0.0e0)"
        " / nullif(sum(case when sale then amount end), 0.0e0)",
        "lines",
        "share",
        f"spent {{}} on {value}",
        needs=("category",),
    )


def price_tier(quartiles: tuple[float, float, float]) -> Feature:
    """Price tier of a row by the quartiles of base price that were learnt at fit."""
    low, middle, high = (f"{value:.17e}" for value in quartiles)
    budget, mid, premium, luxury = PRICE_TIERS
    return Feature(
        "price_tier",
        f"case when base_price <= {low} then '{budget}' when base_price <= {middle} then '{mid}'"
        f" when base_price <= {high} then '{premium}' when base_price > {high} then '{luxury}' end",
        "row",
        "category",
        "in price tier {}",
        needs=("base_price",),
    )
