"""From clean lines and customers to one row per customer (or per row)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from clustomer.engines.base import Aggregate, Engine, EngineError, quoted
from clustomer.errors import RecipeError, listed, nearest
from clustomer.features import catalogue
from clustomer.features.feature import Feature
from clustomer.features.lines import LINES, ORDERS, timestamp
from clustomer.features.parts import parts
from clustomer.features.steady import check_steady
from clustomer.names import CUSTOMER, ROW, Measure, Over
from clustomer.recipe.settings import ColumnSettings, Recipe

if TYPE_CHECKING:
    import pyarrow as pa

CUSTOMERS = "customers by key"
"""Relation of customer attributes: each customer once."""

_LEARNT_FROM = {"price_tier": "base_price", catalogue.SHARES: "category"}
"""Column from whose values on the lines a feature is learnt."""

MOST_SHARES = 12
"""Most product categories that get a share feature each; the rest is left to `spend`."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The features of a run, with what was learnt filled in, and those left out with the reason."""

    features: tuple[Feature, ...]
    left_out: tuple[tuple[str, str], ...]

    def named(self, name: str) -> Feature:
        """The feature of that name."""
        return next(feature for feature in self.features if feature.name == name)


def plan_features(engine: Engine, recipe: Recipe, there: frozenset[str], *, dated: bool) -> Planned:
    """Settle which features are built, learning what they need (categories, price quartiles).

    Parameters
    ----------
    engine
        Holds the relations `LINES` and `CUSTOMERS` as far as the recipe has such tables.
    there
        Canonical columns that hold a value.
    dated
        Whether an as_of is known; features counted from it are left out otherwise.

    Raises
    ------
    RecipeError
        When the recipe names a feature that nothing defines, or one of its own need not be the
        same twice.
    """
    _check_segments(recipe)
    check_steady(recipe)
    planned: list[Feature] = []
    left_out: list[tuple[str, str]] = []
    names = dict.fromkeys((*recipe.choice.segment_on, *recipe.choice.describe_with))
    if recipe.value.enabled and recipe.unit == "customer" and recipe.table_of("lines") is not None:
        names |= dict.fromkeys(catalogue.VALUE)
    for name in names:
        candidates = _candidates(engine, recipe, name, there)
        lacking = [(one, _lacks(engine, one, recipe, there)) for one in candidates]
        usable = [one for one, needs in lacking if not needs]
        if not candidates:
            left_out.append((name, f"no order line has a {_LEARNT_FROM.get(name, name)}"))
        elif not usable:
            missing = dict.fromkeys(need for _, needs in lacking for need in needs)
            left_out.append((name, f"no column {listed(missing)}"))
        elif "{as_of}" in usable[0].sql and not dated:
            left_out.append((name, "no order has a date"))
        elif name == catalogue.SHARES:
            planned += usable
        else:
            planned.append(usable[0])
    return Planned(tuple(planned), tuple(left_out))


def _check_segments(recipe: Recipe) -> None:
    """Check the features that names of segments and their share of spend go by.

    A rule may go by a feature that this run has not: the same table serves customers and rows.
    """
    columns = {name for table in recipe.tables.values() for name in table.columns}
    known = {one.name for one in catalogue.CATALOGUE} | {one.name for one in recipe.feature}
    known |= columns
    known |= {"price_tier", *catalogue.VALUE}
    favourites = {f"{catalogue.FAVOURITE}{one}" for one in columns}
    asked = [
        (name, f"segments.names ({rule.name})")
        for rule in recipe.segments.names
        for name in rule.when
    ]
    if recipe.segments.spend is not None:
        asked.append((recipe.segments.spend, "segments.spend"))
    for name, where in asked:
        if name not in known | favourites and not name.startswith("share_of_"):
            hint = nearest(name, known)
            raise RecipeError(
                f"Recipe '{recipe.name}': {where} goes by '{name}', which nothing defines.",
                found=f"known features are {listed(sorted(known), 60)}"
                + (f"; {hint}" if hint else ""),
                remedy="correct the name",
            )


