"""Write the demo shop's files: all of them, or none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clustomer.demo import planted, products, sql
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.errors import ClustomerError, OutputError, listed

if TYPE_CHECKING:
    import pyarrow as pa

MOST_CUSTOMERS: Final = 9_999_999
"""Most customers, for the ids of orders to keep one length."""

MOST_SEED: Final = 2**63 - 1

_NAMES: Final = ("sales", "customers", "products", "truth")


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """Where the demo data stand, and how much they are.

    Parameters
    ----------
    folder
        The folder that holds all four files.
    sales, customers, products, truth
        The files: order lines, customers, products, and the planted segment of every customer who
        has ordered (``customer_id``, ``segment`` from 1, ``segment_name``).
    rows
        Rows of each file under its name without ``.csv``; the header is not counted.
    """

    folder: Path
    sales: Path
    customers: Path
    products: Path
    truth: Path
    rows: dict[str, int]


def write_demo(
    folder: str | Path,
    *,
    customers: int = 2000,
    seed: int = 0,
    engine: DuckDBEngine | None = None,
    overwrite: bool = False,
) -> DemoFiles:
    """Write sales.csv, customers.csv, products.csv and truth.csv.

    Five planted segments (`planted.SEGMENTS`) differ in order rate, basket, price, recency and
    discounts: every customer has a gamma distributed order rate and a Poisson number of orders,
    prices are log-normal. Orders run from July 2023 to 30 June 2025, about twelve lines a
    customer. The same seed and number of customers give the same bytes, whatever the threads and
    memory.

    Parameters
    ----------
    folder
        Where to write; made where it is missing.
    customers
        Number of customers, from 1.
    seed
        Seed of all draws, from 0.
    engine
        A DuckDB engine to use and leave open; by default one of its own.
    overwrite
        Replace demo files that are already there.

    Returns
    -------
    DemoFiles
        The paths and row counts.

    Raises
    ------
    OutputError
        The files are there already, or the folder cannot be written, or the disk is full. What
        stood there before is left as it was.
    ClustomerError
        `customers` or `seed` is out of range.
    """
    folder = Path(folder)
    _refuse_out_of_range("customers", customers, 1, MOST_CUSTOMERS)
    _refuse_out_of_range("seed", seed, 0, MOST_SEED)
    targets = {name: folder / f"{name}.csv" for name in _NAMES}
    _refuse_existing(folder, targets, overwrite=overwrite)
    parts = {name: folder / f".{name}.csv.{os.getpid()}.part" for name in _NAMES}
    with _complaining(folder), _removed_at_the_end(parts):
        folder.mkdir(parents=True, exist_ok=True)
        # A folder that cannot be written is met before the work, not after it.
        parts["truth"].touch()
        with closing(DuckDBEngine()) if engine is None else nullcontext(engine) as running:
            rows = _generate(running, parts, customers, seed)
        for name, part in parts.items():
            part.replace(targets[name])
    return DemoFiles(folder=folder, rows=rows, **targets)


def _generate(
    engine: DuckDBEngine, parts: dict[str, Path], customers: int, seed: int
) -> dict[str, int]:
    width = max(5, len(str(customers)))
    given: dict[str, pa.Table] = {
        "demo_goods": products.goods(),
        "demo_habits": planted.habits(),
        "demo_order_steps": planted.order_steps(),
    }
    made = {
        "demo_products": sql.products(seed),
        "demo_people": sql.people(seed, customers),
        "demo_customers": sql.customers(),
        "demo_orders": sql.orders(seed),
    }
    try:
        for name, table in given.items():
            engine.load(name, table)
        for name, query in made.items():
            engine.checkpoint(name, query)
        engine.drop("demo_people")
        shelf = engine.arrow(sql.SHELF).to_pylist()
        priced = [(str(good["product_id"]), float(good["base_price"])) for good in shelf]
        files = {
            "sales": sql.sales_file(seed, width, priced),
            "customers": sql.customers_file(seed, width),
            "products": sql.products_file(),
            "truth": sql.truth_file(width),
        }
        return {name: engine.write_csv(query, parts[name]) for name, query in files.items()}
    finally:
        for name in (*given, *made):
            engine.drop(name)


def _refuse_out_of_range(name: str, given: int, low: int, high: int) -> None:
    if not low <= given <= high:
        raise ClustomerError(
            f"The demo data cannot be made: '{name}' is out of range.",
            found=f"{given:,}",
            remedy=f"give a whole number from {low:,} to {high:,}",
        )


def _refuse_existing(folder: Path, targets: dict[str, Path], *, overwrite: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputError(
            f"The demo data cannot be written to '{folder}'.",
            found="a file of that name",
            remedy="give the name of a folder",
        )
    there = [path.name for path in targets.values() if path.exists()]
    if there and not overwrite:
        raise OutputError(
            f"The folder '{folder}' holds data already.",
            found=listed(there),
            remedy="give another folder, or overwrite (--overwrite)",
        )


@contextmanager
def _complaining(folder: Path) -> Iterator[None]:
    """Turn what the file system says into a message for the user."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"The demo data cannot be written to '{folder}'.",
            found=str(error),
            remedy="give a folder that can be written, on a disk with room",
        ) from error


@contextmanager
def _removed_at_the_end(parts: dict[str, Path]) -> Iterator[None]:
    """Leave no unfinished file behind."""
    try:
        yield
    finally:
        for part in parts.values():
            with suppress(OSError):
                part.unlink(missing_ok=True)
