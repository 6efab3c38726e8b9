"""How a feature is spoken of in names: one row of words each."""

from __future__ import annotations

from typing import Final, NamedTuple


class Wording(NamedTuple):
    """Words for one feature.

    Two features of one `topic` say nearly the same, so a name holds one of them. `high` and `low`
    stand before a noun; `more` and `less` compare with a segment of the same name.
    """

    topic: str
    high: str
    low: str
    more: str
    less: str


WORDINGS: Final = {
    "spend": Wording("value", "High-Spend", "Low-Spend", "higher spend", "lower spend"),
    "units": Wording("value", "High-Volume", "Low-Volume", "more units", "fewer units"),
    "order_count": Wording("rate", "Frequent", "Infrequent", "more orders", "fewer orders"),
    "mean_order_value": Wording(
        "order size", "Large-Order", "Small-Order", "larger orders", "smaller orders"
    ),
    "days_since_last_order": Wording(
        "recency", "Long-Absent", "Recently Active", "away for longer", "seen more recently"
    ),
    "first_to_last_days": Wording(
        "history", "Long-Standing", "Short-History", "longer history", "shorter history"
    ),
    "tenure_days": Wording("history", "Long-Known", "Newer", "known for longer", "newer"),
    "mean_days_between_orders": Wording(
        "rhythm", "Slow-Paced", "Fast-Paced", "longer between orders", "shorter between orders"
    ),
    "mean_unit_price": Wording(
        "price", "Premium-Price", "Low-Price", "dearer products", "cheaper products"
    ),
    "mean_basket_lines": Wording(
        "basket", "Big-Basket", "Small-Basket", "bigger baskets", "smaller baskets"
    ),
    "distinct_categories": Wording(
        "range", "Wide-Range", "Narrow-Range", "more categories", "fewer categories"
    ),
    "discount_share": Wording(
        "discount", "Discount-Led", "Full-Price", "more discounts", "fewer discounts"
    ),
    "cancelled_share": Wording(
        "cancelled", "Often-Cancelling", "Rarely-Cancelling", "more cancelled", "fewer cancelled"
    ),
    "delayed_share": Wording(
        "delayed", "Often-Delayed", "Rarely-Delayed", "more delays", "fewer delays"
    ),
    "money_back_share": Wording(
        "money back", "Return-Heavy", "Return-Light", "more money back", "less money back"
    ),
    "quantity": Wording("quantity", "Multi-Unit", "Few-Unit", "more units", "fewer units"),
    "unit_price": Wording("price", "Premium-Price", "Low-Price", "higher prices", "lower prices"),
    "total_price": Wording("value", "High-Value", "Low-Value", "higher value", "lower value"),
    "base_price": Wording(
        "base price", "Upmarket", "Entry-Level", "dearer products", "cheaper products"
    ),
}
"""Words for the features of the catalogue; any other feature is spoken of by its own name."""


_SPELT: Final = {
    "avg": "average",
    "cnt": "count",
    "num": "number of",
    "oneoff": "one-off",
    "prc": "share of",
    "qty": "quantity",
    "trx": "transactions",
}
"""Abbreviations of column names, written out."""


def topic(feature: str) -> str:
    """Return what a feature is about: two of one topic say nearly the same.

    >>> topic("spend") == topic("units"), topic("cash_advance")
    (True, 'cash_advance')
    """
    wording = WORDINGS.get(feature)
    return wording.topic if wording else feature


def trait(feature: str, *, high: bool) -> str:
    """Return the word for a high or low value that stands before a noun.

    >>> trait("mean_unit_price", high=True), trait("cash_advance", high=False)
    ('Premium-Price', 'Low-Cash-Advance')
    """
    wording = WORDINGS.get(feature)
    if wording:
        return wording.high if high else wording.low
    return f"{'High' if high else 'Low'}-{'-'.join(plain(feature).title().split())}"


def more_or_less(feature: str, *, more: bool) -> str:
    """Return the words that compare a feature with a segment of the same name.

    >>> more_or_less("order_count", more=False)
    'fewer orders'
    >>> more_or_less("cash_advance", more=True)
    'higher cash advance'
    """
    wording = WORDINGS.get(feature)
    if wording:
        return wording.more if more else wording.less
    return f"{'higher' if more else 'lower'} {plain(feature)}"


def plain(feature: str) -> str:
    """Return a feature's name as words.

    >>> plain("cash_advance"), plain("PURCHASES_TRX")
    ('cash advance', 'purchases transactions')
    """
    return " ".join(_SPELT.get(word, word) for word in feature.replace("_", " ").lower().split())
