"""Runs on disk, opened again: the model and its customers, or everything that the files hold."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from clustomer.clustering.sample import Rows, sample_rows
from clustomer.errors import BundleError, DataError
from clustomer.findings import Finding
from clustomer.model import PLACED, Model
from clustomer.schemas import schema
from clustomer.segments.explain import Explanation
from clustomer.store import load_model
from clustomer.tables.accounts import Account
from clustomer.tables.joins import Join

if TYPE_CHECKING:
    import pyarrow as pa

RUN: Final = "run.json"
CUSTOMERS: Final = "customers.parquet"
ORDERS: Final = "orders.parquet"


Measured = Mapping[str, float | str | None]
"""One row of a table of evidence: column to number, text or None."""


@dataclass(frozen=True, slots=True)
class SavedRun:
    """A run of which only the model is read; its customers when they are asked for.

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
    def id_name(self) -> str:
        """Name of the column that holds the customers' ids."""
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

        rows = pq.read_table(self.folder / CUSTOMERS, filters=[(self.id_name, "=", customer)])
        if not rows.num_rows:
            one = self.model.recipe.noun
            raise DataError(
                f"The run in '{self.folder}' has no {self.id_name} '{customer}'.",
                found=f"{pq.read_metadata(self.folder / CUSTOMERS).num_rows:,} {one}",
                remedy="give the id as the source spells it, with leading zeros and capitals; "
                "who has no sale is in no segment",
            )
        with self.model.placer() as placer:
            return placer.explain_rows(rows.slice(0, 1))[0]


@dataclass(frozen=True, slots=True, eq=False)
class RunFiles:
    """A run as its folder tells it.

    Parameters
    ----------
    folder
        Where it lies.
    key
        SHA-256 over the model and the record: two runs with one key are the same run.
    model
        The fitted model.
    customers
        One row per customer: id, features, segment_id, segment_name, distance, runner_up_id.
    evidence
        The rows of choice.csv.
    k, reason, clear, space
        The number of segments, why, whether the structure is clear, where scores were computed.
    agreement
        The classifier's agreement in words.
    confusion, classification
        The tables of the folder ``classifier``: rows of column to text.
    accounts, joins, findings
        As the fit told them.
    read_as
        By table: the source's name, and how it was read.
    sha256
        By table: the source's hash.
    seconds
        By stage.
    """

    folder: Path
    key: str
    model: Model
    customers: pa.Table
    evidence: tuple[Measured, ...]
    k: int
    reason: str
    clear: bool
    space: str
    agreement: str
    confusion: tuple[Mapping[str, str], ...]
    classification: tuple[Mapping[str, str], ...]
    accounts: tuple[Account, ...]
    joins: tuple[Join, ...]
    findings: tuple[Finding, ...]
    read_as: Mapping[str, tuple[str, str]]
    sha256: Mapping[str, str]
    seconds: Mapping[str, float]

    @property
    def id_name(self) -> str:
        """Name of the column that holds the customers' ids."""
        return str(self.customers.column_names[0])

    @property
    def sample(self) -> Rows:
        """Row numbers, rising, of the customers that the fit's evidence and plots used."""
        recipe = self.model.recipe
        return sample_rows(self.customers.column(0), recipe.clustering.sample, seed=recipe.seed)


def open_run(folder: str | Path) -> SavedRun:
    """Open a run that was saved.

    Parameters
    ----------
    folder
        The run's folder: the one that holds ``model`` and ``customers.parquet``.

    Raises
    ------
    BundleError
        When the model is missing or damaged, or the customers are missing.
    """
    path = Path(folder)
    if not (path / CUSTOMERS).is_file() and (path.absolute().parent / CUSTOMERS).is_file():
        path = path.absolute().parent
    model = load_model(path)
    if not (path / CUSTOMERS).is_file():
        raise no_run(path, f"a model, but no {CUSTOMERS} beside it")
    return SavedRun(path, model)


def is_run(folder: Path) -> bool:
    """Whether a folder holds a saved run."""
    return (folder / RUN).is_file() and (folder / CUSTOMERS).is_file()


def list_runs(folder: Path) -> list[Path]:
    """The folder itself and the folders in it that hold runs, newest first."""
    if not folder.is_dir():
        return []
    every = [folder, *(child for child in folder.iterdir() if child.is_dir())]
    found = [one for one in every if not one.name.startswith(".") and is_run(one)]
    return sorted(found, key=lambda one: (-(one / RUN).stat().st_mtime, one.name))


