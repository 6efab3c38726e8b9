"""Scoring: place the customers of new tables with a saved model, and write them down."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clustomer.cleaning.obeyed import Given
from clustomer.cleaning.unseen import Unseen, drift_findings
from clustomer.engines.base import Engine
from clustomer.engines.here import running
from clustomer.errors import DataError, OutputError
from clustomer.findings import Finding
from clustomer.forecast import FORECAST, forecast_columns
from clustomer.intake.early import see_early
from clustomer.intake.intake import Intake
from clustomer.model import PLACED, PROBABILITY, Model
from clustomer.outputs import write_csv, write_quarantine
from clustomer.progress import Stages, Tell, silent
from clustomer.results import worst_first
from clustomer.segments.profile import FEWEST
from clustomer.tables.sources import Data

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS: Final = (".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class Scored:
    """New customers, placed.

    Parameters
    ----------
    customers
        As `Model.assign` gives them.
    intake
        What was read, repaired and set aside on the way.
    findings
        Those of the intake, and values that the model never saw.
    """

    customers: pa.Table
    intake: Intake
    findings: tuple[Finding, ...]

    @property
    def unseen(self) -> tuple[Unseen, ...]:
        """Values that the fit never saw, counted by column."""
        return self.intake.unseen


def score(
    model: Model,
    data: Data,
    *,
    as_of: date | None = None,
    decisions: Given = None,
    early: bool = False,
    tell: Tell = silent,
    engine: Engine | None = None,
) -> Scored:
    """Clean, build, prepare and place, with nothing refitted.

    Parameters
    ----------
    data, as_of, decisions
        As for `Model.assign`.
    early
        Whether the later segment is forecast too, from the first order or days alone:
        early_segment_id, early_segment_name (blank where it is not sure enough) and
        early_probability.
    tell
        Called with each stage as it begins.
    engine
        Where the SQL runs; None: DuckDB inside the process.

    Raises
    ------
    DataError
        When the tables cannot be read or lack what the model needs, or the model cannot forecast.
    """
    if early and model.early is None:
        raise DataError(
            "This model cannot tell segments early: it has not learnt to.",
            remedy="fit with [early] enabled = true in the recipe; the fit's findings say where "
            "that was not possible",
        )
    stages = Stages(tell)
    with running(engine) as used:
        intake = model.take_in(used, data, as_of=as_of, stages=stages, decisions=decisions)
        forecast = _forecast(used, model, intake) if early else {}
    with stages.stage("place the customers"):
        placed = model.place(intake)
        findings = (
            *intake.findings,
            *drift_findings(intake.unseen),
            *_strange(model, intake),
            *_unlike(model, placed),
        )
        for name, values in forecast.items():
            placed = placed.append_column(name, values)
        return Scored(placed, intake, worst_first(findings))


def _forecast(engine: Engine, model: Model, intake: Intake) -> Mapping[str, pa.Array]:
    if model.early is None:
        return {}
    seen = see_early(engine, model.recipe, model.early.features)
    names = {one.cluster: (one.id, one.name) for one in model.segments}
    least = model.recipe.early.threshold
    return forecast_columns(model.early, seen, intake.customers.column(0), names, least)


def _strange(model: Model, intake: Intake) -> list[Finding]:
    noun = model.recipe.noun
    unseen = [
        Finding(
            "unseen-value",
            "warning",
            f"{feature}: {count:,} {noun} have a value that the model does not know "
            "(new, or rare at fit); "
            "it adds nothing to their distances.",
            "fit again when such values are here to stay",
        )
        for feature, count in model.preparation.unseen(intake.customers).items()
        if count
    ]
    clipped = [
        Finding(
            "beyond-fit",
            "warning",
            f"{feature}: {count:,} {noun} lie beyond what the feature can be and were cut back.",
            f"check the columns that {feature} is made from",
        )
        for feature, count in model.preparation.clipped(intake.customers).items()
        if count
    ]
    return unseen + clipped


ALARMING: Final = 3.0
"""Times the expected share of customers beyond their segment's reach, from which it is told."""


