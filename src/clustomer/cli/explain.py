"""``clustomer explain``: one customer of a run, and why it is where it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def explain(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of a run.")],
    customer: Annotated[
        str, typer.Argument(metavar="CUSTOMER_ID", help="The customer's id, as in the source.")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Write JSON, with the pull of every feature.")
    ] = False,
) -> None:
    """Say which segment a customer is in, why, how surely, and what the runner-up is."""
    from clustomer.runs import open_run

    found = open_run(out).explain(customer)
    if as_json:
        import json
        from dataclasses import asdict

        typer.echo(json.dumps(asdict(found), indent=2, ensure_ascii=False))
    else:
        typer.echo(found.text)
