"""Identity: which segment of a refit is which segment of the run before.

A clusterer numbers its clusters anew every time. A segment goes on where its members do: of the
customers that are in both runs, the overlap of every old with every new segment is counted, and old
and new are paired one to one so that the sum of their Jaccard indices is largest (H. W. Kuhn, "The
Hungarian method for the assignment problem", Naval Research Logistics Quarterly 2, 1955). A pair
goes on when its Jaccard index is at least one half, the point at which C. Hennig, "Cluster-wise
assessment of cluster stability", Computational Statistics & Data Analysis 52, 2007, calls a cluster
dissolved; or when more than half of either lies in the other; or when much of it does and the new
centre lies where the old one lay. Where too few members are in both runs to tell, centres alone
decide. Nothing here knows which algorithm made the segments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from clustomer.matrix.matrix import Floats

Counts = NDArray[np.int64]
Places = NDArray[np.int64]

GOES_ON: Final = 0.5
"""Jaccard index from which a pair goes on."""

GOES_ON_IN_PLACE: Final = 0.2
"""The same where the new centre lies nearest to the old one, and the old one to it."""

MOSTLY: Final = 0.5
"""A segment comes mostly from another where more than this share of its members does."""

PART: Final = 0.2
"""Least share of a segment's members that counts as a part of it that went elsewhere."""

FEWEST: Final = 10
"""Members in both runs below which they tell nothing."""

INNER: Final = 0.5
"""A centre is in an old one's place within this part of the way from that one to the next."""

Evidence = Literal["members", "members and centres", "centres"]
Kind = Literal["goes on", "split", "merged", "new", "retired"]


@dataclass(frozen=True, slots=True)
class Link:
    """An old segment that goes on as a new one; both by their place.

    `jaccard` is None where members did not decide.
    """

    before: int
    now: int
    by: Evidence
    jaccard: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """What became of segments, by their places in the old and the new run.

    ========  ======================================================================
    kind      meaning
    ========  ======================================================================
    goes on   one old segment is one new segment
    split     one old segment became several new ones
    merged    several old segments became one new one
    new       a new segment without an old one
    retired   an old segment without a new one
    ========  ======================================================================
    """

    kind: Kind
    before: tuple[int, ...]
    now: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """Old and new segments, matched.

    Parameters
    ----------
    links
        Those that go on, by rising new place.
    changes
        What became of all: every old and every new place is in at least one.
    """

    links: tuple[Link, ...]
    changes: tuple[Change, ...]


def overlap(before: Places, now: Places, olds: int, news: int) -> Counts:
    """Count customers of both runs by old and new segment.

    Parameters
    ----------
    before, now
        int64, shape (customers in both runs,): place of the segment in each run.
    olds, news
        Number of segments in each run.

    Returns
    -------
    int64, shape (olds, news).

    >>> overlap(np.array([0, 0, 1]), np.array([1, 1, 0]), 2, 2).tolist()
    [[0, 2], [1, 0]]
    """
    return np.bincount(before * news + now, minlength=olds * news).reshape(olds, news)


def match(
    shared: Counts, distances: Floats | None = None, spacing: Floats | None = None
) -> Matching:
    """Match old and new segments.

    Parameters
    ----------
    shared
        int64, shape (olds, news): customers of both runs, see `overlap`.
    distances
        float64, shape (olds, news): from old to new centres, in the old model's space; None where
        the new customers cannot be put into it.
    spacing
        float64, shape (olds,): from each old centre to the nearest other old one.

    Returns
    -------
    Matching
        The same for any order of the segments, their places aside.
    """
    from scipy.optimize import linear_sum_assignment

    jaccard = _jaccard(shared)
    at_home = _at_home(shared.shape, distances, spacing)
    # Distances only settle ties between equal overlaps.
    far = (
        np.zeros(shared.shape)
        if distances is None
        else distances / (1.0 + distances.max(initial=0.0))
    )
    links: list[Link] = []
    for old, new in zip(*linear_sum_assignment(jaccard - 1e-9 * far, maximize=True), strict=True):
        by = _goes_on(shared, jaccard, at_home, int(old), int(new))
        if by is not None:
            links.append(Link(int(old), int(new), by, float(jaccard[old, new])))
    links += _by_centres(shared, at_home, links)
    links.sort(key=lambda link: link.now)
    return Matching(tuple(links), _changes(shared, links))


