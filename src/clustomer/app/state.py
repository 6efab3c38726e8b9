"""What all pages share: the session, the open run, and what is kept of it between interactions."""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from clustomer.app.charts import Theme
from clustomer.app.options import Options, read_options
from clustomer.app.sessions import RunChoice, Session, find_session
from clustomer.app.view import View, view_of
from clustomer.app.work import Workers
from clustomer.app.workspace import remove_old
from clustomer.errors import ClustomerError
from clustomer.report.style import unbroken
from clustomer.runs import RunFiles, orders_of, read_run, run_key

if TYPE_CHECKING:
    import pyarrow as pa

    from clustomer.app.charts import Chart

ADDRESS: Final = "s"
"""The session's token in the page's address."""

RUNS_KEPT: Final = 6
"""Open runs held in memory for all sessions together."""


def options() -> Options:
    """What the app was started with."""
    return read_options()


def session() -> Session:
    """The session of this page; a new one where the address names none."""
    token = st.session_state.get("token") or st.query_params.get(ADDRESS, "")
    found = find_session(options(), token)
    st.session_state["token"] = found.token
    if st.query_params.get(ADDRESS) != found.token:
        st.query_params[ADDRESS] = found.token
    return found


@st.cache_resource(show_spinner=False)
def workers() -> Workers:
    """The processes of this app; they end with it."""
    started = Workers()
    atexit.register(started.end_all)
    remove_old(Path(options().workspace))
    return started


@st.cache_resource(show_spinner=False, max_entries=RUNS_KEPT)
def _opened(folder: str, key: str) -> View:  # noqa: ARG001  (the key makes it another run)
    return view_of(read_run(folder))


def view_for(choice: RunChoice) -> View:
    """A run, opened once for all sessions and looked up by its key."""
    return open_ahead(choice.folder)


def open_ahead(folder: Path) -> View:
    """Open a run, or look it up: what is opened before a visitor comes is there when one does."""
    return _opened(str(folder), run_key(folder))


def opened(page: str) -> View:
    """The open run; where there is none, the page says what to do and ends here."""
    choice = session().open_run
    if choice is None:
        st.info(
            f"No run is open, so there is nothing to show under {page} yet. "
            "Give your tables on the page **Data** and start a fit."
        )
        st.page_link("routes/data.py", label="Go to Data", icon=":material/table:")
        st.stop()
    try:
        return view_for(choice)
    except ClustomerError as error:
        show_error(error)
        st.stop()


@st.cache_resource(show_spinner=False, max_entries=RUNS_KEPT)
def _orders(folder: str, key: str, _run: RunFiles) -> pa.Table | None:  # noqa: ARG001
    return orders_of(_run)


def orders(view: View) -> pa.Table | None:
    """The orders of a run, or None where it has none."""
    return _orders(str(view.run.folder), view.run.key, view.run)


def theme() -> Theme:
    """Whether the page is dark or light."""
    return "dark" if st.context.theme.type == "dark" else "light"


def show(chart: Chart, key: str) -> None:
    """Show a chart."""
    st.plotly_chart(
        chart.figure(),
        theme=None,
        key=key,
        alt=chart.says,
        config={"displaylogo": False, "displayModeBar": False, "scrollZoom": False},
    )


def show_error(error: ClustomerError | Mapping[str, str]) -> None:
    """Show an error as one message: what is wrong, what is there, what to do."""
    if isinstance(error, ClustomerError):
        what, found, remedy = error.what, error.found, error.remedy
    else:
        what, found, remedy = (error.get(part, "") for part in ("what", "found", "remedy"))
    lines = [f"**{escaped(what)}**"]
    if found:
        lines.append(f"Found: {escaped(found)}")
    if remedy:
        lines.append(f"To do: {escaped(remedy)}")
    st.error("\n\n".join(lines), icon=":material/error:")


MARKUP: Final = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]<>()#+-.!|~$:"})


def escaped(text: str) -> str:
    r"""A text that Markdown shows as it is.

    >>> escaped("a_b <i>")
    'a\\_b \\<i\\>'
    """
    return unbroken(text).translate(MARKUP)
