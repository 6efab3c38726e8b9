"""Every algorithm through the whole: fit, save, read back, score alike, export or refuse."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest

import clustomer
from clustomer.errors import OutputError, RecipeError
from clustomer.export import write_kmeans_joblib, write_model_pickle
from clustomer.names import ALGORITHMS, AlgorithmName
from clustomer.pipeline import Run

QUICK = {"trees": 3, "folds": 2, "sample": 500}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    clustomer.write_demo(folder, customers=400, seed=5)
    return folder


@pytest.fixture(scope="module")
def fitted(demo: Path) -> Callable[[AlgorithmName], Run]:
    return cache(lambda name: clustomer.fit(demo, recipe=recipe(name)))


def recipe(name: AlgorithmName, **clustering: object) -> dict[str, object]:
    return {
        "base": "retail",
        "clustering": {"algorithm": name, "k_max": 6, "resamples": 2, "starts": 3, **clustering},
        "classifier": QUICK,
    }


@pytest.mark.parametrize("name", ALGORITHMS)
def test_scoring_the_fitted_tables_gives_the_fitted_segments(
    name: AlgorithmName, fitted: Callable[[AlgorithmName], Run], demo: Path, tmp_path: Path
) -> None:
    run = fitted(name)
    run.save(tmp_path / "run")
    model = clustomer.load(tmp_path / "run")
    placed = model.assign(demo)
    for column in ("segment_id", "segment_name", "runner_up_id"):
        assert placed.column(column).to_pylist() == run.customers.column(column).to_pylist()
    assert model.clusterer.algorithm == name
    names = run.segments.column("name").to_pylist()
    if name == "rules":
        assert {"Champions", "Lost"} <= set(names)
    assert ("Not Like Any Other" in names) == (name == "hdbscan")
    header = (tmp_path / "run" / "choice.csv").read_text("utf-8").splitlines()[0]
    assert header.startswith("algorithm,k,inertia,elbow,gain,gap,")


@pytest.mark.parametrize("name", ["ward", "gaussian-mixture", "hdbscan"])
def test_exports_place_alike_or_say_why_not(
    name: AlgorithmName, fitted: Callable[[AlgorithmName], Run], tmp_path: Path
) -> None:
    import pickle

    run = fitted(name)
    model, path = run.model, tmp_path / "model.pkl"
    names = {segment.cluster: segment.name for segment in model.segments}
    if name == "hdbscan":
        with pytest.raises(OutputError, match="Segments by hdbscan cannot be written") as caught:
            write_model_pickle(path, model.preparation, model.clusterer, names)
        assert "--to sav" in caught.value.remedy
        return
    write_model_pickle(path, model.preparation, model.clusterer, names)
    pipeline = pickle.loads(path.read_bytes())
    features = run.intake.customers.select(list(model.preparation.inputs)).to_pandas()
    assert pipeline.predict(features).tolist() == run.assignment.labels.tolist()
    if name == "gaussian-mixture":
        with pytest.raises(OutputError, match="cannot be written as a k-means"):
            write_kmeans_joblib(path, model.clusterer)


def test_rules_stand_alone() -> None:
    lines = pa.table({"customer_id": ["a"], "date": ["2025-01-01"]})
    with pytest.raises(RecipeError, match="cannot be this list") as caught:
        clustomer.fit(lines, recipe="transactions", algorithm=("k-means", "rules"))
    assert "stand alone" in caught.value.remedy


def test_limits_that_cannot_be_kept_are_told(demo: Path) -> None:
    run = clustomer.fit(demo, recipe=recipe("k-means", smallest_share=0.45, k_min=3))
    (finding,) = [one for one in run.findings if one.code == "limits-not-met"]
    assert "smallest segment is largest" in finding.text
