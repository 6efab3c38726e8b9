"""Segments from clusters: profile, name, describe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING

from clustomer.clustering.contract import Assignment, Labels
from clustomer.features.feature import Feature
from clustomer.recipe.language import language_of
from clustomer.recipe.settings import SegmentSettings
from clustomer.segments.describe import describe, facts
from clustomer.segments.naming import Naming, name_profiles, outgrown
from clustomer.segments.profile import profile_clusters
from clustomer.segments.reach import reach_of
from clustomer.segments.segment import Segment
from clustomer.segments.words import spoken_of

if TYPE_CHECKING:
    import pyarrow as pa


def build_segments(
    table: pa.Table,
    labels: Labels,
    features: Sequence[Feature],
    *,
    logged: frozenset[str],
    settings: SegmentSettings,
    assignment: Assignment | None = None,
    continuing: Mapping[int, Segment] | None = None,
    issued: int = 0,
    names: Mapping[int, str] | None = None,
) -> tuple[Segment, ...]:
    """Make named segments from the features and the cluster of each row.

    Parameters
    ----------
    table
        One row per customer; see `profile_clusters`.
    labels
        int32, shape (rows,).
    features
        What to profile, in this order.
    logged
        Features that enter the distance as log(1 + x).
    settings
        The noun, the feature that is shared out as spend, the naming table and the language.
    assignment
        Where the rows were placed, for how far each segment reaches; without it that stays open.
    names
        Names that clusters bring with them (`Clusterer.names`), over those of the naming table.

    continuing
        By cluster: the segment of an earlier run that goes on in it, whose id and name it keeps.
    issued
        The highest number that an id of the earlier runs had: ids are never given twice.

    Returns
    -------
    tuple of Segment
        By falling total spend, or by size where there is no spend; new ids count on from `issued`
        in this order: "S1", "S2", ... at a first fit.
    """
    profiles = profile_clusters(table, labels, features, logged=logged, spend=settings.spend)
    before = continuing or {}
    given = names or {}
    kept = {
        place: Naming(given[profile.cluster], None)
        for place, profile in enumerate(profiles)
        if profile.cluster in given
    } | {
        place: Naming(before[profile.cluster].name, before[profile.cluster].rule)
        for place, profile in enumerate(profiles)
        if profile.cluster in before
    }
    namings = name_profiles(profiles, settings, kept)
    language = language_of(settings)
    by_name = spoken_of(features, language)
    numbers = count(issued + 1)
    segments = []
    for profile, naming in zip(profiles, namings, strict=True):
        old = before.get(profile.cluster)
        fits = naming.rule is not None and not outgrown(naming.rule, profile.numbers)
        rule = naming.rule if fits else None
        segments.append(
            Segment(
                id=old.id if old else f"S{next(numbers)}",
                name=naming.name,
                description=describe(
                    profile, by_name, noun=settings.noun, rule=rule, language=language
                ),
                cluster=profile.cluster,
                customers=profile.customers,
                share=profile.share,
                spend_share=profile.spend_share,
                numbers=profile.numbers,
                categories=profile.categories,
                facts=facts(profile, by_name, rule, language),
                reach=None if assignment is None else reach_of(assignment, profile.cluster),
                rule=naming.rule,
                named_by=old.named_by if old else "clustomer",
            )
        )
    return tuple(segments)
