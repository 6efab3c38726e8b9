"""Weights of agreement, learnt without examples, and the probability that two records are one.

Fellegi and Sunter (1969): a level of agreement weighs log2(m / u), m being its share among pairs of
one person and u among pairs of different ones. u is counted on random pairs; m is found by
expectation maximisation (Dempster, Laird and Rubin 1977; Winkler 1988), on the pairs that share one
key at a time and without the fields of that key. The same rare value weighs more than the same
frequent one (Winkler 1989): there u is the value's own share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clustomer.cleaning.same.compare import BLANK, DIFFERS, NEAR, SAME, compare
from clustomer.cleaning.same.fields import FIELDS, PLACE, Field
from clustomer.cleaning.same.pairs import Pairs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Levels = NDArray[np.int8]
    Numbers = NDArray[np.float64]

LEVELS: Final = 4
"""Differs, resembles, near, same."""
RANDOM: Final = 200_000
"""Random pairs on which u is counted."""
STEPS: Final = 40
OTHERS: Final = 0.3
"""How much of their weight the other parts of an address add to its strongest part."""
_START: Final = (0.05, 0.05, 0.1, 0.8)
"""Where m begins: most fields of one person's two records are the same."""
_DOUBT: Final = 20.0
"""Pairs that the start counts for: few real pairs cannot carry m far from it."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What a fit learnt about the agreement of records; nothing in it is of any one person.

    Parameters
    ----------
    m, u
        By field: the share of each level (differs, resembles, near, same) among pairs of one
        person, and among pairs of different ones.
    prior
        Share of one person's pairs among all pairs.
    """

    m: Mapping[str, tuple[float, ...]]
    u: Mapping[str, tuple[float, ...]]
    prior: float

    def to_json(self) -> dict[str, object]:
        """Turn into plain JSON values."""
        return {
            "m": {field: list(shares) for field, shares in self.m.items()},
            "u": {field: list(shares) for field, shares in self.u.items()},
            "prior": self.prior,
        }

    @classmethod
    def from_json(cls, stored: object) -> Weights:
        """Make again what `to_json` gave; `ValueError` where a part is missing or wrong."""
        if not isinstance(stored, dict):
            raise ValueError("the weights of agreement are no object")
        m, u = (_shares(stored.get(name)) for name in ("m", "u"))
        prior = stored.get("prior")
        if m.keys() != u.keys() or not isinstance(prior, float) or not 0 < prior < 1:
            raise ValueError("the weights of agreement are not complete")
        return cls(m, u, prior)


def _shares(stored: object) -> dict[str, tuple[float, ...]]:
    found = {}
    for field, shares in stored.items() if isinstance(stored, dict) else ():
        if field not in FIELDS or not isinstance(shares, list) or len(shares) != LEVELS:
            raise ValueError("a weight of agreement is no list of four shares")
        found[field] = tuple(float(share) for share in shares)
    if not found:
        raise ValueError("the weights of agreement name no field")
    return found


def learn_weights(
    values: Mapping[Field, list[str]], pairs: Pairs, levels: Mapping[Field, Levels], *, seed: int
) -> Weights:
    """Learn the weights from the pairs of a table.

    Parameters
    ----------
    values
        By field: the plain value of each record.
    pairs, levels
        Pairs that share a key, and how they agree.
    seed
        Of the random pairs.
    """
    import numpy as np

    u = _by_chance(values, seed)
    sums = {field: np.array(_START) * _DOUBT for field in values}
    for key, at in pairs.by.items():
        rest = {field: levels[field][at] for field in values if field not in key}
        if len(rest) > 1:
            for field, expected in _maximised(rest, u).items():
                sums[field] = sums[field] + expected
    m: dict[str, tuple[float, ...]] = {
        field: tuple(float(x) for x in total / total.sum()) for field, total in sums.items()
    }
    plain_u: dict[str, tuple[float, ...]] = {
        field: tuple(float(x) for x in shares) for field, shares in u.items()
    }
    records = len(next(iter(values.values())))
    every = max(records * (records - 1) / 2, 1.0)
    prior = min(0.5, 1 / every)
    found = _evidence(Weights(m, plain_u, prior), values, pairs, levels)
    for _ in range(8):
        prior = min(0.5, max(float(_chance(found, prior).sum()), 0.5) / every)
    return Weights(m, plain_u, prior)


def _by_chance(values: Mapping[Field, list[str]], seed: int) -> dict[Field, Numbers]:
    """Shares of the levels among random pairs of records."""
    import numpy as np

    records = len(next(iter(values.values())))
    random = np.random.default_rng(seed)
    left, right = random.integers(0, records, (2, min(RANDOM, records * 50)))
    other = left != right
    levels = compare(values, left[other], right[other])
    return {field: _share(_counted(level)) for field, level in levels.items()}


