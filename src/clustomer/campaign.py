"""Lists of customers for a campaign: whom, which columns, and in a file that is safe to open."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from clustomer.errors import DataError, MissingExtraError
from clustomer.export import neutralised

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


def read_objections(text: str) -> frozenset[str]:
    """Ids of people who objected: one a line; of several cells in a line, the first.

    Blank lines and lines that begin with # are passed over, white space around an id too.

    >>> sorted(read_objections("C1\\n\\n# moved\\n  C2 ,x\\n\\"C3\\""))
    ['C1', 'C2', 'C3']
    """
    lines = (line.strip().lstrip("\ufeff") for line in text.splitlines())
    cells = (line.split(",")[0].split(";")[0] for line in lines if not line.startswith("#"))
    return frozenset(cell.strip().strip('"').strip() for cell in cells) - {""}


def objections_file(path: Path) -> frozenset[str]:
    """Read a file of objections; see `read_objections`.

    Raises
    ------
    DataError
        When it cannot be read. It is never passed over: people would be contacted who objected.
    """
    try:
        return read_objections(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"The list of objections '{path}' cannot be read.",
            found=str(error),
            remedy="give a UTF-8 text file with one id a line; without it nobody is listed",
        ) from error


def without(customers: pa.Table, objections: Collection[str]) -> pa.Table:
    """The customers without those who objected; the id is the first column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not objections:
        return customers
    ids = pc.utf8_trim_whitespace(pc.cast(customers.column(0), pa.string()))
    objected = pc.is_in(ids, value_set=pa.array(sorted(objections), pa.string()))
    return customers.filter(pc.invert(objected))


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