def _lacks(engine: Engine, feature: Feature, recipe: Recipe, there: frozenset[str]) -> list[str]:
    """Columns that a feature needs and does not have where it is computed."""
    if feature.over == "customer" and recipe.table_of("customers") is not None:
        there &= engine.columns(CUSTOMERS).keys()
    return [need for need in feature.needs if need not in there]


def _candidates(engine: Engine, recipe: Recipe, name: str, there: frozenset[str]) -> list[Feature]:
    own = [
        Feature(one.name, one.sql, one.over, one.unit, one.says)
        for one in recipe.feature
        if one.name == name
    ]
    known = own or [one for one in catalogue.CATALOGUE if one.name == name and _fits(one, recipe)]
    if known:
        return known
    if name == catalogue.SHARES:
        return _share_features(engine, recipe, there)
    if name == "price_tier" and recipe.unit == "row":
        return _price_tier(engine, there)
    column = name.removeprefix(catalogue.FAVOURITE)
    columns = {key: one for table in recipe.tables.values() for key, one in table.columns.items()}
    if name.startswith(catalogue.FAVOURITE) and column in columns and recipe.unit == "customer":
        says = f"mostly {{}} as {column.replace('_', ' ')}"
        return [Feature(name, quoted(column), "lines", "category", says, needs=(column,))]
    if name in columns:
        return [_column_feature(name, columns[name], recipe)]
    if name in catalogue.VALUE and recipe.unit == "customer" and recipe.table_of("lines"):
        return [catalogue.value_feature(name, recipe.value.horizon)]
    raise _unknown(recipe, name, columns)


def _fits(feature: Feature, recipe: Recipe) -> bool:
    return (feature.over == "row") == (recipe.unit == "row")


def _column_feature(name: str, column: ColumnSettings, recipe: Recipe) -> Feature:
    number = column.kind == "number"
    unit: Measure = (column.unit or "score") if number else "category"
    says = column.says or f"have {_a(name.replace('_', ' '))} of {{}}"
    over: Over = "row" if recipe.unit == "row" else "customer"
    return Feature(name, quoted(name), over, unit, says, needs=(name,))


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


def _share_features(engine: Engine, recipe: Recipe, there: frozenset[str]) -> list[Feature]:
    if "category" not in there:
        return [Feature(catalogue.SHARES, "", "lines", "share", "", needs=("category",))]
    values = sorted(_categories(engine, recipe))
    names = _distinct_names("share_of_" + _plain(value) for value in values)
    return [catalogue.share_feature(value, name) for value, name in zip(values, names, strict=True)]


def _categories(engine: Engine, recipe: Recipe) -> list[str]:
    """Product categories; of more than `MOST_SHARES`, those of the most sales lines."""
    products = recipe.table_of("products")
    if products is not None and "category" in recipe.tables[products].columns:
        known = engine.arrow(
            f"SELECT DISTINCT category FROM {quoted(f'{products} by key')}"
            " WHERE category IS NOT NULL"
        )
        if known.num_rows <= MOST_SHARES:
            return [str(value) for value in known.column(0).to_pylist()]
    sold = engine.arrow(
        f"SELECT category, count(*) AS n FROM {quoted(LINES)} WHERE sale AND category IS NOT NULL"
        f" GROUP BY category ORDER BY n DESC, category LIMIT {MOST_SHARES}"
    )
    return [str(value) for value in sold.column("category").to_pylist()]


def _plain(text: str) -> str:
    return re.sub(r"\W+", "_", text.lower()).strip("_") or "other"


def _distinct_names(names: Iterable[str]) -> list[str]:
    taken: dict[str, int] = {}
    result = []
    for name in names:
        taken[name] = taken.get(name, 0) + 1
        result.append(name if taken[name] == 1 else f"{name}_{taken[name]}")
    return result


def _price_tier(engine: Engine, there: frozenset[str]) -> list[Feature]:
    if "base_price" not in there:
        return [Feature("price_tier", "", "row", "category", "", needs=("base_price",))]
    quartile = "percentile_cont({}) WITHIN GROUP (ORDER BY base_price)"
    row = engine.arrow(
        "SELECT "
        + ", ".join(f"{quartile.format(p)} AS q{i}" for i, p in enumerate((0.25, 0.5, 0.75)))
        + f" FROM {quoted(LINES)}"
    ).to_pylist()[0]
    if row["q0"] is None:
        return []
    return [catalogue.price_tier((float(row["q0"]), float(row["q1"]), float(row["q2"])))]


