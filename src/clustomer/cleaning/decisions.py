"""A person's decisions on repairs: a small file beside the recipe, read, checked and written.

The file is TOML: one section a column, one line a value as it stands in the source::

    [sales.region]
    "nrth" = { accept = "North" }
    "Nord" = { reject = true }
    "N." = { set = "North" }

``accept`` keeps a repair as it is now, whatever later data may suggest. ``reject`` leaves the value
as it came; where the column cannot hold it (a text in a column of numbers) it becomes blank.
``set`` says what it means; an empty text makes it blank. Comments and order of a file edited by
hand are kept.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, cast, get_args

from clustomer.cleaning import toml_lines
from clustomer.cleaning.toml_lines import quote
from clustomer.cleaning.values import Value, trimmed
from clustomer.errors import OutputError, RecipeError, listed, nearest
from clustomer.files import write_whole
from clustomer.names import Kind

Verdict = Literal["accept", "reject", "set"]
VERDICTS: Final = get_args(Verdict)

SAME: Final = "same"
"""Section of the decisions on pairs of ids, so no table of a recipe can be called that."""

_HEADER: Final = """\
# Decisions on repairs. clustomer fit and clustomer score obey them.
# One section a column, one line a value as it stands in the source:
#
#   [sales.region]
#   "nrth" = { accept = "North" }   # the repair is right and stays as it is
#   "Nord" = { reject = true }      # no repair: the value stays as it came
#   "N." = { set = "North" }        # this is what it means; "" makes it blank
#
#   [same.C1]
#   "C2" = { accept = true }        # C1 and C2 are one customer
#   "C3" = { reject = true }        # C1 and C3 are two
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person says of one raw value of one column.

    Parameters
    ----------
    table, column
        The recipe's names.
    raw
        The value as it stands in the source. The empty text stands for a blank that other columns
        would fill; it can only be rejected.
    verdict
        ``accept``, ``reject`` or ``set``.
    value
        The clean value as text; empty for a blank, and for ``reject``.
    """

    table: str
    column: str
    raw: str
    verdict: Verdict
    value: str = ""

    @property
    def cell(self) -> tuple[str, str, str]:
        """What it is about: table, column and raw value; a pair of ids in its one order."""
        if self.table == SAME:
            return SAME, min(self.column, self.raw), max(self.column, self.raw)
        return self.table, self.column, self.raw


def in_order(one: Decision) -> Decision:
    """A decision on a pair of ids with the ids in the order of the alphabet; others as they are."""
    table, column, raw = one.cell
    return Decision(table, column, raw, one.verdict, one.value)


def read_decisions(path: str | Path) -> tuple[Decision, ...]:
    """Read a file of decisions, in its order.

    Raises
    ------
    RecipeError
        When the file cannot be read, is no TOML, or a line of it is no decision.
    """
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(
            f"The decisions in {path} cannot be read.",
            found=str(error),
            remedy="give a readable UTF-8 text file",
        ) from None
    return parse_decisions(text, str(path))


def parse_decisions(text: str, where: str) -> tuple[Decision, ...]:
    """Read the text of a file of decisions; see `read_decisions`."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(
            f"{where} is not valid TOML.", found=str(error), remedy="mend that line"
        ) from None
    decisions = []
    for table, columns in tables.items():
        for column, values in _section(columns, where, table).items():
            for raw, said in _section(values, where, f"{table}.{column}").items():
                decisions.append(_decision(where, table, column, raw, said))
    return tuple(decisions)


def _section(inside: object, where: str, name: str) -> Mapping[str, object]:
    if isinstance(inside, Mapping):
        return inside
    raise RecipeError(
        f"{where}: '{name}' is no section of decisions.",
        found=repr(inside),
        remedy='write [table.column] and below it lines such as "nrth" = { accept = "North" }',
    )


