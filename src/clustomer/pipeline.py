"""The fit: tables, cleaning, features, matrix, clustering, segments, classifier, on one page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from clustomer.beside import Beside
from clustomer.classifier.lesson import lesson
from clustomer.cleaning.categories import CategoryRepair
from clustomer.cleaning.obeyed import Given, Obeyed, obeyed
from clustomer.clustering.baseline import rfm_baseline
from clustomer.clustering.choose import choose_k, fit_clusters
from clustomer.clustering.contract import Choice
from clustomer.clustering.rules import segment_on
from clustomer.clustering.sample import sample_rows
from clustomer.engines.base import Engine
from clustomer.engines.here import running
from clustomer.errors import DataError
from clustomer.features.catalogue import FAVOURITE
from clustomer.findings import Finding
from clustomer.forecast import Early, learn_early
from clustomer.intake.intake import Intake, Learnt, take_in
from clustomer.matrix.prepare import Preparation, fit_preparation
from clustomer.model import Model, placed_table
from clustomer.outputs import prepare_run, write_run
from clustomer.preload import begin
from clustomer.progress import Stages, Tell
from clustomer.recipe.language import language_of
from clustomer.recipe.load import load_recipe
from clustomer.recipe.settings import Recipe
from clustomer.refit import Earlier, continuing, earlier, identity_findings, matched, migration
from clustomer.results import Results, segment_table, worst_first
from clustomer.runs import SavedRun
from clustomer.segments.build import build_segments
from clustomer.segments.enrich import enrich
from clustomer.segments.few import few_findings, without_figures
from clustomer.segments.segment import highest
from clustomer.store import versions
from clustomer.suggest import suggest_recipe
from clustomer.tables.sources import Data, at_rest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Run(Results):
    """A fit, with the way to leave it on disk."""

    def save(self, out: str | Path, *, overwrite: bool = False) -> Path:
        """Write the report, the tables, the plots and the model; returns the report's path.

        Everything is written beside `out` first and put in place when complete.

        Raises
        ------
        OutputError
            When `out` cannot be written, or holds something already (an earlier run is replaced
            with ``overwrite=True``).
        """
        return write_run(self, Path(out), overwrite=overwrite)


def fitted(
    other: Beside,
    data: Data,
    recipe: str | Path | Mapping[str, object] | Recipe | None,
    *,
    k: int | Literal["auto"] | None,
    algorithm: str | Sequence[str] | None,
    seed: int | None,
    as_of: date | None,
    unit: Literal["customer", "row"] | None,
    decisions: Given,
    previous: str | Path | Results | SavedRun | None,
    tell: Tell,
    engine: Engine | None,
) -> Run:
    """Fit, as `fitting.fit` promises; `other` computes what can be computed beside."""
    data = at_rest(data)
    changes = {
        "clustering.k": k,
        "clustering.algorithm": algorithm,
        "seed": seed,
        "as_of": as_of,
        "unit": unit,
    }
    if recipe is None:
        recipe = suggest_recipe(data).recipe
    settled = load_recipe(recipe.model_dump() if isinstance(recipe, Recipe) else recipe, **changes)
    said = obeyed(decisions, recipe, settled, data)
    before = None if previous is None else earlier(previous, settled)
    with running(engine) as used:
        return _fit(used, data, settled, Stages(tell), other, said, before)


def _fit(
    engine: Engine,
    data: Data,
    recipe: Recipe,
    stages: Stages,
    other: Beside,
    said: Obeyed,
    before: Earlier | None,
) -> Run:
    intake = take_in(
        engine, data, recipe, stages=stages, as_of=recipe.as_of, decisions=said.decisions
    )
    ids = intake.customers.column(0)
    _enough(len(ids), recipe)
    with stages.stage("prepare the matrix"):
        preparation = fit_preparation(
            intake.customers, _segment_on(intake, recipe), recipe.matrix, _orders(intake.learnt)
        )
        matrix = preparation.transform(intake.customers)
        sample = sample_rows(ids, recipe.clustering.sample, seed=recipe.seed)
    with stages.stage("choose the number of segments"):
        choice = choose_k(
            matrix.values,
            sample,
            recipe.clustering,
            seed=recipe.seed,
            space=matrix.space,
            features=matrix.features,
            refer=other.refer,
        )
    with stages.stage("cluster"):
        clusterer = fit_clusters(
            matrix.values,
            sample,
            choice,
            recipe.clustering,
            seed=recipe.seed,
            features=matrix.features,
        )
        assignment = clusterer.assign(matrix.values)
        rows = sample_rows(ids, recipe.classifier.sample, seed=recipe.seed)
        trained = other.learn(
            lesson(matrix, assignment.labels, rows, recipe.classifier, seed=recipe.seed)
        )
        baseline = rfm_baseline(
            intake.customers,
            matrix.values,
            assignment.labels,
            sample,
            algorithm=clusterer.algorithm,
        )
    begin(prepare_run)
    with stages.stage("profile and name the segments"):
        again = None if before is None else matched(before, intake.customers, assignment.labels)
        issued = 0 if before is None else before.model.issued
        segments = build_segments(
            intake.customers,
            assignment.labels,
            intake.learnt.features,
            logged=preparation.logged,
            settings=recipe.segments.model_copy(update={"noun": recipe.noun}),
            assignment=assignment,
            continuing={} if before is None or again is None else continuing(before, again),
            issued=issued,
            names=clusterer.names,
        )
        segments = enrich(
            segments,
            intake.customers,
            assignment.labels,
            intake.learnt.features,
            logged=preparation.logged,
            hidden=_sensitive(recipe),
            settings=recipe.segments.model_copy(update={"noun": recipe.noun}),
            seed=recipe.seed,
        )
        moves = (
            None
            if before is None or again is None
            else migration(before, again, intake.customers, segments, assignment.labels, recipe)
        )
        customers = placed_table(intake, assignment, segments)
        shown = without_figures(segments, recipe)
    early = Early(None, None, ())
    if recipe.early.enabled:
        with stages.stage("learn to tell segments early"):
            early = learn_early(engine, recipe, intake, assignment.labels)
    with stages.stage("train the classifier"):
        surrogate = trained()
    model = Model(
        recipe,
        intake.learnt,
        preparation,
        clusterer,
        shown,
        surrogate.classifier,
        versions(),
        issued=max(issued, highest(one.id for one in segments)),
        early=early.model,
    )
    return Run(
        baseline=baseline,
        model=model,
        intake=intake,
        matrix=matrix,
        assignment=assignment,
        choice=choice,
        assessment=replace(surrogate.assessment, noun=recipe.noun),
        sample=sample,
        customers=customers,
        segments=segment_table(shown),
        findings=worst_first(
            (
                *intake.findings,
                *_matrix_findings(preparation, recipe),
                *_choice_findings(choice),
                *few_findings(segments, recipe),
                *identity_findings(moves, segments, recipe),
                *early.findings,
            )
        ),
        seconds=stages.seconds,
        early=early.assessment,
        obeyed=said,
        migration=moves,
    )


def _enough(customers: int, recipe: Recipe) -> None:
    noun = recipe.noun
    if customers < 2:
        raise DataError(
            f"There are too few {noun} to segment.",
            found=f"{customers} with what the recipe needs",
            remedy=f"give tables with at least 2 {noun}, better some hundreds",
        )
    k = recipe.clustering.k
    if k != "auto" and k > customers:
        raise DataError(
            f"k is {k}, but there are only {customers} {noun}.",
            remedy=f"give a k of at most {customers}, or --k auto",
        )


def _segment_on(intake: Intake, recipe: Recipe) -> list[str]:
    """Features of the distance that the data can give; findings tell of the others."""
    there = intake.customers.column_names
    return [name for name in segment_on(recipe) if name in there]


def _orders(learnt: Learnt) -> dict[str, tuple[str, ...]]:
    """Levels of the ordinals, lowest first: the recipe's order, or one that is commonly known."""
    return {
        column.name: column.repair.order
        for repairs in learnt.repairs.values()
        for column in repairs.columns
        if isinstance(column.repair, CategoryRepair) and column.repair.order
    }


