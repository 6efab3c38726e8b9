"""k-means: quality beside scikit-learn, the same bits everywhere, exact placement, refusals."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from planted_groups import blurred
from threadpoolctl import threadpool_limits

from clustomer.clustering import kmeans as module
from clustomer.clustering import parallel
from clustomer.clustering.centroids import Centroids
from clustomer.clustering.kmeans import fit_kmeans, swept_starts
from clustomer.clustering.lloyd import (
    Tiles,
    best_of,
    inertia_at,
    lloyd,
    one_less,
    one_more,
    starting_points,
)
from clustomer.errors import DataError
from clustomer.matrix.matrix import Floats


def directly(values: Floats, centroids: Floats) -> Floats:
    apart: Floats = np.sqrt(np.square(values[:, np.newaxis] - centroids).sum(axis=2))
    return apart


def credit_cards(folder: Path) -> Floats:
    raw = np.genfromtxt(folder / "CC GENERAL.csv", delimiter=",", skip_header=1)[:, 1:]
    filled = np.where(np.isnan(raw), np.nanmean(raw, axis=0), raw)
    scaled: Floats = (filled - filled.mean(axis=0)) / filled.std(axis=0)
    return scaled


@pytest.mark.parametrize("k", [3, 5, 7])
def test_inertia_is_within_a_thousandth_of_sklearn(k: int) -> None:
    from sklearn.cluster import KMeans as Peer

    for seed in range(3):
        values, _ = blurred(seed, k, rows=1_000)
        peer = Peer(k, n_init=10, random_state=seed).fit(values)
        assert fit_kmeans(values, k, seed=seed, starts=10).inertia <= peer.inertia_ * 1.001


def test_without_groups_inertia_is_no_worse_than_sklearn_on_average() -> None:
    from sklearn.cluster import KMeans as Peer

    ratios = []
    for seed, k in product(range(4), (4, 8)):
        values = np.random.default_rng(seed).normal(size=(700, 6))
        peer = Peer(k, n_init=10, random_state=seed).fit(values)
        ratios.append(fit_kmeans(values, k, seed=seed, starts=10).inertia / peer.inertia_)
    assert np.mean(ratios) <= 1.001


def test_credit_cards_reach_the_known_inertia(real_data: Callable[[str], Path]) -> None:
    values = credit_cards(real_data("cc_general"))
    assert values.shape == (8_950, 17)
    assert fit_kmeans(values, 4, seed=0, starts=10).inertia <= 99_073 * 1.001
    sample = np.arange(0, 8_950, 2)
    assert fit_kmeans(values, 4, seed=0, starts=10, sample=sample).inertia <= 99_073 * 1.001


def test_inertia_is_that_of_the_placing() -> None:
    values, _ = blurred(3, 4)
    fitted = fit_kmeans(values, 4, seed=0, starts=3)
    apart = directly(values, fitted.centroids)
    placed = fitted.assign(values)
    assert fitted.inertia == pytest.approx(np.square(apart.min(axis=1)).sum(), rel=1e-12)
    assert np.array_equal(placed.labels, apart.argmin(axis=1))
    means = [values[placed.labels == number].mean(axis=0) for number in range(4)]
    assert np.allclose(fitted.centroids, means, atol=1e-3)


def test_the_same_bits_for_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(5).normal(size=(40_000, 7))
    found = []
    for count in (1, 2, 3):
        monkeypatch.setattr(parallel, "threads", lambda count=count: count)
        monkeypatch.setattr("clustomer.clustering.lloyd.threads", lambda count=count: count)
        with threadpool_limits(count):
            found.append(fit_kmeans(values, 6, seed=1, starts=2, sample=np.arange(3_000)))
    assert found[0].centroids.tobytes() == found[1].centroids.tobytes()
    assert found[0].centroids.tobytes() == found[2].centroids.tobytes()
    assert found[0].inertia == found[1].inertia == found[2].inertia


def test_shuffled_rows_sorted_back_give_the_same_clusters() -> None:
    values, _ = blurred(4, 5)
    ids = np.array([f"C{row:05}" for row in range(len(values))])
    shuffled = np.random.default_rng(0).permutation(len(values))
    back = shuffled[np.argsort(ids[shuffled])]
    first = fit_kmeans(values, 5, seed=2, starts=3)
    again = fit_kmeans(values[back], 5, seed=2, starts=3)
    assert first.centroids.tobytes() == again.centroids.tobytes()


def test_numbers_do_not_depend_on_the_start_that_won() -> None:
    values, _ = blurred(6, 4)
    fits = [fit_kmeans(values, 4, seed=seed, starts=4) for seed in range(4)]
    labels = [fitted.assign(values).labels for fitted in fits]
    assert all(np.array_equal(labels[0], other) for other in labels[1:])
    assert all(a <= b for a, b in pairwise(fits[0].centroids[:, 0]))


def test_starts_may_be_given() -> None:
    values, truth = blurred(7, 3)
    centres = np.array([values[truth == number].mean(axis=0) for number in range(3)])
    poor = values[:3]
    fitted = fit_kmeans(values, 3, seed=0, starts=1, initial=[poor, centres])
    assert fitted.inertia == pytest.approx(fit_kmeans(values, 3, seed=0, starts=5).inertia)


def test_a_short_draw_of_starts_is_the_beginning_of_a_long_one() -> None:
    tiles = Tiles.of(blurred(1, 4, rows=500)[0])
    short, long = (starting_points(tiles, k, [np.random.default_rng(3)])[0] for k in (4, 12))
    assert np.array_equal(short, long[:4])


def test_a_row_more_and_a_cluster_less_are_the_best_there_are() -> None:
    values = np.array([[0.0], [1.0], [10.0], [11.0], [100.0], [101.0]])
    tiles = Tiles.of(values)
    more = one_more(tiles, np.array([[0.5], [10.5]]), np.random.default_rng(0))
    assert more[2, 0] in (100.0, 101.0)
    less = one_less(tiles, np.array([[0.5], [10.5], [100.5]]))
    assert sorted(less[:, 0]) == [5.5, 100.5]
    assert inertia_at(tiles, less) == pytest.approx(4 * 25.25 + 2 * 0.25)


def test_a_sweep_comes_near_the_best_of_many_starts_at_every_number() -> None:
    numbers = range(2, 11)
    for seed in range(3):
        tiles = Tiles.of(blurred(seed, 5, rows=1_500)[0])
        few = swept_starts(tiles, numbers, seed=0, starts=2, keep=1)
        many = swept_starts(tiles, numbers, seed=1, starts=30, keep=1)
        ratios = [
            inertia_at(tiles, one) / inertia_at(tiles, other)
            for (one,), (other,) in zip(few, many, strict=True)
        ]
        assert max(ratios) < 1.02
        assert np.mean(ratios) < 1.004


def test_starts_far_above_the_best_are_not_carried_on() -> None:
    values, truth = blurred(7, 3)
    tiles = Tiles.of(values)
    good = np.array([values[truth == number].mean(axis=0) for number in range(3)])
    poor = np.vstack([good[:1], good[:1] + 0.01, good[:1] - 0.01])
    both = [poor, good]
    assert len(best_of(tiles, both, iterations=1, keep=3)) == 2
    (kept,) = best_of(tiles, both, iterations=1, keep=3, near=1.02)
    assert inertia_at(tiles, kept) <= inertia_at(tiles, good)


def test_a_centroid_without_rows_is_put_to_use() -> None:
    values = np.array([[0.0], [1.0], [10.0], [11.0]])
    centroids, inertia = lloyd(Tiles.of(values), np.array([[0.5], [500.0]]))
    assert sorted(centroids[:, 0]) == [0.5, 10.5]
    assert inertia == pytest.approx(1.0)


@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 30), st.just(3)),
        elements=st.floats(-1e6, 1e6, width=32),
    ),
    hnp.arrays(np.float64, (4, 3), elements=st.floats(-1e6, 1e6, width=32)),
)
@settings(max_examples=60, deadline=None)
def test_placing_agrees_with_a_direct_computation(values: Floats, centroids: Floats) -> None:
    fitted = Centroids(centroids, 0.0)
    placed = fitted.assign(values)
    apart = directly(values, centroids)
    nearest = np.sort(apart, axis=1)
    assert np.allclose(placed.distance, nearest[:, 0], rtol=1e-9, atol=1e-9)
    assert np.allclose(placed.runner_up_distance, nearest[:, 1], rtol=1e-9, atol=1e-9)
    assert (placed.labels != placed.runner_up).all()
    for row in range(len(values)):
        alone = fitted.assign(values[row : row + 1])
        assert alone.labels[0] == placed.labels[row]
        assert alone.distance[0] == placed.distance[row]
        assert alone.runner_up[0] == placed.runner_up[row]


def test_the_distance_is_a_plain_sum_from_left_to_right() -> None:
    values, _ = blurred(8, 3, rows=50)
    fitted = fit_kmeans(values, 3, seed=0, starts=2)
    placed = fitted.assign(values)
    for row, label, distance in zip(values, placed.labels, placed.distance, strict=True):
        total = 0.0
        for value, centre in zip(row.tolist(), fitted.centroids[label].tolist(), strict=True):
            total += (value - centre) * (value - centre)
        assert distance == math.sqrt(total)


def test_near_duplicates_far_from_zero_keep_their_distance() -> None:
    fitted = Centroids(np.array([[1e8, 0.0], [1e8 + 1e-3, 0.0]]), 0.0)
    placed = fitted.assign(np.array([[1e8 + 9e-4, 0.0]]))
    assert placed.labels.tolist() == [1]
    assert placed.distance[0] == (1e8 + 1e-3) - (1e8 + 9e-4)


def test_a_tie_goes_to_the_lower_number() -> None:
    placed = Centroids(np.array([[-1.0], [1.0], [1.0]]), 0.0).assign(np.array([[0.0], [1.0]]))
    assert placed.labels.tolist() == [0, 1]
    assert placed.runner_up.tolist() == [1, 2]


@pytest.mark.filterwarnings("error")
def test_far_away_values_are_placed_without_nan() -> None:
    fitted = Centroids(np.array([[-1.0, 0.0], [1.0, 0.0], [1.0, 5.0]]), 0.0)
    far = np.array([[1e300, 0.0], [-1e300, 1e300], [1e308, -1e308], [3.0, 0.0]])
    placed = fitted.assign(far)
    assert np.isfinite(placed.distance).all()
    assert np.isfinite(placed.runner_up_distance).all()
    assert placed.distance[:2] == pytest.approx([1e300, math.sqrt(2) * 1e300])
    assert placed.labels.tolist() == [0, 0, 0, 1]


def test_no_rows_are_placed_as_none() -> None:
    assert Centroids(np.zeros((2, 3)), 0.0).assign(np.zeros((0, 3))).labels.shape == (0,)


def test_json_keeps_every_bit() -> None:
    values, _ = blurred(9, 3)
    fitted = fit_kmeans(values / 3, 3, seed=0, starts=2)
    again = Centroids.from_json(fitted.to_json())
    assert again.centroids.tobytes() == fitted.centroids.tobytes()
    assert (again.k, again.inertia) == (3, fitted.inertia)


def test_repeated_and_constant_columns_are_no_trouble() -> None:
    values = np.repeat([[0.0, 7.0], [1.0, 7.0], [5.0, 7.0]], [40, 30, 20], axis=0)
    fitted = fit_kmeans(values, 3, seed=0, starts=2)
    assert fitted.centroids.tolist() == [[0.0, 7.0], [1.0, 7.0], [5.0, 7.0]]
    assert fitted.inertia == 0.0


@pytest.mark.parametrize(
    ("values", "k", "message"),
    [
        ([[0.0], [1.0]], 1, "at least 2"),
        (
            [[0.0], [1.0], [1.0]],
            3,
            "3 segments were asked for, but the customers differ in only",
        ),
        ([[0.0], [math.nan]], 2, "missing or infinite"),
        ([[0.0], [math.inf]], 2, "inf in row 1, column 0"),
        ([[0.0], [1e200]], 2, "too large to square"),
    ],
)
def test_what_cannot_be_fitted_is_refused(values: list[list[float]], k: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        fit_kmeans(np.array(values), k, seed=0, starts=1)


def test_rows_with_other_columns_are_refused() -> None:
    with pytest.raises(DataError, match="made from 2 columns") as caught:
        Centroids(np.zeros((2, 2)), 0.0).assign(np.zeros((1, 3)))
    assert "Found: 3 columns" in str(caught.value)


def test_minus_zero_is_zero_when_rows_are_counted() -> None:
    assert module.distinct_rows(np.array([[0.0], [-0.0]]), 5) == 1
