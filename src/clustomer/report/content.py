"""What a report tells, as plain data: the pipeline fills it, the report only reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from clustomer.classifier.assess import Assessment
from clustomer.classifier.early import EarlyAssessment
from clustomer.clustering.baseline import Baseline
from clustomer.clustering.contract import Choice, Labels
from clustomer.features.feature import Feature
from clustomer.findings import Finding
from clustomer.matrix.matrix import Matrix
from clustomer.segments.migration import Migration
from clustomer.segments.segment import Segment
from clustomer.tables.accounts import Account

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Source:
    """A table that was read: its row account, and how the file was read.

    `read_as` is in words, such as "CSV, UTF-8, comma, 14 columns".
    """

    account: Account
    read_as: str


@dataclass(frozen=True, slots=True)
class JoinMade:
    """A join and the proof that it kept every row and every cent.

    Parameters
    ----------
    name
        The join in words, such as "sales with products".
    rows_before, rows_after
        Rows of the left table before the join and of the result.
    revenue_before, revenue_after
        Sum of the line amounts; None where the left table holds no amounts.
    matched
        Share of the left rows that found a partner, 0 to 1.
    orphans
        Left rows without a partner.
    """

    name: str
    rows_before: int
    rows_after: int
    revenue_before: float | None
    revenue_after: float | None
    matched: float
    orphans: int

    @property
    def kept(self) -> bool:
        """Whether the row count stayed and the revenue agrees to the cent."""
        if self.rows_before != self.rows_after:
            return False
        if self.revenue_before is None or self.revenue_after is None:
            return self.revenue_before is self.revenue_after
        return round(self.revenue_before, 2) == round(self.revenue_after, 2)


@dataclass(frozen=True, slots=True)
class RepairSummary:
    """What one rule did in one column.

    Parameters
    ----------
    table, column, rule
        Where, and the rule in words.
    values
        Distinct raw values that were changed.
    cells
        Cells that were changed.
    raw, repaired
        The most frequent example. None for keys and free text, whose values are personal data and
        stay out of the report; a `repaired` of None beside a `raw`: the cell became blank.
    """

    table: str
    column: str
    rule: str
    values: int
    cells: int
    raw: str | None = None
    repaired: str | None = None


@dataclass(frozen=True, slots=True)
class ReportContent:
    """One run, ready to be told.

    Parameters
    ----------
    title
        Heading of the page.
    recipe
        Name of the recipe.
    noun
        What is segmented, in the plural: "customers".
    as_of
        The day from which recency is counted; None where no feature needs one.
    seed
        Seed of every random choice.
    versions
        (package, version), ours first.
    sources, joins, repairs, findings
        What was read, joined, repaired and noticed.
    table
        Features, one row per customer: the columns of `features` are looked up by name, others are
        left alone. Rows are in the order of `labels` and `matrix`.
    features
        The features to tell about, those that make the segments first.
    matrix
        The prepared features.
    labels
        int32, shape (customers,): cluster of each customer, matching `Segment.cluster`.
    segments
        In the order in which they are told; the order gives each its colour.
    sample
        intp, shape (at most about 5,000,): rows drawn in plots and used for densities,
        correlations and the map, so that a report costs the same for any number of customers.
    choice
        The evidence for the number of segments.
    assessment
        The classifier's agreement with the clustering, or None where none was trained.
    early
        How well the later segment of new customers is told, or None where it was not learnt.
    seconds
        (stage, seconds) in the order in which the stages ran.
    settings
        (setting, value) of the recipe worth telling, in words.
    migration
        What became of the segments of the run before, and who moved; None at a first fit.
    """

    title: str
    recipe: str
    noun: str
    as_of: date | None
    seed: int
    versions: tuple[tuple[str, str], ...]
    sources: tuple[Source, ...]
    joins: tuple[JoinMade, ...]
    repairs: tuple[RepairSummary, ...]
    findings: tuple[Finding, ...]
    table: pa.Table
    features: tuple[Feature, ...]
    matrix: Matrix
    labels: Labels
    segments: tuple[Segment, ...]
    sample: NDArray[np.intp]
    choice: Choice
    assessment: Assessment | None = None
    early: EarlyAssessment | None = None
    seconds: tuple[tuple[str, float], ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    migration: Migration | None = None
    baseline: Baseline | None = None