def _sensitive(recipe: Recipe) -> frozenset[str]:
    """Sensitive columns, as features too, but for those that the recipe segments on."""
    columns = (pair for table in recipe.tables.values() for pair in table.columns.items())
    names = {name for name, column in columns if column.sensitive}
    favourites = {f"{FAVOURITE}{name}" for name in names}
    return frozenset((names | favourites) - set(recipe.choice.segment_on))


def _matrix_findings(preparation: Preparation, recipe: Recipe) -> list[Finding]:
    one = language_of(recipe.segments).singular(recipe.noun)
    dropped = [
        Finding(
            "feature-dropped",
            "note",
            f"The feature {left.feature} does not enter the distance: it "
            f"{left.reason.replace('every customer', f'every {one}')}.",
        )
        for left in preparation.dropped
    ]
    filled = [
        Finding(
            "imputed",
            "note",
            f"{gap.feature}: {gap.count:,} "
            f"{'blank counts' if gap.count == 1 else 'blanks count'} as {_short(gap.value)} in the "
            "distance.",
        )
        for gap in preparation.imputed
    ]
    return dropped + filled


def _choice_findings(choice: Choice) -> list[Finding]:
    outside = [
        Finding(
            "limits-not-met",
            "warning",
            "No number of segments keeps to the recipe's limits; the one whose smallest segment "
            f"is largest was taken ({choice.k}).",
            "widen k_min, k_max or smallest_share in [clustering], or give --k",
        )
        for _ in [choice]
        if not choice.within_limits
    ]
    if choice.clear:
        return outside
    return [
        *outside,
        Finding(
            "no-clear-structure",
            "warning",
            choice.reason,
            "take the segments as a way to cut up a continuum, or segment on other features",
        ),
    ]


def _short(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.4g}"
