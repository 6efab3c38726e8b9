"""One customer explained: where it belongs, why, how surely, and what else it could be.

Placing at the nearest centre is a sum over features: with x the customer, c its segment's centre
and r that of the runner-up, |x - r|² - |x - c|² adds up from one difference a column. A feature's
part of it is its pull: above 0 it speaks for the segment, below 0 for the runner-up. Nothing is
estimated, and the pulls add up to the decision. What other algorithms decide by is taken apart in
`decision`; where RFM scores decide, they are the reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from clustomer.clustering.contract import Assignment, Clusterer
from clustomer.features.feature import Feature
from clustomer.matrix.columns import CategoryColumns, NumberColumn, RankColumn
from clustomer.matrix.matrix import Floats
from clustomer.names import Measure
from clustomer.recipe.language import Language
from clustomer.segments.decision import By, Decision, decision_of
from clustomer.segments.describe import format_value
from clustomer.segments.reach import sureness_of
from clustomer.segments.segment import ProfileCategory, Segment

if TYPE_CHECKING:
    from clustomer.matrix.prepare import AnyColumn

REASONS: Final = 3
"""Most features that are told for the segment, and against it."""

WORTH_TELLING: Final = 0.05
"""A pull is told from this share of all pulls, in either direction, together."""

_SURE: Final[Mapping[By, str]] = {"centre": "sure", "patch": "sure_patch", "scores": "sure_scores"}
"""The sentence that tells how sure a placing is, where no probability does."""

Value = float | str | None


@dataclass(frozen=True, slots=True)
class Pull:
    """What one feature adds to the decision.

    Parameters
    ----------
    feature, unit, value
        The feature and the customer's value; None where it is not known.
    pull
        Its part of the decision, in the prepared space: above 0 it speaks for the segment, below 0
        for the runner-up. All pulls and `Explanation.rest` add up to the whole; see `Decision`.
    here, there
        What is usual in the segment and in the runner-up: the centre in the feature's own unit; of
        a category the share that has the value (0 to 1). None where it cannot be said.
    """

    feature: str
    unit: Measure
    value: Value
    pull: float
    here: float | str | None
    there: float | str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where one customer was placed, and why.

    Parameters
    ----------
    segment_id, segment_name, runner_up_id, runner_up_name
        The segment and the next one.
    distance, runner_up_distance
        Distances to their centres in the prepared space.
    sure
        0 half way to the runner-up, 1 at the centre; see `reach.sureness`.
    less_sure
        Share of the segment's members that were less sure at fit, 0 to 1 in steps of 0.05; None
        for a model of an earlier release.
    unlike_any
        True beyond the distance that was seen at fit: the segment is the nearest, but hardly says
        anything; None for a model of an earlier release.
    limit, alarm
        That distance, and the expected share of false alarms.
    pulls
        Every feature, the strongest for the segment first.
    not_known
        Features in the distance without a value, which count as usual.
    sentences
        The whole in sentences.
    by
        What decides about a customer: "centre", "cloud", "patch", "edge" or "scores"; see
        `decision.By`. Where it is "scores", pulls only compare with the groups' middles.
    rest
        What no feature brings to the decision.
    scores
        Recency, frequency and monetary score, where they decide.
    probability
        Probability of the segment, 0 to 1, where the algorithm gives one.
    """

    segment_id: str
    segment_name: str
    runner_up_id: str
    runner_up_name: str
    distance: float
    runner_up_distance: float
    sure: float
    less_sure: float | None
    unlike_any: bool | None
    limit: float | None
    alarm: float | None
    pulls: tuple[Pull, ...]
    not_known: tuple[str, ...]
    sentences: tuple[str, ...]
    by: By = "centre"
    rest: float = 0.0
    scores: tuple[int, int, int] | None = None
    probability: float | None = None

    @property
    def text(self) -> str:
        """The sentences, one a line."""
        return "\n".join(self.sentences)


def explain(
    features: Mapping[str, Value],
    prepared: Floats,
    placed: Assignment,
    *,
    clusterer: Clusterer,
    columns: Sequence[AnyColumn],
    segments: Sequence[Segment],
    catalogue: Mapping[str, Feature],
    language: Language,
    notes: Sequence[str] = (),
) -> Explanation:
    """Explain one customer.

    Parameters
    ----------
    features
        The customer's values by feature.
    prepared
        The same customer in the prepared space: float64, shape (columns,).
    placed
        Where it was placed: arrays of one row.
    clusterer
        What placed it.
    columns
        How features became columns, in their order.
    segments
        The named segments.
    catalogue
        The features by name, for their sentences.
    notes
        Sentences about the values given, told last.
    """
    by_cluster = {segment.cluster: segment for segment in segments}
    own, other = by_cluster[int(placed.labels[0])], by_cluster[int(placed.runner_up[0])]
    decision = decision_of(clusterer, prepared, placed)
    pulls = tuple(
        sorted(
            _pulls(features, decision, clusterer.centroids, columns, catalogue, own, other),
            key=lambda one: -one.pull,
        )
    )
    distance, farther = float(placed.distance[0]), float(placed.runner_up_distance[0])
    sure = float(sureness_of(placed)[0])
    reach = own.reach
    found = Explanation(
        segment_id=own.id,
        segment_name=own.name,
        runner_up_id=other.id,
        runner_up_name=other.name,
        distance=distance,
        runner_up_distance=farther,
        sure=sure,
        less_sure=None if reach is None else reach.less_sure(sure),
        unlike_any=None if reach is None else distance > reach.limit,
        limit=None if reach is None else reach.limit,
        alarm=None if reach is None else reach.alarm,
        pulls=pulls,
        not_known=tuple(one.feature for one in columns if features.get(one.feature) is None),
        sentences=(),
        by=decision.by,
        rest=decision.rest,
        scores=decision.scores,
        probability=None if placed.probability is None else float(placed.probability[0]),
    )
    return _told(found, catalogue, language, notes)


