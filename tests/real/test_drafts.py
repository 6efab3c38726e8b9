"""Unknown real tables are drafted so that a fit takes them without an edit."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from clustomer.drafting import draft_recipe, try_draft


@pytest.mark.parametrize(
    ("name", "roles", "customers", "revenue"),
    [
        ("retail_seed", {"lines", "customers", "products"}, 495, None),
        ("online_retail", {"lines"}, 4338, None),
        ("cdnow", {"lines"}, 23502, None),
        (
            "adventureworks",
            {"lines", "customers", "products", "lookup"},
            17416,
            "24914586.82",
        ),
        ("chinook", {"lines", "orders", "customers", "products", "lookup"}, 59, "2328.60"),
        ("superstore", {"lines"}, 793, None),
        ("customer_personality", {"customers"}, 2240, None),
        ("telco_churn", {"customers"}, 7043, None),
        ("mall", {"customers"}, 200, None),
        ("wholesale", {"customers"}, 440, None),
        ("cc_general", {"customers"}, 8950, None),
    ],
)
def test_drafts_of_real_data(
    real_data: Callable[[str], Path],
    name: str,
    roles: set[str],
    customers: int,
    revenue: str | None,
) -> None:
    folder = real_data(name)
    draft = draft_recipe(folder)
    assert {table.place.role for table in draft.tables} == roles
    tried = try_draft(folder, draft)
    assert tried.customers.num_rows == customers
    assert all(one.read == one.used + one.quarantined for one in tried.accounts)
    priced = [join.revenue_after for join in tried.joins if join.revenue_after is not None]
    if revenue is not None:
        assert {Decimal(one).quantize(Decimal("0.01")) for one in priced} == {Decimal(revenue)}
