"""What a person said of pairs of ids: they are one customer, or two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from clustomer.cleaning.decisions import SAME, Decision
from clustomer.cleaning.same.find import Proposal, Same, one_id
from clustomer.engines.base import Engine, literal, quoted
from clustomer.findings import Finding
from clustomer.recipe.settings import SameSettings

Pair = tuple[str, str]

OPEN: Final = ("proposed", "merged")
"""Decisions on a pair that no person took."""


@dataclass(frozen=True, slots=True)
class Said:
    """Pairs of ids, each in the order of the alphabet, that a person took for one customer or two.

    >>> said_of([Decision("same", "C1", "C2", "accept"), Decision("same", "C1", "C3", "reject")])
    Said(one=frozenset({('C1', 'C2')}), two=frozenset({('C1', 'C3')}))
    """

    one: frozenset[Pair] = frozenset()
    two: frozenset[Pair] = frozenset()

    @property
    def ids(self) -> list[str]:
        """All ids that are named."""
        return sorted({one for pair in self.one | self.two for one in pair})


def said_of(decisions: Iterable[Decision]) -> Said:
    """Pick the decisions on pairs; of several on one pair the last counts."""
    last = {one.cell: one.verdict for one in decisions if one.table == SAME}
    accepted = frozenset(cell[1:] for cell, verdict in last.items() if verdict == "accept")
    return Said(accepted, frozenset(cell[1:] for cell in last) - accepted)


def obey(found: Same, said: Said, table: str, settings: SameSettings) -> Same:
    """Merge what a person took for one customer, and keep apart what they took for two.

    Pairs that a person accepted come first, then, where the recipe merges, the surest. Two groups
    are not made one where a person took a customer of each for two.

    Parameters
    ----------
    found
        The pairs that look like one customer; nothing is merged yet.
    table
        What findings call the table of customers.
    """
    known = {(pair.id, pair.other_id) for pair in found.proposals}
    added = tuple(Proposal(*pair, None, {}) for pair in sorted(said.one - known))
    every = (*found.proposals, *added)
    accepted = [pair for pair in every if (pair.id, pair.other_id) in said.one]
    merging = [pair for pair in found.proposals if (pair.id, pair.other_id) not in said.two]
    merged = one_id([*accepted, *(merging if settings.merge else ())], said.two)
    chance: dict[str, float] = {}
    for pair in every:
        sure = 1.0 if (pair.id, pair.other_id) in said.one else pair.probability or 0.0
        for one in (pair.id, pair.other_id):
            chance[one] = max(chance.get(one, 0.0), sure)
    settled = tuple(replace(pair, decision=_decision(pair, said, merged)) for pair in every)
    result = replace(found, proposals=settled, merged=merged, chance=chance)
    return replace(result, findings=_findings(table, result, settings))


def _decision(pair: Proposal, said: Said, merged: Mapping[str, str]) -> str:
    ids = (pair.id, pair.other_id)
    if ids in said.one:
        return "accepted"
    if ids in said.two:
        return "rejected"
    stands = {merged.get(one, one) for one in ids}
    return "merged" if len(stands) == 1 else "proposed"


def _findings(table: str, found: Same, settings: SameSettings) -> tuple[Finding, ...]:
    open_ = sum(1 for pair in found.proposals if pair.decision in OPEN)
    taken = sum(1 for pair in found.proposals if pair.decision == "accepted")
    apart = sum(1 for pair in found.proposals if pair.decision == "rejected")
    if not open_ and not taken:
        return ()
    parts = []
    if open_:
        likely = f"(probability {settings.threshold:g} or more)"
        parts.append(f"{_pairs(open_)} of ids look like one customer {likely}")
    if taken:
        parts.append(f"{_pairs(taken)} a person took for one customer")
    if apart:
        parts.append(f"{_pairs(apart)} for two" if taken else f"{_pairs(apart)} a person rejected")
    gone = len(found.merged)
    done = f"{gone:,} ids were merged into another one" if gone > 1 else "1 id was merged"
    parts.append(done if gone else "nothing was merged")
    return (
        Finding(
            "same-customer",
            "warning" if open_ else "note",
            f"{table}: {'; '.join(parts)}.",
            "look through cleaning/duplicates.csv and decide on single pairs: clustomer audit OUT "
            "--accept same.ID OTHER_ID, or --reject"
            + ("" if settings.merge else "; [same] merge = true in the recipe merges all"),
        ),
    )


def _pairs(count: int) -> str:
    return "1 pair" if count == 1 else f"{count:,} pairs"


def unmatched(engine: Engine, said: Said, relations: Mapping[str, str]) -> tuple[Finding, ...]:
    """Tell of decisions on pairs of which an id is nowhere.

    Parameters
    ----------
    relations
        Clean relations, and the column of customers' ids in each.
    """
    if not said.ids:
        return ()
    listed = ", ".join(map(literal, said.ids))
    there: set[str] = set()
    for relation, key in relations.items():
        found = engine.arrow(
            f"SELECT DISTINCT {quoted(key)} AS id FROM {quoted(relation)}"
            f" WHERE {quoted(key)} IN ({listed})"
        )
        there.update(found["id"].to_pylist())
    lost = sum(1 for pair in said.one | said.two if not there.issuperset(pair))
    if not lost:
        return ()
    return (
        Finding(
            "unmatched-decision",
            "note",
            f"{SAME}: {_pairs(lost)} that a person decided on name an id that is nowhere.",
            "remove them from the file of decisions, or correct the ids",
        ),
    )
