"""Why a customer is in its segment, for algorithms that decide otherwise than by a centre."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import clustomer
from clustomer.cli.app import app
from clustomer.clustering.contract import Assignment
from clustomer.clustering.dense import NOISE_NAME, Dense
from clustomer.clustering.mixture import Mixture, fit_mixture
from clustomer.clustering.rules import Rules
from clustomer.matrix.matrix import Floats
from clustomer.pipeline import Run
from clustomer.segments.decision import decision_of
from clustomer.segments.explain import Explanation
from clustomer.segments.reach import sureness_of

BASE = {"base": "retail", "classifier": {"kind": "decision-tree", "folds": 2}}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    clustomer.write_demo(folder, customers=700, seed=4)
    return folder


def fitted(demo: Path, algorithm: str) -> Run:
    clustering = {"algorithm": algorithm, "k": 4, "k_max": 4, "resamples": 2, "starts": 2}
    return clustomer.fit(demo, recipe={**BASE, "clustering": clustering})


def explained(run: Run, most: int = 60) -> Iterator[tuple[Explanation, Floats]]:
    rows = run.customers.slice(0, most)
    values = run.model.preparation.transform(rows).values
    yield from zip(run.model.explain(rows), values, strict=True)


def placed(labels: int, runner_up: int) -> Assignment:
    one = np.zeros(1)
    return Assignment(np.array([labels], np.int32), one, np.array([runner_up], np.int32), one)


@pytest.fixture(scope="module")
def mixture(demo: Path) -> Run:
    return fitted(demo, "gaussian-mixture")


def test_pulls_and_the_rest_are_how_much_more_probable_a_cloud_is(mixture: Run) -> None:
    clusterer = mixture.model.clusterer
    assert isinstance(clusterer, Mixture)
    cluster = {one.id: one.cluster for one in mixture.model.segments}
    for one, values in explained(mixture):
        _, joint = clusterer._densities(values[np.newaxis])
        odds = joint[0, cluster[one.segment_id]] - joint[0, cluster[one.runner_up_id]]
        assert sum(pull.pull for pull in one.pulls) + one.rest == pytest.approx(odds, abs=1e-6)
        assert odds >= 0
        assert any("how probable each segment is" in text for text in one.sentences)


def test_the_probability_is_a_column_and_says_how_sure(mixture: Run, tmp_path: Path) -> None:
    probable = mixture.customers["probability"].to_numpy()
    assert ((probable > 0) & (probable <= 1)).all()
    for one, at in zip(explained(mixture), probable, strict=False):
        assert one[0].probability == pytest.approx(at)
        assert one[0].sure == pytest.approx(max(2 * at - 1, 0.0))
        assert any("with a probability of" in text for text in one[0].sentences)


def test_scoring_writes_the_probability(mixture: Run, demo: Path, tmp_path: Path) -> None:
    mixture.save(tmp_path / "run")
    out = tmp_path / "placed.parquet"
    told = CliRunner().invoke(
        app, ["score", str(tmp_path / "run" / "model"), str(demo), "--out", str(out)]
    )
    assert told.exit_code == 0, told.output
    table = pq.read_table(out)
    assert table.column_names[1:] == [
        "segment_id", "segment_name", "distance", "runner_up_id", "probability",
    ]  # fmt: skip
    name = table.column_names[0]
    mine = dict(
        zip(*(mixture.customers[c].to_pylist() for c in (name, "probability")), strict=True)
    )
    theirs = dict(zip(*(table[c].to_pylist() for c in (name, "probability")), strict=True))
    assert theirs == pytest.approx(mine)


def test_a_customer_in_the_middle_of_a_narrow_cloud_inside_a_wide_one_is_sure() -> None:
    random = np.random.default_rng(0)
    narrow, wide = random.normal(0, 0.1, (400, 2)), random.normal(0, 3, (400, 2))
    cloud = fit_mixture(np.vstack([narrow, wide]), [np.repeat(np.array([0, 1], np.int32), 400)])
    at = cloud.assign(np.array([[0.08, 0.08]]))
    assert at.distance[0] > at.runner_up_distance[0]
    assert sureness_of(at)[0] > 0.9


def test_hdbscan_is_explained_by_its_patches(demo: Path) -> None:
    run = fitted(demo, "hdbscan")
    dense = run.model.clusterer
    assert isinstance(dense, Dense)
    kinds = set()
    for one, values in explained(run, 300):
        kinds.add(one.by)
        decided = sum(pull.pull for pull in one.pulls) + one.rest
        assert decided >= 0
        if one.by == "patch":
            apart = one.runner_up_distance**2 - one.distance**2
            assert decided == pytest.approx(apart, abs=1e-9)
            assert any("not the segment's average" in text for text in one.sentences)
        else:
            assert NOISE_NAME in {one.segment_name, one.runner_up_name}
            reach = math.sqrt(-one.rest)
            assert decided == pytest.approx(one.distance**2 - reach**2, abs=1e-9)
            assert f"reaches as far as {reach:.2f}" in one.text
        assert len(values) == dense.patches.shape[1]
    assert kinds == {"patch", "edge"}


def test_a_single_crowd_holds_on_to_whom_its_patch_reaches() -> None:
    dense = Dense(
        np.array([[0.0, 0.0]]), np.array([2.0]), np.array([0], np.int32), np.zeros((2, 2)), 0.0
    )
    inside = decision_of(dense, np.array([1.0, 0.0]), placed(0, 1))
    assert (inside.by, float(inside.parts.sum()) + inside.rest) == ("edge", 3.0)
    beyond = decision_of(dense, np.array([3.0, 0.0]), placed(1, 0))
    assert (beyond.by, float(beyond.parts.sum()) + beyond.rest) == ("edge", 5.0)


def test_rules_are_explained_by_their_scores(demo: Path, tmp_path: Path) -> None:
    run = fitted(demo, "rules")
    rules = run.model.clusterer
    assert isinstance(rules, Rules)
    assert "probability" not in run.customers.column_names
    assert run.choice.reason.startswith("Rules were asked for (k = 4 has no say with them): ")
    for one, values in explained(run):
        assert one.scores == rules.scores(values)
        recency, frequency, monetary = one.scores
        cell = rules.grid[recency - 1, (frequency + monetary + 1) // 2 - 1]
        assert one.segment_id == next(s.id for s in run.model.segments if s.cluster == cell)
        assert one.sentences[1] == (
            f"Why: it scores {recency} of 5 for recency, {frequency} for frequency and {monetary} "
            f"for spend; the table of the classic RFM groups puts that into {one.segment_name}."
        )
        assert "next to" not in one.text
    run.save(tmp_path / "run")
    name = run.customers.column_names[0]
    someone = str(run.customers[name][0].as_py())
    told = CliRunner().invoke(app, ["explain", str(tmp_path / "run"), someone, "--json"])
    assert json.loads(told.output)["by"] == "scores"
