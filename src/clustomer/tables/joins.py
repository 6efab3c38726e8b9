"""Keys and joins: blank, repeated and orphan keys are found, and no join can fan out."""

from __future__ import annotations

from dataclasses import dataclass

from clustomer.engines.base import Engine, quoted
from clustomer.errors import DataError
from clustomer.names import ROW


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """What is wrong with the key of an attribute table; rows are positions in the source.

    Parameters
    ----------
    blank
        Rows whose key is blank.
    repeated
        Rows whose key stands in an earlier row; the earlier row is kept.
    """

    table: str
    key: str
    blank: tuple[int, ...]
    repeated: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Join:
    """Proof that a join kept the rows and the revenue.

    `revenue_before` and `revenue_after` are sums of the lines' sales, exact to 1e-6, as decimal
    text, or None where the rows are not priced yet; `blank` counts rows without the key, `orphans`
    rows whose key the other table lacks.
    """

    left: str
    right: str
    key: str
    rows_before: int
    rows_after: int
    revenue_before: str | None
    revenue_after: str | None
    matched: int
    blank: int
    orphans: int


def check_key(engine: Engine, relation: str, table: str, key: str) -> KeyCheck:
    """Find the blank and the repeated keys of an attribute table."""
    blank = engine.arrow(
        f"SELECT {ROW} FROM {quoted(relation)} WHERE {quoted(key)} IS NULL ORDER BY {ROW}"
    )
    again = engine.repeated(relation, [key]).column(ROW).to_pylist()
    blanks = tuple(blank.column(0).to_pylist())
    return KeyCheck(table, key, blanks, tuple(sorted({*again} - {*blanks})))


def unique_by_key(engine: Engine, relation: str, check: KeyCheck, into: str) -> None:
    """Keep the first row of each key; rows without a key are left out.

    Parameters
    ----------
    check
        What `check_key` said of the relation.
    """
    import pyarrow as pa

    left_out = sorted((*check.blank, *check.repeated))
    engine.without(into, relation, pa.array(left_out, pa.int64()))


@dataclass(frozen=True, slots=True)
class Total:
    """Lines and their sales: rows, exact revenue as decimal text, and the SQL of a line's sales.

    Without `sales` there is no revenue: rows that are not priced yet, or that are no order lines.
    """

    rows: int
    revenue: str | None
    sales: str | None


def total_of(engine: Engine, lines: str, sales: str | None = None) -> Total:
    """Count the lines and sum up their sales.

    Parameters
    ----------
    sales
        SQL over the lines' columns: a line's sales, null where it is none. None: only count.
    """
    (rows,) = engine.counts(lines)
    return Total(rows, _revenue(engine, lines, sales), sales)


def _revenue(engine: Engine, lines: str, sales: str | None) -> str | None:
    """The sum of the sales as text, exact; None where there are none to sum up."""
    if sales is None:
        return None
    revenue = f"cast(coalesce(sum(cast({sales} AS decimal(38, 6))), 0) AS varchar(60))"
    found = engine.arrow(f"SELECT {revenue} AS revenue FROM {quoted(lines)}")
    return str(found.column(0)[0].as_py())


def join_attributes(
    engine: Engine,
    lines: str,
    attributes: str,
    key: str,
    *,
    total: Total,
    into: str,
    tables: tuple[str, str],
    carry: bool = True,
) -> Join:
    """Add a unique-by-key table's columns to the lines, and prove that nothing multiplied.

    Parameters
    ----------
    lines, attributes, into
        Relations; `attributes` holds each key once (`unique_by_key`).
    key
        The column of that name in both.
    total
        Lines and sales before the join, from `total_of`.
    tables
        The two tables as the user calls them.
    carry
        False joins for the proof alone: no column is added.

    Raises
    ------
    DataError
        When rows or revenue changed.
    """
    taken = {*engine.columns(lines)}
    added = [name for name in engine.columns(attributes) if carry and name not in taken]
    matched = engine.attach(into, lines, key, attributes, added)
    rows, keyed = engine.counts(into, [key])
    join = Join(
        left=tables[0],
        right=tables[1],
        key=key,
        rows_before=total.rows,
        rows_after=rows,
        revenue_before=total.revenue,
        revenue_after=_revenue(engine, into, total.sales),
        matched=matched,
        blank=rows - keyed,
        orphans=keyed - matched,
    )
    if (join.rows_before, join.revenue_before) != (join.rows_after, join.revenue_after):
        raise DataError(
            f"Joining {tables[1]} to {tables[0]} by {key} changed the rows of {tables[0]}.",
            found=f"{_told(join.rows_before, join.revenue_before)} before, "
            f"{_told(join.rows_after, join.revenue_after)} after",
            remedy="report this as a bug of clustomer; no segments were made",
        )
    return join


def _told(rows: int, revenue: str | None) -> str:
    return f"{rows} rows" if revenue is None else f"{rows} rows and sales of {revenue}"
