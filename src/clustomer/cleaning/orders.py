"""Orders of words that are commonly known: low < medium < high, bronze < silver < gold."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final

from clustomer.cleaning.values import tidy

ORDERS: Final[tuple[tuple[str, ...], ...]] = tuple(
    tuple(level.strip() for level in line.split("<"))
    for line in (
        "bronze < silver < gold < platinum < diamond",
        "basic < standard < premium < deluxe",
        "budget < economy < standard < mid < premium < luxury",
        "free < basic < plus < pro < premium < enterprise",
        "very low < low < medium < high < very high",
        "very low < low < average < high < very high",
        "low < moderate < high < critical",
        "low < normal < high < urgent < critical",
        "xxs < xs < s < m < l < xl < xxl < xxxl",
        "extra small < small < medium < large < extra large",
        "tiny < small < medium < big < huge",
        "short < medium < long",
        "never < rarely < sometimes < often < always",
        "never < yearly < quarterly < monthly < weekly < daily",
        "month-to-month < one year < two year",
        "very dissatisfied < dissatisfied < neutral < satisfied < very satisfied",
        "strongly disagree < disagree < neutral < agree < strongly agree",
        "very poor < poor < fair < good < very good < excellent",
        "bad < average < good",
        "beginner < intermediate < advanced < expert",
        "junior < intermediate < senior",
        "child < teen < adult < senior",
        "primary < secondary < tertiary",
        "primary school < middle school < high school < college < bachelor < master < phd",
        "high school < some college < associate < bachelors < masters < doctorate",
        "partial high school < high school < partial college < bachelors < graduate degree",
        "basic < 2n cycle < graduation < master < phd",
        "uneducated < high school < college < graduate < post-graduate < doctorate",
        "january < february < march < april < may < june < july < august < september < october"
        " < november < december",
        "jan < feb < mar < apr < may < jun < jul < aug < sep < oct < nov < dec",
        "monday < tuesday < wednesday < thursday < friday < saturday < sunday",
        "mon < tue < wed < thu < fri < sat < sun",
        "q1 < q2 < q3 < q4",
        "first < second < third < fourth < fifth",
    )
)
"""Each from lowest to highest; a column may hold any two or more of one line's levels."""

COVER: Final = 0.9
"""Share of a column's rows that the levels of one order must make up."""


def known_order(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Find the order that the values of a column stand in, lowest first.

    Parameters
    ----------
    counts
        Raw values with the number of rows of each; typing errors and blanks may be among them.

    Returns
    -------
    tuple
        The levels that the column holds, in its most frequent spelling; empty where no known order
        has at least two of them, all values of every tenth of the rows and more, and `COVER` of the
        rows.

    >>> known_order({"low": 3, "HIGH": 8, "Medium": 5, "high": 2, "hgh": 1})
    ('low', 'Medium', 'HIGH')
    >>> known_order({"red": 3, "green": 8})
    ()
    """
    spellings: dict[str, list[tuple[int, str]]] = {}
    for raw, count in counts.items():
        if at := _key(raw):
            spellings.setdefault(at, []).append((-count, tidy(raw)))
    rows = {at: -sum(count for count, _ in each) for at, each in spellings.items()}
    every = sum(rows.values())
    often = {at for at, count in rows.items() if count * 10 >= every}
    best: tuple[int, tuple[str, ...]] = (0, ())
    for order in ORDERS:
        there = tuple(level for level in order if level in rows)
        covered = sum(rows[level] for level in there)
        fits = len(there) >= 2 and often <= set(there) and covered >= COVER * every
        if fits and covered > best[0]:
            best = (covered, there)
    return tuple(min(spellings[level])[1] for level in best[1])


def _key(raw: str) -> str:
    return tidy(unicodedata.normalize("NFKC", raw).casefold())
