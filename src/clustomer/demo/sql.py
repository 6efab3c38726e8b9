"""The demo shop's tables as SQL: who the customers are, when they order, what stands on each line.

The relations are made one after the other: goods -> products, and
people -> customers -> orders -> lines.
The dirt is of the kinds seen in real exports, and small: it never changes who a customer is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from clustomer.demo import draws
from clustomer.demo.planted import SEGMENTS, step_of
from clustomer.demo.products import CATEGORIES, LOWEST_PRICE, PRICE_STEP, RUNGS
from clustomer.engines.base import literal

_FIRST_DAY: Final = "DATE '2023-07-01'"
_DAYS: Final = 730
"""From the first day to the last, 30 June 2025."""

_DAY_MONTH_YEAR: Final = "'%d-%m-%y'"

_OWN_PRICE: Final = 0.2
_OWN_UNITS: Final = 0.2
_OWN_BASKET: Final = 0.3
_OWN_DISCOUNT: Final = 0.4
"""How far customers of one segment differ: of log price, log units, lines, log odds."""

_OF_PRICE: Final = 0.3
_OF_UNITS: Final = 0.25
_OF_BASKET: Final = 0.5
"""How far the purchases of one customer differ: of log price, log units (logistic), lines."""

_MOST_LINES: Final = 6
_MOST_UNITS: Final = 24
_SHORTEST_STAY: Final = 20

_SURE_TENURE: Final = 0.4
"""Least tenure, as a share of the segment's mean."""

_SHARE_WITHOUT_ORDER: Final = 0.01
_SHARE_AWAY_FROM_HOME: Final = 0.08
_SHARE_REPEATED: Final = 0.002
_SHARE_REPEATED_ORDER: Final = 0.0006

_DISCOUNTS: Final = ["0.05", "0.1", "0.15", "0.2"]
_SERVERS: Final[dict[str | None, float]] = {
    "example.com": 0.5,
    "example.org": 0.3,
    "example.net": 0.2,
}
_REGIONS: Final = ("North", "South", "East", "West", "Central")

_GENDER: Final[dict[str | None, float]] = {"Female": 0.51, "Male": 0.45, "Other": 0.04}
_TIERS: Final[dict[str | None, float]] = {"Bronze": 0.5, "Silver": 0.32, "Gold": 0.18}
_GOLDEN_TIERS: Final[dict[str | None, float]] = {"Bronze": 0.1, "Silver": 0.35, "Gold": 0.55}
_DELIVERY: Final[dict[str | None, float]] = {"Delivered": 0.84, "Delayed": 0.12, "Cancelled": 0.04}
_PAYMENT: Final[dict[str | None, float]] = {
    "Credit Card": 0.48,
    "PayPal": 0.3,
    "Bank Transfer": 0.22,
}

_Odds = dict[str, dict[str | None, float]]

_GENDER_SPELT: Final[_Odds] = {
    "Female": {"Female": 0.585, "FEMALE": 0.4, "femle": 0.012, None: 0.003},
    "Male": {"Male": 0.597, "male": 0.4, None: 0.003},
}
_TIER_SPELT: Final[_Odds] = {
    "Gold": {"Gold": 0.5, "GOLD": 0.25, " gold ": 0.24, "gld": 0.008, None: 0.002},
    "Silver": {"Silver": 0.992, "sllver": 0.006, None: 0.002},
    "Bronze": {"Bronze": 0.6, "bronze": 0.39, "brnze": 0.008, None: 0.002},
}
_DELIVERY_SPELT: Final[_Odds] = {
    "Delivered": {"Delivered": 0.6, "delivered": 0.395, "delrd": 0.004, None: 0.001},
    "Delayed": {"Delayed": 0.57, " DELAYED": 0.42, "delyd": 0.009, None: 0.001},
    "Cancelled": {"Cancelled": 0.6, " Cancelled ": 0.399, None: 0.001},
}
_PAYMENT_SPELT: Final[_Odds] = {
    "Credit Card": {"Credit Card": 0.6, "credit card": 0.399, None: 0.001},
    "Bank Transfer": {"Bank Transfer": 0.98, "bank transfr": 0.019, None: 0.001},
}
_REGION_SPELT: Final[_Odds] = {"North": {"North": 0.98, "nrth": 0.02}}

_NUMBER_WORDS: Final = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
)  # fmt: skip

