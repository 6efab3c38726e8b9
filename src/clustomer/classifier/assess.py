"""How far the surrogate agrees with the clustering, on rows that it has not seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from clustomer.classifier.split import Rows, folds, held_out, with_every_cluster
from clustomer.classifier.train import Kind, Surrogate, answers, fitted
from clustomer.clustering.contract import Labels
from clustomer.clustering.parallel import in_parallel, one_blas_thread
from clustomer.matrix.matrix import Matrix
from clustomer.recipe.settings import ClassifierSettings
from clustomer.rounding import percent

if TYPE_CHECKING:
    # The process beside a fit makes no tables, and need not load Arrow.
    import pyarrow as pa

FOLD_TREES: Final = 0.25
"""Share of the forest's trees, or of boosting's stages, that the forest of a fold has."""

LEAST_TREES: Final = 20
"""Trees that a fold's forest has at least, where the forest has as many: fewer vote too roughly."""

FOLD_TREE_ROWS: Final = 2_000
"""Rows drawn for each tree of a fold's forest: these, or half of the fold's if that is more."""

_NORMAL_95: Final = 1.959963984540054

_T_95: Final = (
    *(12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157),
    *(2.228139, 2.200985, 2.178813, 2.160369, 2.144787, 2.131450, 2.119905, 2.109816, 2.100922),
    2.093024,
)
"""97.5 % points of Student's t with 1, 2, ... degrees of freedom, for up to twenty folds."""


@dataclass(frozen=True, slots=True)
class SegmentAgreement:
    """Agreement on one cluster over the hold-out.

    `precision` is the share of the rows given this cluster by the classifier that the clustering
    gives it too; `recall` the share of the cluster's rows that the classifier gives it; `f1` their
    harmonic mean; `support` the cluster's rows in the hold-out. 0 to 1, None where there is no row
    to take a share of.
    """

    cluster: int
    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """Agreement of the classifier with the clustering.

    Parameters
    ----------
    kind
        The kind of classifier.
    trained_on, tested_on
        Rows that the model learnt from, and rows held out from it.
    agreement
        Share of the hold-out that the model gives the cluster that the clustering gave; None where
        there are too few customers to hold any out.
    interval
        95 % interval of that share (Wilson, 1927), None with it.
    folds
        The same share in each fold of a cross-validation over training and hold-out rows together,
        where each row is tested once by a model that has not seen it. A fold's forest is smaller
        than the model (`FOLD_TREES`, `FOLD_TREE_ROWS`), so this is the more cautious figure. Empty
        with fewer than two rows.
    macro_f1
        Unweighted mean of the clusters' F1 over the hold-out, of those that have one.
    confusion
        Rows of the hold-out, shape (k, k): first index the clustering's cluster, second the
        classifier's.
    segments
        Agreement by cluster, 0 to k - 1.
    largest_share
        Share of the hold-out in its largest cluster: the agreement of a classifier that always
        answers with that one.
    importances
        Matrix columns by falling importance to the model; sum 1.
    noun
        What was segmented, in the plural.
    """

    kind: Kind
    trained_on: int
    tested_on: int
    agreement: float | None
    interval: tuple[float, float] | None
    folds: tuple[float, ...]
    macro_f1: float | None
    confusion: tuple[tuple[int, ...], ...]
    segments: tuple[SegmentAgreement, ...]
    largest_share: float | None
    importances: tuple[tuple[str, float], ...]
    noun: str = "customers"

    @property
    def cross_validated(self) -> float | None:
        """Mean agreement over the folds."""
        return sum(self.folds) / len(self.folds) if self.folds else None

    @property
    def cross_interval(self) -> tuple[float, float] | None:
        """95 % interval of the mean over the folds, None with fewer than two.

        The folds' models share most of their rows, so their spread alone tells too little: the
        corrected resampled t interval of Nadeau & Bengio, "Inference for the Generalization Error",
        Machine Learning 52 (2003), with test rows / training rows = 1 / (folds - 1).
        """
        count, mean = len(self.folds), self.cross_validated
        if count < 2 or mean is None:
            return None
        variance = sum((one - mean) ** 2 for one in self.folds) / (count - 1)
        reach = _T_95[count - 2] * math.sqrt((1 / count + 1 / (count - 1)) * variance)
        return max(0.0, mean - reach), min(1.0, mean + reach)

    @property
    def says(self) -> str:
        """The result in a sentence or two."""
        if self.agreement is None or self.interval is None or self.largest_share is None:
            return f"There are too few {self.noun} to say how far the classifier agrees."
        low, high = self.interval
        parts = [
            f"The classifier agrees with the clustering on {percent(self.agreement, 1)} of "
            f"{self.tested_on:,} {self.noun} it had not seen (95 % interval {percent(low, 1)} to "
            f"{percent(high, 1)}; always answering with the largest segment would agree on "
            f"{percent(self.largest_share, 1)})."
        ]
        between = self.cross_interval
        if self.cross_validated is not None and between is not None:
            parts.append(
                f"Cross-validated in {len(self.folds)} folds: {percent(self.cross_validated, 1)} "
                f"(95 % interval {percent(between[0], 1)} to {percent(between[1], 1)})."
            )
        return " ".join(parts)

    def report_table(self, segments: tuple[str, ...]) -> pa.Table:
        """The classification report: one row per cluster; `segments` names cluster 0 to k - 1."""
        import pyarrow as pa

        return pa.table(
            {
                "segment": pa.array(segments, pa.string()),
                "precision": pa.array([one.precision for one in self.segments], pa.float64()),
                "recall": pa.array([one.recall for one in self.segments], pa.float64()),
                "f1": pa.array([one.f1 for one in self.segments], pa.float64()),
                "support": pa.array([one.support for one in self.segments], pa.int64()),
            }
        )

    def confusion_table(self, segments: tuple[str, ...]) -> pa.Table:
        """The confusion matrix: rows by clustering, one column per answer of the classifier.

        `segments` names cluster 0 to k - 1; the names must differ.
        """
        import pyarrow as pa

        told = zip(segments, zip(*self.confusion, strict=True), strict=True)
        columns = {name: pa.array(counts, pa.int64()) for name, counts in told}
        return pa.table({"clustering": pa.array(segments, pa.string()), **columns})


