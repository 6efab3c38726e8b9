"""What the values of unknown tables show: how many, how alike, numbers or dates or names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from clustomer.cleaning.dates import DateRepair, learn_dates
from clustomer.cleaning.missing import BLANK_WORDS
from clustomer.cleaning.numbers import learn_numbers
from clustomer.cleaning.values import tidy
from clustomer.engines.base import Engine, Stored, quoted
from clustomer.names import ROW
from clustomer.tables.read import RawTable

SAMPLE: Final = 2_000
"""Rows of a table whose values are looked at one by one: every n-th, from the first on."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One column of a table, as its values show it.

    Parameters
    ----------
    name
        The source's name of the column.
    stored
        How the source holds it; text files hold everything as text.
    rows, filled, distinct
        Rows of the table, rows with a value in the column, distinct values; exact.
    sample
        Values of the sampled rows as tidied text, without blanks and words for blanks.
    numeric, dated, whole
        Shares of the sample that read as a number, as a date, as a whole number.
    low, high
        Least and greatest number of the sample; None where fewer than half are numbers.
    newest
        Newest date of the sample; None where fewer than half are dates.
    padded
        Whether whole numbers in the sample begin with a zero: a code, not a count.
    """

    name: str
    stored: Stored
    rows: int
    filled: int
    distinct: int
    sample: tuple[str, ...]
    numeric: float
    dated: float
    whole: float
    low: float | None
    high: float | None
    newest: date | None
    padded: bool

    @property
    def unique(self) -> bool:
        """Whether no value stands in two rows; a few repeats or blanks may be errors."""
        return self.filled > 0 and self.distinct >= 0.98 * self.filled >= 0.9 * self.rows

    @property
    def constant(self) -> bool:
        """Whether the column has at most one value."""
        return self.distinct <= 1

    @property
    def values(self) -> Counter[str]:
        """Sampled values without regard to case, with the number of rows of each."""
        return Counter(value.casefold() for value in self.sample)

    @property
    def length(self) -> float:
        """Mean length of the sampled values, in characters."""
        return sum(map(len, self.sample)) / len(self.sample) if self.sample else 0.0


def look(engine: Engine, raw: RawTable) -> tuple[Facts, ...]:
    """Look at every column of a raw table.

    Parameters
    ----------
    engine
        Where the table was read.
    raw
        The table.

    Returns
    -------
    tuple of Facts
        In the order of the table's columns.
    """
    names = list(raw.columns)
    if not names:
        return ()
    counts = ", ".join(
        f"count({quoted(name)}) AS f{at}, count(DISTINCT {quoted(name)}) AS d{at}"
        for at, name in enumerate(names)
    )
    relation = quoted(raw.relation)
    [counted] = engine.arrow(f"SELECT count(*) AS n, {counts} FROM {relation}").to_pylist()
    step = max(1, -(-counted["n"] // SAMPLE))
    listed = ", ".join(quoted(name) for name in names)
    sampled = engine.arrow(f"SELECT {listed} FROM {relation} WHERE {quoted(ROW)} % {step} = 0")
    return tuple(
        facts(
            name,
            raw.columns[name],
            sampled.column(at).to_pylist(),
            rows=counted["n"],
            filled=counted[f"f{at}"],
            distinct=counted[f"d{at}"],
        )
        for at, name in enumerate(names)
    )


def facts(
    name: str, stored: Stored, sample: Sequence[object], *, rows: int, filled: int, distinct: int
) -> Facts:
    """Work out what a sample of a column's values shows.

    >>> seen = facts("date", "text", ["19970101", "19970131"], rows=2, filled=2, distinct=2)
    >>> seen.dated, seen.newest
    (1.0, datetime.date(1997, 1, 31))
    """
    texts = tuple(
        text
        for value in sample
        if value is not None
        and (text := tidy(_as_text(value)))
        and text.casefold() not in BLANK_WORDS
    )
    counts = Counter(texts)
    numbers = _numbers(counts) if stored in {"text", "number"} else {}
    dates = _dates(counts) if stored in {"text", "date"} else {}
    many = max(len(texts), 1)
    numeric = sum(counts[text] for text in numbers) / many
    dated = sum(counts[text] for text in dates) / many
    return Facts(
        name=name,
        stored=stored,
        rows=rows,
        filled=filled,
        distinct=distinct,
        sample=texts,
        numeric=numeric,
        dated=dated,
        whole=sum(counts[text] for text, value in numbers.items() if value == int(value)) / many,
        low=min(numbers.values()) if numeric >= 0.5 else None,
        high=max(numbers.values()) if numeric >= 0.5 else None,
        newest=max(dates.values()).date() if dated >= 0.5 else None,
        padded=any(text.isdigit() and len(text) > 1 and text[0] == "0" for text in counts),
    )


def _as_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def _numbers(counts: Counter[str]) -> dict[str, float]:
    repair = learn_numbers(counts, 0)
    read = zip(counts, repair.many(list(counts)), strict=True)
    return {text: one.value for text, one in read if isinstance(one.value, float) and _plain(text)}


def _plain(text: str) -> bool:
    """Whether a text is written as a number: words such as "three" make no column numeric."""
    return any(letter.isdigit() for letter in text)


def _dates(counts: Counter[str]) -> dict[str, datetime]:
    repair: DateRepair = learn_dates(counts)
    read = zip(counts, repair.many(list(counts)), strict=True)
    return {text: one.value for text, one in read if isinstance(one.value, datetime)}
