"""``clustomer audit``: the repairs of a run, worst first, and a person's decisions on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from clustomer.errors import ClustomerError, listed, nearest

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import Console

    from clustomer.cleaning.decisions import Decision, Verdict

COLUMNS: Final = 12
"""Columns shown where not all are asked for."""
VALUES: Final = 6
"""Values of a column shown where not all are asked for."""
PAIRS: Final = 12
"""Pairs of ids shown where not all are asked for."""
LONGEST: Final = 40
SAME: Final = "same"
"""How a pair of ids begins: same.ID OTHER_ID."""

Pair = tuple[str, str]


def audit(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder of a run.")],
    table: Annotated[str | None, typer.Option(help="Only this table.")] = None,
    column: Annotated[str | None, typer.Option(help="Only this column.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only repairs by this rule.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Show every repair.")] = False,
    accept: Annotated[
        Pair | None,
        typer.Option(metavar="TABLE.COLUMN RAW", help="The repair of a value is right."),
    ] = None,
    reject: Annotated[
        Pair | None,
        typer.Option(metavar="TABLE.COLUMN RAW", help="A value stays as it came."),
    ] = None,
    set_: Annotated[
        Pair | None,
        typer.Option("--set", metavar="TABLE.COLUMN RAW=VALUE", help="What a value means."),
    ] = None,
    forget: Annotated[
        Pair | None,
        typer.Option(metavar="TABLE.COLUMN RAW", help="Take a decision back."),
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option(help="File of decisions; else the one beside the recipe or the data."),
    ] = None,
    replay: Annotated[
        tuple[Path, Path] | None,
        typer.Option(metavar="DATA DIR", help="Clean tables from raw data and audit, into DIR."),
    ] = None,
) -> None:
    """Show the repairs of a run, worst first; accept, reject or set values and pairs of ids."""
    from clustomer.cli.screen import console
    from clustomer.review import decisions_file, decisions_made, read_audit, read_pairs

    screen = console()
    if replay:
        _replay(screen, out, *replay)
        return
    found = read_audit(out)
    file = decisions or decisions_file(out)
    given: list[tuple[Verdict, Pair]] = []
    if accept:
        given.append(("accept", accept))
    if reject:
        given.append(("reject", reject))
    if set_:
        given.append(("set", set_))
    if given or forget:
        _decide(screen, out, found, file, given, forget)
        return
    made = {one.cell: one.verdict for one in decisions_made(out, file)}
    _show(screen, _chosen(found, table, column, rule), made, every=every)
    if not (table or column or rule):
        _show_pairs(screen, read_pairs(out).to_pylist(), made, every=every)
    _where(screen, out, file, len(made))


def _replay(screen: Console, out: Path, data: Path, into: Path) -> None:
    from clustomer.review import replay_run

    for name, rows in replay_run(out, data, into).items():
        line = f"{into / name}.parquet: {_count(rows, 'row')}, as the run used them"
        screen.print(line, markup=False, soft_wrap=True)


def _decide(
    screen: Console,
    out: Path,
    found: pa.Table,
    file: Path,
    given: list[tuple[Verdict, Pair]],
    gone: Pair | None,
) -> None:
    from clustomer.review import decide, forget

    rows = found.to_pylist()
    made = [_decision(out, rows, verdict, pair) for verdict, pair in given]
    if made:
        decide(out, made, file)
    for one in made:
        if one.table == SAME:
            kept = "one customer" if one.verdict == "accept" else "two customers"
            line = f"{one.verdict}: {_shown(one.column)} and {_shown(one.raw)} are {kept}"
            screen.print(line, markup=False, soft_wrap=True)
            continue
        kept = "stays as it came" if one.verdict == "reject" else f"is {_shown(one.value)}"
        screen.print(
            f"{one.verdict}: {one.table}.{one.column} {_shown(one.raw)} {kept}",
            markup=False,
            soft_wrap=True,
        )
    if gone:
        name, raw = gone
        pair = _pair("accept", name, raw)
        cell = pair.cell if pair else (*_column(out, name), raw)
        if not forget(out, [cell], file):
            raise ClustomerError(
                f"There is no decision on {name} {_shown(raw)} to take back.",
                found=f"the decisions in {file}",
                remedy="give the value as it stands there",
            )
        screen.print(f"taken back: {name} {_shown(raw)}", markup=False, soft_wrap=True)
    screen.print(f"Kept in {file}; the next fit obeys it.", markup=False, soft_wrap=True)


def _decision(out: Path, rows: list[dict[str, str]], verdict: Verdict, pair: Pair) -> Decision:
    from clustomer.cleaning.decisions import Decision

    name, raw = pair
    if ids := _pair(verdict, name, raw):
        return _known_pair(out, ids)
    table, column = _column(out, name)
    repaired = {
        row["raw"]: row["repaired"]
        for row in rows
        if (row["table"], row["column"]) == (table, column)
    }
    if verdict == "set":
        raw, value = _parts(raw, set(repaired))
        return Decision(table, column, raw, "set", value)
    if raw not in repaired:
        hint = nearest(raw, repaired)
        raise ClustomerError(
            f"The audit holds no repair of {_shown(raw)} in {name}.",
            found=f"{len(repaired):,} repaired values there" + (f"; {hint}" if hint else ""),
            remedy="give the raw value as the audit has it, with its spaces; "
            "--set decides on any value",
        )
    return Decision(table, column, raw, verdict, repaired[raw] if verdict == "accept" else "")


def _pair(verdict: Verdict, name: str, raw: str) -> Decision | None:
    """The decision on a pair of ids, written same.ID OTHER_ID; None for one on a value."""
    from clustomer.cleaning.decisions import Decision, in_order

    table, point, first = name.partition(".")
    if table != SAME or not point:
        return None
    if verdict == "set":
        raise ClustomerError(
            "A pair of ids is accepted or rejected.",
            found=f"--set {name} {raw}",
            remedy="give --accept for one customer, --reject for two",
        )
    return in_order(Decision(SAME, first, raw, verdict))


def _known_pair(out: Path, one: Decision) -> Decision:
    """Check that a pair that is rejected was proposed: another one is likely mistyped."""
    from clustomer.review import read_pairs

    pairs = [(row["id"], row["other_id"]) for row in read_pairs(out).to_pylist()]
    if one.verdict == "reject" and (one.column, one.raw) not in pairs:
        ids = [name for pair in pairs for name in pair]
        hint = next((text for name in one.cell[1:] if (text := nearest(name, ids))), "")
        raise ClustomerError(
            f"The run proposes no pair of {_shown(one.column)} and {_shown(one.raw)}.",
            found=f"{len(pairs):,} pairs in cleaning/duplicates.csv"
            + (f"; {hint}" if hint else ""),
            remedy="write same.ID OTHER_ID with the ids as they stand there",
        )
    return one


def _show_pairs(
    screen: Console,
    pairs: list[dict[str, str]],
    made: dict[tuple[str, str, str], Verdict],
    *,
    every: bool,
) -> None:
    """Pairs of ids that look like one customer, the surest first, and what was said of them."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    if not pairs:
        return
    head = f"One customer under two ids: {_count(len(pairs), 'pair')}"
    screen.print(head, markup=False, style="bold", soft_wrap=True)
    shown = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("sure", "id", "other id", "decision", "evidence"):
        shown.add_column(name, justify="right" if name == "sure" else "left")
    for row in pairs if every else pairs[:PAIRS]:
        said = made.get((SAME, row["id"], row["other_id"]))
        now = {"accept": "accepted", "reject": "rejected"}.get(said or "", "")
        later = f" (next fit: {now})" if now and now != row["decision"] else ""
        cells_ = (
            f"{float(row['probability']):.2f}" if row["probability"] else "",
            _shown(row["id"]),
            _shown(row["other_id"]),
            row["decision"] + later,
            _evidence(row),
        )
        shown.add_row(*(Text(cell) for cell in cells_))
    screen.print(shown)
    if not every and len(pairs) > PAIRS:
        screen.print(f"  and {_count(len(pairs) - PAIRS, 'pair')} more", soft_wrap=True)


