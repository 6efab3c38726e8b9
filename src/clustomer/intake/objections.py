"""People who objected to being profiled or contacted: they are in no result."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from clustomer.errors import DataError
from clustomer.findings import Finding


def read_objections(text: str) -> frozenset[str]:
    r"""Ids of people who objected: one a line; of several cells in a line, the first.

    Blank lines and lines that begin with # are passed over, white space around an id too.

    >>> sorted(read_objections('C1\n\n# moved\n  C2 ,x\n"C3"'))
    ['C1', 'C2', 'C3']
    """
    lines = (line.strip().lstrip("\ufeff") for line in text.splitlines())
    cells = (line.split(",")[0].split(";")[0] for line in lines if not line.startswith("#"))
    return frozenset(cell.strip().strip('"').strip() for cell in cells) - {""}


def objections_file(path: str) -> frozenset[str]:
    """Read a file of objections; see `read_objections`. No path, no objections.

    Raises
    ------
    DataError
        When it cannot be read. It is never passed over: people would be listed who objected.
    """
    if not path:
        return frozenset()
    try:
        return read_objections(Path(path).read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"The list of objections '{path}' cannot be read.",
            found=str(error),
            remedy="give a UTF-8 text file with one id a line, or take privacy.objections out of "
            "the recipe if nobody objected",
        ) from error


def without(customers: pa.Table, objections: Collection[str]) -> pa.Table:
    """The rows without those of people who objected; the id is the first column."""
    if not objections:
        return customers
    ids = pc.utf8_trim_whitespace(pc.cast(customers.column(0), pa.string()))
    objected = pc.is_in(ids, value_set=pa.array(sorted(objections), pa.string()))
    return customers.filter(pc.invert(pc.fill_null(objected, fill_value=False)))


def objection_findings(before: int, after: int) -> list[Finding]:
    """A note of how many were left out; their ids stay out of it."""
    if before == after:
        return []
    return [
        Finding(
            "objected",
            "note",
            f"{before - after:,} of {before:,} are on the list of objections: in no segment.",
        )
    ]
