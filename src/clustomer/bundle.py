"""A versioned folder of named JSON documents and blobs: hashed, written all or nothing, no pickle.

::

    FOLDER/bundle.json    the manifest: name, size and SHA-256 of each part, and its own SHA-256
    FOLDER/parts/recipe.3f2a9c1d4e5b6a7f.json    a document; its name carries the hash of its bytes
                 classifier.0b5e64d1c2a3f987.skops    a blob

Since a part's name carries its content, a save never overwrites a part that the bundle before it
needs. The manifest is replaced last, in one step: who reads finds the old bundle or the new one.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clustomer.errors import BundleError, OutputError
from clustomer.manifest import (
    MANIFEST,
    PART_FILE,
    JsonValue,
    Part,
    damaged,
    json_bytes,
    manifest_bytes,
    parsed,
    parsed_manifest,
)

PARTS: Final = "parts"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\.[A-Za-z0-9]{1,20})?")
_TEMPORARY: Final = ".saving"
_LARGEST_MANIFEST: Final = 16 * 2**20
_READ_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle holds.

    Parameters
    ----------
    documents
        Name to JSON value; floats are bit for bit those that were written.
    blobs
        Name to bytes.
    about
        Versions and the like, as given on writing.
    """

    documents: Mapping[str, JsonValue]
    blobs: Mapping[str, bytes]
    about: Mapping[str, str]


def write_bundle(
    folder: str | os.PathLike[str],
    documents: Mapping[str, JsonValue],
    blobs: Mapping[str, bytes],
    *,
    about: Mapping[str, str],
) -> None:
    """Write a bundle, replacing the one in `folder` if there is one.

    The same content gives the same bytes. A failure or a kill at any moment leaves the old bundle
    or the new one; other files in the folder are left alone. One process at a time may save to a
    folder.

    Parameters
    ----------
    folder
        Made when absent, with its parents.
    documents
        Name to JSON value. Names are letters, digits, ``_`` and ``-``, with at most one extension.
    blobs
        Name to bytes, named alike: ``classifier.skops``.
    about
        Plain strings for the manifest, such as versions.

    Raises
    ------
    OutputError
        The folder cannot be written, the disk is full, another process is saving to it, or a
        document holds NaN or an infinity, which JSON cannot say.
    ValueError
        A name is not allowed.
    """
    target = Path(folder)
    contents = dict(_contents(documents, blobs))
    manifest = manifest_bytes([part for part, _ in contents.values()], about)
    made = not target.exists()
    try:
        (target / PARTS).mkdir(parents=True, exist_ok=True)
        with _only_writer(target):
            _save(target, {file: data for file, (_, data) in contents.items()}, manifest)
    except OSError as error:
        _remove_empty(target, made=made)
        raise OutputError(
            f"The model cannot be saved to '{target}'.",
            found=error.strerror or str(error),
            remedy="give a folder that may be written and has room; "
            "a model saved there before is untouched",
        ) from error


def read_bundle(folder: str | os.PathLike[str]) -> Bundle:
    """Read and check a bundle. Every file's size and SHA-256 are checked before it is parsed.

    Raises
    ------
    BundleError
        There is no bundle in `folder`, a file is missing, truncated or altered by as little as one
        bit, or the bundle is of another major version.
    """
    source = Path(folder)
    raw = _read_manifest(source)
    for _ in range(_READ_ATTEMPTS - 1):
        try:
            return _load(source, raw)
        except BundleError:
            # A save may have replaced the bundle between the manifest and its files.
            before, raw = raw, _read_manifest(source)
            if raw == before:
                raise
    return _load(source, raw)


def _contents(
    documents: Mapping[str, JsonValue], blobs: Mapping[str, bytes]
) -> Iterator[tuple[str, tuple[Part, bytes]]]:
    for name in sorted(documents):
        data = _document_bytes(name, documents[name])
        yield from _content("document", name, f"{name}.json", data)
    for name in sorted(blobs):
        yield from _content("blob", name, name, blobs[name])


def _content(
    kind: str, name: str, file_name: str, data: bytes
) -> Iterator[tuple[str, tuple[Part, bytes]]]:
    if not _NAME.fullmatch(file_name):
        msg = f"'{name}' cannot name a {kind} of a bundle"
        raise ValueError(msg)
    sha256 = hashlib.sha256(data).hexdigest()
    stem, dot, extension = file_name.partition(".")
    file = f"{stem}.{sha256[:16]}{dot}{extension}"
    yield file, (Part(kind, name, file, sha256, len(data)), data)


