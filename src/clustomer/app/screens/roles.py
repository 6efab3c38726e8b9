"""Roles of columns: what each column of a file is used as, to be corrected in a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from clustomer.app import state
from clustomer.app.words import TERMS
from clustomer.drafting.guess import ROLES
from clustomer.report.style import percent

UNUSED: Final = "not used"
KINDS: Final = {
    "key": "an id",
    "number": "a number",
    "category": "a category",
    "ordinal": "a category with an order",
    "date": "a date",
    "text": "a text",
}

Settings = Mapping[str, Any]


def show_roles(recipe: Settings, settled: Settings, tables: Settings) -> dict[str, Any] | None:
    """Show what each column is used as; returns the recipe as corrected, None where nothing was.

    Parameters
    ----------
    recipe
        The recipe as it was asked for: a base and changes.
    settled
        All of its settings.
    tables
        By table: source, read_as, columns, and used (role to column).
    """
    st.subheader("What the columns are", help=TERMS["role"])
    changes: dict[str, dict[str, str]] = {}
    with st.form("roles", border=False):
        for name, table in tables.items():
            columns = settled["tables"][name]["columns"]
            st.markdown(
                f"**{state.escaped(str(table['source']))}** is the table *{state.escaped(name)}*, "
                f"read as {state.escaped(str(table['read_as']))}"
            )
            changes[name] = _editor(name, table, columns)
        sent = st.form_submit_button("Use these roles")
    if not sent:
        return None
    moved = {name: found for name, found in changes.items() if found}
    return corrected(recipe, tables, moved) if moved else None


def _editor(name: str, table: Settings, columns: Settings) -> dict[str, str]:
    """The table of one source; returns column to role of those that were changed."""
    role_of = {column: role for role, column in table["used"].items()}
    before = {column: role_of.get(column, UNUSED) for column in table["columns"]}
    edited = st.data_editor(
        [
            {
                "Column": column,
                "Used as": role,
                "Read as": KINDS.get(str(columns.get(role, {}).get("kind")), ""),
            }
            for column, role in before.items()
        ],
        column_config={
            "Column": st.column_config.TextColumn(disabled=True),
            "Used as": st.column_config.SelectboxColumn(
                options=[*columns, UNUSED], required=True, help="Choose what the column means."
            ),
            "Read as": st.column_config.TextColumn(disabled=True),
        },
        hide_index=True,
        height="content",
        key=f"roles {name}",
    )
    after = {str(row["Column"]): str(row["Used as"]) for row in edited}
    return {column: role for column, role in after.items() if role != before[column]}


def corrected(
    recipe: Settings, tables: Settings, changes: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """The recipe with roles changed: each role that moved names its column exactly.

    A role whose column went to another one, or to nothing, is left out.

    >>> tables = {"sales": {"used": {"quantity": "pieces", "price": "p"}}}
    >>> changed = corrected({"base": "retail"}, tables, {"sales": {"n": "quantity"}})
    >>> changed["tables"]["sales"]["columns"]
    {'quantity': {'exactly': 'n'}}
    >>> corrected({}, tables, {"sales": {"p": "not used"}})["tables"]["sales"]["columns"]
    {'price': {'exactly': ''}}
    """
    made: dict[str, Any] = {**recipe, "tables": {**recipe.get("tables", {})}}
    for name, moved in changes.items():
        role_of = {column: role for role, column in tables[name]["used"].items()}
        given = {role: column for column, role in moved.items() if role != UNUSED}
        left = {role_of[column] for column in moved if column in role_of} - set(given)
        exact = {role: {"exactly": column} for role, column in given.items()}
        exact |= {role: {"exactly": ""} for role in left}
        table = dict(made["tables"].get(name, {}))
        before = dict(table.get("columns", {}))
        for role, change in exact.items():
            before[role] = {**before.get(role, {}), **change}
        made["tables"][name] = {**table, "columns": before}
    return made


def show_guesses(drafted: Settings, given: Settings) -> dict[str, dict[str, str]] | None:
    """Show what each column was guessed to be; returns all corrections, None where none was made.

    Parameters
    ----------
    drafted
        tables (source, place, columns with role, sure and reason), joins, aside, needs.
    given
        Corrections made before: source to column to role.
    """
    st.subheader("What the columns are", help=TERMS["role"])
    changes: dict[str, dict[str, str]] = {}
    with st.form("guesses", border=False):
        for table in drafted["tables"].values():
            source = str(table["source"])
            st.markdown(f"**{state.escaped(source)}**: {state.escaped(str(table['place']))}")
            changes[source] = _guesses(source, table["columns"])
        sent = st.form_submit_button("Use these roles")
    for title, lines in (
        ("How the tables hang together", drafted["joins"]),
        ("Not used", drafted["aside"]),
        ("Would help", drafted["needs"]),
    ):
        if lines:
            st.markdown(f"**{title}**\n\n" + "\n".join(f"- {state.escaped(x)}" for x in lines))
    moved = {source: found for source, found in changes.items() if found}
    if not sent or not moved:
        return None
    every = {source: dict(found) for source, found in given.items()}
    for source, found in moved.items():
        every[source] = {**every.get(source, {}), **found}
    return every


def _guesses(source: str, columns: list[dict[str, Any]]) -> dict[str, str]:
    before = {str(one["column"]): str(one["role"]) for one in columns}
    edited = st.data_editor(
        [
            {
                "Column": one["column"],
                "Is": one["role"],
                "Sure": percent(one["sure"]),
                "Because": one["reason"],
            }
            for one in columns
        ],
        column_config={
            "Column": st.column_config.TextColumn(disabled=True),
            "Is": st.column_config.SelectboxColumn(options=list(ROLES), required=True),
            "Sure": st.column_config.TextColumn(disabled=True, alignment="right"),
            "Because": st.column_config.TextColumn(disabled=True),
        },
        hide_index=True,
        height="content",
        key=f"guesses {source}",
    )
    after = {str(row["Column"]): str(row["Is"]) for row in edited}
    return {column: role for column, role in after.items() if role != before[column]}