def assess(
    surrogate: Surrogate,
    matrix: Matrix,
    labels: Labels,
    rows: Rows,
    settings: ClassifierSettings,
    *,
    seed: int,
) -> Assessment:
    """Measure a surrogate on the rows held out from it, and cross-validate its kind.

    Precision, recall and F1 are those of C. van Rijsbergen, "Information Retrieval", 2nd ed., 1979.

    Parameters
    ----------
    surrogate
        What `train` returned for the very same other arguments.
    matrix, labels, rows, settings, seed
        As given to `train`: they decide which rows were held out.
    """
    chosen = with_every_cluster(labels, rows, seed=seed)
    _, unseen = held_out(labels, chosen, settings.holdout, seed=seed)
    confusion = confused(labels[unseen], surrogate.predict(matrix.values[unseen]), surrogate.k)
    agreed, tested = int(np.trace(confusion)), len(unseen)
    by_cluster = tuple(_segment(confusion, cluster) for cluster in range(surrogate.k))
    scores = [one.f1 for one in by_cluster if one.f1 is not None]
    return Assessment(
        kind=surrogate.kind,
        trained_on=surrogate.trained_on,
        tested_on=tested,
        agreement=agreed / tested if tested else None,
        interval=wilson(agreed, tested) if tested else None,
        folds=_cross_validated(matrix, labels, chosen, settings, seed),
        macro_f1=sum(scores) / len(scores) if scores else None,
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        segments=by_cluster,
        largest_share=float(confusion.sum(axis=1).max()) / tested if tested else None,
        importances=surrogate.importances,
    )


def wilson(agreed: int, of: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson, "Probable inference...", JASA 22, 1927).

    Raises
    ------
    ValueError
        When `of` is below 1.

    >>> [round(end, 4) for end in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    if of < 1:
        raise ValueError("a share needs at least one row")
    share, square = agreed / of, _NORMAL_95**2
    centre = share + square / (2 * of)
    reach = _NORMAL_95 * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    low, high = (centre - reach) / (1 + square / of), (centre + reach) / (1 + square / of)
    # Rounding must not put the share itself outside at 0 and 1.
    return max(0.0, min(low, share)), min(1.0, max(high, share))


def confused(clustering: Labels, classifier: Labels, k: int) -> Rows:
    """Count rows by (clustering's cluster, classifier's cluster): int64, shape (k, k)."""
    pairs = clustering.astype(np.int64) * k + classifier
    return np.bincount(pairs, minlength=k * k).reshape(k, k)


def _segment(confusion: Rows, cluster: int) -> SegmentAgreement:
    both = int(confusion[cluster, cluster])
    support, answered = int(confusion[cluster].sum()), int(confusion[:, cluster].sum())
    return SegmentAgreement(
        cluster=cluster,
        precision=both / answered if answered else None,
        recall=both / support if support else None,
        f1=2 * both / (support + answered) if support + answered else None,
        support=support,
    )


def _cross_validated(
    matrix: Matrix, labels: Labels, rows: Rows, settings: ClassifierSettings, seed: int
) -> tuple[float, ...]:
    def agreement(parts: tuple[Rows, Rows]) -> float:
        learnt, unseen = parts
        estimator = fitted(
            matrix.values[learnt],
            labels[learnt],
            settings,
            seed=seed,
            trees=max(math.ceil(settings.trees * FOLD_TREES), min(settings.trees, LEAST_TREES)),
            tree_rows=min(len(learnt), max(FOLD_TREE_ROWS, len(learnt) // 2)),
            jobs=1,
        )
        told = estimator.classes_[answers(estimator, matrix.values[unseen]).argmax(axis=1)]
        return float(np.mean(told == labels[unseen]))

    # Folds side by side, not trees: handing small trees to threads costs more than growing them.
    with one_blas_thread():
        return tuple(in_parallel(agreement, folds(labels, rows, settings.folds, seed=seed)))
