"""The rules of cleaning: the reason and the confidence of each, as one table.

A confidence is the share of a rule's repairs that should be right: 1 where a text can mean nothing
else, 0.5 where two readings are equally good. Below `DOUBTFUL` a person should look. The figures
of rules that guess (typing errors, agreement) are set below what `benchmarks/repairs.py` measures
for them on data whose truth is known; those of a choice are what the choice leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from clustomer.names import DateOrder

PLAIN_READINGS: Final = frozenset(get_args(DateOrder))
"""Rules under which a date is on record that was read as it stands: no repair."""
COLUMN_READINGS: Final = PLAIN_READINGS | {"compact", "month-name", "decimal-comma", "thousands"}
"""Rules that tell how a column writes its dates and numbers, value by value the same."""
DOUBTFUL: Final = 0.8
OPEN: Final = 0.5
"""Confidence where nothing decides between two readings."""
BESIDE: Final = 0.85
"""Confidence where another column decides between two readings."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Why a value is repaired, and how sure that is.

    Parameters
    ----------
    says
        The reason, as the end of a sentence that begins with the values.
    confidence
        0 to 1; see the module.
    """

    says: str
    confidence: float


RULES: Final[dict[str, Rule]] = {
    # every kind
    "blank": Rule("nothing but white space", 1.0),
    "blank-word": Rule("a word for no value", 0.98),
    "trimmed": Rule("white space around it", 1.0),
    "space": Rule("white space around or within it", 1.0),
    "unreadable": Rule("cannot be read; became blank", 0.9),
    # cells of a row
    "derived": Rule("it was blank and follows from other columns of its row", 0.99),
    "same-customer": Rule("the same customer stands under another id", 0.95),
    # a person's decisions
    "accepted": Rule("a person accepted the repair", 1.0),
    "rejected": Rule("a person rejected the repair", 1.0),
    "set": Rule("a person set the value", 1.0),
    # categories
    "spelling": Rule("the same letters in another case or form", 0.99),
    "spacing": Rule("the same letters, spaced or hyphenated differently", 0.97),
    "abbreviation": Rule("a short form that fits one value only", 0.9),
    "typing-error": Rule("near one value and near no other", 0.9),
    "synonym": Rule("another word for it, by the recipe", 1.0),
    "unknown-level": Rule("none of the levels of the recipe; became blank", 0.9),
    "agreement": Rule("near what all rows with the same value of another column say", 0.96),
    "run-together": Rule("two columns in one", 0.95),
    # numbers
    "words": Rule("a number in words", 0.98),
    "thousands": Rule("thousands separators", 0.97),
    "decimal-comma": Rule("a decimal comma", 0.97),
    "decimal-point": Rule("a decimal point in a column of decimal commas", 0.9),
    "currency": Rule("a currency beside it", 0.99),
    "multiplier": Rule("a multiplier such as k or million", 0.95),
    "percent": Rule("per cent as a share of 1", 0.95),
    "percent-sign": Rule("a per cent sign on a number of the size of those without", 0.95),
    "unit": Rule("a unit beside it", 0.98),
    "unit-converted": Rule("converted to the unit of the column", 0.95),
    "other-unit": Rule("a unit that cannot be converted to the column's; became blank", 0.9),
    "remark": Rule("words behind the unit, left out", 0.9),
    "below-limit": Rule("below the recipe's limit", 1.0),
    "above-limit": Rule("above the recipe's limit", 1.0),
    "negative": Rule("brackets or a minus behind it", 0.97),
    "out-of-range": Rule("beyond what a number can be here; became blank", 0.95),
    "not-a-number": Rule("infinite or not a number; became blank", 1.0),
    # dates
    "day-month-year": Rule("day, month, year: the order that the column shows", 0.98),
    "month-day-year": Rule("month, day, year: the order that the column shows", 0.98),
    "year-month-day": Rule("year, month, day", 0.98),
    "compact": Rule("eight digits: year, month, day", 0.98),
    "excel-serial": Rule("days since 1899-12-30, as spreadsheets count", 0.9),
    "epoch": Rule("seconds since 1970-01-01 UTC", 0.95),
    "epoch-ms": Rule("milliseconds since 1970-01-01 UTC", 0.95),
    "month-name": Rule("a date with the name of its month", 0.99),
    "to-utc": Rule("a time with a zone, turned to UTC", 0.99),
}
"""By rule. A rule of several steps names them with `` + `` between."""


def steps(rule: str) -> list[Rule]:
    """The rules that a rule of several steps is made of; none for the empty rule.

    Raises
    ------
    KeyError
        When a rule is not in the table.
    """
    return [RULES[step] for step in rule.split(" + ")] if rule else []


def reason(rule: str) -> str:
    """Say in words why a value was repaired; empty for the empty rule.

    >>> reason("thousands + currency")
    'thousands separators; a currency beside it'
    """
    return "; ".join(step.says for step in steps(rule))


def confidence(rule: str) -> float:
    """Confidence of a rule: that of its least certain step; 1 for the empty rule.

    >>> confidence("thousands + currency"), confidence("")
    (0.97, 1.0)
    """
    return min((step.confidence for step in steps(rule)), default=1.0)


def reads_column(rule: str) -> bool:
    """Whether a rule only reads what a column writes its own way, in all of its steps.

    >>> reads_column("thousands + decimal-comma"), reads_column("decimal-comma + currency")
    (True, False)
    """
    return bool(rule) and COLUMN_READINGS.issuperset(rule.split(" + "))