def _unknown(recipe: Recipe, name: str, columns: Mapping[str, object]) -> RecipeError:
    known = {one.name for one in catalogue.CATALOGUE if _fits(one, recipe)}
    known |= {one.name for one in recipe.feature} | set(columns) | {catalogue.SHARES}
    known |= set(catalogue.VALUE if recipe.unit == "customer" else ())
    hint = nearest(name, known)
    return RecipeError(
        f"Recipe '{recipe.name}': features.{recipe.unit} names '{name}', which nothing defines.",
        found=f"known features are {listed(sorted(known), 60)}" + (f"; {hint}" if hint else ""),
        remedy="correct the name, or define it: [[feature]] name, sql, over, unit, says",
    )


def build_features(
    engine: Engine,
    recipe: Recipe,
    features: tuple[Feature, ...],
    as_of: datetime | None,
    *,
    stands_for: Mapping[str, str] = MappingProxyType({}),
) -> pa.Table:
    """Compute the features: one row per customer with a sale (or per row), sorted by id.

    Parameters
    ----------
    stands_for
        Relations that are read instead of `LINES` and `ORDERS`: name -> other name.

    Returns
    -------
    pyarrow.Table
        First column the id (``customer_id``, or ``row`` counted from 1, as text), then a column a
        feature: float64, or string for categories; nulls where unknown.

    Raises
    ------
    RecipeError
        When a feature of the recipe's own is not valid SQL or gives no number (or text, for a
        category), naming it.
    """
    moment = timestamp(as_of) if as_of is not None else "cast(null as timestamp)"
    ready = tuple((feature, feature.sql.replace("{as_of}", moment)) for feature in features)
    try:
        found = _built(engine, recipe, ready, stands_for)
    except EngineError as error:
        raise _blame(engine, recipe, ready, error) from error
    return _typed(found, features, recipe)


Ready = tuple[tuple[Feature, str], ...]


def _built(engine: Engine, recipe: Recipe, ready: Ready, stands_for: Mapping[str, str]) -> pa.Table:
    if recipe.unit == "row":
        added = "".join(f", {sql} AS {quoted(feature.name)}" for feature, sql in ready)
        return engine.arrow(f"SELECT {ROW} + 1 AS {quoted('row')}{added} FROM {quoted(LINES)}")
    if recipe.table_of("lines") is None:
        told = [_told_of("customer", ready)]
    else:
        told = [
            _summarised(engine, stands_for.get(ORDERS, ORDERS), "orders", ready),
            _summarised(engine, stands_for.get(LINES, LINES), "lines", ready),
            *([_told_of("customer", ready)] if any(_over(ready, "customer")) else ()),
        ]
    base = told[0].name
    columns = {name: sql for one in told for name, sql in one.columns.items()}
    chosen = [f"{base}.{CUSTOMER}", *(f"{columns[f.name]} AS {quoted(f.name)}" for f, _ in ready)]
    joins = "".join(
        f" LEFT JOIN {one.name} ON {base}.{CUSTOMER} = {one.name}.{CUSTOMER}" for one in told[1:]
    )
    queries = ", ".join(f"{one.name} AS ({one.sql})" for one in told)
    return engine.arrow(f"WITH {queries} SELECT {', '.join(chosen)} FROM {base}{joins}")


@dataclass(frozen=True, slots=True)
class _Told:
    """A query with a row for each customer, and by feature the SQL that reads its value there."""

    name: str
    sql: str
    columns: Mapping[str, str]


def _over(ready: Ready, over: Over) -> Iterator[tuple[Feature, str]]:
    return ((feature, sql) for feature, sql in ready if feature.over == over)