def _jaccard(shared: Counts) -> Floats:
    union = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0, keepdims=True) - shared
    found: Floats = shared / np.maximum(union, 1)
    return found


def _at_home(
    shape: tuple[int, ...], distances: Floats | None, spacing: Floats | None
) -> NDArray[np.bool_]:
    """Where a new centre lies in an old one's place: each nearest to the other, and near."""
    if distances is None or spacing is None or not distances.size:
        return np.zeros(shape, dtype=np.bool_)
    nearest = (distances == distances.min(axis=0)) & (distances == distances.min(axis=1)[:, None])
    near: NDArray[np.bool_] = nearest & (distances < INNER * spacing[:, None])
    return near


def _goes_on(
    shared: Counts, jaccard: Floats, at_home: NDArray[np.bool_], old: int, new: int
) -> Evidence | None:
    both = shared[old, new]
    if both < 1:
        return None
    kept, came = both / shared[old].sum(), both / shared[:, new].sum()
    if jaccard[old, new] >= GOES_ON or (kept > MOSTLY and came > MOSTLY):
        return "members"
    if jaccard[old, new] >= GOES_ON_IN_PLACE and at_home[old, new]:
        return "members and centres"
    return None


def _by_centres(shared: Counts, at_home: NDArray[np.bool_], linked: list[Link]) -> list[Link]:
    """Link what has too few members in both runs by its centre alone."""
    olds, news = {link.before for link in linked}, {link.now for link in linked}
    silent_old, silent_new = shared.sum(axis=1) < FEWEST, shared.sum(axis=0) < FEWEST
    return [
        Link(int(old), int(new), "centres", None)
        for old, new in np.argwhere(at_home)
        if int(old) not in olds and int(new) not in news and (silent_old[old] or silent_new[new])
    ]


def _changes(shared: Counts, links: list[Link]) -> tuple[Change, ...]:
    kept = shared / np.maximum(shared.sum(axis=1, keepdims=True), 1)
    came = shared / np.maximum(shared.sum(axis=0, keepdims=True), 1)
    enough = shared >= FEWEST
    apart = enough & (kept >= PART) & (came > MOSTLY)
    together = enough & (kept > MOSTLY) & (came >= PART)
    found: list[Change] = []
    for old in range(len(shared)):
        parts = np.flatnonzero(apart[old]).tolist()
        if len(parts) > 1:
            found.append(Change("split", (old,), tuple(parts)))
    for new in range(shared.shape[1]):
        parts = np.flatnonzero(together[:, new]).tolist()
        if len(parts) > 1:
            found.append(Change("merged", tuple(parts), (new,)))
    told_old = {old for one in found for old in one.before}
    told_new = {new for one in found for new in one.now}
    going = {link.before: link.now for link in links}
    for old, new in going.items():
        if old not in told_old and new not in told_new:
            found.append(Change("goes on", (old,), (new,)))
            told_old.add(old)
            told_new.add(new)
    # What goes on beside a split or merger of the other side is told by itself too.
    found += [
        Change("goes on", (old,), (new,))
        for old, new in going.items()
        if (old in told_old) != (new in told_new)
    ]
    told_old |= set(going)
    told_new |= set(going.values())
    found += [Change("new", (), (new,)) for new in range(shared.shape[1]) if new not in told_new]
    found += [Change("retired", (old,), ()) for old in range(len(shared)) if old not in told_old]
    return tuple(found)
