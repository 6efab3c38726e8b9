"""Where the evidence calls segments stable, a bootstrap of the customers keeps them."""

from __future__ import annotations

import numpy as np
import pytest
from planted_groups import blurred
from scipy.optimize import linear_sum_assignment

from clustomer.clustering.choose import choose_k, fit_clusters
from clustomer.clustering.contract import Choice, Labels
from clustomer.clustering.stability import contingency
from clustomer.matrix.matrix import Floats
from clustomer.recipe.settings import ClusteringSettings

SETTINGS = ClusteringSettings(k_max=7, starts=4, resamples=4)


def found(values: Floats) -> tuple[Choice, Labels]:
    every = np.arange(len(values))
    choice = choose_k(values, every, SETTINGS, seed=0, space="made")
    return choice, fit_clusters(values, every, choice, SETTINGS, seed=0).assign(values).labels


@pytest.mark.parametrize("seed", [1, 2])
def test_customers_keep_their_segment_in_a_bootstrap(seed: int) -> None:
    values, _ = blurred(seed, 4, rows=1_500)
    choice, labels = found(values)
    taken = choice.taken
    assert taken is not None
    assert taken.stability >= SETTINGS.stable
    drawn = np.random.default_rng(seed).integers(len(values), size=len(values))
    _, again = found(values[drawn])
    table = contingency(labels[drawn], again)
    assert table[linear_sum_assignment(-table)].sum() / len(drawn) >= 0.95
