"""Preparation: learn how features become numbers on one scale, and do the same to new customers.

Fitting sees one row per customer; everything learnt is kept, nothing is refitted at scoring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ConfigDict, Field, ValidationError

from clustomer.errors import BundleError, DataError, listed, nearest
from clustomer.matrix.columns import (
    LARGEST,
    STRICT,
    CategoryColumns,
    Column,
    NumberColumn,
    RankColumn,
    blanks,
    is_number,
    is_text,
    numbers,
    text,
)
from clustomer.matrix.matrix import Floats, Matrix
from clustomer.recipe.settings import MatrixSettings
from clustomer.schemas import schema

MOST_VALUES: Final = 100
"""A category with more different values than this is left out: it is a name, not a category."""

FEW_VALUES: Final = 20
"""One with more than this is left out where most customers have a value of their own."""

SKEWED: Final = 1.0
"""Skewness above which ``log = "skewed"`` takes the logarithm."""

CONSTANT: Final = 1e-12
"""A standard deviation below this share of the largest value is rounding, not variation."""


@dataclass(frozen=True, slots=True)
class Imputed:
    """Blanks of one feature that were filled at fitting: how many, and with what."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    feature: str
    count: int
    value: float | str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A feature that is not in the matrix, and why: the end of a sentence such as "is constant"."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    feature: str
    reason: str


