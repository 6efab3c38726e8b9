"""``clustomer init``: look at unknown files and draft a recipe for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clustomer.rounding import percent

if TYPE_CHECKING:
    from rich.console import Console

    from clustomer.drafting.draft import Draft


def init(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Folder or file with the tables.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Recipe to write; without it, recipe.toml beside the data."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a recipe that is there.")
    ] = False,
) -> None:
    """Look at unknown files and draft a recipe for them, each guess with its reason."""
    from clustomer.cli.screen import console, progress, show_findings, show_rows
    from clustomer.drafting import draft_recipe, try_draft, write_draft

    screen = console()
    with progress(screen, 8) as tell:
        draft = draft_recipe(data, tell=tell)
        target = write_draft(draft, out or _beside(data), overwrite=overwrite)
        tried = try_draft(data, draft, tell=tell)
    _show(screen, draft)
    show_rows(screen, tried)
    _say(screen, f"Customers with what the recipe needs: {tried.customers.num_rows:,}")
    show_findings(screen, (one for one in tried.findings if one.severity != "note"))
    _say(screen, f"Recipe: {target}")
    _say(screen, f"Next: clustomer fit {data} --recipe {target} --out run")


def _say(screen: Console, text: str) -> None:
    screen.print(text, markup=False, soft_wrap=True)


def _beside(data: Path) -> Path:
    return (data if data.is_dir() else data.parent) / "recipe.toml"


def _show(screen: Console, draft: Draft) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    for table in draft.tables:
        place = table.place
        head = f"{table.source}: {table.rows:,} rows, {place.role}"
        _say(screen, f"{head} ({place.confidence:.2f}: {place.reason})")
        names = ("column", "read as", "guess", "sure", "because")
        shown = Table(*names, box=SIMPLE_HEAD, pad_edge=False)
        for column in table.columns:
            shown.add_row(
                column.source,
                f"{column.name} ({column.kind})" if column.read else "left out",
                column.role,
                f"{column.confidence:.2f}",
                column.reason,
            )
        screen.print(shown)
    for join in draft.joins:
        keys = f"{join.table}.{join.column} is found in {join.to}.{join.key}"
        _say(screen, f"{keys}: {percent(join.matched, 1)} of rows")
    for name, why in draft.aside.items():
        _say(screen, f"Not used: {name}: {why}")
    for need in draft.needs:
        _say(screen, f"Would help: {need}")
