"""Lists of customers for a campaign: whom, which columns, and in a file that is safe to open."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from clustomer.errors import DataError, MissingExtraError
from clustomer.export import neutralised
from clustomer.intake.objections import without

if TYPE_CHECKING:
    import pyarrow as pa

Format = Literal["csv", "xlsx", "parquet"]
FORMATS: Final[tuple[Format, ...]] = ("csv", "xlsx", "parquet")

FEWEST: Final = 10
"""A list of fewer customers is not given out: it would single people out."""

MOST_ROWS: Final = 1_048_575
"""Most customers that a sheet of Excel holds below its heading."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Customers chosen for a campaign.

    Parameters
    ----------
    customers
        The columns asked for, the id first.
    objected
        How many were left out because they objected.
    """

    customers: pa.Table
    objected: int


def choose(
    customers: pa.Table,
    *,
    segments: Collection[str],
    columns: Sequence[str],
    objections: Collection[str] = (),
) -> Chosen:
    """Choose the customers of some segments, and what is told of them.

    Parameters
    ----------
    customers
        As a run holds them.
    segments
        Ids of the segments.
    columns
        Names of columns; the id comes first always.
    objections
        Ids of people who objected.

    Raises
    ------
    DataError
        When fewer than `FEWEST` customers are left, or a column is not there.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.array(sorted(segments), pa.string())
    inside = customers.filter(pc.is_in(customers.column("segment_id"), value_set=wanted))
    left = without(inside, objections)
    if left.num_rows < FEWEST:
        raise DataError(
            "There are too few customers for a list.",
            found=f"{left.num_rows:,}; lists of fewer than {FEWEST} are not given out",
            remedy="choose more segments",
        )
    key = customers.column_names[0]
    named = [key, *(name for name in dict.fromkeys(columns) if name != key)]
    return Chosen(left.select(named), inside.num_rows - left.num_rows)


def as_bytes(table: pa.Table, form: Format) -> bytes:
    """A table as a file: texts that a spreadsheet would run as a formula are neutralised.

    Raises
    ------
    MissingExtraError
        For Excel, without the packages of the app.
    DataError
        For Excel, with more rows than a sheet holds.
    """
    if form == "csv":
        from pyarrow import csv

        text = io.BytesIO()
        csv.write_csv(neutralised(table), text)
        return text.getvalue()
    if form == "parquet":
        import pyarrow.parquet as pq

        packed = io.BytesIO()
        pq.write_table(table, packed)
        return packed.getvalue()
    return _sheet(table)


def _sheet(table: pa.Table) -> bytes:
    try:
        from xlsxwriter import Workbook
    except ImportError as error:
        raise MissingExtraError(
            "Writing Excel files needs a package that is not installed.",
            found="missing: xlsxwriter",
            remedy="install it with: pip install 'clustomer[app]', or take CSV",
        ) from error
    if table.num_rows > MOST_ROWS:
        raise DataError(
            "There are more customers than a sheet of Excel holds.",
            found=f"{table.num_rows:,}; the most is {MOST_ROWS:,}",
            remedy="take CSV or Parquet",
        )
    file = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(file, {**plain, "in_memory": True, "nan_inf_to_errors": True}) as book:
        sheet = book.add_worksheet("customers")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, table.column_names, book.add_format({"bold": True}))
        for at, column in enumerate(neutralised(table).columns):
            sheet.write_column(1, at, column.to_pylist())
    return file.getvalue()
