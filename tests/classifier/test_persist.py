"""The surrogate on disk: the same answers back, and nothing else ever built."""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import skops.io
from kinds import KINDS
from made_clusters import made
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier, export_text

from clustomer.classifier.persist import from_bytes, to_bytes
from clustomer.classifier.train import Kind, Surrogate, train
from clustomer.errors import BundleError
from clustomer.matrix.matrix import Matrix
from clustomer.recipe.settings import ClassifierSettings

TREES: tuple[Kind, ...] = ("random-forest", "decision-tree", "gradient-boosting")


def trained(kind: Kind = "decision-tree") -> tuple[Surrogate, Matrix]:
    matrix, labels = made(60, 40, 3, apart=1.0)
    settings = ClassifierSettings(kind=kind, trees=5)
    return train(matrix, labels, np.arange(103), settings, seed=1), matrix


def trees_of(surrogate: Surrogate) -> list[DecisionTreeClassifier]:
    return list(np.ravel(getattr(surrogate.estimator, "estimators_", surrogate.estimator)))


def changed(data: bytes, **fields: object) -> bytes:
    """Give the archive with some of its fields replaced."""
    written: bytes = skops.io.dumps({**skops.io.loads(data, trusted=[]), **fields})
    return written


def with_node(data: bytes, field: str, node: int, value: float) -> bytes:
    """Give the archive with one value of one node replaced."""
    column = skops.io.loads(data, trusted=[])[field]
    column = column.astype(np.int64) if column.dtype.kind == "i" else column.copy()
    column[node] = value
    return changed(data, **{field: column})


@pytest.mark.parametrize("kind", KINDS)
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
    ours, theirs = again.estimator, surrogate.estimator
    assert ours.get_params(deep=False) == theirs.get_params(deep=False)
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)
    np.testing.assert_array_equal(ours.predict(matrix.values), theirs.predict(matrix.values))
    assert not skops.io.get_untrusted_types(data=data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {part.compress_type for part in archive.infolist()} == {zipfile.ZIP_DEFLATED}


@pytest.mark.parametrize("kind", TREES)
def test_the_trees_come_back_node_by_node(kind: Kind) -> None:
    surrogate, _ = trained(kind)
    pairs = zip(trees_of(from_bytes(to_bytes(surrogate))), trees_of(surrogate), strict=True)
    for ours, theirs in pairs:
        state, expected = ours.tree_.__getstate__(), theirs.tree_.__getstate__()
        np.testing.assert_array_equal(state.pop("nodes"), expected.pop("nodes"))
        np.testing.assert_array_equal(state.pop("values"), expected.pop("values"))
        assert state == expected
        assert export_text(ours) == export_text(theirs)
        for name in ("criterion", "max_depth", "max_features"):
            assert getattr(ours, name) == getattr(theirs, name)


@pytest.mark.parametrize("kind", KINDS)
def test_the_rebuilt_estimator_survives_a_pickle(kind: Kind) -> None:
    """It is what exports pickle for colleagues."""
    surrogate, matrix = trained(kind)
    rebuilt = from_bytes(to_bytes(surrogate)).estimator
    pickled = pickle.dumps(Pipeline([("classify", rebuilt)]))
    assert b"clustomer" not in pickled
    again = pickle.loads(pickled)
    np.testing.assert_array_equal(
        again.predict_proba(matrix.values), surrogate.estimator.predict_proba(matrix.values)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_equal_surrogates_give_equal_bytes(kind: Kind) -> None:
    data = to_bytes(trained(kind)[0])
    assert to_bytes(trained(kind)[0]) == data
    assert to_bytes(from_bytes(data)) == data


def test_one_cluster_and_one_node() -> None:
    matrix, _ = made(60, 40, 3, apart=1.0)
    labels = np.zeros(len(matrix.values), dtype=np.int32)
    settings = ClassifierSettings(kind="random-forest", trees=2)
    surrogate = train(matrix, labels, np.arange(103), settings, seed=1)
    again = from_bytes(to_bytes(surrogate))
    assert [tree.tree_.node_count for tree in trees_of(again)] == [1, 1]
    assert np.all(again.predict_proba(matrix.values) == 1)


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


def test_any_flipped_bit_is_refused_or_harmless() -> None:
    """What is not under a checksum (a date, for instance) may be read as before."""
    surrogate, matrix = trained()
    data = to_bytes(surrogate)
    expected = surrogate.predict_proba(matrix.values)
    refused = 0
    for place in np.random.default_rng(3).integers(len(data) * 8, size=400).tolist():
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << place % 8
        try:
            again = from_bytes(bytes(flipped))
        except BundleError:
            refused += 1
        else:
            np.testing.assert_array_equal(again.predict_proba(matrix.values), expected)
    assert refused > 200


EMPTY = np.zeros(0, dtype=np.int64)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "random-forest"},
        {"kind": "gradient-boosting"},
        {"kind": np.arange(3)},
        {"names": ["one"]},
        {"names": [1, 2, 3]},
        {"k": 2},
        {"k": 0},
        {"trained_on": True},
        {"parameters": {"n_jobs": 1}},
        {"parameters": {"criterion": ["gini"]}},
        {"parameters": None},
        {"classes": np.array([0, 2, 1])},
        {"classes": np.array([0.0, 1.0, 2.0])},
        {"classes": [0, 1, 2]},
        {"sizes": EMPTY, "depths": EMPTY},
        {"sizes": np.array([0])},
        {"sizes": np.array([10**6])},
        {"depths": np.array([10**6])},
        {"depths": np.array([-1])},
        {"feature": EMPTY},
        {"threshold": np.zeros(1)},
        {"impurity": np.zeros(1, dtype=np.float32)},
        {"shares": np.ones((1, 3))},
    ],
)
def test_parts_that_do_not_fit_together_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(BundleError, match="parts do not fit together") as caught:
        from_bytes(changed(to_bytes(trained()[0]), **fields))
    assert caught.value.remedy.startswith("take the model from its source again")


