"""Comparing what two engines answered."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

TOLERANCE = 1e-9
"""Sums of doubles may be taken in another order; relative."""


def same(one: object, other: object) -> bool:
    """Are two values equal, floats within the tolerance, NaN equal to NaN."""
    if isinstance(one, float) and isinstance(other, float):
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-12)
    return type(one) is type(other) and one == other


def differences(found: pa.Table, expected: pa.Table) -> list[str]:
    """What differs between two tables, rows in the order given; empty when nothing does."""
    shape = [(table.num_rows, table.schema) for table in (found, expected)]
    if shape[0] != shape[1]:
        return [f"{shape[0]} but expected {shape[1]}"]
    return [
        f"row {row}, {name}: {one!r} but expected {other!r}"
        for name in expected.column_names
        for row, (one, other) in enumerate(
            zip(found[name].to_pylist(), expected[name].to_pylist(), strict=True)
        )
        if not same(one, other)
    ]
