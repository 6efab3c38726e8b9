"""Runs on disk, opened again: the model and the customers that it placed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clustomer.errors import DataError, OutputError
from clustomer.model import Model
from clustomer.segments.explain import Explanation
from clustomer.store import load_model

if TYPE_CHECKING:
    import pyarrow as pa

CUSTOMERS: Final = "customers.parquet"


@dataclass(frozen=True, slots=True)
class SavedRun:
    """A run that was saved.

    Parameters
    ----------
    folder
        Where it is.
    model
        Its model.
    """

    folder: Path
    model: Model

    @property
    def key(self) -> str:
        """Name of the column that identifies a customer."""
        import pyarrow.parquet as pq

        return str(pq.read_schema(self.folder / CUSTOMERS).names[0])

    def customers(self, columns: list[str] | None = None) -> pa.Table:
        """Read the customers, or some of their columns.

        Returns
        -------
        pyarrow.Table
            See `Results.customers`; only columns that are there.
        """
        import pyarrow.parquet as pq

        path = self.folder / CUSTOMERS
        if columns is not None:
            known = set(pq.read_schema(path).names)
            columns = [name for name in columns if name in known]
        return pq.read_table(path, columns=columns)

    def explain(self, customer: str) -> Explanation:
        """Find a customer and say why it is in its segment.

        Raises
        ------
        DataError
            When no customer of the run has that id.
        """
        import pyarrow.parquet as pq

        rows = pq.read_table(self.folder / CUSTOMERS, filters=[(self.key, "=", customer)])
        if not rows.num_rows:
            one = self.model.recipe.noun
            raise DataError(
                f"The run in '{self.folder}' has no {self.key} '{customer}'.",
                found=f"{pq.read_metadata(self.folder / CUSTOMERS).num_rows:,} {one}",
                remedy="give the id as the source spells it, with leading zeros and capitals; "
                "who has no sale is in no segment",
            )
        with self.model.placer() as placer:
            return placer.explain_rows(rows.slice(0, 1))[0]


def open_run(folder: str | Path) -> SavedRun:
    """Open a run that was saved.

    Parameters
    ----------
    folder
        The run's folder: the one that holds ``model`` and ``customers.parquet``.

    Raises
    ------
    BundleError
        When the model is missing or damaged.
    OutputError
        When the customers are missing.
    """
    path = Path(folder)
    if not (path / CUSTOMERS).is_file() and (path.absolute().parent / CUSTOMERS).is_file():
        path = path.absolute().parent
    model = load_model(path)
    if not (path / CUSTOMERS).is_file():
        raise OutputError(
            f"'{path}' is not the folder of a run.",
            found=f"a model, but no {CUSTOMERS} beside it",
            remedy="give the folder that a fit wrote with --out",
        )
    return SavedRun(path, model)
