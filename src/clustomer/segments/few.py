"""Segments of so few people that their figures would be told of single ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clustomer.findings import Finding
from clustomer.recipe.language import language_of
from clustomer.recipe.settings import Recipe
from clustomer.segments.describe import format_value
from clustomer.segments.profile import FEWEST
from clustomer.segments.segment import Segment


def without_figures(segments: Sequence[Segment], recipe: Recipe) -> tuple[Segment, ...]:
    """Leave the figures out of the profiles of segments with fewer than `FEWEST` people.

    Size, name and how far a feature lies from the average stay; means, medians and the share of
    spend become None, and the description says why. Rows that are segmented by themselves are
    nobody's profile.
    """
    if recipe.unit == "row":
        return tuple(segments)
    return tuple(_bare(one, recipe) if one.customers < FEWEST else one for one in segments)


def _bare(segment: Segment, recipe: Recipe) -> Segment:
    spoken = language_of(recipe.segments)
    size = spoken.say(
        "size",
        number=f"{segment.customers:,}",
        noun=recipe.noun if segment.customers != 1 else spoken.singular(recipe.noun),
        share=format_value(segment.share, "share", spoken),
    )
    why = spoken.say("few", fewest=f"{FEWEST}")
    numbers = (replace(one, mean=None, median=None, index=None) for one in segment.numbers)
    return replace(
        segment,
        spend_share=None,
        description=spoken.say("segment_few", segment=size, few=why),
        facts=why,
        numbers=tuple(numbers),
    )


def few_findings(segments: Sequence[Segment], recipe: Recipe) -> list[Finding]:
    """Tell of segments whose figures are left out."""
    few = [one for one in segments if one.customers < FEWEST]
    if recipe.unit == "row" or not few:
        return []
    names = ", ".join(f"{one.id} {one.name} ({one.customers:,})" for one in few)
    return [
        Finding(
            "segment-of-few",
            "warning",
            f"Fewer than {FEWEST} {recipe.noun} are in {names}: no group to act on, and figures of "
            "it would be figures of single ones, so they are left out.",
            "take a smaller --k, or give more data; check as_of where few orders come before it",
        )
    ]
