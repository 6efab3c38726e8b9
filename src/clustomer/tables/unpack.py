"""Packed text files: gzip and Zstandard, told by their first bytes, unpacked within a limit."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, NoReturn, cast

from clustomer.errors import DataError
from clustomer.tables.window import Sink

ALLOWED: Final = 1 << 30
"""Bytes that any packed file may hold."""

RATIO: Final = 200
"""Beyond `ALLOWED` a file may hold so many times its own size. Tables of text hold 3 to 30 times
theirs; what holds more is made to fill a disk."""

_BLOCK: Final = 1 << 20
_MAGIC: Final = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


def packed_as(path: Path) -> str:
    """How a file is packed: ``gzip``, ``zstd`` or "" for not at all.

    Raises
    ------
    DataError
        When it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        _refuse_closed(path, error)
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "")


def read_start(path: Path, size: int) -> bytes:
    """Return the first bytes of a file, unpacked where it is packed; short where it is short.

    Raises
    ------
    DataError
        When it cannot be opened, or its first bytes are damaged.
    """
    with _opened(path, packed_as(path)) as file:
        start = b""
        while len(start) < size and (more := file.read(size - len(start))):
            start += more
        return start


def unpack(path: Path, target: Path, sink: Sink) -> None:
    """Write what a packed file holds.

    Parameters
    ----------
    sink
        Sees every byte of the packed file.

    Raises
    ------
    DataError
        When it is cut off or damaged, holds more than the limits allow, or the disk is full.
    """
    size = path.stat().st_size
    most = max(ALLOWED, RATIO * size)
    written = 0
    with _opened(path, packed_as(path)) as file:
        try:
            with target.open("wb") as out:
                while block := file.read(_BLOCK):
                    written += len(block)
                    if written > most:
                        break
                    out.write(block)
        except OSError as error:
            if error.errno is None:
                raise
            raise DataError(
                f"{path.name} cannot be unpacked.",
                found=error.strerror or str(error),
                remedy="make room in the temporary folder (TMPDIR), or unpack it yourself",
            ) from error
    if written > most:
        raise DataError(
            f"{path.name} holds far more than a packed table does.",
            found=f"more than {most:,} bytes in a file of {size:,}",
            remedy="unpack it yourself if you know what is in it",
        )
    with path.open("rb") as raw:
        while block := raw.read(_BLOCK):
            sink.update(block)


@contextmanager
def _opened(path: Path, kind: str) -> Iterator[IO[bytes]]:
    try:
        file = _open(path, kind)
    except OSError as error:
        _refuse_closed(path, error)
    try:
        with file:
            yield file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        _refuse_damaged(path, kind, error)
    except OSError as error:
        if error.errno is not None:
            raise
        _refuse_damaged(path, kind, error)


def _open(path: Path, kind: str) -> IO[bytes]:
    if kind == "gzip":
        return cast("IO[bytes]", gzip.open(path))
    if kind == "zstd":
        import pyarrow as pa

        return cast("IO[bytes]", pa.CompressedInputStream(pa.OSFile(str(path)), "zstd"))
    return path.open("rb")


def _refuse_closed(path: Path, error: OSError) -> NoReturn:
    raise DataError(
        f"{path.name} cannot be opened.",
        found=error.strerror or str(error),
        remedy="check that it is there and may be read",
    ) from error


def _refuse_damaged(path: Path, kind: str, error: Exception) -> NoReturn:
    raise DataError(
        f"{path.name} is cut off or damaged.",
        found=f"{kind}: {error}",
        remedy="copy or download it again",
    ) from error
