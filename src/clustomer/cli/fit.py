"""``clustomer fit``: from raw tables to named segments."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from clustomer.errors import ClustomerError, listed, nearest
from clustomer.names import ALGORITHMS

if TYPE_CHECKING:
    from rich.console import Console

    from clustomer.pipeline import Run

STAGES = 9
"""Stages that a fit tells, for the bar."""


def fit(
    data: Annotated[
        Path,
        typer.Argument(metavar="DATA", help="Folder of tables, one file, or a pattern."),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the report, the tables and the model.")],
    recipe: Annotated[
        str | None,
        typer.Option(help="retail, credit-card, transactions, or a TOML file; else the best fit."),
    ] = None,
    k: Annotated[
        str | None, typer.Option(metavar="N|auto", help="Number of segments, or auto.")
    ] = None,
    algorithm: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[,NAME]|auto",
            help="k-means, bisecting-k-means, ward, gaussian-mixture, k-prototypes, hdbscan or "
            "rules; of several the evidence takes one.",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of all randomness.")] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Day that recency is counted from (else the day after the newest order).",
        ),
    ] = None,
    unit: Annotated[
        Literal["customer", "row"] | None, typer.Option(help="What is segmented.")
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option(help="Decisions on repairs; else RECIPE.decisions.toml beside the recipe."),
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT", help="An earlier run: segments that go on keep their ids and names."
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier run in the folder.")
    ] = False,
) -> None:
    """Clean the tables, build customer features, choose and name segments, write the report."""
    from clustomer.cli.screen import console, progress
    from clustomer.outputs import check_out
    from clustomer.recipe.load import load_recipe
    from clustomer.suggest import suggest_recipe

    screen = console()
    number = number_of(k)
    day = day_of(as_of, "--as-of")
    asked = _algorithms(algorithm)
    check_out(out, overwrite=overwrite)
    if recipe is None:
        suggestion = suggest_recipe(data)
        screen.print(suggestion.says, markup=False, soft_wrap=True)
        recipe = suggestion.recipe
    load_recipe(recipe)
    with progress(screen, STAGES + 1) as tell:
        from clustomer.fitting import fit as run_fit

        run = run_fit(
            data,
            recipe,
            k=number,
            algorithm=asked,
            seed=seed,
            as_of=day,
            unit=unit,
            decisions=decisions,
            previous=previous,
            tell=tell,
        )
        tell("write the report")
        report = run.save(out, overwrite=overwrite)
    _show(screen, run, report)


def day_of(text: str | None, option: str) -> date | None:
    """Read a day such as 2025-06-30.

    Raises
    ------
    ClustomerError
        When it is none.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ClustomerError(
            f"{option} must be a day such as 2025-06-30.", found=text, remedy=f"correct {option}"
        ) from None


def number_of(k: str | None) -> int | Literal["auto"] | None:
    """Read --k.

    Raises
    ------
    ClustomerError
        When it is neither a number of at least 2 nor "auto".
    """
    if k is None:
        return None
    if k == "auto":
        return "auto"
    if not k.isdecimal() or int(k) < 2:
        raise ClustomerError(
            "--k must be a whole number of at least 2, or auto.", found=k, remedy="correct --k"
        )
    return int(k)


def _algorithms(given: str | None) -> str | tuple[str, ...] | None:
    if given is None:
        return None
    names = tuple(name.strip() for name in given.split(","))
    for name in names:
        if name not in (*ALGORITHMS, "auto"):
            hint = nearest(name, (*ALGORITHMS, "auto"))
            raise ClustomerError(
                f"There is no algorithm '{name}'.",
                found=f"algorithms are {listed(ALGORITHMS)}" + (f"; {hint}" if hint else ""),
                remedy="correct --algorithm; give auto, one name, or several with commas",
            )
    return names[0] if len(names) == 1 else names


def _show(screen: Console, run: Run, report: Path) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from clustomer.cli.screen import show_findings, show_migration, show_rows
    from clustomer.report.text import segment_table

    show_rows(screen, run.intake)
    show_findings(screen, run.findings)
    if run.choice.clear:
        screen.print(run.choice.reason, markup=False, soft_wrap=True)
    screen.print(run.assessment.says, markup=False, soft_wrap=True)
    if run.migration is not None:
        show_migration(screen, run.migration)
    header, *rows = segment_table(run.model.segments, run.model.recipe.noun)
    table = Table(*header, box=SIMPLE_HEAD, pad_edge=False)
    for column in table.columns[2:-1]:
        column.justify = "right"
    for row in rows:
        table.add_row(*row)
    screen.print(table)
    screen.print(f"Report: {report}", markup=False, soft_wrap=True)
