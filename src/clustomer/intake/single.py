"""One customer, given by hand: raw values as a person would type them become features.

The same repairs as for tables read each value. Features that need SQL are computed by an engine
over that one row, so that a customer typed in and one in a table cannot differ. What is made from
many order lines cannot be typed in as one row: such features are given as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import pyarrow as pa

from clustomer.cleaning.repair import ColumnRepair
from clustomer.engines.base import Engine, quoted
from clustomer.errors import DataError, listed, nearest
from clustomer.features.feature import Feature
from clustomer.features.lines import priced, timestamp
from clustomer.intake.intake import Learnt
from clustomer.names import ROW, Kind
from clustomer.recipe.settings import ColumnSettings, Recipe
from clustomer.tables.columns import plain_name

Value = float | str | None
Typed = float | str | datetime | None

_TYPED: Final[dict[Kind, pa.DataType]] = {"number": pa.float64(), "date": pa.timestamp("us")}
_TYPED_IN: Final = "typed in"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that can be told of a customer.

    Parameters
    ----------
    name
        The key under which its value is given.
    kind
        Whether a number or a text is expected.
    is_column
        True for a raw column, which is repaired; False for a feature, which is taken as it is.
    """

    name: str
    kind: Literal["number", "text"]
    is_column: bool


@dataclass(frozen=True, slots=True)
class Single:
    """One customer's features.

    Parameters
    ----------
    features
        Feature to value; None where not known. Features that could not be made are left out.
    unread
        Names of values that were given and could not be read.
    """

    features: dict[str, Value]
    unread: tuple[str, ...]


def fields(recipe: Recipe, learnt: Learnt) -> tuple[Field, ...]:
    """What can be told of one customer: the features and the columns that they are made from.

    A recipe whose customers are rows of one table, or whose unit is the row, takes raw columns;
    one that sums order lines up takes features.
    """
    columns = _columns(recipe, learnt)
    told: list[Field] = []
    if _rowwise(recipe):
        told += [
            Field(name, "number" if column.kind == "number" else "text", is_column=True)
            for name, (column, _) in columns.items()
            if column.kind not in ("key", "text")
        ]
    told += [
        Field(
            feature.name,
            "text" if feature.unit == "category" else "number",
            is_column=feature.name in columns,
        )
        for feature in learnt.features
        if not (_rowwise(recipe) and feature.name in columns)
    ]
    return tuple(told)


def single(
    recipe: Recipe, learnt: Learnt, given: Mapping[str, object], engine: Callable[[], Engine]
) -> Single:
    """Make one customer's features from what is given of them.

    Parameters
    ----------
    given
        Value by feature, or by raw column under its canonical name or any name that the source
        may use. Keys of the customer and free text are passed over.
    engine
        Gives the engine for features that need SQL; called only where one does.

    Raises
    ------
    DataError
        When a name is not known, or a feature's value is no number where one is needed.
    """
    columns = _columns(recipe, learnt)
    raw, features = _sorted_out(recipe, learnt, columns, given)
    clean = {name: _repaired(columns[name][1], value) for name, value in raw.items()}
    unread = [name for name, value in raw.items() if _is_there(value) and clean[name] is None]
    asked: list[Feature] = []
    for feature in learnt.features:
        if feature.name in features:
            continue
        if feature.sql == quoted(feature.name) and feature.over != "lines":
            if feature.name in clean:
                features[feature.name] = _value(feature, clean[feature.name])
        elif raw and _computable(recipe, feature, clean):
            asked.append(feature)
    if asked:
        features |= _computed(recipe, learnt, columns, clean, asked, engine())
    return Single(features, tuple(unread))


Columns = dict[str, tuple[ColumnSettings, ColumnRepair | None]]


