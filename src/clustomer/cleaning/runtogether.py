"""Two columns in one: "Portland OR" and a blank, where others have "Portland" and "OR"."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from clustomer.cleaning.categories import key

ROWS: Final = 5
ENDS: Final = 0.5
ELSEWHERE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Split:
    """That values of one column may hold those of another at their end; names of columns.

    Parameters
    ----------
    column
        The column that holds both.
    into
        The column whose value is missing then.
    """

    column: str
    into: str


def halves(value: str, words: Collection[str]) -> tuple[str, str] | None:
    """Take a word off the end of a value; None where it ends with none of the words.

    >>> halves("Portland OR", ["OR", "WA"]), halves("Reno, NV", ["NV"]), halves("OR", ["OR"])
    (('Portland', 'OR'), ('Reno', 'NV'), None)
    """
    by_key = {key(word): word for word in words}
    parts = value.split(" ")
    for at in range(1, len(parts)):
        rest = " ".join(parts[:at]).rstrip(" ,;/-")
        word = by_key.get(key(" ".join(parts[at:])))
        if rest and word is not None:
            return rest, word
    return None


def may_end(values: Iterable[str], words: Collection[str]) -> bool:
    """Whether some value may end with one of the words; quick, and false only where none does.

    >>> may_end(["Reno, NV"], ["NV"]), may_end(["Reno", "NV"], ["NV"])
    (True, False)
    """
    last = {key(word).rsplit(" ", 1)[-1] for word in words}
    return any(" " in value and key(value).rsplit(" ", 1)[-1] in last for value in values)


def runs_together(
    filled: Mapping[str, int], blank: Mapping[str, int], words: Collection[str]
) -> bool:
    """Whether values of a column hold those of another where that is blank.

    Parameters
    ----------
    filled, blank
        Values of the column with their rows, where the other is filled and where it is blank.
    words
        Values of the other.

    Returns
    -------
    bool
        At least `ROWS` rows and the share `ENDS` of the blank side end with a word, and at most the
        share `ELSEWHERE` of the filled side.

    >>> runs_together({"Portland": 90, "Reno": 9}, {"Reno NV": 3, "Bend OR": 4}, ["NV", "OR"])
    True
    >>> runs_together({"Reno": 9}, {"Reno": 30}, ["NV", "OR"])
    False
    """
    ending, every = _ending(blank, words), sum(blank.values())
    if ending < ROWS or ending < ENDS * every:
        return False
    return _ending(filled, words) <= ELSEWHERE * sum(filled.values())


def _ending(values: Mapping[str, int], words: Collection[str]) -> int:
    return sum(count for value, count in values.items() if halves(value, words))
