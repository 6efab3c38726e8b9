"""A lesson and what was learnt from it, as bytes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from kinds import KINDS
from lessons import made

from clustomer.classifier.lesson import (
    learn,
    packed_lesson,
    packed_trained,
    unpacked_lesson,
    unpacked_trained,
)


def test_a_lesson_survives_packing() -> None:
    given = made()
    again = unpacked_lesson(packed_lesson(given))
    assert np.array_equal(again.matrix.values, given.matrix.values)
    assert np.array_equal(again.labels, given.labels)
    assert (again.matrix.names, again.settings, again.seed) == (
        given.matrix.names,
        given.settings,
        given.seed,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_learnt_survives_packing(kind: str) -> None:
    trained = learn(made(kind))
    assert unpacked_trained(packed_trained(trained)) == trained


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_learning_leaves_the_callers_warning_filters_alone() -> None:
    before = list(warnings.filters)
    for _ in range(3):
        learn(made())
    assert list(warnings.filters) == before
