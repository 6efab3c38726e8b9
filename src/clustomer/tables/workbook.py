"""Sheets of workbooks (Excel, OpenDocument): each sheet is a table."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import numpy as np

from clustomer.errors import DataError, listed, nearest
from clustomer.findings import Finding
from clustomer.tables.dialect import check_names
from clustomer.tables.made import Made, columns_of, table_of
from clustomer.tables.sheet import Region, Row, blank, find_region

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

ALLOWED: Final = 1 << 30
"""Bytes that the parts of any workbook may hold when unpacked."""

RATIO: Final = 200
"""Beyond `ALLOWED` they may hold so many times the workbook's own size."""

_BLOCK: Final = 1 << 20
_PEEKED: Final = 60
_ERROR = re.compile(rb'<c [^>]*\bt="e"[^>]*>(?:(?!</c>).){0,4096}?<v>(#[^<]{1,20})</v>', re.S)


def list_sheets(path: Path) -> tuple[list[str], list[str]]:
    """Return the sheets of a workbook that hold rows, and those left aside, with the reason.

    Raises
    ------
    DataError
        When the workbook is damaged, protected by a password, or no workbook.
    """
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    book = _open(path)
    sheets: list[str] = []
    aside: list[str] = []
    for sheet in book.sheets_metadata:
        if sheet.typ != SheetTypeEnum.WorkSheet:
            aside.append(f"'{sheet.name}' (no worksheet)")
        elif sheet.visible != SheetVisibleEnum.Visible:
            aside.append(f"'{sheet.name}' (hidden)")
        elif _sheet(path, book, sheet.name).height == 0:
            aside.append(f"'{sheet.name}' (empty)")
        else:
            sheets.append(sheet.name)
    return sheets, aside


def has_sheet(path: Path, name: str) -> bool:
    """Whether a workbook has a sheet with rows of that name, hidden or not."""
    book = _open(path)
    return name in book.sheet_names and _sheet(path, book, name).height > 0


def sheet_columns(path: Path, name: str) -> tuple[str, ...]:
    """Return the columns of a sheet, read from its first rows.

    Raises
    ------
    DataError
        When the sheet is not there or has no header.
    """
    rows = _rows(_sheet(path, _open(path), name), _PEEKED)
    return check_names(f"{path.name}#{name}", _region(path, name, rows).names)


def read_sheet(path: Path, name: str) -> Made:
    """Read a sheet: numbers, texts and dates as the cells hold them.

    Blank rows are no rows. A cell that holds an error counts as blank, and is told.

    Raises
    ------
    DataError
        When the sheet cannot be read, or has no header or no rows.
    """
    label = f"{path.name}#{name}"
    rows = _rows(_sheet(path, _open(path), name), None)
    region = _region(path, name, rows)
    names = check_names(label, region.names)
    below = range(region.header + 1, len(rows))
    kept = [at for at in below if not all(blank(rows[at][c]) for c in region.columns)]
    if not kept:
        raise DataError(f"{label} has a header but no rows.", found=f"columns {listed(names)}")
    batch = columns_of(names, ([_cell(rows[at][c]) for c in region.columns] for at in kept))
    words = "Excel sheet" if path.suffix.lower() != ".ods" else "OpenDocument sheet"
    if region.header:
        words += f", header in row {region.header + 1}"
    return Made(
        table=table_of([batch], [len(kept)]),
        lines=np.asarray(kept, np.int64) + 1,
        read_as=words,
        findings=_error_cells(path, name, label),
    )


def _open(path: Path) -> CalamineWorkbook:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        stamp = path.stat()
        _check_size(path, stamp.st_mtime_ns, stamp.st_size)
        return CalamineWorkbook.from_path(path)
    except PasswordError as error:
        raise DataError(
            f"{path.name} is protected by a password.",
            remedy="save it without a password, or save the sheet as CSV",
        ) from error
    except (CalamineError, OSError) as error:
        _refuse(path, error)


