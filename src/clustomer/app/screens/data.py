"""Data: give tables, see what they were read as, correct roles and repairs, find segments."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import streamlit as st

from clustomer.app import state
from clustomer.app.screens import jobs
from clustomer.app.screens.fitting import decisions_for, fit_panel, told_when_fitted
from clustomer.app.screens.repairs import show_repairs
from clustomer.app.screens.roles import show_guesses, show_roles
from clustomer.app.screens.told import show_accounts, show_findings, show_joins
from clustomer.app.uploads import keep_tables, table_endings
from clustomer.app.words import counted
from clustomer.app.workspace import bytes_in
from clustomer.recipe.load import BUILT_IN, load_recipe

FITTING: Final = "The one that fits"
DRAFT: Final = "draft"
REFUSED: Final = "refused"
"""Where errors of the files given last are kept until others are given."""


def page() -> None:
    """Show the page."""
    told_when_fitted()
    session = state.session()
    data = session.data
    demo = session.options.demo and data is not None and data == session.given_data
    title = "Give tables of your own" if demo else "Give tables"
    with st.expander(title, expanded=data is None or demo, icon=":material/upload_file:"):
        _give()
    for error in st.session_state.get(REFUSED, ()):
        state.show_error(error)
    if demo:
        st.info("These are the demo's tables. Give your own above, or see what becomes of them.")
    if data is None:
        st.info(
            "Give your sales, customer and product tables above: as files, or from a folder on "
            "this machine. Nothing leaves this machine, and your files are never changed."
        )
        return
    _there(data)
    seen = jobs.watch("look", "Looking at the tables")
    found = jobs.job("look")
    if seen is None:
        if found is not None and found.state not in ("running", "done"):
            _choose_recipe(data, None)
        elif found is None:
            _again(look(data, None))
            st.button("Try again")
        return
    roles = seen.asked.get("roles")
    _tell(data, seen.result, roles if isinstance(roles, dict) else {})


def look(data: Path, recipe: Mapping[str, object] | None, **more: object) -> bool:
    """Look at the tables with a recipe, or with the one that fits; False where it must wait."""
    asked = {
        "data": str(data),
        "recipe": None if recipe is None else dict(recipe),
        "decisions": str(decisions_for(state.session(), data)),
        **more,
    }
    return jobs.start("look", "look", asked)


def _give() -> None:
    session = state.session()
    turn = st.session_state.get("upload turn", 0)
    given = st.file_uploader(
        "Files",
        type=[ending.lstrip(".") for ending in table_endings()],
        accept_multiple_files=True,
        key=f"upload {turn}",
        on_change=_forget_refused,
        help="CSV, Excel, Parquet or JSON lines; up to 200 MB each. Typing errors, blanks and odd "
        "spellings may stay: they are found and repaired on record.",
    )
    if st.button("Use these files", type="primary", disabled=not given):
        folder = session.new_data()
        kept, refused = keep_tables(given, folder, session.folder)
        # Kept, for the page is shown anew as soon as the tables have been looked at.
        st.session_state[REFUSED] = refused
        if not kept:
            session.remember(data="")
        else:
            jobs.clear("look")
            st.session_state["upload turn"] = turn + 1
            st.rerun()
    folders = session.known_folders()
    if folders:
        chosen = st.selectbox(
            "or a folder on this machine", list(folders), index=None, placeholder="Choose a folder"
        )
        if st.button("Use this folder", disabled=chosen is None):
            session.remember(data=f"folder:{chosen}")
            jobs.clear("look")
            _forget_refused()
            st.rerun()


def _forget_refused() -> None:
    st.session_state.pop(REFUSED, None)


def _there(data: Path) -> None:
    files = [path for path in sorted(data.iterdir()) if path.is_file() and path.name[0] != "."]
    size = bytes_in(data) / 2**20
    names = ", ".join(path.name for path in files[:8])
    more = f" and {len(files) - 8} more" if len(files) > 8 else ""
    st.caption(f"Open: {state.escaped(names + more)} ({size:,.1f} MB)")


def _choose_recipe(data: Path, current: str | None) -> None:
    options = [FITTING, *BUILT_IN, DRAFT]
    says = {name: f"{name}: {load_recipe(name).says}" for name in BUILT_IN}
    says[DRAFT] = "guessed: what the columns are is guessed from their names and values"
    at = options.index(current) if current in options else 0
    chosen = st.selectbox(
        "Recipe",
        options,
        index=at,
        format_func=lambda name: says.get(name, name),
        help="A recipe says what tables there are, what their columns mean and which features make "
        "the segments.",
    )
    if chosen != options[at] or (current is None and st.button("Look again")):
        known = chosen in BUILT_IN
        given = {"base": chosen, "name": chosen} if known else None
        _again(look(data, given, draft=chosen == DRAFT))


def _tell(data: Path, result: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    recipe: dict[str, Any] = dict(result["recipe"])
    st.subheader("What was found")
    noun = load_recipe(recipe).noun
    st.write(
        f"**{counted(int(result['customers']), noun)}** can be segmented."
        + (f" {state.escaped(str(result['why']))}" if result["why"] else "")
    )
    drafted = result["drafted"]
    _choose_recipe(data, DRAFT if drafted else str(recipe.get("base", "")))
    if drafted:
        roles = show_guesses(drafted, given)
        if roles is not None:
            _again(look(data, None, draft=True, roles=roles))
    else:
        changed = show_roles(recipe, result["settled"], result["tables"])
        if changed is not None:
            _again(look(data, changed))
    st.subheader("Find segments")
    fit_panel(data, recipe, key="data")
    show_accounts(result["accounts"])
    show_joins(result["joins"])
    show_findings(result["findings"])
    file = decisions_for(state.session(), data)
    if show_repairs(result["repairs"], int(result["repairs in all"]), file):
        _again(look(data, recipe))


def _again(started: bool) -> None:  # noqa: FBT001
    """Show the page anew where work was started; where it was not, the page has said why."""
    if started:
        st.rerun()
