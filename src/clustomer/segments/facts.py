"""The features as arrays, once for all that is said about segments."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clustomer.features.feature import Feature
from clustomer.matrix.columns import is_text
from clustomer.matrix.matrix import Floats
from clustomer.names import Measure
from clustomer.segments.meaning import Condition

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Features, one value per customer.

    Parameters
    ----------
    numbers
        float64, shape (customers,), NaN where not known.
    categories
        The values, and int64, shape (customers,): the place of each customer's value, -1 where it
        is not known.
    units
        Of the numbers.
    """

    numbers: Mapping[str, Floats]
    categories: Mapping[str, tuple[tuple[str, ...], Codes]]
    units: Mapping[str, Measure]

    def holds(self, condition: Condition, rows: Rows) -> Flags:
        """Where a condition holds; nowhere where the value is not known."""
        if condition.operator == "is":
            texts, codes = self.categories[condition.feature]
            found: Flags = codes[rows] == texts.index(str(condition.value))
            return found
        values, bound = self.numbers[condition.feature][rows], float(condition.value)
        with np.errstate(invalid="ignore"):
            under: Flags = values < bound
            least: Flags = values >= bound
        return under if condition.operator == "under" else least

    def without(self, names: Collection[str]) -> Facts:
        """The same arrays, but for some features."""
        return Facts(
            {name: one for name, one in self.numbers.items() if name not in names},
            {name: one for name, one in self.categories.items() if name not in names},
            self.units,
        )


def facts_of(
    table: pa.Table, features: Sequence[Feature], *, without: Collection[str] = ()
) -> Facts:
    """Read the features of a table, but for those in `without`."""
    numbers: dict[str, Floats] = {}
    categories: dict[str, tuple[tuple[str, ...], Codes]] = {}
    for feature in features:
        if feature.name not in table.column_names or feature.name in without:
            continue
        column = table[feature.name]
        if feature.unit == "category" or is_text(column):
            encoded = pc.dictionary_encode(pc.cast(column, pa.string()).combine_chunks())
            codes = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64)
            categories[feature.name] = (tuple(encoded.dictionary.to_pylist()), codes)
        else:
            values = np.asarray(pc.cast(column, pa.float64()).to_numpy(), dtype=np.float64)
            numbers[feature.name] = np.where(np.isfinite(values), values, np.nan)
    units = {feature.name: feature.unit for feature in features}
    return Facts(numbers, categories, units)
