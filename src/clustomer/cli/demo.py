"""``clustomer demo``: write demo tables with planted segments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write the tables to.")],
    customers: Annotated[int, typer.Option(min=1, help="Number of customers.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace demo tables that are there.")
    ] = False,
) -> None:
    """Write sales, customers and products with dirt and five planted segments, and truth.csv."""
    from clustomer.demo import write_demo

    files = write_demo(folder, customers=customers, seed=seed, overwrite=overwrite)
    for name, rows in files.rows.items():
        typer.echo(f"{files.folder / name}.csv: {rows:,} rows")
