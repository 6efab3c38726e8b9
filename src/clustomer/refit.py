"""Refits: a new fit beside the run before it, so that segments keep their ids and names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clustomer.clustering.contract import Clusterer, Labels
from clustomer.errors import DataError
from clustomer.findings import Finding
from clustomer.matrix.matrix import Floats
from clustomer.matrix.prepare import Preparation
from clustomer.model import Model
from clustomer.recipe.language import language_of
from clustomer.recipe.settings import Recipe
from clustomer.results import Results
from clustomer.runs import SavedRun, open_run
from clustomer.segments.describe import format_value
from clustomer.segments.identity import Matching, Places, match, overlap
from clustomer.segments.migration import Migration, Relation, Side, flows, told
from clustomer.segments.naming import outgrown
from clustomer.segments.profile import SPEND_FEATURES
from clustomer.segments.segment import Segment

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    AnyRun: TypeAlias = Results | SavedRun | str | Path


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """A run to match with.

    Parameters
    ----------
    where
        What messages call it.
    model
        Its model.
    ids, places, spend
        Its customers' ids as text, the places of their segments and their spend; see
        `migration.Side`.
    """

    where: str
    model: Model
    ids: pa.Array
    side: Side


def earlier(run: AnyRun, recipe: Recipe | None = None) -> Earlier:
    """Open a run to match with.

    Parameters
    ----------
    run
        A run in memory, one that was opened, or the folder of one that was saved.
    recipe
        The recipe of the new fit; its unit must be the same.

    Raises
    ------
    BundleError
        When there is no run in the folder.
    DataError
        When the runs segment different things.
    """
    opened = open_run(run) if isinstance(run, str | Path) else run
    model = opened.model
    where = opened.folder.absolute().name if isinstance(opened, SavedRun) else "the run before"
    if recipe is not None and recipe.unit != model.recipe.unit:
        raise DataError(
            "The two runs do not segment the same.",
            found=f"{model.recipe.noun} in {where}, {recipe.noun} in this fit",
            remedy="give an earlier run of the same unit",
        )
    table = opened.customers if isinstance(opened, Results) else _read(opened)
    return Earlier(where, model, _ids(table), _side(table, model))


def _read(run: SavedRun) -> pa.Table:
    return run.customers([run.id_name, "segment_id", *_spend_names(run.model.recipe)])


def _spend_names(recipe: Recipe) -> tuple[str, ...]:
    return (recipe.segments.spend,) if recipe.segments.spend else SPEND_FEATURES


def _ids(table: pa.Table) -> pa.Array:
    return pc.cast(table.column(0), pa.string()).combine_chunks()


def _side(table: pa.Table, model: Model) -> Side:
    segments = model.segments
    known = pa.array([segment.id for segment in segments], pa.string())
    places = pc.index_in(pc.cast(table["segment_id"], pa.string()), value_set=known)
    return Side(
        tuple(segment.id for segment in segments),
        tuple(segment.name for segment in segments),
        np.asarray(places.to_numpy(), dtype=np.int64),
        _spend(table, model.recipe),
    )


def _spend(table: pa.Table, recipe: Recipe) -> Floats | None:
    name = next((one for one in _spend_names(recipe) if one in table.column_names), None)
    if name is None:
        return None
    return np.asarray(pc.cast(table[name], pa.float64()).to_numpy(), dtype=np.float64)


def rows_in_both(before: Earlier, ids: pa.Array) -> tuple[Places, Places]:
    """Rows of the customers that are in both: of the earlier run, and of these ids.

    Rows have no id of their own that would stand in another file, so where the unit is the row
    nothing is in both.
    """
    none = np.zeros(0, dtype=np.int64)
    if before.model.recipe.unit == "row":
        return none, none
    found = pc.index_in(ids, value_set=before.ids)
    there = np.asarray(pc.is_valid(found).to_numpy(zero_copy_only=False), dtype=np.bool_)
    rows = np.flatnonzero(there).astype(np.int64)
    return np.asarray(found.drop_null().to_numpy(), dtype=np.int64), rows


def matched(before: Earlier, customers: pa.Table, labels: Labels) -> Matching:
    """Match the clusters of a new fit with the segments of an earlier run.

    Parameters
    ----------
    customers
        One row per customer: the id, then the features.
    labels
        int32, shape (customers,): the new clusters, which are the new places.
    """
    clusters = int(labels.max(initial=-1)) + 1
    old_rows, new_rows = rows_in_both(before, _ids(customers))
    return _match(before, old_rows, labels[new_rows].astype(np.int64), clusters, customers, labels)


def _match(
    before: Earlier,
    old_rows: Places,
    shared_now: Places,
    news: int,
    customers: pa.Table,
    labels: NDArray[np.int32] | Places,
) -> Matching:
    olds = len(before.model.segments)
    shared = overlap(before.side.places[old_rows], shared_now, olds, news)
    distances, spacing = _distances(before.model, customers, labels, news)
    return match(shared, distances, spacing)


def _distances(
    model: Model, customers: pa.Table, labels: NDArray[np.int32] | Places, news: int
) -> tuple[Floats | None, Floats | None]:
    """Distances of old and new centres in the old model's space, where customers fit into it."""
    centres = _old_centres(model.clusterer, model.segments)
    placed = _in_old_space(model.preparation, customers)
    if placed is None:
        return None, None
    sizes = np.maximum(np.bincount(labels, minlength=news), 1)
    means = np.column_stack(
        [np.bincount(labels, weights=column, minlength=news) / sizes for column in placed.T]
    )
    between = np.sqrt(np.square(centres[:, None] - centres[None]).sum(axis=2))
    np.fill_diagonal(between, np.inf)
    return np.sqrt(np.square(centres[:, None] - means[None]).sum(axis=2)), between.min(axis=1)


