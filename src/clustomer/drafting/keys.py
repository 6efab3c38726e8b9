"""Which columns are keys, and which columns of other tables refer to them, measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from clustomer.drafting.facts import Facts
from clustomer.drafting.guess import LIKELY, ColumnRole, Guess, are_mails
from clustomer.engines.base import Engine, quoted
from clustomer.meanings import MEANINGS, singular, words_of
from clustomer.names import ROW

KEYS: Final[frozenset[ColumnRole]] = frozenset(
    ("customer id", "order id", "product id", "other key")
)
"""Roles of columns that may be keys of a table or refer to one."""

LEAST: Final = 0.3
"""Least share of rows whose key must be found in the other table."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A table that was looked at.

    Parameters
    ----------
    name
        What the user calls it: the name of its file, sheet or table.
    stem
        Its plain name, without folder or extension.
    relation
        The engine's relation of its raw rows.
    rows
        Number of them.
    facts, guesses
        By column of the source: what its values show, and what it seems to be for.
    """

    name: str
    stem: str
    relation: str
    rows: int
    facts: Mapping[str, Facts]
    guesses: Mapping[str, Guess]

    def role(self, column: str) -> ColumnRole:
        """What a column seems to be for."""
        return self.guesses[column].role

    def having(self, *roles: ColumnRole) -> tuple[str, ...]:
        """Columns with one of these roles, the likeliest first."""
        found = [name for name, guess in self.guesses.items() if guess.role in roles]
        return tuple(sorted(found, key=lambda name: -self.guesses[name].confidence))


@dataclass(frozen=True, slots=True)
class Reference:
    """A column whose values are keys of another table.

    `matched` is the share of rows with a value whose value is found there; `both_unique` tells that
    each key stands once on both sides.
    """

    table: str
    column: str
    to: str
    key: str
    matched: float
    both_unique: bool


def with_customers(tables: Sequence[Looked]) -> tuple[Looked, ...]:
    """Take e-mail addresses for customers' ids where no table has any, as in many exports of shops.

    Of several columns of a table the fullest is taken, the first of equal ones.
    """
    if any(table.having("customer id") for table in tables):
        return tuple(tables)
    return tuple(map(_by_mail, tables))


def _by_mail(table: Looked) -> Looked:
    mails = [name for name, facts in table.facts.items() if are_mails(facts)]
    if not mails:
        return table
    chosen = max(mails, key=lambda name: table.facts[name].filled)
    why = "e-mail addresses, and no other column says who the customer is"
    return replace(table, guesses={**table.guesses, chosen: Guess("customer id", LIKELY, why)})


def find_references(engine: Engine, tables: Sequence[Looked]) -> tuple[Reference, ...]:
    """Find columns that refer to a unique column of another table; the match is measured.

    Names must agree: both are alike, or both are customers' (orders', products') ids, or the one is
    the other table's name and a word for a key, as ``artist_id`` is for the ``id`` of ``artists``.
    """
    found = []
    for left, column, right, key in _pairs(tables):
        matched = _matched(engine, left, column, right, key)
        if matched >= LEAST:
            unique = left.facts[column].unique
            found.append(Reference(left.name, column, right.name, key, matched, unique))
    return tuple(found)


def _pairs(tables: Sequence[Looked]) -> Iterator[tuple[Looked, str, Looked, str]]:
    for right in tables:
        for key in right.having(*KEYS):
            if not right.facts[key].unique:
                continue
            for left in tables:
                if left.name == right.name:
                    continue
                for column in left.having(*KEYS):
                    if _agree(left, column, right, key):
                        yield left, column, right, key


def _agree(left: Looked, column: str, right: Looked, key: str) -> bool:
    roles = {left.role(column), right.role(key)}
    if roles != {"other key"} and len(roles) == 1:
        return True
    one, other = _subject(column), _subject(key)
    if one and one == other:
        return True
    named = frozenset(map(singular, words_of(right.stem)))
    if not other:
        return bool(one) and one <= named
    return len(roles) == 1 and bool(one) and (one < other or other < one) and one <= other | named


def _subject(column: str) -> frozenset[str]:
    """The words of a key's name that say whose key it is."""
    return frozenset(map(singular, words_of(column))) - MEANINGS["id"]


def _matched(engine: Engine, left: Looked, column: str, right: Looked, key: str) -> float:
    """Share of up to 100,000 rows with a value whose value is a key of the other table."""
    step = max(1, left.rows // 100_000)
    value = f"trim(cast(l.{quoted(column)} AS varchar(200)))"
    keys = f"SELECT DISTINCT trim(cast({quoted(key)} AS varchar(200))) AS k"
    [counted] = engine.arrow(
        f"SELECT count(*) AS n, count(r.k) AS known FROM {quoted(left.relation)} l"
        f" LEFT JOIN ({keys} FROM {quoted(right.relation)}) r ON {value} = r.k"
        f" WHERE l.{quoted(column)} IS NOT NULL AND l.{quoted(ROW)} % {step} = 0"
    ).to_pylist()
    return counted["known"] / counted["n"] if counted["n"] else 0.0
