"""Repairs, those most in doubt first, each to be accepted, rejected or set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import streamlit as st

from clustomer.app import state
from clustomer.app.words import TERMS
from clustomer.cleaning.decisions import Decision, add_decisions, forget_decisions, read_decisions
from clustomer.errors import ClustomerError
from clustomer.report.style import percent

OPEN: Final = "–"
VERDICTS: Final = (OPEN, "accept", "reject", "set")

Row = Mapping[str, Any]


def show_repairs(repairs: Sequence[Row], in_all: int, file: Path) -> bool:
    """Show the repairs with what was decided; returns whether decisions were changed.

    Parameters
    ----------
    repairs
        Rows of the audit, those most in doubt first.
    in_all
        Repairs of the tables; more than are shown where they are very many.
    file
        Where decisions are kept.
    """
    st.subheader("Repairs", help=TERMS["repair"])
    if not repairs:
        st.success("Nothing had to be repaired.", icon=":material/check:")
        return False
    decided = {one.cell: one for one in read_decisions(file)} if file.is_file() else {}
    shown = f" The first {len(repairs):,} are shown." if in_all > len(repairs) else ""
    st.caption(
        f"{in_all:,} different values were repaired, those most in doubt first.{shown} Accept one "
        "to keep it, reject it to leave the value as it came, or set what it means."
    )
    with st.form("repairs", border=False):
        edited = _editor(repairs, decided)
        sent = st.form_submit_button("Keep these decisions")
    if not sent:
        return False
    try:
        return _keep(edited, decided, file)
    except ClustomerError as error:
        state.show_error(error)
        return False


def _editor(
    repairs: Sequence[Row], decided: Mapping[tuple[str, str, str], Decision]
) -> Sequence[Row]:
    rows = []
    for one in repairs:
        made = decided.get((one["table"], one["column"], one["raw"]))
        rows.append(
            {
                "Table": one["table"],
                "Column": one["column"],
                "As it stood": one["raw"],
                "Read as": one["repaired"],
                "Decision": made.verdict if made else OPEN,
                "Set to": made.value if made and made.verdict == "set" else "",
                "Times": one["count"],
                "Sure": percent(one["confidence"]),
                "Why": one["reason"],
            }
        )
    edited: Sequence[Row] = st.data_editor(
        rows,
        column_config={
            **{
                name: st.column_config.TextColumn(disabled=True)
                for name in ("Table", "Column", "As it stood", "Read as", "Why")
            },
            "Times": st.column_config.NumberColumn(
                disabled=True, format="localized", help="In how many rows the value stands."
            ),
            "Sure": st.column_config.TextColumn(
                disabled=True, alignment="right", help="How sure the rule is of this repair."
            ),
            "Decision": st.column_config.SelectboxColumn(options=VERDICTS, required=True),
            "Set to": st.column_config.TextColumn(help="Counts where the decision is 'set'."),
        },
        hide_index=True,
        height=420,
        key="repairs table",
    )
    return edited


def _keep(
    edited: Sequence[Row], decided: Mapping[tuple[str, str, str], Decision], file: Path
) -> bool:
    """Write what was decided; returns whether it differs from before."""
    made: dict[tuple[str, str, str], Decision] = {}
    for row in edited:
        cell = (str(row["Table"]), str(row["Column"]), str(row["As it stood"]))
        verdict = row["Decision"]
        if verdict == "accept":
            made[cell] = Decision(*cell, "accept", str(row["Read as"]))
        elif verdict == "reject":
            made[cell] = Decision(*cell, "reject")
        elif verdict == "set":
            made[cell] = Decision(*cell, "set", str(row["Set to"] or ""))
    shown = {(str(row["Table"]), str(row["Column"]), str(row["As it stood"])) for row in edited}
    gone = {cell for cell in decided if cell in shown and cell not in made}
    new = [one for cell, one in made.items() if decided.get(cell) != one]
    if gone:
        forget_decisions(file, gone)
    if new:
        add_decisions(file, new)
    return bool(gone or new)
