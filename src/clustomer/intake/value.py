"""Value features: from the orders in the engine to columns beside the other features."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from clustomer.engines.base import Engine
from clustomer.features.feature import Feature
from clustomer.findings import Finding
from clustomer.lifetime.past import Earlier, Past, read_past, read_pasts
from clustomer.lifetime.value import NoValue, Value, fit_value
from clustomer.recipe.settings import Recipe

if TYPE_CHECKING:
    import pyarrow as pa

FAR_OFF: Final = 1.5
"""A backtest that is wrong by more than this factor is a warning."""


@dataclass(frozen=True, slots=True)
class Pasts:
    """Customers' pasts, as of the run and as of some time before."""

    past: Past
    earlier: Earlier


@dataclass(frozen=True, slots=True)
class Valued:
    """The features that are there, the value model behind them, and what was noticed."""

    features: tuple[Feature, ...]
    value: Value | None
    findings: tuple[Finding, ...]


def pasts_for_value(
    engine: Engine, features: tuple[Feature, ...], moment: datetime | None
) -> Pasts | None:
    """Read what a value model learns from; None where no feature asks or no order has a date."""
    if moment is None or not _asked(features):
        return None
    return Pasts(*read_pasts(engine, moment))


def learn_value(recipe: Recipe, features: tuple[Feature, ...], pasts: Pasts | None) -> Valued:
    """Fit the value model where features ask for it; where it cannot be, leave them out."""
    if not _asked(features):
        return Valued(features, None, ())
    fitted: Value | NoValue = NoValue("no order has a date", "give order dates")
    if pasts is not None:
        fitted = fit_value(pasts.past, pasts.earlier, recipe.value)
    if isinstance(fitted, Value):
        far = not 1 / FAR_OFF <= fitted.backtest.ratio <= FAR_OFF
        check = Finding(
            "value-backtest",
            "warning" if far else "note",
            fitted.backtest.says,
            "trust the order of customers by expected spend more than its amount" if far else "",
        )
        return Valued(features, fitted, (check,))
    rest = tuple(feature for feature in features if feature.over != "history")
    why = Finding(
        "value-left-out",
        "note",
        f"What customers are expected to order and spend is not told: {fitted.reason}.",
        fitted.remedy,
    )
    return Valued(rest, None, (why,))


def _asked(features: tuple[Feature, ...]) -> bool:
    return any(feature.over == "history" for feature in features)


def past_of(engine: Engine, value: Value | None, moment: datetime | None) -> Past | None:
    """Read the pasts that a value model of before tells of; None where there is none."""
    return None if value is None or moment is None else read_past(engine, moment)


def with_value(
    customers: pa.Table, features: tuple[Feature, ...], value: Value | None, past: Past | None
) -> pa.Table:
    """Add the value features' columns: float64, null for customers without a dated order.

    Returns
    -------
    pyarrow.Table
        The id, then the features in their order.
    """
    if value is None or past is None:
        return customers
    import pyarrow as pa
    import pyarrow.compute as pc

    place = pc.index_in(customers.column(0), value_set=past.ids.combine_chunks())
    columns = dict(zip(customers.column_names, customers.columns, strict=True))
    for name, values in value.columns(past).items():
        columns[name] = pc.take(pa.array(values), place)
    names = [customers.column_names[0], *(feature.name for feature in features)]
    return pa.table({name: columns[name] for name in names})
