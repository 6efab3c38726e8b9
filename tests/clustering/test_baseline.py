"""The RFM baseline: measured like the segments, absent where its features are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from planted_groups import standardised

from clustomer.clustering.baseline import rfm_baseline
from clustomer.clustering.kmeans import fit_kmeans


def test_segments_stand_beside_the_rfm_groups() -> None:
    random = np.random.default_rng(3)
    raw = np.column_stack(
        [random.exponential(90, 500), 1 + random.poisson(4, 500), random.exponential(200, 500)]
    )
    names = ["days_since_last_order", "order_count", "spend"]
    table = pa.table(dict(zip(names, raw.T, strict=True)))
    values = standardised(np.log1p(raw))
    fitted = fit_kmeans(values, 4, seed=0, starts=3)
    labels = fitted.assign(values).labels
    found = rfm_baseline(table, values, labels, np.arange(500), algorithm="k-means")
    assert found is not None
    assert (found.segments.name, found.segments.groups) == ("k-means", 4)
    total = float(np.square(values).sum())
    assert found.segments.explained == pytest.approx(1 - fitted.inertia / total, abs=1e-6)
    assert found.rules.groups > 5
    assert 0 < found.agreement < 1
    assert [cluster for cluster, _ in found.mix] == [0, 1, 2, 3]
    assert all(sum(share for _, share in mix) <= 1 + 1e-9 for _, mix in found.mix)
    without = table.drop_columns(["spend"])
    assert rfm_baseline(without, values, labels, np.arange(500), algorithm="k-means") is None
