"""Placing one customer: what a form has to ask, and where the answers lead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clustomer.engines.base import Engine, quoted
from clustomer.engines.here import running
from clustomer.errors import DataError, listed
from clustomer.features.build import build_features
from clustomer.features.feature import Feature
from clustomer.features.lines import LINES, price_lines
from clustomer.matrix.columns import NumberColumn
from clustomer.matrix.matrix import Floats
from clustomer.model import Model
from clustomer.names import ROW, Measure
from clustomer.recipe.settings import ColumnSettings, Recipe
from clustomer.segments.segment import Segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

Value = float | str | None
"""What a form gives: a number, a category, or None for "not known"."""

OUTER: Final = 0.005
"""Share of the customers beyond either end of an input's usual range: an extreme points at one."""

FEWEST: Final = 10
"""A category held by fewer customers is not offered."""

MOST_CHOICES: Final = 60

_TYPED: Final = "typed rows"


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that a form asks.

    Parameters
    ----------
    name
        Feature or canonical column.
    unit
        The unit of a number; ``category`` for a choice.
    default
        The median, or the most frequent category.
    low, high
        The usual range of a number, all but `OUTER` of the customers at either end; a value
        outside is allowed.
    choices
        The categories, most frequent first, an ordinal's in their order; empty for a number.
    whole
        Whether every customer's number is whole.
    says
        A sentence part with {} for the value; may be empty.
    """

    name: str
    unit: Measure
    default: Value
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()
    whole: bool = False
    says: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Placing:
    """Where one customer was placed.

    Parameters
    ----------
    features
        Feature to value, those computed from the answers included.
    derived
        Features that were computed rather than asked.
    segment, runner_up
        The nearest segment and the second nearest.
    distance, runner_up_distance
        In the prepared space.
    prepared
        float64, shape (columns,): the customer in the prepared space.
    strange
        Features with a category that the fit never saw, or a number beyond what can be.
    table
        The features as a table of one row, for `Placer.explain_rows`.
    """

    features: Mapping[str, Value]
    derived: tuple[str, ...]
    segment: Segment
    distance: float
    runner_up: Segment
    runner_up_distance: float
    prepared: Floats
    strange: tuple[str, ...]
    table: pa.Table


def inputs_of(model: Model, customers: pa.Table | None = None) -> tuple[Input, ...]:
    """What has to be asked to place one customer, in the order of the recipe.

    For a recipe of rows these are the columns of the tables that the features are made from; for
    customers, the features that make the segments.

    Parameters
    ----------
    customers
        The fitted customers, for ranges and frequencies; without them they come from the model.
    """
    if model.recipe.unit == "row":
        return _row_inputs(model, customers)
    asked = {name: name for name in model.preparation.inputs}
    return tuple(_input(model, name, customers) for name in asked)


def place_one(model: Model, answers: Mapping[str, Value], engine: Engine | None = None) -> Placing:
    """Place one customer from the answers of a form.

    Parameters
    ----------
    answers
        A value for each of `inputs_of`; None and what is left out count as blank.
    engine
        For a recipe of rows: where derived features are computed; None opens one for this call.

    Raises
    ------
    DataError
        When an answer is of another kind than the input, or nothing asks for it.
    """
    _check(model, answers)
    if model.recipe.unit == "row":
        with running(engine) as used:
            table = _row_features(used, model, answers)
    else:
        table = _table({one.name: answers.get(one.name) for one in _asked(model)}, _asked(model))
    matrix = model.preparation.transform(table)
    placed = model.clusterer.assign(matrix.values)
    by_cluster = {segment.cluster: segment for segment in model.segments}
    values = {name: table.column(name)[0].as_py() for name in table.column_names if name != "row"}
    strange = {**model.preparation.unseen(table), **model.preparation.clipped(table)}
    return Placing(
        features=values,
        derived=tuple(name for name in values if name not in answers),
        segment=by_cluster[int(placed.labels[0])],
        distance=float(placed.distance[0]),
        runner_up=by_cluster[int(placed.runner_up[0])],
        runner_up_distance=float(placed.runner_up_distance[0]),
        prepared=matrix.values[0],
        strange=tuple(strange),
        table=table,
    )


def _asked(model: Model) -> tuple[Feature, ...]:
    by_name = {feature.name: feature for feature in model.learnt.features}
    return tuple(by_name[name] for name in model.preparation.inputs)


def _check(model: Model, answers: Mapping[str, Value]) -> None:
    known = {one.name: one for one in inputs_of(model)}
    unknown = [name for name in answers if name not in known]
    if unknown:
        raise DataError(
            f"The model does not ask for {listed(unknown)}.",
            found=f"it asks for {listed(known)}",
            remedy="leave it out, or correct the name",
        )
    for name, value in answers.items():
        text = known[name].unit == "category"
        if value is not None and isinstance(value, str) != text:
            raise DataError(
                f"'{name}' must be {'a category' if text else 'a number'}.",
                found=repr(value),
                remedy="correct it, or leave it blank",
            )


def _table(values: Mapping[str, Value], features: tuple[Feature, ...]) -> pa.Table:
    kinds = {one.name: pa.string() if one.unit == "category" else pa.float64() for one in features}
    return pa.table({name: pa.array([value], kinds[name]) for name, value in values.items()})


# Rows


def row_columns(recipe: Recipe) -> dict[str, ColumnSettings]:
    """Canonical columns of all tables; of a name that stands in several, the first."""
    found: dict[str, ColumnSettings] = {}
    for table in recipe.tables.values():
        for name, column in table.columns.items():
            found.setdefault(name, column)
    return found


def _plain(feature: Feature) -> bool:
    """Whether a feature is a column as it is."""
    return feature.sql == quoted(feature.name)


def _row_inputs(model: Model, customers: pa.Table | None) -> tuple[Input, ...]:
    columns = row_columns(model.recipe)
    wanted: dict[str, None] = {}
    for feature in model.learnt.features:
        for name in _made_from(feature, model.recipe):
            if name in columns and columns[name].kind not in ("key", "text", "date"):
                wanted[name] = None
    return tuple(_input(model, name, customers) for name in wanted)


def _made_from(feature: Feature, recipe: Recipe) -> list[str]:
    if _plain(feature):
        return [feature.name]
    words = re.findall(r"[A-Za-z_]\w*", f"{feature.sql} {' '.join(feature.needs)}")
    if "amount" in words:
        words += re.findall(r"[A-Za-z_]\w*", recipe.lines.amount)
    return words


def _row_features(engine: Engine, model: Model, answers: Mapping[str, Value]) -> pa.Table:
    """Compute the features of one typed row by the SQL that the fit used."""
    recipe = model.recipe
    columns: dict[str, pa.Array] = {ROW: pa.array([0], pa.int64())}
    for name, column in row_columns(recipe).items():
        kind = {"number": pa.float64(), "date": pa.timestamp("us")}.get(column.kind, pa.string())
        columns[name] = pa.array([answers.get(name)], kind)
    engine.load(_TYPED, pa.table(columns))
    if recipe.table_of("lines") is None:
        engine.view(LINES, f"SELECT * FROM {quoted(_TYPED)}")
    else:
        price_lines(engine, _TYPED, recipe.lines, into=LINES)
    return build_features(engine, recipe, model.learnt.features, model.learnt.as_of)


# Ranges and choices


def _input(model: Model, name: str, customers: pa.Table | None) -> Input:
    feature = next((one for one in model.learnt.features if one.name == name), None)
    column = row_columns(model.recipe).get(name)
    unit, says = _unit(feature, column)
    held = customers is not None and name in customers.column_names
    if unit == "category":
        choices = _choices(model, name, column, customers if held else None)
        default = _most_frequent(customers, name) if held and customers is not None else None
        return Input(name, unit, default or next(iter(choices), None), choices=choices, says=says)
    if held and customers is not None:
        return _number_input(name, unit, says, _finite(customers, name))
    return _fitted_number(model, name, unit, says)


def _unit(feature: Feature | None, column: ColumnSettings | None) -> tuple[Measure, str]:
    if feature is not None:
        return feature.unit, feature.says
    if column is not None and column.kind == "number":
        return column.unit or "score", column.says
    return "category", column.says if column is not None else ""


def _finite(customers: pa.Table, name: str) -> Floats:
    values = pc.cast(customers.column(name), pa.float64()).to_numpy()
    found: Floats = values[np.isfinite(values)]
    return found


def _number_input(name: str, unit: Measure, says: str, values: Floats) -> Input:
    if not len(values):
        return Input(name, unit, None, says=says)
    low, middle, high = np.quantile(values, [OUTER, 0.5, 1 - OUTER]).tolist()
    whole = bool(np.all(values == np.floor(values)))
    return Input(name, unit, _short(middle), _short(low), _short(high), whole=whole, says=says)


def _fitted_number(model: Model, name: str, unit: Measure, says: str) -> Input:
    """Range and default from the preparation: the mean and three deviations to either side."""
    for column in model.preparation.columns:
        if isinstance(column, NumberColumn) and column.feature == name:
            ends: NDArray[np.float64] = column.mean + np.array([-3.0, 0.0, 3.0]) * column.scale
            low, middle, high = (np.expm1(ends) if column.log else ends).tolist()
            if column.log:
                low = max(low, 0.0)
            return Input(name, unit, _short(middle), _short(low), _short(high), says=says)
    return Input(name, unit, None, says=says)


def _short(value: float) -> float:
    """Three digits: a form's default is nobody's exact value."""
    return float(f"{value:.3g}")


def _choices(
    model: Model, name: str, column: ColumnSettings | None, customers: pa.Table | None
) -> tuple[str, ...]:
    counts = _counts(customers, name) if customers is not None else {}
    if column is not None and column.order:
        return column.order
    if counts:
        often = [value for value, count in counts.items() if count >= FEWEST] or list(counts)
        return tuple(often[:MOST_CHOICES])
    for one in model.preparation.columns:
        if not isinstance(one, NumberColumn) and one.feature == name:
            return one.texts
    for segment in model.segments:
        for category in segment.categories:
            if category.feature == name:
                return tuple(sorted(value for value, _, _ in category.shares))
    return column.vocabulary if column is not None else ()


def _counts(customers: pa.Table, name: str) -> dict[str, int]:
    counted = pc.value_counts(pc.cast(customers.column(name).drop_null(), pa.string()))
    pairs = [(one["values"], one["counts"]) for one in counted.to_pylist()]
    return {
        value: int(count) for value, count in sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
    }


def _most_frequent(customers: pa.Table | None, name: str) -> str | None:
    return None if customers is None else next(iter(_counts(customers, name)), None)
