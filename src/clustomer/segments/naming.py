"""Names: from a profile and the recipe's ordered table, no two alike, never from a number.

Every segment would like the name of the first rule that it fulfils; where several want the same,
it goes to the one in which the rule's features are strongest, and the others go on to the next rule
that they fulfil nearly as strongly. This is deferred acceptance (D. Gale and L. S. Shapley, College
Admissions and the Stability of Marriage, The American Mathematical Monthly 69(1), 1962): it has one
outcome, whatever the order in which segments are looked at.

A segment whose rules have all gone to stronger ones shares the first rule's name, with what sets it
apart in brackets. A segment that fulfils no rule is named after what is strongest in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from clustomer.recipe.language import Language, language_of
from clustomer.recipe.settings import Level, NameRule, SegmentSettings
from clustomer.segments.profile import MARKED, STRONG, Profile
from clustomer.segments.segment import ProfileNumber
from clustomer.segments.words import more_or_less, topic, trait

_NEARLY: Final = 0.7
"""Part of the strength of its first rule that a segment must show in a later one.

Whoever loses the name of its main trait is better told apart under that name than named after
something it hardly is."""

STEADY: Final = 0.2
"""By how much a profile may miss its name's conditions before the name is questioned: Cohen's
"small" effect."""

_TELLING: Final = 0.1
"""Least difference in effect, or in a category's share, that may tell two segments apart."""

_MOSTLY: Final = 0.5
_ABOVE_OVERALL: Final = 0.2
"""A category names a segment when most of it has the value, and clearly more than everybody."""


@dataclass(frozen=True, slots=True)
class Naming:
    """A segment's name, and the rule that gave it; None where the name is made from the profile."""

    name: str
    rule: NameRule | None


def name_profiles(
    profiles: Sequence[Profile],
    settings: SegmentSettings,
    kept: Mapping[int, Naming] | None = None,
) -> tuple[Naming, ...]:
    """Name each profile; the names differ, capitals and small letters apart.

    Parameters
    ----------
    profiles
        In the order of the segments' ids.
    settings
        The naming table and the noun.
    kept
        Names that stand already, by place: those of segments that go on, and those that a person
        gave. Nobody else gets one of them.

    Returns
    -------
    tuple of Naming
        In the order of `profiles`.
    """
    kept = kept or {}
    language = language_of(settings)
    held = {naming.name.casefold() for naming in kept.values()}
    fulfilled = [
        []
        if place in kept
        else [
            rule for rule in _fulfilled(profile, settings.names) if rule.name.casefold() not in held
        ]
        for place, profile in enumerate(profiles)
    ]
    given = _match(profiles, fulfilled)
    bases: list[str] = []
    rules: list[NameRule | None] = []
    for place, profile in enumerate(profiles):
        if place in kept:
            rules.append(kept[place].rule)
            bases.append(kept[place].name)
            continue
        first = fulfilled[place][0] if fulfilled[place] else None
        rule = given.get(place, first)
        rules.append(rule)
        bases.append(rule.name if rule else _composed(profile, settings.noun, language))
    names = _told_apart(profiles, bases, language, plain={*given, *kept})
    return tuple(Naming(name, rule) for name, rule in zip(names, rules, strict=True))


def outgrown(rule: NameRule, numbers: Sequence[ProfileNumber]) -> bool:
    """Whether a rule that gave a name once clearly holds no more.

    A name is not questioned as long as every condition is missed by less than `STEADY`, so a
    profile that barely moves keeps its name without a word.
    """
    effects = {number.feature: number.effect for number in numbers if number.mean is not None}
    return any(
        name not in effects or not holds(level, effects[name], slack=STEADY)
        for name, level in rule.when.items()
    )


def holds(level: Level, effect: float, *, slack: float = 0.0) -> bool:
    """Whether an effect fulfils a rule's condition: high holds for very high too.

    `slack` is by how much it may miss it.

    >>> holds("high", 1.4), holds("very high", 0.9), holds("average", 0.2), holds("low", -0.4)
    (True, False, True, True)
    """
    match level:
        case "very low":
            return effect <= -STRONG + slack
        case "low":
            return effect <= -MARKED + slack
        case "average":
            return -MARKED - slack < effect < MARKED + slack
        case "high":
            return effect >= MARKED - slack
        case "very high":
            return effect >= STRONG - slack


def strength(rule: NameRule, effects: Mapping[str, float]) -> float:
    """Return the mean effect over a rule's features, each in the direction it asks for."""
    signed = [_towards(level, effects[feature]) for feature, level in rule.when.items()]
    return sum(signed) / len(signed) if signed else 0.0


def _towards(level: Level, effect: float) -> float:
    if level == "average":
        return -abs(effect)
    return effect if level.endswith("high") else -effect


def _effects(profile: Profile) -> dict[str, float]:
    return {number.feature: number.effect for number in profile.numbers if number.mean is not None}


