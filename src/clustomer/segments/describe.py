"""Sentences: values in their units, and a segment in one sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from clustomer.features.feature import Feature
from clustomer.names import Measure
from clustomer.recipe.language import Language, english
from clustomer.recipe.settings import NameRule
from clustomer.rounding import percent_parts, rounded
from clustomer.segments.profile import Profile
from clustomer.segments.segment import ProfileNumber
from clustomer.segments.words import topic

_FACTS: Final = 3
_SEEN: Final = 0.05
"""Share of the larger value by which two values must differ to be told as different."""
_SEEN_SHARE: Final = 0.01
"""The same for shares, in their own unit: one per cent against two is no small difference."""
_COMPARED_AS_RATIO: Final = ("money", "price", "count", "units")


def format_value(value: float | str | None, unit: Measure, language: Language | None = None) -> str:
    """Return a value as a person reads it, rounded half away from zero.

    Money has no currency sign, since none is known.

    >>> format_value(1234.5, "money"), format_value(39.254, "price"), format_value(4.5, "money")
    ('1,235', '39.25', '4.50')
    >>> format_value(3.42, "count"), format_value(12.0, "units"), format_value(1234.2, "count")
    ('3.4', '12', '1,234')
    >>> format_value(34.2, "days"), format_value(1, "days"), format_value(2.5, "days")
    ('34 days', '1 day', '2.5 days')
    >>> format_value(0.123, "share"), format_value(0.0042, "share"), format_value(0.9996, "share")
    ('12 %', '0.4 %', 'over 99.9 %')
    >>> format_value(None, "money"), format_value("North", "category")
    ('unknown', 'North')
    """
    if isinstance(value, str):
        return value
    spoken = language or english()
    if value is None or not math.isfinite(value):
        return spoken.units["unknown"]
    return _FORMATS[unit](value, spoken)


def differ(one: float, other: float, unit: Measure, language: Language | None = None) -> bool:
    """Whether a reader sees a difference: not a tiny one, however sure, and not one text twice.

    >>> differ(1.31, 1.29, "count"), differ(12.0, 8.0, "count"), differ(1.26, 1.34, "count")
    (False, True, False)
    >>> differ(0.9991, 0.9996, "share"), differ(0.01, 0.03, "share")
    (False, True)
    """
    apart = round(abs(one - other), 12)
    least = _SEEN_SHARE if unit == "share" else _SEEN * max(abs(one), abs(other))
    return apart >= least and format_value(one, unit, language) != format_value(
        other, unit, language
    )


def describe(
    profile: Profile,
    features: Mapping[str, Feature],
    *,
    noun: str,
    rule: NameRule | None = None,
    language: Language | None = None,
) -> str:
    """Return one sentence: how many, what they bring, and what sets them apart.

    Parameters
    ----------
    profile
        The segment.
    features
        The features by name, for their sentences.
    noun
        What is segmented, in the plural.
    rule
        The rule that gave the name: what it names is told first, and its own words are added.
    language
        In which words; English where none is given.
    """
    spoken = language or english()
    sentence = spoken.say(
        "size",
        number=f"{profile.customers:,}",
        noun=noun if profile.customers != 1 else spoken.singular(noun),
        share=format_value(profile.share, "share", spoken),
    )
    if profile.spend_share is not None:
        sentence += spoken.say("brings", share=format_value(profile.spend_share, "share", spoken))
    if rule and rule.says:
        sentence += spoken.say("clause", clause=rule.says)
    told = facts(profile, features, rule, spoken)
    return (
        spoken.say("segment", segment=sentence, facts=told)
        if told
        else spoken.say("segment_average", segment=sentence)
    )


def facts(
    profile: Profile,
    features: Mapping[str, Feature],
    rule: NameRule | None = None,
    language: Language | None = None,
) -> str:
    """Tell what sets the segment apart, each with its comparison; empty where nothing does."""
    spoken = language or english()
    return spoken.joined(
        [
            _fact(number, features[number.feature], spoken, first=place == 0)
            for place, number in enumerate(_telling(profile, features, rule, spoken))
        ]
    )


def _telling(
    profile: Profile, features: Mapping[str, Feature], rule: NameRule | None, language: Language
) -> list[ProfileNumber]:
    """Return the numbers worth telling: the rule's own first, then the strongest.

    A number whose plain mean and logged effect point to different sides (a few very large values
    elsewhere) would contradict itself in words, so it is told only where there is nothing else.
    Of features that say nearly the same, one is told; of one whose difference nobody would see,
    such as a forecast that is almost one number for all, nothing.
    """
    named = rule.when if rule else {}
    marked = sorted(
        (
            number
            for number in profile.numbers
            if number.level != "average"
            and number.feature in features
            and number.mean is not None
            and number.overall_mean is not None
            and differ(number.mean, number.overall_mean, number.unit, language)
        ),
        key=lambda number: (number.feature not in named, -abs(number.effect)),
    )
    consistent = [number for number in marked if _consistent(number)]
    by_topic: dict[str, ProfileNumber] = {}
    for number in consistent or marked:
        by_topic.setdefault(topic(number.feature), number)
    return list(by_topic.values())[:_FACTS]


def _consistent(number: ProfileNumber) -> bool:
    if number.mean is None or number.overall_mean is None:
        return False
    return (number.mean > number.overall_mean) == (number.effect > 0)


def _fact(number: ProfileNumber, feature: Feature, language: Language, *, first: bool) -> str:
    value = format_value(number.mean, number.unit, language)
    return language.say(
        "fact",
        fact=language.fact(feature.says, value),
        compared=_compared(number, language, first=first),
    )


def _compared(number: ProfileNumber, language: Language, *, first: bool) -> str:
    index = number.index
    ratio = number.unit in _COMPARED_AS_RATIO and _consistent(number)
    if not ratio or index is None or index <= 0:
        overall = format_value(number.overall_mean, number.unit, language)
        return language.say("against_overall", value=overall)
    average = language.sentences["overall_average" if first else "average"]
    if index >= 2:
        return language.say("times", number=_counted(index), average=average)
    share = format_value(abs(index - 1), "share", language)
    return language.say("above" if index > 1 else "below", share=share, average=average)


def _counted(value: float) -> str:
    """Return a number with one decimal where it has few digits, none where they would be noise."""
    text = rounded(value, 1 if abs(value) < 99.95 else 0)
    whole, _, decimals = text.partition(".")
    return whole if decimals == "0" or (decimals and len(whole.lstrip("-")) > 1) else text


def _count(value: float, language: Language) -> str:  # noqa: ARG001
    return _counted(value)


def _percent(share: float, language: Language) -> str:
    bound, number = percent_parts(share)
    return language.unit(f"{bound}_percent" if bound else "percent", number)


def _days(value: float, language: Language) -> str:
    days = _counted(value)
    return language.unit("day" if days == "1" else "days", days)


def _months(value: float, language: Language) -> str:
    months = _counted(value)
    return language.unit("month" if months == "1" else "months", months)


def _money(value: float, language: Language) -> str:  # noqa: ARG001
    return rounded(value, 0 if abs(value) >= 100 else 2)


def _two_decimals(value: float, language: Language) -> str:  # noqa: ARG001
    return rounded(value, 2)


_FORMATS: Final[dict[Measure, Callable[[float, Language], str]]] = {
    "money": _money,
    "price": _two_decimals,
    "count": _count,
    "units": _count,
    "days": _days,
    "months": _months,
    "share": _percent,
    "score": _two_decimals,
    "category": _count,
}