_GIVEN_NAMES: Final = (
    "ada", "bela", "cyril", "dora", "emil", "flora", "gus", "hedy", "ivo", "juno", "kit", "lotte",
    "milo", "nell", "otto", "petra", "quinn", "rosa", "saul", "tilda", "una", "vito", "wanda",
    "xenia", "yara", "zeno",
)  # fmt: skip

_LINE_DEFECTS: Final[dict[str | None, float]] = {
    "order_id": 0.0004,
    "customer_id": 0.0007,
    "product_id": 0.0012,
    "quantity": 0.001,
    "unit_price": 0.0006,
    "order_date": 0.001,
    "words": 0.001,
    "discount": 0.004,
}
"""Share of the lines with each defect; a line has one at most."""


def products(seed: int) -> str:
    """Price and number the goods: in no order that tells their price or category."""
    key = draws.digest(seed, "product", "shelf")
    about = f"(0.93 + 0.14 * {draws.uniform('d', 0)})"
    launched = f"90 + CAST(floor(900 * {draws.uniform('d', 1)}) AS INTEGER)"
    return f"""
        SELECT shelf, category, product_name,
               'P' || lpad(CAST(row_number() OVER (ORDER BY d, shelf) AS VARCHAR), 4, '0')
                   AS product_id,
               strftime({_FIRST_DAY} - ({launched}), {_DAY_MONTH_YEAR}) AS launch_date,
               CAST({LOWEST_PRICE} * pow({PRICE_STEP}, rung) * {about} AS DECIMAL(8, 2))
                   AS base_price,
               'S' || CAST(100 + floor(900 * {draws.uniform("d", 2)}) AS INTEGER) AS supplier_code
        FROM (SELECT *, {key} AS d FROM demo_goods)"""


SHELF: Final = "SELECT product_id, base_price FROM demo_products ORDER BY shelf"
"""Products category by category, the plainest first."""


def products_file() -> str:
    """Select the columns of products.csv."""
    return """
        SELECT product_id, product_name, category, launch_date, base_price, supplier_code
        FROM demo_products ORDER BY product_id"""


def people(seed: int, customers: int) -> str:
    """Give every customer a segment, and the digests from which all else is drawn."""
    number = "CAST(range AS INTEGER)"
    cases: list[str] = []
    reached = 0.0
    for place, segment in enumerate(SEGMENTS[:-1], start=1):
        reached += segment.share
        cases.append(f"WHEN {draws.uniform('taste', 0)} < {reached!r} THEN {place}")
    return f"""
        SELECT *, CASE {" ".join(cases)} ELSE {len(SEGMENTS)} END AS segment
        FROM (SELECT {number} AS customer,
                     {draws.digest(seed, "taste", number)} AS taste,
                     {draws.digest(seed, "rate", number)} AS rate,
                     {draws.digest(seed, "tenure", number)} AS tenure,
                     {draws.digest(seed, "lapse", number)} AS lapse
              FROM range(1, {customers + 1}))"""


def customers() -> str:
    """Draw each customer's habits around the segment's, and the number of orders.

    Days count from the first day; `span` is the number of days from the first possible order to
    the last. A customer without orders is rare and has no place in truth.csv.
    """
    price, basket = draws.normals("taste", 1)
    units, discount = draws.normals("taste", 3)
    tenure = f"h.tenure_days * ({_SURE_TENURE} + {1 - _SURE_TENURE} * {draws.gamma('p.tenure')})"
    return f"""
        WITH habit AS (
            SELECT p.customer, p.segment, p.taste,
                   h.orders_a_year * {draws.gamma("p.rate")} AS orders_a_year,
                   CAST(least(h.lapsed_days * {draws.gamma("p.lapse")}, {_DAYS - 60}) AS INTEGER)
                       AS gone,
                   CAST({tenure} AS INTEGER) AS days,
                   ln(h.price) + {_OWN_PRICE} * {price} AS price,
                   h.basket_lines + {_OWN_BASKET} * {basket} AS basket,
                   ln(h.units) + {_OWN_UNITS} * {units} AS units,
                   1 / (1 + exp(-(ln(h.discount / (1 - h.discount))
                       + {_OWN_DISCOUNT} * {discount}))) AS discount
            FROM demo_people p JOIN demo_habits h ON p.segment = h.segment
        ), stay AS (
            SELECT *, {_DAYS} - gone AS last_day,
                   {_DAYS} - greatest(days, gone + {_SHORTEST_STAY}) AS signup_day
            FROM habit
        ), spell AS (
            SELECT *, greatest(signup_day, 0) AS first_day,
                   last_day - greatest(signup_day, 0) AS span
            FROM stay
        ), mean AS (
            SELECT *, {step_of("orders_a_year * (span + 1) / 365.25")} AS step FROM spell
        )
        SELECT m.customer, m.segment, m.signup_day, m.first_day, m.span,
               CASE WHEN {draws.uniform("m.taste", 6)} < {_SHARE_WITHOUT_ORDER} THEN 0
                    ELSE s.orders END AS orders,
               m.price, m.basket, m.units, m.discount, {_region("m.taste", 7)} AS region
        FROM mean m ASOF JOIN demo_order_steps s
          ON m.step = s.step AND {draws.uniform("m.taste", 5)} >= s.below"""