def _old_centres(clusterer: Clusterer, segments: Sequence[Segment]) -> Floats:
    return clusterer.centroids[[segment.cluster for segment in segments]]


def _in_old_space(preparation: Preparation, customers: pa.Table) -> Floats | None:
    """The customers prepared as the old model does; None where they lack one of its features."""
    if not set(preparation.inputs) <= set(customers.column_names):
        return None
    try:
        return preparation.transform(customers).values
    except DataError:
        # A feature of that name is of another type now: members alone must tell.
        return None


def continuing(before: Earlier, matching: Matching) -> dict[int, Segment]:
    """The old segment of each new cluster that goes on."""
    return {link.now: before.model.segments[link.before] for link in matching.links}


def migration(
    before: Earlier,
    matching: Matching,
    customers: pa.Table,
    segments: Sequence[Segment],
    labels: Labels,
    recipe: Recipe,
) -> Migration:
    """Tell what became of the segments of an earlier run, and who moved.

    Parameters
    ----------
    matching
        What `matched` gave: its new places are clusters.
    customers
        One row per customer: the id, then the features.
    segments
        The new segments, with their ids.
    labels
        int32, shape (customers,): the cluster of each.
    """
    place_of = {segment.cluster: place for place, segment in enumerate(segments)}
    order = np.array([place_of[cluster] for cluster in range(len(segments))], dtype=np.int64)
    now = Side(
        tuple(segment.id for segment in segments),
        tuple(segment.name for segment in segments),
        order[labels],
        _spend(customers, recipe),
    )
    rows = rows_in_both(before, _ids(customers))
    return _migration(before, now, rows, matching, order)


def _migration(
    before: Earlier, now: Side, rows: tuple[Places, Places], matching: Matching, order: Places
) -> Migration:
    old = before.side
    shared = before.model.recipe.unit != "row"
    same = np.full(len(old.ids), -1, dtype=np.int64)
    for link in matching.links:
        same[link.before] = order[link.now]
    moved = same[old.places[rows[0]]] != now.places[rows[1]]
    return Migration(
        previous=before.where,
        relations=_relations(matching, old, now, order),
        flows=flows(old, now, rows) if shared else (),
        in_both=len(moved),
        moved=int(np.count_nonzero(moved)),
        came=len(now.places) - len(moved) if shared else 0,
        gone=len(old.places) - len(moved) if shared else 0,
        spend_moved=_part(now.spend, rows[1], moved),
    )


def _part(spend: Floats | None, rows: Places, moved: NDArray[np.bool_]) -> float | None:
    if spend is None:
        return None
    of_both = np.where(np.isfinite(spend[rows]), spend[rows], 0.0)
    whole = float(of_both.sum())
    return float(of_both[moved].sum()) / whole if whole > 0 else None