def _told_of(over: Over, ready: Ready) -> _Told:
    """Features that are expressions over the customer's own row."""
    name = f"of_{over}"
    chosen = [CUSTOMER, *(f"{sql} AS {quoted(f.name)}" for f, sql in _over(ready, over))]
    columns = {f.name: f"{name}.{quoted(f.name)}" for f, _ in _over(ready, over)}
    return _Told(name, f"SELECT {', '.join(chosen)} FROM {quoted(CUSTOMERS)}", columns)


def _summarised(engine: Engine, relation: str, over: Over, ready: Ready) -> _Told:
    """Features that summarise rows: each aggregate once, then the expressions around them."""
    name, summary = f"of_{over}", f"summary of {relation}"
    known: dict[Aggregate, str] = {}
    columns: dict[str, str] = {}
    whole: dict[str, str] = {}
    for feature, sql in _over(ready, over):
        found = parts(sql) if not _favours(feature) else None
        if _favours(feature):
            most = Aggregate("most_frequent", sql, "sale")
            columns[feature.name] = f"{name}.{known.setdefault(most, f'a{len(known)}')}"
        elif found is None:
            whole[quoted(feature.name)] = sql
            columns[feature.name] = f"{name}.{quoted(feature.name)}"
        else:
            read = [f"{name}.{known.setdefault(a, f'a{len(known)}')}" for a in found.aggregates]
            columns[feature.name] = found.sql.format(*read)
    aggregates = {column: one for one, column in known.items()}
    engine.aggregate(summary, relation, [CUSTOMER], aggregates, f"{CUSTOMER} IS NOT NULL")
    rows = f"SELECT * FROM {quoted(summary)}"
    if whole:
        made = ", ".join([CUSTOMER, *(f"{sql} AS {column}" for column, sql in whole.items())])
        rows = (
            f"SELECT {', '.join(['s.*', *(f'w.{column}' for column in whole)])}"
            f" FROM {quoted(summary)} AS s LEFT JOIN (SELECT {made} FROM {quoted(relation)}"
            f" WHERE {CUSTOMER} IS NOT NULL GROUP BY {CUSTOMER}) AS w"
            f" ON s.{CUSTOMER} = w.{CUSTOMER}"
        )
    return _Told(name, rows, columns)


def _favours(feature: Feature) -> bool:
    """The most frequent value over a customer's sales lines; of equals, the first by spelling."""
    return feature.over == "lines" and feature.unit == "category"


def _blame(engine: Engine, recipe: Recipe, ready: Ready, error: EngineError) -> Exception:
    """Find the recipe's own feature whose SQL fails; an error of ours goes on as it is."""
    own = {feature.name for feature in recipe.feature}
    for feature, sql in ready:
        if feature.name not in own:
            continue
        alone = ((feature, sql),)
        try:
            _built(engine, recipe, alone, {})
        except EngineError as failed:
            return RecipeError(
                f"The feature '{feature.name}' of the recipe is not valid SQL: {feature.sql}",
                found=failed.reason.strip().splitlines()[0],
                remedy=f"it runs over {feature.over}; see docs/recipes.md for the columns there",
            )
    return error


def _typed(found: pa.Table, features: tuple[Feature, ...], recipe: Recipe) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    key = "row" if recipe.unit == "row" else CUSTOMER
    order = pc.sort_indices(found, sort_keys=[(key, "ascending")])
    found = found.take(order)
    columns = {key: found.column(key).cast(pa.string())}
    for feature in features:
        column = found.column(feature.name)
        kind = pa.string() if feature.unit == "category" else pa.float64()
        try:
            columns[feature.name] = column.cast(kind).combine_chunks()
        except pa.ArrowException as error:
            raise _not_of_kind(feature, str(column.type), str(error)) from error
    return pa.table(columns)


def _not_of_kind(feature: Feature, kind: str, reason: str) -> RecipeError:
    category = feature.unit == "category"
    return RecipeError(
        f"The feature '{feature.name}' does not give a {'text' if category else 'number'}:"
        f" {feature.sql}",
        found=f"values of type {kind} ({reason.strip().splitlines()[0]})",
        remedy="a category is a text or a number"
        if category
        else "a feature is a number; for days use secs(order_date, {as_of}) / 86400.0e0,"
        " or set unit = 'category'",
    )