def _pulls(
    features: Mapping[str, Value],
    decision: Decision,
    centres: Floats,
    columns: Sequence[AnyColumn],
    catalogue: Mapping[str, Feature],
    own: Segment,
    other: Segment,
) -> list[Pull]:
    near, far = centres[own.cluster], centres[other.cluster]
    found: list[Pull] = []
    start = 0
    for column in columns:
        end = start + len(column.names)
        name, value = column.feature, features.get(column.feature)
        here, there = (
            (None, None)
            if decision.by == "edge"
            else _usual(column, value, own, other, float(near[start]), float(far[start]))
        )
        unit = catalogue[name].unit
        pull = float(decision.parts[start:end].sum())
        found.append(Pull(name, unit, value, pull, here, there))
        start = end
    return found


def _usual(
    column: AnyColumn, value: Value, own: Segment, other: Segment, near: float, far: float
) -> tuple[float | str | None, float | str | None]:
    """What is usual in both segments: centres in the feature's unit, or shares of the value."""
    if isinstance(column, NumberColumn):
        return column.plain(near), column.plain(far)
    if isinstance(column, RankColumn):
        return column.nearest(near), column.nearest(far)
    if isinstance(column, CategoryColumns) and isinstance(value, str):
        return _share(own, column.feature, value), _share(other, column.feature, value)
    return None, None


def _share(segment: Segment, feature: str, value: str) -> float | None:
    mixed: ProfileCategory | None = next(
        (one for one in segment.categories if one.feature == feature), None
    )
    if mixed is None:
        return None
    return next((share for name, share, _ in mixed.shares if name == value), None)


def _told(
    found: Explanation,
    catalogue: Mapping[str, Feature],
    language: Language,
    notes: Sequence[str],
) -> Explanation:
    said = [language.say("placed", segment=found.segment_name, id=found.segment_id)]
    if found.unlike_any:
        said.append(_unlike(found, language))
    if found.scores is None:
        said += _reasons(found, catalogue, language)
    else:
        recency, frequency, monetary = (str(score) for score in found.scores)
        said.append(
            language.say(
                "why_scores",
                recency=recency,
                frequency=frequency,
                monetary=monetary,
                segment=found.segment_name,
            )
        )
    said.append(_how_sure(found, language))
    said.append(language.say("runner_up", segment=found.runner_up_name, id=found.runner_up_id))
    if found.not_known:
        said.append(language.say("not_known", names=language.joined(list(found.not_known))))
    return replace(found, sentences=(*said, *notes))


def _reasons(found: Explanation, catalogue: Mapping[str, Feature], language: Language) -> list[str]:
    """What speaks for the segment and against it, next to the runner-up."""
    known = [one for one in found.pulls if one.value is not None]
    weight = sum(abs(one.pull) for one in known)
    towards = [one for one in known if one.pull >= WORTH_TELLING * weight][:REASONS]
    away = [one for one in known[::-1] if one.pull <= -WORTH_TELLING * weight][:REASONS]
    other = found.runner_up_name
    reasons = [_reason(one, catalogue, language) for one in towards]
    against = [_reason(one, catalogue, language) for one in away]
    said = []
    if reasons:
        said.append(language.say("why", reasons=language.joined(reasons), other=other))
    elif found.by == "edge":
        said.append(language.say("no_reason_edge", other=other))
    else:
        said.append(language.say("no_reason", segment=found.segment_name, other=other))
    if against:
        said.append(language.say("why_not", reasons=language.joined(against)))
    if found.by == "cloud" and abs(found.rest) >= WORTH_TELLING * weight:
        larger = found.segment_name if found.rest > 0 else other
        said.append(language.say("denser", segment=larger))
    if found.by != "centre":
        said.append(language.say(f"decided_{found.by}"))
    return said


def _reason(pull: Pull, catalogue: Mapping[str, Feature], language: Language) -> str:
    feature = catalogue[pull.feature]
    fact = language.fact(feature.says, format_value(pull.value, feature.unit, language))
    if pull.here is None or pull.there is None:
        return language.say("reason_alone", fact=fact)
    category = isinstance(pull.value, str) and isinstance(pull.here, float)
    unit: Measure = "share" if category else feature.unit
    return language.say(
        "reason_category" if category else "reason_number",
        fact=fact,
        here=format_value(pull.here, unit, language),
        there=format_value(pull.there, unit, language),
    )


def _how_sure(found: Explanation, language: Language) -> str:
    if found.by == "edge":
        reach = f"{math.sqrt(abs(found.rest)):.2f}"
        return language.say("sure_edge", distance=f"{found.distance:.2f}", limit=reach)
    sure = f"{found.sure:.2f}"
    if found.probability is not None:
        probability = format_value(found.probability, "share", language)
        said = language.say("sure_probability", sure=sure, probability=probability)
    else:
        said = language.say(_SURE[found.by], sure=sure)
    if found.less_sure is None:
        return f"{said}."
    less = "less_typical" if found.by == "scores" else "less_sure"
    return language.say(less, sure=said, share=format_value(found.less_sure, "share", language))


def _unlike(found: Explanation, language: Language) -> str:
    alarm = found.alarm or 0.0
    return language.say(
        "unlike",
        distance=f"{found.distance:.2f}",
        limit=f"{found.limit:.2f}",
        share=format_value(1 - alarm, "share", language),
        alarm=format_value(alarm, "share", language),
    )
