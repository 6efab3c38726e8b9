"""The surrogate and how it is measured."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from kinds import KINDS
from made_clusters import made
from scipy import stats
from sklearn.metrics import classification_report, confusion_matrix

from clustomer.classifier import train as training
from clustomer.classifier.assess import Assessment, assess, confused, wilson
from clustomer.classifier.split import held_out
from clustomer.classifier.train import Kind, Surrogate, train
from clustomer.clustering.contract import Labels
from clustomer.errors import DataError
from clustomer.matrix.matrix import Matrix
from clustomer.recipe.settings import ClassifierSettings

TREES = {"decision-tree": (1, 1.0), "gradient-boosting": (36, 0.5)}
"""Trees for three clusters, and the share of the rows that each sees."""


def small(kind: Kind) -> ClassifierSettings:
    return ClassifierSettings(kind=kind, trees=12)


def both(matrix: Matrix, labels: Labels, kind: Kind) -> tuple[Surrogate, Assessment]:
    rows = np.arange(len(labels))
    surrogate = train(matrix, labels, rows, small(kind), seed=3)
    return surrogate, assess(surrogate, matrix, labels, rows, small(kind), seed=3)


@pytest.mark.parametrize("kind", KINDS)
def test_agreement_is_that_of_the_kept_model_on_rows_it_has_not_seen(kind: Kind) -> None:
    matrix, labels = made(300, 200, 100, apart=1.0)
    surrogate, result = both(matrix, labels, kind)
    learnt, unseen = held_out(labels, np.arange(600), 0.25, seed=3)
    answers = surrogate.predict(matrix.values[unseen])

    assert (surrogate.trained_on, result.trained_on, result.tested_on) == (450, 450, 150)
    assert result.agreement is not None
    assert result.cross_validated is not None
    assert result.agreement == np.mean(answers == labels[unseen])
    if kind != "logistic-regression":
        trees = np.ravel(getattr(surrogate.estimator, "estimators_", surrogate.estimator))
        number, drawn = TREES.get(kind, (12, 1.0))
        assert len(trees) == number
        assert {tree.tree_.weighted_n_node_samples[0] for tree in trees} == {len(learnt) * drawn}
    assert result.largest_share == 0.5
    low, high = result.interval or (1.0, 0.0)
    assert 0 < low < result.agreement < high < 1

    np.testing.assert_array_equal(result.confusion, confusion_matrix(labels[unseen], answers))
    peer = classification_report(labels[unseen], answers, output_dict=True)
    for one in result.segments:
        row = peer[str(one.cluster)]
        assert (one.precision, one.recall, one.support) == pytest.approx(
            (row["precision"], row["recall"], row["support"])
        )
        assert one.f1 == pytest.approx(row["f1-score"])
    assert result.macro_f1 == pytest.approx(peer["macro avg"]["f1-score"])

    assert len(result.folds) == 5
    assert abs(result.cross_validated - result.agreement) < 0.1
    assert sum(share for _, share in result.importances) == pytest.approx(1.0)
    assert {name for name, _ in result.importances} == set(matrix.names)


def test_chance_does_not_agree() -> None:
    matrix, labels = made(400, 200)
    drawn = np.random.default_rng(0).permutation(labels)
    _, result = both(matrix, drawn, "random-forest")
    assert result.cross_validated is not None
    assert result.cross_validated < 0.72


def test_it_is_called_agreement_never_accuracy() -> None:
    _, result = both(*made(80, 40), "decision-tree")
    assert result.says.startswith("The classifier agrees with the clustering on ")
    assert "30 customers it had not seen (95 % interval " in result.says
    assert "always answering with the largest segment would agree on 66.7 %" in result.says
    assert "Cross-validated in 5 folds: " in result.says
    assert "accura" not in result.says + json.dumps(asdict(result))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "sizes", [(200, 1), (200, 2, 3), (3, 2), (1, 1), (2,), (1,), (50, 4, 1, 1)]
)
def test_tiny_segments_do_not_stop_it(kind: Kind, sizes: tuple[int, ...]) -> None:
    matrix, labels = made(*sizes)
    surrogate, result = both(matrix, labels, kind)
    total = sum(sizes)
    assert surrogate.k == len(result.segments) == len(result.confusion) == len(sizes)
    assert result.trained_on + result.tested_on == total
    assert len(result.folds) == (min(5, total) if total > 1 else 0)
    shares = surrogate.predict_proba(matrix.values)
    assert shares.shape == (total, len(sizes))
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert isinstance(result.says, str)


@pytest.mark.parametrize("kind", ["gradient-boosting", "logistic-regression"])
def test_one_cluster_alone_is_a_tree_and_says_so(kind: Kind) -> None:
    surrogate, result = both(*made(40), kind)
    assert (surrogate.kind, result.kind) == ("decision-tree", "decision-tree")


@pytest.mark.parametrize("kind", KINDS)
def test_rows_alone_are_placed_as_together(kind: Kind) -> None:
    matrix, labels = made(60, 40, 30, apart=1.0)
    surrogate, _ = both(matrix, labels, kind)
    together = surrogate.predict_proba(matrix.values)
    alone = [surrogate.predict_proba(matrix.values[row : row + 1]) for row in range(130)]
    assert np.concatenate(alone).tobytes() == together.tobytes()


@pytest.mark.parametrize("sizes", [(60, 40), (60, 40, 30)])
def test_a_logistic_regression_answers_as_scikit_learns(sizes: tuple[int, ...]) -> None:
    matrix, labels = made(*sizes, apart=1.0)
    surrogate, _ = both(matrix, labels, "logistic-regression")
    np.testing.assert_allclose(
        surrogate.predict_proba(matrix.values),
        surrogate.estimator.predict_proba(matrix.values),
        rtol=1e-12,
        atol=1e-15,
    )
    far = surrogate.predict_proba(matrix.values * 1e6)
    assert np.isfinite(far).all()
    np.testing.assert_allclose(far.sum(axis=1), 1.0)


def test_the_column_that_parts_the_clusters_weighs_most() -> None:
    matrix, labels = made(200, 200, apart=0.0)
    values = matrix.values.copy()
    values[:, 2] += labels * 3.0
    for kind in KINDS:
        surrogate, _ = both(Matrix(values, matrix.names, matrix.features), labels, kind)
        name, share = surrogate.importances[0]
        assert name == matrix.names[2]
        assert share > 0.5


def test_too_few_customers_to_test_say_so() -> None:
    _, result = both(*made(3, 2), "decision-tree")
    assert (result.agreement, result.interval, result.macro_f1) == (None, None, None)
    assert result.segments[0].precision is None
    assert result.says == "There are too few customers to say how far the classifier agrees."


def test_no_customers_are_refused() -> None:
    matrix, labels = made(1)
    empty = Matrix(matrix.values[:0], matrix.names, matrix.features)
    with pytest.raises(DataError, match="no customers to train the classifier on"):
        train(empty, labels[:0], np.arange(0), small("decision-tree"), seed=0)


@pytest.mark.parametrize("kind", KINDS)
def test_threads_and_the_order_of_rows_change_nothing(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    matrix, labels = made(150, 100, 50, apart=1.0)
    rows = np.arange(300)
    results = []
    for threads, order in ((1, rows), (2, rows), (3, rows[::-1])):
        monkeypatch.setattr(training, "threads", lambda threads=threads: threads)
        surrogate = train(matrix, labels, order, small(kind), seed=3)
        result = assess(surrogate, matrix, labels, order, small(kind), seed=3)
        results.append((result, surrogate.predict_proba(matrix.values).tobytes()))
    assert results[0] == results[1] == results[2]


def test_rows_in_tiles_are_placed_as_together(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, labels = made(60, 40)
    surrogate, _ = both(matrix, labels, "random-forest")
    together = surrogate.predict(matrix.values)
    monkeypatch.setattr(training, "_TILE", 7)
    np.testing.assert_array_equal(surrogate.predict(matrix.values), together)
    assert together.dtype == np.int32
    assert surrogate.predict(matrix.values[:0]).shape == (0,)


def test_another_number_of_columns_is_refused() -> None:
    matrix, labels = made(20, 20)
    surrogate, _ = both(matrix, labels, "decision-tree")
    with pytest.raises(DataError, match="trained on 4 prepared columns") as caught:
        surrogate.predict(matrix.values[:, :3])
    assert caught.value.found == "3 columns"


def test_a_cluster_outside_the_sample_is_learnt_too() -> None:
    matrix, labels = made(500, 30)
    sample = np.flatnonzero(labels == 0)[:200]
    surrogate = train(matrix, labels, sample, small("decision-tree"), seed=0)
    assert set(surrogate.predict(matrix.values)) == {0, 1}


def test_tables_for_the_report() -> None:
    _, result = both(*made(80, 40), "decision-tree")
    names = ("High-Value", "New")
    report, confusion = result.report_table(names), result.confusion_table(names)
    assert report.column_names == ["segment", "precision", "recall", "f1", "support"]
    assert report["support"].to_pylist() == [20, 10]
    assert confusion.column_names == ["clustering", "High-Value", "New"]
    assert confusion.to_pylist()[0]["New"] == result.confusion[0][1]


def test_wilson_interval_at_the_ends() -> None:
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    with pytest.raises(ValueError, match="at least one row"):
        wilson(0, 0)


def test_confusion_counts_rows_by_clustering_then_classifier() -> None:
    clustering, classifier = np.array([0, 0, 2], np.int32), np.array([0, 1, 2], np.int32)
    assert confused(clustering, classifier, 3).tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 1]]


def test_the_interval_over_folds_is_nadeau_and_bengios() -> None:
    """With the t quantile and the corrected variance by SciPy."""
    _, made_one = both(*made(80, 40), "decision-tree")
    result = replace(made_one, folds=(0.9, 0.94, 0.92, 0.97, 0.95))
    spread = np.var(result.folds, ddof=1) * (1 / 5 + 1 / 4)
    reach = stats.t.ppf(0.975, 4) * np.sqrt(spread)
    mean = float(np.mean(result.folds))
    assert result.cross_interval == pytest.approx((mean - reach, mean + reach), abs=1e-6)
    assert replace(result, folds=()).cross_interval is None
    for count in range(2, 21):
        folds = tuple(0.5 + 0.001 * at for at in range(count))
        low, high = replace(result, folds=folds).cross_interval or (0.0, 0.0)
        spread = np.var(folds, ddof=1) * (1 / count + 1 / (count - 1))
        assert (high - low) / 2 == pytest.approx(
            stats.t.ppf(0.975, count - 1) * np.sqrt(spread), rel=1e-5
        )
