"""What could be done with a segment: one modest hint, from an ordered table over its profile.

The first row that holds gives the hint, as in the naming table; rows on features that a segment
does not have do not apply. The words are in the language file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from clustomer.recipe.language import Language
from clustomer.recipe.settings import Level
from clustomer.segments.meaning import Hint, HintKind
from clustomer.segments.naming import holds
from clustomer.segments.segment import ProfileNumber


class HintRule(NamedTuple):
    """A row: the key of its text, the kind of hint, and what must hold."""

    key: str
    kind: HintKind
    when: dict[str, Level]


HINTS: Final = (
    HintRule(
        "win_back_valuable", "reactivation", {"days_since_last_order": "high", "spend": "high"}
    ),
    HintRule("welcome", "growth", {"tenure_days": "very low", "days_since_last_order": "low"}),
    HintRule("welcome", "growth", {"first_to_last_days": "low", "days_since_last_order": "low"}),
    HintRule("welcome", "growth", {"tenure": "very low"}),
    HintRule("win_back", "reactivation", {"days_since_last_order": "high"}),
    HintRule("solve", "retention", {"cancelled_share": "high"}),
    HintRule("solve", "retention", {"money_back_share": "high"}),
    HintRule("solve", "retention", {"delayed_share": "high"}),
    HintRule("keep_best", "retention", {"spend": "very high"}),
    HintRule("keep_best", "retention", {"spend": "high", "order_count": "high"}),
    HintRule("check_discount", "growth", {"discount_share": "high"}),
    HintRule("refill", "growth", {"mean_basket_lines": "high", "order_count": "low"}),
    HintRule("next_reason", "growth", {"mean_order_value": "high", "order_count": "low"}),
    HintRule("keep_habit", "retention", {"order_count": "high"}),
    HintRule("keep_habit", "retention", {"first_to_last_days": "high"}),
    HintRule("show_new", "growth", {"mean_unit_price": "high"}),
    HintRule("refill", "growth", {"mean_basket_lines": "high"}),
    HintRule("second_step", "growth", {"order_count": "low"}),
    HintRule("serve_simply", "retention", {"spend": "low"}),
    HintRule("keep_best", "retention", {"purchases": "very high"}),
    HintRule("cash", "retention", {"cash_advance": "high"}),
    HintRule("cash", "retention", {"cash_advance_frequency": "high"}),
    HintRule("full_payers", "retention", {"prc_full_payment": "very high"}),
    HintRule("debt", "retention", {"minimum_payments": "very high"}),
    HintRule("at_once", "growth", {"oneoff_purchases_frequency": "very high"}),
    HintRule("instalments", "growth", {"purchases_installments_frequency": "high"}),
    HintRule("at_once", "growth", {"oneoff_purchases_frequency": "high"}),
    HintRule("debt", "retention", {"balance": "high"}),
    HintRule("wake_card", "reactivation", {"balance_frequency": "very low"}),
    HintRule("wake_card", "reactivation", {"purchases_frequency": "low"}),
    HintRule("keep_stock", "retention", {"total_price": "high"}),
    HintRule("bundle", "growth", {"quantity": "high"}),
    HintRule("small_lines", "growth", {"total_price": "low"}),
    HintRule("steady", "retention", {}),
)
"""The last row always holds."""


def hint_for(numbers: Sequence[ProfileNumber], language: Language) -> Hint:
    """Find the hint for a profile."""
    effects = {number.feature: number.effect for number in numbers if number.mean is not None}
    rule = next(
        rule
        for rule in HINTS
        if all(name in effects and holds(level, effects[name]) for name, level in rule.when.items())
    )
    return Hint(rule.kind, language.hints[rule.key])
