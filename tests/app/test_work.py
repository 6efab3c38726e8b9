"""Work in the background: it ends, it fails in words, it can be cancelled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clustomer.app.work import Job, Workers
from clustomer.runs import read_run


@pytest.fixture
def workers() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.end_all()


def _ended(workers: Workers, jobs: Path, name: str) -> Job:
    for _ in range(600):
        job = workers.read(jobs, name)
        assert job is not None
        if job.state != "running":
            return job
        time.sleep(0.1)
    pytest.fail("the job did not end")


def test_a_fit_ends_with_a_run(demo: tuple[Path, Path], workers: Workers, tmp_path: Path) -> None:
    out = tmp_path / "run"
    asked = {"data": str(demo[0]), "recipe": {"base": "retail", "name": "retail"}, "k": 3}
    name = workers.start(tmp_path, "fit", {**asked, "out": str(out)})
    job = _ended(workers, tmp_path, name)
    assert (job.state, job.error) == ("done", {})
    assert "cluster" in job.stages
    assert job.result["k"] == len(read_run(out).model.segments) == 3


def test_bad_tables_end_in_one_message(workers: Workers, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.csv").write_text("a,b\n1,2\n")
    asked = {"data": str(tmp_path / "data"), "recipe": {"base": "retail"}}
    job = _ended(workers, tmp_path, workers.start(tmp_path, "look", asked))
    assert job.state == "failed"
    assert "table 'sales'" in job.error["what"]
    assert job.error["remedy"]


def test_a_cancelled_job_ends_and_leaves_nothing(
    demo: tuple[Path, Path], workers: Workers, tmp_path: Path
) -> None:
    out = tmp_path / "out" / "run"
    asked = {"data": str(demo[0]), "recipe": {"base": "retail"}, "out": str(out)}
    name = workers.start(tmp_path, "fit", asked)
    workers.cancel(tmp_path / name)
    job = workers.read(tmp_path, name)
    assert job is not None
    assert job.state == "cancelled"
    assert workers.at_work() == 0
    assert not out.exists()


def test_a_job_of_a_process_that_is_gone_is_lost(workers: Workers, tmp_path: Path) -> None:
    name = workers.start(tmp_path, "look", {"data": "nowhere", "recipe": None})
    _ended(workers, tmp_path, name)
    (tmp_path / name / "error.json").unlink()
    other = Workers().read(tmp_path, name)
    assert other is not None
    assert other.state == "lost"
