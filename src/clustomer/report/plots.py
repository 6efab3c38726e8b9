"""Every drawing of a report, and the files that are made from them."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from clustomer.report.content import ReportContent
from clustomer.report.drawing import Drawing, headed, inset, stacked, tiled
from clustomer.report.early_plot import calibration
from clustomer.report.explore_plots import (
    Pairs,
    category_bars,
    correlations,
    distribution,
    evidence_panels,
    pca_map,
)
from clustomer.report.migration_plot import migration
from clustomer.report.segment_plots import confusion, legend, profiles, sizes, snake
from clustomer.report.summaries import categorical, numeric
from clustomer.segments.segment import Segment

MOST_NUMBERS: Final = 16
MOST_CATEGORIES: Final = 8


@dataclass(frozen=True, slots=True, eq=False)
class Plots:
    """The drawings of a report; a part that the content has nothing for is empty or None.

    `strongest` holds the strongest correlations, `explained` the variance that each axis of the map
    explains (0 to 1).
    """

    numbers: tuple[Drawing, ...]
    categories: tuple[Drawing, ...]
    correlation: Drawing | None
    strongest: Pairs
    map: Drawing
    explained: tuple[float, ...]
    evidence: tuple[Drawing, ...]
    sizes: Drawing
    profiles: Drawing
    snake: Drawing
    confusion: Drawing | None
    segments: tuple[Segment, ...]
    migration: Drawing | None = None
    calibration: Drawing | None = None


def drawings(content: ReportContent) -> Plots:
    """Draw everything, as marks."""
    numbers = numeric(content)[:MOST_NUMBERS]
    heat, strongest = correlations(content, numbers) if len(numbers) > 1 else (None, ())
    where, explained = pca_map(content)
    return Plots(
        numbers=tuple(distribution(content, feature) for feature in numbers),
        categories=tuple(
            category_bars(content, feature) for feature in categorical(content)[:MOST_CATEGORIES]
        ),
        correlation=heat,
        strongest=strongest,
        map=where,
        explained=explained,
        evidence=tuple(evidence_panels(content.choice)),
        sizes=sizes(content.segments, content.noun),
        profiles=profiles(content.segments),
        snake=snake(content.segments),
        confusion=_confusion(content),
        segments=content.segments,
        calibration=None if content.early is None else calibration(content.early),
        migration=None
        if content.migration is None or not content.migration.flows
        else migration(content.migration, content.segments, content.noun),
    )


def _confusion(content: ReportContent) -> Drawing | None:
    agreed = content.assessment
    if agreed is None or agreed.agreement is None:
        return None
    order = [segment.cluster for segment in content.segments]
    counts = np.array(agreed.confusion, dtype=np.int64)[order][:, order]
    return confusion(counts, [segment.id for segment in content.segments])


def files(plots: Plots) -> Mapping[str, Drawing]:
    """Arrange the drawings as files: path below the run's folder -> drawing."""
    panels = [*plots.numbers, *plots.categories]
    arranged: dict[str, Drawing] = {}
    key = legend(plots.segments)
    if panels:
        columns = 4 if len(panels) > 6 else 3
        every = tiled(panels, columns, "Distributions of the features.")
        wide = legend(plots.segments, every.width - 48.0)
        arranged["explore/distributions.png"] = stacked(every, inset(wide, 24.0), 0.0)
    if plots.correlation is not None:
        arranged["explore/correlation.png"] = headed(plots.correlation, "Correlation of features")
    arranged["explore/pca_map.png"] = headed(
        stacked(plots.map, key), "Map: first two principal components"
    )
    if plots.evidence:
        arranged["explore/choice.png"] = tiled(plots.evidence, 2, "Evidence for the number.")
    arranged["segments/sizes.png"] = headed(plots.sizes, "Size and share of spend")
    arranged["segments/profiles.png"] = headed(
        stacked(plots.profiles, key), "Profiles, in standard deviations from the average"
    )
    arranged["segments/snake.png"] = headed(
        stacked(plots.snake, key), "Profiles, in standard deviations from the average"
    )
    if plots.migration is not None:
        arranged["segments/migration.png"] = headed(plots.migration, "Since the run before")
    if plots.calibration is not None:
        arranged["classifier/early.png"] = headed(
            plots.calibration, "How sure the early forecast was, and how often right"
        )
    if plots.confusion is not None:
        arranged["classifier/confusion.png"] = headed(
            plots.confusion, "Agreement with the clustering"
        )
    return arranged


def draw_plots(content: ReportContent) -> dict[str, bytes]:
    """Draw the plots of a run as PNG files.

    Parameters
    ----------
    content
        The run.

    Returns
    -------
    Path below the run's folder, such as ``explore/pca_map.png`` -> file.
    """
    return written(drawings(content))


def written(plots: Plots) -> dict[str, bytes]:
    """Turn drawings into PNG files: path below the run's folder -> file."""
    # Matplotlib is slow to import: only who writes files pays for it.
    from clustomer.report.png import encoded, pixels_of

    drawn = files(plots)
    with ThreadPoolExecutor(1) as beside:
        # Packing one picture leaves Python free to draw the next.
        packed = [beside.submit(encoded, pixels_of(drawing)) for drawing in drawn.values()]
        return {path: made.result() for path, made in zip(drawn, packed, strict=True)}
