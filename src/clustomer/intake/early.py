"""What is known of a customer early: sign-up data, and the first order or the first days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clustomer.engines.base import Engine, quoted
from clustomer.errors import RecipeError, listed
from clustomer.features.build import build_features, plan_features
from clustomer.features.feature import Feature
from clustomer.features.lines import LINES, ORDERS, make_orders
from clustomer.names import CUSTOMER, Over
from clustomer.recipe.settings import FeatureChoice, Recipe

if TYPE_CHECKING:
    import pyarrow as pa

EARLY_LINES: Final = "early lines"
EARLY_ORDERS: Final = "early orders"
FIRSTS: Final = "first orders"

_FROM_ORDERS: Final[tuple[Over, ...]] = ("lines", "orders")


@dataclass(frozen=True, slots=True)
class Seen:
    """Customers as they were seen early.

    Parameters
    ----------
    table
        The id, the early features, sorted by id.
    joined
        timestamp: when each first ordered.
    """

    table: pa.Table
    joined: pa.ChunkedArray


def plan_early(engine: Engine, recipe: Recipe) -> tuple[Feature, ...]:
    """Settle the early features, refusing those that could know what came later.

    Raises
    ------
    RecipeError
        When a feature counts days from as_of, comes from the value model, looks at other tables
        by a query of its own, or is a column of the customer table that the recipe does not call
        known at sign-up.
    """
    early = recipe.early
    names = early.features or (*recipe.choice.segment_on, *recipe.choice.describe_with)
    asked = recipe.model_copy(
        update={
            "features": {
                **recipe.features,
                recipe.unit: FeatureChoice(segment_on=(*names, *early.known)),
            },
            "value": recipe.value.model_copy(update={"enabled": False}),
        }
    )
    planned = plan_features(engine, asked, _there(engine, recipe), dated=True).features
    if not early.features:
        planned = tuple(one for one in planned if _reason(one, recipe) is None)
    for feature in planned:
        reason = _reason(feature, recipe)
        if reason is not None:
            raise RecipeError(
                f"Recipe '{recipe.name}': early.features cannot hold '{feature.name}': {reason}.",
                found=feature.sql or "a feature of the value model",
                remedy="take features of lines or orders; name columns that are known at sign-up "
                "in early.known",
            )
    if not planned:
        raise RecipeError(
            f"Recipe '{recipe.name}': no early feature is left.",
            found=f"early.features {listed(names)}",
            remedy="name features of lines or orders in early.features",
        )
    return planned


def _reason(feature: Feature, recipe: Recipe) -> str | None:
    """Why a feature is not known early; None where it is."""
    if feature.over == "history":
        return "the value model looks at all orders"
    if "{as_of}" in feature.sql:
        return "it counts days from as_of, long after the first order"
    if re.search(r"\bselect\b", feature.sql, re.IGNORECASE):
        return "its own query could look at later orders"
    if feature.over not in _FROM_ORDERS and feature.name not in recipe.early.known:
        return "the customer table tells how things stand today, not at sign-up"
    return None


def _there(engine: Engine, recipe: Recipe) -> frozenset[str]:
    """Canonical columns that hold a value."""
    names = {name for table in recipe.tables.values() for name in table.columns}
    there = set()
    for relation in (LINES, *(f"whole {name}" for name in recipe.tables)):
        held = [name for name in engine.columns(relation) if name in names]
        counts = ", ".join(f"count({quoted(name)}) AS {quoted(name)}" for name in held)
        if held:
            row = engine.arrow(f"SELECT {counts} FROM {quoted(relation)}").to_pylist()[0]
            there |= {name for name, count in row.items() if count}
    return frozenset(there)


def see_early(engine: Engine, recipe: Recipe, features: tuple[Feature, ...]) -> Seen:
    """Build the early features from an engine in which an intake has just been done.

    The lines that come later are cut away before any feature is computed.
    """
    import pyarrow.compute as pc

    date = quoted(recipe.lines.date)
    engine.checkpoint(
        FIRSTS,
        f"SELECT {CUSTOMER}, min({date}) AS joined FROM {quoted(LINES)}"
        f" WHERE sale AND {date} IS NOT NULL AND {CUSTOMER} IS NOT NULL GROUP BY {CUSTOMER}",
    )
    engine.checkpoint(EARLY_LINES, _cut(recipe))
    make_orders(engine, recipe.lines, lines=EARLY_LINES, into=EARLY_ORDERS)
    stands_for = {LINES: EARLY_LINES, ORDERS: EARLY_ORDERS}
    table = build_features(engine, recipe, features, None, stands_for=stands_for)
    firsts = engine.arrow(f"SELECT {CUSTOMER}, joined FROM {quoted(FIRSTS)}")
    place = pc.index_in(table.column(0), value_set=firsts.column(0).combine_chunks())
    return Seen(table, pc.take(firsts.column("joined"), place))


def _cut(recipe: Recipe) -> str:
    """The lines of the first order, or of the first days."""
    date, days = quoted(recipe.lines.date), recipe.early.days
    lines = (
        f"SELECT l.* FROM {quoted(LINES)} l JOIN {quoted(FIRSTS)} f ON l.{CUSTOMER} = f.{CUSTOMER}"
    )
    if days is not None:
        return f"{lines} WHERE secs(f.joined, l.{date}) < {days} * 86400.0e0"
    if recipe.lines.order is None:
        return f"{lines} WHERE l.{date} = f.joined"
    order = quoted(recipe.lines.order)
    # Of orders that begin at the same moment the first by its key is the first order.
    first = (
        f"SELECT l.{CUSTOMER}, min(l.{order}) AS first_key FROM {quoted(LINES)} l"
        f" JOIN {quoted(FIRSTS)} f ON l.{CUSTOMER} = f.{CUSTOMER} AND l.{date} = f.joined"
        f" WHERE l.sale GROUP BY l.{CUSTOMER}"
    )
    return (
        f"{lines} JOIN ({first}) k ON l.{CUSTOMER} = k.{CUSTOMER} WHERE"
        f" (l.{order} = k.first_key OR (k.first_key IS NULL AND l.{date} = f.joined))"
    )