def _evidence(row: dict[str, str]) -> str:
    """Fields by how they agree: "same email, birth_date; near surname"."""
    by: dict[str, list[str]] = {}
    for field, level in row.items():
        if field not in ("id", "other_id", "probability", "decision") and level != "blank":
            by.setdefault(level, []).append(field.replace("_", " "))
    levels = ("same", "near", "resembles", "differs")
    return "; ".join(f"{level} {listed(by[level])}" for level in levels if level in by)


def _parts(text: str, known: set[str]) -> tuple[str, str]:
    """Take RAW=VALUE apart; where either holds a =, the audit tells which one is meant."""
    places = [at for at, letter in enumerate(text) if letter == "="]
    if not places:
        raise ClustomerError(
            "--set needs RAW=VALUE.", found=text, remedy='write for example "nrth=North"'
        )
    at = next((place for place in places if text[:place] in known), places[0])
    return text[:at], text[at + 1 :]


def _column(out: Path, name: str) -> tuple[str, str]:
    from clustomer.review import recipe_of

    tables = recipe_of(out).tables
    known = {
        f"{table}.{column}": (table, column) for table in tables for column in tables[table].columns
    }
    if name not in known:
        hint = nearest(name, known)
        raise ClustomerError(
            f"'{name}' is no column of this run.",
            found=f"columns {listed(known, 30)}" + (f"; {hint}" if hint else ""),
            remedy="write TABLE.COLUMN with the recipe's names",
        )
    return known[name]


