"""The rule that takes an algorithm and a number of segments from the evidence: it stands here only.

In plain words. *We go on adding segments as long as they are real: the next one tightens the
segments clearly more than it would in a made-up crowd without groups, and the same segments come
back when only half of the customers are looked at; and we stop before they stand noticeably less
well apart.* *Where no number is real in this sense there are no clear groups, and we take the bend
of the inertia curve among the numbers whose segments at least come back.* *Of several algorithms,
each with its own best number, those with real segments go first, then those whose segments come
back best, and of equals the one that describes customers held back best.*
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from clustomer.clustering.contract import Evidence
from clustomer.names import AlgorithmName
from clustomer.recipe.settings import ClusteringSettings

OF_BEST_GAIN: Final = 0.4
"""Share of the best gain above 1 that the last group must still bring."""
OF_BEST_SILHOUETTE: Final = 0.9
"""Share of the best silhouette from which on groups count as equally well apart."""
OF_BEST_DAVIES_BOULDIN: Final = 4 / 3
"""Multiple of the lowest Davies-Bouldin index up to which groups count as equally well apart."""
AS_STABLE: Final = 0.1
"""Agreement by which one algorithm may fall behind another and still come back as well."""
LIKELIER: Final = 0.02
"""Mean log density at customers held back by which an algorithm describes them better."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the recipe lets the rule take.

    Parameters
    ----------
    low, high
        Fewest and most segments.
    smallest
        Least share of the customers in a segment, 0 to 1.
    gain
        A segment is worth adding that tightens this many times as much as in a crowd without
        groups.
    stable
        Mean adjusted Rand index over the resamples from which on segments count as coming back.
    """

    low: int = 2
    high: int = 10
    smallest: float = 0.0
    gain: float = 1.2
    stable: float = 0.83

    @classmethod
    def of(cls, settings: ClusteringSettings) -> Limits:
        """The limits of a recipe."""
        return cls(
            settings.k_min,
            max(settings.k_max, settings.k_min),
            settings.smallest_share,
            settings.gain,
            settings.stable,
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What is taken, whether its groups are clear, and why in plain words.

    `second` is what the same rule takes when `k` is not to be had; `within_limits` is False where
    nothing keeps to the limits.
    """

    k: int
    clear: bool
    reason: str
    algorithm: AlgorithmName = "k-means"
    second: tuple[AlgorithmName, int] | None = None
    within_limits: bool = True


@dataclass(frozen=True, slots=True)
class _Candidate:
    """The best of one algorithm."""

    one: Evidence
    clear: bool
    within: bool
    why: str


def decide(
    evidence: Sequence[Evidence], *, given: int | None = None, limits: Limits | None = None
) -> Decision:
    """Take an algorithm and a number of segments.

    The rule is ours; where it compares likelihoods, a difference counts beyond its standard error
    over resamples (Nadeau and Bengio, 2003). For each algorithm:

    1. Numbers outside the business's limits are set aside, unless none is left.
    2. A number is *real* when its last group is worth adding (`gain`: the elbow, measured against
       crowds without groups) and its groups come back in the resamples (`stability`). An algorithm
       that finds its own number has no last group: its segments are real when they come back.
    3. Of the real numbers the largest is taken that still adds much and stands apart as well as the
       others: its gain above 1 is at least 40 % of the best, its silhouette at least 90 % of the
       best, its Davies-Bouldin index at most a third above the lowest. The structure is clear.
    4. Where no number is real there is no clear structure. Of the numbers whose groups come back
       (of all, where none do) the one at the bend of the inertia curve is taken (Kneedle).

    Of several algorithms those within the limits go first, then those with a clear structure, then
    those whose stability is within 0.1 of the best; of these the one whose segments describe
    customers held back best (mean log density, higher by 0.02 and by the standard error of the
    difference), else the first, which is the simplest.

    The thresholds were set on generated customers with 3 to 7 planted groups that overlap, and on
    crowds without groups, where no number of groups that comes back has a gain above 1.05. The
    results hardly change for 30 to 50 % of the gain, 0.80 to 0.85 of stability and 85 to 92 % of
    the silhouette.

    Parameters
    ----------
    evidence
        By algorithm, simplest first, then by rising k; not empty.
    given
        The user's k: it is taken, and the reason says what the evidence speaks for.
    limits
        What may be taken; by default anything.
    """
    limits = limits or Limits(high=max(one.k for one in evidence))
    free = _best(evidence, limits)
    if given is None:
        second = _second(evidence, free.one, limits)
        said = f"{free.why}{_beside(evidence, free)}{_second_said(second, free.one)}"
        return _decision(free, said, second)
    at = [one for one in evidence if one.k == given or math.isnan(one.gain)]
    chosen = _compared([_obeyed(own, limits) for own in _by_algorithm(at)])
    said = _given_said(given, chosen, free)
    second = _second(at, chosen.one, limits) if len(at) > 1 else None
    return _decision(chosen, f"{said}{_beside(at, chosen)}", second)


