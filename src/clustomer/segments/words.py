"""How a feature is spoken of: words from the language file, or its own name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from clustomer.features.feature import Feature
from clustomer.recipe.language import Language, english

TOPICS: Final = {
    "spend": "value",
    "units": "value",
    "order_count": "rate",
    "mean_order_value": "order size",
    "days_since_last_order": "recency",
    "first_to_last_days": "history",
    "tenure_days": "history",
    "mean_days_between_orders": "rhythm",
    "mean_unit_price": "price",
    "mean_basket_lines": "basket",
    "distinct_categories": "range",
    "discount_share": "discount",
    "cancelled_share": "cancelled",
    "delayed_share": "delayed",
    "money_back_share": "money back",
    "quantity": "quantity",
    "unit_price": "price",
    "total_price": "value",
    "base_price": "base price",
}
"""What features are about: two of one topic say nearly the same, so a name holds one of them."""


def topic(feature: str) -> str:
    """Return what a feature is about.

    >>> topic("spend") == topic("units"), topic("cash_advance")
    (True, 'cash_advance')
    """
    return TOPICS.get(feature, feature)


def trait(feature: str, *, high: bool, language: Language | None = None) -> str:
    """Return the word for a high or low value that stands before a noun.

    >>> trait("mean_unit_price", high=True), trait("cash_advance", high=False)
    ('Premium-Price', 'Low-Cash-Advance')
    """
    spoken = language or english()
    if feature in spoken.words:
        wording = spoken.words[feature]
        return wording.high if high else wording.low
    own = "-".join(plain(feature, spoken).title().split())
    return spoken.say("high" if high else "low", feature=own)


def more_or_less(feature: str, *, more: bool, language: Language | None = None) -> str:
    """Return the words that compare a feature with a segment of the same name.

    >>> more_or_less("order_count", more=False)
    'fewer orders'
    >>> more_or_less("cash_advance", more=True)
    'higher cash advance'
    """
    spoken = language or english()
    if feature in spoken.words:
        wording = spoken.words[feature]
        return wording.more if more else wording.less
    return spoken.say("more" if more else "less", feature=plain(feature, spoken))


def plain(feature: str, language: Language | None = None) -> str:
    """Return a feature's name as words.

    >>> plain("cash_advance"), plain("PURCHASES_TRX")
    ('cash advance', 'purchases transactions')
    """
    spelt = (language or english()).spelt
    return " ".join(spelt.get(word, word) for word in feature.replace("_", " ").lower().split())


def spoken_of(features: Iterable[Feature], language: Language) -> dict[str, Feature]:
    """Features by name, with the language's own sentence parts where it has them."""
    return {
        one.name: replace(one, says=language.words[one.name].says)
        if one.name in language.words and language.words[one.name].says
        else one
        for one in features
    }