def _document_bytes(name: str, document: JsonValue) -> bytes:
    try:
        return json_bytes(document)
    except ValueError as error:
        raise OutputError(
            f"The part '{name}' of the model holds a number that cannot be saved.",
            found=str(error),
            remedy="look for NaN or infinite values in the data that the model was fitted on",
        ) from error


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    try:
        import fcntl  # not there on Windows
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputError(
                f"The model cannot be saved to '{folder}'.",
                found="another process is saving there at this moment",
                remedy="wait for it to end, or choose another folder",
            ) from error
        yield
    finally:
        os.close(handle)


def _save(folder: Path, files: Mapping[str, bytes], manifest: bytes) -> None:
    try:
        for file, data in files.items():
            _put(folder / PARTS / file, data)
        _sync_folder(folder / PARTS)
        _sync_folder(folder)
        _put(folder / MANIFEST, manifest)
        _sync_folder(folder)
    finally:
        _remove_leftovers(folder)


def _put(path: Path, data: bytes) -> None:
    temporary = path.with_name(path.name + _TEMPORARY)
    with temporary.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)  # noqa: PTH105  (one name for what the tests make fail)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows cannot open a folder; its rename is on disk when it returns
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_leftovers(folder: Path) -> None:
    """Remove the parts that the manifest now in place does not name, after success and failure.

    What cannot be removed costs space and no more, and the next save tries again.
    """
    with suppress(OSError, BundleError):
        (folder / f"{MANIFEST}{_TEMPORARY}").unlink(missing_ok=True)
        manifest = (
            parsed_manifest(folder, _read_manifest(folder))
            if (folder / MANIFEST).exists()
            else None
        )
        kept = {part.file for part in manifest.parts} if manifest else set()
        for path in sorted((folder / PARTS).iterdir()):
            if path.name not in kept and PART_FILE.fullmatch(path.name.removesuffix(_TEMPORARY)):
                path.unlink()


def _remove_empty(folder: Path, *, made: bool) -> None:
    with suppress(OSError):  # refused where they hold something, as they should be
        (folder / PARTS).rmdir()
        if made:
            folder.rmdir()


def _read_manifest(folder: Path) -> bytes:
    path = folder / MANIFEST
    try:
        if not folder.is_dir():
            raise BundleError(
                f"There is no saved model at '{folder}'.",
                found="a file" if folder.exists() else "no such folder",
                remedy="give the OUT of a fit, or the folder 'model' in it",
            )
        if not path.is_file():
            raise BundleError(
                f"'{folder}' is not a saved model.",
                found=f"no file '{MANIFEST}' in it",
                remedy="give the OUT of a fit, or the folder 'model' in it",
            )
        if path.stat().st_size > _LARGEST_MANIFEST:
            damaged(folder, f"'{MANIFEST}' is larger than a manifest can be")
        return path.read_bytes()
    except OSError as error:
        damaged(folder, f"'{path.name}' cannot be read: {error.strerror}", error)


def _load(folder: Path, raw: bytes) -> Bundle:
    manifest = parsed_manifest(folder, raw)
    documents: dict[str, JsonValue] = {}
    blobs: dict[str, bytes] = {}
    for part in manifest.parts:
        data = _read_part(folder, part)
        if part.kind == "document":
            documents[part.name] = parsed(folder, part.file, data)
        else:
            blobs[part.name] = data
    return Bundle(documents, blobs, manifest.about)


def _read_part(folder: Path, part: Part) -> bytes:
    path = folder / PARTS / part.file
    try:
        found = path.lstat()
        # A link could lead out of the folder, and reading a pipe could wait for ever.
        inside = path.resolve() == folder.resolve() / PARTS / part.file
        if not inside or not stat.S_ISREG(found.st_mode):
            damaged(folder, f"'{part.file}' is not a plain file of this folder")
        if found.st_size != part.size:
            damaged(folder, f"'{part.file}' has {found.st_size:,} bytes instead of {part.size:,}")
        data = path.read_bytes()
    except FileNotFoundError as error:
        damaged(folder, f"'{part.file}' is missing", error)
    except OSError as error:
        damaged(folder, f"'{part.file}' cannot be read: {error.strerror}", error)
    if hashlib.sha256(data).hexdigest() != part.sha256:
        damaged(folder, f"'{part.file}' is not what was saved: its SHA-256 differs")
    return data
