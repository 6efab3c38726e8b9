"""``clustomer export``: files for colleagues with plain scikit-learn or a spreadsheet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clustomer.errors import ClustomerError, OutputError, listed, nearest

if TYPE_CHECKING:
    from clustomer.model import Model

FILES = {
    "pickle": "model.pkl",
    "joblib": "kmeans.joblib",
    "sav": "final_model.sav",
    "csv": "customers.csv",
}


def export(
    model: Annotated[
        Path, typer.Argument(metavar="OUT/model", help="A saved model, or the run that holds it.")
    ],
    to: Annotated[str, typer.Option(metavar="pickle|joblib|sav|csv", help="What to write.")],
    out: Annotated[
        Path | None, typer.Option(help="File to write; else its usual name in this folder.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the file if it is there.")
    ] = False,
) -> None:
    """Write the model for plain scikit-learn (pickle, joblib, sav), or the customers as CSV.

    clustomer never reads these files back. Open a pickle only if you trust who made it.
    """
    from clustomer.store import load_model

    if to not in FILES:
        raise ClustomerError(
            f"--to '{to}' is not known.",
            found=f"known are {listed(FILES)}"
            + (f"; {nearest(to, FILES)}" if nearest(to, FILES) else ""),
            remedy="correct --to",
        )
    path = out or Path(FILES[to])
    if path.exists() and not overwrite:
        raise OutputError(
            f"'{path}' exists already.", remedy="give another --out, or --overwrite to replace it"
        )
    _write(to, path, load_model(model), model)
    typer.echo(f"Written: {path}")


def _write(to: str, path: Path, fitted: Model, folder: Path) -> None:
    import clustomer.export as files

    names = {segment.cluster: segment.name for segment in fitted.segments}
    if to == "pickle":
        files.write_model_pickle(path, fitted.preparation, fitted.clusterer, names)
    elif to == "joblib":
        files.write_kmeans_joblib(path, fitted.clusterer)
    elif to == "sav":
        files.write_classifier_sav(path, fitted.preparation, fitted.surrogate(), names)
    else:
        run = folder if (folder / "customers.parquet").exists() else folder.resolve().parent
        files.write_customers_csv(path, run / "customers.parquet")