AnyColumn = Annotated[NumberColumn | CategoryColumns | RankColumn, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class Preparation:
    """A fitted preparation.

    Parameters
    ----------
    columns
        How each feature is prepared, in the order of the matrix.
    dropped
        Features that were asked for and carry no information.
    imputed
        Features with blanks at fitting; those without are not listed.
    impute
        How numbers' blanks were filled.
    customers
        Rows that it was fitted on.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    columns: tuple[AnyColumn, ...]
    dropped: tuple[Dropped, ...]
    imputed: tuple[Imputed, ...]
    impute: Literal["mean", "median"]
    customers: int

    @property
    def inputs(self) -> tuple[str, ...]:
        """Features that a table must have to be transformed."""
        return tuple(column.feature for column in self.columns)

    @property
    def logged(self) -> frozenset[str]:
        """Features that enter the distance as log(1 + x)."""
        return frozenset(
            column.feature
            for column in self.columns
            if isinstance(column, NumberColumn) and column.log
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the matrix columns."""
        return tuple(name for column in self.columns for name in column.names)

    def transform(self, table: pa.Table) -> Matrix:
        """Prepare customers: one row each, any order of columns, extra columns ignored.

        Blanks are filled as fitted. A text that is new gets 0 in every column of its category, or
        the mean rank of its ordinal (`unseen` counts these). Numbers are brought back to
        ``columns.LARGEST`` and ``columns.FARTHEST``, infinities too, and below 0 to 0 where the
        logarithm is taken (`clipped` counts these). The result is always finite.

        Raises
        ------
        DataError
            Where a feature is missing or has another type than at fitting.
        """
        require(table, self.inputs)
        values = np.empty((table.num_rows, len(self.names)))
        start = 0
        for column in self.columns:
            end = start + len(column.names)
            values[:, start:end] = column.block(table.column(column.feature))
            start = end
        features = tuple(column.feature for column in self.columns for _ in column.names)
        return Matrix(values, self.names, features)

    def unseen(self, table: pa.Table) -> dict[str, int]:
        """Customers per feature whose text was not there at fitting; those with any."""
        require(table, self.inputs)
        return self._counts(table, lambda column, values: column.unseen(values))

    def clipped(self, table: pa.Table) -> dict[str, int]:
        """Customers per feature whose number was brought back to a limit; those with any."""
        require(table, self.inputs)
        return self._counts(table, lambda column, values: column.clipped(values))

    def to_json(self) -> str:
        """Write as JSON; every float reads back bit for bit."""
        return schema(Preparation).dump_json(self, indent=1).decode()

    @classmethod
    def from_json(cls, document: str | bytes) -> Preparation:
        """Read what `to_json` wrote.

        Raises
        ------
        BundleError
            Where the text is something else.
        """
        try:
            read: Preparation = schema(Preparation).validate_json(document)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise _unreadable(f"{first['msg']} at '{place}'" if place else first["msg"]) from error
        for column in read.columns:
            if not isinstance(column, NumberColumn) and column.fill not in column.texts:
                raise _unreadable(f"'{column.feature}' is filled with a value that it cannot have")
        return read

    def _counts(
        self, table: pa.Table, count: Callable[[Column, pa.ChunkedArray], int]
    ) -> dict[str, int]:
        counts = {
            column.feature: count(column, table.column(column.feature)) for column in self.columns
        }
        return {feature: rows for feature, rows in counts.items() if rows}


def _unreadable(found: str) -> BundleError:
    return BundleError(
        "The model's preparation cannot be read.",
        found=found,
        remedy="take the model from its source again, or fit it anew",
    )


def fit_preparation(
    table: pa.Table,
    features: Iterable[str],
    settings: MatrixSettings,
    orders: Mapping[str, tuple[str, ...]],
) -> Preparation:
    """Learn how `features` become numbers on one scale.

    Parameters
    ----------
    table
        One row per customer. Features are numbers or texts; null and NaN are blank.
    features
        Features that enter the distance, in the order of the matrix.
    settings
        How blanks are filled, when the logarithm is taken, what a category weighs.
    orders
        Values of ordinal features from lowest to highest; other texts are categories.

    Returns
    -------
    Preparation
        Numbers are filled with the mean or median of the values present, then log(1 + x) where the
        settings say ``skewed``, no value is below 0 and the skewness (third standardised moment of
        the values present) is above 1, then standardised with the population standard deviation.
        Texts are filled with the most frequent value, of equally frequent ones the first in the
        alphabet (of an ordinal: the lowest). A category's values that at least ``fewest`` customers
        share get a one-hot column each; rarer ones, which may be somebody's, are stored nowhere and
        have 0 in every column. The columns are multiplied by sqrt(category_weight / sum of
        share (1 - share)), which makes their total variance ``category_weight``.

    Raises
    ------
    DataError
        Where there is no row, a feature is missing, neither number nor text, or holds infinite
        or absurdly large numbers, or no feature varies.
    """
    wanted = tuple(dict.fromkeys(features))
    require(table, wanted)
    if not table.num_rows:
        raise DataError(
            "There are no customers to segment.",
            found="a feature table without rows",
            remedy="look at the quarantine: it says why rows were set aside",
        )
    columns: list[AnyColumn] = []
    dropped: list[Dropped] = []
    imputed: list[Imputed] = []
    for feature in wanted:
        fitted = _fit_one(table.column(feature), feature, settings, orders.get(feature, ()))
        if isinstance(fitted, Dropped):
            dropped.append(fitted)
            continue
        columns.append(fitted)
        count = int(np.count_nonzero(blanks(table.column(feature))))
        if count:
            imputed.append(Imputed(feature, count, fitted.fill))
    if not columns:
        raise DataError(
            "No feature differs between customers, so there is nothing to segment on.",
            found="; ".join(f"'{drop.feature}' {drop.reason}" for drop in dropped) or "no features",
            remedy="choose other features in the recipe (segment_on), or give more customers",
        )
    return Preparation(
        tuple(columns), tuple(dropped), tuple(imputed), settings.impute, table.num_rows
    )


def require(table: pa.Table, features: Iterable[str]) -> None:
    """Raise `DataError` unless every feature is a column of the table, once."""
    missing = [name for name in features if table.column_names.count(name) != 1]
    if not missing:
        return
    twice = [name for name in missing if name in table.column_names]
    if twice:
        raise DataError(
            f"The table has more than one column named {listed(twice)}.",
            found=f"columns {listed(table.column_names)}",
            remedy="keep one column of each name",
        )
    hints = [hint for name in missing if (hint := nearest(name, table.column_names))]
    raise DataError(
        f"The table lacks the feature{'s' if len(missing) > 1 else ''} {listed(missing)}.",
        found=f"columns {listed(table.column_names)}" if table.column_names else "no columns",
        remedy=" ".join(["Add the missing columns, or rename them.", *hints]),
    )


def _fit_one(
    column: pa.ChunkedArray, feature: str, settings: MatrixSettings, order: tuple[str, ...]
) -> AnyColumn | Dropped:
    if not is_number(column) and not is_text(column):
        raise DataError(
            f"Feature '{feature}' is neither a number nor text.",
            found=f"a column of Arrow type {column.type}",
            remedy="make it a number (days since a date, for instance) or a text",
        )
    if blanks(column).all():
        return Dropped(feature, "has no value in any row")
    if is_number(column):
        return _fit_number(numbers(column, feature), feature, settings)
    counts = _counted(column, feature)
    if order:
        return _fit_rank(counts, feature, order, column.null_count)
    return _fit_category(counts, feature, settings, column.null_count)


def _fit_number(values: Floats, feature: str, settings: MatrixSettings) -> NumberColumn | Dropped:
    present = values[~np.isnan(values)]
    absurd = np.abs(present) > LARGEST
    if absurd.any():
        raise DataError(
            f"Feature '{feature}' holds numbers that no mean can be taken of.",
            found=f"{np.count_nonzero(absurd)} infinite or beyond {LARGEST:g}, "
            f"such as {present[absurd][0]}",
            remedy="correct the source, or the SQL of the feature (a division by zero?)",
        )
    fill = float(np.mean(present) if settings.impute == "mean" else np.median(present))
    log = settings.log == "skewed" and present.min() >= 0 and skewness(present) > SKEWED
    filled = np.where(np.isnan(values), fill, values)
    scaled = np.log1p(filled) if log else filled
    mean, scale = float(np.mean(scaled)), float(np.std(scaled))
    if _is_constant(scaled, scale):
        return Dropped(feature, f"is {present[0]:g} for every customer")
    return NumberColumn(feature, fill, bool(log), mean, scale)


def _fit_category(
    counts: dict[str, int], feature: str, settings: MatrixSettings, missing: int
) -> CategoryColumns | Dropped:
    values = tuple(sorted(counts))
    if len(values) == 1:
        return Dropped(feature, f"is '{values[0]}' for every customer")
    if len(values) > MOST_VALUES:
        return Dropped(
            feature,
            f"has {len(values):,} different values, more than the {MOST_VALUES} of a category",
        )
    known = sum(counts.values())
    if len(values) > FEW_VALUES and len(values) * 2 > known:
        return Dropped(
            feature,
            f"has {len(values)} different values among {known} customers: "
            "it names them rather than groups them",
        )
    shared = tuple(value for value in values if counts[value] >= settings.fewest)
    if not shared:
        return Dropped(feature, f"has no value that at least {settings.fewest} customers share")
    fill = min(shared, key=lambda value: (-counts[value], value))
    filled = np.array([counts[value] + (missing if value == fill else 0) for value in shared])
    shares = filled / (known + missing)
    spread = float(np.sum(shares * (1.0 - shares)))
    return CategoryColumns(feature, shared, fill, float(np.sqrt(settings.category_weight / spread)))


def _fit_rank(
    counts: dict[str, int], feature: str, order: tuple[str, ...], missing: int
) -> RankColumn | Dropped:
    known = [value for value in order if value in counts]
    if not known:
        return Dropped(feature, f"has none of its declared values ({listed(order)})")
    if len(known) == 1:
        return Dropped(feature, f"is '{known[0]}' for every customer")
    fill = max(known, key=lambda value: counts[value])
    rows = np.array([counts.get(value, 0) + (missing if value == fill else 0) for value in order])
    ranks, shares = np.arange(len(order)), rows / rows.sum()
    mean = float(np.sum(ranks * shares))
    scale = float(np.sqrt(np.sum((ranks - mean) ** 2 * shares)))
    return RankColumn(feature, order, fill, mean, scale)


def _counted(column: pa.ChunkedArray, feature: str) -> dict[str, int]:
    """How often each text occurs, blanks aside."""
    counted = pc.value_counts(text(column, feature).drop_null())
    values, counts = counted.field("values").to_pylist(), counted.field("counts").to_pylist()
    return dict(zip(values, counts, strict=True))


def _is_constant(values: Floats, scale: float) -> bool:
    largest = float(np.max(np.abs(values)))
    return bool(values.min() == values.max() or scale <= max(CONSTANT * largest, 1 / LARGEST))


def skewness(values: Floats) -> float:
    """Third standardised moment, mean(((x - mean) / sd) ** 3); 0 where nothing varies.

    >>> round(skewness(np.array([0.0, 0.0, 0.0, 4.0])), 3)
    1.155
    """
    scale = float(np.std(values))
    if _is_constant(values, scale):
        return 0.0
    apart = (values - np.mean(values)) / scale
    return float(np.mean(apart * apart * apart))
