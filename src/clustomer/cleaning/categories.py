"""Categories: spellings of one value are made one.

Spellings with the same normal key (`key`: Unicode NFKC, case folded, white space tidied) are one
value. Typing errors join the value that they are near (`nearness`): a word of the recipe's
vocabulary whatever their frequency; without one only a rare value joins, and only a frequent value.
Where most rare values are near nothing, rarity is no sign of an error, and only long words with one
edit join. Columns with more than `MANY` values on fewer than `EACH` rows each are names rather than
categories: there only case and white space are repaired.

A value on fewer than `FREQUENT` rows may be somebody's, so none is kept in the model unless it is a
spelling of one that is. Spellings of such a value are made one by the case that the column is
written in (`style`): a rule, not a lookup, so that one value alone gets the same answer as a table.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from clustomer.cleaning import missing, nearness
from clustomer.cleaning.style import Style, column_style, restyled
from clustomer.cleaning.values import BLANK, BLANK_WORD, Repaired, edged, tidy, trimmed

MANY: Final = 200
EACH: Final = 50
FREQUENT: Final = 10
"""A value on fewer rows than this is joined by no typing error, and is not kept."""

APART: Final = 3
"""Rare values near nothing that a column may have before rarity is no sign of an error."""

LETTERS: Final = 10
"""Letters per edit that make a typing error sure where rarity is no sign of one."""

UNKNOWN_LEVEL: Final = "unknown-level"


@dataclass(frozen=True, slots=True)
class Known:
    """What a recipe says about the values of a category.

    Parameters
    ----------
    vocabulary
        Canonical words; they win over any spelling in the data.
    order
        Levels from lowest to highest, part of the vocabulary.
    synonyms
        A value -> the value that it stands for.
    exceptions
        Values that are never changed.
    missing
        Values that mean a blank.
    """

    vocabulary: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)
    exceptions: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


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
    cautious
        Whether most rare values of the fit were near nothing; see the module.
    order
        The levels of an ordinal, lowest first; empty where no order is known.
    missing
        Normal keys that mean a blank here.
    synonyms
        Normal keys that the recipe gives another value.
    exceptions
        Texts that are never changed.
    style
        The case that values which are not kept are written in.
    """

    spelling: Mapping[str, str] = field(default_factory=dict)
    vocabulary: tuple[str, ...] = ()
    frequent: tuple[str, ...] = ()
    closed: bool = False
    names: bool = False
    rare: bool = False
    cautious: bool = False
    order: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    style: Style = ""

    def one(self, raw: str) -> Repaired:
        """Repair one raw value.

        >>> gender = learn_categories({"Female": 9, "femle": 8, "MALE": 7}, ("Female", "Male"))
        >>> gender.one("FEMLE "), gender.one("male").value, gender.one("?").value
        (Repaired(value='Female', rule='abbreviation'), 'Male', None)
        """
        return self.many([raw])[0]

    def many(self, raws: list[str]) -> list[Repaired]:
        """Repair each raw value; the answers do not depend on each other."""
        keys = [key(raw) for raw in raws]
        unseen = sorted({at for at in keys if at and self._new(at)})
        joined = self._join(unseen)
        return [self._spelt(raw, at, joined) for raw, at in zip(raws, keys, strict=True)]

    def kept_values(self) -> frozenset[str]:
        """The values that are known beyond one table: frequent at fit, or the recipe's."""
        return frozenset() if self.names else frozenset(self.spelling.values())

    def unseen(self, raw: str, rows: int = FREQUENT) -> bool:
        """Whether neither the fit nor the recipe knew this value under any spelling.

        One on few rows may be one of the rare values of the fit, if it met any.
        """
        if self.names or (self.rare and rows < FREQUENT):
            return False
        at = key(raw)
        return bool(at) and self._new(at)

    def _new(self, at: str) -> bool:
        return at not in self.spelling and not self._blank(at)

    def _blank(self, at: str) -> bool:
        if at in self.missing:
            return True
        words = missing.MARKERS if self.names else missing.MARKERS | missing.PLAIN
        return at not in self.spelling and at in words

    def _join(self, unseen: list[str]) -> dict[str, str]:
        if not unseen:
            return {}
        loose = nearness.join(unseen, self.vocabulary, strict=False)
        rest = [at for at in unseen if at not in loose]
        strict = nearness.join(rest, self.frequent, strict=True)
        return {
            at: target
            for at, (target, _) in (loose | strict).items()
            if at in loose or not self.cautious or sure(at, target)
        }

    def _spelt(self, raw: str, at: str, joined: Mapping[str, str]) -> Repaired:
        if not at:
            return Repaired(None, BLANK)
        plain = trimmed(raw)
        if plain in self.exceptions:
            return Repaired(plain, "" if plain == raw else "space")
        if self._blank(at):
            return Repaired(None, BLANK_WORD)
        canonical = self.spelling.get(joined.get(at, at))
        if canonical is None:
            canonical = restyled(tidy(raw), self.style)
            if self.closed:
                return Repaired(None, UNKNOWN_LEVEL)
        if canonical == raw:
            return Repaired(raw)
        return Repaired(canonical, self._rule(raw, at, canonical))

    def _rule(self, raw: str, at: str, canonical: str) -> str:
        target = key(canonical)
        if at in self.synonyms:
            return "synonym"
        if at == target:
            return "space" if tidy(raw) == tidy(canonical) else "spelling"
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
    seen: Mapping[str, int],
    vocabulary: Iterable[str] = (),
    *,
    closed: bool = False,
    known: Known | None = None,
) -> CategoryRepair:
    """Learn the spelling of a column from its distinct values.

    Parameters
    ----------
    seen
        Raw values with the number of rows of each.
    vocabulary
        Canonical words of the recipe, beside those of `known`.
    closed
        Whether only the vocabulary is allowed (ordinals).
    known
        What the recipe says about the values.
    """
    told = known or Known()
    words: dict[str, str] = {}
    for word in (*told.order, *told.vocabulary, *vocabulary):
        words.setdefault(key(word), word)
    synonyms = {key(one): word for one, word in told.synonyms.items()}
    targets = {key(word): word for word in told.synonyms.values()}
    told_blank = {key(word) for word in told.missing}
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for raw, count in seen.items():
        if (at := key(raw)) and trimmed(raw) not in told.exceptions:
            spellings[at][edged(raw)] += count
    fixed = targets | words | synonyms
    others = sorted(spellings.keys() - fixed.keys() - told_blank)
    counts = {at: sum(spellings[at].values()) for at in others}
    names = len(others) > MANY and sum(counts.values()) < len(others) * EACH
    levels = frozenset(fixed) | {key(one) for one in told.exceptions}
    blanks = told_blank | set(missing.markers(counts, levels, names=names))
    others = [at for at in others if at not in blanks]
    loose = nearness.join(others, words, strict=False)
    repair = CategoryRepair(
        spelling=fixed | {at: words[target] for at, (target, _) in loose.items()},
        vocabulary=tuple(words),
        closed=closed,
        names=names,
        order=told.order,
        missing=tuple(sorted(blanks)),
        synonyms=tuple(sorted(synonyms)),
        exceptions=tuple(trimmed(one) for one in told.exceptions),
    )
    rest = {at: spellings[at] for at in others if at not in loose}
    return repair if closed else _learn_spellings(repair, rest)


