"""How one feature becomes columns of the matrix: fitted parameters and what they do, no fitting.

Every parameter is a plain number or text, so that a compiled scorer (SQL, ONNX, plain Python) can
be written from these objects alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import ConfigDict, Field

from clustomer.errors import DataError
from clustomer.matrix.matrix import Floats

LARGEST: Final = 1e100
"""Largest size of a number. Fitting refuses larger ones and infinities; scoring clips to it."""

FARTHEST: Final = 1e6
"""Most standard deviations from the mean that a prepared number may be; scoring clips to it.

No value of a fitted set can reach it below 10^12 rows (the farthest of n values is at most
sqrt(n - 1) population standard deviations away), so only new customers are ever clipped. Squared
distances stay exact to about 10^-4 even there, and finite always."""

Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]

UNSEEN: Final = -1
"""Code of a text that was not there when the preparation was fitted."""

STRICT: Final = ConfigDict(extra="forbid", allow_inf_nan=False)


class Column(Protocol):
    """One feature's share of the matrix."""

    @property
    def feature(self) -> str:
        """The feature it is made from."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its matrix columns, at least one."""
        ...

    def block(self, column: pa.ChunkedArray) -> Floats:
        """Prepared values: float64, shape (rows, len(names)), finite whatever the input."""
        ...

    def unseen(self, column: pa.ChunkedArray) -> int:
        """Rows whose text was not there when the preparation was fitted."""
        ...

    def clipped(self, column: pa.ChunkedArray) -> int:
        """Rows whose number was brought back to a limit."""
        ...


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A number: blank -> `fill`, clipped, log(1 + x) where `log`, then (x - `mean`) / `scale`.

    Values outside ``[low, LARGEST]`` are clipped to it before the log, prepared values outside
    ``[-FARTHEST, FARTHEST]`` after it; `clipped` counts both. `low` is 0 where `log`: at fitting no
    value was below 0, and at scoring a value below 0 counts as 0.

    >>> spend = NumberColumn("spend", fill=3.0, log=False, mean=2.0, scale=2.0)
    >>> spend.prepared(np.array([2.0, np.nan, np.inf])).tolist()
    [0.0, 0.5, 1000000.0]
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    feature: str
    fill: float
    log: bool
    mean: float
    scale: Annotated[float, Field(gt=0)]
    kind: Literal["number"] = "number"

    @property
    def names(self) -> tuple[str, ...]:
        """One name: ``spend`` or ``log(spend)``."""
        return (f"log({self.feature})" if self.log else self.feature,)

    @property
    def low(self) -> float:
        """Smallest value before the log."""
        return 0.0 if self.log else -LARGEST

    def prepared(self, values: Floats) -> Floats:
        """Prepare plain numbers; float64, shape (rows,), NaN where blank."""
        return np.clip(self._scaled(values), -FARTHEST, FARTHEST)

    def plain(self, prepared: float) -> float:
        """Turn a prepared number back into the feature's own unit.

        >>> spend = NumberColumn("spend", fill=3.0, log=True, mean=2.0, scale=2.0)
        >>> round(spend.plain(float(spend.prepared(np.array([50.0]))[0])), 9)
        50.0
        """
        scaled = prepared * self.scale + self.mean
        return float(np.expm1(scaled)) if self.log else scaled

    def block(self, column: pa.ChunkedArray) -> Floats:
        """See `Column.block`."""
        return self.prepared(numbers(column, self.feature))[:, np.newaxis]

    def unseen(self, column: pa.ChunkedArray) -> int:  # noqa: ARG002
        """Always 0: a number is never unknown."""
        return 0

    def clipped(self, column: pa.ChunkedArray) -> int:
        """Rows below `low`, beyond LARGEST, or more than FARTHEST standard deviations away."""
        values = numbers(column, self.feature)
        outside = (values < self.low) | (np.abs(values) > LARGEST)
        return int(np.count_nonzero(outside | (np.abs(self._scaled(values)) > FARTHEST)))

    def _scaled(self, values: Floats) -> Floats:
        plain = np.clip(np.where(np.isnan(values), self.fill, values), self.low, LARGEST)
        return ((np.log1p(plain) if self.log else plain) - self.mean) / self.scale


@dataclass(frozen=True, slots=True)
class CategoryColumns:
    """A category: blank -> `fill`, then one column per value, `weight` where it is that value.

    A value that was not there at fitting has 0 in every column: it lies equally far from all known
    values, and `unseen` counts it.

    >>> region = CategoryColumns("region", ("North", "South"), fill="South", weight=2.0)
    >>> region.names
    ('region = North', 'region = South')
    >>> region.block(pa.chunked_array([["North", None, "Mars"]])).tolist()
    [[2.0, 0.0], [0.0, 2.0], [0.0, 0.0]]
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    feature: str
    values: tuple[str, ...]
    fill: str
    weight: Annotated[float, Field(gt=0)]
    kind: Literal["category"] = "category"

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that are known, in the order of their codes."""
        return self.values

    @property
    def names(self) -> tuple[str, ...]:
        """One name per value: ``region = North``."""
        return tuple(f"{self.feature} = {value}" for value in self.values)

    def block(self, column: pa.ChunkedArray) -> Floats:
        """See `Column.block`."""
        found = codes(column, self.feature, self.values, self.fill)
        known = np.flatnonzero(found != UNSEEN)
        block = np.zeros((len(found), len(self.values)))
        block[known, found[known]] = self.weight
        return block

    def unseen(self, column: pa.ChunkedArray) -> int:
        """See `Column.unseen`."""
        found = codes(column, self.feature, self.values, self.fill)
        return int(np.count_nonzero(found == UNSEEN))

    def clipped(self, column: pa.ChunkedArray) -> int:  # noqa: ARG002
        """Always 0: a text has no limits."""
        return 0


