"""A surrogate as bytes and back, without pickle.

The bytes are an archive of plain values and NumPy arrays (`archive`): the nodes of trees (`nodes`),
or the coefficients of a logistic regression. No type of scikit-learn is read from it. The estimator
is built anew from the arrays once they are checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import numpy as np

from clustomer.classifier.archive import UNREADABLE, archived, opened, refuse, unreadable
from clustomer.classifier.boosted import STEPS, boosted, boosting_fits, steps_of, trees_of_boosting
from clustomer.classifier.nodes import (
    FIELDS,
    Column,
    answers_of,
    columns_of,
    fits,
    foreign_release,
    grown,
    is_float64,
)
from clustomer.classifier.train import Kind, Surrogate

if TYPE_CHECKING:
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    from clustomer.classifier.train import Estimator

_Fitted = TypeVar("_Fitted")

_FORMAT: Final = 2

_COMMON: Final = frozenset({"format", "kind", "names", "k", "trained_on", "parameters", "classes"})
"""What every archive holds.

`parameters` are those that differ from scikit-learn's defaults; `classes` has shape (classes,).
"""

_OWN: Final[Mapping[str, frozenset[str]]] = {
    "random-forest": FIELDS | {"shares"},
    "decision-tree": FIELDS | {"shares"},
    "gradient-boosting": FIELDS | {STEPS},
    "logistic-regression": frozenset({"coefficients", "intercepts"}),
}
"""What it holds beside that, by kind.

