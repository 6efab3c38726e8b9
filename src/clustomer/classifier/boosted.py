"""Gradient boosting as the nodes of its trees, and back."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clustomer.classifier.nodes import Column, answers_of, grown, is_float64

if TYPE_CHECKING:
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.tree._tree import Tree

STEPS: Final = "steps"
"""The column that holds by how much each node moves a class's score, before it is shrunk."""

_LARGEST: Final = 1e100
"""Most that a node may move a score: a sum of such steps stays finite."""

_PARAMETERS: Final = {
    *("n_estimators", "max_depth", "max_features", "min_samples_leaf"),
    *("subsample", "init", "random_state"),
}
"""Parameters that training sets; no other may differ from scikit-learn's default."""

_OF_TRAINING: Final = ("train_score_", "oob_improvement_", "oob_scores_", "oob_score_")
"""What fitting leaves on the estimator that tells of its training alone."""


def trees_of_boosting(estimator: GradientBoostingClassifier) -> list[Tree]:
    """Give the trees, stage by stage, in a stage class by class."""
    return [tree.tree_ for tree in estimator.estimators_.ravel()]


def steps_of(trees: list[Tree]) -> Column:
    """Give by how much each node moves its class's score: float64, shape (nodes,)."""
    return np.ascontiguousarray(answers_of(trees)[:, 0])


def boosting_fits(content: Mapping[str, Any]) -> bool:
    """Whether trees, steps, classes and parameters of an archive belong together.

    The trees themselves are those of `nodes.fits`.
    """
    steps, parameters = content[STEPS], content["parameters"]
    stages = parameters.get("n_estimators", _default_stages())
    count = len(content["classes"])
    return bool(
        count > 1
        and set(parameters) <= _PARAMETERS
        and parameters.get("init") == "zero"
        and type(stages) is int
        and len(content["sizes"]) == stages * _width(count)
        and is_float64(steps)
        and steps.shape == content["threshold"].shape
        # NaN is not below anything.
        and np.all(np.abs(steps) <= _LARGEST)
    )


def boosted(content: Mapping[str, Any]) -> GradientBoostingClassifier:
    """Build the estimator from an archive that fits.

    Fitted in one stage on one made-up row of each class it has every attribute; then the trees are
    put in the place of those of that stage.
    """
    from sklearn.ensemble import GradientBoostingClassifier

    classes, parameters = content["classes"], content["parameters"]
    rows = np.zeros((len(classes), len(content["names"])))
    estimator = GradientBoostingClassifier(**{**parameters, "n_estimators": 1}).fit(rows, classes)
    template = estimator.estimators_[0, 0]
    trees = grown(content, content[STEPS][:, np.newaxis])
    members = np.empty(len(trees), dtype=object)
    for place, tree in enumerate(trees):
        members[place] = copy(template)
        members[place].tree_ = tree
    estimator.estimators_ = members.reshape(-1, _width(len(classes)))
    estimator.n_estimators_ = len(estimator.estimators_)
    estimator.set_params(n_estimators=estimator.n_estimators_)
    for name in _OF_TRAINING:
        if hasattr(estimator, name):
            delattr(estimator, name)
    return estimator


def _width(classes: int) -> int:
    """Trees in a stage: one a class, of two classes one alone."""
    return 1 if classes == 2 else classes


def _default_stages() -> int:
    from sklearn.ensemble import GradientBoostingClassifier

    stages: int = GradientBoostingClassifier().n_estimators
    return stages