def _learn_spellings(told: CategoryRepair, rest: Mapping[str, Counter[str]]) -> CategoryRepair:
    """Add what the data say about values that the recipe does not name."""
    counts = {at: sum(each.values()) for at, each in rest.items()}
    if told.names:
        own = {
            at: canonical(each)
            for at, each in rest.items()
            if (len(each) > 1 or next(iter(each)) != tidy(next(iter(each))))
            and counts[at] >= FREQUENT
        }
        return replace(told, spelling={**told.spelling, **own})
    sloppy = any(len(set(map(tidy, each))) > 1 for each in rest.values())
    style = column_style((canonical(each) for each in rest.values()), sloppy=sloppy)
    joined, cautious = _join_rare(counts)
    common = [at for at, count in counts.items() if count >= FREQUENT and at not in joined]
    own = {at: canonical(rest[at]) for at in common}
    own |= {at: own[target] for at, target in joined.items()}
    left = sorted(counts.keys() - own.keys())
    # What is near a value that is not kept is joined by none later: it would be joined by that one.
    near = nearness.join_all(left, common, strict=True)
    beside = {target for targets in near.values() for target in targets}
    return replace(
        told,
        spelling={**told.spelling, **own},
        frequent=tuple(sorted(set(common) - beside)),
        rare=bool(left),
        cautious=cautious,
        style=style,
    )


def canonical(spellings: Mapping[str, int]) -> str:
    """Choose the canonical among spellings of one value that may hold runs of spaces.

    Runs of spaces stay where `FREQUENT` rows write them and none writes the value without: that is
    how the value is written, not a slip.

    >>> canonical({"The  right": 39, "THE  RIGHT": 1}), canonical({"a  b": 30, "a b": 2})
    ('The  right', 'a b')
    """
    tidied: Counter[str] = Counter()
    for spelling, count in spellings.items():
        tidied[tidy(spelling)] += count
    best = preferred(tidied)
    written = [spelling for spelling in spellings if tidy(spelling) == best]
    return written[0] if len(written) == 1 and spellings[written[0]] >= FREQUENT else best


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


def sure(value: str, target: str) -> bool:
    """Whether a spelling is near another beyond what two words of a language may be.

    >>> sure("ireland", "iceland"), sure("bank transfr", "bank transfer")
    (False, True)
    """
    return nearness.edits(value, target) * LETTERS <= len(target)


def _join_rare(counts: Mapping[str, int]) -> tuple[dict[str, str], bool]:
    """Rare values that join a frequent one, and whether most rare values are near nothing."""
    targets = [at for at, count in counts.items() if count >= FREQUENT]
    most = max(counts.values(), default=0)
    values = sorted(at for at, count in counts.items() if rare(count, most))
    near = nearness.join_all(values, targets, strict=True)
    cautious = len(values) - len(near) > max(APART, len(near))
    joined: dict[str, str] = {}
    for value in sorted(near, key=lambda at: (-counts[at], at)):
        within = [t for t in near[value] if t not in joined and rare(counts[value], counts[t])]
        if len(within) == 1 and (not cautious or sure(value, within[0])):
            joined[value] = within[0]
    return joined, cautious
