"""Typing errors: when one spelling is near another, and near no other.

Two rules. *Loose*, against the words of a recipe's vocabulary: one edit for words of 4 letters and
more, two from 8 on (optimal string alignment distance: insert, delete, replace, swap neighbours),
or an abbreviation that keeps the order of the letters, the first and the last ("delyd"). *Strict*,
where there is no vocabulary and two values may simply be alike ("Iceland", "Ireland"): besides,
the first letters must agree and an abbreviation may leave out vowels only, all of them where three
letters are left ("gld").

In both, words with a digit and words of fewer than four letters must be equal: "Product 38" is no
typing error for "Product 39", nor "Plan A" for "Plan B".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Final, Literal

Rule = Literal["typing-error", "abbreviation", "spacing"]

ONE_EDIT: Final = 4
TWO_EDITS: Final = 8

_WORD = re.compile(r"[^\s_/-]+")
_DIGITS = re.compile("[0-9]+")
_CELLS: Final = 1_000_000
_REACH: Final = 2
_VOWELS: Final = frozenset("aeiouyäöüéèêáàâíóúåæø")


def allowed(length: int) -> int:
    """Edits that a word of this many letters may differ by.

    >>> allowed(3), allowed(4), allowed(8)
    (0, 1, 2)
    """
    return (length >= ONE_EDIT) + (length >= TWO_EDITS)


def near(value: str, target: str, *, strict: bool) -> Rule | None:
    """Tell how a normalised spelling is near another, or None.

    >>> near("sllver", "silver", strict=False), near("male", "female", strict=False)
    ('typing-error', None)
    >>> near("delyd", "delayed", strict=False), near("delyd", "delivered", strict=False)
    ('abbreviation', None)
    >>> near("product 38", "product 39", strict=False) is None
    True
    """
    if abbreviates(value, target, strict=strict):
        return "abbreviation"
    words, others = _words(value), _words(target)
    if len(words) != len(others):
        return _near_unspaced(value, target, strict=strict)
    pairs = [pair for pair in zip(words, others, strict=True) if pair[0] != pair[1]]
    if not all(_near_word(word, other, strict=strict) for word, other in pairs):
        return None
    joined, joined_other = _joined(words), _joined(others)
    if not pairs:
        return "spacing" if len(joined) >= ONE_EDIT else None
    limit = allowed(min(len(joined), len(joined_other)))
    return "typing-error" if _distance(joined, joined_other, limit) <= limit else None


def abbreviates(value: str, target: str, *, strict: bool) -> bool:
    """Whether a value keeps some of the target's letters in order, with the first and the last.

    >>> abbreviates("gld", "gold", strict=True), abbreviates("cat", "carrot", strict=True)
    (True, False)
    """
    if not 3 <= len(value) < len(target):
        return False
    if strict and len(value) == 3 and value != _skeleton(target):
        return False
    if value[0] != target[0] or value[-1] != target[-1] or not value.isalpha():
        return False
    if strict:
        return target.isalpha() and _skeleton(value) == _skeleton(target) and _within(value, target)
    return _within(value, target)


def edits(value: str, target: str) -> int:
    """Edits between two spellings, spaces and hyphens aside (optimal string alignment).

    >>> edits("bank transfr", "bank-transfer")
    1
    """
    one, other = _joined(_words(value)), _joined(_words(target))
    return _distance(one, other, max(len(one), len(other)))


def join(values: list[str], targets: Iterable[str], *, strict: bool) -> dict[str, tuple[str, Rule]]:
    """Find for each value the one target that it is near.

    Parameters
    ----------
    values
        Normalised spellings, none of them a target.
    targets
        Normalised spellings that may be joined.
    strict
        Which of the two rules holds.

    Returns
    -------
    dict
        value -> (target, how), without the values that are near no target, or near several: an
        abbreviation of exactly one target beats a typing error; then the loose rule takes the one
        target with the fewest edits, the strict one joins only where a single target is near.
    """
    found = join_all(values, targets, strict=strict)
    chosen = ((value, _choose(value, found[value], strict=strict)) for value in found)
    return {value: (target, found[value][target]) for value, target in chosen if target}


def join_all(
    values: list[str], targets: Iterable[str], *, strict: bool
) -> dict[str, dict[str, Rule]]:
    """Find for each value every other target that it is near, and how."""
    found: dict[str, dict[str, Rule]] = defaultdict(dict)
    for value, target in _candidates(values, sorted(set(targets)), strict=strict):
        if value != target and (how := near(value, target, strict=strict)):
            found[value][target] = how
    return found


def _choose(value: str, hows: dict[str, Rule], *, strict: bool) -> str | None:
    short = [target for target, how in hows.items() if how == "abbreviation"]
    if len(short) == 1:
        return short[0]
    if len(hows) == 1:
        return next(iter(hows))
    if strict:
        return None
    edits = sorted((_distance(value, target, 3), target) for target in short or hows)
    return edits[0][1] if edits[0][0] < edits[1][0] else None


def _candidates(
    values: list[str], targets: list[str], *, strict: bool
) -> Iterator[tuple[str, str]]:
    """Pairs that may be near; what cannot be is sorted out before anything is compared."""
    yield from _alike(values, targets, lambda key: _ends(key, strict=strict))
    yield from _alike(values, targets, lambda key: _joined(_words(key)))
    blocks = _blocks(targets, strict=strict)
    for block, asked in _blocks(values, strict=strict).items():
        if block in blocks:
            yield from _close_pairs(asked, blocks[block])


def _alike(
    values: list[str], targets: list[str], mark: Callable[[str], Hashable]
) -> Iterator[tuple[str, str]]:
    marked: dict[Hashable, list[str]] = defaultdict(list)
    for target in targets:
        marked[mark(target)].append(target)
    for value in values:
        for target in marked.get(mark(value), ()):
            yield value, target


def _ends(key: str, *, strict: bool) -> tuple[str, ...]:
    return (key[0], key[-1], _skeleton(key)) if strict else (key[0], key[-1])


def _blocks(keys: list[str], *, strict: bool) -> dict[tuple[str, ...], list[str]]:
    """Keys that a typing error may join: alike in digits and, strictly, in first letters."""
    blocks: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for key in keys:
        firsts = [word[0] for word in _words(key)] if strict else []
        blocks[(*_DIGITS.findall(key), "", *firsts)].append(key)
    return blocks


def _close_pairs(values: list[str], targets: list[str]) -> Iterator[tuple[str, str]]:
    import numpy as np
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import cdist

    asked = sorted((_joined(_words(key)), key) for key in values)
    known = sorted(((_joined(_words(key)), key) for key in targets), key=lambda pair: len(pair[0]))
    asked.sort(key=lambda pair: len(pair[0]))
    lengths = np.array([len(joined) for joined, _ in known])
    step = max(1, _CELLS // len(known))
    for start in range(0, len(asked), step):
        part = asked[start : start + step]
        first = int(np.searchsorted(lengths, len(part[0][0]) - _REACH, "left"))
        last = int(np.searchsorted(lengths, len(part[-1][0]) + _REACH, "right"))
        if first == last:
            continue
        edits = cdist(
            [joined for joined, _ in part],
            [joined for joined, _ in known[first:last]],
            scorer=OSA.distance,
            score_cutoff=_REACH,
            dtype=np.uint8,
        )
        for row, column in zip(*np.nonzero(edits <= _REACH), strict=True):
            yield part[row][1], known[first + column][1]


def _near_word(word: str, other: str, *, strict: bool) -> bool:
    if _DIGITS.search(word) or _DIGITS.search(other) or (strict and word[0] != other[0]):
        return False
    limit = allowed(min(len(word), len(other)))
    return limit > 0 and _distance(word, other, limit) <= limit


def _near_unspaced(value: str, target: str, *, strict: bool) -> Rule | None:
    joined, other = _joined(_words(value)), _joined(_words(target))
    if _DIGITS.findall(value) != _DIGITS.findall(target) or len(joined) < ONE_EDIT:
        return None
    if joined == other:
        return "spacing"
    if strict or _DIGITS.search(joined):
        return None
    limit = allowed(min(len(joined), len(other)))
    return "typing-error" if _distance(joined, other, limit) <= limit else None


def _words(key: str) -> list[str]:
    return _WORD.findall(key)


def _joined(words: Iterable[str]) -> str:
    return "".join(words)


def _distance(one: str, other: str, limit: int) -> int:
    from rapidfuzz.distance import OSA

    return int(OSA.distance(one, other, score_cutoff=limit))


def _skeleton(key: str) -> str:
    return "".join(letter for letter in key if letter not in _VOWELS)


def _within(value: str, target: str) -> bool:
    rest = iter(target)
    return all(letter in rest for letter in value)
