"""Place a file of customers: upload, place in the background, see the mix, download."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import streamlit as st

from clustomer.app import segment_charts, state
from clustomer.app.screens import jobs
from clustomer.app.screens.files import KINDS, MIMES
from clustomer.app.screens.told import show_accounts, show_findings
from clustomer.app.uploads import keep_tables, table_endings
from clustomer.app.view import View
from clustomer.app.words import counted
from clustomer.app.workspace import inside, new_name
from clustomer.campaign import as_bytes
from clustomer.intake.objections import read_objections, without
from clustomer.model import PLACED, PROBABILITY


def place_file(view: View) -> None:
    """Show the part of the page that places many."""
    needed = ", ".join(f"{name} ({source})" for name, (source, _) in view.run.read_as.items())
    st.write(
        "Give new tables that look like those of the fit. They are cleaned with the same repairs "
        f"and placed in the same segments; nothing is fitted again. The fit had: {needed}."
    )
    given = st.file_uploader(
        "Tables to place",
        type=[ending.lstrip(".") for ending in table_endings()],
        accept_multiple_files=True,
        key="place files",
    )
    if st.button("Place them", type="primary", disabled=not given):
        _start(view, given)
    done = jobs.watch("score", "Placing")
    if done is not None:
        _result(view, done.result, done.folder / "placed.parquet", str(done.asked.get("key", "")))


def _start(view: View, given: list[Any]) -> None:
    session = state.session()
    folder = inside(session.folder / "data", new_name())
    folder.mkdir(mode=0o700)
    kept, refused = keep_tables(given, folder, session.folder)
    for error in refused:
        state.show_error(error)
    if kept and not refused:
        asked = {"run": str(view.run.folder), "data": str(folder), "key": view.run.key}
        jobs.start("score", "score", asked)


def _result(view: View, result: Mapping[str, Any], placed: Path, key: str) -> None:
    if key != view.run.key:
        st.info("The last file was placed with another run. Place it again with this one.")
        return
    st.subheader("The mix")
    st.caption(f"{counted(int(result['customers']), view.noun)} placed.")
    mix = [(str(name), int(count), float(share)) for name, count, share in result["mix"]]
    state.show(segment_charts.mix(mix, state.theme()), key="mix")
    kept = state.session().folder / "objections.txt"
    objections = read_objections(kept.read_text("utf-8")) if kept.is_file() else frozenset()
    table = without(pq.read_table(placed), objections)
    told = [name for name in (*PLACED, PROBABILITY) if name in table.column_names]
    st.dataframe(table.select([table.column_names[0], *told]).slice(0, 20), hide_index=True)
    for form, name in KINDS.items():
        st.download_button(
            f"Download {name}",
            data=partial(as_bytes, table, form),
            file_name=f"placed.{form}",
            mime=MIMES[form],
            key=f"placed {form}",
            icon=":material/download:",
            on_click="ignore",
        )
    show_accounts(result["accounts"])
    show_findings(result["findings"])
