"""Categories: spellings of one value are made one.

Spellings with the same normal key (`key`: Unicode NFKC, case folded, white space tidied) are one
value. Typing errors join the value that they are near (`nearness`): a word of the recipe's
vocabulary whatever their frequency; without one only a rare value joins, and only a frequent value.
Columns with more than `MANY` values on fewer than `EACH` rows each are names rather than
categories: there only case and white space are repaired, and only spellings that differ are kept.

A value on fewer than `FREQUENT` rows may be somebody's, so none is kept unless it is a spelling of
one that is: it is written as it came, at fit as later.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from clustomer.cleaning import nearness
from clustomer.cleaning.values import BLANK, Repaired, tidy

MANY: Final = 200
EACH: Final = 50
FREQUENT: Final = 10
"""A value on fewer rows than this is joined by no typing error, and is not kept."""

UNKNOWN_LEVEL: Final = "unknown-level"


@dataclass(frozen=True, slots=True)
class CategoryRepair:
    """How one category column is spelt.

    Parameters
    ----------
    spelling
        Normal key -> canonical spelling, for every value that was frequent at fit or is named by
        the recipe, and for the misspellings of these that were met.
    vocabulary
        Normal keys of the recipe's words: unseen values join them by the loose rule.
    frequent
        Normal keys of frequent values: unseen values join them by the strict rule.
    closed
        An ordinal: a value that is no level and near none becomes blank.
    names
        Too many values for typing errors to be told from names; see the module.
    rare
        Whether the fit met rare values, which are not kept.
    """

    spelling: Mapping[str, str] = field(default_factory=dict)
    vocabulary: tuple[str, ...] = ()
    frequent: tuple[str, ...] = ()
    closed: bool = False
    names: bool = False
    rare: bool = False

    def one(self, raw: str) -> Repaired:
        """Repair one raw value.

        >>> gender = learn_categories({"Female": 9, "femle": 8, "MALE": 7}, ("Female", "Male"))
        >>> gender.one("FEMLE "), gender.one("male").value, gender.one("?").value
        (Repaired(value='Female', rule='abbreviation'), 'Male', '?')
        """
        return self.many([raw])[0]

    def many(self, raws: list[str]) -> list[Repaired]:
        """Repair each raw value; the answers do not depend on each other."""
        keys = [key(raw) for raw in raws]
        unseen = sorted({at for at in keys if at and at not in self.spelling})
        joined = self._join(unseen)
        return [self._spelt(raw, at, joined) for raw, at in zip(raws, keys, strict=True)]

    def unseen(self, raw: str, rows: int = FREQUENT) -> bool:
        """Whether neither the fit nor the recipe knew this value under any spelling.

        One on few rows may be one of the rare values of the fit, if it met any.
        """
        if self.names or (self.rare and rows < FREQUENT):
            return False
        return bool(key(raw)) and key(raw) not in self.spelling

    def _join(self, unseen: list[str]) -> dict[str, str]:
        if not unseen:
            return {}
        loose = nearness.join(unseen, self.vocabulary, strict=False)
        rest = [at for at in unseen if at not in loose]
        strict = nearness.join(rest, self.frequent, strict=True)
        return {at: target for at, (target, _) in (loose | strict).items()}

    def _spelt(self, raw: str, at: str, joined: Mapping[str, str]) -> Repaired:
        if not at:
            return Repaired(None, BLANK)
        canonical = self.spelling.get(joined.get(at, at))
        if canonical is None:
            canonical = tidy(raw)
            if self.closed:
                return Repaired(None, UNKNOWN_LEVEL)
        if canonical == raw:
            return Repaired(raw)
        return Repaired(canonical, self._rule(raw, at, canonical))

    def _rule(self, raw: str, at: str, canonical: str) -> str:
        target = key(canonical)
        if at == target:
            return "space" if tidy(raw) == canonical else "spelling"
        loose = target in self.vocabulary and nearness.near(at, target, strict=False)
        return loose or nearness.near(at, target, strict=True) or "typing-error"


def key(raw: str) -> str:
    r"""Normal key of a spelling; empty for a blank.

    >>> key(" GOLD\u00a0"), key("Straße") == key("STRASSE"), key("ｇｏｌｄ")
    ('gold', True, 'gold')
    """
    folded = unicodedata.normalize("NFKC", raw).casefold()
    return tidy(unicodedata.normalize("NFKC", folded))


def learn_categories(
    seen: Mapping[str, int], vocabulary: Iterable[str] = (), *, closed: bool = False
) -> CategoryRepair:
    """Learn the spelling of a column from its distinct values.

    Parameters
    ----------
    seen
        Raw values with the number of rows of each.
    vocabulary
        Canonical words of the recipe; they win over any spelling in the data.
    closed
        Whether only the vocabulary is allowed (ordinals).
    """
    known: dict[str, str] = {}
    for word in vocabulary:
        known.setdefault(key(word), word)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for raw, count in seen.items():
        if at := key(raw):
            spellings[at][tidy(raw)] += count
    others = sorted(spellings.keys() - known.keys())
    loose = nearness.join(others, known, strict=False)
    spelling = known | {at: known[target] for at, (target, _) in loose.items()}
    if closed:
        return CategoryRepair(spelling, tuple(known), closed=True)
    rest = {at: spellings[at] for at in others if at not in loose}
    counts = {at: sum(each.values()) for at, each in rest.items()}
    names = len(rest) > MANY and sum(counts.values()) < len(rest) * EACH
    if names:
        own = {
            at: preferred(each)
            for at, each in rest.items()
            if len(each) > 1 and counts[at] >= FREQUENT
        }
        return CategoryRepair(spelling | own, tuple(known), names=True)
    joined = _join_rare(counts)
    common = [at for at, count in counts.items() if count >= FREQUENT and at not in joined]
    own = {at: preferred(rest[at]) for at in common}
    own |= {at: own[target] for at, target in joined.items()}
    left = sorted(counts.keys() - own.keys())
    # What is near a value that is not kept is joined by none later: it would be joined by that one.
    near = nearness.join_all(left, common, strict=True)
    beside = {target for targets in near.values() for target in targets}
    frequent = tuple(sorted(set(common) - beside))
    return CategoryRepair(spelling | own, tuple(known), frequent, rare=bool(left))


def preferred(spellings: Mapping[str, int]) -> str:
    """Choose the canonical among spellings of one value.

    A spelling that is neither ALL CAPS nor all lower wins if at least one row in fifty has it, so
    that one "Usa" does not rename "USA"; then the most frequent; then the first in the alphabet.

    >>> preferred({"male": 88, "Male": 81}), preferred({"USA": 900, "Usa": 1})
    ('Male', 'USA')
    """
    rows = sum(spellings.values())

    def rank(spelling: str) -> tuple[bool, int, str]:
        plain = spelling in (spelling.upper(), spelling.lower())
        return (plain or spellings[spelling] * 50 < rows, -spellings[spelling], spelling)

    return min(spellings, key=rank)


def rare(count: int, beside: int) -> bool:
    """Whether a value is rare enough beside a frequent one to be its typing error.

    On at most two rows or one in fifty of the frequent value's, and on at most a tenth of them.

    >>> rare(1, 10), rare(2, 12), rare(12, 600), rare(30, 600)
    (True, False, True, False)
    """
    return beside >= FREQUENT and count * 10 <= beside and count <= max(2, beside // 50)


def _join_rare(counts: Mapping[str, int]) -> dict[str, str]:
    targets = [at for at, count in counts.items() if count >= FREQUENT]
    most = max(counts.values(), default=0)
    values = sorted(at for at, count in counts.items() if rare(count, most))
    near = nearness.join_all(values, targets, strict=True)
    joined: dict[str, str] = {}
    for value in sorted(near, key=lambda at: (-counts[at], at)):
        within = [t for t in near[value] if t not in joined and rare(counts[value], counts[t])]
        if len(within) == 1:
            joined[value] = within[0]
    return joined
