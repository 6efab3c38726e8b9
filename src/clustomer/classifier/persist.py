"""A surrogate as bytes and back, without pickle.

The bytes are a deflated skops archive of plain values and NumPy arrays: the nodes of all trees, one
tree after the other, an array for each field. No type of scikit-learn is read from it. The
estimator is built anew from the arrays once they are checked, because scikit-learn follows a tree's
indices unchecked.
"""

from __future__ import annotations

import io
import itertools
import json
import tokenize
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from clustomer.classifier.train import Surrogate
from clustomer.errors import BundleError, listed

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier
    from sklearn.tree._tree import Tree

    from clustomer.classifier.train import Estimator

Column: TypeAlias = NDArray[Any]
_Kind = TypeVar("_Kind")

_FORMAT: Final = 2
_LEVEL: Final = 1
"""Deflate's fastest; higher levels take twice as long for a tenth less."""
_LARGEST: Final = 2 * 1024**3
"""Most bytes that an archive may unpack to."""

_COUNTS: Final = ("left_child", "right_child", "feature", "n_node_samples", "missing_go_to_left")
"""Whole-numbered fields of scikit-learn's nodes; children are counted within their tree."""
_MEASURES: Final = ("threshold", "impurity", "weighted_n_node_samples")
"""Its float64 fields."""

_FIELDS: Final = {
    *("format", "kind", "names", "k", "trained_on", "parameters"),
    *("classes", "sizes", "depths", "shares"),
    *_COUNTS,
    *_MEASURES,
}
"""What an archive holds.

`parameters` are those that differ from scikit-learn's defaults. `classes` has shape (classes,),
`sizes` (nodes of each tree) and `depths` (trees,), `shares` (each node's classes) (nodes, classes),
and the node fields (nodes,).
"""

_ROUNDING: Final = 1e-9
"""How far the shares of a node may be from 1 in sum."""
_LEAF: Final = -1
"""scikit-learn's number for the child of a leaf."""

