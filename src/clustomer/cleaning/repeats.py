"""Rows that repeat an earlier row in every column of the source: found, counted, kept or dropped.

Two identical customers are one customer read twice. Two identical order lines may be two sales: a
till writes a second line for the second bottle. So lines are dropped only where the data show that
they are copies: a column tells all other rows apart, or whole orders come again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from clustomer.cleaning.audit import Action
from clustomer.engines.base import Engine
from clustomer.findings import Finding
from clustomer.names import ROW
from clustomer.recipe.settings import TableSettings

if TYPE_CHECKING:
    import pyarrow as pa

Choice = Literal["keep", "drop"]

REASON: Final = "repeats an earlier row in every column"
WHOLE: Final = 0.9
"""Share of the orders of several lines that must come again whole, for their lines to be copies."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """What was found of repeated rows in one table.

    Parameters
    ----------
    relation
        The clean relation that is left.
    dropped
        Source rows that were dropped, ascending.
    choice
        What was done, for scoring to do the same; "" where nothing was repeated.
    findings
        What a person should know.
    """

    relation: str
    dropped: tuple[int, ...]
    choice: Choice | Literal[""]
    findings: tuple[Finding, ...]

    def actions(self, table: str) -> tuple[Action, ...]:
        """The drops for the record."""
        return tuple(Action(table, row, "drop", "", "", REASON) for row in self.dropped)


def treat_repeats(
    engine: Engine,
    raw: str,
    columns: Sequence[str],
    clean: str,
    table: str,
    settings: TableSettings,
    order: str | None,
    learnt: Choice | Literal[""],
    into: str,
) -> Repeats:
    """Find repeated rows, and drop them where they are copies.

    Parameters
    ----------
    raw, columns
        The raw relation and its columns; all of them must be the same.
    clean
        The clean relation of the same rows.
    table, settings
        The recipe's name and settings of the table.
    order
        The column that tells orders apart, if the table has it.
    learnt
        What a fit chose; "" chooses from these rows.
    into
        Name of what is left, where rows are dropped.
    """
    found = engine.repeated(raw, list(columns))
    if found.num_rows == 0:
        return Repeats(clean, (), learnt, ())
    told = _choice(engine, clean, settings, order, found)
    choice, because = (learnt, "as at fit") if learnt else told
    several = found.num_rows > 1
    rows = f"{found.num_rows:,} {'rows repeat' if several else 'row repeats'} an earlier row"
    if choice == "keep":
        note = Finding(
            "repeated-rows",
            "note",
            f"{table}: {rows} in every column; kept, for {because}.",
            f'set repeats = "drop" for the table {table} in the recipe if they are copies',
        )
        return Repeats(clean, (), "keep", (note,))
    note = Finding(
        "repeated-rows",
        "warning",
        f"{table}: {rows} in every column; set aside, for {because}.",
        f'set repeats = "keep" for the table {table} in the recipe if they are meant',
    )
    engine.without(into, clean, found[ROW].combine_chunks())
    return Repeats(into, tuple(found[ROW].to_pylist()), "drop", (note,))


def _choice(
    engine: Engine, clean: str, settings: TableSettings, order: str | None, found: pa.Table
) -> tuple[Choice, str]:
    if settings.repeats != "auto":
        return settings.repeats, "the recipe says so"
    if settings.role != "lines":
        return "drop", "a row stands for one thing"
    keys = [name for name, column in settings.columns.items() if column.kind == "key"]
    names = [name for name in keys if name in engine.columns(clean)]
    for name, distinct, filled, rows in _counts(engine, clean, names):
        if distinct == rows - found.num_rows and filled == rows:
            return "drop", f"{name} tells all other rows apart"
    if order and order in engine.columns(clean):
        whole, several = _whole_orders(engine, clean, order, found)
        if several and whole >= WHOLE * several:
            return "drop", f"whole orders come again ({whole:,} of {several:,})"
    return "keep", "equal lines may be two sales"


def _counts(engine: Engine, clean: str, names: Sequence[str]) -> list[tuple[str, int, int, int]]:
    """By key: its name, distinct values, rows with one, and all rows."""
    every, *filled = engine.counts(clean, names)
    told = engine.distinct(clean, names)
    return [(name, told[name].num_rows, n, every) for name, n in zip(names, filled, strict=True)]


def _whole_orders(engine: Engine, clean: str, order: str, found: pa.Table) -> tuple[int, int]:
    """Orders of several different lines of which all come again, and orders of which some do."""
    import pyarrow.compute as pc

    again = engine.take(clean, found[ROW].combine_chunks(), [order])[order].drop_null()
    counted = pc.value_counts(again)
    keys, times = counted.field("values"), counted.field("counts")
    every = engine.distinct(clean, [order])[order]
    # Few orders come again: theirs are looked for in all, not all of them numbered for theirs.
    every = every.filter(pc.is_in(every["raw"], value_set=keys))
    lines = every["n"].take(pc.index_in(keys, value_set=every["raw"].combine_chunks()))
    once = pc.subtract(lines, times)
    several = pc.greater(once, 1)
    times, once = times.filter(several), once.filter(several)
    whole = sum(t % o == 0 for t, o in zip(times.to_pylist(), once.to_pylist(), strict=True))
    return whole, len(times)
