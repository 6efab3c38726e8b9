"""Writing a file so that its place holds the old text or the new one, and nothing between."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a UTF-8 text beside its place, and put it there in one step when it is on the disk.

    A file that is there keeps its permissions; a new one is readable by all.

    Raises
    ------
    OSError
        When it cannot be written; what was there stays.
    """
    place, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(place, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
