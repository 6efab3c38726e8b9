"""The surrogate: a classifier that learns the segments from the same prepared features.

It exists for fast rules and explanations. What it is measured by is agreement with the clustering,
never accuracy: the clustering is a choice, not a truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from clustomer.classifier.split import Rows, held_out, with_every_cluster
from clustomer.clustering.contract import Labels
from clustomer.clustering.parallel import in_parallel, threads
from clustomer.errors import DataError
from clustomer.matrix.matrix import Floats, Matrix
from clustomer.recipe.settings import ClassifierSettings

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.tree import DecisionTreeClassifier

    Estimator: TypeAlias = RandomForestClassifier | DecisionTreeClassifier

Kind = Literal["random-forest", "decision-tree"]

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
        """Matrix columns by falling share of the impurity they remove; the shares sum to 1.

        The mean decrease in impurity of Breiman et al., "Classification and Regression Trees",
        1984. All 0 where there was nothing to tell apart. Equal shares stay in the matrix's order.
        """
        shares = [float(share) for share in self.estimator.feature_importances_]
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
                remedy="Prepare the rows with the matrix that the model was fitted with.",
            )
        tiles = [values[start : start + _TILE] for start in range(0, len(values), _TILE)]
        shares = np.zeros((len(values), self.k))
        if tiles:
            shares[:, self.estimator.classes_] = np.concatenate(
                in_parallel(self.estimator.predict_proba, tiles)
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
    estimator = fitted(
        matrix.values[learnt], labels[learnt], settings, seed=seed, trees=settings.trees
    )
    return Surrogate(settings.kind, estimator, matrix.names, k, len(learnt))


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

    A leaf of a tree holds at least `leaf` rows.

    A forest is grown by `jobs` threads, by default one a core.

    Trees have their own seeds before they are grown, so threads do not matter to a forest; when
    asked, it adds up its trees in one thread, because the order of a sum shows in its last bits.
    """
    if settings.kind == "decision-tree":
        from sklearn.tree import DecisionTreeClassifier

        tree = DecisionTreeClassifier(
            max_depth=settings.max_depth, min_samples_leaf=leaf, random_state=seed
        )
        return tree.fit(values, labels)

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
