"""``clustomer rename``: a person's name for a segment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def rename(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of a run.")],
    segment: Annotated[
        str, typer.Argument(metavar="SEGMENT", help="Its id, such as S2, or its name.")
    ],
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new name, in quotes.")],
) -> None:
    """Give a segment another name, in every file of the run and in the model."""
    from clustomer.renaming import rename as run_rename

    renamed = run_rename(out, segment, name)
    typer.echo(f"{renamed.id} is now '{renamed.name}', in all files of {out}")