def orders(seed: int) -> str:
    """Spread each customer's orders evenly over the days of being one; the oldest order first.

    The position of a row is the order's number, so the rows must be kept in this order.
    """
    day = f"first_day + CAST(floor((span + 1) * {draws.uniform('d', 0)}) AS INTEGER)"
    in_basket = f"round(basket + {_OF_BASKET} * {draws.logistic(draws.uniform('d', 1))})"
    return f"""
        SELECT customer, d, CAST({day} AS SMALLINT) AS day,
               CAST(greatest(1, least({_MOST_LINES}, {in_basket})) AS TINYINT) AS lines,
               price, units, discount, region
        FROM (SELECT *, {draws.digest(seed, "order", "customer", "place")} AS d
              FROM (SELECT *, unnest(range(1, orders + 1)) AS place FROM demo_customers))
        ORDER BY day, d, customer"""


def sales_file(seed: int, width: int, shelf: Sequence[tuple[str, float]]) -> str:
    """Select the columns of sales.csv, dirt included, in the order of the orders.

    Parameters
    ----------
    seed
        Seed of the draws.
    width
        Digits of a customer's number.
    shelf
        Product id and base price of every product, category by category, the plainest first.
    """
    deviation, _ = draws.normals("d", 1)
    wanted = f"price + {_OF_PRICE} * {deviation}"
    rung = f"round(({wanted} - {math.log(LOWEST_PRICE)}) / {math.log(PRICE_STEP)})"
    category = f"CAST(floor({CATEGORIES} * {draws.uniform('d', 0)}) AS INTEGER)"
    units = f"exp(units + {_OF_UNITS} * {draws.logistic(draws.uniform('d', 3))})"
    away = f"{draws.uniform('o', 3)} < {_SHARE_AWAY_FROM_HOME}"
    bargain = draws.uniform("d", 5)
    dirty = draws.uniform("d", 6)
    ids = ", ".join(literal(product) for product, _ in shelf)
    prices = ", ".join(f"{price:.2f}" for _, price in shelf)
    word = f"list_extract([{', '.join(map(literal, _NUMBER_WORDS))}], units)"
    repeat = f"{draws.uniform('o', 6)} < {_SHARE_REPEATED_ORDER} AND number > 1"
    return f"""
        WITH bought AS (
            SELECT rowid + 1 AS number, customer, d AS o, day, price, units, discount, region,
                   unnest(range(1, lines + 1)) AS line
            FROM demo_orders
        ), line AS (
            SELECT *, {draws.digest(seed, "line", "customer", "number", "line")} AS d FROM bought
        ), chosen AS (
            SELECT number, customer, o, d, day, region,
                   {RUNGS} * {category}
                       + CAST(greatest(0, least({RUNGS - 1}, {rung})) AS INTEGER) + 1 AS shelf,
                   CAST(greatest(1, least({_MOST_UNITS}, round({units}))) AS INTEGER) AS units,
                   CASE WHEN {bargain} < discount
                        THEN list_extract({_DISCOUNTS}, 1 + CAST(floor({len(_DISCOUNTS)}
                            * {bargain} / discount) AS INTEGER))
                        ELSE '0' END AS discount,
                   CASE WHEN {away} THEN {_region("o", 7)} ELSE region END AS ship_to,
                   {draws.choice(draws.uniform("o", 2), _DELIVERY)} AS delivery,
                   {draws.choice(draws.uniform("o", 4), _PAYMENT)} AS payment,
                   {_defect(dirty)} AS defect
            FROM line
        )
        SELECT CASE WHEN defect = 'order_id' THEN NULL
                    ELSE 'O' || CAST(10000000 + number - CASE WHEN {repeat} THEN 1 ELSE 0 END
                        AS VARCHAR) END AS order_id,
               CASE WHEN defect = 'customer_id' THEN NULL
                    ELSE {_customer_id("customer", width)} END AS customer_id,
               CASE WHEN defect = 'product_id' THEN NULL
                    ELSE list_extract([{ids}], shelf) END AS product_id,
               CASE WHEN defect = 'quantity' THEN NULL
                    WHEN defect = 'words' AND units <= {len(_NUMBER_WORDS)} THEN {word}
                    ELSE CAST(units AS VARCHAR) END AS quantity,
               CASE WHEN defect = 'unit_price' THEN NULL
                    ELSE CAST(list_extract([{prices}], shelf)
                        * (0.96 + 0.08 * {draws.uniform("d", 4)}) AS DECIMAL(8, 2)) END
                   AS unit_price,
               CASE WHEN defect = 'order_date' THEN NULL
                    ELSE {_date("day")} END AS order_date,
               {draws.spelt("delivery", draws.uniform("d", 7), _DELIVERY_SPELT)} AS delivery_status,
               {draws.spelt("payment", draws.uniform("o", 5), _PAYMENT_SPELT)} AS payment_method,
               {draws.spelt("ship_to", draws.uniform("o", 6), _REGION_SPELT)} AS region,
               CASE WHEN defect = 'discount' THEN NULL ELSE discount END AS discount_applied
        FROM chosen"""


