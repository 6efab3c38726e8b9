"""The early forecast: the later segment of customers of whom little is known yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from clustomer.classifier.early import (
    EarlyAssessment,
    EarlyLesson,
    judge_early,
    knowing,
    part,
    train_early,
)
from clustomer.classifier.persist import from_bytes, to_bytes
from clustomer.clustering.contract import Labels
from clustomer.engines.base import Engine
from clustomer.errors import DataError
from clustomer.features.feature import Feature
from clustomer.findings import Finding
from clustomer.intake.early import Seen, plan_early, see_early
from clustomer.intake.intake import Intake
from clustomer.matrix.matrix import Floats
from clustomer.matrix.prepare import Preparation, fit_preparation
from clustomer.recipe.settings import Recipe

if TYPE_CHECKING:
    import pyarrow as pa


FORECAST: Final = ("early_segment_id", "early_segment_name", "early_probability")
"""Columns that a forecast adds."""


@dataclass(frozen=True, slots=True)
class EarlyModel:
    """What forecasts: the early features, how they become numbers, and the classifier.

    Parameters
    ----------
    features
        The features of the first order or days.
    preparation
        Fitted on the customers that the classifier learnt from.
    classifier
        As skops bytes; its classes are cluster numbers.
    """

    features: tuple[Feature, ...]
    preparation: Preparation
    classifier: bytes

    def forecast(self, table: pa.Table) -> tuple[Labels, Floats]:
        """Tell the later cluster and how sure that is: int32 and float64, shape (customers,).

        Parameters
        ----------
        table
            The early features, one row a customer.
        """
        model = from_bytes(self.classifier)
        shares = model.predict_proba(self.preparation.transform(table).values)
        return shares.argmax(axis=1).astype(np.int32), np.asarray(shares.max(axis=1))


@dataclass(frozen=True, slots=True)
class Early:
    """What came of learning to tell early; without a model the findings say why."""

    model: EarlyModel | None
    assessment: EarlyAssessment | None
    findings: tuple[Finding, ...]


def learn_early(engine: Engine, recipe: Recipe, intake: Intake, labels: Labels) -> Early:
    """Learn from customers who joined early and judge on those who joined later.

    Parameters
    ----------
    engine
        In which the intake has just been done.
    labels
        int32, shape (customers,): the cluster of each customer of the intake.

    Raises
    ------
    RecipeError
        When the recipe asks for a feature that is not known early.
    """
    as_of = intake.learnt.as_of
    if recipe.unit != "customer" or recipe.table_of("lines") is None or as_of is None:
        return _none("it takes customers with dated order lines")
    features = plan_early(engine, recipe)
    seen = see_early(engine, recipe, features)
    aligned = _aligned(labels, intake.customers, seen)
    joined = seen.joined.to_numpy().astype("datetime64[us]")
    lesson = part(joined, np.datetime64(as_of, "us"), recipe.early)
    if isinstance(lesson, str):
        return _none(lesson)
    try:
        return _learnt(recipe, features, seen, aligned, lesson)
    except DataError as error:
        return _none(str(error).splitlines()[0].rstrip("."))


def _learnt(
    recipe: Recipe, features: tuple[Feature, ...], seen: Seen, labels: Labels, lesson: EarlyLesson
) -> Early:
    settings = recipe.early
    known = [feature.name for feature in features]
    part_of = seen.table.take(lesson.learn)
    matrix = fit_preparation(part_of, known, recipe.matrix, {}).transform(seen.table)
    told = knowing(matrix, labels, lesson, seed=recipe.seed)
    kept = tuple(feature for feature in features if feature.name not in told)
    findings = [_leak(name) for name in told]
    if not kept:
        none = _none("every early feature knows what it cannot know")
        return Early(None, None, (*findings, *none.findings))
    preparation = fit_preparation(part_of, [one.name for one in kept], recipe.matrix, {})
    matrix = preparation.transform(seen.table)
    model = train_early(matrix, labels, lesson.learn, settings, seed=recipe.seed)
    assessment = judge_early(model, matrix, labels, lesson, settings)
    if not assessment.better:
        findings.append(
            Finding(
                "early-no-better",
                "warning",
                "What is known early tells the later segment no better than the segments' "
                f"frequencies do. {assessment.says}",
                "let more days pass (early.days), or add features of the first orders",
            )
        )
    return Early(EarlyModel(kept, preparation, to_bytes(model)), assessment, tuple(findings))


def forecast_columns(
    model: EarlyModel,
    seen: Seen,
    ids: pa.ChunkedArray,
    names: dict[int, tuple[str, str]],
    least: float,
) -> dict[str, pa.Array]:
    """Forecasts of the customers of `ids`; blank where it is less sure than `least`.

    Parameters
    ----------
    names
        By cluster: id and name of its segment.
    least
        The recipe's threshold, 0 to 1.

    Returns
    -------
    dict
        early_segment_id, early_segment_name (string) and early_probability (float64).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    labels, sure = model.forecast(seen.table)
    place = pc.index_in(ids, value_set=seen.table.column(0).combine_chunks())
    enough = sure >= least
    texts = {
        column: pa.array(
            [
                names[label][at] if told else None
                for label, told in zip(labels, enough, strict=True)
            ],
            pa.string(),
        )
        for at, column in enumerate(FORECAST[:2])
    }
    return {
        **{name: pc.take(values, place) for name, values in texts.items()},
        "early_probability": pc.take(pa.array(sure), place),
    }


def _aligned(labels: Labels, customers: pa.Table, seen: Seen) -> Labels:
    import pyarrow.compute as pc

    place = pc.index_in(seen.table.column(0), value_set=customers.column(0).combine_chunks())
    return np.asarray(labels[place.to_numpy()], dtype=np.int32)


def _leak(name: str) -> Finding:
    return Finding(
        "early-leak",
        "problem",
        f"The early feature {name} alone tells the later segment of nearly every customer: it "
        "knows what cannot be known so early, and is left out of the forecast.",
        "look at where it comes from; a column that is kept up to date is not known at sign-up",
    )


def _none(reason: str) -> Early:
    why = Finding(
        "early-left-out",
        "note",
        f"The later segment is not told early: {reason}.",
        "give orders over a longer time, or set early.old_enough lower",
    )
    return Early(None, None, (why,))
