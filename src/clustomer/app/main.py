"""The app: its pages, and what stands around them. Run by ``clustomer app``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from clustomer.app import state
from clustomer.app.cards import DARK_STYLE, STYLE
from clustomer.app.login import require_login

ICON: Final = Path(__file__).with_name("icon.svg")
"""Our own: a named icon would be fetched from another machine, which is none of its business."""

PAGES: Final = (
    ("data", "Data", ":material/table:"),
    ("explore", "Explore", ":material/insights:"),
    ("segments", "Segments", ":material/bubble_chart:"),
    ("place", "Place a customer", ":material/person_pin_circle:"),
    ("customers", "Customers", ":material/group:"),
    ("runs", "Runs", ":material/history:"),
)


def main() -> None:
    """Show the page that is asked for."""
    st.set_page_config(page_title="clustomer", page_icon=str(ICON), layout="wide")
    st.html(STYLE + DARK_STYLE if state.theme() == "dark" else STYLE)
    if not require_login(state.options().password):
        return
    session = state.session()
    state.workers()
    first = "segments" if session.runs else "data"
    pages = [
        st.Page(f"routes/{name}.py", title=title, icon=icon, default=name == first)
        for name, title, icon in PAGES
    ]
    page = st.navigation(pages)
    with st.sidebar:
        _open_run()
    st.title(page.title)
    page.run()


def _open_run() -> None:
    """Choose the run that all pages look at."""
    session = state.session()
    every = session.runs
    current = session.open_run
    if not every or current is None:
        st.caption("No run is open yet.")
        return
    titles = {one.id: one.title for one in every}
    chosen = st.selectbox(
        "Open run",
        list(titles),
        index=list(titles).index(current.id),
        format_func=lambda one: titles[one],
        help="A run is one fit: its segments, its customers and its model.",
        key=f"open run {current.id} {len(every)}",
    )
    if chosen != current.id:
        session.remember(run=chosen)
        st.rerun()


if __name__ == "__main__":
    main()
