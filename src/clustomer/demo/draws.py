"""Random numbers in SQL that depend on nothing but the seed: slices of MD5 digests.

Every entity (a customer, an order, a line) has one digest for each purpose, of the text
``seed:purpose:entity``; a digest gives eight uniform numbers of 16 bits. Neither threads nor memory
nor the order of rows can change them, and unlike the engine's own ``hash`` MD5 is the same in every
release (``md5_number``, a tenth of the speed of ``hash``: 4 million digests a second and thread).
"""

from __future__ import annotations

import math
from typing import Final

SLICES: Final = 8
"""Uniform numbers in one digest."""


def digest(seed: int, purpose: str, *entity: str) -> str:
    """Return SQL for the 128-bit digest of an entity (SQL of its whole numbers) for a purpose.

    >>> digest(7, "line", "customer", "line")
    "md5_number(concat('7:line:', customer, ':', line))"
    """
    ids = ", ':', ".join(entity)
    return f"md5_number(concat('{int(seed)}:{purpose}:', {ids}))"


def uniform(digest: str, place: int) -> str:
    """Return SQL for the uniform number at a place (0 to 7) of a digest; never 0, never 1.

    >>> uniform("d", 2)
    '((((d >> 32) & 65535)::DOUBLE + 0.5) / 65536)'
    """
    if not 0 <= place < SLICES:
        raise ValueError(f"a digest has places 0 to {SLICES - 1}; got {place}")
    return f"(((({digest} >> {16 * place}) & 65535)::DOUBLE + 0.5) / 65536)"


def gamma(digest: str) -> str:
    """Return SQL for a gamma number of shape 8 and mean 1, from the whole digest.

    The mean of eight exponential numbers (Devroye, Non-Uniform Random Variate Generation, 1986,
    IX.3): standard deviation 0.35.
    """
    return f"(-({' + '.join(f'ln({uniform(digest, place)})' for place in range(SLICES))}) / 8)"


def normals(digest: str, place: int) -> tuple[str, str]:
    """Return SQL for two independent standard normal numbers from two places of a digest.

    Box and Muller, Annals of Mathematical Statistics 29 (1958).
    """
    radius = f"sqrt(-2 * ln({uniform(digest, place)}))"
    angle = f"({math.tau!r} * {uniform(digest, place + 1)})"
    return f"({radius} * cos({angle}))", f"({radius} * sin({angle}))"


def logistic(uniform: str) -> str:
    """Return SQL for a logistic number of mean 0 and scale 1 (standard deviation 1.8)."""
    return f"ln({uniform} / (1 - {uniform}))"


def choice(uniform: str, odds: dict[str | None, float]) -> str:
    """Return SQL that picks one of the texts by its odds; None is a blank.

    Odds need not add up to 1.

    >>> choice("u", {"Gold": 3, None: 1})
    "CASE WHEN u < 0.75 THEN 'Gold' ELSE NULL END"
    """
    total = sum(odds.values())
    cases: list[str] = []
    reached = 0.0
    *firsts, last = odds
    for text in firsts:
        reached += odds[text]
        cases.append(f"WHEN {uniform} < {reached / total!r} THEN {_text(text)}")
    return f"CASE {' '.join(cases)} ELSE {_text(last)} END" if cases else _text(last)


def spelt(column: str, uniform: str, spellings: dict[str, dict[str | None, float]]) -> str:
    """Return SQL that spells a clean value as people do: one set of odds for each value."""
    cases = " ".join(
        f"WHEN {_text(value)} THEN {choice(uniform, odds)}" for value, odds in spellings.items()
    )
    return f"CASE {column} {cases} ELSE {column} END"


def _text(text: str | None) -> str:
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"
