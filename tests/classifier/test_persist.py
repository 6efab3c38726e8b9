"""The surrogate on disk: the same answers back, and nothing else ever built."""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skops.io
from made_clusters import made
from sklearn.linear_model import LogisticRegression

from clustomer.classifier.persist import ALLOWED, from_bytes, to_bytes
from clustomer.classifier.train import Kind, Surrogate, train
from clustomer.errors import BundleError
from clustomer.matrix.matrix import Matrix
from clustomer.recipe.settings import ClassifierSettings


def trained(kind: Kind = "decision-tree") -> tuple[Surrogate, Matrix]:
    matrix, labels = made(60, 40, 3, apart=1.0)
    settings = ClassifierSettings(kind=kind, trees=5)
    return train(matrix, labels, np.arange(103), settings, seed=1), matrix


@pytest.mark.parametrize("kind", ["random-forest", "decision-tree"])
def test_the_same_answers_come_back(kind: Kind) -> None:
    surrogate, matrix = trained(kind)
    data = to_bytes(surrogate)
    again = from_bytes(data)
    np.testing.assert_array_equal(
        again.predict_proba(matrix.values), surrogate.predict_proba(matrix.values)
    )
    assert again.importances == surrogate.importances
    for field in ("kind", "names", "k", "trained_on"):
        assert getattr(again, field) == getattr(surrogate, field)
    assert set(skops.io.get_untrusted_types(data=data)) <= set(ALLOWED)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {part.compress_type for part in archive.infolist()} == {zipfile.ZIP_DEFLATED}


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_pickle_is_refused_unopened(tmp_path: Path) -> None:
    trap = tmp_path / "opened"
    with pytest.raises(BundleError, match="classifier cannot be read") as caught:
        from_bytes(pickle.dumps(Trap(trap)))
    assert "File is not a zip file" in caught.value.found
    assert not trap.exists()


def test_types_that_are_not_allowed_are_named_and_not_built(tmp_path: Path) -> None:
    trap = tmp_path / "opened"
    with pytest.raises(BundleError) as caught:
        from_bytes(skops.io.dumps({"estimator": Trap(trap)}))
    assert "it would build objects of type" in caught.value.found
    assert "Trap" in caught.value.found
    assert not trap.exists()


def test_damaged_bytes_are_refused() -> None:
    data = to_bytes(trained()[0])
    for damaged in (b"", data[: len(data) // 2], data[100:]):
        with pytest.raises(BundleError, match="classifier cannot be read"):
            from_bytes(damaged)


def test_other_content_is_refused() -> None:
    surrogate, matrix = trained()
    other = LogisticRegression().fit(matrix.values, np.arange(103) % 3)
    for wrong in (
        replace(surrogate, estimator=other),
        replace(surrogate, kind="random-forest"),
        replace(surrogate, names=surrogate.names[1:]),
        replace(surrogate, k=2),
        replace(surrogate, k=0),
        replace(surrogate, trained_on=True),
    ):
        with pytest.raises(BundleError) as caught:
            from_bytes(to_bytes(wrong))
        assert caught.value.remedy.startswith("Take the model from its source again")
    with pytest.raises(BundleError, match="an archive of something else"):
        from_bytes(skops.io.dumps({"format": 1}))


@pytest.mark.parametrize(
    ("field", "value"),
    [("left_child", 10**6), ("right_child", -7), ("left_child", 0), ("feature", 99)],
)
def test_a_tree_that_points_outside_itself_is_refused(field: str, value: int) -> None:
    """scikit-learn would read memory that is not the tree's, or walk in a circle for ever."""
    surrogate, _ = trained()
    state = surrogate.estimator.tree_.__getstate__()
    nodes = state["nodes"].copy()
    nodes[field][0] = value
    surrogate.estimator.tree_.__setstate__({**state, "nodes": nodes})
    with pytest.raises(BundleError, match="parts do not fit together"):
        from_bytes(to_bytes(surrogate))


def test_a_bomb_is_refused_before_it_unpacks(monkeypatch: pytest.MonkeyPatch) -> None:
    data = to_bytes(trained()[0])
    monkeypatch.setattr("clustomer.classifier.persist._LARGEST", 100)
    with pytest.raises(BundleError, match="unpacks to more than"):
        from_bytes(data)


def test_a_schema_of_nonsense_is_refused() -> None:
    schemas: list[object] = [[], {}, {"__class__": "dict", "__module__": "builtins"}]
    for schema in schemas:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("schema.json", json.dumps(schema))
        with pytest.raises(BundleError, match="not a readable skops archive"):
            from_bytes(buffer.getvalue())
