"""Segments from clusters: profile, name, describe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clustomer.clustering.contract import Assignment, Labels
from clustomer.features.feature import Feature
from clustomer.recipe.language import language_of
from clustomer.recipe.settings import SegmentSettings
from clustomer.segments.describe import describe, facts
from clustomer.segments.naming import name_profiles
from clustomer.segments.profile import profile_clusters
from clustomer.segments.reach import reach_of
from clustomer.segments.segment import Segment

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

    Returns
    -------
    tuple of Segment
        "S1", "S2", ... by falling total spend, or by size where there is no spend.
    """
    profiles = profile_clusters(table, labels, features, logged=logged, spend=settings.spend)
    namings = name_profiles(profiles, settings)
    language = language_of(settings)
    by_name = {feature.name: feature for feature in features}
    return tuple(
        Segment(
            id=f"S{place}",
            name=naming.name,
            description=describe(
                profile, by_name, noun=settings.noun, rule=naming.rule, language=language
            ),
            cluster=profile.cluster,
            customers=profile.customers,
            share=profile.share,
            spend_share=profile.spend_share,
            numbers=profile.numbers,
            categories=profile.categories,
            facts=facts(profile, by_name, naming.rule, language),
            reach=None if assignment is None else reach_of(assignment, profile.cluster),
        )
        for place, (profile, naming) in enumerate(zip(profiles, namings, strict=True), start=1)
    )
