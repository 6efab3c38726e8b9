"""What a fit found: everything that the report, the files and Python show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clustomer.classifier.assess import Assessment
from clustomer.classifier.early import EarlyAssessment
from clustomer.cleaning.obeyed import Obeyed
from clustomer.clustering.baseline import Baseline
from clustomer.clustering.contract import Assignment, Choice
from clustomer.findings import Finding
from clustomer.intake.intake import Intake
from clustomer.matrix.matrix import Matrix
from clustomer.model import Model
from clustomer.segments.migration import Migration
from clustomer.segments.segment import Segment

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Results:
    """One fit, whole.

    Parameters
    ----------
    model
        The fitted model.
    intake
        The tables as they were read, repaired and joined, and the customer features.
    matrix
        The prepared features; rows as in ``intake.customers``.
    assignment
        Where each customer was placed.
    choice
        The evidence for k and the decision.
    assessment
        How far the classifier agrees with the clustering.
    sample
        int64 positions of the customers (by hash of their id) that plots and evidence use.
    customers
        One row per customer: id under its source's own name, features, segment_id, segment_name,
        distance, runner_up_id.
    segments
        One row per segment: segment_id, name, customers, share, spend_share, description, then
        the mean of each feature, then how to recognise it, what sets it apart and a hint.
    findings
        Everything noticed, worst first.
    seconds
        Seconds by stage.
    early
        How well the later segment is told of new customers; None where it was not learnt.
    obeyed
        A person's decisions on repairs that were obeyed, and the file that they are kept in.
    migration
        What became of the segments of the run before, and who moved; None at a first fit.
    """

    model: Model
    intake: Intake
    matrix: Matrix
    assignment: Assignment
    choice: Choice
    assessment: Assessment
    sample: NDArray[np.int64]
    customers: pa.Table
    segments: pa.Table
    findings: tuple[Finding, ...]
    seconds: Mapping[str, float]
    obeyed: Obeyed = field(default_factory=Obeyed)
    migration: Migration | None = None
    early: EarlyAssessment | None = None
    baseline: Baseline | None = None


TRAITS_TOLD: Final = 3
"""Traits that the table of segments tells; the files of the segments hold all."""


def segment_table(segments: tuple[Segment, ...]) -> pa.Table:
    """One row per segment: who, then the mean of each numeric feature, then what it means."""
    import pyarrow as pa

    columns: dict[str, list[object]] = {
        "segment_id": [one.id for one in segments],
        "name": [one.name for one in segments],
        "customers": [one.customers for one in segments],
        "share": [one.share for one in segments],
        "spend_share": [one.spend_share for one in segments],
        "description": [one.description for one in segments],
    }
    for place, number in enumerate(segments[0].numbers):
        columns[number.feature] = [one.numbers[place].mean for one in segments]
    rules = [one.recognition for one in segments]
    told: dict[str, tuple[pa.DataType, list[object]]] = {
        "how_to_recognise": (
            pa.string(),
            [None if rule is None else "; or ".join(r.text for r in rule.rules) for rule in rules],
        ),
        "rule_coverage": (pa.float64(), [None if r is None else r.coverage for r in rules]),
        "rule_precision": (pa.float64(), [None if r is None else r.precision for r in rules]),
        "sets_apart": (
            pa.string(),
            ["; ".join(trait.text for trait in one.traits[:TRAITS_TOLD]) for one in segments],
        ),
        "hint_kind": (pa.string(), [one.hint and one.hint.kind for one in segments]),
        "hint": (pa.string(), [one.hint and one.hint.text for one in segments]),
    }
    # A feature of the recipe's own may have the name of such a column: the feature stays.
    later = {name: pa.array(v, kind) for name, (kind, v) in told.items() if name not in columns}
    return pa.table({**columns, **later})


_SEVERITY: Final = {"problem": 0, "warning": 1, "note": 2}


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Order findings by severity; equals stay in the order of the data flow."""
    return tuple(sorted(findings, key=lambda finding: _SEVERITY[finding.severity]))
