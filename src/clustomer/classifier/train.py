"""The surrogate: a classifier that learns the segments from the same prepared features.

It exists for fast rules and explanations. What it is measured by is agreement with the clustering,
never accuracy: the clustering is a choice, not a truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import numpy as np

from clustomer.classifier.linear import column_shares, probabilities
from clustomer.classifier.split import Rows, held_out, with_every_cluster
from clustomer.clustering.contract import Labels
from clustomer.clustering.parallel import in_parallel, one_blas_thread, threads
from clustomer.errors import DataError
from clustomer.matrix.matrix import Floats, Matrix
from clustomer.recipe.settings import ClassifierKind, ClassifierSettings

if TYPE_CHECKING:
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    Trees: TypeAlias = RandomForestClassifier | DecisionTreeClassifier
    Estimator: TypeAlias = Trees | GradientBoostingClassifier | LogisticRegression

Kind: TypeAlias = ClassifierKind

_KINDS: Final[Mapping[str, Kind]] = {
    "RandomForestClassifier": "random-forest",
    "DecisionTreeClassifier": "decision-tree",
    "GradientBoostingClassifier": "gradient-boosting",
    "LogisticRegression": "logistic-regression",
}

BOOSTED_DEPTH: Final = 3
"""Depth of the trees of gradient boosting where the recipe gives none: many shallow trees."""

BOOSTED_SHARE: Final = 0.5
"""Share of the rows drawn for each stage of gradient boosting, where no number is given."""

_ITERATIONS: Final = 1_000
"""Most iterations of a logistic regression; on standardised columns it takes some dozens."""

_TILE: Final = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Surrogate:
    """A trained classifier.

    Parameters
    ----------
    kind
        What the estimator is.
    estimator
        The fitted scikit-learn classifier; its classes are cluster numbers.
    names
        Names of the matrix columns that it was trained on.
    k
        Number of clusters; cluster numbers are 0 to k - 1.
    trained_on
        Rows that it was trained on.
    """

    kind: Kind
    estimator: Estimator
    names: tuple[str, ...]
    k: int
    trained_on: int

    @property
    def importances(self) -> tuple[tuple[str, float], ...]:
        """Matrix columns by falling importance; the shares sum to 1.

        Of trees the share of the impurity that a column removes, the mean decrease in impurity of
        Breiman et al., "Classification and Regression Trees", 1984; of a logistic regression its
        share of the absolute coefficients. All 0 where there was nothing to tell apart. Equal
        shares stay in the matrix's order.
        """
        if self.kind == "logistic-regression":
            told = column_shares(cast("LogisticRegression", self.estimator))
        else:
            told = cast("Trees | GradientBoostingClassifier", self.estimator).feature_importances_
        shares = [float(share) for share in told]
        return tuple(sorted(zip(self.names, shares, strict=True), key=lambda pair: -pair[1]))

    def predict(self, values: Floats) -> Labels:
        """Place rows: int32, shape (rows,); `values` is float64, shape (rows, columns).

        The most probable cluster, of equally probable ones the lowest number. The answer does not
        depend on the number of threads or on which rows come together.

        Raises
        ------
        DataError
            When the number of columns is not the one it was trained on.
        """
        return np.asarray(self.predict_proba(values).argmax(axis=1), dtype=np.int32)

    def predict_proba(self, values: Floats) -> Floats:
        """Probability of each cluster: float64, shape (rows, k).

        Raises
        ------
        DataError
            As `predict`.
        """
        if values.shape[1] != len(self.names):
            raise DataError(
                f"The classifier was trained on {len(self.names)} prepared columns.",
                found=f"{values.shape[1]} columns",
                remedy="prepare the rows with the matrix that the model was fitted with",
            )
        tiles = [values[start : start + _TILE] for start in range(0, len(values), _TILE)]
        shares = np.zeros((len(values), self.k))
        if tiles:
            shares[:, self.estimator.classes_] = np.concatenate(
                in_parallel(lambda tile: answers(self.estimator, tile), tiles)
            )
        return shares


def train(
    matrix: Matrix, labels: Labels, rows: Rows, settings: ClassifierSettings, *, seed: int
) -> Surrogate:
    """Train the surrogate on the part of `rows` that is not held out.

    The rows that are held out stay unseen, so that what `assess` measures on them is true of the
    very model that is kept.

    Parameters
    ----------
    matrix
        Prepared features of all customers.
    labels
        int32, shape (customers,): the cluster of each.
    rows
        Row numbers of the sample to learn from, in any order (chosen by hash of the id); at most
        ``settings.sample``. Clusters with few rows in it get up to `split.AT_LEAST`.
    settings
        Kind, size and hold-out.
    seed
        The recipe's seed.

    Returns
    -------
    Surrogate
        The same for any number of threads.

    Raises
    ------
    DataError
        When there is no row.
    """
    k = int(labels.max(initial=-1)) + 1
    chosen = with_every_cluster(labels, rows, seed=seed)
    learnt, _ = held_out(labels, chosen, settings.holdout, seed=seed)
    if not len(learnt):
        raise DataError("There are no customers to train the classifier on.", found="0 rows")
    with one_blas_thread():
        estimator = fitted(
            matrix.values[learnt], labels[learnt], settings, seed=seed, trees=settings.trees
        )
    return Surrogate(kind_of(estimator), estimator, matrix.names, k, len(learnt))


def kind_of(estimator: Estimator) -> Kind:
    """The kind of an estimator."""
    return _KINDS[type(estimator).__name__]


def answers(estimator: Estimator, values: Floats) -> Floats:
    """Probability of each class that the estimator knows: float64, shape (rows, classes)."""
    if kind_of(estimator) == "logistic-regression":
        return probabilities(cast("LogisticRegression", estimator), values)
    shares: Floats = estimator.predict_proba(values)
    return shares


def fitted(
    values: Floats,
    labels: Labels,
    settings: ClassifierSettings,
    *,
    seed: int,
    trees: int,
    tree_rows: int | None = None,
    jobs: int | None = None,
    leaf: int = 1,
) -> Estimator:
    """Fit one estimator; `tree_rows` rows are drawn for each tree of a forest, by default all.

    A leaf of a tree holds at least `leaf` rows. Where there is one cluster alone, which boosting
    and regression do not take, it is a decision tree of one leaf.

    Gradient boosting is that of Friedman, "Stochastic Gradient Boosting", Computational Statistics
    & Data Analysis 38 (2002): each of `trees` stages sees a part of the rows (`BOOSTED_SHARE`, or
    `tree_rows`) and at each split some of the columns. It grows one tree after the other in one
    thread. A logistic regression is multinomial with an L2 penalty on the coefficients, which
    treats all columns alike because the matrix has standardised them; hold BLAS to one thread
    around it (`one_blas_thread`), since its sums differ in the last bits otherwise.

    A forest is grown by `jobs` threads, by default one a core.

    Trees have their own seeds before they are grown, so threads do not matter to a forest; when
    asked, it adds up its trees in one thread, because the order of a sum shows in its last bits.
    """
    alone = settings.kind in ("gradient-boosting", "logistic-regression") and np.all(
        labels == labels[0]
    )
    if settings.kind == "decision-tree" or alone:
        from sklearn.tree import DecisionTreeClassifier

        tree = DecisionTreeClassifier(
            max_depth=settings.max_depth, min_samples_leaf=leaf, random_state=seed
        )
        return tree.fit(values, labels)

    if settings.kind == "gradient-boosting":
        from sklearn.ensemble import GradientBoostingClassifier

        boosting = GradientBoostingClassifier(
            n_estimators=trees,
            max_depth=settings.max_depth or BOOSTED_DEPTH,
            max_features="sqrt",
            min_samples_leaf=leaf,
            subsample=min(1.0, tree_rows / len(labels)) if tree_rows else BOOSTED_SHARE,
            init="zero",
            random_state=seed,
        )
        return boosting.fit(values, labels)

    if settings.kind == "logistic-regression":
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(max_iter=_ITERATIONS).fit(values, labels)

    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(
        n_estimators=trees,
        max_depth=settings.max_depth,
        min_samples_leaf=leaf,
        max_samples=tree_rows,
        random_state=seed,
        n_jobs=jobs or threads(),
    )
    return forest.fit(values, labels).set_params(n_jobs=1)
