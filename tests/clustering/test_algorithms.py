"""Every algorithm: finds what it should, places alike after reading back, says what it cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planted_groups import blurred, crowds, standardised
from threadpoolctl import threadpool_limits

from clustomer.clustering.algorithms import ALGORITHMS, read_clusterer
from clustomer.clustering.centroids import BY_CENTRE, Centroids
from clustomer.clustering.choose import algorithms_of, choose_k, fit_clusters
from clustomer.clustering.contract import Choice, Clusterer, Evidence, Labels
from clustomer.clustering.decide import decide
from clustomer.clustering.mixture import FLATTEST, fit_mixture, one_cloud_less
from clustomer.clustering.prototypes import blocks_of, fit_prototypes
from clustomer.clustering.rfm import GROUPS
from clustomer.clustering.rules import FEATURES
from clustomer.clustering.stability import adjusted_rand
from clustomer.errors import DataError
from clustomer.matrix.matrix import Floats
from clustomer.names import ALGORITHMS as NAMES
from clustomer.names import AlgorithmName
from clustomer.recipe.settings import ClusteringSettings

SEARCHED = tuple(name for name in NAMES if name != "rules")


def fitted(
    values: Floats,
    algorithm: AlgorithmName | tuple[AlgorithmName, ...],
    k: int | None = None,
    features: tuple[str, ...] = (),
) -> tuple[Choice, Clusterer]:
    settings = ClusteringSettings(
        algorithm=algorithm, k=k or "auto", k_max=6, starts=4, resamples=3
    )
    sample = np.arange(0, len(values), 2 if len(values) > 1_200 else 1)
    choice = choose_k(values, sample, settings, seed=0, space="made", features=features)
    clusterer = fit_clusters(values, sample, choice, settings, seed=0, features=features)
    return choice, clusterer


def test_the_table_says_of_each_what_it_does_and_cannot() -> None:
    assert tuple(ALGORITHMS) == NAMES
    for one in ALGORITHMS.values():
        assert one.says
        assert one.cannot.startswith("it cannot")


@pytest.mark.parametrize("name", SEARCHED)
def test_planted_groups_are_found_and_placed_alike_after_reading_back(
    name: AlgorithmName,
) -> None:
    values, truth = blurred(5, 4, rows=1_000)
    choice, clusterer = fitted(values[:, :7], name, k=4)
    assert choice.algorithm == clusterer.algorithm == name
    assert isinstance(clusterer, Centroids) == (name in BY_CENTRE)
    placed = clusterer.assign(values[:, :7])
    assert adjusted_rand(placed.labels, truth) > (0.6 if name == "hdbscan" else 0.85)
    again = read_clusterer(clusterer.to_json())
    assert again.to_json() == clusterer.to_json()
    replaced = again.assign(values[:, :7])
    assert replaced.labels.tobytes() == placed.labels.tobytes()
    assert replaced.distance.tobytes() == placed.distance.tobytes()
    assert (placed.runner_up != placed.labels).all()
    assert clusterer.centroids.shape == (clusterer.k, 7)
    assert "distance" in clusterer.measure
    alone = clusterer.assign(values[3:4, :7])
    assert alone.labels[0] == placed.labels[3]
    assert alone.distance[0] == pytest.approx(placed.distance[3], rel=1e-12)


@pytest.mark.parametrize("name", SEARCHED)
def test_the_same_bits_for_any_number_of_threads(name: AlgorithmName) -> None:
    values, _ = blurred(6, 3, rows=500)
    texts = []
    for count in (1, 2):
        with threadpool_limits(count):
            texts.append(fitted(values, name)[1].to_json())
    assert texts[0] == texts[1]


@pytest.mark.parametrize("name", [name for name in SEARCHED if name != "hdbscan"])
def test_evenly_spread_customers_have_no_clear_structure(name: AlgorithmName) -> None:
    choice, _ = fitted(crowds(3, rows=900)["cube"], name)
    assert not choice.clear
    assert "no clear structure" in choice.reason


def test_dense_finds_nothing_where_customers_are_spread_evenly() -> None:
    values = crowds(3, rows=60)["cube"]
    with pytest.raises(DataError, match="nowhere do customers crowd") as caught:
        fitted(values, "hdbscan")
    assert "smallest_share" in caught.value.remedy
    choice, _ = fitted(values, ("k-means", "hdbscan"))
    assert choice.algorithm == "k-means"
    assert "HDBSCAN finds no segment" in choice.reason
    assert not fitted(crowds(3, rows=900)["cube"], "hdbscan")[0].clear


def long_clouds(rows: int = 900) -> tuple[Floats, Labels]:
    """Two long clouds side by side, which k-means cuts across."""
    random = np.random.default_rng(4)
    labels = (np.arange(rows) % 2).astype(np.int32)
    values = random.normal(size=(rows, 2)) * [6.0, 0.5]
    values[:, 1] += 4.0 * labels
    return standardised(values @ np.array([[0.8, 0.6], [-0.6, 0.8]])), labels


def test_of_two_the_evidence_takes_the_one_that_describes_customers_better() -> None:
    values, truth = long_clouds()
    choice, clusterer = fitted(values, ("k-means", "gaussian-mixture"), k=2)
    assert choice.algorithm == "gaussian-mixture"
    placed = clusterer.assign(values)
    assert adjusted_rand(placed.labels, truth) > 0.95
    assert placed.probability is not None
    assert placed.probability.min() >= 0.5
    assert "gaussian-mixture is taken" in choice.reason
    assert {one.algorithm for one in choice.evidence} == {"k-means", "gaussian-mixture"}
    assert all(one.likelihood is not None for one in choice.evidence)


def test_where_half_share_a_value_auto_leaves_the_mixture_out_and_says_so() -> None:
    values, _ = long_clouds(300)
    settings = ClusteringSettings.model_validate({"algorithm": "auto", "k": 2, "k_max": 3})
    every = np.arange(len(values))
    values[: len(values) // 2, 1] = 0.0
    values[len(values) // 2, 1] = 0.0
    choice = choose_k(
        values, every, settings, seed=0, space="made", features=("spend", "returned_share")
    )
    assert {one.algorithm for one in choice.evidence} == {"k-means", "ward"}
    assert choice.reason.endswith(
        " A Gaussian mixture was not tried: at least half of the customers share one value of "
        "returned_share."
    )
    asked = settings.model_copy(update={"algorithm": "gaussian-mixture"})
    assert choose_k(values, every, asked, seed=0, space="made").algorithm == "gaussian-mixture"


def test_a_likelihood_must_lead_by_more_than_chance_to_beat_the_simpler() -> None:
    plain = Evidence(2, 1.0, 0.0, 0.5, 1.0, 0.95, 0.9, 0.4, gain=2.0, likelihood=-3.0)
    plain = replace(plain, likelihoods=(-3.4, -2.6, -3.2, -2.8))
    by_chance = (-3.3, -2.9, -3.1, -2.3)
    always = tuple(one + 0.1 for one in plain.likelihoods)
    for likelihoods, taken in ((by_chance, "k-means"), (always, "ward")):
        other = replace(plain, algorithm="ward", likelihood=-2.9, likelihoods=likelihoods)
        assert sum(likelihoods) / 4 == pytest.approx(-2.9)
        assert decide([plain, other]).algorithm == taken


def test_a_core_inside_a_shell_comes_back_in_every_half() -> None:
    random = np.random.default_rng(0)
    shell = random.normal(size=(300, 3))
    shell *= 8.0 / np.sqrt(np.square(shell).sum(axis=1, keepdims=True))
    values = np.vstack([random.normal(size=(300, 3)), shell])
    choice, _ = fitted(values, ("gaussian-mixture",), k=2)
    assert choice.taken is not None
    assert choice.taken.stability_low > 0.95


def test_joining_two_clouds_keeps_mean_and_spread() -> None:
    values, truth = blurred(4, 3, rows=800)
    three = fit_mixture(values, [truth])
    two = one_cloud_less(three)
    assert two.k == 2
    assert two.weights.sum() == pytest.approx(1.0)
    assert two.weights @ two.centroids == pytest.approx(three.weights @ three.centroids)
    whole = one_cloud_less(two)
    kept = np.cov(values.T, bias=True)
    added = FLATTEST * float(values.var(axis=0).mean()) * np.eye(values.shape[1])
    root = np.linalg.inv(whole.whiten[0])
    assert root.T @ root == pytest.approx(kept + added, abs=1e-3)


def test_a_mixture_is_as_likely_as_that_of_sklearn() -> None:
    from sklearn.mixture import GaussianMixture

    values, truth = blurred(4, 3, rows=800)
    ours = fit_mixture(values, [truth], settled=1e-7, iterations=500)
    means = np.array([values[truth == number].mean(axis=0) for number in range(3)])
    flattest = FLATTEST * float(values.var(axis=0).mean())
    peer = GaussianMixture(3, reg_covar=flattest, means_init=means, tol=1e-7, max_iter=500)
    assert ours.likelihood(values) == pytest.approx(peer.fit(values).score(values), abs=1e-4)


def test_dense_keeps_customers_that_are_like_no_other_apart() -> None:
    random = np.random.default_rng(2)
    rings = [random.normal(size=(400, 2)) * 0.3 + centre for centre in ([0, 0], [5, 5])]
    scattered = random.uniform(-8, 12, size=(80, 2))
    values = np.vstack([*rings, scattered])
    _, clusterer = fitted(values, "hdbscan")
    assert clusterer.k == 3
    assert clusterer.names == {2: "Not Like Any Other"}
    far = clusterer.assign(np.array([[50.0, 50.0], [0.1, 0.1], [5.0, 4.9]]))
    assert far.labels.tolist() == [2, 0, 1]
    assert far.runner_up[0] in (0, 1)


def mixed(rows: int = 1_000) -> tuple[Floats, tuple[str, ...], Labels]:
    """Three groups, told apart by a category and two numbers together."""
    random = np.random.default_rng(8)
    labels = random.integers(3, size=rows).astype(np.int32)
    category = np.where(random.random(rows) < 0.9, labels, random.integers(3, size=rows))
    numbers = random.normal(size=(rows, 2)) + 1.5 * np.array([[0, 0], [1, 0], [0, 1]])[labels]
    one_hot = np.eye(3)[category] / np.sqrt(2 / 3)
    return np.hstack([standardised(numbers), one_hot]), ("a", "b", "c", "c", "c"), labels


def test_prototypes_have_one_value_for_each_category() -> None:
    values, features, truth = mixed()
    choice, clusterer = fitted(values, "k-prototypes", k=3, features=features)
    assert adjusted_rand(clusterer.assign(values).labels, truth) > 0.6
    assert (np.count_nonzero(clusterer.centroids[:, 2:], axis=1) == 1).all()
    assert choice.algorithm == "k-prototypes"


def test_100_000_customers_with_categories_take_seconds() -> None:
    import time

    values, features, truth = mixed(100_000)
    start = time.process_time()
    clusterer = fit_prototypes(values, [values[:3]], blocks_of(features))
    assert time.process_time() - start < 30
    assert adjusted_rand(clusterer.assign(values).labels, truth) > 0.6


def test_auto_tries_what_fits_the_features() -> None:
    auto = ClusteringSettings(algorithm="auto")
    assert algorithms_of(auto, ("a", "b")) == ("k-means", "gaussian-mixture", "ward")
    assert "gaussian-mixture" not in algorithms_of(auto, ("a", "c", "c"))


def test_a_mixture_of_categories_is_refused() -> None:
    values, features, _ = mixed(300)
    with pytest.raises(DataError, match="A Gaussian mixture cannot take categories") as caught:
        fitted(values, "gaussian-mixture", features=features)
    assert caught.value.found == "c in segment_on"


def test_rules_are_the_classic_groups_and_ties_score_alike() -> None:
    random = np.random.default_rng(0)
    values = np.column_stack(
        [random.exponential(size=800), random.poisson(3, 800), random.exponential(size=800)]
    ).astype(np.float64)
    choice, clusterer = fitted(values, "rules", features=FEATURES)
    assert set(clusterer.names.values()) <= set(GROUPS)
    assert choice.evidence == ()
    again = read_clusterer(clusterer.to_json()).assign(values)
    assert np.array_equal(again.labels, clusterer.assign(values).labels)
    best = clusterer.assign(np.array([[0.0, 50.0, 50.0], [50.0, 0.0, 0.0]])).labels
    assert [clusterer.names[int(label)] for label in best] == ["Champions", "Lost"]


def test_rules_without_their_features_are_refused() -> None:
    with pytest.raises(DataError, match="need recency, frequency and monetary value"):
        fitted(np.zeros((10, 2)), "rules", features=("a", "b"))