`shares` (each node's classes) has shape (nodes, classes), `steps` (nodes,), `coefficients`
(classes, columns) and `intercepts` (classes,), where two classes have one row of them.
"""

_ROUNDING: Final = 1e-9
"""How far the shares of a node may be from 1 in sum."""
_LARGEST: Final = 1e100
"""Most that a coefficient may be: sums of such products stay finite."""


def to_bytes(surrogate: Surrogate) -> bytes:
    """Write a surrogate; equal surrogates give equal bytes.

    `from_bytes` gives one with the same answers, bit for bit.

    Raises
    ------
    BundleError
        Where the installed scikit-learn has other trees than this can keep.
    """
    estimator = surrogate.estimator
    defaults = type(estimator)().get_params(deep=False)
    content = {
        "format": _FORMAT,
        "kind": surrogate.kind,
        "names": list(surrogate.names),
        "k": surrogate.k,
        "trained_on": surrogate.trained_on,
        "parameters": {
            name: value
            for name, value in estimator.get_params(deep=False).items()
            if value != defaults[name]
        },
        "classes": np.asarray(estimator.classes_),
        **_columns(surrogate.kind, estimator),
    }
    return archived(content)


def from_bytes(data: bytes) -> Surrogate:
    """Read what `to_bytes` wrote.

    The estimator has its parameters, its answers, its importances and the structure of its trees.
    It has not what only its training used: the seeds of a forest's trees, for instance.

    Raises
    ------
    BundleError
        Where the bytes are no such archive (a pickle, for instance), are damaged, need a type
        beyond plain values and arrays, hold a tree that points outside itself, or where the
        installed scikit-learn has other trees. Nothing is built from an archive that names a type
        which skops does not know for harmless.
    """
    content = opened(data)
    try:
        checked = _checked(content)
    except UNREADABLE as error:
        unreadable(error)
    return _rebuilt(checked)


def _columns(kind: Kind, estimator: Estimator) -> dict[str, Column]:
    if kind == "logistic-regression":
        linear = cast("LogisticRegression", estimator)
        return {
            "coefficients": np.ascontiguousarray(linear.coef_),
            "intercepts": np.ascontiguousarray(linear.intercept_),
        }
    if kind == "gradient-boosting":
        trees = trees_of_boosting(cast("GradientBoostingClassifier", estimator))
        return {**columns_of(trees), STEPS: steps_of(trees)}
    if kind == "random-forest":
        trees = [tree.tree_ for tree in cast("RandomForestClassifier", estimator).estimators_]
    else:
        trees = [cast("DecisionTreeClassifier", estimator).tree_]
    return {**columns_of(trees), "shares": answers_of(trees)}


def _checked(content: Any) -> dict[str, Any]:
    if (
        type(content) is not dict
        or set(content) not in [_COMMON | own for own in _OWN.values()]
        or type(content["format"]) is not int
        or content["format"] != _FORMAT
    ):
        refuse("an archive of something else")
    if not (_is_plain(content) and _classes_fit(content) and _own_fit(content)):
        refuse("an archive whose parts do not fit together")
    return content


def _is_plain(content: Mapping[str, Any]) -> bool:
    """Whether what is not an array has the types and values it may have."""
    kind, names, parameters = content["kind"], content["names"], content["parameters"]
    texts = type(names) is list and all(type(name) is str for name in names)
    counts = all(type(content[name]) is int and content[name] > 0 for name in ("k", "trained_on"))
    settings = type(parameters) is dict and all(
        type(name) is str and type(value) in {type(None), bool, int, float, str}
        for name, value in parameters.items()
    )
    return (
        texts
        and counts
        and settings
        and type(kind) is str
        and kind in _OWN
        and set(content) == _COMMON | _OWN[kind]
        # More than one thread would let the order of a forest's sums, and so their last bits, vary.
        and parameters.get("n_jobs") == (1 if kind == "random-forest" else None)
    )


def _classes_fit(content: Mapping[str, Any]) -> bool:
    classes = content["classes"]
    return bool(
        type(classes) is np.ndarray
        and classes.dtype.kind == "i"
        and classes.ndim == 1
        and len(classes)
        and np.all((classes >= 0) & (classes < content["k"]))
        and np.all(classes[1:] > classes[:-1])
    )


def _own_fit(content: Mapping[str, Any]) -> bool:
    if content["kind"] == "logistic-regression":
        return _coefficients_fit(content)
    if not fits(content):
        return False
    if content["kind"] == "gradient-boosting":
        return boosting_fits(content)
    return _shares_fit(content)


def _coefficients_fit(content: Mapping[str, Any]) -> bool:
    coefficients, intercepts = content["coefficients"], content["intercepts"]
    count = len(content["classes"])
    rows = 1 if count == 2 else count
    return bool(
        count > 1
        and set(content["parameters"]) <= {"max_iter"}
        and is_float64(coefficients)
        and is_float64(intercepts)
        and coefficients.shape == (rows, len(content["names"]))
        and intercepts.shape == (rows,)
        # NaN is not below anything.
        and np.all(np.abs(coefficients) <= _LARGEST)
        and np.all(np.abs(intercepts) <= _LARGEST)
    )


def _shares_fit(content: Mapping[str, Any]) -> bool:
    shares = content["shares"]
    return bool(
        is_float64(shares)
        and shares.shape == (len(content["threshold"]), len(content["classes"]))
        and (content["kind"] == "random-forest" or len(content["sizes"]) == 1)
        and np.all((shares >= 0) & (shares <= 1 + _ROUNDING))
        and np.all(np.abs(shares.sum(axis=1) - 1) <= _ROUNDING)
    )


def _rebuilt(content: Mapping[str, Any]) -> Surrogate:
    try:
        estimator = _estimator(content)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        foreign_release(f"it does not build ({type(error).__name__}: {error})", error)
    return Surrogate(
        kind=content["kind"],
        estimator=estimator,
        names=tuple(content["names"]),
        k=content["k"],
        trained_on=content["trained_on"],
    )


def _estimator(content: Mapping[str, Any]) -> Estimator:
    if content["kind"] == "logistic-regression":
        return _regression(content)
    if content["kind"] == "gradient-boosting":
        return boosted(content)
    return _tree_or_forest(content)


def _regression(content: Mapping[str, Any]) -> LogisticRegression:
    from sklearn.linear_model import LogisticRegression

    estimator = LogisticRegression(**content["parameters"])
    estimator.n_features_in_ = len(content["names"])
    estimator.classes_ = content["classes"]
    estimator.coef_ = content["coefficients"].astype(np.float64)
    estimator.intercept_ = content["intercepts"].astype(np.float64)
    return estimator


def _tree_or_forest(content: Mapping[str, Any]) -> RandomForestClassifier | DecisionTreeClassifier:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.tree import DecisionTreeClassifier

    trees = grown(content, content["shares"])
    classes, parameters = content["classes"], content["parameters"]
    if content["kind"] == "decision-tree":
        alone = DecisionTreeClassifier(**parameters)
        return _with_fitted(alone, content, classes_=classes, tree_=trees[0])

    forest = RandomForestClassifier(**parameters)
    if forest.n_estimators != len(trees):
        refuse("an archive whose parts do not fit together")
    shared = {name: getattr(forest, name) for name in forest.estimator_params}
    shared["random_state"] = None
    # A forest hands its trees the numbers of its classes, as floats.
    places = np.arange(len(classes), dtype=np.float64)
    members = [
        _with_fitted(DecisionTreeClassifier(**shared), content, classes_=places, tree_=tree)
        for tree in trees
    ]
    base = DecisionTreeClassifier()
    return _with_fitted(forest, content, classes_=classes, estimator_=base, estimators_=members)


def _with_fitted(estimator: _Fitted, content: Mapping[str, Any], **fitted: object) -> _Fitted:
    """Set what fitting sets on every estimator here, and `fitted`."""
    every = {
        "n_features_in_": len(content["names"]),
        "n_outputs_": 1,
        "n_classes_": len(content["classes"]),
    }
    for name, value in {**every, **fitted}.items():
        setattr(estimator, name, value)
    return estimator
