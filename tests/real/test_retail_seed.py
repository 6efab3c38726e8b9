"""The first seed's three dirty tables: every odd spelling repaired, nothing else, no line lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.compute as pc
import pytest
from sklearn.metrics import davies_bouldin_score, silhouette_score

import clustomer
from clustomer.pipeline import Run


@pytest.fixture(scope="module")
def run(real_data: Callable[[str], Path]) -> Run:
    return clustomer.fit(real_data("retail_seed"), recipe="retail", k=3)


def test_every_line_is_accounted_for_and_none_multiplies(run: Run) -> None:
    sales, customers, products = run.intake.accounts
    assert (sales.read, sales.used, sales.quarantined) == (3000, 2998, 2)
    assert (customers.read, customers.used) == (500, 497)
    assert (products.read, products.used) == (30, 30)
    for join in run.intake.joins:
        assert join.rows_before == join.rows_after == 3000
        assert join.revenue_before == join.revenue_after
    assert {join.right for join in run.intake.joins} == {"customers", "products"}


def test_blank_and_repeated_keys_are_reported(run: Run) -> None:
    texts = {finding.code: finding.text for finding in run.findings}
    assert texts["blank-key"] == "customers: 3 rows without customer_id; set aside."
    assert "blank-foreign-key" in texts
    assert texts["shared-order"].startswith(
        "2 values of order_id stand with more than one customer"
    )
    assert "1 row without order_id" in texts["blank-order"]


def test_odd_spellings_are_repaired_and_nothing_else(run: Run) -> None:
    audit = run.intake.audit.to_pylist()

    def repairs(column: str) -> dict[str, str]:
        return {row["raw"]: row["repaired"] for row in audit if row["column"] == column}

    assert repairs("gender") == {"femle": "Female", "FEMALE": "Female", "male": "Male"}
    assert repairs("loyalty_tier") == {
        "GOLD": "Gold",
        " gold ": "Gold",
        "gld": "Gold",
        "bronze": "Bronze",
        "brnze": "Bronze",
        "sllver": "Silver",
    }
    assert repairs("delivery_status") == {
        "delivered": "Delivered",
        " DELAYED": "Delayed",
        " Cancelled ": "Cancelled",
        "delrd": "Delivered",
        "delyd": "Delayed",
    }
    assert repairs("payment_method") == {
        "credit card": "Credit Card",
        "bank transfr": "Bank Transfer",
    }
    assert repairs("delivery_region") == {"nrth": "North"}
    assert repairs("region") == {}
    assert repairs("category") == {}
    assert {raw: float(value) for raw, value in repairs("quantity").items()} == {
        "three": 3,
        "five": 5,
    }
    assert repairs("unit_price") == {}
    assert set(repairs("order_date").values()) == {"2025-07-06"}


def test_the_values_after_repair_are_the_expected_ones(run: Run) -> None:
    values = {
        name: set(pc.unique(run.intake.customers.column(name)).to_pylist()) - {None}
        for name in ("gender", "loyalty_tier", "favourite_payment_method", "region")
    }
    assert values["gender"] == {"Female", "Male", "Other"}
    assert values["loyalty_tier"] == {"Bronze", "Silver", "Gold"}
    assert values["favourite_payment_method"] == {"Bank Transfer", "Credit Card", "PayPal"}
    assert values["region"] == {"North", "South", "East", "West", "Central"}


def test_one_row_per_customer_and_names_from_profiles(run: Run) -> None:
    ids = run.customers.column("customer_id").to_pylist()
    assert len(ids) == len(set(ids)) == 495
    names = [segment.name for segment in run.model.segments]
    assert len(set(names)) == 3
    best = run.model.segments[0]
    assert best.name.startswith("High-Value Customers")
    assert best.spend_share is not None
    assert best.spend_share > best.share


def test_order_lines_as_unit_reach_the_seeds_claims(real_data: Callable[[str], Path]) -> None:
    run = clustomer.fit(real_data("retail_seed"), recipe="retail", k=3, unit="row")
    assert run.customers.num_rows == 3000
    values, labels = run.matrix.values, run.assignment.labels
    assert silhouette_score(values, labels) >= 0.137
    assert davies_bouldin_score(values, labels) <= 2.29
    assert "prepared space" in run.choice.space
    assert len({segment.name for segment in run.model.segments}) == 3
