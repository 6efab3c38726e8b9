"""The early classifier: the later segment from what is known when a customer is new.

Unlike the surrogate it forecasts. It learns from customers who joined early and is judged on
customers who joined later, beside what knowing nothing of them would give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clustomer.classifier.assess import wilson
from clustomer.classifier.train import Surrogate, fitted
from clustomer.clustering.contract import Labels
from clustomer.matrix.matrix import Floats, Matrix
from clustomer.recipe.settings import ClassifierSettings, EarlySettings
from clustomer.rounding import percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST: Final = 100
"""Customers that it takes on either side of the day that parts learning from judging."""
SUSPICIOUS: Final = 0.95
"""A single feature that tells the later segment this often, where guessing does much worse, knows
what it cannot know."""
LEAF: Final = 10
"""Customers in a leaf at least: shares among fewer are no probabilities."""
BINS: Final = 10
STEPS: Final = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_SMALLEST: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Reliability:
    """One bin of forecasts: how sure they were on average, how often right, how many."""

    sure: float
    right: float
    customers: int


@dataclass(frozen=True, slots=True)
class Covered:
    """What answering only above a probability gives: shares of 0 to 1; None where none is left."""

    threshold: float
    coverage: float
    precision: float | None


@dataclass(frozen=True, slots=True)
class EarlyAssessment:
    """The early classifier judged on customers who joined after those that it learnt from.

    Parameters
    ----------
    days
        Days from the first order that are known; None: the first order alone.
    parted
        The day (ISO) from which customers judge.
    trained_on, tested_on
        Customers.
    accuracy, interval
        Share of right forecasts, without abstaining, and its 95 % interval (Wilson, 1927).
    majority
        The same for always telling the segment that is most frequent among those learnt from.
    macro_f1, majority_f1
        Unweighted mean over the segments of F1, and that of always telling the most frequent one.
    log_loss, base_log_loss
        Mean minus log probability of what came, and that of the frequencies learnt from.
    brier
        Mean over customers of the squared errors of all probabilities (Brier, 1950), 0 to 2.
    calibration_error
        Expected calibration error over ten equal bins (Naeini et al., 2015).
    reliability
        Its bins.
    covered
        Coverage and precision by least probability.
    threshold
        The recipe's least probability.
    """

    days: int | None
    parted: str
    trained_on: int
    tested_on: int
    accuracy: float
    interval: tuple[float, float]
    majority: float
    macro_f1: float
    majority_f1: float
    log_loss: float
    base_log_loss: float
    brier: float
    calibration_error: float
    reliability: tuple[Reliability, ...]
    covered: tuple[Covered, ...]
    threshold: float

    @property
    def lift(self) -> float:
        """Right forecasts for each one that always telling the most frequent segment gets right."""
        return self.accuracy / self.majority if self.majority else float("inf")

    @property
    def better(self) -> bool:
        """Whether it tells more than the frequencies of the segments do."""
        return self.log_loss < self.base_log_loss and self.interval[0] > self.majority

    @property
    def at_threshold(self) -> Covered:
        """Coverage and precision at the recipe's threshold."""
        return next(one for one in self.covered if one.threshold == self.threshold)

    @property
    def says(self) -> str:
        """The result in a few sentences."""
        known = "the first order" if self.days is None else f"the first {self.days} days"
        low, high = self.interval
        told = (
            f"From {known}, the later segment of {percent(self.accuracy, 1)} of {self.tested_on:,} "
            f"customers who joined from {self.parted} on is told rightly (95 % interval "
            f"{percent(low, 1)} to {percent(high, 1)}; always telling the most frequent one: "
            f"{percent(self.majority, 1)}). Macro-F1 {self.macro_f1:.2f} (against "
            f"{self.majority_f1:.2f}), log-loss {self.log_loss:.3f} (against "
            f"{self.base_log_loss:.3f}), calibration error {self.calibration_error:.3f}."
        )
        at = self.at_threshold
        if at.precision is None:
            return f"{told} It is never {percent(self.threshold)} sure, so it tells nobody's."
        return (
            f"{told} Where it is at least {percent(self.threshold)} sure, for "
            f"{percent(at.coverage, 1)} of them, {percent(at.precision, 1)} are right."
        )


@dataclass(frozen=True, slots=True)
class EarlyLesson:
    """Customers old enough, and the day that parts them: rows before it learn, the others judge."""

    learn: NDArray[np.int64]
    judge: NDArray[np.int64]
    parted: np.datetime64


def part(
    joined: NDArray[np.datetime64], as_of: np.datetime64, settings: EarlySettings
) -> EarlyLesson | str:
    """Part customers by when they joined; or say why they cannot be.

    Parameters
    ----------
    joined
        datetime64, shape (customers,); NaT for customers without a dated order.
    as_of
        The moment that the segments stand for.
    """
    days = (as_of - joined) / np.timedelta64(1, "D")
    enough = max(settings.old_enough, settings.days or 0)
    old = np.flatnonzero(days >= enough)
    if len(old) < 2 * LEAST:
        return (
            f"{len(old):,} customers first ordered {enough} days ago or earlier and "
            f"{2 * LEAST} are needed"
        )
    dates = joined[old].astype("datetime64[D]")
    parted = np.sort(dates)[int(len(old) * (1 - settings.holdout))]
    learn, judge = old[dates < parted], old[dates >= parted]
    if min(len(learn), len(judge)) < LEAST:
        return (
            f"of the customers who are old enough {len(learn):,} joined before {parted} and "
            f"{len(judge):,} later; {LEAST} are needed of each"
        )
    return EarlyLesson(learn, judge, parted)


