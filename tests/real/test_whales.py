"""Whales: a few huge customers do not make a segment of three by themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

import clustomer
from clustomer.clustering.kmeans import fit_kmeans


def test_the_largest_customers_are_in_a_segment_worth_the_name(
    real_data: Callable[[str], Path],
) -> None:
    lines = pq.read_table(real_data("online_retail") / "online_retail.parquet")
    run = clustomer.fit(lines, recipe="transactions")
    sizes = sorted(run.segments.column("customers").to_pylist())
    customers = run.customers.num_rows
    assert sizes[0] >= 0.01 * customers
    spend = run.customers.column("spend").to_numpy()
    ids = np.array(run.customers.column("segment_id").to_pylist())
    largest = np.argsort(-spend)[:3]
    assert len(set(ids[largest])) == 1
    # Without the logarithm the same customers give what is to be avoided.
    raw = np.column_stack(
        [run.customers.column(name).to_numpy() for name in ("spend", "order_count")]
    )
    scaled = (raw - raw.mean(axis=0)) / raw.std(axis=0)
    labels = fit_kmeans(scaled, len(sizes), seed=0, starts=5).assign(scaled).labels
    assert np.bincount(labels).min() < 0.01 * customers
