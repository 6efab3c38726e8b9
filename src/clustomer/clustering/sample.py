"""Rows chosen by a hash of their customer's id: the same on every machine and in any row order."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    # The process beside a fit takes rows by number alone, and need not load Arrow.
    import pyarrow as pa

Rows = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Ids: TypeAlias = "Iterable[object] | pa.Array | pa.ChunkedArray"
"""Ids as an Arrow column of text, or anything whose `str` is the id."""

_WORD: Final = 8
_LONGEST: Final = 64
_GOLDEN: Final = 0x9E3779B97F4A7C15
_MASK: Final = 2**64 - 1


def hash_ids(ids: Ids, *, seed: int) -> Hashes:
    """Hash ids to 64 bits, each by its text alone.

    The text in UTF-8 is read in words of eight bytes (little-endian, the last one filled with
    zeros) that are mixed in one after another by the finaliser of SplitMix64 (Steele, Lea & Flood,
    "Fast splittable pseudorandom number generators", 2014). A text longer than 64 bytes is first
    replaced by its BLAKE2b digest, so that one long id does not widen the table of words.

    Parameters
    ----------
    ids
        The ids; an id that is not text counts as its `str`.
    seed
        0 or more; another seed gives an unrelated order.

    Returns
    -------
    uint64, shape (ids,).

    >>> hash_ids(["C1", "C2"], seed=0) == hash_ids(["C1", "C2", "a longer id"], seed=0)[:2]
    array([ True,  True])
    """
    import pyarrow.compute as pc

    given = _texts(ids)
    sizes = pc.binary_length(given).to_numpy().astype(np.uint64)
    words = -(-int(sizes.max(initial=1)) // _WORD)
    table = _padded(given, words * _WORD).view("<u8")
    hashes = _mix(sizes + np.uint64((seed * _GOLDEN + 1) & _MASK))
    for word in range(words):
        inside = sizes > word * _WORD
        hashes[inside] = _mix(hashes[inside] ^ table[inside, word])
    return hashes


def sample_rows(ids: Ids, size: int, *, seed: int) -> Rows:
    """Choose at most `size` rows: those whose ids have the smallest hashes.

    A sample is part of every larger one with the same seed.

    Parameters
    ----------
    ids
        The id of each row.
    size
        Rows wanted; with no more ids than that, every row is taken.
    seed
        Seed of the hash.

    Returns
    -------
    int64, shape (min(size, rows),): row numbers, rising.

    >>> sample_rows(["a", "b"], 5, seed=0)
    array([0, 1])
    """
    hashes = hash_ids(ids, seed=seed)
    if len(hashes) <= size:
        return np.arange(len(hashes), dtype=np.int64)
    last = np.partition(hashes, size - 1)[size - 1] if size else np.uint64(0)
    below = np.flatnonzero(hashes < last)
    level = np.flatnonzero(hashes == last)[: size - below.size]
    return np.sort(np.concatenate((below, level))).astype(np.int64)


def _texts(ids: Ids) -> pa.Array:
    """The ids as text, long ones by their digest."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = ids if isinstance(ids, pa.Array | pa.ChunkedArray) else pa.array(map(str, ids))
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    column = column.cast(pa.large_string())
    long = pc.greater(pc.binary_length(column), _LONGEST)
    if not pc.any(long).as_py():
        return column
    digests = [_digest(text.as_py()) for text in column.filter(long)]
    return pc.replace_with_mask(column, long, pa.array(digests, pa.large_string()))


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=24).hexdigest()


def _padded(texts: pa.Array, width: int) -> NDArray[np.uint8]:
    """The bytes of each text, filled with zeros: uint8, shape (texts, width)."""
    padded = np.zeros((len(texts), width), np.uint8)
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return padded
    ends = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    sizes = np.diff(ends)
    flat = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
    starts = np.arange(len(texts)) * width - (ends[:-1] - ends[0])
    padded.reshape(-1)[np.repeat(starts, sizes) + np.arange(flat.size)] = flat
    return padded


def _mix(words: Hashes) -> Hashes:
    mixed = words + np.uint64(_GOLDEN)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
