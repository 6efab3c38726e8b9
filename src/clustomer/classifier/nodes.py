"""The nodes of scikit-learn's trees as plain columns and back, checked before a tree is built.

The nodes of all trees stand one tree after the other, an array for each field. scikit-learn follows
a tree's indices unchecked, so whatever is read from outside goes through `fits` first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from clustomer.errors import BundleError, listed

if TYPE_CHECKING:
    from sklearn.tree._tree import Tree

Column: TypeAlias = NDArray[Any]

COUNTS: Final = ("left_child", "right_child", "feature", "n_node_samples", "missing_go_to_left")
"""Whole-numbered fields of scikit-learn's nodes; children are counted within their tree."""
MEASURES: Final = ("threshold", "impurity", "weighted_n_node_samples")
"""Its float64 fields."""

FIELDS: Final = frozenset({"sizes", "depths", *COUNTS, *MEASURES})
"""The columns: `sizes` (nodes of each tree) and `depths` have shape (trees,), the others (nodes,).

What each node answers is a column beside them, whose meaning depends on the kind of classifier.
"""

_LEAF: Final = -1
"""scikit-learn's number for the child of a leaf."""


def columns_of(trees: list[Tree]) -> dict[str, Column]:
    """Give the columns of trees, without their answers."""
    node_type()
    states = [tree.__getstate__() for tree in trees]
    nodes = np.concatenate([state["nodes"] for state in states])
    return {
        "sizes": _narrow(np.array([len(state["nodes"]) for state in states])),
        "depths": _narrow(np.array([state["max_depth"] for state in states])),
        **{name: _narrow(nodes[name]) for name in COUNTS},
        **{name: np.ascontiguousarray(nodes[name]) for name in MEASURES},
    }


def answers_of(trees: list[Tree]) -> Column:
    """Give what every node answers: float64, shape (nodes, answers)."""
    return np.concatenate([tree.__getstate__()["values"][:, 0, :] for tree in trees])


def _narrow(counts: Column) -> Column:
    """Cast to the first of int16, int32 and int64 that holds every value."""
    low, high = counts.min(), counts.max()
    fitting = (
        kind
        for kind in (np.int16, np.int32)
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max
    )
    return counts.astype(next(fitting, np.int64))


def fits(content: Mapping[str, Any]) -> bool:
    """Whether the columns of an archive are trees that can be followed safely.

    `content` has the columns of `FIELDS` and `names`, the columns that the trees ask about.
    """
    return _shaped(content) and _is_grown(content) and _measured(content)


def _shaped(content: Mapping[str, Any]) -> bool:
    """Whether the arrays have the types and shapes that belong together."""
    whole = [content[name] for name in ("sizes", "depths", *COUNTS)]
    if not (
        all(type(column) is np.ndarray and column.dtype.kind == "i" for column in whole)
        and all(is_float64(content[name]) for name in MEASURES)
    ):
        return False
    sizes = content["sizes"]
    if sizes.ndim != 1 or not len(sizes):
        return False
    nodes = content["threshold"].size
    return bool(
        all(content[name].shape == (nodes,) for name in (*COUNTS, *MEASURES))
        and content["depths"].shape == sizes.shape
        and np.all((sizes >= 1) & (sizes <= nodes))
        and sizes.sum() == nodes
    )


def is_float64(column: object) -> bool:
    """Whether it is an array of float64, in either order of bytes."""
    return type(column) is np.ndarray and column.dtype.newbyteorder("=") == np.float64


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


def _measured(content: Mapping[str, Any]) -> bool:
    """Whether the numbers in the nodes are such as training leaves there."""
    weights = content["weighted_n_node_samples"]
    return bool(
        # An infinite threshold is how scikit-learn parts the missing values from all others.
        not np.isnan(content["threshold"]).any()
        and np.isfinite(content["impurity"]).all()
        and np.all(np.isfinite(weights) & (weights > 0))
        and np.all(content["n_node_samples"] > 0)
    )


def grown(content: Mapping[str, Any], answers: Column) -> list[Tree]:
    """Build the trees; `answers` is float64, shape (nodes, answers)."""
    from sklearn.tree._tree import Tree

    nodes = np.zeros(len(answers), dtype=node_type())
    for name in (*COUNTS, *MEASURES):
        nodes[name] = content[name]
    values = np.ascontiguousarray(answers[:, np.newaxis, :], dtype=np.float64)
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


def node_type() -> np.dtype[np.void]:
    """scikit-learn's type of a node, where it has the very fields that are kept here."""
    from sklearn.tree import _tree

    found: np.dtype[np.void] | None = getattr(_tree, "NODE_DTYPE", None)
    fields: Iterable[str] = (found.names or ()) if found is not None else ()
    different = {*fields} ^ {*COUNTS, *MEASURES}
    if found is None or different:
        foreign_release(f"nodes of its trees differ in {listed(sorted(different))}")
    return found


def foreign_release(found: str, cause: Exception | None = None) -> NoReturn:
    """Raise the error of a scikit-learn whose estimators are not those that were kept."""
    from sklearn import __version__ as release

    raise BundleError(
        "The model's classifier does not go with the installed scikit-learn.",
        found=f"scikit-learn {release}: {found}",
        remedy="install the release of scikit-learn that the model was fitted with",
    ) from cause
