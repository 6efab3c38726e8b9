"""Uploaded files: size and type checked before anything is parsed, names made by the server."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, Protocol

from clustomer.app.options import LARGEST_UPLOAD
from clustomer.app.workspace import MOST_BYTES, bytes_in, inside, safe_name
from clustomer.errors import DataError, listed
from clustomer.tables.formats import FORMATS

KINDS: Final = ("text", "json", "parquet", "workbook")
"""Kinds of files that may be uploaded: a database or a packed file can be more than it shows."""

_PICKLES: Final = (".pkl", ".pickle", ".joblib", ".sav", ".dill", ".npy", ".pt")
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STARTS: Final = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document",
    b"\x7fELF": "a program",
    b"MZ": "a Windows program",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"PAR1": "a Parquet file",
    _ZIP: "a zip archive or an Excel workbook",
    _OLE: "an old Office file",
    b"\x80\x02": "a pickle",
    b"\x80\x03": "a pickle",
    b"\x80\x04": "a pickle",
    b"\x80\x05": "a pickle",
}
"""What files of other kinds begin with."""

MOST_FILES: Final = 400
MOST_UNPACKED: Final = 500 * 2**20


class Uploaded(Protocol):
    """A file as the browser sent it."""

    @property
    def name(self) -> str:
        """Its name, as somebody chose it."""
        ...

    @property
    def size(self) -> int:
        """Its bytes."""
        ...

    def getbuffer(self) -> memoryview:
        """Its bytes."""
        ...


def table_endings() -> tuple[str, ...]:
    """Endings of files that can be tables."""
    return tuple(ending for ending, kind in FORMATS.items() if kind in KINDS)


def keep_tables(
    files: Iterable[Uploaded], folder: Path, session: Path
) -> tuple[list[str], list[DataError]]:
    """Check files and keep those that are tables.

    Returns
    -------
    The names under which they were kept, and an error for each that was refused.
    """
    kept: list[str] = []
    refused: list[DataError] = []
    room = MOST_BYTES - bytes_in(session)
    for one in files:
        try:
            check_table(one.name, one.size, bytes(one.getbuffer()[:4096]))
            if one.size > room:
                raise _no_room(one.name)
            there = tuple(path.name for path in folder.iterdir())
            name = safe_name(one.name, there)
            inside(folder, name).write_bytes(one.getbuffer())
            room -= one.size
            kept.append(name)
        except DataError as error:
            refused.append(error)
    return kept, refused


def check_table(name: str, size: int, head: bytes) -> None:
    """Refuse a file that cannot be a table by its size, its ending or its first bytes.

    Parameters
    ----------
    head
        The first 4,096 bytes.

    Raises
    ------
    DataError
        Saying what the file is instead.
    """
    shown = shown_name(name)
    ending = Path(name.lower()).suffix
    if ending in _PICKLES:
        raise DataError(
            f"{shown} is not taken: such a file can run code when it is opened.",
            found=f"a file ending in {ending}",
            remedy="export the table as CSV, Excel or Parquet",
        )
    if ending not in table_endings():
        raise DataError(
            f"{shown} is no kind of table that can be read.",
            found=f"a file ending in '{ending}'" if ending else "a file without an ending",
            remedy=f"give files ending in {listed(table_endings())}",
        )
    if size == 0:
        raise DataError(f"{shown} is empty.", found="0 bytes", remedy="export the table again")
    if size > LARGEST_UPLOAD * 2**20:
        raise _too_large(shown, size)
    _check_head(shown, ending, head)


def _check_head(shown: str, ending: str, head: bytes) -> None:
    wanted = {
        ".parquet": (b"PAR1",),
        ".pq": (b"PAR1",),
        ".xlsx": (_ZIP,),
        ".xlsm": (_ZIP,),
        ".xlsb": (_ZIP,),
        ".ods": (_ZIP,),
        ".xls": (_OLE, _ZIP),
    }.get(ending)
    kind = next((what for start, what in _STARTS.items() if head.startswith(start)), "")
    if wanted is not None:
        if not head.startswith(wanted):
            raise DataError(
                f"{shown} is not what its ending {ending} says.",
                found=kind or "other bytes than such a file begins with",
                remedy="export the table again",
            )
        return
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    if kind or (b"\x00" in head and not wide and not _utf16(head)):
        raise DataError(
            f"{shown} is not a text file, though its name says so.",
            found=kind or "binary data",
            remedy="export the table as CSV; renaming a file does not change what it is",
        )


def _utf16(head: bytes) -> bool:
    """Whether every other byte is mostly zero, as in UTF-16 text without a mark."""
    even, odd = head[::2], head[1::2]
    return max(even.count(0) / max(len(even), 1), odd.count(0) / max(len(odd), 1)) > 0.9


def shown_name(name: str) -> str:
    """A name as messages show it: its last part, shortened, without characters that steer."""
    last = name.replace("\\", "/").split("/")[-1]
    plain = "".join(c for c in last if c.isprintable())[:60]
    return f"'{plain or 'the file'}'"


def _too_large(shown: str, size: int) -> DataError:
    return DataError(
        f"{shown} is too large to be uploaded.",
        found=f"{size / 2**20:,.0f} MB; the most is {LARGEST_UPLOAD} MB",
        remedy="save it as Parquet, or put it in a folder and start the app there",
    )


def _no_room(name: str) -> DataError:
    return DataError(
        f"There is no room left for {shown_name(name)}.",
        found=f"a session may hold {MOST_BYTES / 2**30:.0f} GB",
        remedy="remove tables or runs that are not needed any more",
    )


def unpack_run(name: str, stream: BinaryIO, folder: Path) -> None:
    """Unpack the zip of a run into a new folder; nothing in it is opened.

    Raises
    ------
    DataError
        When it is no zip, holds something that no run holds (a pickle, a link, a path that leads
        out), or would unpack to too much. The folder is removed.
    """
    shown = shown_name(name)
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = [one for one in archive.infolist() if not one.is_dir()]
            _check_entries(shown, entries)
            base = _common(entries)
            for one in entries:
                parts = PurePosixPath(one.filename).parts[base:]
                target = inside(folder, *parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(one) as source, target.open("wb") as out:
                    shutil.copyfileobj(source, out)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise DataError(
            f"{shown} is not a zip archive that can be opened.",
            found=str(error).splitlines()[0] if str(error) else "damaged",
            remedy="download the run again",
        ) from error
    except Exception:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _check_entries(shown: str, entries: list[zipfile.ZipInfo]) -> None:
    for one in entries:
        if Path(one.filename.lower()).suffix in _PICKLES:
            raise DataError(
                f"{shown} is not taken: it holds a file that can run code when it is opened.",
                found=shown_name(one.filename),
                remedy="give a run as 'clustomer fit' writes it; it needs no pickle",
            )
        if one.external_attr >> 28 == 0xA:
            raise DataError(
                f"{shown} is not taken: it holds a link.",
                found=shown_name(one.filename),
                remedy="zip the run's folder with plain files",
            )
    unpacked = sum(one.file_size for one in entries)
    if len(entries) > MOST_FILES or unpacked > MOST_UNPACKED:
        raise DataError(
            f"{shown} holds more than a run.",
            found=f"{len(entries):,} files, {unpacked / 2**20:,.0f} MB",
            remedy="zip one run's folder and nothing else",
        )
    if not any(PurePosixPath(one.filename).name == "run.json" for one in entries):
        raise DataError(
            f"{shown} holds no run of clustomer.",
            found=listed([shown_name(one.filename) for one in entries], 5) or "nothing",
            remedy="zip the folder that 'clustomer fit' wrote, or download a run from this app",
        )


def _common(entries: list[zipfile.ZipInfo]) -> int:
    """How many leading folders of all entries lead to run.json."""
    record = min(
        (PurePosixPath(one.filename).parts for one in entries if one.filename.endswith("run.json")),
        key=len,
    )
    return len(record) - 1
