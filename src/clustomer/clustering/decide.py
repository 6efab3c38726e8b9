"""The rule that takes one number of clusters from the evidence: it stands here and nowhere else.

In two sentences. *We go on adding segments as long as they are real: the next one tightens the
segments clearly more than cutting a formless crowd would, and the same segments come back when only
half of the customers are looked at; and we stop before they stand noticeably less well apart.*
*Where no number is real in this sense there are no clear groups, and we take the bend of the
inertia curve among the numbers whose segments at least come back.*
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from clustomer.clustering.contract import Evidence

GAIN: Final = 1.2
"""A group is worth adding that lowers the log inertia this many times as much as in a crowd
without groups."""
OF_BEST_GAIN: Final = 0.4
"""Share of the best gain above 1 that the last group must still bring."""
STABLE: Final = 0.83
"""Mean adjusted Rand index over the resamples from which on groups count as coming back."""
OF_BEST_SILHOUETTE: Final = 0.9
"""Share of the best silhouette from which on groups count as equally well apart."""
OF_BEST_DAVIES_BOULDIN: Final = 4 / 3
"""Multiple of the lowest Davies-Bouldin index up to which groups count as equally well apart."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The number taken, whether the groups are clear, and why in plain words."""

    k: int
    clear: bool
    reason: str


def decide(evidence: Sequence[Evidence], *, given: int | None = None) -> Decision:
    """Take a number of clusters.

    1. A number is *real* when its last group is worth adding (`gain` of 1.2 or more: the elbow,
       measured against crowds without groups) and its groups come back in the resamples
       (`stability` of 0.83 or more).
    2. Of the real numbers the largest is taken that still adds much and stands apart as well as the
       others: its gain above 1 is at least 40 % of the best, its silhouette at least 90 % of the
       best, its Davies-Bouldin index at most a third above the lowest. The structure is clear.
    3. Where no number is real there is no clear structure. Of the numbers whose groups come back
       (of all, where none do) the one at the bend of the inertia curve is taken (Kneedle).

    The thresholds were set on generated customers with 3 to 7 planted groups that overlap, and on
    crowds without groups, where no number of groups that comes back has a gain above 1.05. The
    results hardly change for 30 to 50 % of the gain, 0.80 to 0.85 of stability and 85 to 92 % of
    the silhouette.

    Parameters
    ----------
    evidence
        By rising k; not empty.
    given
        The user's k: it is taken, and the reason says what the evidence speaks for.
    """
    real = [one for one in evidence if _is_real(one)]
    decision = _clear(real) if real else _unclear(evidence)
    return decision if given is None else _obeyed(evidence, given, decision)


def _is_real(one: Evidence) -> bool:
    return one.gain >= GAIN and one.stability >= STABLE


def _clear(real: Sequence[Evidence]) -> Decision:
    gain = max(one.gain for one in real)
    silhouette = max(one.silhouette for one in real)
    davies_bouldin = min(one.davies_bouldin for one in real)
    apart = [
        one
        for one in real
        if one.gain >= 1 + OF_BEST_GAIN * (gain - 1)
        and one.silhouette >= OF_BEST_SILHOUETTE * silhouette
        and one.davies_bouldin <= OF_BEST_DAVIES_BOULDIN * davies_bouldin
    ]
    taken = apart[-1] if apart else max(real, key=lambda one: one.silhouette)
    return Decision(
        taken.k,
        clear=True,
        reason=(
            f"{taken.k} is the largest number whose groups are real and well apart: the last one "
            f"tightens them {_times(taken.gain)} as much as cutting a crowd without groups would, "
            f"and they come back when half of the rows are clustered anew "
            f"(agreement {taken.stability:.2f} of 1). {_separation(taken)}"
        ),
    )


def _unclear(evidence: Sequence[Evidence]) -> Decision:
    steady = [one for one in evidence if one.stability >= STABLE]
    taken = max(steady or evidence, key=lambda one: one.elbow)
    if steady:
        best = max(steady, key=lambda one: one.gain)
        why = (
            "of the numbers whose groups come back when half of the rows are clustered anew, none "
            "tightens them clearly more than cutting a crowd without groups would (at best "
            f"{_times(best.gain)} as much, at {best.k})"
        )
        among = "among those"
    else:
        best = max(evidence, key=lambda one: one.stability)
        why = (
            "no number gives groups that come back when half of the rows are clustered anew (at "
            f"best an agreement of {best.stability:.2f} of 1, at {best.k})"
        )
        among = "among all"
    return Decision(
        taken.k,
        clear=False,
        reason=(
            f"There is no clear structure: {why}. {taken.k} is taken as a workable number: {among} "
            f"it is at the bend of the inertia curve. {_separation(taken)}"
        ),
    )


def _obeyed(evidence: Sequence[Evidence], given: int, found: Decision) -> Decision:
    """Take the user's k; the structure is clear at k when the evidence finds that k real."""
    taken = next(one for one in evidence if one.k == given)
    if not found.clear:
        speaks = "The evidence shows no clear structure at any number looked at"
    elif found.k == given:
        speaks = "The evidence speaks for it too"
    else:
        speaks = f"The evidence speaks for {found.k}"
    return Decision(
        given,
        clear=_is_real(taken),
        reason=(
            f"{given} was asked for. {speaks}: at {given} the last group tightens them "
            f"{_times(taken.gain)} as much as cutting a crowd without groups would, and the "
            f"agreement when half of the rows are clustered anew is {taken.stability:.2f} of 1. "
            f"{_separation(taken)}"
        ),
    )


def _separation(one: Evidence) -> str:
    return f"Silhouette {one.silhouette:.2f}, Davies-Bouldin {one.davies_bouldin:.2f}."


def _times(gain: float) -> str:
    return "infinitely" if gain == float("inf") else f"{gain:.1f} times"
