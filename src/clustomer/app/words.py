"""Words of the app: explanations of terms, and small sentences that several pages need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TERMS: Final[Mapping[str, str]] = {
    "segment": "A group of customers that behave alike. Its name comes from what the group does.",
    "share of spend": "The segment's part of all money spent.",
    "map": "Each dot is a customer. Near dots are alike, far dots differ. The axes are the mixes "
    "of features (principal components) that keep most of the differences between customers.",
    "profile": "How far a segment's average lies from the average of all customers, counted in "
    "standard deviations: 0 is like all, +1 is clearly above most, −1 clearly below.",
    "snake": "One line a segment: where the lines lie apart, the segments differ.",
    "evidence": "How good each number of segments would be. No single curve decides.",
    "elbow": "Inertia is how far customers lie from the middle of their segment. It always falls; "
    "where it bends, one more segment begins to gain little.",
    "silhouette": "How much nearer customers are to their own segment than to the next one: from "
    "−1 (wrong) over 0 (between) to 1 (well apart).",
    "stability": "Half of the customers are clustered anew, again and again. 1: the same segments "
    "come back every time; 0: no better than chance.",
    "agreement": "A classifier learns to give the same segments. Agreement is how often it does so "
    "for customers that it has not seen. It says how learnable the segments are, not how true.",
    "sure": "How clearly the customer belongs to its segment: 100 % at the segment's middle, "
    "0 % half way to the next segment. Of a Gaussian mixture it is told by the probability.",
    "runner-up": "The segment that would come next.",
    "repair": "A value as it stood in the file, and what it was read as. Files are never changed.",
    "quarantine": "Lines that could not be used. They are kept with the reason, never lost.",
    "finding": "Something that was noticed and that you should know.",
    "role": "What a column means, such as the customer's id, a date or a price.",
    "as_of": "The day from which days are counted back, such as days since the last order.",
    "correlation": "Two features with 1 rise together, with −1 one falls as the other rises, "
    "with 0 they have nothing to do with each other (in a straight line).",
    "distribution": "How many customers have which value. The grey bars are all customers, the "
    "coloured lines the segments within them.",
    "recognise": "Short rules that find the members of the segment among all customers.",
    "apart": "The features in which the segment differs most from all others, largest first.",
    "difference": "From −1 to 1. 0: no difference; 1: everyone here has more than everyone "
    "elsewhere (Cliff's delta; for a category, the difference of the shares).",
    "typical": "The middle of the segment and the half around it, rounded. Never a real person.",
    "moved": "Customers of both runs, by the segment they were in and the one they are in now.",
    "drift": "How far customers have changed between two runs.",
    "objection": "Ids of people who do not want to be contacted or profiled. They are in no list "
    "that leaves this page.",
    "formula": "Texts that a spreadsheet would run as a formula get an apostrophe in front.",
}
"""Terms that a page uses, each with its explanation in plain words."""


def counted(count: int, noun: str) -> str:
    """A number with its noun, thousands apart.

    >>> counted(1, "customers"), counted(20_000, "customers")
    ('1 customer', '20,000 customers')
    """
    one = noun[:-3] + "y" if noun.endswith("ies") else noun.removesuffix("s")
    return f"{count:,} {one if count == 1 else noun}"


def spent(seconds: float) -> str:
    """A span of time in words.

    >>> spent(3.4), spent(75)
    ('3 s', '1 min 15 s')
    """
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"
