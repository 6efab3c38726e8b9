"""``clustomer score``: place the customers of new tables with a saved model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clustomer.rounding import percent

STAGES = 5


def score(
    model: Annotated[
        Path, typer.Argument(metavar="OUT/model", help="A saved model, or the run that holds it.")
    ],
    data: Annotated[
        Path, typer.Argument(metavar="NEW_DATA", help="Folder of tables, or one file.")
    ],
    out: Annotated[Path, typer.Option(help="File to write: .csv or .parquet.")],
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Day that recency is counted from."),
    ] = None,
    features: Annotated[
        bool, typer.Option("--features", help="Write the features beside the segment.")
    ] = False,
    decisions: Annotated[
        Path | None,
        typer.Option(help="Decisions on repairs; else those of the run that the model is in."),
    ] = None,
    early: Annotated[
        bool,
        typer.Option("--early", help="Forecast the later segment from the first order or days."),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the file if it is there.")
    ] = False,
) -> None:
    """Clean, build and place new customers with the fitted model; nothing is refitted."""
    from clustomer.cli.fit import day_of
    from clustomer.cli.screen import console, progress, show_findings, show_rows
    from clustomer.review import decisions_of_run
    from clustomer.scoring import check_file, segment_mix, write_scored
    from clustomer.scoring import score as run_score
    from clustomer.store import load_model

    screen = console()
    day = day_of(as_of, "--as-of")
    check_file(out, overwrite=overwrite)
    fitted = load_model(model)
    with progress(screen, STAGES) as tell:
        scored = run_score(
            fitted,
            data,
            as_of=day,
            early=early,
            decisions=decisions or decisions_of_run(model),
            tell=tell,
        )
    aside = write_scored(scored, out, features=features)
    show_rows(screen, scored.intake)
    show_findings(screen, scored.findings, kept=False)
    for one in scored.unseen:
        screen.print(
            f"{one.table}.{one.column}: {one.rows:,} rows ({percent(one.share, 1)}) with "
            f"{one.values:,} {'value' if one.values == 1 else 'values'} that the fit never saw; "
            f"{one.joined:,} of them taken for misspellings of known values",
            markup=False,
            soft_wrap=True,
        )
    for name, customers, share in segment_mix(scored, fitted):
        screen.print(f"{name}: {customers:,} ({percent(share, 1)})", markup=False, soft_wrap=True)
    if aside is not None:
        screen.print(f"Quarantined lines: {aside}", markup=False, soft_wrap=True)
    screen.print(f"Placed: {out}", markup=False, soft_wrap=True)
