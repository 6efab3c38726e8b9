"""Uploads: what is refused before it is parsed, and under which names the rest is kept."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from clustomer.app.uploads import check_table, keep_tables, unpack_run
from clustomer.app.workspace import PathError, inside, safe_name
from clustomer.errors import DataError

MB = 2**20


@pytest.mark.parametrize(
    ("name", "size", "head", "told"),
    [
        ("empty.csv", 0, b"", "'empty.csv' is empty"),
        ("x.csv", 3000, b"\x89PNG\r\n\x1a\n\x00\x00", "not a text file, though its name says so"),
        ("x.csv", 3000, b"PK\x03\x04\x00", "not a text file"),
        ("x.csv", 3000, b"a,b\n\x00\x01\x02", "binary data"),
        ("big.csv", 300 * MB, b"a,b\n", "300 MB; the most is 200 MB"),
        ("m.pkl", 10, b"\x80\x04", "such a file can run code"),
        ("m.joblib", 10, b"x", "such a file can run code"),
        ("x.exe", 10, b"MZ", "no kind of table"),
        ("x", 10, b"a", "a file without an ending"),
        ("x.xlsx", 10, b"a,b\n1,2\n", "not what its ending .xlsx says"),
        ("x.parquet", 10, b"PK\x03\x04", "a zip archive or an Excel workbook"),
        ("x.duckdb", 10, b"abcdefghDUCK", "no kind of table"),
        ("x.csv.gz", 10, b"\x1f\x8b", "no kind of table"),
    ],
)
def test_what_cannot_be_a_table_is_refused(name: str, size: int, head: bytes, told: str) -> None:
    with pytest.raises(DataError) as raised:
        check_table(name, size, head)
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("a.csv", b"a,b\n1,2\n"),
        ("a.csv", "a,b\n".encode("utf-16")),
        ("a.txt", "ä;ö\n".encode("cp1252")),
        ("a.xlsx", b"PK\x03\x04"),
        ("a.parquet", b"PAR1"),
        ("a.csv", "a,b\n1,2\n".encode("utf-16-le")),
    ],
)
def test_tables_are_taken(name: str, head: bytes) -> None:
    check_table(name, 100, head)


@dataclass(frozen=True)
class Given:
    name: str
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def getbuffer(self) -> memoryview:
        return memoryview(self.data)


def test_names_are_made_by_the_server(tmp_path: Path) -> None:
    folder = tmp_path / "session" / "data"
    folder.mkdir(parents=True)
    names = ["../../x.csv", "..\\..\\x.csv", "<script>alert(1)</script>.csv", "a\x00b.csv", "x.CSV"]
    given = [Given(name, b"a,b\n1,2\n") for name in names]
    kept, refused = keep_tables(given, folder, folder.parent)
    assert refused == []
    assert kept == ["x.csv", "x-2.csv", "script.csv", "a_b.csv", "x-3.csv"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(kept)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["session"]


def test_a_message_shows_a_hostile_name_as_text_and_cut() -> None:
    with pytest.raises(DataError) as raised:
        check_table("../\u202e<script>" + "x" * 500 + ".exe", 10, b"MZ")
    assert "\u202e" not in raised.value.what
    assert len(raised.value.what) < 150


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "", ".hidden", "x\x00", "a" * 200, "-x"])
def test_no_name_leads_out_of_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(PathError):
        inside(tmp_path, name)


def test_no_link_leads_out_of_its_folder(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "out").symlink_to(tmp_path)
    with pytest.raises(PathError):
        inside(root, "out", "secret")


def test_a_safe_name_is_never_empty_and_keeps_known_endings() -> None:
    assert safe_name("....") == "table"
    assert safe_name("年度.csv", ("table.csv",)) == "table-2.csv"


def _zip(entries: dict[str, bytes]) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    packed.seek(0)
    return packed


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ({"run/run.json": b"{}", "run/model/model.pkl": b"x"}, "can run code"),
        ({"run/run.json": b"{}", "run/x.joblib": b"x"}, "can run code"),
        ({"other.txt": b"x"}, "holds no run"),
        ({f"run/{n}": b"x" for n in range(500)} | {"run/run.json": b"{}"}, "more than a run"),
    ],
)
def test_a_zip_that_is_no_run_is_refused(
    tmp_path: Path, entries: dict[str, bytes], told: str
) -> None:
    folder = tmp_path / "incoming"
    with pytest.raises(DataError) as raised:
        unpack_run("run.zip", _zip(entries), folder)
    assert told in str(raised.value)
    assert not folder.exists()


def test_a_zip_cannot_write_outside_of_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "incoming"
    with pytest.raises((DataError, PathError)):
        unpack_run("x.zip", _zip({"run.json": b"{}", "../../evil.txt": b"x"}), folder)
    assert not (tmp_path / "evil.txt").exists()
    assert not folder.exists()


def test_what_is_no_zip_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a zip archive"):
        unpack_run("x.zip", io.BytesIO(b"\x80\x04pickle"), tmp_path / "incoming")


def test_a_run_is_unpacked_from_below_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "incoming"
    unpack_run("x.zip", _zip({"a/b/run.json": b"{}", "a/b/model/bundle.json": b"1"}), folder)
    assert (folder / "model" / "bundle.json").read_bytes() == b"1"