def train_early(
    matrix: Matrix, labels: Labels, rows: NDArray[np.int64], settings: EarlySettings, *, seed: int
) -> Surrogate:
    """Train on the rows that learn; the same for any number of threads."""
    k = int(labels.max(initial=-1)) + 1
    estimator = fitted(
        matrix.values[rows],
        labels[rows],
        as_classifier(settings),
        seed=seed,
        trees=settings.trees,
        leaf=LEAF,
    )
    return Surrogate(settings.kind, estimator, matrix.names, k, len(rows))


def as_classifier(settings: EarlySettings) -> ClassifierSettings:
    """The settings that training reads."""
    return ClassifierSettings(
        kind=settings.kind, trees=settings.trees, max_depth=settings.max_depth
    )


def knowing(matrix: Matrix, labels: Labels, lesson: EarlyLesson, *, seed: int) -> tuple[str, ...]:
    """Features that alone tell the later segment too well to be known early.

    A shallow tree on each feature's columns; a feature is named when the tree is right on more than
    `SUSPICIOUS` of the customers who judge, and this is beyond half way from guessing to certainty.
    """
    from sklearn.tree import DecisionTreeClassifier

    truth = labels[lesson.judge]
    majority = float(np.mean(truth == np.bincount(labels[lesson.learn]).argmax()))
    named = []
    for feature in dict.fromkeys(matrix.features):
        columns = np.flatnonzero([one == feature for one in matrix.features])
        tree = DecisionTreeClassifier(max_leaf_nodes=64, min_samples_leaf=5, random_state=seed)
        values = matrix.values[:, columns]
        tree.fit(values[lesson.learn], labels[lesson.learn])
        right = float(np.mean(tree.predict(values[lesson.judge]) == truth))
        if right > max(SUSPICIOUS, (1 + majority) / 2):
            named.append(feature)
    return tuple(named)


def judge_early(
    model: Surrogate, matrix: Matrix, labels: Labels, lesson: EarlyLesson, settings: EarlySettings
) -> EarlyAssessment:
    """Judge a model on the customers who joined later."""
    truth = labels[lesson.judge]
    shares = model.predict_proba(matrix.values[lesson.judge])
    frequent = np.bincount(labels[lesson.learn], minlength=model.k) / len(lesson.learn)
    told, sure = shares.argmax(axis=1), shares.max(axis=1)
    right = told == truth
    majority = np.full(len(truth), int(frequent.argmax()))
    bins = reliability(sure, right)
    error = sum(one.customers * abs(one.sure - one.right) for one in bins) / len(truth)
    steps = sorted({*STEPS, settings.threshold})
    return EarlyAssessment(
        days=settings.days,
        parted=str(lesson.parted),
        trained_on=len(lesson.learn),
        tested_on=len(truth),
        accuracy=float(right.mean()),
        interval=wilson(int(right.sum()), len(truth)),
        majority=float(np.mean(majority == truth)),
        macro_f1=macro_f1(truth, told),
        majority_f1=macro_f1(truth, majority),
        log_loss=log_loss(truth, shares),
        base_log_loss=log_loss(truth, np.tile(frequent, (len(truth), 1))),
        brier=float(np.mean(((shares - np.eye(model.k)[truth]) ** 2).sum(axis=1))),
        calibration_error=float(error),
        reliability=bins,
        covered=tuple(_covered(step, sure, right) for step in steps),
        threshold=settings.threshold,
    )


def reliability(sure: Floats, right: NDArray[np.bool_]) -> tuple[Reliability, ...]:
    """Bins of equal width that hold forecasts, by rising probability."""
    place = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    return tuple(
        Reliability(float(sure[rows].mean()), float(right[rows].mean()), int(rows.sum()))
        for rows in (place == at for at in range(BINS))
        if rows.any()
    )


def _covered(threshold: float, sure: Floats, right: NDArray[np.bool_]) -> Covered:
    kept = sure >= threshold
    precision = float(right[kept].mean()) if kept.any() else None
    return Covered(threshold, float(kept.mean()), precision)


def log_loss(truth: Labels, shares: Floats) -> float:
    """Mean minus log probability of what came; a probability counts as at least 1e-6.

    I. J. Good, "Rational decisions", Journal of the Royal Statistical Society B 14 (1952).

    >>> round(log_loss(np.array([0, 1]), np.array([[0.5, 0.5], [0.5, 0.5]])), 4)
    0.6931
    """
    told = shares[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(told, _SMALLEST)).mean())


def macro_f1(truth: NDArray[np.integer[Any]], told: NDArray[np.integer[Any]]) -> float:
    """Unweighted mean of F1 over the segments that occur or are told.

    F1 is that of C. van Rijsbergen, "Information Retrieval", 2nd ed., 1979.

    >>> macro_f1(np.array([0, 0, 1]), np.array([0, 0, 0]))
    0.4
    """
    scores = []
    for segment in np.union1d(truth, told).tolist():
        both = int(np.sum((truth == segment) & (told == segment)))
        scores.append(2 * both / int(np.sum(truth == segment) + np.sum(told == segment)))
    return float(np.mean(scores))