def in_words(limits: Limits, *, several: bool) -> str:
    """Say the rule for an analyst, with the limits of the recipe."""
    allowed = f"Between {limits.low} and {limits.high} segments may be taken"
    if limits.smallest > 0:
        allowed += f", none under {100 * limits.smallest:.3g} % of the customers"
    text = (
        f"{allowed}. A number of segments counts as real when two things hold. First, its last "
        f"segment is worth having: it tightens the segments at least {limits.gain:.3g} times as "
        "much (gain) as the same step does in made-up crowds of the same spread without groups. "
        "Second, the segments come back: when half of the customers are left out and the rest are "
        f"segmented anew, the agreement (stability) is at least {limits.stable:.3g}, where 1 is "
        "identical and 0 is chance. Of the real numbers the largest is taken that still stands "
        "clearly apart: at least 40 % of the best gain above 1, at least 90 % of the best "
        "silhouette, a Davies-Bouldin index at most a third above the lowest. If no number is "
        "real, there is no clear structure: of the numbers that come back, the bend of the "
        "inertia curve is taken as a workable one."
    )
    if several:
        text += (
            " Of several algorithms, each with its own best number, those with real segments go "
            f"first; of these those whose stability is within {AS_STABLE:.2f} of the best; of "
            "these the one whose segments describe customers best that it has not seen "
            "(likelihood, by more than chance); else the simplest."
        )
    return text


def _decision(taken: _Candidate, reason: str, second: tuple[AlgorithmName, int] | None) -> Decision:
    return Decision(
        taken.one.k,
        clear=taken.clear,
        reason=reason,
        algorithm=taken.one.algorithm,
        second=second,
        within_limits=taken.within,
    )


def _by_algorithm(evidence: Sequence[Evidence]) -> list[list[Evidence]]:
    names = dict.fromkeys(one.algorithm for one in evidence)
    return [[one for one in evidence if one.algorithm == name] for name in names]


def _best(evidence: Sequence[Evidence], limits: Limits) -> _Candidate:
    return _compared([_of_one(own, limits) for own in _by_algorithm(evidence)])


def _compared(candidates: Sequence[_Candidate]) -> _Candidate:
    """Take one of several algorithms' best."""
    left = [one for one in candidates if one.within] or list(candidates)
    left = [one for one in left if one.clear] or left
    most = max(one.one.stability for one in left)
    left = [one for one in left if one.one.stability >= most - AS_STABLE]
    taken = left[0]
    for other in left[1:]:
        if _likelier(other.one, taken.one):
            taken = other
    return taken


def _likelier(one: Evidence, than: Evidence) -> bool:
    """Whether one describes customers held back better than another, beyond chance.

    The differences of the resamples have a standard error that allows for the halves sharing
    customers: C. Nadeau and Y. Bengio, "Inference for the generalization error", Machine Learning
    52 (2003), equation 9, with as many customers held back as fitted.
    """
    if one.likelihood is None or than.likelihood is None:
        return one.likelihood is not None
    lead = one.likelihood - than.likelihood
    error = 0.0
    if len(one.likelihoods) == len(than.likelihoods) > 1:
        pairs = zip(one.likelihoods, than.likelihoods, strict=True)
        apart = [first - second for first, second in pairs]
        error = statistics.stdev(apart) * math.sqrt(1 / len(apart) + 1)
    return lead > max(LIKELIER, error)


def _of_one(evidence: Sequence[Evidence], limits: Limits) -> _Candidate:
    """The best number of one algorithm."""
    allowed = [one for one in evidence if _allowed(one, limits)]
    within = bool(allowed)
    looked = allowed or [max(evidence, key=lambda one: (one.smallest_share, -one.k))]
    real = [one for one in looked if _is_real(one, limits)]
    if real:
        taken = _apart(real)
        return _Candidate(taken, clear=True, within=within, why=_clear_said(taken, limits))
    taken, why = _workable(looked, limits)
    return _Candidate(taken, clear=False, within=within, why=why)


def _allowed(one: Evidence, limits: Limits) -> bool:
    return limits.low <= one.k <= limits.high and one.smallest_share >= limits.smallest


def _is_real(one: Evidence, limits: Limits) -> bool:
    worth = math.isnan(one.gain) or one.gain >= limits.gain
    return worth and one.stability >= limits.stable


