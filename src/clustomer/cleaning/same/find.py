"""Looking through a customer table for one person under two ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from clustomer.cleaning.same.compare import WORDS, compare
from clustomer.cleaning.same.fields import Field, enough, guess_fields, plain_values
from clustomer.cleaning.same.pairs import Pairs, share_keys
from clustomer.cleaning.same.weigh import Weights, learn_weights, probabilities
from clustomer.engines.base import Engine, quoted
from clustomer.findings import Finding
from clustomer.names import ROW
from clustomer.recipe.settings import SameSettings

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two ids that look like one customer.

    Parameters
    ----------
    id, other_id
        The ids, in the order of the alphabet.
    probability
        0 to 1.
    evidence
        By field: ``blank``, ``differs``, ``resembles``, ``near`` or ``same``.
    """

    id: str
    other_id: str
    probability: float
    evidence: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Same:
    """What was found in a customer table.

    Parameters
    ----------
    weights
        What was learnt, for scoring; None where it was not looked for.
    proposals
        Pairs at or above the threshold, the surest first.
    merged
        Old id -> the id that stands for it, where the recipe merges.
    chance
        Old id -> the greatest probability among its pairs.
    findings
        What a person should know.
    """

    weights: Weights | None = None
    proposals: tuple[Proposal, ...] = ()
    merged: Mapping[str, str] = field(default_factory=dict)
    chance: Mapping[str, float] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def find_same(
    engine: Engine,
    raw: str,
    columns: Iterable[str],
    clean: str,
    key: str,
    table: str,
    settings: SameSettings,
    weights: Weights | None,
    *,
    seed: int,
) -> Same:
    """Find customers that stand in a table under two ids.

    Parameters
    ----------
    raw, columns
        The raw relation and its columns: what describes a person need not be in the recipe.
    clean, key
        The clean relation and the column of its ids.
    table
        The recipe's name of the table.
    weights
        What a fit learnt; None learns from these customers.
    seed
        Of the random pairs.
    """
    there = list(columns)
    fields = _fields(settings, there)
    if not settings.find or not enough(fields):
        return Same(weights)
    ids, values = _records(engine, raw, clean, key, fields)
    if len(ids) < 2:
        return Same(weights)
    pairs = share_keys(values)
    if pairs.left.size == 0:
        return Same(weights)
    levels = compare(values, pairs.left, pairs.right)
    learnt = weights or learn_weights(values, pairs, levels, seed=seed)
    if settings.by == "splink":
        from clustomer.cleaning.same.by_splink import splink_pairs

        left, right, chance = splink_pairs(values, threshold=settings.threshold, seed=seed)
        pairs = Pairs(left, right, {})
        levels = compare(values, left, right)
    else:
        chance = probabilities(learnt, values, pairs, levels)
    proposals = _proposals(ids, pairs, levels, chance, settings.threshold)
    found = Same(learnt, proposals)
    if not proposals:
        return found
    if settings.merge:
        merged = one_id(proposals)
        found = replace(found, merged=merged, chance=_greatest(proposals))
    return replace(found, findings=(_finding(table, found, settings),))


def _fields(settings: SameSettings, columns: list[str]) -> dict[Field, str]:
    if settings.fields:
        return {name: source for name, source in settings.fields.items() if source in columns}
    return guess_fields(columns)


def _records(
    engine: Engine, raw: str, clean: str, key: str, fields: Mapping[Field, str]
) -> tuple[list[str], dict[Field, list[str]]]:
    """Ids in the order of the alphabet, and the plain values of each field."""
    names = ", ".join(f"r.{quoted(source)} AS {quoted(name)}" for name, source in fields.items())
    found = engine.arrow(
        f"SELECT c.{quoted(key)} AS id, {names} FROM {quoted(clean)} AS c"
        f" JOIN {quoted(raw)} AS r ON c.{ROW} = r.{ROW}"
        f" WHERE c.{quoted(key)} IS NOT NULL ORDER BY id, c.{ROW}"
    )
    ids: list[str] = found["id"].to_pylist()
    first = [at for at, one in enumerate(ids) if at == 0 or ids[at - 1] != one]
    if len(first) < len(ids):
        found = found.take(first)
        ids = [ids[at] for at in first]
    return ids, {name: plain_values(name, found[name].to_pylist()) for name in fields}


def _proposals(
    ids: list[str],
    pairs: Pairs,
    levels: Mapping[Field, NDArray[np.int8]],
    chance: NDArray[np.float64],
    threshold: float,
) -> tuple[Proposal, ...]:
    import numpy as np

    found = [
        Proposal(
            ids[int(pairs.left[at])],
            ids[int(pairs.right[at])],
            round(float(chance[at]), 6),
            {name: WORDS[int(level[at])] for name, level in levels.items()},
        )
        for at in np.flatnonzero(chance >= threshold)
    ]
    return tuple(sorted(found, key=lambda one: (-one.probability, one.id, one.other_id)))


def one_id(proposals: Iterable[Proposal]) -> dict[str, str]:
    """The id that stands for each other one: the first of the alphabet among those linked to it.

    >>> one_id([Proposal("b", "c", 1.0, {}), Proposal("a", "b", 1.0, {})])
    {'b': 'a', 'c': 'a'}
    """
    stands: dict[str, str] = {}

    def top(one: str) -> str:
        while stands.get(one, one) != one:
            one = stands[one]
        return one

    for pair in proposals:
        first, second = sorted((top(pair.id), top(pair.other_id)))
        stands[second] = first
        stands.setdefault(first, first)
    return {one: top(one) for one in sorted(stands) if top(one) != one}


def _greatest(proposals: Iterable[Proposal]) -> dict[str, float]:
    chance: dict[str, float] = {}
    for pair in proposals:
        for one in (pair.id, pair.other_id):
            chance[one] = max(chance.get(one, 0.0), pair.probability)
    return chance


def _finding(table: str, found: Same, settings: SameSettings) -> Finding:
    pairs = len(found.proposals)
    look = f"{pairs:,} pair{'s' if pairs > 1 else ''} of ids"
    if found.merged:
        return Finding(
            "same-customer",
            "warning",
            f"{table}: {look} look like one customer (probability {settings.threshold:g} or more);"
            f" {len(found.merged):,} merged into another one, as the recipe says.",
            "look through cleaning/duplicates.csv",
        )
    return Finding(
        "same-customer",
        "warning",
        f"{table}: {look} look like one customer (probability {settings.threshold:g} or more);"
        " nothing was merged.",
        "look through cleaning/duplicates.csv; [same] merge = true in the recipe merges them",
    )


def proposals_table(proposals: Iterable[Proposal], merged: Mapping[str, str]) -> pa.Table:
    """Lay proposals out as an Arrow table.

    Returns
    -------
    pyarrow.Table
        ``id``, ``other_id`` (text), ``probability`` (float64), ``decision`` (``proposed`` or
        ``merged``), then a text column for each field. No value of a person is in it but the ids.
    """
    import pyarrow as pa

    every = list(proposals)
    fields = list(every[0].evidence) if every else []
    gone = {one.id in merged or one.other_id in merged for one in every}
    decision = "merged" if gone == {True} else "proposed"
    text = pa.string()
    return pa.table(
        {
            "id": pa.array([one.id for one in every], text),
            "other_id": pa.array([one.other_id for one in every], text),
            "probability": pa.array([one.probability for one in every], pa.float64()),
            "decision": pa.array([decision] * len(every), text),
            **{f: pa.array([one.evidence[f] for one in every], text) for f in fields},
        }
    )