_UNREADABLE: Final = (
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
    ArithmeticError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What zipfile, skops and NumPy raise on damaged or foreign archives."""


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
        **_columns([tree.tree_ for tree in _trees(estimator)]),
    }
    return _archived(content)


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
    from skops.io import get_untrusted_types, loads
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        _check_size(data)
        content = loads(data, trusted=[])
        checked = _checked(content)
    except UntrustedTypesFoundException as error:
        foreign = listed(sorted(get_untrusted_types(data=data)), limit=5)
        _refuse(f"it would build objects of type {foreign}", error)
    except _UNREADABLE as error:
        _refuse(f"not a readable skops archive ({type(error).__name__}: {error})", error)
    return _rebuilt(checked)


def _trees(estimator: Estimator) -> list[DecisionTreeClassifier]:
    from sklearn.ensemble import RandomForestClassifier

    if isinstance(estimator, RandomForestClassifier):
        return list(estimator.estimators_)
    return [estimator]


def _columns(trees: list[Tree]) -> dict[str, Column]:
    _node_type()
    states = [tree.__getstate__() for tree in trees]
    nodes = np.concatenate([state["nodes"] for state in states])
    return {
        "sizes": _narrow(np.array([len(state["nodes"]) for state in states])),
        "depths": _narrow(np.array([state["max_depth"] for state in states])),
        "shares": np.concatenate([state["values"][:, 0, :] for state in states]),
        **{name: _narrow(nodes[name]) for name in _COUNTS},
        **{name: np.ascontiguousarray(nodes[name]) for name in _MEASURES},
    }


def _narrow(counts: Column) -> Column:
    """Cast to the first of int16, int32 and int64 that holds every value."""
    low, high = counts.min(), counts.max()
    fitting = (
        kind
        for kind in (np.int16, np.int32)
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max
    )
    return counts.astype(next(fitting, np.int64))


def _archived(content: Mapping[str, object]) -> bytes:
    """Write by skops, then put counts where it wrote addresses in memory and the time of day."""
    from skops.io import dumps

    numbers = itertools.count(1)
    arrays: list[str] = []

    def numbered(state: dict[str, object]) -> dict[str, object]:
        if "__id__" in state:
            state["__id__"] = next(numbers)
        if isinstance(name := state.get("file"), str):
            state["file"] = f"{len(arrays)}.npy"
            arrays.append(name)
        return state

    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(dumps(content))) as raw,
        zipfile.ZipFile(buffer, "w") as archive,
    ):
        schema = json.loads(raw.read("schema.json"), object_hook=numbered)
        parts = {f"{place}.npy": raw.read(name) for place, name in enumerate(arrays)}
        parts["schema.json"] = json.dumps(schema).encode()
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED, _LEVEL)
    return buffer.getvalue()


def _check_size(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > _LARGEST:
            _refuse("an archive that unpacks to more than 2 GB")


def _checked(content: Any) -> dict[str, Any]:
    if (
        type(content) is not dict
        or set(content) != _FIELDS
        or type(content["format"]) is not int
        or content["format"] != _FORMAT
    ):
        _refuse("an archive of something else")
    if not (_is_plain(content) and _fits(content) and _is_grown(content) and _measures(content)):
        _refuse("an archive whose parts do not fit together")
    return content


def _is_plain(content: Mapping[str, Any]) -> bool:
    """Whether what is not an array has the types and values it may have."""
    names, parameters = content["names"], content["parameters"]
    texts = type(names) is list and all(type(name) is str for name in names)
    counts = all(type(content[name]) is int and content[name] > 0 for name in ("k", "trained_on"))
    settings = type(parameters) is dict and all(
        type(name) is str and type(value) in {type(None), bool, int, float, str}
        for name, value in parameters.items()
    )
    # More than one thread would let the order of a forest's sums, and so their last bits, vary.
    kinds = {"random-forest": 1, "decision-tree": None}
    return (
        texts
        and counts
        and settings
        and type(content["kind"]) is str
        and content["kind"] in kinds
        and parameters.get("n_jobs") == kinds[content["kind"]]
    )


def _fits(content: Mapping[str, Any]) -> bool:
    """Whether the arrays have the types and shapes that belong together."""
    whole = [content[name] for name in ("classes", "sizes", "depths", *_COUNTS)]
    broken = [content[name] for name in ("shares", *_MEASURES)]
    if not (
        all(type(column) is np.ndarray and column.dtype.kind == "i" for column in whole)
        and all(
            type(column) is np.ndarray and column.dtype.newbyteorder("=") == np.float64
            for column in broken
        )
    ):
        return False
    classes, sizes = content["classes"], content["sizes"]
    if classes.ndim != 1 or sizes.ndim != 1 or not len(classes) or not len(sizes):
        return False
    nodes = len(content["shares"])
    return bool(
        content["shares"].shape == (nodes, len(classes))
        and all(content[name].shape == (nodes,) for name in (*_COUNTS, *_MEASURES))
        and content["depths"].shape == sizes.shape
        and np.all((sizes >= 1) & (sizes <= nodes))
        and sizes.sum() == nodes
        and (content["kind"] == "random-forest" or len(sizes) == 1)
        and np.all((classes >= 0) & (classes < content["k"]))
        and np.all(classes[1:] > classes[:-1])
    )


def _is_grown(content: Mapping[str, Any]) -> bool:
    """Whether every index of a tree stays within it, and its nodes are one tree."""
    sizes = content["sizes"].astype(np.int64)
    left, right, feature = (
        content[name].astype(np.int64) for name in ("left_child", "right_child", "feature")
    )
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    here = np.arange(len(left)) - starts
    size = np.repeat(sizes, sizes)
    leaf = left == _LEAF
    # scikit-learn numbers children after their parent; so a path of rising numbers must end.
    onward = (left > here) & (right > here) & (left < size) & (right < size)
    named = (feature >= 0) & (feature < len(content["names"]))
    if not np.all(np.where(leaf, right == _LEAF, onward & named)):
        return False
    children = np.concatenate([(starts + left)[~leaf], (starts + right)[~leaf]])
    parents = np.bincount(children, minlength=len(left))
    missing, depths = content["missing_go_to_left"], content["depths"]
    return bool(
        np.array_equal(parents, here > 0)
        and np.all((missing == 0) | (missing == 1))
        and np.all((depths >= 0) & (depths < sizes))
    )


def _measures(content: Mapping[str, Any]) -> bool:
    """Whether the numbers in the nodes are such as training leaves there."""
    shares, weights = content["shares"], content["weighted_n_node_samples"]
    return bool(
        # An infinite threshold is how scikit-learn parts the missing values from all others.
        not np.isnan(content["threshold"]).any()
        and np.isfinite(content["impurity"]).all()
        and np.all(np.isfinite(weights) & (weights > 0))
        and np.all(content["n_node_samples"] > 0)
        and np.all((shares >= 0) & (shares <= 1 + _ROUNDING))
        and np.all(np.abs(shares.sum(axis=1) - 1) <= _ROUNDING)
    )


def _rebuilt(content: Mapping[str, Any]) -> Surrogate:
    node_type = _node_type()
    try:
        estimator = _estimator(content, _grown(content, node_type))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        _foreign_release(f"its trees do not build ({type(error).__name__}: {error})", error)
    return Surrogate(
        kind=content["kind"],
        estimator=estimator,
        names=tuple(content["names"]),
        k=content["k"],
        trained_on=content["trained_on"],
    )


def _estimator(content: Mapping[str, Any], trees: list[Tree]) -> Estimator:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.tree import DecisionTreeClassifier

    classes, parameters = content["classes"], content["parameters"]
    if content["kind"] == "decision-tree":
        alone = DecisionTreeClassifier(**parameters)
        return _with_fitted(alone, content, classes_=classes, tree_=trees[0])

    forest = RandomForestClassifier(**parameters)
    if forest.n_estimators != len(trees):
        _refuse("an archive whose parts do not fit together")
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


def _with_fitted(estimator: _Kind, content: Mapping[str, Any], **fitted: object) -> _Kind:
    """Set what fitting sets on every estimator here, and `fitted`."""
    every = {
        "n_features_in_": len(content["names"]),
        "n_outputs_": 1,
        "n_classes_": len(content["classes"]),
    }
    for name, value in {**every, **fitted}.items():
        setattr(estimator, name, value)
    return estimator


def _grown(content: Mapping[str, Any], node_type: np.dtype[np.void]) -> list[Tree]:
    from sklearn.tree._tree import Tree

    nodes = np.zeros(len(content["shares"]), dtype=node_type)
    for name in (*_COUNTS, *_MEASURES):
        nodes[name] = content[name]
    values = np.ascontiguousarray(content["shares"][:, np.newaxis, :], dtype=np.float64)
    classes = np.array([values.shape[2]], dtype=np.intp)
    ends = np.cumsum(content["sizes"], dtype=np.int64).tolist()
    trees = []
    for start, end, depth in zip([0, *ends], ends, content["depths"].tolist(), strict=False):
        tree = Tree(len(content["names"]), classes, 1)
        tree.__setstate__(
            {
                "max_depth": depth,
                "node_count": end - start,
                "nodes": nodes[start:end],
                "values": values[start:end],
            }
        )
        trees.append(tree)
    return trees


def _node_type() -> np.dtype[np.void]:
    """scikit-learn's type of a node, where it has the very fields that are kept here."""
    from sklearn.tree import _tree

    found: np.dtype[np.void] | None = getattr(_tree, "NODE_DTYPE", None)
    fields: Iterable[str] = (found.names or ()) if found is not None else ()
    different = {*fields} ^ {*_COUNTS, *_MEASURES}
    if found is None or different:
        _foreign_release(f"nodes of its trees differ in {listed(sorted(different))}")
    return found


def _foreign_release(found: str, cause: Exception | None = None) -> NoReturn:
    from sklearn import __version__ as release

    raise BundleError(
        "The model's classifier does not go with the installed scikit-learn.",
        found=f"scikit-learn {release}: {found}",
        remedy="Install the release of scikit-learn that the model was fitted with.",
    ) from cause


def _refuse(found: str, cause: Exception | None = None) -> NoReturn:
    raise BundleError(
        "The model's classifier cannot be read.",
        found=found,
        remedy="Take the model from its source again, or fit it anew.",
    ) from cause
