"""Start a fit, watch it, and open what it found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import streamlit as st

from clustomer.app import state
from clustomer.app.screens import jobs
from clustomer.app.sessions import Session
from clustomer.app.words import TERMS

AUTO: Final = "By the evidence"
MOST: Final = 20
"""Most segments that can be asked for here; a recipe can ask for more."""

Recipe = Mapping[str, object]


def decisions_for(session: Session, data: Path) -> Path:
    """The session's file of decisions on the repairs of some tables."""
    return session.folder / f"{data.name}.decisions.toml"


def fit_panel(
    data: Path, recipe: Recipe, *, previous: Path | None = None, key: str = ""
) -> int | None:
    """Show the number of segments, the button, and the fit as it goes; returns the number."""
    number, begin = st.columns(2, vertical_alignment="bottom")
    with number:
        wanted = st.selectbox(
            "Number of segments",
            [AUTO, *range(2, MOST + 1)],
            key=f"k {key}",
            help="By the evidence: every number from 2 to 10 is tried and the evidence is shown. "
            + TERMS["evidence"],
        )
    running = jobs.job("fit")
    busy = running is not None and running.state == "running"
    with begin:
        if st.button("Find segments", type="primary", disabled=busy, key=f"fit {key}"):
            started = _start(data, recipe, "auto" if wanted == AUTO else int(wanted), previous)
            if started:
                st.rerun()
    done = jobs.watch("fit", "Finding segments")
    if done is not None:
        _open(Path(str(done.asked["out"])), recipe_name(done.asked.get("recipe")), done.result)
    return None if wanted == AUTO else int(wanted)


def _start(data: Path, recipe: Recipe, k: int | Literal["auto"], previous: Path | None) -> bool:
    session = state.session()
    out = session.new_run("being fitted")
    started = jobs.start(
        "fit",
        "fit",
        {
            "data": str(data),
            "recipe": dict(recipe),
            "k": k,
            "out": str(out),
            "decisions": str(decisions_for(session, data)),
            "previous": None if previous is None else str(previous),
        },
    )
    made = {"data": str(data), "recipe": dict(recipe)}
    session.remember(made={**session.table("made"), out.name: made})
    return started


def _open(out: Path, name: str, result: Mapping[str, object]) -> None:
    session = state.session()
    title = f"{name}, {result['k']} segments"
    taken = [one.title for one in session.runs if one.id != out.name]
    number = 1 + sum(one == title or one.startswith(f"{title} (") for one in taken)
    shown = title if number == 1 else f"{title} ({number})"
    session.remember(titles={**session.table("titles"), out.name: shown}, run=out.name)
    jobs.clear("fit")
    st.session_state["fitted"] = shown
    st.rerun()


def told_when_fitted() -> None:
    """Say once that a fit has ended, with the way to what it found."""
    shown = st.session_state.pop("fitted", "")
    if shown:
        st.success(f"Done: **{state.escaped(shown)}** is open now.", icon=":material/check:")
        st.page_link("routes/segments.py", label="See the segments", icon=":material/bubble_chart:")


def recipe_name(recipe: object) -> str:
    """What a recipe is called."""
    if isinstance(recipe, Mapping):
        return str(recipe.get("name") or recipe.get("base") or "own recipe")
    return "own recipe"
