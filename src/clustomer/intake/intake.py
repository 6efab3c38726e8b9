"""Intake: from raw tables to one row of features per customer, at fit and at scoring alike.

At fit the repairs, the features and as_of are learnt; at scoring the same steps run with what was
learnt then, and nothing is refitted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time

import pyarrow as pa

from clustomer.cleaning.decisions import Decision
from clustomer.cleaning.repair import TableRepairs
from clustomer.cleaning.replay import Record
from clustomer.cleaning.same.find import proposals_table
from clustomer.cleaning.unseen import Unseen
from clustomer.engines.base import Engine
from clustomer.errors import DataError
from clustomer.features.build import build_features, plan_features
from clustomer.features.feature import Feature
from clustomer.features.lines import complete, whole
from clustomer.findings import Finding
from clustomer.intake.carry import carrying_findings
from clustomer.intake.cleaned import (
    CleanTable,
    clean_table,
    dates_settled,
    record_of,
    same_customers,
)
from clustomer.intake.fitted import blank_findings, check_fitted
from clustomer.intake.notices import (
    case_findings,
    customer_findings,
    key_findings,
    late_findings,
    left_out_findings,
    order_findings,
)
from clustomer.intake.objections import objection_findings, objections_file, without
from clustomer.intake.orders import kept_orders
from clustomer.intake.relate import derived_as_of, relate, set_aside
from clustomer.intake.value import Valued, learn_value, past_of, pasts_for_value, with_value
from clustomer.lifetime.value import Value
from clustomer.names import ROW
from clustomer.progress import Stages
from clustomer.recipe.settings import Recipe
from clustomer.tables.accounts import Account, Quarantined, account
from clustomer.tables.joins import Join
from clustomer.tables.read import RawTable, part_names, read_source, source_lines
from clustomer.tables.sources import Data, check_columns, find_sources


@dataclass(frozen=True, slots=True)
class Learnt:
    """What an intake learns at fit and scoring uses again.

    Parameters
    ----------
    columns
        By table: canonical name to the source's name.
    repairs
        By table: how its columns are repaired.
    features
        The features, with learnt parameters filled in.
    as_of
        The moment that days are counted back from; None where nothing is dated.
    as_of_given
        True when the user set as_of, False when it is the day after the newest order.
    value
        The model behind the features that tell what customers will order; None where there is none.
    """

    columns: Mapping[str, Mapping[str, str]]
    repairs: Mapping[str, TableRepairs]
    features: tuple[Feature, ...]
    as_of: datetime | None
    as_of_given: bool
    value: Value | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """Raw tables, taken in.

    Parameters
    ----------
    customers
        One row per customer (or row): the id, then the features; sorted by id.
    learnt
        What scoring needs to do the same again.
    raw
        By table: the source as it was read.
    accounts
        Rows read, used and quarantined, one account a table.
    quarantined
        Every line that was set aside, with its reason.
    record
        Everything that cleaning did; see `cleaning.replay`.
    joins
        Proof that each join kept rows and revenue.
    proposals
        Pairs of ids that look like one customer; see `cleaning.same.find.proposals_table`.
    findings
        What was noticed on the way.
    orders
        At fit, for customers with order lines: the orders that hold a sale, in the order of
        customer and date: customer_id, order_date, amount, units, basket_lines. Else None.
    unseen
        At scoring: values that the fit never saw, by column.
    """

    customers: pa.Table
    learnt: Learnt
    raw: Mapping[str, RawTable]
    accounts: tuple[Account, ...]
    quarantined: tuple[Quarantined, ...]
    record: Record
    joins: tuple[Join, ...]
    proposals: pa.Table
    findings: tuple[Finding, ...]
    orders: pa.Table | None = None
    unseen: tuple[Unseen, ...] = ()

    @property
    def audit(self) -> pa.Table:
        """Arrow table of repairs; see `cleaning.audit.audit_table`."""
        return self.record.audit


def take_in(
    engine: Engine,
    data: Data,
    recipe: Recipe,
    *,
    stages: Stages,
    learnt: Learnt | None = None,
    as_of: date | None = None,
    decisions: Sequence[Decision] = (),
) -> Intake:
    """Read, clean and join tables, and build the features.

    Parameters
    ----------
    engine
        Where the SQL runs; it is sealed against files and network once the tables are read.
    data
        A folder, a file, one table, or tables by name.
    learnt
        What a fit learnt; None learns it from these tables.
    as_of
        Overrides the recipe's (at fit) or the fitted one (at scoring).
    decisions
        What a person decided on repairs; at scoring on top of those that were learnt.

    Raises
    ------
    DataError
        When the tables cannot be read, joined or hold nothing to segment.
    RecipeError
        When the recipe names what is not there.
    """
    with stages.stage("read the tables"):
        found = find_sources(data, recipe)
        check_columns(found, recipe)
        # One file is hashed while the next is read.
        with ThreadPoolExecutor() as side_by_side:
            read = side_by_side.map(lambda source: read_source(engine, source), found.sources)
            raw = {source.table: one for source, one in zip(found.sources, read, strict=True)}
        engine.seal()
        gone = [] if learnt is None else check_fitted(recipe, learnt.columns, learnt.features, raw)
    with stages.stage("clean"):
        known = {} if learnt is None else learnt.repairs
        cleaned = {
            name: clean_table(engine, one, recipe, f"clean {name}", known.get(name), decisions)
            for name, one in raw.items()
        }
        if learnt is None:
            cleaned |= dates_settled(engine, raw, recipe, cleaned, decisions)
        cleaned, same = same_customers(
            engine, raw, recipe, cleaned, decisions, fitted=learnt is not None
        )
        tables = {name: _whole(engine, recipe, name, cleaned.get(name)) for name in recipe.tables}
    with stages.stage("join"):
        related = relate(engine, recipe, tables)
        moment, given = _as_of(engine, recipe, learnt, as_of)
        aside = set_aside(engine, recipe, related, moment)
        for name, one in cleaned.items():
            aside[name] += one.cleaned.dropped
    with stages.stage("build features"), ThreadPoolExecutor() as beside:
        lines = {
            name: beside.submit(_quarantined, engine, one, aside[name]) for name, one in raw.items()
        }
        there = _there(recipe, cleaned)
        planned, left_out = _features(engine, recipe, learnt, moment, there)
        by_sql = tuple(feature for feature in planned if feature.over != "history")
        if learnt is None:
            pasts = pasts_for_value(engine, planned, moment)
            past = None if pasts is None else pasts.past
            learning = beside.submit(learn_value, recipe, planned, pasts)
        else:
            past = past_of(engine, learnt.value, moment)
            learning = beside.submit(Valued, planned, learnt.value, ())
        sorting = beside.submit(kept_orders, engine) if _has_orders(recipe, learnt) else None
        noticing = [
            beside.submit(find, engine, recipe)
            for find in (order_findings, customer_findings, case_findings)
        ]
        built = build_features(engine, recipe, by_sql, moment)
        valued = learning.result()
        every = with_value(built, valued.features, valued.value, past)
        objections = objections_file(recipe.privacy.objections) if recipe.unit == "customer" else ()
        customers = without(every, objections)
        orders = None if sorting is None else without(sorting.result(), objections)
        findings = (
            *found.findings,
            *(finding for one in raw.values() for finding in one.findings),
            *(finding for one in cleaned.values() for finding in one.findings),
            *gone,
            *([] if learnt is None else blank_findings(recipe, learnt.features, cleaned)),
            *key_findings(related),
            *(finding for noticed in noticing for finding in noticed.result()),
            *objection_findings(every.num_rows, customers.num_rows),
            *late_findings(recipe, raw, aside, moment),
            *left_out_findings(left_out),
            *carrying_findings(engine, recipe, customers.num_rows),
            *valued.findings,
        )
        quarantined = {name: found.result() for name, found in lines.items()}
    return Intake(
        customers=customers,
        learnt=Learnt(
            columns={name: one.columns for name, one in cleaned.items()},
            repairs={name: one.repairs for name, one in cleaned.items()},
            features=valued.features,
            as_of=moment,
            as_of_given=given,
            value=valued.value,
        ),
        raw=raw,
        accounts=tuple(
            account(name, one.source, one.read, quarantined[name]) for name, one in raw.items()
        ),
        quarantined=tuple(line for lines in quarantined.values() for line in lines),
        record=record_of(recipe, cleaned, aside),
        joins=related.joins,
        unseen=tuple(found for one in cleaned.values() for found in one.cleaned.unseen),
        proposals=proposals_table(same.proposals),
        findings=findings,
        orders=orders,
    )


def _has_orders(recipe: Recipe, learnt: Learnt | None) -> bool:
    """Whether there are orders to keep: scoring keeps none, nobody would look at them."""
    return learnt is None and recipe.unit == "customer" and recipe.table_of("lines") is not None


def _whole(engine: Engine, recipe: Recipe, name: str, table: CleanTable | None) -> str:
    """The clean table with every column of the recipe; a table that is not there has no rows."""
    clean = f"clean {name}" if table is None else table.cleaned.relation
    if table is None:
        engine.load(clean, pa.table({ROW: pa.array([], pa.int64())}))
    complete(engine, clean, recipe.tables[name], into=whole(name))
    return whole(name)


def _as_of(
    engine: Engine, recipe: Recipe, learnt: Learnt | None, given: date | None
) -> tuple[datetime | None, bool]:
    if given is not None:
        if not isinstance(given, date) or isinstance(given, datetime):
            raise DataError(
                "as_of must be a day, a datetime.date.",
                found=repr(given),
                remedy="give datetime.date(2025, 6, 30), or --as-of 2025-06-30",
            )
        return datetime.combine(given, time()), True
    if learnt is not None and learnt.as_of_given:
        return learnt.as_of, True
    return derived_as_of(engine, recipe), False


def _features(
    engine: Engine,
    recipe: Recipe,
    learnt: Learnt | None,
    moment: datetime | None,
    there: frozenset[str],
) -> tuple[tuple[Feature, ...], tuple[tuple[str, str], ...]]:
    if learnt is not None:
        return learnt.features, ()
    planned = plan_features(engine, recipe, there, dated=moment is not None)
    return planned.features, planned.left_out


def _there(recipe: Recipe, cleaned: Mapping[str, CleanTable]) -> frozenset[str]:
    """Canonical columns that hold a value, of the tables that are there."""
    return frozenset(
        column
        for name, one in cleaned.items()
        for column in recipe.tables[name].columns
        if one.cleaned.blanks.get(column, one.cleaned.rows) < one.cleaned.rows
    )


def _quarantined(
    engine: Engine, raw: RawTable, aside: list[tuple[int, str]]
) -> tuple[Quarantined, ...]:
    rows = [row for row, _ in aside]
    late = [
        Quarantined(raw.name, line, reason, text, part)
        for (line, text), part, (_, reason) in zip(
            source_lines(engine, raw, rows), part_names(raw, rows), aside, strict=True
        )
    ]
    order = {part.source: at for at, part in enumerate(raw.parts)}
    every = (*raw.quarantined, *late)
    return tuple(sorted(every, key=lambda one: (order.get(one.source, 0), one.line)))
