"""Hostile and broken files: one clear message, exit code 2, nothing written."""

from __future__ import annotations

import gzip
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from clustomer.tables import unpack

FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def protected_workbook() -> bytes:
    """The container that Excel puts an encrypted workbook into: one stream, EncryptedPackage."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9I", 0, 1, 1, 0, 4096, END, 0, END, 0)
    head += struct.pack("<109I", 0, *[FREE] * 108)
    table = struct.pack("<128I", FAT, END, *range(3, 10), END, *[FREE] * 118)
    entries = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBB3I16x4xQQIQ", 2 * len(name) + 2, kind, 1, FREE, FREE, child, 0, 0, at, n)
        for name, kind, child, at, n in [
            ("Root Entry", 5, 1, END, 0),
            ("EncryptedPackage", 2, FREE, 2, 4096),
        ]
    )
    return head + table + entries.ljust(512, b"\0") + bytes(4096)


def zipped(**parts: bytes) -> bytes:
    import io

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


LINES = b"customer_id,order_date,quantity,unit_price\n" + b"".join(
    b"C%d,2025-01-%02d,%d,%d.5\n" % (n, 1 + n % 28, n, n * n) for n in range(5000)
)
PACKED = gzip.compress(LINES)

BROKEN: dict[str, tuple[bytes, str]] = {
    "empty.csv": (b"", "empty.csv is empty"),
    "blank.csv": (b"\r\n \r\n", "blank.csv is empty"),
    "picture.csv": (
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
        "picture.csv is not a text file",
    ),
    "zeros.csv": (bytes(5000), "zeros.csv is empty"),
    "workbook.csv": (zipped(a=b"x"), "give a workbook the ending .xlsx"),
    "letter.txt": (b"%PDF-1.7\nrest", "a PDF document"),
    "one_column.csv": (b"customer_id\nC1\nC2\n", "one_column.csv has no column 'quantity'"),
    "nothing_fits.csv": (b"customer_id,order_date,quantity,unit_price\nC1\n", "can be used"),
    "torn.csv.gz": (PACKED[: len(PACKED) // 2], "torn.csv.gz is cut off or damaged"),
    "bomb.csv.gz": (gzip.compress(LINES[:9000] * 300), "far more than a packed table does"),
    "noise.xlsx": (b"noise" * 99, "noise.xlsx cannot be read as a workbook"),
    "no_workbook.xlsx": (zipped(a=b"x"), "no_workbook.xlsx cannot be read as a workbook"),
    "protected.xlsx": (protected_workbook(), "protected.xlsx is protected by a password"),
    "noise.xls": (b"noise" * 99, "noise.xls cannot be read as a workbook"),
    "noise.sqlite": (b"noise" * 999, "cannot be read as an SQLite database"),
    "empty.db": (b"", "empty.db holds no table"),
    "text.duckdb": (b"noise" * 999, "cannot be read as a DuckDB database"),
    "noise.duckdb": (b"\0" * 8 + b"DUCK" + b"noise" * 999, "cannot be read as a DuckDB database"),
    "noise.parquet": (b"PAR1" + b"noise" * 99, "noise.parquet cannot be read as Parquet"),
    "noise.jsonl": (b"noise\n" * 9, "noise.jsonl"),
    "torn.json": (b'[{"customer_id": 1}, {"cust', "its list is broken"),
    "cyrillic.csv": (LINES.replace(b"C1,", "Иванов,".encode("cp1251")), "encoding cannot be told"),
}


@pytest.fixture
def refused(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[Path], str]:
    from clustomer.cli import main

    def run(data: Path) -> str:
        command = ["clustomer", "fit", str(data), "--recipe", "transactions"]
        monkeypatch.setattr(sys, "argv", [*command, "--out", str(tmp_path / "out")])
        with pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code == 2
        assert not (tmp_path / "out").exists()
        shown = capfd.readouterr()
        assert "Traceback" not in shown.err + shown.out
        return shown.err

    return run


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_in_one_message(
    refused: Callable[[Path], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    content, message = BROKEN[name]
    monkeypatch.setattr(unpack, "ALLOWED", 1 << 20)
    monkeypatch.setattr(unpack, "RATIO", 20)
    (tmp_path / name).write_bytes(content)
    told = " ".join(refused(tmp_path / name).split())
    assert message in told
    assert len(told) < 1500


def test_a_folder_without_tables(refused: Callable[[Path], str], tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "notes.md").write_text("# notes")
    told = refused(folder)
    assert "has no data file" in told
    assert "notes.md" in told


def test_ten_thousand_columns_are_read_or_refused_in_one_message(
    refused: Callable[[Path], str], tmp_path: Path
) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{n}" for n in range(10_000)) + "\n" + ",".join("1" * 10_000) + "\n")
    told = refused(path)
    assert "wide.csv has no column 'customer_id'" in told
    assert len(told) < 3000
