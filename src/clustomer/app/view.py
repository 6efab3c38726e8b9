"""What the pages look at of one run: prepared once, kept by the run's key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clustomer.clustering.sample import Rows, hash_ids
from clustomer.features.feature import Feature
from clustomer.matrix.matrix import Floats, Matrix
from clustomer.placing import Placer
from clustomer.report.summaries import Map, principal_map
from clustomer.runs import RunFiles
from clustomer.segments.explain import Explanation
from clustomer.segments.segment import Segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

DOTS: Final = 1_500
"""Most customers drawn in a map: more would cover each other and slow the browser down."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A run, ready to be drawn.

    Parameters
    ----------
    run
        The run.
    matrix
        The prepared customers.
    positions
        int64, shape (customers,): position of each customer's segment, 0 first.
    sample
        Rows that summaries are taken over.
    dots
        Rows that maps draw: part of the sample.
    map
        The first three principal components of the sample.
    placer
        Explains where customers belong.
    """

    run: RunFiles
    matrix: Matrix
    positions: NDArray[np.int64]
    sample: Rows
    dots: Rows
    map: Map
    placer: Placer

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The segments in the order in which they are told."""
        return self.run.model.segments

    def position(self, segment_id: str) -> int:
        """Position of a segment, 0 first."""
        return next(at for at, one in enumerate(self.segments) if one.id == segment_id)

    @property
    def noun(self) -> str:
        """What is segmented, in the plural."""
        return self.run.model.recipe.noun

    @property
    def features(self) -> Mapping[str, Feature]:
        """The features by name."""
        return {feature.name: feature for feature in self.run.model.learnt.features}

    @property
    def ids(self) -> pa.ChunkedArray:
        """Ids of the customers."""
        return self.run.customers.column(0)

    def values(self, feature: str, rows: Rows | None = None) -> Floats:
        """Values of a numeric feature: float64, NaN where blank."""
        column = self.run.customers.column(feature)
        if rows is not None:
            column = column.take(pa.array(rows))
        values = pc.cast(column, pa.float64()).to_numpy()
        clean: Floats = np.where(np.isfinite(values), values, np.nan)
        return clean

    def explain(self, row: pa.Table) -> Explanation:
        """Say where one customer belongs, and why; `row` holds its features."""
        return self.placer.explain_rows(row)[0]

    def on_map(self, rows: Floats) -> Floats:
        """Where prepared rows lie on the map: float64, shape (rows, 3)."""
        where: Floats = (rows - self.map.centre) @ self.map.axes
        return where


def view_of(run: RunFiles) -> View:
    """Prepare a run for drawing."""
    matrix = run.model.preparation.transform(run.customers)
    sample = run.sample
    order = {segment.id: at for at, segment in enumerate(run.model.segments)}
    ids = run.customers.column("segment_id").dictionary_encode().combine_chunks()
    codes = np.array([order[one] for one in ids.dictionary.to_pylist()], dtype=np.int64)
    return View(
        run=run,
        matrix=matrix,
        positions=codes[ids.indices.to_numpy()],
        sample=sample,
        dots=_dots(run, sample),
        map=principal_map(matrix, sample, components=3),
        placer=run.model.placer(),
    )


def _dots(run: RunFiles, sample: Rows) -> Rows:
    if len(sample) <= DOTS:
        return sample
    ids = run.customers.column(0).take(pa.array(sample))
    order = np.argsort(hash_ids(ids, seed=run.model.recipe.seed + 1), kind="stable")
    return np.sort(sample[order[:DOTS]])


def numeric(view: View) -> list[Feature]:
    """Features of numbers."""
    return [one for one in view.run.model.learnt.features if one.unit != "category"]


def categorical(view: View) -> list[Feature]:
    """Features of categories."""
    return [one for one in view.run.model.learnt.features if one.unit == "category"]