def _fulfilled(profile: Profile, rules: Sequence[NameRule]) -> list[NameRule]:
    """Return the rules that hold, in the table's order; of rules with one name only the first.

    Rules after the first that say much less about the profile are left out.
    """
    effects = _effects(profile)
    kept: dict[str, NameRule] = {}
    for rule in rules:
        if all(
            name in effects and holds(level, effects[name]) for name, level in rule.when.items()
        ):
            kept.setdefault(rule.name.casefold(), rule)
    wished = list(kept.values())
    least = _NEARLY * strength(wished[0], effects) if wished else 0.0
    return [rule for rule in wished if rule is wished[0] or strength(rule, effects) >= least]


def _match(
    profiles: Sequence[Profile], fulfilled: Sequence[Sequence[NameRule]]
) -> dict[int, NameRule]:
    """Deferred acceptance: the place of each profile that gets a rule's plain name."""
    holder: dict[str, int] = {}
    next_wish = [0] * len(profiles)
    waiting = list(reversed(range(len(profiles))))

    def power(place: int) -> tuple[float, int]:
        rule = fulfilled[place][next_wish[place]]
        return strength(rule, _effects(profiles[place])), -place

    while waiting:
        place = waiting.pop()
        if next_wish[place] == len(fulfilled[place]):
            continue
        name = fulfilled[place][next_wish[place]].name.casefold()
        loser = holder.get(name)
        if loser is None:
            holder[name] = place
            continue
        if power(place) > power(loser):
            holder[name], place, loser = place, loser, place
        else:
            loser = place
        next_wish[place] += 1
        waiting.append(place)
    return {place: fulfilled[place][next_wish[place]] for place in holder.values()}


def _composed(profile: Profile, noun: str, language: Language) -> str:
    """Return a name made from the two strongest traits: "Frequent, Low-Price Customers"."""
    marked = sorted(
        (number for number in profile.numbers if number.level != "average"),
        key=lambda number: -abs(number.effect),
    )
    words: dict[str, str] = {}
    for number in marked:
        words.setdefault(
            topic(number.feature), trait(number.feature, high=number.effect > 0, language=language)
        )
    plural = noun.title()
    if words:
        return language.say("by_traits", traits=", ".join(list(words.values())[:2]), noun=plural)
    for category in profile.categories:
        for value, share, overall in category.shares[:1]:
            if share >= _MOSTLY and share - overall >= _ABOVE_OVERALL:
                return language.say("by_category", noun=plural, value=value)
    return language.say("without_traits", noun=plural)


def _told_apart(
    profiles: Sequence[Profile],
    bases: Sequence[str],
    language: Language,
    *,
    plain: Collection[int],
) -> list[str]:
    """Return one name each; whoever is in `plain` keeps its own, the others get a qualifier."""
    names: dict[int, str] = {place: bases[place] for place in plain}
    taken = {name.casefold() for name in names.values()}
    for place, base in enumerate(bases):
        if place in names:
            continue
        alike = [
            other
            for other in range(len(profiles))
            if other != place and bases[other].casefold() == base.casefold()
        ]
        siblings = [profiles[other] for other in alike]
        names[place] = next(
            name
            for name in _candidates(base, profiles[place], siblings, language)
            if name.casefold() not in taken
        )
        taken.add(names[place].casefold())
    return [names[place] for place in range(len(profiles))]


def _candidates(
    base: str, profile: Profile, siblings: Sequence[Profile], language: Language
) -> Iterator[str]:
    yield base
    for words in _differences(profile, siblings, language):
        yield language.say("qualified", name=base, words=words)
    for number in count(2):
        yield f"{base} {number}"


def _differences(
    profile: Profile, siblings: Sequence[Profile], language: Language
) -> Iterator[str]:
    """Yield what sets a profile apart from its siblings, the largest difference first."""
    if not siblings:
        return
    others = [_effects(sibling) for sibling in siblings]
    told: list[tuple[float, str]] = []
    for feature, effect in _effects(profile).items():
        known = [effects[feature] for effects in others if feature in effects]
        if known:
            difference = effect - sum(known) / len(known)
            words = more_or_less(feature, more=difference > 0, language=language)
            told.append((abs(difference), words))
    for category in profile.categories:
        for value, share, _ in category.shares[:1]:
            known = [_share_of(sibling, category.feature, value) for sibling in siblings]
            words = language.say("mostly_value" if share >= _MOSTLY else "more_value", value=value)
            told.append((share - sum(known) / len(known), words))
    for difference, words in sorted(told, key=lambda entry: -entry[0]):
        if difference >= _TELLING:
            yield words


def _share_of(profile: Profile, feature: str, value: str) -> float:
    shares = next(entry.shares for entry in profile.categories if entry.feature == feature)
    return next((share for name, share, _ in shares if name == value), 0.0)
