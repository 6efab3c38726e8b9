"""Repairs of single cells: what a value means depends on the rest of its row.

Two kinds. `agreement`: a slip of writing beside a value that says what is meant. `run-together`: a
value that the next column, blank in this row, should hold stands at the end of another
("Portland OR" and nothing for "Portland" and "OR"). Which columns these are is learnt at fit and is
all that a model keeps; what their values say is read from the tables at hand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clustomer.cleaning.agreement import (
    GROUP,
    PATTERN,
    Agreement,
    Pairs,
    follows,
    may_be_given,
    may_follow,
    pairs_of,
    slip,
    slips,
    usual,
)
from clustomer.cleaning.categories import CategoryRepair
from clustomer.cleaning.cellrecord import AGREEMENT, RUN_TOGETHER, CellRepair
from clustomer.cleaning.repair import ColumnRepair, TableRepairs
from clustomer.cleaning.runtogether import Split, halves, may_end, runs_together
from clustomer.engines.base import Engine, quoted
from clustomer.names import ROW

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

PROBED: Final = 20_000
"""Rows among which columns that follow others are looked for before all rows are counted."""

RARE: Final = 100
"""One row in so many, and `SEVERAL` rows at most, hold a value that may be a slip."""

SEVERAL: Final = 10
COMPARED: Final = 50_000
"""Most pairs of values that are compared to tell whether a column has slips at all."""

GIVEN: Final = ("key", "category", "ordinal")
"""Kinds of the columns that another may follow."""


def learn_cells(engine: Engine, relation: str, repairs: TableRepairs) -> TableRepairs:
    """Find which columns follow others and which run together, in a clean relation."""
    there = engine.columns(relation)
    columns = [c for c in repairs.columns if c.name in there]
    counted = engine.distinct(relation, list(_categories(columns)))
    values = {name: _counts(table) for name, table in counted.items()}
    splits = tuple(_find_splits(engine, relation, columns, values))
    split = {one.column for one in splits}
    slipped = [name for name, counts in values.items() if may_have_slips(counts)]
    agreements = tuple(
        Agreement(given, column)
        for given, column in _candidates(engine, relation, columns, slipped)
        if column not in split and given not in split
        if follows(_pairs(engine, relation, given, column))
    )
    return replace(repairs, agreements=agreements, splits=splits)


def mend_cells(engine: Engine, relation: str, repairs: TableRepairs) -> tuple[CellRepair, ...]:
    """Repair the cells of a clean relation in place; returns what was changed, by row."""
    there = engine.columns(relation)
    cells: list[CellRepair] = []
    for split in repairs.splits:
        if split.column in there and split.into in there:
            cells += _split(engine, relation, repairs, split)
    cells += _agreed(engine, relation, repairs, [a for a in repairs.agreements if a.given in there])
    # A cell is repaired once: the first rule that names it holds.
    once: dict[tuple[int, str], CellRepair] = {}
    for cell in cells:
        once.setdefault((cell.row, cell.column), cell)
    final = tuple(once[at] for at in sorted(once))
    if final:
        _write(engine, relation, final)
    return final


def may_have_slips(counts: Mapping[str, int]) -> bool:
    """Whether some rare value of a column may be a slip of a more frequent one.

    Where none is, no other column can mend anything there, and the pairs need not be counted.

    >>> may_have_slips({"North": 900, "South": 800}), may_have_slips({"North": 900, "Nxrth": 2})
    (False, True)
    """
    rows = sum(counts.values())
    rare = [v for v, n in counts.items() if n <= max(SEVERAL, rows // RARE)]
    if len(rare) * len(counts) > COMPARED:
        return True
    return any(
        count >= counts[odd] and odd != value and slip(odd, value)
        for odd in rare
        for value, count in counts.items()
    )


def _counts(values: pa.Table) -> dict[str, int]:
    return dict(zip(values["raw"].to_pylist(), values["n"].to_pylist(), strict=True))


def _categories(columns: Iterable[ColumnRepair]) -> dict[str, CategoryRepair]:
    return {c.name: c.repair for c in columns if isinstance(c.repair, CategoryRepair)}


def _candidates(
    engine: Engine, relation: str, columns: Sequence[ColumnRepair], followers: Sequence[str]
) -> list[tuple[str, str]]:
    """Pairs of columns of which one may follow the other, by some rows of the relation."""
    given = [c.name for c in columns if c.kind in GIVEN]
    if len(given) < 2 or not followers:
        return []
    probe = engine.select(relation, given, PROBED)
    codes = {name: _codes(probe[name]) for name in given}
    grouped = [
        name
        for name in given
        if may_be_given(codes[name]) and _stands_often(engine, relation, name)
    ]
    return [
        (one, other)
        for one in grouped
        for other in followers
        if one != other and may_follow(codes[one], codes[other])
    ]


def _stands_often(engine: Engine, relation: str, given: str) -> bool:
    """Whether a value stands in `GROUP` rows on average; two rows of an order show nothing."""
    import pyarrow.compute as pc

    counted = engine.distinct(relation, [given])[given]
    rows = pc.sum(counted["n"]).as_py() or 0
    return bool(rows >= GROUP * counted.num_rows)


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """A number for each value, -1 for a blank."""
    import numpy as np

    encoded = column.combine_chunks().dictionary_encode().indices
    found: NDArray[np.int64] = encoded.fill_null(-1).to_numpy(zero_copy_only=False)
    return found.astype(np.int64)


def _pairs(engine: Engine, relation: str, given: str, column: str) -> Pairs:
    found = engine.pairs(relation, given, column)
    return pairs_of(found["x"], found["y"], found["n"].to_numpy())


def _agreed(
    engine: Engine, relation: str, repairs: TableRepairs, agreements: Iterable[Agreement]
) -> list[CellRepair]:
    there = engine.columns(relation)
    others = [c.name for c in repairs.columns if c.kind in GIVEN and c.name in there]
    by_column: dict[str, list[str]] = defaultdict(list)
    for agreement in agreements:
        by_column[agreement.column].append(agreement.given)
    cells: list[CellRepair] = []
    for column, givens in by_column.items():
        repair = repairs.of(column).repair
        kept = frozenset(repairs.of(column).decided)
        kept |= frozenset(repair.exceptions) if isinstance(repair, CategoryRepair) else frozenset()
        besides = [one for one in others if one != column]
        cells += _column_agreed(engine, relation, column, givens, besides, kept)
    return cells


def _column_agreed(
    engine: Engine,
    relation: str,
    column: str,
    givens: Sequence[str],
    besides: Sequence[str],
    kept: frozenset[str],
) -> list[CellRepair]:
    pairs = {given: _pairs(engine, relation, given, column) for given in givens}
    said = {given: usual(pairs[given]) for given in givens}
    home = kept.union(*(one.home for one in said.values()))
    votes: dict[int, dict[str, str]] = defaultdict(dict)
    before: dict[int, str] = {}
    for given in givens:
        found = slips(pairs[given], said[given])
        meant = {at: to for at, to in found.items() if at[1] not in home}
        for row, odd, after in _rows_with(engine, relation, given, column, meant):
            votes[row][given] = after
            before[row] = odd
    cells = [
        CellRepair(row, column, before[row], next(iter(said.values())), AGREEMENT, tuple(said))
        for row, said in sorted(votes.items())
        if len(set(said.values())) == 1
    ]
    pattern = _pattern(engine, relation, [cell.row for cell in cells], besides)
    return [cell for cell in cells if cell.row not in pattern]


def _pattern(
    engine: Engine, relation: str, rows: Sequence[int], besides: Sequence[str]
) -> set[int]:
    """Rows that share a value with so many others of these rows that they are no slips."""
    import pyarrow as pa

    if len(rows) < GROUP:
        return set()
    odd = engine.take(relation, pa.array(rows, pa.int64()), besides)
    found: set[int] = set()
    for name in besides:
        here = odd[name].to_pylist()
        counts = Counter(value for value in here if value is not None)
        shared = _shared(engine, relation, name, counts)
        places = zip(odd[ROW].to_pylist(), here, strict=True)
        found |= {row for row, value in places if value in shared}
    return found


def _shared(engine: Engine, relation: str, name: str, odd: Mapping[str, int]) -> set[str]:
    """Values of which so many rows are odd (at least `GROUP`) that they are no slips."""
    import pyarrow as pa
    import pyarrow.compute as pc

    odd = {value: count for value, count in odd.items() if count >= GROUP}
    if not odd:
        return set()
    counted = engine.distinct(relation, [name])[name]
    counted = counted.filter(pc.is_in(counted["raw"], pa.array(odd, pa.string())))
    rows = _counts(counted)
    return {value for value, count in odd.items() if count > rows[value] * PATTERN}


def _rows_with(
    engine: Engine, relation: str, given: str, column: str, meant: Mapping[tuple[str, str], str]
) -> list[tuple[int, str, str]]:
    """Rows that hold one of these pairs of values: row, odd value, what is meant."""
    import pyarrow as pa

    if not meant:
        return []
    lookup = f"{relation} meant"
    texts = list(zip(*((x, y, to) for (x, y), to in meant.items()), strict=True))
    engine.load(
        lookup,
        pa.table(
            {name: pa.array(column, pa.string()) for name, column in zip("xyz", texts, strict=True)}
        ),
    )
    found = engine.arrow(
        f"SELECT t.{quoted(ROW)} AS n, m.y AS odd, m.z AS meant FROM {quoted(relation)} AS t"
        f" JOIN {quoted(lookup)} AS m ON t.{quoted(given)} = m.x AND t.{quoted(column)} = m.y"
    )
    engine.drop(lookup)
    return list(
        zip(
            found["n"].to_pylist(),
            found["odd"].to_pylist(),
            found["meant"].to_pylist(),
            strict=True,
        )
    )


def _find_splits(
    engine: Engine,
    relation: str,
    columns: Sequence[ColumnRepair],
    values: Mapping[str, Mapping[str, int]],
) -> list[Split]:
    categories = _categories(columns)
    found: list[Split] = []
    for into, known in categories.items():
        words = known.kept_values()
        if len(words) < 2:
            continue
        for column in categories:
            if column == into or not may_end(values[column], words):
                continue
            filled, blank = _ends(engine, relation, column, into)
            if runs_together(filled, blank, words):
                found.append(Split(column, into))
    return found


def _ends(
    engine: Engine, relation: str, column: str, into: str
) -> tuple[Counter[str], Counter[str]]:
    """Values of a column with a space in them, where another is filled and where it is blank."""
    x, y = quoted(column), quoted(into)
    if not engine.arrow(f"SELECT {ROW} FROM {quoted(relation)} WHERE {y} IS NULL LIMIT 1").num_rows:
        return Counter(), Counter()
    found = engine.arrow(
        f"SELECT {x} AS x, CASE WHEN {y} IS NULL THEN 1 ELSE 0 END AS blank, count(*) AS n"
        f" FROM {quoted(relation)} WHERE {x} IS NOT NULL"
        f" GROUP BY {x}, CASE WHEN {y} IS NULL THEN 1 ELSE 0 END"
    )
    sides: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for value, blank, count in zip(
        found["x"].to_pylist(), found["blank"].to_pylist(), found["n"].to_pylist(), strict=True
    ):
        sides[blank][value] += count
    return sides


def _split(engine: Engine, relation: str, repairs: TableRepairs, split: Split) -> list[CellRepair]:
    categories = _categories(repairs.columns)
    words = categories[split.into].kept_values()
    kept = {*categories[split.column].exceptions, *repairs.of(split.column).decided}
    x, y = quoted(split.column), quoted(split.into)
    found = engine.arrow(
        f"SELECT {quoted(ROW)} AS n, {x} AS x FROM {quoted(relation)}"
        f" WHERE {y} IS NULL AND {x} IS NOT NULL"
    )
    cells: list[CellRepair] = []
    for row, value in zip(found["n"].to_pylist(), found["x"].to_pylist(), strict=True):
        parts = halves(value, words)
        if parts is None or value in kept:
            continue
        rest = categories[split.column].one(parts[0]).value
        if isinstance(rest, str):
            cells += [
                CellRepair(row, split.column, value, rest, RUN_TOGETHER, (split.into,)),
                CellRepair(row, split.into, "", parts[1], RUN_TOGETHER, (split.column,)),
            ]
    return cells


def _write(engine: Engine, relation: str, cells: Sequence[CellRepair]) -> None:
    """Put the repaired cells into the relation."""
    import pyarrow as pa

    by_column: dict[str, list[CellRepair]] = defaultdict(list)
    for cell in cells:
        by_column[cell.column].append(cell)
    patches = {}
    for column, every in by_column.items():
        rows = pa.array([cell.row for cell in every], pa.int64())
        patches[column] = pa.table({ROW: rows, "value": [cell.after for cell in every]})
    engine.patch(relation, patches)
