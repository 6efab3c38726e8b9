"""Learning beside the fit: the same answer as here, errors told, nothing left running."""

from __future__ import annotations

import io
import subprocess

import numpy as np
import pytest
from kinds import KINDS

from clustomer.classifier import beside
from clustomer.classifier.beside import Lesson, learn_here, learning, lesson, packed, unpacked
from clustomer.errors import ClustomerError
from clustomer.matrix.matrix import Matrix
from clustomer.recipe.settings import ClassifierSettings


def made(kind: str = "random-forest") -> Lesson:
    random = np.random.default_rng(5)
    labels = np.repeat(np.arange(3, dtype=np.int32), 60)
    values = random.normal(size=(180, 2)) + labels[:, None] * 4.0
    settings = ClassifierSettings.model_validate({"kind": kind, "trees": 10})
    matrix = Matrix(values, ("spend", "orders"), ("spend", "orders"))
    return lesson(matrix, labels, np.arange(0, 180, 2), settings, seed=3)


@pytest.fixture
def unloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Act as if scikit-learn were not loaded, on two cores."""
    monkeypatch.setattr(beside, "_worth_it", lambda: True)


def test_a_lesson_survives_packing() -> None:
    given = made()
    again = unpacked(packed(given))
    assert np.array_equal(again.matrix.values, given.matrix.values)
    assert np.array_equal(again.labels, given.labels)
    assert (again.matrix.names, again.settings, again.seed) == (
        given.matrix.names,
        given.settings,
        given.seed,
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("unloaded")
def test_a_process_answers_as_this_one_does(kind: str) -> None:
    given = made(kind)
    with learning() as learn:
        assert learn(given)() == learn_here(given)


def test_where_scikit_learn_is_loaded_no_process_is_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sklearn  # noqa: F401

    monkeypatch.setattr(subprocess, "Popen", None)
    with learning() as learn:
        assert learn(made("decision-tree"))().assessment.kind == "decision-tree"


def test_the_process_reads_one_lesson_and_writes_one_answer() -> None:
    answers = io.BytesIO()
    beside.answer(io.BytesIO(packed(made("decision-tree"))), answers)
    assert answers.getvalue().endswith(learn_here(made("decision-tree")).classifier)
    nothing = io.BytesIO()
    beside.answer(io.BytesIO(), nothing)
    assert nothing.getvalue() == b""


@pytest.mark.usefixtures("unloaded")
def test_a_process_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "packed", lambda _: b"no lesson")
    with learning() as learn:
        waiting = learn(made())
        with pytest.raises(ClustomerError, match="its process ended before it had answered"):
            waiting()


@pytest.mark.usefixtures("unloaded")
def test_an_error_in_the_fit_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def start(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(real(*arguments, **options))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(ValueError, match="bad table"), learning():
        raise ValueError("bad table")
    assert started[0].returncode is not None