def _decision(where: str, table: str, column: str, raw: str, said: object) -> Decision:
    form = "write { accept = VALUE }, { reject = true } or { set = VALUE }"
    about = f"{where}: the decision on {table}.{column} {quote(raw)}"
    if not isinstance(said, Mapping) or len(said) != 1:
        raise RecipeError(f"{about} is not understood.", found=repr(said), remedy=form)
    ((verdict, value),) = said.items()
    if verdict not in VERDICTS:
        hint = nearest(str(verdict), VERDICTS)
        raise RecipeError(
            f"{about} says '{verdict}'.",
            found=f"known are {listed(VERDICTS)}" + (f"; {hint}" if hint else ""),
            remedy=form,
        )
    if table == SAME:
        if verdict not in ("accept", "reject") or value is not True:
            raise RecipeError(
                f"{where}: the decision on the pair of ids {quote(column)} and {quote(raw)} is not "
                "understood.",
                found=repr(said),
                remedy="write { accept = true } for one customer, { reject = true } for two",
            )
        return in_order(Decision(table, column, raw, cast("Verdict", verdict)))
    if verdict == "reject":
        if value is not True:
            raise RecipeError(f"{about} is not understood.", found=repr(said), remedy=form)
        return Decision(table, column, raw, "reject")
    if isinstance(value, (dict, list)):
        raise RecipeError(f"{about} has no plain value.", found=repr(value), remedy=form)
    text = value if isinstance(value, str) else _plain_text(value)
    return Decision(table, column, raw, cast("Verdict", verdict), text)


