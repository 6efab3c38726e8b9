"""The second seed's credit-card customers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import clustomer
from clustomer.pipeline import Run


@pytest.fixture(scope="module")
def run(real_data: Callable[[str], Path]) -> Run:
    return clustomer.fit(real_data("cc_general"), recipe="credit-card", k=4)


def test_customers_and_blanks(run: Run) -> None:
    assert run.customers.num_rows == 8950
    assert run.customers.column_names[0] == "CUST_ID"
    imputed = {one.feature: one for one in run.model.preparation.imputed}
    assert sum(one.count for one in imputed.values()) == 314
    limits = run.intake.customers.column("credit_limit").drop_null().to_numpy()
    assert imputed["credit_limit"].value == pytest.approx(limits.mean(), rel=1e-12)


def test_standardised_and_inertia(run: Run) -> None:
    assert np.allclose(run.matrix.values.mean(axis=0), 0, atol=1e-9)
    assert np.allclose(run.matrix.values.std(axis=0), 1, atol=1e-9)
    assert run.model.clusterer.inertia <= 99_073 * 1.001


def test_decision_tree_with_its_report(run: Run) -> None:
    assert run.assessment.kind == "decision-tree"
    assert run.assessment.agreement is not None
    assert run.assessment.agreement > 0.9
    assert "agrees with the clustering" in run.assessment.says
    assert len(run.assessment.confusion) == 4


def test_the_recipe_is_found_by_the_columns(real_data: Callable[[str], Path]) -> None:
    from clustomer.suggest import suggest_recipe

    suggestion = suggest_recipe(real_data("cc_general"))
    assert suggestion.recipe == "credit-card"
    assert "CC GENERAL.csv has CUST_ID, BALANCE" in suggestion.says
