"""Placing one customer: what is known of it, given by hand, becomes a segment with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Literal

import numpy as np
import pyarrow as pa

from clustomer.clustering.contract import Assignment, Clusterer
from clustomer.engines.base import Engine
from clustomer.engines.here import running
from clustomer.errors import DataError
from clustomer.features.feature import Feature
from clustomer.intake.intake import Learnt
from clustomer.intake.single import Value, fields, single
from clustomer.matrix.columns import CategoryColumns, NumberColumn, RankColumn
from clustomer.matrix.matrix import Floats
from clustomer.matrix.prepare import Preparation
from clustomer.names import Measure
from clustomer.recipe.language import Language, language_of
from clustomer.recipe.settings import Recipe
from clustomer.segments.explain import Explanation, explain
from clustomer.segments.segment import Segment
from clustomer.segments.words import spoken_of

MOST_CHOICES: Final = 50


@dataclass(frozen=True, slots=True)
class Input:
    """One value that a person may give of a customer, for a form.

    Parameters
    ----------
    name
        The key under which the value is given.
    kind
        Whether a number or a text is expected.
    unit
        Its unit, where it is known.
    usual
        The value that a blank counts as; None where it does not enter the distance.
    choices
        Known values of a category.
    decides
        Whether it enters the distance by itself; other inputs describe, or feed other features.
    """

    name: str
    kind: Literal["number", "text"]
    unit: Measure | None
    usual: Value
    choices: tuple[str, ...]
    decides: bool


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """One customer that was given by hand, placed.

    Parameters
    ----------
    features
        Feature to value; None where not known.
    derived
        Features that were computed rather than given.
    prepared
        float64, shape (columns,): the customer in the prepared space.
    explanation
        Where it belongs, and why.
    """

    features: Mapping[str, Value]
    derived: tuple[str, ...]
    prepared: Floats
    explanation: Explanation


@dataclass(slots=True)
class Placer:
    """Places and explains single customers with a fitted model.

    Everything that does not depend on the customer is made once, so one customer takes about a
    millisecond; only features that need SQL start an engine, which is kept until the placer is
    closed (use it with ``with``).

    Parameters
    ----------
    recipe, learnt, preparation, clusterer, segments
        The parts of the model.
    engine
        Where features that need SQL are computed, one customer at a time; it stays open. None
        starts one of its own when it is first needed.
    sql
        Whether SQL of the model may be run; of a model that somebody else made, it may not.
    """

    recipe: Recipe
    learnt: Learnt
    preparation: Preparation
    clusterer: Clusterer
    segments: tuple[Segment, ...]
    engine: Engine | None = None
    sql: bool = True
    _catalogue: dict[str, Feature] = field(init=False, repr=False)
    _language: Language = field(init=False, repr=False)
    _open: ExitStack = field(init=False, repr=False, default_factory=ExitStack)
    _started: bool = field(init=False, repr=False, default=False)

    def __post_init__(self) -> None:
        self._language = language_of(self.recipe.segments)
        self._catalogue = spoken_of(self.learnt.features, self._language)

    def __enter__(self) -> Placer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the engine, if one was started here."""
        self._open.close()
        if self._started:
            self.engine = None
            self._started = False

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What may be given of a customer: raw columns where each is a row, features otherwise."""
        columns = {column.feature: column for column in self.preparation.columns}
        units: dict[str, Measure | None] = {
            name: column.unit
            for table in self.recipe.tables.values()
            for name, column in table.columns.items()
        }
        units |= {name: feature.unit for name, feature in self._catalogue.items()}
        found = []
        for one in fields(self.recipe, self.learnt):
            column = columns.get(one.name)
            choices = self._choices(one.name)
            if isinstance(column, CategoryColumns | RankColumn):
                choices = choices or column.texts[:MOST_CHOICES]
            usual: Value = None if column is None else column.fill
            found.append(
                Input(one.name, one.kind, units.get(one.name), usual, choices, column is not None)
            )
        return tuple(found)

    def _choices(self, feature: str) -> tuple[str, ...]:
        """Values of a category that enough customers have to be named."""
        if not self.segments:
            return ()
        mixes = (one for one in self.segments[0].categories if one.feature == feature)
        return tuple(sorted(value for mix in mixes for value, _, _ in mix.shares))[:MOST_CHOICES]

    def explain(self, given: Mapping[str, object]) -> Explanation:
        """Place one customer and say why; see `place`."""
        return self.place(given).explanation

    def place(self, given: Mapping[str, object]) -> Placed:
        """Place one customer, with all that was made of it.

        Parameters
        ----------
        given
            Values by name; see `inputs`. Raw columns are read and repaired as at fit ("1,234",
            "five", " femail"); features are taken as they are. What is left out is not known.

        Raises
        ------
        DataError
            When a name is not known, a feature is no number, or nothing that decides is given.
        """
        found = single(self.recipe, self.learnt, given, self._running)
        values = {name: found.features.get(name) for name in self.preparation.inputs}
        if all(value is None for value in values.values()):
            deciding = ", ".join(one.name for one in self.inputs if one.decides)
            raise DataError(
                "Nothing is known of this customer that decides about its segment.",
                found=", ".join(given) or "no values",
                remedy=f"give at least one of {deciding}",
            )
        notes = [self._language.say("unread", name=name) for name in found.unread]
        features = {**found.features, **values}
        row = self._row(values)
        prepared = self.preparation.transform(row).values
        return Placed(
            features=features,
            derived=tuple(name for name in found.features if name not in given),
            prepared=prepared[0],
            explanation=self._explained(features, row, prepared, notes),
        )

    def explain_rows(self, table: pa.Table) -> tuple[Explanation, ...]:
        """Explain customers of a features table, such as rows of ``run.customers``.

        Raises
        ------
        DataError
            When the table lacks a feature that decides.
        """
        matrix = self.preparation.transform(table)
        placed = self.clusterer.assign(matrix.values)
        known = table.select([name for name in table.column_names if name in self._catalogue])
        return tuple(
            explain(
                _blank_nan(row),
                matrix.values[at],
                _one(placed, at),
                clusterer=self.clusterer,
                columns=self.preparation.columns,
                segments=self.segments,
                catalogue=self._catalogue,
                language=self._language,
            )
            for at, row in enumerate(known.to_pylist())
        )

    def _row(self, values: Mapping[str, Value]) -> pa.Table:
        columns = {column.feature: column for column in self.preparation.columns}
        return pa.table(
            {
                name: pa.array(
                    [value],
                    pa.float64() if isinstance(columns[name], NumberColumn) else pa.string(),
                )
                for name, value in values.items()
            }
        )

    def _explained(
        self, features: Mapping[str, Value], row: pa.Table, prepared: Floats, notes: list[str]
    ) -> Explanation:
        say = self._language.say
        unseen = [say("unseen", name=name) for name in self.preparation.unseen(row)]
        unseen += [say("clipped", name=name) for name in self.preparation.clipped(row)]
        return explain(
            features,
            prepared[0],
            self.clusterer.assign(prepared),
            clusterer=self.clusterer,
            columns=self.preparation.columns,
            segments=self.segments,
            catalogue=self._catalogue,
            language=self._language,
            notes=(*notes, *unseen),
        )

    def _running(self) -> Engine:
        if not self.sql:
            raise DataError(
                "The model computes features by SQL, and this SQL is somebody else's.",
                found="a model that was brought along",
                remedy="fit the tables here, or place with 'clustomer score'",
            )
        if self.engine is None:
            self.engine = self._open.enter_context(running(None))
            # The SQL of a model that came from elsewhere reaches no file and no network.
            self.engine.seal()
            self._started = True
        return self.engine


def _one(placed: Assignment, at: int) -> Assignment:
    part = slice(at, at + 1)
    return Assignment(
        placed.labels[part],
        placed.distance[part],
        placed.runner_up[part],
        placed.runner_up_distance[part],
        None if placed.probability is None else placed.probability[part],
    )


def _blank_nan(row: dict[str, Value]) -> dict[str, Value]:
    return {
        name: None if isinstance(value, float) and np.isnan(value) else value
        for name, value in row.items()
    }
