"""The form for one customer: what has to be asked, with ranges, choices and defaults of the fit.

Where the answers lead is told by `clustomer.placing`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clustomer.engines.base import quoted
from clustomer.features.feature import Feature
from clustomer.intake.single import Value
from clustomer.matrix.columns import NumberColumn
from clustomer.matrix.matrix import Floats
from clustomer.model import Model
from clustomer.names import Measure
from clustomer.recipe.settings import ColumnSettings, Recipe

if TYPE_CHECKING:
    from numpy.typing import NDArray

OUTER: Final = 0.005
"""Share of the customers beyond either end of an input's usual range: an extreme points at one."""

FEWEST: Final = 10
"""A category held by fewer customers is not offered."""

MOST_CHOICES: Final = 60


@dataclass(frozen=True, slots=True)
class Question:
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


def questions_of(model: Model, customers: pa.Table | None = None) -> tuple[Question, ...]:
    """What has to be asked to place one customer, in the order of the recipe.

    For a recipe of rows these are the columns of the tables that the features are made from; for
    customers, the features that make the segments.

    Parameters
    ----------
    customers
        The fitted customers, for ranges and frequencies; without them they come from the model.
    """
    if model.recipe.unit == "row":
        return _row_questions(model, customers)
    asked = {name: name for name in model.preparation.inputs}
    return tuple(_question(model, name, customers) for name in asked)


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


def _row_questions(model: Model, customers: pa.Table | None) -> tuple[Question, ...]:
    columns = row_columns(model.recipe)
    wanted: dict[str, None] = {}
    for feature in model.learnt.features:
        for name in _made_from(feature, model.recipe):
            if name in columns and columns[name].kind not in ("key", "text", "date"):
                wanted[name] = None
    return tuple(_question(model, name, customers) for name in wanted)


def _made_from(feature: Feature, recipe: Recipe) -> list[str]:
    if _plain(feature):
        return [feature.name]
    words = re.findall(r"[A-Za-z_]\w*", f"{feature.sql} {' '.join(feature.needs)}")
    if "amount" in words:
        words += re.findall(r"[A-Za-z_]\w*", recipe.lines.amount)
    return words


def _question(model: Model, name: str, customers: pa.Table | None) -> Question:
    feature = next((one for one in model.learnt.features if one.name == name), None)
    column = row_columns(model.recipe).get(name)
    unit, says = _unit(feature, column)
    held = customers is not None and name in customers.column_names
    if unit == "category":
        choices = _choices(model, name, column, customers if held else None)
        default = _most_frequent(customers, name) if held and customers is not None else None
        return Question(
            name, unit, default or next(iter(choices), None), choices=choices, says=says
        )
    if held and customers is not None:
        return _number_question(name, unit, says, _finite(customers, name))
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


def _number_question(name: str, unit: Measure, says: str, values: Floats) -> Question:
    if not len(values):
        return Question(name, unit, None, says=says)
    low, middle, high = np.quantile(values, [OUTER, 0.5, 1 - OUTER]).tolist()
    whole = bool(np.all(values == np.floor(values)))
    return Question(name, unit, _short(middle), _short(low), _short(high), whole=whole, says=says)


def _fitted_number(model: Model, name: str, unit: Measure, says: str) -> Question:
    """Range and default from the preparation: the mean and three deviations to either side."""
    for column in model.preparation.columns:
        if isinstance(column, NumberColumn) and column.feature == name:
            ends: NDArray[np.float64] = column.mean + np.array([-3.0, 0.0, 3.0]) * column.scale
            low, middle, high = (np.expm1(ends) if column.log else ends).tolist()
            if column.log:
                low = max(low, 0.0)
            return Question(name, unit, _short(middle), _short(low), _short(high), says=says)
    return Question(name, unit, None, says=says)


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
