"""The model: repairs, features, matrix, clusterer, segments and classifier, fitted as one."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, overload

from clustomer.classifier.persist import from_bytes
from clustomer.classifier.train import Surrogate
from clustomer.cleaning.obeyed import Given, obeyed
from clustomer.clustering.contract import Assignment, Clusterer
from clustomer.engines.base import Engine
from clustomer.engines.here import running
from clustomer.errors import DataError
from clustomer.forecast import EarlyModel
from clustomer.intake.intake import Intake, Learnt, take_in
from clustomer.matrix.prepare import Preparation
from clustomer.names import CUSTOMER
from clustomer.placing import Placer
from clustomer.progress import Stages
from clustomer.recipe.settings import Recipe
from clustomer.segments.explain import Explanation
from clustomer.segments.segment import Segment
from clustomer.tables.sources import Data

if TYPE_CHECKING:
    import pyarrow as pa

PLACED: Final = ("segment_id", "segment_name", "distance", "runner_up_id")
PROBABILITY: Final = "probability"
"""Placed besides by an algorithm that gives probabilities."""
"""Columns that placing adds to a customer's features."""


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted model. It places new customers; nothing in it is refitted.

    Parameters
    ----------
    recipe
        The recipe that it was fitted by.
    learnt
        Repairs, features and as_of.
    preparation
        How features become numbers on one scale.
    clusterer
        What places customers: centroids, clouds, patches or rules.
    segments
        The named segments; each says which cluster it is.
    classifier
        The surrogate as skops bytes (arrays of its trees' nodes), read only when it is asked for.
    early
        What forecasts the later segment of new customers; None where the recipe does not ask for
        it or it could not be learnt.
    about
        Versions of clustomer and of the libraries at fit.
    issued
        The highest number that a segment's id has had in this run and those before it: ids of
        retired segments are never given again.
    """

    recipe: Recipe
    learnt: Learnt
    preparation: Preparation
    clusterer: Clusterer
    segments: tuple[Segment, ...]
    classifier: bytes
    about: Mapping[str, str]
    early: EarlyModel | None = None
    issued: int = 0

    def surrogate(self) -> Surrogate:
        """Read the classifier that learnt the segments.

        Raises
        ------
        BundleError
            When its bytes are not a classifier of ours.
        """
        return from_bytes(self.classifier)

    def assign(self, data: Data, *, as_of: date | None = None, decisions: Given = None) -> pa.Table:
        """Place new customers from raw tables, with the fitted repairs, features and centroids.

        Parameters
        ----------
        data
            Raw tables as for a fit: a folder, a file, one table, or tables by name.
        as_of
            The day that days are counted back from; None: as at fit, that is the as_of given
            then, or the day after the newest order of these tables.
        decisions
            A person's decisions on repairs, on top of those that the model holds: their file, or
            `Decision` objects; None: the file in the folder of the data, if there is one.

        Returns
        -------
        pyarrow.Table
            One row per customer: the id under its source's name, the features, segment_id,
            segment_name, distance (float64, in the prepared space), runner_up_id; and probability
            (float64, 0 to 1, of the segment) where the algorithm gives one.

        Raises
        ------
        DataError
            When the tables cannot be read or lack what the model needs.

        Warns
        -----
        UserWarning
            For each finding about the tables that is a problem, such as dates that cannot be read.
            `clustomer.scoring.score` gives all findings.
        """
        with running(None) as engine:
            intake = self.take_in(engine, data, as_of=as_of, stages=Stages(), decisions=decisions)
            placed = self.place(intake)
        for one in intake.findings:
            if one.severity == "problem":
                warnings.warn(f"{one.text} {one.advice}".rstrip(), stacklevel=2)
        return placed

    def placer(self, engine: Engine | None = None, *, sql: bool = True) -> Placer:
        """Make what places and explains single customers; see `Placer`.

        It is worth keeping where many are to be explained, one after another.
        """
        return Placer(
            self.recipe,
            self.learnt,
            self.preparation,
            self.clusterer,
            self.segments,
            engine=engine,
            sql=sql,
        )

    @overload
    def explain(self, customer: Mapping[str, object]) -> Explanation: ...

    @overload
    def explain(self, customer: pa.Table) -> tuple[Explanation, ...]: ...

    def explain(
        self, customer: Mapping[str, object] | pa.Table
    ) -> Explanation | tuple[Explanation, ...]:
        """Say where a customer belongs, why, how surely, and what the runner-up is.

        Parameters
        ----------
        customer
            One customer's values by name: raw columns where each customer is a row of one table
            (and for the unit ``row``), features otherwise; see `Placer.inputs`. Or a table of
            features, one row per customer, such as a part of ``run.customers``.

        Raises
        ------
        DataError
            When a name is not known, a feature is no number, or nothing that decides is given.
        """
        with self.placer() as placer:
            if isinstance(customer, Mapping):
                return placer.explain(customer)
            return placer.explain_rows(customer)

    def take_in(
        self,
        engine: Engine,
        data: Data,
        *,
        as_of: date | None,
        stages: Stages,
        decisions: Given = None,
    ) -> Intake:
        """Read, clean and build the features of new tables as at fit; see `intake.take_in`."""
        said = obeyed(decisions, None, self.recipe, data)
        return take_in(
            engine,
            data,
            self.recipe,
            stages=stages,
            learnt=self.learnt,
            as_of=as_of,
            decisions=said.decisions,
        )

    def place(self, intake: Intake) -> pa.Table:
        """Place the customers of an intake; see `assign` for what comes back."""
        matrix = self.preparation.transform(intake.customers)
        return placed_table(intake, self.clusterer.assign(matrix.values), self.segments)


def placed_table(intake: Intake, assignment: Assignment, segments: tuple[Segment, ...]) -> pa.Table:
    """One row per customer: id, features and where it was placed."""
    import numpy as np
    import pyarrow as pa

    last = max(segment.cluster for segment in segments)
    ids = np.full(last + 1, None, dtype=object)
    names = np.full(last + 1, None, dtype=object)
    for segment in segments:
        ids[segment.cluster] = segment.id
        names[segment.cluster] = segment.name
    columns = dict(zip(intake.customers.column_names, intake.customers.columns, strict=True))
    key = next(iter(columns))
    shown = id_name(intake.learnt, key)
    clash = sorted(({*columns} - {key}) & {shown, *PLACED, PROBABILITY})
    if clash:
        raise DataError(
            f"The feature '{clash[0]}' has the name of a column that placing adds.",
            remedy="give the feature another name in the recipe",
        )
    probable = assignment.probability
    given = {} if probable is None else {PROBABILITY: pa.array(probable, pa.float64())}
    return pa.table(
        {
            shown: columns.pop(key),
            **columns,
            "segment_id": pa.array(ids[assignment.labels], pa.string()),
            "segment_name": pa.array(names[assignment.labels], pa.string()),
            "distance": pa.array(assignment.distance, pa.float64()),
            "runner_up_id": pa.array(ids[assignment.runner_up], pa.string()),
            **given,
        }
    )


def id_name(learnt: Learnt, key: str) -> str:
    """The id's name in the source; where tables differ, the name in the recipe's first table."""
    if key != CUSTOMER:
        return key
    names = [columns[CUSTOMER] for columns in learnt.columns.values() if CUSTOMER in columns]
    return names[0] if names else key
