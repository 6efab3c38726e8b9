"""Fit on orders up to a day, then look at what each segment did afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Literal

import numpy as np

from clustomer.engines.base import Engine
from clustomer.engines.here import running
from clustomer.errors import DataError
from clustomer.findings import Finding
from clustomer.fitting import fit
from clustomer.intake.intake import take_in
from clustomer.lifetime.past import read_past
from clustomer.matrix.matrix import Floats
from clustomer.pipeline import Run
from clustomer.progress import Stages, Tell, silent
from clustomer.recipe.load import load_recipe
from clustomer.recipe.settings import Recipe
from clustomer.rounding import percent
from clustomer.suggest import suggest_recipe
from clustomer.tables.sources import Data, at_rest
from clustomer.validation.baselines import baselines
from clustomer.validation.measures import Groups, eta_squared, kendall, margin, spearman
from clustomer.validation.outcomes import Outcomes, days_after, read_outcomes
from clustomer.validation.result import LEAST, Margin, MethodScore, SegmentFuture, Validation

OURS: Final = "clustomer segments"
WEAK: Final = 0.03
"""With less of both outcomes explained than this, groups say next to nothing of the future."""
NEARLY: Final = 0.95
"""With less of the horizon than this observed, a finding says so."""
PART: Final = 4
"""Without a day, the last of so many equal parts of the time is what comes after."""


def validate(
    data: Data,
    recipe: str | Path | Mapping[str, object] | Recipe | None = None,
    *,
    until: date | None = None,
    horizon: int | None = None,
    k: int | Literal["auto"] | None = None,
    seed: int | None = None,
    tell: Tell = silent,
) -> Validation:
    """Fit on the orders up to a day and compare with what came after.

    Parameters
    ----------
    data, recipe, k, seed, tell
        As for `clustomer.fit`.
    until
        The last day of the orders to fit on; None: so that `horizon` days come after it.
    horizon
        Days after `until` to look at; None: all there are, or without `until` the last quarter of
        the time that orders cover.

    Raises
    ------
    ClustomerError
        As a fit; and when the recipe has no dated order lines or nothing comes after the day.
    """
    data = at_rest(data)
    if recipe is None:
        recipe = suggest_recipe(data).recipe
    settled = load_recipe(recipe.model_dump() if isinstance(recipe, Recipe) else recipe)
    _check(settled, horizon)
    first, newest = _covered(data, settled, tell)
    if until is None:
        until, horizon = _last_part(first, newest, horizon)
    _check_until(until, first, newest if settled.as_of is None else None)
    with running(None) as engine:
        as_of = until + timedelta(days=1)
        run = fit(data, settled, k=k, seed=seed, as_of=as_of, tell=tell, engine=engine)
        with Stages(tell).stage("look at what came after"):
            return _looked_at(engine, run, until, horizon)


def _check(recipe: Recipe, horizon: int | None) -> None:
    if recipe.unit != "customer" or recipe.table_of("lines") is None:
        raise DataError(
            "Only customers with dated orders can be validated on what they did next.",
            found=f"recipe '{recipe.name}' with unit '{recipe.unit}' and tables of role "
            + ", ".join(table.role for table in recipe.tables.values()),
            remedy="give a recipe with order lines, such as transactions or retail",
        )
    if horizon is not None and horizon < 1:
        raise DataError(
            "The horizon must be at least 1 day.", found=str(horizon), remedy="correct --horizon"
        )


def _covered(data: Data, recipe: Recipe, tell: Tell) -> tuple[date, date]:
    """The days of the first and of the newest order."""
    with running(None) as engine:
        intake = take_in(engine, data, recipe, stages=Stages(tell), as_of=None)
        newest = intake.learnt.as_of
        if newest is None:
            raise DataError("No order line has a date.", remedy="give order dates")
        covered = int(read_past(engine, newest).observed.max(initial=0)) + 1
    return (newest - timedelta(days=covered)).date(), (newest - timedelta(days=1)).date()


def _last_part(first: date, newest: date, horizon: int | None) -> tuple[date, int]:
    """The last day to fit on and the days after it."""
    covered = (newest - first).days + 1
    days = covered // PART if horizon is None else horizon
    if days < 1 or days >= covered:
        raise DataError(
            f"There is no way to look {days} days ahead within the time that orders cover.",
            found=f"orders over {covered} days",
            remedy="give a shorter --horizon, or orders over a longer time",
        )
    return newest - timedelta(days=days), days


def _check_until(until: date, first: date, newest: date | None) -> None:
    """Refuse, before a fit, a day that leaves nothing to fit on or nothing to compare with."""
    if until < first:
        raise DataError(
            f"No order comes up to {until:%Y-%m-%d}, so there is nothing to fit on.",
            found=f"the first order is of {first:%Y-%m-%d}",
            remedy="give a later --until",
        )
    if newest is not None and until >= newest:
        raise DataError(
            f"No order comes after {until:%Y-%m-%d}, so there is nothing to compare with.",
            found=f"the newest order is of {newest:%Y-%m-%d}",
            remedy="give an earlier --until",
        )


def _looked_at(engine: Engine, run: Run, until: date, horizon: int | None) -> Validation:
    recipe, as_of = run.model.recipe, run.intake.learnt.as_of
    assert as_of is not None  # noqa: S101 - it was given
    there = days_after(engine, recipe.lines, as_of)
    if there < 1:
        raise DataError(
            f"No order comes after {until:%Y-%m-%d}, so there is nothing to compare with.",
            remedy="give an earlier --until",
        )
    days = there if horizon is None else horizon
    outcomes = read_outcomes(engine, recipe.lines, run.customers.column(0), as_of, days)
    if outcomes.active.min() == outcomes.active.max():
        every = "All" if outcomes.active[0] else "None"
        raise DataError(
            f"{every} of the {recipe.noun} ordered in the {days} days after {until:%Y-%m-%d}: "
            "there are no differences to explain.",
            remedy="give another --until or --horizon",
        )
    ids = [segment.id for segment in run.model.segments]
    number = {name: place for place, name in enumerate(ids)}
    ours = np.array(
        [number[one] for one in run.customers.column("segment_id").to_pylist()], dtype=np.int64
    )
    rivals = baselines(outcomes, len(ids), seed=recipe.seed)
    found = _scores(ours, rivals, outcomes)
    margins = tuple(
        _margin(name, ours, groups, outcomes, recipe.seed) for name, groups in rivals.items()
    )
    made = Validation(
        recipe=recipe.name,
        noun=recipe.noun,
        until=until,
        horizon=days,
        customers=len(ours),
        active=float(outcomes.active.mean()),
        segments=_futures(run, ours, outcomes, _expected(engine, run, days)),
        scores=found,
        margins=margins,
        findings=(),
    )
    return replace(made, findings=_findings(made, there, run))


def _scores(
    ours: Groups, rivals: Mapping[str, Groups], outcomes: Outcomes
) -> tuple[MethodScore, ...]:
    log = np.log1p(np.maximum(outcomes.next_spend, 0.0))
    scores = []
    for method, groups in {OURS: ours, **rivals}.items():
        before, after = _means(groups, outcomes.spend), _means(groups, outcomes.next_spend)
        scores.append(
            MethodScore(
                method=method,
                groups=len(before),
                spend=eta_squared(groups, log),
                active=eta_squared(groups, outcomes.active),
                raw_spend=eta_squared(groups, outcomes.next_spend),
                kendall=kendall(before, after),
                spearman=spearman(before, after),
            )
        )
    return tuple(scores)


def _means(groups: Groups, values: Floats) -> Floats:
    """Mean of each group that has customers."""
    sizes = np.bincount(groups)
    return np.asarray(np.bincount(groups, weights=values)[sizes > 0] / sizes[sizes > 0])


def _margin(method: str, ours: Groups, groups: Groups, outcomes: Outcomes, seed: int) -> Margin:
    log = np.log1p(np.maximum(outcomes.next_spend, 0.0))
    spend, spend_interval = margin(ours, groups, log, seed=seed)
    active, active_interval = margin(ours, groups, outcomes.active, seed=seed)
    return Margin(method, spend, spend_interval, active, active_interval)


def _expected(engine: Engine, run: Run, days: int) -> Mapping[str, Floats] | None:
    """What the value model told on the day of the days that were looked at."""
    learnt = run.intake.learnt
    if learnt.value is None or learnt.as_of is None:
        return None
    import pyarrow.compute as pc

    past = read_past(engine, learnt.as_of)
    place = pc.index_in(run.customers.column(0), value_set=past.ids.combine_chunks())
    rows = np.asarray(pc.fill_null(place, -1).to_numpy())
    return {
        # Who has no dated order cannot be told anything.
        name: np.where(rows >= 0, values[rows], 0.0)
        for name, values in learnt.value.columns(past, horizon=days).items()
    }


def _futures(
    run: Run, ours: Groups, outcomes: Outcomes, expected: Mapping[str, Floats] | None
) -> tuple[SegmentFuture, ...]:
    futures = []
    total = float(outcomes.next_spend.sum())
    for place, segment in enumerate(run.model.segments):
        rows = ours == place
        told = int(rows.sum()) >= LEAST

        def mean(values: Floats | None, rows: Groups = rows, told: bool = told) -> float | None:  # noqa: FBT001
            return float(values[rows].mean()) if told and values is not None else None

        futures.append(
            SegmentFuture(
                segment_id=segment.id,
                name=segment.name,
                customers=int(rows.sum()),
                past_spend=mean(outcomes.spend),
                spend=mean(outcomes.next_spend),
                orders=mean(outcomes.next_orders),
                active=mean(outcomes.active),
                spend_share=float(outcomes.next_spend[rows].sum()) / total
                if told and total
                else None,
                expected_spend=mean(expected["expected_spend"] if expected else None),
                expected_orders=mean(expected["expected_orders"] if expected else None),
            )
        )
    return tuple(futures)


def _findings(made: Validation, there: int, run: Run) -> tuple[Finding, ...]:
    findings = []
    if not made.above:
        findings.append(
            Finding(
                "not-above-baselines",
                "warning",
                made.says,
                "segment on what tells of the future: expected_spend, order_probability, "
                "active_months, days_since_last_order",
            )
        )
    if made.scores[0].spend < WEAK and made.scores[0].active < WEAK:
        findings.append(
            Finding(
                "future-untold",
                "warning",
                f"What {made.noun} did next hardly depends on their segment, nor on any grouping "
                "here by recency, frequency and money "
                f"(at most {percent(max(one.spend for one in made.scores), 1)} explained).",
                "look for features that tell more, or a longer --horizon",
            )
        )
    if there < made.horizon * NEARLY:
        findings.append(
            Finding(
                "horizon-cut-short",
                "warning",
                f"The newest order comes {there} days after {made.until:%Y-%m-%d}; "
                f"{made.horizon} days were to be looked at.",
                "give a shorter --horizon, or an earlier --until",
            )
        )
    kept = [one for one in run.findings if one.code in ("value-left-out", "value-backtest")]
    return (*findings, *kept)
