"""A surrogate as bytes and back, without pickle.

The bytes are a deflated skops archive: a zip of JSON and NumPy arrays that can only build the types
that its reader allows. Only what a tree or a forest is made of is allowed here, and what comes out
is checked before it is used, because scikit-learn follows a tree's indices unchecked.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np

from clustomer.classifier.train import Surrogate
from clustomer.errors import BundleError, listed

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier

ALLOWED: Final = ("numpy.dtype", "sklearn.tree._tree.Tree")
"""Types that are built on loading, besides those of skops's own list of harmless ones."""

_FORMAT: Final = 1
_LEVEL: Final = 6
_LARGEST: Final = 2 * 1024**3
"""Most bytes that an archive may unpack to."""

_FIELDS: Final = {"format", "kind", "names", "k", "trained_on", "estimator"}

_UNREADABLE: Final = (
    zipfile.BadZipFile,
    ArithmeticError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What skops, NumPy and scikit-learn raise on damaged or foreign archives."""


def to_bytes(surrogate: Surrogate) -> bytes:
    """Write a surrogate; `from_bytes` gives one with the same answers, bit for bit."""
    from skops.io import dumps

    content = {
        "format": _FORMAT,
        "kind": surrogate.kind,
        "names": list(surrogate.names),
        "k": surrogate.k,
        "trained_on": surrogate.trained_on,
        "estimator": surrogate.estimator,
    }
    written: bytes = dumps(content, compression=zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
    return written


def from_bytes(data: bytes) -> Surrogate:
    """Read what `to_bytes` wrote.

    Raises
    ------
    BundleError
        Where the bytes are no such archive (a pickle, for instance), are damaged, need a type that
        is not allowed, or hold a tree that points outside itself. Nothing is built from an archive
        that names a type which is not allowed.
    """
    from skops.io import get_untrusted_types, loads

    try:
        _check_size(data)
        foreign = sorted(set(get_untrusted_types(data=data)) - set(ALLOWED))
        if foreign:
            _refuse(f"it would build objects of type {listed(foreign, limit=5)}")
        return _checked(loads(data, trusted=list(ALLOWED)))
    except _UNREADABLE as error:
        _refuse(f"not a readable skops archive ({type(error).__name__}: {error})", error)


def _check_size(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > _LARGEST:
            _refuse("an archive that unpacks to more than 2 GB")


def _checked(content: Any) -> Surrogate:
    if not isinstance(content, dict) or set(content) != _FIELDS or content["format"] != _FORMAT:
        _refuse("an archive of something else")
    surrogate = Surrogate(
        kind=content["kind"],
        estimator=content["estimator"],
        names=tuple(content["names"]),
        k=content["k"],
        trained_on=content["trained_on"],
    )
    texts = all(isinstance(name, str) for name in surrogate.names)
    counts = all(type(count) is int and count > 0 for count in (surrogate.k, surrogate.trained_on))
    if not (texts and counts and _is_sound(surrogate)):
        _refuse("an archive whose parts do not fit together")
    return surrogate


def _is_sound(surrogate: Surrogate) -> bool:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.tree import DecisionTreeClassifier

    estimator = surrogate.estimator
    if surrogate.kind == "random-forest":
        if type(estimator) is not RandomForestClassifier or type(estimator.estimators_) is not list:
            return False
        trees, jobs = estimator.estimators_, estimator.n_jobs == 1
        counted = jobs and len(trees) == estimator.n_estimators
    else:
        trees, counted = [estimator], surrogate.kind == "decision-tree"
    classes = np.asarray(estimator.classes_)
    known = (
        classes.ndim == 1
        and np.issubdtype(classes.dtype, np.integer)
        and bool(np.all((classes >= 0) & (classes < surrogate.k)))
        and estimator.n_features_in_ == len(surrogate.names)
        and estimator.n_classes_ == len(classes) == len(np.unique(classes))
        and estimator.n_outputs_ == 1
    )
    return (
        bool(trees)
        and counted
        and known
        and all(
            type(tree) is DecisionTreeClassifier
            and _points_inside(tree, columns=len(surrogate.names), classes=len(classes))
            for tree in trees
        )
    )


def _points_inside(tree: DecisionTreeClassifier, *, columns: int, classes: int) -> bool:
    """Whether every index of a tree stays within it, and every path leads to a leaf."""
    nodes = tree.tree_
    if (
        (nodes.n_features, nodes.n_outputs, nodes.max_n_classes) != (columns, 1, classes)
        or (tree.n_features_in_, tree.n_outputs_, tree.n_classes_) != (columns, 1, classes)
        or nodes.node_count < 1
        or nodes.value.shape != (nodes.node_count, 1, classes)
    ):
        return False
    left, right, feature = nodes.children_left, nodes.children_right, nodes.feature
    here = np.arange(nodes.node_count)
    inner = left != -1
    # scikit-learn numbers children after their parent; so a path of rising numbers must end.
    onward = (left > here) & (right > here) & (left < len(here)) & (right < len(here))
    named = (feature >= 0) & (feature < columns)
    return bool(np.all(np.where(inner, onward & named, right == -1)))


def _refuse(found: str, cause: Exception | None = None) -> NoReturn:
    raise BundleError(
        "The model's classifier cannot be read.",
        found=found,
        remedy="Take the model from its source again, or fit it anew.",
    ) from cause