@pytest.mark.parametrize(
    "parameters",
    [{"n_estimators": 5}, {"n_estimators": 5, "n_jobs": 2}, {"n_estimators": 6, "n_jobs": 1}],
)
def test_a_forest_has_its_trees_and_one_thread(parameters: dict[str, object]) -> None:
    with pytest.raises(BundleError, match="parts do not fit together"):
        from_bytes(changed(to_bytes(trained("random-forest")[0]), parameters=parameters))


@pytest.mark.parametrize("content", [{"format": 1}, {}, [1], "text", None])
def test_other_content_is_refused(content: object) -> None:
    with pytest.raises(BundleError, match="an archive of something else"):
        from_bytes(skops.io.dumps(content))


@pytest.mark.parametrize("number", [1, 3, "2", np.arange(2)])
def test_other_formats_are_refused(number: object) -> None:
    with pytest.raises(BundleError, match="an archive of something else"):
        from_bytes(changed(to_bytes(trained()[0]), format=number))


@pytest.mark.parametrize("kind", TREES)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("left_child", 10**6),
        ("left_child", 2**62),
        ("left_child", 0),
        ("left_child", -1),
        ("left_child", 2),
        ("right_child", -7),
        ("right_child", -1),
        ("right_child", 1),
        ("feature", 99),
        ("feature", -2),
        ("missing_go_to_left", 2),
        ("n_node_samples", 0),
        ("threshold", np.nan),
        ("impurity", np.inf),
        ("weighted_n_node_samples", 0.0),
        ("weighted_n_node_samples", np.nan),
    ],
)
def test_a_tree_that_points_outside_itself_is_refused(kind: Kind, field: str, value: float) -> None:
    """scikit-learn would read memory that is not the tree's, or walk in a circle for ever."""
    with pytest.raises(BundleError, match="parts do not fit together"):
        from_bytes(with_node(to_bytes(trained(kind)[0]), field, 0, value))


@pytest.mark.parametrize("kind", ["random-forest", "decision-tree"])
@pytest.mark.parametrize("share", [np.nan, 1e308, -1.0])
def test_a_node_whose_shares_are_none_is_refused(kind: Kind, share: float) -> None:
    with pytest.raises(BundleError, match="parts do not fit together"):
        from_bytes(with_node(to_bytes(trained(kind)[0]), "shares", 0, share))


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("kind", ["gradient-boosting", "logistic-regression"])
def test_any_number_of_classes_comes_back(kind: Kind, classes: int) -> None:
    matrix, labels = made(*[30] * classes, apart=1.0)
    settings = ClassifierSettings(kind=kind, trees=5, max_depth=2)
    surrogate = train(matrix, labels, np.arange(len(labels)), settings, seed=1)
    again = from_bytes(to_bytes(surrogate))
    expected = surrogate.predict_proba(matrix.values)
    assert expected.shape == (len(labels), classes)
    assert again.predict_proba(matrix.values).tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "random-forest"},
        {"kind": "logistic-regression"},
        {"parameters": {"n_estimators": 4, "init": "zero"}},
        {"parameters": {"n_estimators": "5", "init": "zero"}},
        {"parameters": {"n_estimators": 5}},
        {"parameters": {"n_estimators": 5, "init": "zero", "learning_rate": 1e300}},
        {"parameters": {"n_estimators": 5, "init": "zero", "n_iter_no_change": 1}},
        {"classes": np.array([0, 1])},
        {"classes": np.array([0])},
        {"steps": np.zeros(1)},
        {"steps": np.zeros(3, dtype=np.float32)},
        {"steps": [0.0]},
    ],
)
def test_boosting_whose_parts_do_not_fit_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(BundleError, match="parts do not fit together"):
        from_bytes(changed(to_bytes(trained("gradient-boosting")[0]), **fields))


