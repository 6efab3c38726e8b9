"""A draft as a recipe in TOML, each guess with its reason beside it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator

from clustomer.drafting.draft import Draft, DraftTable
from clustomer.drafting.naming import DraftColumn
from clustomer.recipe.load import load_recipe
from clustomer.recipe.settings import NameRule
from clustomer.rounding import percent

_WIDTH = 96


def recipe_of(draft: Draft) -> dict[str, object]:
    """Return the settings of the recipe that a draft stands for."""
    return tomllib.loads(recipe_text(draft))


def recipe_text(draft: Draft) -> str:
    """Write a draft as a recipe: TOML with comments, for a person to read and to change."""
    return "\n".join(_lines(draft)).rstrip() + "\n"


def _lines(draft: Draft) -> Iterator[str]:
    yield from _comment(
        "A draft, made by looking at the tables. Each guess stands with its reason and how sure it"
        " is, from 0 to 1. Change what is wrong; docs/recipes.md explains every setting."
    )
    yield 'name = "draft"'
    yield f"says = {_text(_says(draft))}"
    yield f"unit = {_text(draft.unit)}"
    if draft.as_of:
        yield "# The day after the newest sign-up: there are no orders to count back from."
        yield f"as_of = {draft.as_of}"
    if draft.needs:
        yield ""
        yield "# Not there, and would help:"
        for need in draft.needs:
            yield from _comment(need, first="# - ", later="#   ")
    if draft.aside:
        yield ""
        yield "# Not used:"
        for name, why in draft.aside.items():
            yield from _comment(f"{name}: {why}", first="# - ", later="#   ")
    for table in draft.tables:
        yield from _table(table, draft)
    yield from _money(draft)
    yield from _features(draft)
    yield from _segments(draft)


def _says(draft: Draft) -> str:
    first, *others = draft.tables
    more = f" and {len(others)} more" if others else ""
    return f"drafted from {first.source}{more}"


def _table(table: DraftTable, draft: Draft) -> Iterator[str]:
    yield ""
    yield from _what_it_is(table, draft)
    yield ""
    yield f"[tables.{table.name}.columns]"
    for column in table.columns:
        if column.read:
            yield from _column(column, needed=_needed(column, table))
    if table.place.role == "lines" and draft.money is not None:
        yield from _absent(draft)
    left = [column for column in table.columns if not column.read]
    if left:
        yield "# Left out:"
        for column in left:
            says = f"{column.source}: {column.role}, for {column.reason} ({column.confidence:.2f})"
            yield from _comment(says, first="# - ", later="#   ")


def _what_it_is(table: DraftTable, draft: Draft) -> Iterator[str]:
    place = table.place
    yield from _comment(
        f"{table.source}, {table.rows:,} rows: {place.role}, for {place.reason}"
        f" ({place.confidence:.2f})."
    )
    for join in draft.joins:
        if join.table == table.source:
            yield from _comment(
                f"Its {join.column} is found in {join.to}: {percent(join.matched, 1)} of the rows."
            )
    yield f"[tables.{table.name}]"
    yield f"role = {_text(place.role)}"
    if table.pattern:
        yield f"files = [{_text(table.pattern)}]"
    if table.parts:
        yield "parts = true"
    if table.key is not None:
        yield f"key = {_text(table.key)}"


def _absent(draft: Draft) -> Iterator[str]:
    """Columns that order lines should have, as optional ones to fill in."""
    money = draft.money
    if money is not None and money.date is None:
        yield '# Not found. If a column holds the date of the order, add: source = ["its name"]'
        yield 'order_date = { kind = "date", required = false }'
    if money is not None and money.order is None:
        yield '# Not found. If a column tells orders apart, add: source = ["its name"]'
        yield 'order_id = { kind = "key", required = false }'


def _needed(column: DraftColumn, table: DraftTable) -> bool:
    """Whether a file without the column is of no use."""
    if column.kind == "key":
        return column.name in {table.key, "customer_id"}
    return column.name in {"order_date", "quantity", "unit_price", "line_total"}


def _column(column: DraftColumn, *, needed: bool) -> Iterator[str]:
    yield f"# {column.role}, for {column.reason} ({column.confidence:.2f})"
    settings = [f"kind = {_text(column.kind or '')}"]
    if column.source != column.name:
        settings.append(f"source = [{_text(column.source)}]")
    if not needed:
        settings.append("required = false")
    if column.order:
        settings.append(f"order = [{', '.join(map(_text, column.order))}]")
    if column.unit:
        settings.append(f"unit = {_text(column.unit)}")
    if column.sensitive:
        settings.append("sensitive = true")
    yield f"{column.name} = {{ {', '.join(settings)} }}"


def _money(draft: Draft) -> Iterator[str]:
    money = draft.money
    if money is None:
        return
    yield ""
    yield f"# What a line is worth: {money.reason}."
    yield "[lines]"
    yield f"amount = {_text(money.amount)}"
    yield f"sale = {_text(money.sale)}"
    yield f"money_back = {_text(money.money_back)}"
    if money.date is not None:
        yield f"date = {_text(money.date)}"
    if money.order is not None:
        yield f"order = {_text(money.order)}"


def _features(draft: Draft) -> Iterator[str]:
    yield ""
    if draft.money is None:
        yield from _comment(
            "What customers do makes the segments; who they are describes them. Move a name from"
            " the one list to the other to change that."
        )
    else:
        yield from _comment(
            "How often, how much and how lately makes the segments; the rest describes them."
        )
    yield f"[features.{draft.unit}]"
    yield from _list("segment_on", draft.features.segment_on)
    yield from _list("describe_with", draft.features.describe_with)


def _segments(draft: Draft) -> Iterator[str]:
    yield ""
    yield "[segments]"
    yield 'noun = "customers"'
    if draft.unit == "row":
        yield 'row_noun = "customers"'
    features = {*draft.features.segment_on, *draft.features.describe_with}
    rules = [rule for rule in _naming_table() if set(rule.when) <= features]
    if draft.money is None or not rules:
        return
    yield ""
    yield from _comment(
        "The naming table: a segment gets the name of a rule that holds for it, the first one if it"
        " can."
    )
    for rule in rules:
        when = ", ".join(f"{name} = {_text(level)}" for name, level in rule.when.items())
        yield "[[segments.names]]"
        yield f"name = {_text(rule.name)}"
        yield f"when = {{ {when} }}"
        yield f"says = {_text(rule.says)}"
        yield ""


def _naming_table() -> tuple[NameRule, ...]:
    return load_recipe("transactions").segments.names


def _list(name: str, values: Iterable[str]) -> Iterator[str]:
    yield f"{name} = ["
    for value in values:
        yield f"  {_text(value)},"
    yield "]"


def _text(text: str) -> str:
    """A TOML basic string: JSON's escapes are valid in it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str, first: str = "# ", later: str = "# ") -> Iterator[str]:
    """A text as comment lines of bounded width; control characters are left out."""
    words = "".join(c if c.isprintable() else " " for c in text).split()
    line = first
    for word in words:
        if len(line) + len(word) > _WIDTH and line not in {first, later}:
            yield line.rstrip()
            line = later
        line += f"{word} "
    yield line.rstrip()