def customers_file(seed: int, width: int) -> str:
    """Select the columns of customers.csv, dirt and repeated customers included."""
    golden = next(place for place, s in enumerate(SEGMENTS, start=1) if s.name == "Devoted")
    names = ", ".join(map(literal, _GIVEN_NAMES))
    given = f"list_extract([{names}], 1 + customer % {len(_GIVEN_NAMES)})"
    server = draws.choice(draws.uniform("d", 1), _SERVERS)
    copies = f"CASE WHEN {draws.uniform('d', 6)} < {_SHARE_REPEATED} THEN 2 ELSE 1 END"
    return f"""
        WITH person AS (
            SELECT customer, segment, signup_day, region,
                   {draws.digest(seed, "person", "customer")} AS d,
                   {draws.digest(seed, "form", "customer")} AS f
            FROM demo_customers
        ), filled AS (
            SELECT customer, d, f, signup_day, region,
                   {given} || customer || '@' || {server} AS email,
                   {draws.choice(draws.uniform("d", 2), _GENDER)} AS gender,
                   CASE WHEN segment = {golden}
                        THEN {draws.choice(draws.uniform("d", 3), _GOLDEN_TIERS)}
                        ELSE {draws.choice(draws.uniform("d", 3), _TIERS)} END AS tier,
                   unnest(range(1, 1 + {copies})) AS copy
            FROM person
        )
        SELECT CASE WHEN {draws.uniform("f", 0)} < 0.001 THEN NULL
                    ELSE {_customer_id("customer", width)} END AS customer_id,
               CASE WHEN {draws.uniform("f", 1)} < 0.004 THEN NULL ELSE email END AS email,
               CASE WHEN {draws.uniform("f", 2)} < 0.002 THEN NULL
                    ELSE {_date("signup_day")} END AS signup_date,
               {draws.spelt("gender", draws.uniform("f", 3), _GENDER_SPELT)} AS gender,
               CASE WHEN {draws.uniform("f", 4)} < 0.002 THEN NULL ELSE region END AS region,
               CASE WHEN copy = 2 THEN lower(tier)
                    ELSE {draws.spelt("tier", draws.uniform("f", 5), _TIER_SPELT)} END
                   AS loyalty_tier
        FROM filled ORDER BY customer, copy"""


def truth_file(width: int) -> str:
    """Select the columns of truth.csv: the planted segment of every customer with an order."""
    names = ", ".join(literal(segment.name) for segment in SEGMENTS)
    return f"""
        SELECT {_customer_id("customer", width)} AS customer_id, segment,
               list_extract([{names}], segment) AS segment_name
        FROM demo_customers WHERE orders > 0 ORDER BY customer"""


def _customer_id(number: str, width: int) -> str:
    return f"'C' || lpad(CAST({number} AS VARCHAR), {width}, '0')"


def _date(day: str) -> str:
    return f"strftime({_FIRST_DAY} + CAST({day} AS INTEGER), {_DAY_MONTH_YEAR})"


def _region(digest: str, place: int) -> str:
    return draws.choice(draws.uniform(digest, place), dict.fromkeys(_REGIONS, 1.0))


def _defect(uniform: str) -> str:
    """Which defect a line has, if any."""
    none = 1.0 - sum(_LINE_DEFECTS.values())
    return draws.choice(uniform, {**_LINE_DEFECTS, None: none})
