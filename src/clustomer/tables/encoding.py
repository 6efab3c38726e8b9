"""Encodings: what the bytes of a text file are taken for, and bringing them to UTF-8."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustomer.tables.window import Sink

_BLOCK: Final = 1 << 20

Counts = NDArray[np.int64]

_NOT_IN_CP1252: Final = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_ASCII: Final = 0x7F
_ESCAPES: Final = (0xDC80, 0xDCFF)
"""What Python's ``surrogateescape`` makes of the bytes 0x80 to 0xFF."""

_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(head: bytes) -> str:
    """Take the first bytes of a file for an encoding.

    A byte order mark decides. Without one the text is UTF-8, unless it holds more bytes that are
    not UTF-8 than characters that take several bytes in it, and nine in ten of them mean something
    in cp1252: then it is taken for cp1252. So one damaged byte does not spoil a UTF-8 file, and one
    accent is enough to know a cp1252 file.

    Examples
    --------
    >>> encoding_of("naïve".encode()), encoding_of("naïve".encode("cp1252"))
    ('utf-8', 'cp1252')
    """
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    return _decided(_high_characters(head))


def encoding_of_all(path: Path) -> str:
    """Take a whole file for an encoding, by the rule of `encoding_of`."""
    seen = np.zeros(3, np.int64)
    rest = b""
    with path.open("rb") as file:
        head = file.read(4)
        if any(head.startswith(mark) for mark, _ in _BOMS):
            return encoding_of(head)
        file.seek(0)
        while block := file.read(_BLOCK):
            text = rest + block
            cut = max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
            rest = text[cut:]
            seen += _high_characters(text[:cut])
    return _decided(seen + _high_characters(rest))


def to_utf8(head: bytes, encoding: str) -> bytes:
    """Bring the first bytes of a file to UTF-8; what cannot be decoded stays undecodable."""
    if encoding == "utf-8":
        return head
    return _again(_decoder(encoding).decode(head))


def transcode(source: Path, target: Path, encoding: str, sink: Sink | None) -> None:
    """Write a text file as UTF-8 without byte order mark, line for line.

    What cannot be decoded becomes bytes that are not UTF-8, so that its line is set aside later;
    for one-byte encodings they are the source's own bytes.
    """
    decoder = _decoder(encoding)
    with source.open("rb") as file, target.open("wb") as out:
        while block := file.read(_BLOCK):
            if sink is not None:
                sink.update(block)
            out.write(_again(decoder.decode(block)))
        rest, _ = decoder.getstate()
        out.write(_again("".join(chr(0xDC00 + byte) for byte in rest)))


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    lossless = "surrogatepass" if encoding == "utf-16" else "surrogateescape"
    return codecs.getincrementaldecoder(encoding)(lossless)


def _again(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return b"".join(_escaped(character) for character in text)


def _escaped(character: str) -> bytes:
    if "\udc80" <= character <= "\udcff":
        return character.encode("utf-8", "surrogateescape")
    return character.encode("utf-8", "surrogatepass")


def _high_characters(text: bytes) -> Counts:
    """Count characters beyond ASCII, bytes that are not UTF-8, those of them not in cp1252."""
    if text.isascii():
        return np.zeros(3, np.int64)
    codes = np.frombuffer(
        text.decode("utf-8", "surrogateescape").encode("utf-32-le", "surrogatepass"), np.uint32
    )
    bad = codes[(codes >= _ESCAPES[0]) & (codes <= _ESCAPES[1])]
    unknown = np.isin(bad & 0xFF, _NOT_IN_CP1252)
    counts = (np.count_nonzero(codes > _ASCII) - bad.size, bad.size, np.count_nonzero(unknown))
    return np.array(counts, np.int64)


def _decided(seen: Counts) -> str:
    good, bad, unknown = seen.tolist()
    return "cp1252" if bad > good and 10 * unknown < bad else "utf-8"
