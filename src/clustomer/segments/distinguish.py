"""What sets a segment apart: effect sizes against everybody else, ranked on one scale.

Numbers and categories are ranked by one figure, the difference of two probabilities: Cliff's delta
is P(x > y) - P(x < y) for a member x and another customer y (N. Cliff, "Dominance statistics:
ordinal analyses to answer ordinal questions", Psychological Bulletin 114, 1993); for "has this
value or not" it is the difference of the two shares. Beside it stand Cohen's d (J. Cohen,
"Statistical Power Analysis for the Behavioral Sciences", 2nd ed., 1988, section 2.2) and Cramér's V
(H. Cramér, "Mathematical Methods of Statistics", 1946, section 21.9). The words are those of
J. Romano, J. Kromrey, J. Coraggio and J. Skowronek, "Appropriate statistics for ordinal level
data", Florida Association of Institutional Research, 2006.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from clustomer.clustering.contract import Labels
from clustomer.features.feature import Feature
from clustomer.matrix.matrix import Floats
from clustomer.names import Measure
from clustomer.recipe.language import Language
from clustomer.segments.describe import differ, format_value
from clustomer.segments.facts import Codes, Facts, Flags, Rows
from clustomer.segments.meaning import Magnitude, Trait
from clustomer.segments.profile import FEWEST

MOST_TRAITS: Final = 8

LARGE: Final = 0.474
MEDIUM: Final = 0.33
SMALL: Final = 0.147
"""Cliff's deltas from which a difference is large, medium and small (Romano et al. 2006); what is
below the last is not told."""


def distinguish(
    facts: Facts,
    labels: Labels,
    clusters: Sequence[int],
    rows: Rows,
    *,
    logged: Collection[str],
    catalogue: Mapping[str, Feature],
    language: Language,
) -> dict[int, tuple[Trait, ...]]:
    """Rank what sets each cluster apart from all others.

    Parameters
    ----------
    facts
        The features.
    labels
        int32, shape (customers,).
    clusters
        The clusters to tell of.
    rows
        Rows that are looked at: all, or a sample.
    logged
        Features that enter the distance as log(1 + x): Cohen's d is taken there.
    catalogue, language
        For the words.

    Returns
    -------
    dict
        By cluster, the largest difference first, at most `MOST_TRAITS`.
    """
    found: dict[int, list[Trait]] = {cluster: [] for cluster in clusters}
    here = labels[rows]
    for name, values in facts.numbers.items():
        _numbers(name, values[rows], here, language, logged=name in logged, facts=facts, into=found)
    for name, (texts, codes) in facts.categories.items():
        _categories(name, texts, codes[rows], here, into=found)
    return {
        cluster: tuple(
            _told(trait, catalogue, language)
            for trait in sorted(traits, key=lambda one: (-abs(one.difference), one.feature))[
                :MOST_TRAITS
            ]
        )
        for cluster, traits in found.items()
    }


def _numbers(
    name: str,
    values: Floats,
    labels: Labels,
    language: Language,
    *,
    logged: bool,
    facts: Facts,
    into: dict[int, list[Trait]],
) -> None:
    known = np.isfinite(values)
    values, labels = values[known], labels[known]
    if not len(values) or values.min() == values.max():
        return
    ranks = middle_ranks(values)
    scaled = np.log1p(values) if logged else values
    for cluster, traits in into.items():
        member = labels == cluster
        count, rest = int(member.sum()), int((~member).sum())
        if count < FEWEST or rest < FEWEST:
            continue
        delta = cliffs_delta(ranks, member)
        if abs(delta) < SMALL:
            continue
        here, elsewhere = float(values[member].mean()), float(values[~member].mean())
        if not differ(here, elsewhere, facts.units[name], language):
            continue
        traits.append(
            Trait(
                feature=name,
                unit=facts.units[name],
                value=None,
                here=here,
                elsewhere=elsewhere,
                difference=delta,
                cohens_d=cohens_d(scaled[member], scaled[~member]),
                cramers_v=None,
                ratio=here / elsewhere if here > 0 and elsewhere > 0 else None,
                magnitude=magnitude(delta),
                text="",
            )
        )


def _categories(
    name: str, texts: tuple[str, ...], codes: Codes, labels: Labels, into: dict[int, list[Trait]]
) -> None:
    known = codes >= 0
    codes, labels = codes[known], labels[known]
    counts = np.bincount(codes, minlength=len(texts))
    named = np.flatnonzero(counts >= FEWEST)
    if len(named) < 2:
        return
    for cluster, traits in into.items():
        inside = np.bincount(codes[labels == cluster], minlength=len(texts))
        outside = counts - inside
        if inside.sum() < FEWEST or outside.sum() < FEWEST:
            continue
        here, elsewhere = inside / inside.sum(), outside / outside.sum()
        # Rare values count together, unnamed: they may be somebody's.
        rare = np.setdiff1d(np.arange(len(texts)), named)
        table = np.array([np.r_[part[named], part[rare].sum()] for part in (inside, outside)])
        best = max(named.tolist(), key=lambda at: (abs(here[at] - elsewhere[at]), texts[at]))
        difference = float(here[best] - elsewhere[best])
        if abs(difference) < SMALL:
            continue
        traits.append(
            Trait(
                feature=name,
                unit="category",
                value=texts[best],
                here=float(here[best]),
                elsewhere=float(elsewhere[best]),
                difference=difference,
                cohens_d=None,
                cramers_v=cramers_v(table),
                ratio=float(here[best] / elsewhere[best]) if elsewhere[best] else None,
                magnitude=magnitude(difference),
                text="",
            )
        )


def middle_ranks(values: Floats) -> Floats:
    """Rank from 1; equal values share the mean of their ranks.

    >>> middle_ranks(np.array([5.0, 1.0, 5.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    middles: Floats = ends - (counts - 1) / 2
    return middles[place]


def cliffs_delta(ranks: Floats, member: Flags) -> float:
    """Cliff's delta of members against all others, from the ranks of all (Mann-Whitney's U).

    delta = 2 U / (m n) - 1 with U = sum of the members' ranks - m (m + 1) / 2.

    >>> values = np.array([1.0, 2.0, 3.0, 4.0])
    >>> cliffs_delta(middle_ranks(values), values > 2)
    1.0
    """
    count, rest = int(member.sum()), int((~member).sum())
    u = float(ranks[member].sum()) - count * (count + 1) / 2
    return 2 * u / (count * rest) - 1


def cohens_d(here: Floats, elsewhere: Floats) -> float | None:
    """Difference of two means in pooled standard deviations; None where nothing varies.

    >>> round(cohens_d(np.array([2.0, 4.0]), np.array([1.0, 3.0])), 4)
    0.7071
    """
    free = len(here) + len(elsewhere) - 2
    squares = np.square(here - here.mean()).sum() + np.square(elsewhere - elsewhere.mean()).sum()
    pooled = math.sqrt(float(squares) / free) if free > 0 else 0.0
    largest = max(float(np.abs(here).max()), float(np.abs(elsewhere).max()))
    if pooled <= 1e-12 * largest:
        return None
    return float(here.mean() - elsewhere.mean()) / pooled


def cramers_v(table: Codes) -> float:
    """Cramér's V of a table of counts with two rows: sqrt(chi² / n).

    >>> cramers_v(np.array([[10, 0], [0, 10]])), cramers_v(np.array([[5, 5], [5, 5]]))
    (1.0, 0.0)
    """
    table = table[:, table.sum(axis=0) > 0]
    whole = table.sum()
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / whole
    return math.sqrt(float((np.square(table - expected) / expected).sum()) / float(whole))


def magnitude(difference: float) -> Magnitude:
    """Say how large a difference is.

    >>> [magnitude(value) for value in (-0.5, 0.4, 0.2, 0.1)]
    ['large', 'medium', 'small', 'negligible']
    """
    size = abs(difference)
    if size >= LARGE:
        return "large"
    if size >= MEDIUM:
        return "medium"
    return "small" if size >= SMALL else "negligible"


def _told(trait: Trait, catalogue: Mapping[str, Feature], language: Language) -> Trait:
    unit: Measure = "share" if trait.value is not None else trait.unit
    shown = format_value(trait.value or trait.here, trait.unit, language)
    fact = language.fact(catalogue[trait.feature].says, shown)
    here, elsewhere = (format_value(one, unit, language) for one in (trait.here, trait.elsewhere))
    key = "trait_number" if trait.value is None else "trait_category"
    return replace(trait, text=_sentence(key, language, fact, here, elsewhere))


def _sentence(key: str, language: Language, fact: str, here: str, elsewhere: str) -> str:
    if key == "trait_number":
        return language.say(key, fact=fact, elsewhere=elsewhere)
    return language.say(key, fact=fact, here=here, elsewhere=elsewhere)
