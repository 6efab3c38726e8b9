"""What a report tells beside the customers and the model, kept so that it can be written again."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from clustomer.classifier.assess import Assessment
from clustomer.classifier.early import EarlyAssessment
from clustomer.clustering.baseline import Baseline
from clustomer.clustering.contract import Choice
from clustomer.clustering.sample import sample_rows
from clustomer.errors import BundleError
from clustomer.findings import Finding
from clustomer.model import Model
from clustomer.report.content import JoinMade, RepairSummary, ReportContent, Source
from clustomer.schemas import schema
from clustomer.segments.migration import Migration

if TYPE_CHECKING:
    import pyarrow as pa

FILE: Final = "report.json"
VERSION: Final = 1

KEPT: Final[Mapping[str, Any]] = {
    "title": str,
    "recipe": str,
    "noun": str,
    "as_of": date | None,
    "seed": int,
    "versions": tuple[tuple[str, str], ...],
    "sources": tuple[Source, ...],
    "joins": tuple[JoinMade, ...],
    "repairs": tuple[RepairSummary, ...],
    "findings": tuple[Finding, ...],
    "choice": Choice,
    "assessment": Assessment | None,
    "seconds": tuple[tuple[str, float], ...],
    "settings": tuple[tuple[str, str], ...],
    "migration": Migration | None,
    "baseline": Baseline | None,
    "early": EarlyAssessment | None,
}
"""Fields of `ReportContent` that the file holds, with their types."""

MADE_AGAIN: Final = ("table", "features", "matrix", "labels", "segments", "sample")
"""Fields that come from customers.parquet and the model. Every field is in one of the two."""


def keep(content: ReportContent) -> str:
    """Write what is kept as JSON; numbers that JSON cannot say are texts such as "nan"."""
    slim = replace(content, choice=replace(content.choice, starts=(), found=None))
    told = {name: schema(kind).dump_python(getattr(slim, name)) for name, kind in KEPT.items()}
    return json.dumps(_sayable({"version": VERSION, **told}), ensure_ascii=False, default=str)


def content_again(folder: Path, model: Model, customers: pa.Table) -> ReportContent:
    """Put the content of a saved run's report together again.

    Parameters
    ----------
    folder
        The run's folder.
    model
        Its model; its segments' names are those that the report will tell.
    customers
        The run's customers, with their features.

    Raises
    ------
    BundleError
        When the file is missing, as in runs of earlier releases, or damaged.
    """
    import numpy as np

    try:
        told = json.loads((folder / FILE).read_text("utf-8"))
        if told["version"] != VERSION:
            raise ValueError(f"version {told['version']}, not {VERSION}")
        kept: dict[str, Any] = {
            name: schema(kind).validate_python(told[name]) for name, kind in KEPT.items()
        }
    except (OSError, ValueError, LookupError, TypeError, ValidationError) as error:
        raise BundleError(
            f"The report of '{folder}' cannot be written again.",
            found=f"{FILE}: {str(error).splitlines()[0]}",
            remedy="fit it again, with --previous to keep ids and names",
        ) from error
    recipe = model.recipe
    cluster_of = {segment.id: segment.cluster for segment in model.segments}
    ids = customers.column(0)
    return ReportContent(
        **kept,
        table=customers,
        features=model.learnt.features,
        matrix=model.preparation.transform(customers),
        labels=np.array(
            [cluster_of[one] for one in customers["segment_id"].to_pylist()], dtype=np.int32
        ),
        segments=model.segments,
        sample=sample_rows(ids, recipe.clustering.sample, seed=recipe.seed),
    )


def _sayable(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _sayable(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_sayable(one) for one in value]
    return value
