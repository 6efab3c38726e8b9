"""Which rows train and which test: stratified, complete, the same in any order."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from clustomer.classifier.split import AT_LEAST, folds, held_out, with_every_cluster

some_labels = st.lists(st.integers(0, 4), min_size=1, max_size=60).map(
    lambda labels: np.array(labels, np.int32)
)


@settings(deadline=None)
@given(labels=some_labels, share=st.floats(0.01, 0.89), seed=st.integers(0, 9))
def test_held_out_rows_are_apart_and_every_cluster_stays_in_training(
    labels: np.ndarray, share: float, seed: int
) -> None:
    rows = np.arange(len(labels))
    train, test = held_out(labels, rows, share, seed=seed)
    assert sorted([*train, *test]) == rows.tolist()
    assert set(labels[train]) == set(labels)
    for cluster in set(labels.tolist()):
        size = np.count_nonzero(labels == cluster)
        assert np.count_nonzero(labels[test] == cluster) == int(np.floor(size * share))


@settings(deadline=None)
@given(labels=some_labels, count=st.integers(2, 8), seed=st.integers(0, 9))
def test_folds_test_each_row_once_and_share_out_clusters(
    labels: np.ndarray, count: int, seed: int
) -> None:
    rows = np.arange(len(labels))
    parts = folds(labels, rows, count, seed=seed)
    if len(rows) == 1:
        assert parts == []
        return
    assert len(parts) == min(count, len(rows))
    assert sorted(row for _, test in parts for row in test) == rows.tolist()
    for train, test in parts:
        assert sorted([*train, *test]) == rows.tolist()
    for cluster in range(5):
        sizes = [np.count_nonzero(labels[test] == cluster) for _, test in parts]
        assert max(sizes) - min(sizes) <= 1


def test_the_order_of_rows_does_not_matter_and_the_seed_does() -> None:
    labels = np.repeat(np.array([0, 1], np.int32), 50)
    rows = np.arange(100)
    shuffled = np.random.default_rng(0).permutation(rows)
    one = held_out(labels, rows, 0.25, seed=1)[1]
    np.testing.assert_array_equal(held_out(labels, shuffled, 0.25, seed=1)[1], one)
    assert not np.array_equal(held_out(labels, rows, 0.25, seed=2)[1], one)


def test_a_cluster_that_the_sample_missed_is_added() -> None:
    labels = np.zeros(1_000, np.int32)
    labels[500:503] = 1
    labels[600:700] = 2
    rows = with_every_cluster(labels, np.arange(500), seed=0)
    assert np.count_nonzero(labels[rows] == 1) == 3
    assert np.count_nonzero(labels[rows] == 2) == AT_LEAST
    assert len(rows) == 500 + 3 + AT_LEAST
    np.testing.assert_array_equal(with_every_cluster(labels, rows, seed=0), rows)
