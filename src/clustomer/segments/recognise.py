"""How to recognise a segment: a few conditions in the features' own units, each checked.

A rule is up to three conditions that must all hold; a segment has one rule or two. Conditions are
sought greedily with a beam of the best few (as in P. Clark and T. Niblett, "The CN2 induction
algorithm", Machine Learning 3, 1989), by the harmonic mean of coverage and precision, the F measure
of C. van Rijsbergen, "Information Retrieval", 2nd ed., 1979. Thresholds are round numbers before
they are tried, so what is measured is what is told; and it is measured on customers from whom the
rule was not learnt.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustomer.clustering.contract import Labels
from clustomer.clustering.parallel import one_blas_thread
from clustomer.features.feature import Feature
from clustomer.matrix.matrix import Floats
from clustomer.names import Measure
from clustomer.recipe.language import Language
from clustomer.segments.describe import format_value
from clustomer.segments.facts import Facts, Flags, Rows
from clustomer.segments.meaning import Condition, Operator, Recognition, Rule

MOST_CONDITIONS: Final = 3
MOST_RULES: Final = 2
BEAM: Final = 6

WORTH_A_CONDITION: Final = 0.02
"""Gain in F measure for which a rule gets one more condition."""

WORTH_A_RULE: Final = 0.04
"""Gain in F measure for which a segment gets a second rule."""

WORTH_TELLING: Final = 0.3
"""F measure, on other customers, below which no rule is told: it would recognise hardly anybody."""

FEWEST: Final = 10
"""Customers that a rule must hold for."""

QUANTILES: Final = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""Where thresholds are tried: of all customers, and of the members of each segment."""

Masks = NDArray[np.float32]
"""1 where a condition holds; shape (conditions, rows)."""


def recognise(
    facts: Facts,
    labels: Labels,
    clusters: Sequence[int],
    learn: Rows,
    *,
    catalogue: Mapping[str, Feature],
    language: Language,
    noun: str,
) -> dict[int, Recognition]:
    """Find rules for each cluster.

    Parameters
    ----------
    facts
        The features that rules may speak of.
    labels
        int32, shape (customers,).
    clusters
        The clusters to find rules for.
    learn
        Rows to learn from; all others measure the rules.
    catalogue, language, noun
        For the words.

    Returns
    -------
    dict
        By cluster; one that cannot be recognised by so few conditions is left out.
    """
    left = np.ones(len(labels), dtype=np.bool_)
    left[learn] = False
    test = np.flatnonzero(left)
    if not len(learn) or not len(test):
        return {}
    tried, holds = _conditions(facts, labels, learn)
    if not tried:
        return {}
    found: dict[int, Recognition] = {}
    for cluster in clusters:
        member = labels[learn] == cluster
        if np.count_nonzero(member) < FEWEST:
            continue
        with one_blas_thread():
            rules = _rules(holds, tried, member)
        measured = _measured(
            facts, labels == cluster, test, rules, catalogue=catalogue, language=language, noun=noun
        )
        if measured is not None:
            found[cluster] = measured
    return found


def _conditions(facts: Facts, labels: Labels, learn: Rows) -> tuple[list[Condition], Masks]:
    """Every condition that may be told, and where it holds among the rows to learn from.

    Round thresholds of numbers, and values of categories that enough customers have. Of conditions
    that hold for the same rows the first is kept.
    """
    tried: list[Condition] = []
    masks: list[Flags] = []
    for name, values in facts.numbers.items():
        unit, own = facts.units[name], values[learn]
        known = np.isfinite(own)
        for threshold in _thresholds(own, labels[learn], unit):
            least = known & (own >= threshold)
            tried += [
                Condition(name, unit, "at least", threshold),
                Condition(name, unit, "under", threshold),
            ]
            masks += [least, known & ~least]
    for name, (texts, codes) in facts.categories.items():
        held = codes[learn]
        counts = np.bincount(held + 1, minlength=len(texts) + 1)[1:]
        for at in np.flatnonzero(counts >= FEWEST).tolist():
            tried.append(Condition(name, "category", "is", texts[at]))
            masks.append(held == at)
    kept: dict[bytes, int] = {}
    for place, mask in enumerate(masks):
        if FEWEST <= int(mask.sum()) < len(learn):
            kept.setdefault(np.packbits(mask).tobytes(), place)
    places = list(kept.values())
    chosen = np.array([masks[place] for place in places], dtype=np.float32)
    return [tried[place] for place in places], chosen


def _thresholds(values: Floats, labels: Labels, unit: Measure) -> list[float]:
    known = np.isfinite(values)
    kept = values[known]
    if not len(kept):
        return []
    parts = [kept, *(kept[labels[known] == cluster] for cluster in np.unique(labels[known]))]
    # Where many have nothing at all, the others' quantiles would all be 0.
    parts.append(kept[kept > 0])
    cuts = np.concatenate([np.quantile(part, QUANTILES) for part in parts if len(part)])
    whole = bool((kept == np.floor(kept)).all())
    return sorted({rounded(float(cut), unit, whole=whole) for cut in np.unique(cuts)})