def run_key(folder: Path) -> str:
    """Hash of a run's model and record, without opening either.

    Raises
    ------
    BundleError
        When the folder holds no run.
    """
    digest = hashlib.sha256()
    try:
        for name in ("model/bundle.json", RUN):
            digest.update((folder / name).read_bytes())
    except OSError as error:
        raise no_run(folder, error.strerror or str(error)) from error
    return digest.hexdigest()


def read_run(folder: str | Path) -> RunFiles:
    """Open a saved run; its model is checked as `load_model` does.

    Raises
    ------
    BundleError
        When the folder holds no run, or its files do not belong together.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    place = Path(folder)
    if not is_run(place):
        raise no_run(place, "no run.json or no customers.parquet in it")
    key = run_key(place)
    model = load_model(place)
    try:
        record = read_record(place)
        customers = pq.read_table(place / CUSTOMERS)
        return RunFiles(
            folder=place,
            key=key,
            model=model,
            customers=_checked(customers, model, place),
            evidence=tuple(map(_measured, _rows(place / "choice.csv"))),
            k=int(record["k"]),
            reason=str(record["reason"]),
            clear=bool(record["clear_structure"]),
            space=str(record["space"]),
            agreement=str(record["agreement"]),
            confusion=_rows(place / "classifier" / "confusion.csv"),
            classification=_rows(place / "classifier" / "report.csv"),
            accounts=_accounts(record),
            joins=schema(tuple[Join, ...]).validate_python(record["joins"]),
            findings=schema(tuple[Finding, ...]).validate_python(record["findings"]),
            read_as={
                name: (str(one["source"]), str(one["read_as"]))
                for name, one in record["inputs"].items()
            },
            sha256={name: str(one["sha256"]) for name, one in record["inputs"].items()},
            seconds={name: float(spent) for name, spent in record["seconds"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, ValidationError, pa.ArrowException) as error:
        found = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _damaged(place, found) from error


def orders_of(run: RunFiles) -> pa.Table | None:
    """The orders that the run was made from: id, order_date, amount, units, basket_lines.

    None where the run has none: it segments rows, or its tables held no order lines.
    """
    import pyarrow.parquet as pq

    path = run.folder / ORDERS
    return pq.read_table(path) if path.is_file() else None


def read_record(folder: Path) -> dict[str, Any]:
    """The record of a run, ``run.json``, as it was written.

    Raises
    ------
    BundleError
        When the folder holds no run, or its record cannot be read.
    """
    path = folder / RUN
    try:
        record = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise no_run(folder, f"no {RUN} that can be read: {error.strerror}") from error
    except ValueError as error:
        raise _damaged(folder, f"{RUN}: {error}") from error
    if not isinstance(record, dict):
        raise _damaged(folder, f"{RUN} does not hold a record")
    return record


def _damaged(folder: Path, found: str) -> BundleError:
    return BundleError(
        f"The run in '{folder}' is not complete or was changed.",
        found=found,
        remedy="fit it again; the tables that it was made from are untouched",
    )


def no_run(folder: Path, found: str) -> BundleError:
    """The error of a folder that is not that of a run."""
    return BundleError(
        f"There is no run of clustomer in '{folder}'.",
        found=found,
        remedy="give the folder that 'clustomer fit' wrote as --out",
    )


def _checked(customers: pa.Table, model: Model, folder: Path) -> pa.Table:
    """Refuse customers of another model: their columns or segments are not its own."""
    wanted = {*(feature.name for feature in model.learnt.features), *PLACED}
    ids = {one.id for one in model.segments}
    there = set(customers.column_names)
    if wanted <= there and set(customers.column("segment_id").unique().to_pylist()) <= ids:
        return customers
    raise BundleError(
        f"The customers in '{folder}' do not belong to its model.",
        found="other columns or other segments than the model has",
        remedy="fit it again; files of two runs may have been mixed",
    )


def _rows(path: Path) -> tuple[Mapping[str, str], ...]:
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return tuple(csv.DictReader(file))


def _measured(row: Mapping[str, str]) -> Measured:
    return {name: _number(text) for name, text in row.items()}


def _number(text: str) -> float | str | None:
    if text == "":
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _accounts(record: Mapping[str, Any]) -> tuple[Account, ...]:
    return tuple(
        Account(
            table=name,
            source=str(record["inputs"][name]["source"]),
            read=int(one["read"]),
            used=int(one["used"]),
            reasons=tuple((reason, int(count)) for reason, count in one["reasons"].items()),
        )
        for name, one in record["rows"].items()
    )