def _counted(levels: Levels, weight: Numbers | None = None) -> Numbers:
    import numpy as np

    there = levels > BLANK
    chosen = None if weight is None else weight[there]
    return np.bincount(levels[there] - DIFFERS, weights=chosen, minlength=LEVELS).astype(np.float64)


def _share(counts: Numbers) -> Numbers:
    """Shares that add up to 1; a level that was not met is rare, not impossible."""
    smoothed = counts + 0.5
    shares: Numbers = smoothed / smoothed.sum()
    return shares


def _maximised(levels: Mapping[Field, Levels], u: Mapping[Field, Numbers]) -> dict[Field, Numbers]:
    """Expected counts of each level among the pairs of one person; u stays as it is."""
    import numpy as np

    table = np.stack(list(levels.values()))
    patterns, back = np.unique(table, axis=1, return_inverse=True)
    counts = np.bincount(back.ravel(), minlength=patterns.shape[1]).astype(np.float64)
    m = {field: np.array(_START) for field in levels}
    share = 0.5
    expected = {field: np.zeros(LEVELS) for field in levels}
    for _ in range(STEPS):
        odds = np.full(patterns.shape[1], np.log(share / (1 - share)))
        for row, field in zip(patterns, levels, strict=True):
            odds += _logs(m[field], u[field])[row]
        one = 1 / (1 + np.exp(-odds))
        weight = one * counts
        share = float(np.clip(weight.sum() / counts.sum(), 1e-6, 1 - 1e-6))
        for row, field in zip(patterns, levels, strict=True):
            expected[field] = _counted(row, weight)
            total = expected[field] + np.array(_START) * _DOUBT
            m[field] = total / total.sum()
    return expected


def _logs(m: Numbers, u: Numbers) -> Numbers:
    """log(m / u) by level; a blank says nothing."""
    import numpy as np

    return np.concatenate(([0.0], np.log(m) - np.log(u)))


def probabilities(
    weights: Weights,
    values: Mapping[Field, list[str]],
    pairs: Pairs,
    levels: Mapping[Field, Levels],
) -> Numbers:
    """Probability that the two records of each pair are one person; float64, shape (pairs,)."""
    return _chance(_evidence(weights, values, pairs, levels), weights.prior)


def _chance(evidence: Numbers, prior: float) -> Numbers:
    import numpy as np

    odds = evidence + np.log(prior / (1 - prior))
    chance: Numbers = 1 / (1 + np.exp(-np.clip(odds, -500, 500)))
    return chance


def _evidence(
    weights: Weights,
    values: Mapping[Field, list[str]],
    pairs: Pairs,
    levels: Mapping[Field, Levels],
) -> Numbers:
    """The natural logarithm of how much likelier the agreement is between records of one person."""
    import numpy as np

    odds = np.zeros(pairs.left.size)
    place = np.zeros((0, pairs.left.size))
    for field, level in levels.items():
        if field not in weights.m:
            continue
        m, u = np.array(weights.m[field]), np.array(weights.u[field])
        weight = _logs(m, u)[level]
        same = level == SAME
        share = _frequencies(values[field])[pairs.left[same]]
        weight[same] = np.log(m[-1]) - np.log(np.maximum(share, 1e-7))
        if field in PLACE:
            place = np.vstack((place, weight))
        else:
            odds += weight
    if place.shape[0]:
        # One address agrees in all its parts or in none: the strongest part speaks for all, and
        # the others add little.
        strongest = np.maximum(place, 0).max(axis=0)
        odds += strongest + OTHERS * (place.sum(axis=0) - strongest)
    odds[_two_persons(levels, pairs.left.size)] = -np.inf
    return odds


def _frequencies(texts: list[str]) -> Numbers:
    """Of each record: the share of records with its value."""
    import numpy as np

    _, back, counts = np.unique(
        np.array(texts, object).astype(str), return_inverse=True, return_counts=True
    )
    shares: Numbers = (counts / len(texts))[back]
    return shares


_OWN: Final[tuple[Field, ...]] = ("given_name", "birth_date", "identifier", "email")


def _two_persons(levels: Mapping[Field, Levels], pairs: int) -> NDArray[np.bool_]:
    """Pairs of which two fields differ that are a person's own: people of one household.

    An identifier that agrees outweighs them.
    """
    import numpy as np

    differ = np.zeros(pairs, np.int64)
    for field in _OWN:
        if field in levels:
            differ += levels[field] == DIFFERS
    two = differ >= 2
    if "identifier" in levels:
        two &= levels["identifier"] < NEAR
    return two