def rounded(value: float, unit: Measure, *, whole: bool) -> float:
    """Round a threshold as a person would say it: two digits, shares to five per cent.

    >>> [rounded(v, "money", whole=False) for v in (1734.2, 38.7, 0.123)]
    [1700.0, 39.0, 0.12]
    >>> rounded(0.4321, "share", whole=False), rounded(0.0123, "share", whole=False)
    (0.45, 0.01)
    >>> rounded(2.6, "count", whole=True), rounded(2.64, "count", whole=False)
    (3.0, 2.6)
    """
    if value == 0 or not math.isfinite(value):
        return 0.0
    if unit == "share" and abs(value) <= 1:
        step = 0.05 if abs(value) >= 0.05 else 0.01
        return round(round(value / step) * step, 2)
    digits = 1 - math.floor(math.log10(abs(value)))
    if whole or unit in ("days", "months"):
        digits = min(digits, 0)
    return float(round(value, digits)) + 0.0


def _rules(holds: Masks, tried: Sequence[Condition], member: Flags) -> list[tuple[Condition, ...]]:
    """Find up to `MOST_RULES` rules, each for the members that the ones before leave."""
    found: list[tuple[Condition, ...]] = []
    covered = np.zeros(len(member), dtype=np.bool_)
    best = 0.0
    for _ in range(MOST_RULES):
        places = _search(holds, tried, member, covered)
        together = covered | np.all(holds[list(places)] > 0, axis=0)
        gained = _f_measure(member, together)
        if not places or (found and gained < best + WORTH_A_RULE):
            break
        found.append(tuple(tried[place] for place in places))
        covered, best = together, gained
    return found


def _search(
    holds: Masks, tried: Sequence[Condition], member: Flags, covered: Flags
) -> tuple[int, ...]:
    """Find the conditions whose rule, together with what is covered, has the best F measure."""
    wanted, size = member.astype(np.float32), int(member.sum())
    free = (~covered).astype(np.float32)
    already, hits = int(covered.sum()), int((covered & member).sum())
    beam: list[tuple[float, tuple[int, ...]]] = [(_f(hits, already, size), ())]
    best = beam[0]
    for depth in range(MOST_CONDITIONS):
        grown: dict[tuple[int, ...], tuple[float, tuple[int, ...]]] = {}
        masks = np.array([np.prod(holds[list(places)], axis=0) * free for _, places in beam])
        # Counts of ones and noughts are exact in float32, whatever the order of the sum.
        counts = holds @ np.concatenate([masks, masks * wanted]).T
        for nth, (_, places) in enumerate(beam):
            inside, both = counts[:, nth], counts[:, len(beam) + nth]
            score = 2 * (both + hits) / (inside + already + size)
            for place in np.argsort(-score, kind="stable")[: BEAM * 2].tolist():
                if _fits(tried, places, place):
                    key = tuple(sorted((*places, place)))
                    grown.setdefault(key, (float(score[place]), (*places, place)))
        if not grown:
            break
        beam = sorted(grown.values(), key=lambda one: (-one[0], one[1]))[:BEAM]
        if beam[0][0] >= best[0] + (WORTH_A_CONDITION if depth else 0.0):
            best = beam[0]
    return best[1]


def _fits(tried: Sequence[Condition], places: tuple[int, ...], place: int) -> bool:
    """Whether a condition says something beside the others: one bound of a side per feature."""
    new = tried[place]
    return all(
        (tried[old].feature, tried[old].operator) != (new.feature, new.operator) for old in places
    )


def _f(both: float, answered: float, size: float) -> float:
    return 2 * both / (answered + size) if answered + size else 0.0


def _f_measure(member: Flags, answered: Flags) -> float:
    return _f(int((member & answered).sum()), int(answered.sum()), int(member.sum()))


def _measured(
    facts: Facts,
    member: Flags,
    test: Rows,
    rules: Sequence[tuple[Condition, ...]],
    *,
    catalogue: Mapping[str, Feature],
    language: Language,
    noun: str,
) -> Recognition | None:
    inside = member[test]
    union = np.zeros(len(test), dtype=np.bool_)
    told: list[Rule] = []
    for conditions in rules:
        mask = np.all([facts.holds(one, test) for one in conditions], axis=0)
        union |= mask
        coverage, precision = _shares(inside, mask)
        words = in_words(conditions, catalogue, language)
        told.append(Rule(conditions, int(mask.sum()), coverage, precision, words))
    if not told or int(union.sum()) < FEWEST or _f_measure(inside, union) < WORTH_TELLING:
        return None
    coverage, precision = _shares(inside, union)
    share = float(inside.mean())
    text = language.say(
        "recognise",
        rules=language.sentences["or"].join(rule.text for rule in told),
        coverage=format_value(coverage, "share", language),
        precision=format_value(precision, "share", language),
        share=format_value(share, "share", language),
        noun=noun,
    )
    return Recognition(tuple(told), coverage, precision, share, len(test), text)


def _shares(member: Flags, mask: Flags) -> tuple[float, float]:
    both = int((member & mask).sum())
    return both / max(int(member.sum()), 1), both / max(int(mask.sum()), 1)


def in_words(
    conditions: Sequence[Condition], catalogue: Mapping[str, Feature], language: Language
) -> str:
    """Say conditions as one clause; both bounds of a feature are told together."""
    by_feature: dict[str, dict[Operator, Condition]] = {}
    for one in conditions:
        by_feature.setdefault(one.feature, {})[one.operator] = one
    parts = []
    for name, bounds in by_feature.items():
        texts = {
            operator: format_value(one.value, one.unit, language)
            for operator, one in bounds.items()
        }
        if "is" in texts:
            value = texts["is"]
        elif len(texts) == 2:
            value = language.say("between", low=texts["at least"], high=texts["under"])
        elif "under" in texts:
            value = language.say("under", value=texts["under"])
        else:
            value = language.say("at_least", value=texts["at least"])
        parts.append(language.fact(catalogue[name].says, value))
    return language.joined(parts)
