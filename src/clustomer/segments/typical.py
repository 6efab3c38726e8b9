"""A typical member as aggregates: quartiles and most frequent values, never somebody's row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from clustomer.features.feature import Feature
from clustomer.recipe.language import Language
from clustomer.segments.describe import format_value
from clustomer.segments.facts import Facts, Rows
from clustomer.segments.meaning import Quartiles, Typical
from clustomer.segments.profile import FEWEST

_QUARTILES: Final = (0.25, 0.5, 0.75)

DIGITS: Final = 3
"""Digits that quartiles are told with: a quartile is one customer's value, or between two."""


def typical_of(
    facts: Facts, rows: Rows, catalogue: Mapping[str, Feature], language: Language
) -> Typical:
    """Describe the typical member of a group of at least ten.

    Parameters
    ----------
    facts
        The features.
    rows
        The members.
    catalogue, language
        For the words.
    """
    numbers = []
    for name, values in facts.numbers.items():
        known = values[rows]
        known = known[np.isfinite(known)]
        if len(known) < FEWEST:
            continue
        low, middle, high = (float(f"{one:.{DIGITS}g}") for one in np.quantile(known, _QUARTILES))
        unit = facts.units[name]
        shown = [format_value(one, unit, language) for one in (low, high)]
        spread = language.say("range", low=shown[0], high=shown[1])
        value = shown[0] if shown[0] == shown[1] else spread
        fact = language.fact(catalogue[name].says, value)
        numbers.append(Quartiles(name, unit, low, middle, high, fact))
    values_of = []
    for name, (texts, codes) in facts.categories.items():
        held = codes[rows]
        held = held[held >= 0]
        counts = np.bincount(held, minlength=len(texts))
        # Of equally frequent ones the first by spelling, whatever the order of rows.
        best = min(range(len(texts)), key=lambda at: (-counts[at], texts[at]), default=None)
        if best is not None and counts[best] >= FEWEST:
            values_of.append((name, texts[best], float(counts[best] / len(held))))
    return Typical(tuple(numbers), tuple(values_of))