def _chosen(
    found: pa.Table, table: str | None, column: str | None, rule: str | None
) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = found.to_pylist()
    for name, wanted in (("table", table), ("column", column), ("rule", rule)):
        if wanted is None:
            continue
        known = {part for row in rows for part in _names(row, name)}
        if wanted not in known:
            hint = nearest(wanted, known)
            raise ClustomerError(
                f"No repair has the {name} '{wanted}'.",
                found=listed(sorted(known), 30) + (f"; {hint}" if hint else ""),
                remedy=f"correct --{name}",
            )
        rows = [row for row in rows if wanted in _names(row, name)]
    return rows


def _names(row: dict[str, str], name: str) -> list[str]:
    return row[name].split(" + ") if name == "rule" else [row[name]]


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    rows: list[dict[str, str]]


def _groups(rows: list[dict[str, str]]) -> list[_Group]:
    """Repairs by column; the column with the worst repair first."""
    groups: dict[str, _Group] = {}
    for row in rows:
        name = f"{row['table']}.{row['column']}"
        groups.setdefault(name, _Group(name, [])).rows.append(row)
    return list(groups.values())


def _show(
    screen: Console,
    rows: list[dict[str, str]],
    made: dict[tuple[str, str, str], Verdict],
    *,
    every: bool,
) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    if not rows:
        screen.print("No value was repaired.")
        return
    groups = _groups(rows)
    for group in groups if every else groups[:COLUMNS]:
        screen.print(
            f"{group.name}: {_cells(group.rows)}, {_count(len(group.rows), 'value')}",
            markup=False,
            style="bold",
            soft_wrap=True,
        )
        shown = Table(box=SIMPLE_HEAD, pad_edge=False)
        for head in ("rows", "sure", "raw", "repaired", "rule", "why"):
            shown.add_column(head, justify="right" if head in ("rows", "sure") else "left")
        for row in group.rows if every else group.rows[:VALUES]:
            said = made.get((row["table"], row["column"], row["raw"]), row["decision"])
            later = "" if said == row["decision"] else f" (next fit: {said})"
            cells_ = (
                f"{int(row['count']):,}",
                f"{float(row['confidence']):.2f}",
                _shown(row["raw"]),
                _shown(row["repaired"]),
                row["rule"],
                row["reason"] + later,
            )
            shown.add_row(*(Text(cell) for cell in cells_))
        screen.print(shown)
        left = 0 if every else len(group.rows) - VALUES
        if left > 0:
            screen.print(f"  and {_count(left, 'value')} more", soft_wrap=True)
    if not every and len(groups) > COLUMNS:
        names = listed(group.name for group in groups[COLUMNS:])
        screen.print(f"Also repaired: {names}", markup=False, soft_wrap=True)


def _cells(rows: list[dict[str, str]]) -> str:
    """Count repaired cells, and dates that were only read apart from them, as the report does."""
    from clustomer.cleaning.rules import PLAIN_READINGS

    read = sum(int(row["count"]) for row in rows if row["rule"] in PLAIN_READINGS)
    repaired = sum(int(row["count"]) for row in rows) - read
    parts = [f"{_count(repaired, 'cell')} repaired"] if repaired else []
    return ", ".join(parts + ([f"{_count(read, 'date')} read"] if read else []))


def _where(screen: Console, out: Path, file: Path, made: int) -> None:
    from clustomer.review import AUDIT

    lines = [f"All repairs: {out / AUDIT}"]
    lines.append(f"Decisions ({made:,}): {file}" if made else f"Decisions go to {file}")
    for line in lines:
        screen.print(line, markup=False, soft_wrap=True)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _shown(text: str) -> str:
    r"""A value between quotes, with what cannot be seen spelt out.

    >>> _shown(" gold\t"), _shown("")
    ("' gold\\t'", '(blank)')
    """
    if not text:
        return "(blank)"
    seen = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return f"'{seen}'" if len(seen) <= LONGEST else f"'{seen[: LONGEST - 1]}…'"
