"""Lines whose customer stands in an order's head, whose price stands with the product, whose
category stands two tables away: every engine joins them alike, and nothing multiplies."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from clustomer.engines.base import Engine
from clustomer.intake.intake import take_in
from clustomer.progress import Stages
from clustomer.recipe.load import load_recipe

SHOP: dict[str, Any] = {
    "name": "shop",
    "tables": {
        "lines": {
            "role": "lines",
            "columns": {
                "order_id": {"kind": "key"},
                "product_id": {"kind": "key"},
                "quantity": {"kind": "number"},
            },
        },
        "orders": {
            "role": "orders",
            "key": "order_id",
            "columns": {
                "order_id": {"kind": "key"},
                "customer_id": {"kind": "key"},
                "order_date": {"kind": "date"},
                "region_id": {"kind": "key"},
            },
        },
        "customers": {
            "role": "customers",
            "key": "customer_id",
            "columns": {"customer_id": {"kind": "key"}, "town_id": {"kind": "key"}},
        },
        "towns": {
            "role": "lookup",
            "key": "town_id",
            "columns": {"town_id": {"kind": "key"}, "town": {"kind": "category"}},
        },
        "products": {
            "role": "products",
            "key": "product_id",
            "columns": {
                "product_id": {"kind": "key"},
                "kind_id": {"kind": "key"},
                "unit_price": {"kind": "number"},
            },
        },
        "kinds": {
            "role": "lookup",
            "key": "kind_id",
            "columns": {"kind_id": {"kind": "key"}, "family_id": {"kind": "key"}},
        },
        "families": {
            "role": "lookup",
            "key": "family_id",
            "columns": {"family_id": {"kind": "key"}, "category": {"kind": "category"}},
        },
        "regions": {
            "role": "lookup",
            "key": "region_id",
            "columns": {"region_id": {"kind": "key"}, "region": {"kind": "category"}},
        },
    },
    "features": {
        "customer": {
            "segment_on": ["spend", "order_count"],
            "describe_with": ["distinct_categories", "favourite_region", "town"],
        }
    },
}

TABLES = {
    "lines": pa.table(
        {
            "order_id": ["O1", "O1", "O2", "O3", "O9", None],
            "product_id": ["P1", "P2", "P2", "P3", "P1", "P1"],
            "quantity": ["2", "1", "two", "4", "1", "1"],
        }
    ),
    "orders": pa.table(
        {
            "order_id": ["O1", "O2", "O3", "O3"],
            "customer_id": ["C1", "C1", "C2", "C1"],
            "order_date": ["2025-01-05", "2025-02-05", "2025-03-05", "2025-03-06"],
            "region_id": ["1", "2", "2", "1"],
        }
    ),
    "customers": pa.table({"customer_id": ["C1", "C2"], "town_id": ["10", "11"]}),
    "towns": pa.table({"town_id": ["10", "10"], "town": ["Leeds", "York"]}),
    "products": pa.table(
        {
            "product_id": ["P1", "P2", "P3"],
            "kind_id": ["1", "2", "2"],
            "unit_price": ["10", "0.5", "2"],
        }
    ),
    "kinds": pa.table({"kind_id": ["1", "2"], "family_id": ["7", "8"]}),
    "families": pa.table({"family_id": ["7", "8"], "category": ["Bikes", "Caps"]}),
    "regions": pa.table({"region_id": ["1", "2"], "region": ["North", "South"]}),
}


def test_heads_lookups_and_prices_of_products_are_joined_once_and_proven(fresh: Engine) -> None:
    found = take_in(fresh, TABLES, load_recipe(SHOP), stages=Stages())
    assert found.customers.to_pylist() == [
        {
            "customer_id": "C1",
            "spend": 21.5,
            "order_count": 2.0,
            "distinct_categories": 2.0,
            "favourite_region": "North",
            "town": "Leeds",
        },
        {
            "customer_id": "C2",
            "spend": 8.0,
            "order_count": 1.0,
            "distinct_categories": 1.0,
            "favourite_region": "South",
            "town": None,
        },
    ]
    assert all(join.rows_before == join.rows_after for join in found.joins)
    proven = {(join.left, join.right): join for join in found.joins}
    assert proven["lines", "orders"].orphans == 1
    assert proven["lines", "orders"].revenue_before is None
    assert proven["lines", "customers"].revenue_before == "49.500000"
    assert proven["customers", "towns"].orphans == 1
    assert {("products", "kinds"), ("kinds", "families"), ("orders", "regions")} <= set(proven)
    lines = next(one for one in found.accounts if one.table == "lines")
    assert (lines.read, lines.used, lines.quarantined) == (6, 4, 2)