def _columns(recipe: Recipe, learnt: Learnt) -> Columns:
    """Columns of all tables by canonical name; of two with one name, that of the first table."""
    found: Columns = {}
    for table, settings in recipe.tables.items():
        repairs = learnt.repairs.get(table)
        by_name = {one.name: one for one in repairs.columns} if repairs else {}
        for name, column in settings.columns.items():
            found.setdefault(name, (column, by_name.get(name)))
    return found


def _rowwise(recipe: Recipe) -> bool:
    return recipe.unit == "row" or recipe.table_of("lines") is None


def _sorted_out(
    recipe: Recipe, learnt: Learnt, columns: Columns, given: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, Value]]:
    features = {feature.name: feature for feature in learnt.features}
    spelt = {plain_name(name): name for name in features}
    spelt |= {plain_name(s): n for n, (column, _) in columns.items() for s in column.source}
    for of in learnt.columns.values():
        spelt |= {plain_name(source): name for name, source in of.items()}
    spelt |= {plain_name(name): name for name in columns}
    raw: dict[str, object] = {}
    direct: dict[str, Value] = {}
    for key, value in given.items():
        name = key if key in features else spelt.get(plain_name(key))
        if name is None:
            known = [field.name for field in fields(recipe, learnt)]
            hint = nearest(key, known)
            raise DataError(
                f"'{key}' is nothing that the model knows of {recipe.noun}.",
                found=f"it knows {listed(known, 60)}" + (f"; {hint}" if hint else ""),
                remedy="correct the name or leave it out",
            )
        if name in columns:
            if columns[name][0].kind not in ("key", "text"):
                raw[name] = value
        else:
            direct[name] = _feature_value(features[name], value)
    return raw, direct


def _repaired(repair: ColumnRepair | None, value: object) -> Typed:
    if repair is None:
        return None
    return repair.one(value).value


def _is_there(value: object) -> bool:
    return value is not None and value == value and str(value).strip() != ""  # noqa: PLR0124 - NaN


def _value(feature: Feature, clean: Typed) -> Value:
    if clean is None or feature.unit == "category":
        return None if clean is None else str(clean)
    if isinstance(clean, datetime):
        return None
    return float(clean)


def _feature_value(feature: Feature, value: object) -> Value:
    if not _is_there(value):
        return None
    if feature.unit == "category":
        return str(value)
    try:
        number = float(str(value))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise DataError(
            f"{feature.name} must be a number.",
            found=repr(value),
            remedy="give a number such as 12.5, or leave it out",
        )
    return number


def _computable(recipe: Recipe, feature: Feature, clean: Mapping[str, Typed]) -> bool:
    if feature.over in ("lines", "orders"):
        return False
    return _rowwise(recipe) or (bool(feature.needs) and set(feature.needs) <= set(clean))


def _computed(
    recipe: Recipe,
    learnt: Learnt,
    columns: Columns,
    clean: Mapping[str, Typed],
    features: Iterable[Feature],
    engine: Engine,
) -> dict[str, Value]:
    row: dict[str, pa.Array] = {ROW: pa.array([0], pa.int64())}
    for name, (column, _) in columns.items():
        row[name] = pa.array([clean.get(name)], _TYPED.get(column.kind, pa.string()))
    engine.load(_TYPED_IN, pa.table(row))
    relation = quoted(_TYPED_IN)
    if recipe.unit == "row" and recipe.table_of("lines") is not None:
        relation = f"({priced(quoted(_TYPED_IN), recipe.lines)}) priced"
    moment = "cast(null as timestamp)" if learnt.as_of is None else timestamp(learnt.as_of)
    wanted = {feature.name: feature for feature in features}
    columns_sql = ", ".join(
        f"{feature.sql.replace('{as_of}', moment)} AS {quoted(name)}"
        for name, feature in wanted.items()
    )
    found = engine.arrow(f"SELECT {columns_sql} FROM {relation}").to_pylist()[0]
    return {
        name: None if value is None else (str(value) if _is_text(wanted[name]) else float(value))
        for name, value in found.items()
    }


def _is_text(feature: Feature) -> bool:
    return feature.unit == "category"
