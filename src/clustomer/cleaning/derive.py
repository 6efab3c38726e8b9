"""Blanks that follow from other columns of their row: amount = quantity x price, and back.

A relation is only used where the data show it: on nearly all rows that are complete, the columns
agree to the cent. What is derived is computed here, not by the engine, so that every engine and the
record say the same to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Final, Literal

from clustomer.cleaning.audit import Action, AuditRow
from clustomer.cleaning.values import shown
from clustomer.engines.base import Engine, quoted
from clustomer.names import ROW

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Positions = NDArray[np.int64]

DERIVED: Final = "derived"
LEAST_ROWS: Final = 20
"""Complete rows on which a relation must have been seen."""
LEAST_SHARE: Final = 0.99
"""Share of the complete rows on which it must hold to the cent."""
MOST_COLUMNS: Final = 8
"""Columns among which relations are looked for."""
PROBED: Final = 100_000
"""Rows on which a relation is looked for."""
_CENT: Final = 0.0051

Less = Literal["", "share", "amount"]


@dataclass(frozen=True, slots=True)
class Relation:
    """A total that is the product of two columns, less a discount where there is one.

    Parameters
    ----------
    total, left, right
        Columns: ``total = left * right``.
    discount
        A further column, or "".
    less
        What the discount is: a ``share`` of the product, or an ``amount`` taken off it.
    cents
        Whether all totals are whole cents; derived ones are rounded to them then.
    share
        Share of the complete rows (0 to 1) on which it holds.
    """

    total: str
    left: str
    right: str
    discount: str = ""
    less: Less = ""
    cents: bool = True
    share: float = 1.0

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that it needs."""
        return tuple(name for name in (self.total, self.left, self.right, self.discount) if name)

    def formula(self, column: str) -> str:
        """How a column is worked out, for the audit.

        >>> Relation("total", "quantity", "price").formula("price")
        'total / quantity'
        >>> Relation("total", "quantity", "price", "off", "share").formula("total")
        'quantity * price * (1 - off)'
        """
        rest = {"": "", "share": f" * (1 - {self.discount})", "amount": f" - {self.discount}"}
        if column == self.total:
            return f"{self.left} * {self.right}{rest[self.less]}"
        other = self.right if column == self.left else self.left
        match self.less:
            case "share":
                return f"{self.total} / ({other} * (1 - {self.discount}))"
            case "amount":
                return f"({self.total} + {self.discount}) / {other}"
            case _:
                return f"{self.total} / {other}"


