"""Pairs of records that share something telling: nothing else is compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clustomer.cleaning.same.fields import Field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Positions = NDArray[np.int64]

KEYS: Final[tuple[tuple[Field, ...], ...]] = (
    ("email",),
    ("phone",),
    ("identifier",),
    ("full_name", "birth_date"),
    ("full_name", "postcode"),
    ("full_name", "city"),
    ("full_name", "address"),
    ("given_name", "surname"),
    ("surname", "birth_date"),
    ("given_name", "birth_date"),
    ("surname", "postcode"),
    ("given_name", "postcode"),
    ("birth_date", "postcode"),
    ("birth_date", "city"),
    ("address", "house_number"),
    ("address", "postcode"),
    ("surname", "address"),
)
"""Fields that two records must share, all of one row, to be compared."""

LARGEST: Final = 150
"""Records that share a key; what more of them share tells nobody apart."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of records to compare.

    Parameters
    ----------
    left, right
        int64, shape (pairs,): positions of the records, ``left < right``; each pair once.
    by
        For each key that gave pairs: their places among the pairs.
    """

    left: Positions
    right: Positions
    by: Mapping[tuple[Field, ...], Positions]


def share_keys(values: Mapping[Field, list[str]], largest: int = LARGEST) -> Pairs:
    """Find the pairs of records that share a key.

    Parameters
    ----------
    values
        By field: the plain value of each record, "" for a blank.
    """
    import numpy as np

    records = len(next(iter(values.values())))
    codes = {field: _codes(texts) for field, texts in values.items()}
    found: dict[tuple[Field, ...], Positions] = {}
    for key in KEYS:
        if all(field in codes for field in key):
            pairs = _within(_joined([codes[field] for field in key]), records, largest)
            if pairs.size:
                found[key] = pairs
    if not found:
        none = np.zeros(0, np.int64)
        return Pairs(none, none, {})
    every = np.unique(np.concatenate(list(found.values())))
    places = {key: np.searchsorted(every, pairs) for key, pairs in found.items()}
    return Pairs(every // records, every % records, places)


def _codes(texts: list[str]) -> Positions:
    """A number for each value; -1 for a blank."""
    import numpy as np
    import pyarrow as pa

    coded = pa.array(texts, pa.string()).dictionary_encode()
    codes = np.asarray(coded.indices.to_numpy(), np.int64)
    known = coded.dictionary.to_pylist()
    if "" in known:
        codes[codes == known.index("")] = -1
    return codes


def _joined(columns: list[Positions]) -> Positions:
    import numpy as np

    joined = columns[0]
    for column in columns[1:]:
        blank = (joined < 0) | (column < 0)
        _, joined = np.unique(
            joined * (int(column.max(initial=0)) + 2) + column, return_inverse=True
        )
        joined = np.where(blank, -1, joined)
    return joined


def _within(codes: Positions, records: int, largest: int) -> Positions:
    """All pairs of records with one code, as ``left * records + right``, ascending."""
    import numpy as np

    order = np.argsort(codes, kind="stable")
    order = order[codes[order] >= 0]
    sorted_codes = codes[order]
    _, begins, sizes = np.unique(sorted_codes, return_index=True, return_counts=True)
    size = np.repeat(sizes, sizes)
    end = np.repeat(begins + sizes, sizes)
    place = np.arange(order.size)
    fits = (size > 1) & (size <= largest)
    found = []
    for step in range(1, int(size[fits].max(initial=1))):
        at = place[fits & (place + step < end)]
        if at.size:
            # The order is stable, so the earlier record of a block comes first.
            found.append(order[at] * records + order[at + step])
    return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