@pytest.mark.parametrize("step", [np.nan, np.inf, -1e200])
def test_a_step_without_end_is_refused(step: float) -> None:
    with pytest.raises(BundleError, match="parts do not fit together"):
        from_bytes(with_node(to_bytes(trained("gradient-boosting")[0]), "steps", 0, step))


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "decision-tree"},
        {"names": ["one"]},
        {"classes": np.array([0, 1])},
        {"classes": np.array([0])},
        {"parameters": {"max_iter": 1000, "n_jobs": 1}},
        {"parameters": {"max_iter": 1000, "solver": "saga"}},
        {"coefficients": np.zeros((3, 5))},
        {"coefficients": np.full((3, 4), np.nan)},
        {"coefficients": np.full((3, 4), 1e200)},
        {"coefficients": np.zeros((3, 4), dtype=np.int64)},
        {"intercepts": np.zeros(2)},
        {"intercepts": np.full(3, np.inf)},
        {"intercepts": None},
    ],
)
def test_a_regression_whose_parts_do_not_fit_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(BundleError, match="parts do not fit together"):
        from_bytes(changed(to_bytes(trained("logistic-regression")[0]), **fields))


def test_fields_of_another_kind_beside_its_own_are_refused() -> None:
    data = changed(to_bytes(trained("logistic-regression")[0]), shares=np.ones((1, 3)))
    with pytest.raises(BundleError, match="an archive of something else"):
        from_bytes(data)


def test_a_tree_that_points_into_the_next_one_is_refused() -> None:
    data = to_bytes(trained("random-forest")[0])
    size = int(skops.io.loads(data, trusted=[])["sizes"][0])
    with pytest.raises(BundleError, match="parts do not fit together"):
        from_bytes(with_node(data, "right_child", 0, size))


@pytest.mark.parametrize(
    ("dtype", "found"),
    [
        (np.dtype([("left_child", "i8"), ("bins", "i8")]), "bins"),
        (None, "scikit-learn"),
    ],
)
def test_another_release_of_scikit_learn_is_named(
    monkeypatch: pytest.MonkeyPatch, dtype: np.dtype[np.void] | None, found: str
) -> None:
    surrogate, _ = trained()
    data = to_bytes(surrogate)
    monkeypatch.setattr("sklearn.tree._tree.NODE_DTYPE", dtype)
    for use in (lambda: from_bytes(data), lambda: to_bytes(surrogate)):
        with pytest.raises(BundleError, match="does not go with the installed") as caught:
            use()
        assert found in caught.value.found
        assert "release of scikit-learn that the model was fitted with" in caught.value.remedy


def test_a_parameter_that_scikit_learn_does_not_have_is_named() -> None:
    data = changed(to_bytes(trained()[0]), parameters={"depth_of_field": 3})
    with pytest.raises(BundleError, match="does not go with the installed") as caught:
        from_bytes(data)
    assert "depth_of_field" in caught.value.found


def test_whole_numbers_are_kept_at_any_width() -> None:
    data = with_node(to_bytes(trained()[0]), "n_node_samples", 0, 2**40)
    again = from_bytes(data)
    assert trees_of(again)[0].tree_.n_node_samples[0] == 2**40
    assert trees_of(from_bytes(to_bytes(again)))[0].tree_.n_node_samples[0] == 2**40


def test_a_bomb_is_refused_before_it_unpacks(monkeypatch: pytest.MonkeyPatch) -> None:
    data = to_bytes(trained()[0])
    monkeypatch.setattr("clustomer.classifier.archive._LARGEST", 100)
    with pytest.raises(BundleError, match="unpacks to more than"):
        from_bytes(data)


@pytest.mark.parametrize("shape", [b"(1,, ", b"(9" + b"9" * 15 + b",)", b"(-1,)"])
def test_an_array_of_nonsense_behind_a_right_checksum_is_refused(shape: bytes) -> None:
    """One that claims more than memory holds, or that does not parse at all."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(to_bytes(trained()[0]))) as good,
        zipfile.ZipFile(buffer, "w") as bad,
    ):
        for name in good.namelist():
            part = good.read(name)
            if name == "0.npy":
                header = b"{'descr': '<i4', 'fortran_order': False, 'shape': " + shape + b"}"
                part = b"\x93NUMPY\x01\x00" + bytes([118, 0]) + header.ljust(117) + b"\n"
            bad.writestr(name, part)
    with pytest.raises(BundleError, match="not a readable skops archive"):
        from_bytes(buffer.getvalue())


def test_a_schema_of_nonsense_is_refused() -> None:
    schemas: list[object] = [[], {}, {"__class__": "dict", "__module__": "builtins"}]
    for schema in schemas:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("schema.json", json.dumps(schema))
        with pytest.raises(BundleError, match="not a readable skops archive"):
            from_bytes(buffer.getvalue())