def _apart(real: Sequence[Evidence]) -> Evidence:
    """The largest real number that still adds much and stands apart as well as the others."""
    gain = max(one.gain for one in real)
    silhouette = max(one.silhouette for one in real)
    davies_bouldin = min(one.davies_bouldin for one in real)
    apart = [
        one
        for one in real
        if (math.isnan(one.gain) or one.gain >= 1 + OF_BEST_GAIN * (gain - 1))
        and one.silhouette >= OF_BEST_SILHOUETTE * silhouette
        and one.davies_bouldin <= OF_BEST_DAVIES_BOULDIN * davies_bouldin
    ]
    return apart[-1] if apart else max(real, key=lambda one: one.silhouette)


def _workable(looked: Sequence[Evidence], limits: Limits) -> tuple[Evidence, str]:
    """A number where none is real, and why."""
    steady = [one for one in looked if one.stability >= limits.stable]
    taken = max(steady or looked, key=lambda one: one.elbow)
    if steady:
        best = max(steady, key=lambda one: one.gain)
        why = (
            "of the numbers whose segments come back when half of the customers are left out, none "
            "tightens them clearly more than cutting a crowd without groups would (at best "
            f"{_times(best.gain)} as much, at {best.k}; {limits.gain:.3g} times would count)"
        )
        among = "among those"
    else:
        best = max(looked, key=lambda one: one.stability)
        why = (
            "no number gives segments that come back when half of the customers are left out (at "
            f"best an agreement of {best.stability:.2f} of 1, at {best.k}; {limits.stable:.3g} "
            "would count)"
        )
        among = "among all"
    return taken, (
        f"There is no clear structure: {why}. {taken.k} is taken as a workable number: {among} it "
        f"is at the bend of the inertia curve. {_separation(taken)}"
    )


def _obeyed(at: Sequence[Evidence], limits: Limits) -> _Candidate:
    one = at[0]
    return _Candidate(one, clear=_is_real(one, limits), within=True, why="")


def _clear_said(one: Evidence, limits: Limits) -> str:
    if math.isnan(one.gain):
        return (
            f"{one.algorithm} finds {one.k} segments by itself, and they come back when half of "
            f"the customers are left out (agreement {one.stability:.2f} of 1; {limits.stable:.3g} "
            f"counts). {_separation(one)}"
        )
    return (
        f"{one.k} segments are real and stand apart. The last of them is worth having: it tightens "
        f"the segments {_times(one.gain)} as much as the same step does in a crowd without groups "
        f"({limits.gain:.3g} times counts). And they come back when half of the customers are left "
        f"out (agreement {one.stability:.2f} of 1; {limits.stable:.3g} counts). Beyond {one.k}, a "
        f"further segment adds little, does not come back, or blurs the borders. {_separation(one)}"
    )


def _given_said(given: int, chosen: _Candidate, found: _Candidate) -> str:
    one = chosen.one
    if not found.clear:
        speaks = "The evidence shows no clear structure at any number looked at"
    elif (found.one.k, found.one.algorithm) == (one.k, one.algorithm):
        speaks = "The evidence speaks for it too"
    elif found.one.k == given:
        speaks = f"The evidence speaks for it too, with {found.one.algorithm}"
    else:
        speaks = f"The evidence speaks for {found.one.k}"
    return (
        f"{given} was asked for. {speaks}: at {one.k} the last segment tightens them "
        f"{_times(one.gain)} as much as the same step does in a crowd without groups, and the "
        f"agreement when half of the customers are left out is {one.stability:.2f} of 1. "
        f"{_separation(one)}"
    )


def _beside(evidence: Sequence[Evidence], taken: _Candidate) -> str:
    """What was looked at beside the algorithm taken."""
    others = {one.algorithm for one in evidence} - {taken.one.algorithm}
    if not others:
        return ""
    names = ", ".join(
        name for name in dict.fromkeys(e.algorithm for e in evidence) if name in others
    )
    return (
        f" Of the algorithms tried {taken.one.algorithm} is taken (the others: {names}): first "
        "comes whether segments are real, then whether they come back, then how well they describe "
        "customers held back."
    )


def _second(
    evidence: Sequence[Evidence], taken: Evidence, limits: Limits
) -> tuple[AlgorithmName, int] | None:
    """What the same rule takes when the first choice is not to be had."""
    rest = [one for one in evidence if one is not taken]
    if not rest:
        return None
    second = _best(rest, limits).one
    return second.algorithm, second.k


def _second_said(second: tuple[AlgorithmName, int] | None, first: Evidence) -> str:
    if second is None:
        return ""
    name, k = second
    return f" The second choice would be {k}" + (
        "." if name == first.algorithm else f" with {name}."
    )


def _separation(one: Evidence) -> str:
    return f"Silhouette {one.silhouette:.2f}, Davies-Bouldin {one.davies_bouldin:.2f}."


def _times(gain: float) -> str:
    if math.isnan(gain):
        return "an unknown number of times"
    return "infinitely" if gain == math.inf else f"{gain:.1f} times"
