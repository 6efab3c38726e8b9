"""Work in the background as a page shows it: stages as they begin, a cancel that works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from clustomer.app import state
from clustomer.app.words import spent
from clustomer.app.work import Job
from clustomer.errors import ClustomerError

EVERY: Final = 0.7
"""Seconds between two looks at a job that runs."""

EXPECTED: Final[Mapping[str, int]] = {"look": 6, "fit": 11, "score": 6, "adopt": 2}
"""Stages that a kind of job tells, for the bar."""


def start(slot: str, kind: str, asked: Mapping[str, object]) -> bool:
    """Start a job in a slot of the session, such as ``fit``; its old job is ended first.

    Returns
    -------
    False where the app is too busy; the page says so then.
    """
    session = state.session()
    stop(slot)
    try:
        name = state.workers().start(session.jobs, kind, asked)
    except ClustomerError as error:
        state.show_error(error)
        return False
    session.remember(jobs={**session.table("jobs"), slot: name})
    return True


def job(slot: str) -> Job | None:
    """The job of a slot, as it stands."""
    session = state.session()
    name = str(session.table("jobs").get(slot, ""))
    return state.workers().read(session.jobs, name) if name else None


def stop(slot: str) -> None:
    """End the job of a slot, if one runs."""
    found = job(slot)
    if found is not None and found.state == "running":
        state.workers().cancel(found.folder)


def clear(slot: str) -> None:
    """Forget the job of a slot."""
    stop(slot)
    session = state.session()
    session.remember(jobs={key: name for key, name in session.table("jobs").items() if key != slot})


def watch(slot: str, doing: str) -> Job | None:
    """Show how a job stands; returns it once it is done, None before and when it failed."""
    found = job(slot)
    if found is None:
        return None
    if found.state == "running":
        _running(slot, doing)
        return None
    if found.state == "done":
        return found
    if found.state == "failed":
        state.show_error(found.error)
    elif found.state == "cancelled":
        st.info(f"Cancelled after {spent(found.seconds)}; nothing was changed.")
    else:
        st.error(
            "The work ended without a result: it may have run out of memory, or the app was "
            "started anew meanwhile. Start it again. What it said last stands in the file "
            f"`{found.folder.name}/words.txt` of the session's jobs."
        )
    return None


@st.fragment(run_every=EVERY)
def _running(slot: str, doing: str) -> None:
    found = job(slot)
    if found is None or found.state != "running":
        st.rerun()
        return
    share = min(len(found.stages) / (EXPECTED.get(found.kind, 8) + 1), 0.97)
    stage = found.stages[-1] if found.stages else "begin"
    with st.container(border=True):
        st.progress(share, text=f"{doing}: {stage} … ({spent(found.seconds)})")
        if st.button("Cancel", key=f"cancel {slot}", icon=":material/stop:"):
            stop(slot)
            st.rerun()
        st.caption("You may reload the page or look at other pages meanwhile.")
