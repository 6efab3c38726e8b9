"""Kinds of files that can be downloaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from clustomer.campaign import Format

KINDS: Final[Mapping[Format, str]] = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet"}
"""Each with its name on a button."""

MIMES: Final[Mapping[Format, str]] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