@dataclass(frozen=True, slots=True)
class Filled:
    """The record of what was derived; `counts` are cells by column."""

    actions: tuple[Action, ...] = ()
    audit: tuple[AuditRow, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


def learn_relations(
    engine: Engine, relation: str, numbers: Iterable[str], blanks: Mapping[str, int]
) -> tuple[Relation, ...]:
    """Find the relations between the number columns of a clean table.

    Parameters
    ----------
    engine, relation
        The clean table.
    numbers
        Its number columns.
    blanks
        Column to rows without a value; where nothing is blank nothing is looked for.

    Returns
    -------
    tuple of Relation
        One for each total, the one that holds on most rows; none that needs another's total.
    """
    names = list(numbers)[:MOST_COLUMNS]
    if len(names) < 3 or not any(blanks.get(name) for name in names):
        return ()
    columns = ", ".join(quoted(name) for name in names)
    found = engine.arrow(
        f"SELECT {columns} FROM {quoted(relation)} WHERE {ROW} < {PROBED} ORDER BY {ROW}"
    )
    values = {name: _numbers(found[name]) for name in names}
    best: dict[str, Relation] = {}
    for one in (*_products(names, values), *_discounted(names, values)):
        there = best.get(one.total)
        if there is None or (one.less == "", one.share) > (there.less == "", there.share):
            best[one.total] = one
    chosen: list[Relation] = []
    for one in sorted(best.values(), key=lambda one: (one.less != "", -one.share, one.total)):
        if not any(
            {one.total} & {*other.columns} or {other.total} & {*one.columns} for other in chosen
        ):
            chosen.append(one)
    return tuple(chosen)


def _products(names: list[str], values: Mapping[str, Numbers]) -> list[Relation]:
    found = []
    for total in names:
        for left, right in combinations([name for name in names if name != total], 2):
            one = _checked(Relation(total, left, right), values)
            if one is not None:
                found.append(one)
    return found


def _discounted(names: list[str], values: Mapping[str, Numbers]) -> list[Relation]:
    found = []
    for total in names:
        for left, right in combinations([name for name in names if name != total], 2):
            for discount in names:
                if discount in (total, left, right):
                    continue
                for less in ("share", "amount"):
                    one = _checked(
                        Relation(total, left, right, discount, less),
                        values,
                    )
                    if one is not None:
                        found.append(one)
    return found


def _checked(one: Relation, values: Mapping[str, Numbers]) -> Relation | None:
    """The relation with the share of rows on which it holds, or None where it does not."""
    import numpy as np

    columns = [values[name] for name in one.columns]
    complete = np.logical_and.reduce([~np.isnan(column) for column in columns])
    if complete.sum() < LEAST_ROWS:
        return None
    kept = {name: values[name][complete] for name in one.columns}
    left, right = kept[one.left], kept[one.right]
    # What is always 1, or never varies, multiplies nothing: any two equal columns would do.
    if any(np.unique(part).size < 2 for part in (left, right)) or not _tells(one, kept):
        return None
    total = kept[one.total]
    holds = np.abs(_product(one, kept) - total) < _CENT
    share = float(holds.mean())
    if share < LEAST_SHARE:
        return None
    cents = bool(np.all(np.abs(total * 100 - np.rint(total * 100)) < 1e-6))
    return Relation(one.total, one.left, one.right, one.discount, one.less, cents, share)


def _tells(one: Relation, kept: Mapping[str, Numbers]) -> bool:
    """Whether rows show each part of the relation at work, and not only noughts and ones."""
    import numpy as np

    left, right, total = kept[one.left], kept[one.right], kept[one.total]
    if np.unique(total).size < 2:
        return False
    working = (np.abs(left) > 1.001) & (np.abs(right) > 1e-9) & (np.abs(total - right) > _CENT)
    if working.sum() < LEAST_ROWS / 2:
        working = (np.abs(right) > 1.001) & (np.abs(left) > 1e-9) & (np.abs(total - left) > _CENT)
    if one.less:
        off = kept[one.discount]
        if one.less == "share":
            fits = bool(((off >= 0) & (off <= 1)).all())
        else:
            # Turned round, a discount would be the total less what was paid.
            fits = bool((off >= 0).all() and np.abs(off).mean() < np.abs(total).mean())
        if not fits or (off != 0).sum() < 5:
            return False
    return bool(working.sum() >= LEAST_ROWS / 2)


def _product(one: Relation, values: Mapping[str, Numbers]) -> Numbers:
    product = values[one.left] * values[one.right]
    if one.less == "share":
        return product * (1 - values[one.discount])
    return product - values[one.discount] if one.less == "amount" else product


def fill(
    engine: Engine,
    relation: str,
    table: str,
    relations: Iterable[Relation],
    *,
    rejected: frozenset[str] = frozenset(),
) -> Filled:
    """Derive the blanks of a clean table, in place.

    Parameters
    ----------
    engine, relation
        The clean table.
    table
        The recipe's name of it.
    relations
        What `learn_relations` found.
    rejected
        Columns for which a person rejected it.
    """
    import pyarrow as pa

    there = set(engine.columns(relation))
    cells: dict[str, tuple[Positions, Numbers]] = {}
    audit = []
    for one in relations:
        if not {*one.columns} <= there:
            continue
        rows, values = _incomplete(engine, relation, one)
        for column in (one.total, one.left, one.right):
            if column in rejected or column in cells:
                continue
            at, new = _derived(one, column, values)
            if at.size:
                cells[column] = (rows[at], new)
                audit.append(
                    AuditRow(table, column, "", one.formula(column), DERIVED, at.size, one.share)
                )
    if not cells:
        return Filled()
    patches = {
        column: pa.table({ROW: pa.array(rows), "value": pa.array(values)})
        for column, (rows, values) in cells.items()
    }
    engine.patch(relation, patches)
    formulas = {row.column: row.repaired for row in audit}
    actions = tuple(
        Action(table, int(row), "derive", column, shown(float(value)), formulas[column])
        for column, (rows, values) in cells.items()
        for row, value in zip(rows, values, strict=True)
    )
    counts = {column: rows.size for column, (rows, _) in cells.items()}
    return Filled(actions, tuple(audit), counts)


def _incomplete(
    engine: Engine, relation: str, one: Relation
) -> tuple[Positions, dict[str, Numbers]]:
    import numpy as np

    names = ", ".join(quoted(name) for name in one.columns)
    blank = " OR ".join(f"{quoted(name)} IS NULL" for name in (one.total, one.left, one.right))
    found = engine.arrow(
        f"SELECT {ROW}, {names} FROM {quoted(relation)} WHERE {blank} ORDER BY {ROW}"
    )
    rows = np.asarray(found[ROW].to_numpy(), np.int64)
    return rows, {name: _numbers(found[name]) for name in one.columns}


def _derived(
    one: Relation, column: str, values: Mapping[str, Numbers]
) -> tuple[Positions, Numbers]:
    """Where a column follows from the others, and its values there."""
    import numpy as np

    others = [name for name in one.columns if name != column]
    known = np.logical_and.reduce([~np.isnan(values[name]) for name in others])
    wanted = np.isnan(values[column]) & known
    if column == one.total:
        new = _product(one, values)
        new = np.round(new, 2) if one.cents else new
    else:
        other = values[one.right if column == one.left else one.left]
        whole = values[one.total]
        if one.less == "share":
            other = other * (1 - values[one.discount])
        elif one.less == "amount":
            whole = whole + values[one.discount]
        wanted &= other != 0
        with np.errstate(divide="ignore", invalid="ignore"):
            new = whole / other
        new = _plain(new, other)
    at = np.flatnonzero(wanted & np.isfinite(new) & (np.abs(new) < 1e15))
    # 0.0 + x: no negative nought
    return at, np.asarray(new[at] + 0.0, np.float64)


def _plain(new: Numbers, other: Numbers) -> Numbers:
    """The plainest number that gives the total back to the cent: whole, cents, or as it comes."""
    import numpy as np

    chosen = new.copy()
    for digits in (4, 2, 0):
        rounded = np.round(new, digits)
        with np.errstate(invalid="ignore"):
            near = np.abs(rounded * other - new * other) < 1e-6
        chosen = np.where(near, rounded, chosen)
    return chosen


def _numbers(column: pa.ChunkedArray) -> Numbers:
    import numpy as np

    return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)