def _sheet(path: Path, book: CalamineWorkbook, name: str) -> CalamineSheet:
    from python_calamine import CalamineError, WorksheetNotFound

    try:
        return book.get_sheet_by_name(name)
    except WorksheetNotFound as error:
        raise DataError(
            f"{path.name} has no sheet '{name}'.",
            found=listed(book.sheet_names),
            remedy=nearest(name, book.sheet_names) or "give the name of one of its sheets",
        ) from error
    except CalamineError as error:
        _refuse(path, error)


def _rows(sheet: CalamineSheet, most: int | None) -> list[list[object]]:
    return [list[object](row) for row in sheet.to_python(skip_empty_area=False, nrows=most)]


def _region(path: Path, name: str, rows: list[list[object]]) -> Region:
    region = find_region(rows)
    if region is None:
        first: Row = next((row for row in rows if not all(map(blank, row))), [])
        raise DataError(
            f"{path.name}#{name} has no header with rows below it.",
            found=listed(str(cell) for cell in first if not blank(cell)) or "an empty sheet",
            remedy="put the names of the columns into one row, with the data below",
        )
    return region


def _cell(cell: object) -> object:
    return None if blank(cell) else cell


@lru_cache(maxsize=64)
def _check_size(path: Path, _changed: int, size: int) -> None:
    """Refuse a workbook whose parts hold far more than a workbook does; each part is unpacked."""
    if not zipfile.is_zipfile(path):
        return
    most = max(ALLOWED, RATIO * size)
    try:
        with zipfile.ZipFile(path) as archive:
            held = sum(part.file_size for part in archive.infolist())
            for part in archive.infolist() if held <= most else ():
                with archive.open(part) as file:
                    while file.read(_BLOCK):
                        pass
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        _refuse(path, error)
    if held > most:
        raise DataError(
            f"{path.name} holds far more than a workbook does.",
            found=f"{held:,} bytes in a file of {size:,}",
            remedy="save the sheet as CSV if you know what is in it",
        )


def _error_cells(path: Path, name: str, label: str) -> tuple[Finding, ...]:
    """Count the cells of an .xlsx sheet that hold an error; other formats do not tell."""
    if path.suffix.lower() not in {".xlsx", ".xlsm"}:
        return ()
    found = Counter(_errors_in(path, name))
    if not found:
        return ()
    kinds = listed(f"{count} {kind}" for kind, count in sorted(found.items()))
    text = f"{label}: cells that hold an error count as blank: {kinds}."
    return (Finding("error-cells", "warning", text, "mend their formulas in the workbook"),)


def _errors_in(path: Path, name: str) -> list[str]:
    part = _part_of(path, name)
    if part is None:
        return []
    with zipfile.ZipFile(path) as archive:
        return [found.decode() for found in _ERROR.findall(archive.read(part))]


def _part_of(path: Path, name: str) -> str | None:
    """The part of an .xlsx archive that holds a sheet."""
    from html import unescape

    with zipfile.ZipFile(path) as archive:
        try:
            book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
            links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
        except KeyError:
            return None
        parts = set(archive.namelist())
    for tag in re.findall(r"<sheet\b[^>]*>", book):
        told = dict(re.findall(r'([\w:]+)="([^"]*)"', tag))
        if unescape(told.get("name", "")) == name:
            for link in re.findall(r"<Relationship\b[^>]*>", links):
                one = dict(re.findall(r'(\w+)="([^"]*)"', link))
                if one.get("Id") == told.get("r:id"):
                    target = one.get("Target", "").lstrip("/")
                    found = target if target in parts else f"xl/{target}"
                    return found if found in parts else None
    return None


def _refuse(path: Path, error: Exception) -> NoReturn:
    raise DataError(
        f"{path.name} cannot be read as a workbook.",
        found=str(error),
        remedy="check that the file is whole; a text file needs the ending .csv or .txt",
    ) from error
