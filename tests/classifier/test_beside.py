"""A process beside the fit: the same answers as here, errors told, nothing left running."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from kinds import KINDS
from lessons import made

from clustomer import beside as process
from clustomer.beside import answer, beside
from clustomer.classifier.lesson import learn
from clustomer.clustering.algorithms import Task
from clustomer.clustering.parallel import one_blas_thread
from clustomer.clustering.references import Ground, references
from clustomer.errors import ClustomerError
from clustomer.names import AlgorithmName

BOTH: list[AlgorithmName] = ["k-means", "gaussian-mixture"]
TASK = Task(seed=4, starts=3)


def ground() -> Ground:
    random = np.random.default_rng(7)
    rows = random.normal(size=(240, 3)) + 5.0 * random.integers(0, 3, (240, 1))
    return Ground(rows, 1_000, (2, 3, 4), 3, compared=True)


@pytest.fixture
def unloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Act as if scikit-learn were not loaded, on two cores."""
    monkeypatch.setattr(process, "_worth_it", lambda: True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("unloaded")
def test_a_process_learns_as_this_one_does(kind: str) -> None:
    given = made(kind)
    with beside() as other:
        assert other.learn(given)() == learn(given)


@pytest.mark.usefixtures("unloaded")
def test_a_process_measures_as_this_one_does_and_then_learns() -> None:
    with beside() as other:
        referring = other.refer(BOTH, ground(), TASK)
        learning = other.learn(made("decision-tree"))
        found = referring()
        assert learning() == learn(made("decision-tree"))
    with one_blas_thread():
        here = references(BOTH, ground(), TASK)
    assert (found.crowds, found.boxes) == (here.crowds, here.boxes)
    for name in BOTH:
        for one, other_one in zip(found.resamples[name], here.resamples[name], strict=True):
            assert one.densities == other_one.densities
            assert [labels.dtype for labels in one.labels] == [np.int32] * 3
            assert np.array_equal(one.labels, other_one.labels)


def test_where_scikit_learn_is_loaded_no_process_is_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sklearn  # noqa: F401

    monkeypatch.setattr(subprocess, "Popen", None)
    with beside() as other, one_blas_thread():
        assert other.learn(made("decision-tree"))().assessment.kind == "decision-tree"
        assert set(other.refer(["k-means"], ground(), TASK)().boxes) == {2, 3, 4}


def test_nothing_asked_is_nothing_answered() -> None:
    answers = io.BytesIO()
    answer(io.BytesIO(), answers)
    assert answers.getvalue() == b""


@pytest.mark.usefixtures("unloaded")
def test_a_process_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clustomer.classifier.lesson.packed_lesson", lambda _: b"no lesson")
    with beside() as other:
        waiting = other.learn(made())
        with pytest.raises(ClustomerError) as error:
            waiting()
    assert error.value.what == (
        "The process that should train the classifier ended before it had answered."
    )
    assert "Error" in error.value.found


@pytest.mark.usefixtures("unloaded")
def test_an_error_in_the_fit_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def start(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(real(*arguments, **options))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(ValueError, match="bad table"), beside():
        raise ValueError("bad table")
    assert started[0].returncode is not None


def test_what_the_process_needs_of_ours_loads_no_tables() -> None:
    """Scikit-learn loads pandas where that is installed; without it, Arrow would take a while."""
    script = (
        "import sys, clustomer.beside, clustomer.clustering.packing, clustomer.classifier.lesson; "
        "print({'pyarrow', 'pandas', 'duckdb'} & {*sys.modules})"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert told.strip() == "set()"
