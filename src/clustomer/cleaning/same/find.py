"""Looking through a customer table for one person under two ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clustomer.cleaning.same.compare import WORDS, compare
from clustomer.cleaning.same.fields import Field, enough, guess_fields, plain_values
from clustomer.cleaning.same.pairs import Pairs, share_keys
from clustomer.cleaning.same.weigh import Weights, learn_weights, probabilities
from clustomer.engines.base import Engine, quoted
from clustomer.errors import RecipeError, listed, nearest
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
        0 to 1; None where only a person says so.
    evidence
        By field: ``blank``, ``differs``, ``resembles``, ``near`` or ``same``.
    decision
        ``proposed`` or ``merged``; ``accepted`` or ``rejected`` where a person decided.
    """

    id: str
    other_id: str
    probability: float | None
    evidence: Mapping[str, str]
    decision: str = "proposed"


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
        Old id -> the id that stands for it, where the recipe or a person merges.
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
    settings: SameSettings,
    weights: Weights | None,
    *,
    seed: int,
) -> Same:
    """Find customers that stand in a table under two ids; nothing is merged yet (`said.obey`).

    Parameters
    ----------
    raw, columns
        The raw relation and its columns: what describes a person need not be in the recipe.
    clean, key
        The clean relation and the column of its ids.
    weights
        What a fit learnt; None learns from these customers.
    seed
        Of the random pairs.

    Raises
    ------
    RecipeError
        At fit, when the recipe names a column for a field that is not there.
    """
    there = list(columns)
    fields = _fields(settings, there, learnt=weights is not None)
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
    return Same(learnt, _proposals(ids, pairs, levels, chance, settings.threshold))


def _fields(settings: SameSettings, columns: list[str], *, learnt: bool) -> dict[Field, str]:
    """The fields and their columns; at fit every column that the recipe names must be there."""
    lacking = [source for source in settings.fields.values() if source not in columns]
    if lacking and settings.find and not learnt:
        hint = nearest(lacking[0], columns)
        raise RecipeError(
            f"[same] fields names {listed(lacking)}, which the customers' source does not have.",
            found=f"columns {listed(columns, 40)}" + (f"; {hint}" if hint else ""),
            remedy="name the columns as the source spells them",
        )
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
    return tuple(sorted(found, key=lambda one: (-(one.probability or 0), one.id, one.other_id)))


def one_id(
    pairs: Iterable[Proposal], apart: frozenset[tuple[str, str]] = frozenset()
) -> dict[str, str]:
    """The id that stands for each other one: the first of the alphabet among those linked to it.

    Parameters
    ----------
    pairs
        The surest first.
    apart
        Pairs (in the order of the alphabet) that are never made one, over other ids either.

    Examples
    --------
    >>> chain = [Proposal("b", "c", 1.0, {}), Proposal("a", "b", 0.9, {})]
    >>> one_id(chain), one_id(chain, frozenset({("a", "c")}))
    ({'b': 'a', 'c': 'a'}, {'c': 'b'})
    """
    groups: dict[str, set[str]] = {}
    for pair in pairs:
        one, other = (groups.get(name, {name}) for name in (pair.id, pair.other_id))
        joined = one | other
        if apart and any((a, b) in apart for a in joined for b in joined):
            continue
        groups |= dict.fromkeys(joined, joined)
    return {name: min(group) for name, group in sorted(groups.items()) if name != min(group)}


def proposals_table(proposals: Iterable[Proposal]) -> pa.Table:
    """Lay proposals out as an Arrow table.

    Returns
    -------
    pyarrow.Table
        ``id``, ``other_id`` (text), ``probability`` (float64, null where only a person says so),
        ``decision`` (``proposed``, ``merged``, ``accepted``, ``rejected``), then a text column for
        each field. No value of a person is in it but the ids.
    """
    import pyarrow as pa

    every = list(proposals)
    fields = list(dict.fromkeys(field for one in every for field in one.evidence))
    text = pa.string()
    return pa.table(
        {
            "id": pa.array([one.id for one in every], text),
            "other_id": pa.array([one.other_id for one in every], text),
            "probability": pa.array([one.probability for one in every], pa.float64()),
            "decision": pa.array([one.decision for one in every], text),
            **{f: pa.array([one.evidence.get(f) for one in every], text) for f in fields},
        }
    )
