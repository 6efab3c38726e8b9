"""How two records agree in each field: blank, different, near, the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from clustomer.cleaning.same.fields import Field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Levels = NDArray[np.int8]
    Positions = NDArray[np.int64]

BLANK, DIFFERS, FAR, NEAR, SAME = range(5)
WORDS: Final = ("blank", "differs", "resembles", "near", "same")
"""Levels of agreement, and what they are called."""

Score = Callable[..., object]


def compare(
    values: Mapping[Field, list[str]], left: Positions, right: Positions
) -> dict[Field, Levels]:
    """Compare pairs of records, field by field.

    Parameters
    ----------
    values
        By field: the plain value of each record.
    left, right
        Positions of the records of each pair.

    Returns
    -------
    dict
        By field: int8, shape (pairs,), `BLANK` (one value is missing) to `SAME`.
    """
    import numpy as np

    found = {field: _levels(field, texts, left, right) for field, texts in values.items()}
    if "given_name" in values and "surname" in values:
        given, family = (np.array(values[f], object) for f in ("given_name", "surname"))
        swapped = (given[left] == family[right]) & (family[left] == given[right])
        swapped &= (given[left] != "") & (family[left] != "") & (given[left] != family[left])
        for field in ("given_name", "surname"):
            level = found[field]
            level[swapped & (level < NEAR)] = NEAR
    return found


def _levels(field: Field, texts: list[str], left: Positions, right: Positions) -> Levels:
    """Levels of distinct pairs of values, spread over the pairs of records."""
    import numpy as np
    import pyarrow as pa

    coded = pa.array(texts, pa.string()).dictionary_encode()
    codes = np.asarray(coded.indices.to_numpy(), np.int64)
    known: list[str] = coded.dictionary.to_pylist()
    a, b = codes[left], codes[right]
    low, high = np.minimum(a, b), np.maximum(a, b)
    distinct, back = np.unique(low * len(known) + high, return_inverse=True)
    first, second = distinct // len(known), distinct % len(known)
    levels = np.full(distinct.size, DIFFERS, np.int8)
    levels[first == second] = SAME
    empty = known.index("") if "" in known else -1
    levels[(first == empty) | (second == empty)] = BLANK
    open_ = np.flatnonzero(levels == DIFFERS)
    if open_.size:
        ones = [known[at] for at in first[open_]]
        others = [known[at] for at in second[open_]]
        levels[open_] = _near(field, ones, others)
    spread: Levels = levels[back]
    return spread


def _near(field: Field, ones: list[str], others: list[str]) -> Levels:
    """Levels of values that are not the same."""
    import numpy as np
    from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler
    from rapidfuzz.fuzz import token_sort_ratio

    levels = np.full(len(ones), DIFFERS, np.int8)
    if field in ("phone", "birth_date", "identifier", "postcode", "house_number"):
        edits = _scores(ones, others, DamerauLevenshtein.distance)
        shortest = np.array([min(len(a), len(b)) for a, b in zip(ones, others, strict=True)])
        levels[(edits <= 2) & (shortest >= 6)] = FAR
        levels[(edits <= 1) & (shortest >= 2)] = NEAR
        if field == "birth_date":
            levels[[_turned(a, b) for a, b in zip(ones, others, strict=True)]] = NEAR
        return levels
    if field in ("full_name", "address"):
        alike = _scores(ones, others, token_sort_ratio) / 100
        levels[alike >= 0.75] = FAR
        levels[alike >= 0.88] = NEAR
        return levels
    alike = _scores(ones, others, JaroWinkler.similarity)
    levels[alike >= 0.8] = FAR
    levels[alike >= 0.92] = NEAR
    if field == "email":
        local = [a.split("@")[0] == b.split("@")[0] for a, b in zip(ones, others, strict=True)]
        levels[np.array(local, bool)] = NEAR
    return levels


def _scores(ones: list[str], others: list[str], scorer: Score) -> NDArray[np.float64]:
    import numpy as np
    from rapidfuzz.process import cpdist

    return np.asarray(cpdist(ones, others, scorer=scorer), np.float64)


def _turned(one: str, other: str) -> bool:
    """Whether two dates differ in the order of day and month only."""
    return len(one) == len(other) == 8 and one[:4] + one[6:] + one[4:6] == other
