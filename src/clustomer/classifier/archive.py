"""An archive of plain values and NumPy arrays: deflated skops, from which nothing else is built."""

from __future__ import annotations

import io
import itertools
import json
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final, NoReturn

from clustomer.errors import BundleError, listed

_LEVEL: Final = 1
"""Deflate's fastest; higher levels take twice as long for a tenth less."""
_LARGEST: Final = 2 * 1024**3
"""Most bytes that an archive may unpack to."""

UNREADABLE: Final = (
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
    ArithmeticError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What zipfile, skops and NumPy raise on damaged or foreign archives."""


def archived(content: Mapping[str, object]) -> bytes:
    """Write plain values and arrays by skops; equal content gives equal bytes."""
    from skops.io import dumps

    # skops writes addresses in memory and the time of day: counts stand in their place.
    numbers = itertools.count(1)
    arrays: list[str] = []

    def numbered(state: dict[str, object]) -> dict[str, object]:
        if "__id__" in state:
            state["__id__"] = next(numbers)
        if isinstance(name := state.get("file"), str):
            state["file"] = f"{len(arrays)}.npy"
            arrays.append(name)
        return state

    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(dumps(content))) as raw,
        zipfile.ZipFile(buffer, "w") as archive,
    ):
        schema = json.loads(raw.read("schema.json"), object_hook=numbered)
        parts = {f"{place}.npy": raw.read(name) for place, name in enumerate(arrays)}
        parts["schema.json"] = json.dumps(schema).encode()
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED, _LEVEL)
    return buffer.getvalue()


def opened(data: bytes) -> object:
    """Read what `archived` wrote.

    Raises
    ------
    BundleError
        Where the bytes are no such archive, are damaged, unpack to more than 2 GB, or need a type
        beyond those that skops knows for harmless; nothing is built then.
    """
    from skops.io import get_untrusted_types, loads
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        _check_size(data)
        return loads(data, trusted=[])
    except UntrustedTypesFoundException as error:
        foreign = listed(sorted(get_untrusted_types(data=data)), limit=5)
        refuse(f"it would build objects of type {foreign}", error)
    except UNREADABLE as error:
        unreadable(error)


def _check_size(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > _LARGEST:
            refuse("an archive that unpacks to more than 2 GB")


def unreadable(error: Exception) -> NoReturn:
    """Refuse bytes that are damaged or foreign."""
    refuse(f"not a readable skops archive ({type(error).__name__}: {error})", error)


def refuse(found: str, cause: Exception | None = None) -> NoReturn:
    """Raise the error of a classifier that cannot be read."""
    raise BundleError(
        "The model's classifier cannot be read.",
        found=found,
        remedy="take the model from its source again, or fit it anew",
    ) from cause