def _unlike(model: Model, placed: pa.Table) -> list[Finding]:
    """Tell when clearly more customers than expected lie beyond what was seen at fit."""
    limits = {one.id: one.reach for one in model.segments if one.reach is not None}
    beyond, expected = 0, 0.0
    pairs = zip(placed["segment_id"].to_pylist(), placed["distance"].to_pylist(), strict=True)
    for segment, distance in pairs:
        if segment in limits:
            beyond += distance > limits[segment].limit
            expected += limits[segment].alarm
    if beyond < FEWEST or beyond < ALARMING * expected:
        return []
    noun = model.recipe.noun
    return [
        Finding(
            "unlike-any-segment",
            "warning",
            f"{beyond:,} of {placed.num_rows:,} {noun} are farther from their segment than nearly "
            f"all at fit; about {expected:,.0f} would be expected. They are unlike any segment.",
            "look at some of them with their features; fit again, with --previous, when such "
            f"{noun} are here to stay",
        )
    ]


def quarantine_of(path: Path) -> Path:
    """Where the quarantined lines of a result go: ``placed.csv`` -> ``placed.csv.quarantine.csv``.

    >>> quarantine_of(Path("placed.csv")).name
    'placed.csv.quarantine.csv'
    """
    return path.with_name(f"{path.name}.quarantine.csv")


def check_file(path: Path, *, overwrite: bool) -> None:
    """Refuse a file that cannot take the result, before any work is done.

    Raises
    ------
    OutputError
        When the extension is neither .csv nor .parquet, the file exists and `overwrite` is False,
        or its folder is missing or may not be written.
    """
    if path.suffix.lower() not in FORMATS:
        raise OutputError(
            f"'{path}' does not say in which format to write.",
            found=f"extension '{path.suffix}'",
            remedy="give a file that ends in .csv or .parquet",
        )
    for file in (path, quarantine_of(path)):
        if file.exists() and not overwrite:
            raise OutputError(
                f"'{file}' exists already.",
                remedy="give another --out, or --overwrite to replace it",
            )
    folder = path.absolute().parent
    if not folder.is_dir():
        raise OutputError(
            f"The folder of '{path}' does not exist.", remedy="make it, or give another --out"
        )
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"'{path}' cannot be written.",
        found=error.strerror or str(error),
        remedy="give a file in a folder that may be written and has room",
    )


def write_scored(scored: Scored, path: Path, *, features: bool) -> Path | None:
    """Write the placed customers; returns where quarantined lines were written, if there are any.

    Parameters
    ----------
    features
        Whether the features are written beside id and segment.

    Raises
    ------
    OutputError
        When the file cannot be written; nothing is left half-written.
    """
    import pyarrow.parquet as pq

    table = scored.customers
    if not features:
        told = [name for name in (PROBABILITY, *FORECAST) if name in table.column_names]
        table = table.select([table.column_names[0], *PLACED, *told])
    aside = quarantine_of(path)
    try:
        # A folder of its own, for another run may be writing the same file.
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as place:
            unfinished, unfinished_aside = Path(place, path.name), Path(place, aside.name)
            write_quarantine(scored.intake.quarantined, unfinished_aside)
            if path.suffix.lower() == ".csv":
                write_csv(table, unfinished)
            else:
                pq.write_table(table, unfinished)
            unfinished.replace(path)
            if not scored.intake.quarantined:
                aside.unlink(missing_ok=True)
                return None
            unfinished_aside.replace(aside)
            return aside
    except OSError as error:
        raise _unwritable(path, error) from error


def segment_mix(scored: Scored, model: Model) -> list[tuple[str, int, float]]:
    """Name, customers and share (0 to 1) of each segment among the placed customers."""
    ids = scored.customers.column("segment_id").to_pylist()
    return [
        (one.name, ids.count(one.id), ids.count(one.id) / max(len(ids), 1))
        for one in model.segments
    ]
