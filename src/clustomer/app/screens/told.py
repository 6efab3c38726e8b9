"""Row accounts, joins and findings, told alike on every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from clustomer.app import state
from clustomer.app.words import TERMS, counted
from clustomer.report.style import percent

ICONS: Final = {
    "problem": ":material/error:",
    "warning": ":material/warning:",
    "note": ":material/info:",
}
Told = Mapping[str, Any]


def show_accounts(accounts: Sequence[Told]) -> None:
    """Rows read = used + quarantined, a line a table."""
    st.subheader("Rows", help=TERMS["quarantine"])
    st.dataframe(
        [
            {
                "Table": one["table"],
                "File": one["source"],
                "Rows read": one["read"],
                "Used": one["used"],
                "Set aside": one["read"] - one["used"],
                "Why": "; ".join(f"{count:,} {reason}" for reason, count in one["reasons"]),
            }
            for one in accounts
        ],
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(format="localized")
            for name in ("Rows read", "Used", "Set aside")
        },
    )


def show_joins(joins: Sequence[Told]) -> None:
    """Each join with the proof that it kept rows and revenue."""
    if not joins:
        return
    st.subheader("Joins", help="How tables were put together. Rows and revenue stay the same.")
    st.dataframe(
        [
            {
                "Tables": f"{one['left']} with {one['right']}",
                "By": one["key"],
                "Rows before": one["rows_before"],
                "Rows after": one["rows_after"],
                "Sales before": float(one["revenue_before"]),
                "Sales after": float(one["revenue_after"]),
                "Matched": percent(one["matched"] / max(one["rows_before"], 1)),
            }
            for one in joins
        ],
        hide_index=True,
        column_config={
            "Rows before": st.column_config.NumberColumn(format="localized"),
            "Rows after": st.column_config.NumberColumn(format="localized"),
            "Sales before": st.column_config.NumberColumn(format="%,.2f"),
            "Sales after": st.column_config.NumberColumn(format="%,.2f"),
            "Matched": st.column_config.TextColumn(alignment="right"),
        },
    )


def show_findings(findings: Sequence[Told]) -> None:
    """Findings with their remedies, worst first; notes are folded away."""
    st.subheader("Findings", help=TERMS["finding"])
    if not findings:
        st.success("Nothing was noticed that you should know.", icon=":material/check:")
        return
    worse = [one for one in findings if one["severity"] != "note"]
    notes = [one for one in findings if one["severity"] == "note"]
    for one in worse:
        message = st.error if one["severity"] == "problem" else st.warning
        message(_text(one), icon=ICONS[str(one["severity"])])
    if notes:
        with st.expander(counted(len(notes), "notes"), icon=ICONS["note"]):
            for one in notes:
                st.markdown(f"- {_text(one)}")


def _text(one: Told) -> str:
    remedy = f"  \nTo do: {state.escaped(str(one['remedy']))}" if one["remedy"] else ""
    return state.escaped(str(one["text"])) + remedy
