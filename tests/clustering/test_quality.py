"""Scores beside scikit-learn's, on groups, crowds and degenerate labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_groups import blurred, crowds

from clustomer.clustering.contract import Labels
from clustomer.clustering.kmeans import fit_kmeans
from clustomer.clustering.quality import davies_bouldin, elbow, gains
from clustomer.clustering.sample import Rows
from clustomer.clustering.silhouette import silhouettes
from clustomer.clustering.stability import Agreement, adjusted_rand, agreement_of, half
from clustomer.matrix.matrix import Floats


def labellings(values: Floats) -> list[Labels]:
    return [fit_kmeans(values, k, seed=0, starts=1).assign(values).labels for k in (2, 3, 7)]


@pytest.mark.parametrize("rows", [300, 1_111])
def test_scores_are_those_of_sklearn(rows: int) -> None:
    from sklearn.metrics import davies_bouldin_score, silhouette_score

    outlying = np.vstack([blurred(1, 4, rows)[0], np.full((1, 9), 300.0)])
    for values in (blurred(0, 4, rows)[0], crowds(0, rows)["cube"] + 50.0, outlying):
        several = labellings(values)
        for labels, silhouette in zip(several, silhouettes(values, several), strict=True):
            assert silhouette == pytest.approx(silhouette_score(values, labels), abs=1e-6)
            assert davies_bouldin(values, labels) == pytest.approx(
                davies_bouldin_score(values, labels), rel=1e-9
            )


def test_repeated_rows_and_single_rows_score_as_in_sklearn() -> None:
    from sklearn.metrics import davies_bouldin_score, silhouette_score

    values = np.repeat([[0.0, 0.0], [3.0, 4.0], [9.0, 9.0]], [5, 4, 1], axis=0)
    labels = np.repeat([0, 1, 2], [5, 4, 1]).astype(np.int32)
    assert silhouettes(values, [labels])[0] == pytest.approx(silhouette_score(values, labels))
    assert davies_bouldin(values, labels) == davies_bouldin_score(values, labels) == 0.0


def test_every_row_alone_scores_nothing() -> None:
    assert silhouettes(np.array([[0.0], [1.0]]), [np.array([0, 1], dtype=np.int32)]) == [0.0]


def test_a_number_without_rows_is_left_out() -> None:
    values = np.array([[0.0], [1.0], [8.0], [9.0]])
    plain, gap = np.array([0, 0, 1, 1], np.int32), np.array([0, 0, 2, 2], np.int32)
    assert silhouettes(values, [gap]) == silhouettes(values, [plain])
    assert davies_bouldin(values, gap) == davies_bouldin(values, plain)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=60))
@settings(max_examples=60, deadline=None)
def test_adjusted_rand_is_that_of_sklearn(pairs: list[tuple[int, int]]) -> None:
    from sklearn.metrics import adjusted_rand_score

    first, second = np.array(pairs, dtype=np.int32).T
    expected = adjusted_rand_score(first, second)
    assert adjusted_rand(first, second) == pytest.approx(expected, abs=1e-12)


def agreements(values: Floats, k: int) -> Agreement:
    labels = fit_kmeans(values, k, seed=0, starts=3).assign(values).labels

    def again(drawn: Rows, seed: int) -> list[Labels]:
        anew = fit_kmeans(values[drawn], k, seed=seed, starts=3)
        return [anew.assign(values).labels]

    drawn = [half(len(values), k, seed=0, number=number) for number in range(4)]
    return agreement_of([labels], [again(rows, 1 + at) for at, rows in enumerate(drawn)])[0]


def test_groups_come_back_and_slices_of_a_crowd_do_not() -> None:
    groups = agreements(blurred(2, 4)[0], 4)
    assert min(groups.rand) > 0.9
    assert min(groups.jaccard) > 0.85
    assert len(groups.jaccard) == 4
    slices = agreements(crowds(0)["normal"], 4)
    assert np.mean(slices.rand) < 0.5
    assert min(slices.jaccard) < 0.6


def test_the_elbow_is_at_the_bend() -> None:
    inertias = [100.0, 60.0, 20.0, 18.0, 16.0, 14.0]
    heights = elbow([2, 3, 4, 5, 6, 7], inertias)
    assert int(np.argmax(heights)) == 2
    assert heights[0] == heights[-1] == 0.0
    assert elbow([2, 3], [5.0, 1.0]) == [0.0, 0.0]
    assert elbow([2, 3, 4], [5.0, 5.0, 5.0]) == [0.0, 0.0, 0.0]


def test_a_gain_counts_against_the_steeper_reference() -> None:
    steep, flat = [50.0, 25.0], [80.0, 64.0]
    assert gains(100.0, [50.0, 25.0], [steep, flat]) == pytest.approx([1.0, 1.0])
    assert gains(100.0, [25.0, 25.0], [steep]) == pytest.approx([2.0, 0.0])
    assert gains(100.0, [50.0, 0.0], [steep])[1] == np.inf
