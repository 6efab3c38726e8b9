"""Migration: how many customers, with how much spend, moved from which segment to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clustomer.matrix.matrix import Floats
from clustomer.segments.identity import FEWEST, Kind

if TYPE_CHECKING:
    import pyarrow as pa

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Flow:
    """Customers who were in one segment and are in another, or the same.

    Parameters
    ----------
    from_id, from_name
        The segment before; None for customers who were not there.
    to_id, to_name
        The segment now; None for customers who are gone.
    customers
        How many.
    share_of_from
        Their share of the old segment, 0 to 1; None for customers who were not there.
    spend_before, spend_now
        Their total spend in each run; None where there is no spend, or they are fewer than ten.
    """

    from_id: str | None
    from_name: str | None
    to_id: str | None
    to_name: str | None
    customers: int
    share_of_from: float | None
    spend_before: float | None
    spend_now: float | None


@dataclass(frozen=True, slots=True)
class Relation:
    """What became of segments, in words: ids with their names.

    `by` says what decided for those that go on; `text` is a sentence.
    """

    kind: Kind
    before: tuple[tuple[str, str], ...]
    now: tuple[tuple[str, str], ...]
    by: str
    jaccard: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Migration:
    """Two runs beside each other.

    Parameters
    ----------
    previous
        Where the earlier run came from.
    relations
        What became of each segment.
    flows
        Customers by old and new segment, empty ones left out; none where the runs share no
        customers.
    in_both, moved, came, gone
        Customers in both runs, those of them in another segment now, new ones, and those who are
        not there any more.
    spend_moved
        Share of the spend of `in_both` that the moved bring now, 0 to 1; None without spend.
    """

    previous: str
    relations: tuple[Relation, ...]
    flows: tuple[Flow, ...]
    in_both: int
    moved: int
    came: int
    gone: int
    spend_moved: float | None

    def renamed(self, segment_id: str, name: str) -> Migration:
        """The same with another name for a segment of the later run."""
        relations = []
        for relation in self.relations:
            now = tuple((one, name if one == segment_id else old) for one, old in relation.now)
            text = told(relation.kind, relation.before, now)
            relations.append(replace(relation, now=now, text=text))
        return replace(
            self,
            relations=tuple(relations),
            flows=tuple(
                replace(flow, to_name=name) if flow.to_id == segment_id else flow
                for flow in self.flows
            ),
        )

    def table(self) -> pa.Table:
        """The flows as a table, one row each."""
        import pyarrow as pa

        text, number = pa.string(), pa.float64()
        kinds = {"customers": pa.int64(), "share_of_from": number}
        kinds |= {"spend_before": number, "spend_now": number}
        return pa.table(
            {
                name: pa.array([getattr(flow, name) for flow in self.flows], kinds.get(name, text))
                for name in Flow.__dataclass_fields__
            }
        )


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One run's customers.

    Parameters
    ----------
    ids, names
        Of its segments, by place.
    places
        int64, shape (customers,): place of each customer's segment.
    spend
        float64, shape (customers,), NaN where not known; None where the run has no spend.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    places: Places
    spend: Floats | None


def flows(before: Side, now: Side, rows: tuple[Places, Places]) -> tuple[Flow, ...]:
    """Count customers by old and new segment, those of one run only too.

    Parameters
    ----------
    rows
        Rows of the customers in both runs: in `before` and in `now`, alike in order.
    """
    olds, news = len(before.ids), len(now.ids)
    gone = np.setdiff1d(np.arange(len(before.places)), rows[0])
    came = np.setdiff1d(np.arange(len(now.places)), rows[1])
    cell = np.concatenate(
        [
            before.places[rows[0]] * (news + 1) + now.places[rows[1]],
            before.places[gone] * (news + 1) + news,
            olds * (news + 1) + now.places[came],
        ]
    )
    size = (olds + 1) * (news + 1)
    counts = np.bincount(cell, minlength=size)
    spent = _spent(before.spend, np.concatenate([rows[0], gone]), len(came))
    spends = _spent(now.spend, rows[1], len(gone), np.asarray(came))
    sums_before = _sums(cell, spent, size)
    sums_now = _sums(cell, spends, size)
    sizes = np.bincount(before.places, minlength=olds)
    found = []
    for at in np.flatnonzero(counts).tolist():
        old, new = divmod(at, news + 1)
        there, here = old < olds, new < news
        enough = counts[at] >= FEWEST
        found.append(
            Flow(
                from_id=before.ids[old] if there else None,
                from_name=before.names[old] if there else None,
                to_id=now.ids[new] if here else None,
                to_name=now.names[new] if here else None,
                customers=int(counts[at]),
                share_of_from=float(counts[at] / sizes[old]) if there else None,
                spend_before=_sum(sums_before, at) if there and enough else None,
                spend_now=_sum(sums_now, at) if here and enough else None,
            )
        )
    return tuple(found)


def _spent(
    spend: Floats | None, first: Places, blank: int, last: Places | None = None
) -> Floats | None:
    """Spend in the order of the cells: rows, then nothing for those of the other run, then rows."""
    if spend is None:
        return None
    known = np.where(np.isfinite(spend), spend, 0.0)
    parts = [known[first], np.zeros(blank)]
    return np.concatenate(parts if last is None else [*parts, known[last]])


def _sums(cell: Places, spend: Floats | None, size: int) -> Floats | None:
    if spend is None:
        return None
    return np.bincount(cell, weights=spend, minlength=size).astype(np.float64)


def _sum(sums: Floats | None, at: int) -> float | None:
    return None if sums is None else float(sums[at])


def told(kind: Kind, before: Sequence[tuple[str, str]], now: Sequence[tuple[str, str]]) -> str:
    """Say what became of segments, given by their ids and names, in a sentence."""
    old, new = _listed(before), _listed(now)
    match kind:
        case "split":
            return f"{old} was split into {new}."
        case "merged":
            return f"{old} were merged into {new}."
        case "new":
            return f"{new} is new."
        case "retired":
            return f"{old} is retired: no segment of this run goes on from it."
        case _:
            same = before == now
            return f"{new} goes on." if same else f"{old} goes on as {new}."


def _listed(segments: Sequence[tuple[str, str]]) -> str:
    texts = [f"{one} {name}" for one, name in segments]
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} and {texts[-1]}"