def _relations(matching: Matching, old: Side, now: Side, order: Places) -> tuple[Relation, ...]:
    links = {(link.before, link.now): link for link in matching.links}
    found = []
    for change in matching.changes:
        before = tuple((old.ids[place], old.names[place]) for place in change.before)
        after = tuple(
            (now.ids[place], now.names[place])
            for place in sorted(int(order[p]) for p in change.now)
        )
        link = next(
            (links[o, n] for o in change.before for n in change.now if (o, n) in links), None
        )
        found.append(
            Relation(
                change.kind,
                before,
                after,
                "" if link is None else link.by,
                None if link is None else link.jaccard,
                told(change.kind, before, after),
            )
        )
    by_place = {one: place for place, one in enumerate((*now.ids, *old.ids))}
    return tuple(sorted(found, key=lambda one: by_place[(one.now or one.before)[0][0]]))


def identity_findings(
    moves: Migration | None, segments: Sequence[Segment], recipe: Recipe
) -> list[Finding]:
    """What a refit should tell: splits, mergers, new and retired segments, moves, old names."""
    if moves is None:
        return []
    found = [_change(relation) for relation in moves.relations if relation.kind != "goes on"]
    if moves.in_both:
        share = format_value(moves.moved / moves.in_both, "share", language_of(recipe.segments))
        found.append(
            Finding(
                "customers-moved",
                "note",
                f"{moves.moved:,} of {moves.in_both:,} {recipe.noun} that are in both runs "
                f"({share}) are in another segment than in {moves.previous}.",
            )
        )
    else:
        found.append(
            Finding(
                "no-common-customers",
                "warning",
                f"No {recipe.noun} are known to be in both this run and {moves.previous}: segments "
                "were matched by their centres alone, and nobody's move can be told.",
                "give an earlier run of the same customers, with the same ids",
            )
        )
    kept = {one for relation in moves.relations for one, _ in relation.before}
    found += [
        Finding(
            "name-outgrown",
            "warning",
            f"{one.id} keeps its name '{one.name}', but its profile has moved away from it.",
            f'give it another: clustomer rename OUT {one.id} "..."',
        )
        for one in segments
        if one.id in kept and one.named_by == "clustomer" and one.rule and _worn(one)
    ]
    return found


def _worn(segment: Segment) -> bool:
    return segment.rule is not None and outgrown(segment.rule, segment.numbers)


def _change(relation: Relation) -> Finding:
    match relation.kind:
        case "split":
            return Finding("segment-split", "warning", relation.text, _LOOK)
        case "merged":
            return Finding("segments-merged", "warning", relation.text, _LOOK)
        case "new":
            return Finding("segment-new", "note", relation.text)
        case _:
            return Finding("segment-retired", "warning", relation.text, _LOOK)


_LOOK = "see who moved in migration.csv, and adapt what hangs on the old ids"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs beside each other, each with its own ids and names.

    Parameters
    ----------
    migration
        What became of the segments of the first, and who is where in the second.
    goes_on
        Id in the first to id in the second, of segments that go on.
    """

    migration: Migration
    goes_on: Mapping[str, str]


def compare(first: AnyRun, second: AnyRun) -> Comparison:
    """Compare two runs: which segments go on, and which customers are where.

    Parameters
    ----------
    first, second
        Runs in memory, opened ones, or the folders of saved ones; ids and names stay as they are
        in each.

    Raises
    ------
    BundleError
        When there is no run in a folder.
    DataError
        When the runs segment different things.
    """
    later = open_run(second) if isinstance(second, str | Path) else second
    model = later.model
    before = earlier(first, model.recipe)
    customers = later.customers if isinstance(later, Results) else later.customers()
    now = _side(customers, model)
    rows = rows_in_both(before, _ids(customers))
    matching = _match(
        before, rows[0], now.places[rows[1]], len(model.segments), customers, now.places
    )
    own = np.arange(len(model.segments), dtype=np.int64)
    links = {before.side.ids[link.before]: now.ids[link.now] for link in matching.links}
    return Comparison(_migration(before, now, rows, matching, own), links)
