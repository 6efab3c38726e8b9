"""What commands show: progress, row accounts, findings and the table of segments."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clustomer.progress import Tell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from clustomer.findings import Finding
    from clustomer.intake.intake import Intake
    from clustomer.segments.migration import Migration
    from clustomer.tables.joins import Join


def console(*, quiet: bool = False) -> Console:
    """Where results are shown: as wide as the terminal, 100 columns where there is none."""
    from clustomer.cli.terminal import Screen

    made = Screen(highlight=False, quiet=quiet)
    return made if made.is_terminal else Screen(highlight=False, quiet=quiet, width=100)


@contextmanager
def progress(screen: Console, stages: int) -> Iterator[Tell]:
    """Show stages as they begin: a bar on a terminal, plain lines otherwise."""
    if not screen.is_terminal:

        def line(stage: str) -> None:
            screen.print(f"{stage} ...", soft_wrap=True)

        yield line
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("", total=stages, start=True)
        begun: list[str] = []

        def step(stage: str) -> None:
            bar.update(task, description=stage, completed=len(begun))
            begun.append(stage)

        yield step


def show_rows(screen: Console, intake: Intake) -> None:
    """One line a table: rows read = used + quarantined, and why."""
    for one in intake.accounts:
        raw = intake.raw[one.table]
        line = f"{one.table}: {one.read:,} rows read = {one.used:,} used"
        line += f" + {one.quarantined:,} quarantined"
        if one.reasons:
            line += " (" + "; ".join(f"{count:,} {reason}" for reason, count in one.reasons) + ")"
        screen.print(f"{line}  [{raw.source}, read as {raw.read_as}]", markup=False, soft_wrap=True)
    for join in intake.joins:
        screen.print(
            f"{join.left} with {join.right} by {join.key}: {join.rows_before:,} rows before, "
            f"{join.rows_after:,} after{_sales(join)}; {join.orphans:,} orphans, "
            f"{join.blank:,} blank",
            markup=False,
            soft_wrap=True,
        )


def _sales(join: Join) -> str:
    if join.revenue_before is None or join.revenue_after is None:
        return ""
    return f"; sales {money(join.revenue_before)} before, {money(join.revenue_after)} after"


def show_migration(screen: Console, moves: Migration) -> None:
    """What became of each segment of the run before; who moved is among the findings."""
    for relation in moves.relations:
        overlap = "" if relation.jaccard is None else f", Jaccard {relation.jaccard:.2f}"
        by = f" [by {relation.by}{overlap}]" if relation.by else ""
        screen.print(f"{relation.text}{by}", markup=False, soft_wrap=True)
    if moves.in_both:
        screen.print(
            f"In both runs: {moves.in_both:,}; moved: {moves.moved:,}; "
            f"new: {moves.came:,}; gone: {moves.gone:,}",
            soft_wrap=True,
        )


def money(exact: str) -> str:
    """An exact decimal as text with two digits.

    >>> money("8911407.904000")
    '8,911,407.90'
    """
    from decimal import Decimal

    return f"{Decimal(exact):,.2f}"


def show_findings(
    screen: Console, findings: Iterable[Finding], most: int = 8, *, kept: bool = True
) -> None:
    """The worst findings with their remedies, notes only counted; all where no file keeps them."""
    every = list(findings)
    shown = [finding for finding in every if finding.severity != "note"][:most] if kept else every
    for finding in shown:
        remedy = f" To do: {finding.remedy}." if finding.remedy else ""
        screen.print(f"{finding.severity}: {finding.text}{remedy}", markup=False, soft_wrap=True)
    rest = len(every) - len(shown)
    if rest:
        more = "1 more finding" if rest == 1 else f"{rest} more findings"
        screen.print(f"{more} in the report and in run.json", soft_wrap=True)
