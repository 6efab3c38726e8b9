"""Beginning a fit: a process beside starts to load what it needs before this one does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from clustomer.beside import beside
from clustomer.collector import uncollected
from clustomer.progress import Tell, silent

if TYPE_CHECKING:
    from clustomer.cleaning.obeyed import Given
    from clustomer.engines.base import Engine
    from clustomer.pipeline import Run
    from clustomer.recipe.settings import Recipe
    from clustomer.results import Results
    from clustomer.runs import SavedRun
    from clustomer.tables.sources import Data


def fit(
    data: Data,
    recipe: str | Path | Mapping[str, object] | Recipe | None = None,
    *,
    k: int | Literal["auto"] | None = None,
    algorithm: str | Sequence[str] | None = None,
    seed: int | None = None,
    as_of: date | None = None,
    unit: Literal["customer", "row"] | None = None,
    decisions: Given = None,
    previous: str | Path | Results | SavedRun | None = None,
    tell: Tell = silent,
    engine: Engine | None = None,
) -> Run:
    """Turn raw tables into named segments.

    Parameters
    ----------
    data
        A folder or file (text, JSON, Excel, Parquet, SQLite, DuckDB), one table, or tables by name;
        tables are pandas, polars, Arrow or speak the Arrow PyCapsule interface.
    recipe
        Name of a built-in recipe, path of a TOML file, or settings; None takes the built-in recipe
        that fits the columns.
    k
        Number of segments, or ``"auto"``; None leaves it to the recipe.
    algorithm
        How segments are found: a name of `names.ALGORITHMS`, several of which the evidence takes
        one, or ``"auto"``; None leaves it to the recipe.
    seed
        Seed of all randomness; None leaves it to the recipe.
    as_of
        The day that recency is counted back from; orders on it or after it are set aside. None:
        the recipe's, or the day after the newest order.
    unit
        ``"row"`` segments the rows themselves; None leaves it to the recipe.
    decisions
        A person's decisions on repairs: their file, or `Decision` objects; None: the file beside
        the recipe (``shop.decisions.toml``) or, for a built-in recipe, in the folder of the data.
    previous
        An earlier run, or the folder of one: segments that go on keep their ids and names, and
        ``Run.migration`` tells what became of the others and who moved.
    tell
        Called with each stage as it begins.
    engine
        Where the SQL runs; None: DuckDB inside the process.

    Raises
    ------
    ClustomerError
        When the data, the recipe or a setting is wrong; the message says what to do.

    Examples
    --------
    >>> import pyarrow as pa
    >>> lines = pa.table({
    ...     "customer_id": [f"C{i % 40}" for i in range(400)],
    ...     "order_date": [f"2025-{1 + i % 6:02}-{1 + i % 28:02}" for i in range(400)],
    ...     "quantity": [1 + (i % 40) // 20 * 9 for i in range(400)],
    ...     "unit_price": [5.0 + i % 7 for i in range(400)],
    ... })
    >>> run = fit(lines, recipe="transactions", k=2)
    >>> run.segments.column("customers").to_pylist()
    [20, 20]
    """
    with uncollected(), beside() as other:
        # Half a second of imports, which the process has no need to wait for.
        from clustomer.pipeline import fitted

        return fitted(
            other,
            data,
            recipe,
            k=k,
            algorithm=algorithm,
            seed=seed,
            as_of=as_of,
            unit=unit,
            decisions=decisions,
            previous=previous,
            tell=tell,
            engine=engine,
        )
