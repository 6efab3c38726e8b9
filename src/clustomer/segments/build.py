"""Segments from clusters: profile, name, describe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clustomer.clustering.contract import Labels
from clustomer.features.feature import Feature
from clustomer.recipe.settings import SegmentSettings
from clustomer.segments.describe import describe, facts
from clustomer.segments.naming import name_profiles
from clustomer.segments.profile import profile_clusters
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
        The noun, the feature that is shared out as spend, and the naming table.

    Returns
    -------
    tuple of Segment
        "S1", "S2", ... by falling total spend, or by size where there is no spend.
    """
    profiles = profile_clusters(table, labels, features, logged=logged, spend=settings.spend)
    namings = name_profiles(profiles, settings)
    by_name = {feature.name: feature for feature in features}
    return tuple(
        Segment(
            id=f"S{place}",
            name=naming.name,
            description=describe(profile, by_name, noun=settings.noun, rule=naming.rule),
            cluster=profile.cluster,
            customers=profile.customers,
            share=profile.share,
            spend_share=profile.spend_share,
            numbers=profile.numbers,
            categories=profile.categories,
            facts=facts(profile, by_name, naming.rule),
        )
        for place, (profile, naming) in enumerate(zip(profiles, namings, strict=True), start=1)
    )
