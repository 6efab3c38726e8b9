"""From a run's results to what the report tells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from clustomer.recipe.settings import Recipe
from clustomer.report.content import JoinMade, RepairSummary, ReportContent, Source
from clustomer.results import Results
from clustomer.tables.joins import Join

if TYPE_CHECKING:
    import pyarrow as pa


def report_content(results: Results) -> ReportContent:
    """Gather what the report shows of a run; nothing is computed that the run did not find."""
    model, intake = results.model, results.intake
    recipe = model.recipe
    as_of = intake.learnt.as_of
    return ReportContent(
        title="Customer segments" if recipe.unit == "customer" else "Segments of rows",
        recipe=recipe.name,
        noun=recipe.noun,
        as_of=None if as_of is None else as_of.date(),
        seed=recipe.seed,
        versions=tuple(model.about.items()),
        sources=tuple(
            Source(one, f"read as {intake.raw[one.table].read_as}") for one in intake.accounts
        ),
        joins=tuple(_join(join) for join in intake.joins),
        repairs=summed_repairs(intake.audit, recipe),
        findings=results.findings,
        table=intake.customers,
        features=intake.learnt.features,
        matrix=results.matrix,
        labels=results.assignment.labels,
        segments=model.segments,
        sample=results.sample,
        choice=results.choice,
        baseline=results.baseline,
        assessment=results.assessment,
        early=results.early,
        seconds=tuple(results.seconds.items()),
        settings=tuple(_settings(recipe)),
        migration=results.migration,
    )


def _join(join: Join) -> JoinMade:
    return JoinMade(
        name=f"{join.left} with {join.right} by {join.key}",
        rows_before=join.rows_before,
        rows_after=join.rows_after,
        revenue_before=_money(join.revenue_before),
        revenue_after=_money(join.revenue_after),
        matched=join.matched / max(join.rows_before, 1),
        orphans=join.orphans,
    )


def _money(exact: str | None) -> float | None:
    return None if exact is None else float(exact)


def summed_repairs(audit: pa.Table, recipe: Recipe) -> tuple[RepairSummary, ...]:
    """Sum the audit up by table, column and rule.

    Values of keys and free text are personal data: no example of them is given.
    """
    groups: dict[tuple[str, str, str], list[tuple[int, str, str]]] = {}
    names = ("table", "column", "raw", "repaired", "rule", "count")
    rows = zip(*(audit[name].to_pylist() for name in names), strict=True)
    for table, column, raw, repaired, rule, count in rows:
        groups.setdefault((table, column, rule), []).append((count, raw, repaired))
    summaries = []
    for (table, column, rule), found in groups.items():
        private = recipe.tables[table].columns[column].kind in ("key", "text")
        _, raw, repaired = max(found)
        summaries.append(
            RepairSummary(
                table,
                column,
                rule,
                values=len(found),
                cells=sum(count for count, _, _ in found),
                raw=None if private else raw,
                repaired=None if private or repaired == "" else repaired,
            )
        )
    return tuple(sorted(summaries, key=lambda one: (one.table, one.column, one.rule)))


def _settings(recipe: Recipe) -> Iterable[tuple[str, str]]:
    yield "unit", recipe.unit
    yield "segment on", ", ".join(recipe.choice.segment_on)
    for part in ("matrix", "clustering", "classifier"):
        values = getattr(recipe, part).model_dump()
        yield part, ", ".join(f"{name} = {value}" for name, value in values.items())
