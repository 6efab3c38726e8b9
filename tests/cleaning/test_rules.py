from __future__ import annotations

import pytest

from clustomer.cleaning import rules
from clustomer.cleaning.dates import DateRepair
from clustomer.cleaning.repair import ColumnRepair


@pytest.mark.parametrize("rule", rules.RULES)
def test_every_rule_has_a_reason_and_a_confidence(rule: str) -> None:
    assert rules.reason(rule)
    assert 0 < rules.confidence(rule) <= 1


def test_a_rule_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(KeyError):
        rules.confidence("magic")


def test_a_choice_of_day_and_month_is_as_sure_as_what_decided_it() -> None:
    def sure(repair: DateRepair) -> float:
        column = ColumnRepair("day", "date", repair)
        return column.confidence("06-07-25", column.one("06-07-25"))

    settled, beside, left_open = (
        sure(DateRepair()),
        sure(DateRepair(decided=False, because="signup_date")),
        sure(DateRepair(decided=False)),
    )
    assert settled > beside > rules.DOUBTFUL > left_open == 0.5