def _plain_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def add_decisions(path: str | Path, decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Add decisions to a file, which is made if it is not there; returns all that it then holds.

    An earlier decision on the same value is replaced. The file is written beside its place and put
    there in one step; comments and order of its other lines stay.

    Raises
    ------
    RecipeError
        When the file that is there cannot be read.
    OutputError
        When it cannot be written.
    """
    return _changed(Path(path), list(decisions), ())


def forget_decisions(path: str | Path, cells: Iterable[tuple[str, str, str]]) -> int:
    """Take decisions back; returns how many there were.

    Parameters
    ----------
    cells
        Table, column and raw value of each.

    Raises
    ------
    RecipeError, OutputError
        As `add_decisions`.
    """
    there = _there(Path(path))
    gone = {decision.cell for decision in there} & set(cells)
    if gone:
        _changed(Path(path), [], gone)
    return len(gone)


def _there(path: Path) -> tuple[Decision, ...]:
    return read_decisions(path) if path.exists() else ()


def _changed(
    path: Path, added: Sequence[Decision], gone: Iterable[tuple[str, str, str]]
) -> tuple[Decision, ...]:
    added = [in_order(one) for one in added]
    before = _there(path)
    text = path.read_text("utf-8") if path.exists() else _HEADER
    after = {one.cell: one for one in before}
    for cell in gone:
        after.pop(cell, None)
    after |= {one.cell: one for one in added}
    lines = text.splitlines()
    for cell in gone:
        lines = toml_lines.without_line(lines, *cell)
    for one in added:
        lines = toml_lines.with_line(lines, *one.cell, _said(one))
    written = "\n".join(lines) + "\n"
    if not _says(written, after):
        # A line that spans several, or another way to write TOML: all is written anew.
        written = "\n".join(_anew(after.values())) + "\n"
    _write(path, written)
    return tuple(after.values())


def _says(text: str, expected: Mapping[tuple[str, str, str], Decision]) -> bool:
    try:
        return {one.cell: one for one in parse_decisions(text, "")} == dict(expected)
    except RecipeError:
        return False


def _anew(decisions: Iterable[Decision]) -> list[str]:
    lines = _HEADER.splitlines()
    for one in decisions:
        lines = toml_lines.with_line(lines, *one.cell, _said(one))
    return lines


def _said(one: Decision) -> str:
    plain = one.table == SAME or one.verdict == "reject"
    said = f"{one.verdict} = true" if plain else f"{one.verdict} = {quote(one.value)}"
    return f"{{ {said} }}"


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text)
    except OSError as error:
        raise OutputError(
            f"The decisions cannot be written to '{path}'.",
            found=error.strerror or str(error),
            remedy="give a file in a folder that may be written",
        ) from error


def check_decisions(
    decisions: Iterable[Decision], tables: Mapping[str, Mapping[str, Kind]], where: str
) -> None:
    """Check that decisions name tables and columns of a recipe, and values that these can hold.

    Parameters
    ----------
    tables
        By table: the kind of each column.
    where
        What messages call the file; empty for decisions that are in none yet.

    Raises
    ------
    RecipeError
        With the nearest valid name.
    """
    begin = f"{where}: a" if where else "A"
    decisions = list(decisions)
    _check_pairs([one for one in decisions if one.table == SAME], where)
    for one in decisions:
        if one.table == SAME:
            continue
        if one.table not in tables:
            hint = nearest(one.table, tables)
            raise RecipeError(
                f"{begin} decision names the table '{one.table}', which the recipe lacks.",
                found=f"tables {listed(tables)}" + (f"; {hint}" if hint else ""),
                remedy="correct the name",
            )
        columns = tables[one.table]
        if one.column not in columns:
            hint = nearest(one.column, columns)
            raise RecipeError(
                f"{begin} decision names the column '{one.column}', which {one.table} lacks.",
                found=f"columns {listed(columns, 30)}" + (f"; {hint}" if hint else ""),
                remedy="correct the name; it is the recipe's, not the file's",
            )
        _check_value(one, columns[one.column], where)


def _check_pairs(pairs: Sequence[Decision], where: str) -> None:
    """Check that decisions on pairs of ids name two, and do not contradict one another."""
    begin = f"{where}: a" if where else "A"
    groups: dict[str, set[str]] = {}
    last = {one.cell: one for one in pairs}
    for (_, first, second), one in last.items():
        if first == second or not first or one.verdict == "set":
            raise RecipeError(
                f"{begin} decision on a pair of ids must accept or reject two ids.",
                found=f"{one.verdict} for '{one.column}' and '{one.raw}'",
                remedy=f'write [{SAME}."C1"] and below it "C2" = {{ accept = true }}',
            )
        if one.verdict == "accept":
            joined = groups.get(first, {first}) | groups.get(second, {second})
            groups |= dict.fromkeys(joined, joined)
    for (_, first, second), one in last.items():
        if one.verdict == "reject" and second in groups.get(first, ()):
            raise RecipeError(
                f"{begin} decision takes '{first}' and '{second}' for two customers, and others "
                "make them one.",
                found=f"one customer: {listed(sorted(groups[first]))}",
                remedy="take one of these decisions back",
            )


def _check_value(one: Decision, kind: Kind, where: str) -> None:
    begin = f"{where}: the" if where else "The"
    about = f"{begin} decision on {one.table}.{one.column}"
    if not one.raw and one.verdict != "reject":
        raise RecipeError(
            f"{about} gives a value to blanks.",
            found=f"{one.verdict} = {one.value!r}",
            remedy="blanks are imputed where they are needed; only reject = true is allowed here",
        )
    try:
        read_value(one.value, kind)
    except ValueError:
        wanted = "a number such as 12.5" if kind == "number" else "a date such as 2025-06-30"
        raise RecipeError(
            f"{about} sets what is not {wanted}.",
            found=repr(one.value),
            remedy=f"give {wanted}, or an empty text for a blank",
        ) from None


def read_value(text: str, kind: Kind) -> Value:
    """Read a clean value from text; an empty text is a blank.

    Raises
    ------
    ValueError
        When it is not what the column holds.

    >>> read_value("12.50", "number"), read_value("North", "category"), read_value("", "date")
    (12.5, 'North', None)
    """
    if not trimmed(text):
        return None
    if kind == "number":
        number = float(text)
        if not abs(number) < 1e15:
            raise ValueError(text)
        return number
    if kind == "date":
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is not None:
            raise ValueError(text)
        return moment
    return text


def value_of(decision: Decision, kind: Kind) -> Value:
    """The clean value that a decision gives.

    >>> value_of(Decision("t", "c", "nrth", "reject"), "category")
    'nrth'
    >>> value_of(Decision("t", "c", "five", "reject"), "number") is None
    True
    """
    if decision.verdict != "reject":
        return read_value(decision.value, kind)
    try:
        return read_value(decision.raw, kind)
    except ValueError:
        return None
