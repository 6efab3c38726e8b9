"""``clustomer validate``: what each segment did after the day that it was made on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clustomer.rounding import percent

if TYPE_CHECKING:
    from rich.console import Console

    from clustomer.validation.result import Validation

STAGES = 10
"""Stages that are told, for the bar."""


def validate(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Folder of tables, or one file (CSV, Parquet).")
    ],
    recipe: Annotated[
        str | None,
        typer.Option(help="A built-in recipe or a TOML file; else the best fit."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Last day of the orders to fit on (else the last quarter of the time is kept).",
        ),
    ] = None,
    horizon: Annotated[
        int | None, typer.Option(metavar="DAYS", help="Days after it to look at (else all).")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the page, the plot and the tables.")
    ] = None,
    k: Annotated[
        str | None, typer.Option(metavar="N|auto", help="Number of segments, or auto.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of all randomness.")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier validation in the folder.")
    ] = False,
) -> None:
    """Fit on orders up to a day, and look at what each segment did afterwards."""
    from clustomer.cli.fit import day_of, number_of
    from clustomer.cli.screen import console, progress
    from clustomer.recipe.load import load_recipe
    from clustomer.suggest import suggest_recipe

    screen = console()
    wanted = number_of(k)
    day = day_of(until, "--until")
    if out is not None:
        from clustomer.validation.page import check_folder

        check_folder(out, overwrite=overwrite)
    if recipe is None:
        suggestion = suggest_recipe(data)
        screen.print(suggestion.says, markup=False, soft_wrap=True)
        recipe = suggestion.recipe
    load_recipe(recipe)
    with progress(screen, STAGES) as tell:
        from clustomer.validation.validate import validate as look

        made = look(
            data,
            recipe,
            until=day,
            horizon=horizon,
            k=wanted,
            seed=seed,
            tell=tell,
        )
    _show(screen, made)
    if out is not None:
        from clustomer.validation.page import write_validation

        page = write_validation(made, out, overwrite=overwrite)
        screen.print(f"Page: {page}", markup=False, soft_wrap=True)


def _show(screen: Console, made: Validation) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from clustomer.validation.page import method_rows, segment_rows

    screen.print(
        f"{made.customers:,} {made.noun} segmented on orders up to {made.until:%Y-%m-%d}; "
        f"{percent(made.active, 1)} of them ordered in the {made.horizon} days after.",
        markup=False,
        soft_wrap=True,
    )
    for rows in (segment_rows(made), method_rows(made)):
        header, *body = rows
        table = Table(*header, box=SIMPLE_HEAD, pad_edge=False)
        for column in table.columns[1:]:
            column.justify = "right"
        for row in body:
            table.add_row(*row)
        screen.print(table)
    screen.print(made.says, markup=False, soft_wrap=True)
    for one in made.findings:
        if one.code != "not-above-baselines":
            remedy = f" To do: {one.remedy}." if one.remedy else ""
            screen.print(f"{one.severity}: {one.text}{remedy}", markup=False, soft_wrap=True)