@dataclass(frozen=True, slots=True)
class RankColumn:
    """An ordinal: blank -> `fill`, then its place in `order` (0 lowest), (rank - mean) / scale.

    A value that is not in `order` takes the mean rank, so 0 after scaling; `unseen` counts it.

    >>> tier = RankColumn("tier", ("Bronze", "Silver", "Gold"), fill="Bronze", mean=1.0, scale=0.5)
    >>> tier.block(pa.chunked_array([["Gold", None, "Tin"]])).ravel().tolist()
    [2.0, -2.0, 0.0]
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    feature: str
    order: tuple[str, ...]
    fill: str
    mean: float
    scale: Annotated[float, Field(gt=0)]
    kind: Literal["rank"] = "rank"

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that are known, in the order of their codes."""
        return self.order

    @property
    def names(self) -> tuple[str, ...]:
        """One name: ``loyalty_tier (rank)``."""
        return (f"{self.feature} (rank)",)

    def nearest(self, prepared: float) -> str:
        """The value nearest to a prepared rank.

        >>> RankColumn("tier", ("Bronze", "Silver"), "Bronze", mean=0.5, scale=0.5).nearest(0.9)
        'Silver'
        """
        rank = round(prepared * self.scale + self.mean)
        return self.order[min(max(rank, 0), len(self.order) - 1)]

    def block(self, column: pa.ChunkedArray) -> Floats:
        """See `Column.block`."""
        found = codes(column, self.feature, self.order, self.fill)
        ranks = np.where(found == UNSEEN, self.mean, found)
        return ((ranks - self.mean) / self.scale)[:, np.newaxis]

    def unseen(self, column: pa.ChunkedArray) -> int:
        """See `Column.unseen`."""
        found = codes(column, self.feature, self.order, self.fill)
        return int(np.count_nonzero(found == UNSEEN))

    def clipped(self, column: pa.ChunkedArray) -> int:  # noqa: ARG002
        """Always 0: a text has no limits."""
        return 0


def is_text(column: pa.ChunkedArray) -> bool:
    """Whether a column holds text (plain or dictionary-encoded).

    >>> is_text(pa.chunked_array([["a"]])), is_text(pa.chunked_array([[1.0]]))
    (True, False)
    """
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def is_number(column: pa.ChunkedArray) -> bool:
    """Whether a column holds numbers, yes/no, or nothing at all (Arrow's null type)."""
    kind = column.type
    return bool(
        pa.types.is_floating(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_null(kind)
    )


def numbers(column: pa.ChunkedArray, feature: str) -> Floats:
    """Read a column as float64, shape (rows,), NaN where blank.

    Raises
    ------
    DataError
        Where the column is not numeric.
    """
    if not is_number(column):
        raise _wrong_type(column, feature, "numbers")
    doubles = pc.cast(column, pa.float64(), safe=False)
    return np.asarray(doubles.to_numpy(), dtype=np.float64)


def codes(column: pa.ChunkedArray, feature: str, values: tuple[str, ...], fill: str) -> Codes:
    """Read texts as positions in `values`, shape (rows,); blank as that of `fill`, else UNSEEN.

    Raises
    ------
    DataError
        Where the column is not text.
    """
    texts = text(column, feature)
    found = pc.index_in(texts, value_set=pa.array(values, pa.string()))
    known = found.fill_null(UNSEEN).to_numpy().astype(np.int64)
    return np.where(blanks(texts), values.index(fill), known)


def text(column: pa.ChunkedArray, feature: str) -> pa.ChunkedArray:
    """Read a column as Arrow text; one of Arrow's null type is all blank.

    Raises
    ------
    DataError
        Where the column is not text.
    """
    if not (is_text(column) or pa.types.is_null(column.type)):
        raise _wrong_type(column, feature, "text")
    return pc.cast(column, pa.string())


def blanks(column: pa.ChunkedArray) -> Flags:
    """Where a column has no value; bool, shape (rows,)."""
    return np.asarray(pc.is_null(column, nan_is_null=True).to_numpy(), dtype=np.bool_)


def _wrong_type(column: pa.ChunkedArray, feature: str, wanted: str) -> DataError:
    return DataError(
        f"Feature '{feature}' must hold {wanted}.",
        found=f"a column of Arrow type {column.type}",
        remedy="give the feature the type that it had when the model was fitted, "
        "or fit a new model",
    )
