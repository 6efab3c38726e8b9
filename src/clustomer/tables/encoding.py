"""Encodings: what the bytes of a text file are taken for, and bringing them to UTF-8."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustomer.tables.plausible import Choice, choose, words_in
from clustomer.tables.window import Sink

_BLOCK: Final = 1 << 20

Counts = NDArray[np.int64]

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

AMBIGUOUS: Final = frozenset({"cp932"})
"""Encodings in which a character can have several codes; see `exactly`."""

_AT_ENDS = re.compile(rb"(?:(?<=[\r\n])|\A) +| +(?=[\r\n]|\Z)")
_RUN = re.compile(rb" +")

UTF8: Final = Choice("utf-8", sure=True)


def encoding_of(head: bytes) -> Choice:
    """Take the first bytes of a file for an encoding, by evidence.

    A byte order mark decides. Without one the text is UTF-16 where nearly every second byte that is
    zero stands on the same side, UTF-8 unless it holds more bytes that are not UTF-8 than
    characters that take several bytes in it, and else what `plausible.choose` says of its words. So
    one damaged byte does not spoil a UTF-8 file, and one accent is enough to know a cp1252 file.

    Examples
    --------
    >>> encoding_of("naïve".encode()).encoding, encoding_of("naïve".encode("cp1252")).encoding
    ('utf-8', 'cp1252')
    """
    for mark, name in _BOMS:
        if head.startswith(mark):
            return Choice(name, sure=True)
    if wide := _utf16_without_mark(head):
        return Choice(wide, sure=True)
    if not _is_not_utf8(_high_characters(head)):
        return UTF8
    return choose(words_in(head))


def encoding_of_all(path: Path) -> Choice:
    """Take a whole file for an encoding, by the rule of `encoding_of`."""
    seen = np.zeros(2, np.int64)
    words: Counter[bytes] = Counter()
    with path.open("rb") as file:
        head = file.read(_BLOCK)
        if any(head.startswith(mark) for mark, _ in _BOMS) or _utf16_without_mark(head):
            return encoding_of(head)
        rest, block = b"", head
        while block:
            text = rest + block
            cut = max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
            rest = text[cut:]
            seen += _high_characters(text[:cut])
            if not text[:cut].isascii():
                words += words_in(text[:cut])
            block = file.read(_BLOCK)
    seen += _high_characters(rest)
    return choose(words + words_in(rest)) if _is_not_utf8(seen) else UTF8


def to_utf8(head: bytes, encoding: str) -> bytes:
    """Bring the first bytes of a file to UTF-8; what cannot be decoded stays undecodable."""
    if encoding == "utf-8":
        return head
    return _again(_decoder(encoding).decode(head))


def transcode(source: Path, target: Path, encoding: str, sink: Sink | None) -> None:
    """Write a text file as UTF-8 without byte order mark, line for line.

    What cannot be decoded becomes bytes that are not UTF-8, so that its line is set aside later;
    for encodings other than UTF-16 they are the source's own bytes.
    """
    decoder = _decoder(encoding)
    with source.open("rb") as file, target.open("wb") as out:
        while block := file.read(_BLOCK):
            if sink is not None:
                sink.update(block)
            out.write(_again(decoder.decode(block)))
        rest, _ = decoder.getstate()
        out.write(_again("".join(chr(0xDC00 + byte) for byte in rest)))


def columns_apart(text: bytes) -> bytes:
    r"""Put a tab for each run of spaces within a line, and nothing for those at its ends.

    >>> columns_apart(b" 001  19970101\n 002 \r\n")
    b'001\t19970101\n002\r\n'
    """
    return _RUN.sub(b"\t", _AT_ENDS.sub(b"", text))


def set_apart(source: Path, target: Path, sink: Sink | None) -> None:
    """Write a UTF-8 text whose columns are set apart by spaces with tabs, line for line."""
    with source.open("rb") as file, target.open("wb") as out:
        rest = b""
        while block := file.read(_BLOCK):
            if sink is not None:
                sink.update(block)
            text = rest + block
            cut = text.rfind(b"\n") + 1
            out.write(columns_apart(text[:cut]))
            rest = text[cut:]
        out.write(columns_apart(rest))


def exactly(raw: bytes, encoding: str) -> str:
    r"""Decode bytes so that encoding the text again gives the same bytes.

    Some codes of Shift-JIS stand for one character; a line that holds the rarer one keeps its
    bytes as surrogate escapes.

    >>> exactly(b"\x87\x90", "cp932").encode("cp932", "surrogateescape")
    b'\x87\x90'
    """
    text = raw.decode(encoding, "surrogateescape")
    if encoding == "utf-8":
        return text
    if text.encode(encoding, "surrogateescape") == raw:
        return text
    return raw.decode("ascii", "surrogateescape")


def is_wide(encoding: str) -> bool:
    """Whether an encoding has line ends of more than one byte."""
    return encoding.startswith(("utf-16", "utf-32"))


def _utf16_without_mark(head: bytes) -> str:
    """UTF-16 by its zero bytes: nearly all stand second (little end first) or nearly all first."""
    array = np.frombuffer(head[: len(head) // 2 * 2], np.uint8)
    first, second = (int(np.count_nonzero(array[side::2] == 0)) for side in (0, 1))
    zeros, pairs = first + second, array.size // 2
    if zeros < max(3, pairs // 20) or min(first, second) > zeros // 50:
        return ""
    name = "utf-16-le" if second > first else "utf-16-be"
    text = head[: len(head) // 2 * 2].decode(name, "replace")
    broken = text.count("\ufffd") + sum(text.count(chr(code)) for code in range(9))
    return name if broken <= len(text) // 100 else ""


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    lossless = "surrogatepass" if encoding.startswith("utf-16") else "surrogateescape"
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
    """Count characters beyond ASCII, and bytes that are not UTF-8."""
    if text.isascii():
        return np.zeros(2, np.int64)
    codes = np.frombuffer(
        text.decode("utf-8", "surrogateescape").encode("utf-32-le", "surrogatepass"), np.uint32
    )
    bad = np.count_nonzero((codes >= _ESCAPES[0]) & (codes <= _ESCAPES[1]))
    return np.array((np.count_nonzero(codes > _ASCII) - bad, bad), np.int64)


def _is_not_utf8(seen: Counts) -> bool:
    good, bad = seen.tolist()
    return bool(bad > good)
