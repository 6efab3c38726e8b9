"""Segments told in full: how to recognise them, what sets them apart, what to do with them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from clustomer.clustering.contract import Labels
from clustomer.clustering.sample import sample_rows
from clustomer.features.catalogue import VALUE
from clustomer.features.feature import Feature
from clustomer.recipe.language import language_of
from clustomer.recipe.settings import SegmentSettings
from clustomer.segments.distinguish import distinguish
from clustomer.segments.facts import facts_of
from clustomer.segments.hints import hint_for
from clustomer.segments.profile import FEWEST
from clustomer.segments.recognise import recognise
from clustomer.segments.segment import Segment
from clustomer.segments.typical import typical_of
from clustomer.segments.words import spoken_of

if TYPE_CHECKING:
    import pyarrow as pa

LOOKED_AT: Final = 20_000
"""Most customers (by hash of their id) on whom effect sizes are computed."""

LEARNT_FROM: Final = 3_000
"""Most of them from whom rules are learnt; never more than half of all."""


def enrich(
    segments: Sequence[Segment],
    table: pa.Table,
    labels: Labels,
    features: Sequence[Feature],
    *,
    logged: Collection[str],
    hidden: Collection[str],
    settings: SegmentSettings,
    seed: int,
) -> tuple[Segment, ...]:
    """Add to each segment what it means.

    Parameters
    ----------
    segments
        From `build_segments`.
    table
        One row per customer, the id first.
    labels
        int32, shape (customers,).
    features
        The features by which segments are told.
    logged
        Features that enter the distance as log(1 + x).
    hidden
        Features that nothing is told of, such as sensitive ones.
    settings
        The noun and the language.
    seed
        The recipe's seed.

    Returns
    -------
    tuple of Segment
        The same segments. Of one with fewer than ten members nothing is told but the hint.
    """
    language = language_of(settings)
    catalogue = spoken_of(features, language)
    facts = facts_of(table, features, without=hidden)
    # A forecast is nothing by which anybody could be recognised.
    seen = facts.without(VALUE)
    ids = table.column(0)
    rows = sample_rows(ids, LOOKED_AT, seed=seed)
    some = sample_rows(ids.take(rows), min(LEARNT_FROM, len(rows) // 2), seed=seed)
    clusters = [one.cluster for one in segments if one.customers >= FEWEST]
    rules = recognise(
        seen,
        labels,
        clusters,
        np.sort(rows[some]),
        catalogue=catalogue,
        language=language,
        noun=settings.noun,
    )
    traits = distinguish(
        facts, labels, clusters, rows, logged=logged, catalogue=catalogue, language=language
    )
    return tuple(
        replace(
            one,
            recognition=rules.get(one.cluster),
            traits=traits.get(one.cluster, ()),
            typical=typical_of(
                facts,
                np.flatnonzero(labels == one.cluster).astype(np.int64),
                catalogue,
                language,
            )
            if one.customers >= FEWEST
            else None,
            hint=hint_for(one.numbers, language),
        )
        for one in segments
    )
