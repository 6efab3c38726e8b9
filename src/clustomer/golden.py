"""Golden rows: made-up customers that a bundle carries and that are placed again on load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clustomer.errors import BundleError
from clustomer.model import Model

if TYPE_CHECKING:
    import pyarrow as pa

TOLERANCE: Final = 1e-9
"""Largest difference of a distance, relative to 1 + the distance, that counts as equal."""


@dataclass(frozen=True, slots=True)
class Golden:
    """Rows of features and where the model placed them.

    The rows are made from the segments' profiles (medians and the points half way between them),
    with three digits, so no customer's values are in the bundle.
    """

    numbers: dict[str, tuple[float | None, ...]]
    categories: dict[str, tuple[str | None, ...]]
    labels: tuple[int, ...]
    distances: tuple[float, ...]
    runners_up: tuple[int, ...]


def make_golden(model: Model) -> Golden:
    """Make golden rows: a median row per segment, the rows between them, and one without values."""
    inputs = model.preparation.inputs
    numbers: dict[str, tuple[float | None, ...]] = {}
    categories: dict[str, tuple[str | None, ...]] = {}
    for name in inputs:
        medians = [
            number.median
            for one in model.segments
            for number in one.numbers
            if number.feature == name
        ]
        if medians:
            plain = [None if value is None else float(f"{value:.3g}") for value in medians]
            numbers[name] = (*plain, *_between(plain), None)
        else:
            tops = [
                category.shares[0][0] if category.shares else None
                for one in model.segments
                for category in one.categories
                if category.feature == name
            ]
            categories[name] = (*tops, *tops, None)
    table = _table(numbers, categories)
    placed = model.clusterer.assign(model.preparation.transform(table).values)
    return Golden(
        numbers,
        categories,
        tuple(placed.labels.tolist()),
        tuple(placed.distance.tolist()),
        tuple(placed.runner_up.tolist()),
    )


def _between(values: list[float | None]) -> list[float | None]:
    following = values[1:] + values[:1]
    return [
        None if a is None or b is None else (a + b) / 2
        for a, b in zip(values, following, strict=True)
    ]


def _table(
    numbers: dict[str, tuple[float | None, ...]], categories: dict[str, tuple[str | None, ...]]
) -> pa.Table:
    import pyarrow as pa

    return pa.table(
        {
            **{name: pa.array(values, pa.float64()) for name, values in numbers.items()},
            **{name: pa.array(values, pa.string()) for name, values in categories.items()},
        }
    )


def check_golden(model: Model, golden: Golden, where: str) -> None:
    """Place the golden rows again.

    Raises
    ------
    BundleError
        When a row lands elsewhere than at fit, or at another distance.
    """
    table = _table(golden.numbers, golden.categories)
    placed = model.clusterer.assign(model.preparation.transform(table).values)
    same = (
        tuple(placed.labels.tolist()) == golden.labels
        and tuple(placed.runner_up.tolist()) == golden.runners_up
        and all(
            abs(now - then) <= TOLERANCE * (1 + then)
            for now, then in zip(placed.distance.tolist(), golden.distances, strict=True)
        )
    )
    if not same:
        raise BundleError(
            f"The model in '{where}' no longer places its golden rows as it did when it was saved.",
            found="other segments or distances on this machine or with these library versions",
            remedy="fit the model again, or use the versions named in bundle.json",
        )
