"""The choice of k: planted numbers are found, crowds have none, a given k is obeyed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from planted_groups import blurred, crowds, shoppers, standardised
from threadpoolctl import threadpool_limits

from clustomer.clustering import parallel
from clustomer.clustering.choose import choose_k, fit_clusters
from clustomer.clustering.contract import Choice, Evidence, Labels
from clustomer.clustering.decide import decide
from clustomer.clustering.stability import adjusted_rand
from clustomer.errors import DataError
from clustomer.matrix.matrix import Floats
from clustomer.recipe.settings import ClusteringSettings

QUICK = ClusteringSettings(starts=4, resamples=4)


def chosen(values: Floats, settings: ClusteringSettings = QUICK, seed: int = 0) -> Choice:
    return choose_k(values, np.arange(len(values)), settings, seed=seed, space="made")


@pytest.mark.parametrize("made", [blurred, shoppers])
def test_planted_numbers_are_found(made: Callable[..., tuple[Floats, Labels]]) -> None:
    found = []
    for k, seed in product((3, 4, 5, 6, 7), (11, 12)):
        values, truth = made(seed, k, rows=1_200)
        choice = chosen(values)
        assert choice.clear
        fitted = fit_clusters(values, np.arange(len(values)), choice, QUICK, seed=0)
        found.append((choice.k == k, adjusted_rand(fitted.assign(values).labels, truth)))
    hits, agreement = np.mean(found, axis=0)
    assert hits >= 0.8
    assert agreement > 0.85


@pytest.mark.parametrize("name", ["normal", "correlated", "square", "cube"])
def test_a_crowd_has_no_clear_structure(name: str) -> None:
    choice = chosen(crowds(5)[name])
    assert not choice.clear
    assert 2 <= choice.k <= 10
    assert "no clear structure" in choice.reason


def test_a_given_k_is_obeyed_with_its_evidence() -> None:
    values, _ = blurred(1, 4)
    choice = chosen(values, QUICK.model_copy(update={"k": 3}))
    assert (choice.k, choice.given) == (3, True)
    assert [one.k for one in choice.evidence] == list(range(2, 11))
    assert choice.reason.startswith("3 was asked for. The evidence speaks for 4")
    assert fit_clusters(values, np.arange(len(values)), choice, QUICK, seed=0).k == 3
    choice = chosen(values, QUICK.model_copy(update={"k": 14}))
    assert choice.k == 14
    assert choice.evidence[-1].k == 14


def test_all_rows_are_fitted_from_the_sample() -> None:
    values, truth = blurred(2, 5, rows=6_000)
    sample = np.arange(0, 6_000, 4)
    choice = choose_k(values, sample, QUICK, seed=0, space="made")
    assert choice.space == "made, 1,500 of 6,000 rows"
    fitted = fit_clusters(values, sample, choice, QUICK, seed=0)
    assert adjusted_rand(fitted.assign(values).labels, truth) > 0.85
    bare = replace(choice, starts=())
    again = fit_clusters(values, sample, bare, QUICK, seed=0)
    assert again.inertia == pytest.approx(fitted.inertia, rel=1e-6)


def test_the_same_choice_for_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    values, _ = blurred(3, 4, rows=900)
    found = []
    for count in (1, 2):
        monkeypatch.setattr(parallel, "threads", lambda count=count: count)
        with threadpool_limits(count):
            found.append(chosen(values))
    assert found[0] == found[1]
    assert found[0].starts[0].tobytes() == found[1].starts[0].tobytes()


def test_what_is_being_done_is_told() -> None:
    told: list[str] = []
    values, _ = blurred(3, 3, rows=300)
    choose_k(values, np.arange(300), QUICK, seed=0, space="made", on_step=told.append)
    assert told == [
        "cluster 300 rows into 2 to 10 groups",
        "look for groups by k-means",
        "measure what was found",
    ]


def test_few_distinct_rows_limit_the_numbers() -> None:
    values = np.repeat([[0.0, 0.0], [4.0, 1.0], [9.0, 3.0]], 30, axis=0)
    choice = chosen(values)
    assert [one.k for one in choice.evidence] == [2, 3]
    assert (choice.k, choice.clear) == (3, True)
    two = chosen(np.array([[0.0], [1.0]]))
    assert two.k == 2
    assert fit_clusters(np.array([[0.0], [1.0]]), np.arange(2), two, QUICK, seed=0).inertia == 0.0


def test_customers_that_are_all_alike_are_refused() -> None:
    for values in (np.ones((50, 3)), np.ones((1, 3))):
        with pytest.raises(DataError, match="all customers are alike"):
            chosen(values)


def test_k_above_the_distinct_customers_is_refused() -> None:
    values = np.repeat([[0.0], [1.0], [2.0]], 10, axis=0)
    with pytest.raises(
        DataError, match="5 segments were asked for, but the customers differ in only"
    ) as caught:
        chosen(values, QUICK.model_copy(update={"k": 5}))
    assert "at most 3" in caught.value.remedy


def rows_of(*rows: tuple[int, float, float, float, float, float]) -> Iterator[Evidence]:
    for k, gain, stability, silhouette, davies_bouldin, bend in rows:
        yield Evidence(
            k=k,
            inertia=1.0,
            elbow=bend,
            silhouette=silhouette,
            davies_bouldin=davies_bouldin,
            stability=stability,
            stability_low=stability,
            smallest_share=0.1,
            gain=gain,
        )


def test_the_largest_real_number_that_stands_apart_is_taken() -> None:
    evidence = list(
        rows_of(
            (2, 1.3, 0.95, 0.30, 1.5, 0.0),
            (3, 2.0, 0.95, 0.40, 1.0, 0.3),
            (4, 1.5, 0.90, 0.38, 1.2, 0.2),
            (5, 1.3, 0.90, 0.40, 1.0, 0.1),
            (6, 1.5, 0.60, 0.40, 1.0, 0.1),
            (7, 1.5, 0.90, 0.30, 1.0, 0.1),
            (8, 1.5, 0.90, 0.40, 1.4, 0.1),
            (9, 1.0, 0.95, 0.40, 1.0, 0.0),
        )
    )
    decision = decide(evidence)
    assert (decision.k, decision.clear) == (4, True)
    assert "1.5 times" in decision.reason
    assert "0.90 of 1" in decision.reason
    assert decide(evidence, given=4).reason.startswith(
        "4 was asked for. The evidence speaks for it"
    )
    unreal = decide(evidence, given=6)
    assert (unreal.k, unreal.clear) == (6, False)


def test_without_a_real_number_the_bend_decides() -> None:
    steady = rows_of(
        (2, 1.0, 0.9, 0.4, 1.0, 0.0), (3, 1.1, 0.9, 0.3, 1.0, 0.2), (4, 3.0, 0.2, 0.3, 1.0, 0.9)
    )
    decision = decide(list(steady))
    assert (decision.k, decision.clear) == (3, False)
    assert "at best 1.1 times as much, at 3" in decision.reason
    assert "3 is taken as a workable number: among those it is at the bend" in decision.reason
    shaky = decide(list(rows_of((2, 1.0, 0.3, 0.1, 1.0, 0.9), (3, 1.1, 0.4, 0.2, 1.0, 0.0))))
    assert (shaky.k, shaky.clear) == (2, False)
    assert "at best an agreement of 0.40 of 1, at 3" in shaky.reason
    obeyed = decide(list(rows_of((2, 1.0, 0.3, 0.1, 1.0, 0.9))), given=2)
    assert "no clear structure at any number looked at" in obeyed.reason


def test_mall_customers_have_five_groups(real_data: Callable[[str], Path]) -> None:
    raw = np.genfromtxt(real_data("mall") / "Mall_Customers.csv", delimiter=",", skip_header=1)
    choice = chosen(standardised(raw[:, 3:5]))
    assert (choice.k, choice.clear) == (5, True)
