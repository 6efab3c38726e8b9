"""The manifest of a bundle: which parts there are, and the checksums that hold them together."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn, TypeAlias

from clustomer.errors import BundleError

JsonValue: TypeAlias = (
    "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
)
"""What a document may hold; floats must be finite. It comes back as dict, list and plain values."""

MANIFEST: Final = "bundle.json"
FORMAT: Final = "clustomer bundle"
MAJOR: Final = 1
MINOR: Final = 0

PART_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.[0-9a-f]{16}(\.[A-Za-z0-9]{1,20})?")
"""How the file of a part is named: its name, the first 16 digits of its SHA-256, its ending."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part as the manifest lists it: `kind` is document or blob, `size` in bytes."""

    kind: str
    name: str
    file: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says."""

    parts: tuple[Part, ...]
    about: Mapping[str, str]


def manifest_bytes(parts: Iterable[Part], about: Mapping[str, str]) -> bytes:
    """Return the manifest as it is written; the same parts give the same bytes."""
    body: dict[str, JsonValue] = {
        "format": FORMAT,
        "schema": f"{MAJOR}.{MINOR}",
        "about": dict(about),
        "parts": [
            {slot: getattr(part, slot) for slot in ("kind", "name", "file", "sha256", "size")}
            for part in parts
        ],
    }
    sha256 = hashlib.sha256(json_bytes(body, indent=1)).hexdigest()
    return json_bytes({**body, "sha256": sha256}, indent=1)


def parsed_manifest(folder: Path, raw: bytes) -> Manifest:
    """Parse the manifest of the bundle in `folder`.

    Raises
    ------
    BundleError
        It is no manifest, of another major version, does not have the checksum that it states, or
        names something that a bundle cannot hold.
    """
    fields = _checked_fields(folder, raw)
    try:
        parts = tuple(
            Part(
                kind=str(entry["kind"]),
                name=str(entry["name"]),
                file=str(entry["file"]),
                sha256=str(entry["sha256"]),
                size=int(entry["size"]),
            )
            for entry in fields["parts"]
        )
        about = {str(key): str(value) for key, value in fields["about"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        damaged(folder, f"'{MANIFEST}' does not list the parts as it should", error)
    for part in parts:
        # A checksum is no signature: who makes a bundle by hand can state anything and sum it up.
        if not PART_FILE.fullmatch(part.file) or part.kind not in ("document", "blob"):
            damaged(folder, f"'{MANIFEST}' names something that a bundle cannot hold")
    return Manifest(parts, about)


def _checked_fields(folder: Path, raw: bytes) -> dict[str, Any]:
    """Return the manifest's fields once its format, version and checksum are found right."""
    fields = parsed(folder, MANIFEST, raw)
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        raise BundleError(
            f"'{folder}' is not a saved model.",
            found=f"'{MANIFEST}' is not the manifest of a {FORMAT}",
            remedy="give the OUT of a fit, or the folder 'model' in it",
        )
    schema = str(fields.get("schema"))
    if not re.fullmatch(r"[0-9]{1,6}\.[0-9]{1,6}", schema):
        damaged(folder, f"'{MANIFEST}' names no version")
    if int(schema.partition(".")[0]) != MAJOR:
        raise BundleError(
            f"The saved model '{folder}' is of another version.",
            found=f"bundle schema {schema}; this release reads {MAJOR}.x",
            remedy="load it with the release that wrote it, or fit it anew with this one",
        )
    body = {key: value for key, value in fields.items() if key != "sha256"}
    summed = fields.get("sha256") == hashlib.sha256(json_bytes(body, indent=1)).hexdigest()
    # Comparing with the bytes as read sees what a parser forgives: other spaces, repeated keys.
    if not summed or json_bytes(fields, indent=1) != raw:
        damaged(folder, f"'{MANIFEST}' does not have the checksum that it states")
    return fields


def json_bytes(value: JsonValue, indent: int | None = None) -> bytes:
    """Return a value as JSON with sorted keys.

    Raises
    ------
    ValueError
        It holds NaN or an infinity.
    """
    # With indents Python writes JSON ten times as slowly, which large documents need not.
    text = json.dumps(value, allow_nan=False, indent=indent, sort_keys=True, default=_plain)
    return f"{text}\n".encode("ascii")


def _plain(value: object) -> dict[str, JsonValue]:
    if isinstance(value, Mapping):
        return dict(value)
    msg = f"{type(value).__name__} is not a JSON value"
    raise TypeError(msg)


def parsed(folder: Path, file: str, data: bytes) -> Any:
    """Parse the JSON of a file of the bundle, or raise BundleError."""
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        damaged(folder, f"'{file}' is not readable as JSON", error)


def _no_constant(text: str) -> NoReturn:
    raise ValueError(text)


def damaged(folder: Path, found: str, cause: Exception | None = None) -> NoReturn:
    """Raise BundleError: the bundle in `folder` is not what was saved."""
    raise BundleError(
        f"The saved model '{folder}' is damaged.",
        found=found,
        remedy="take it from a backup, or fit it anew",
    ) from cause
