"""Runs: compare two, see who moved, open or download the report, bring a run along."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Final

import streamlit as st

from clustomer.app import state
from clustomer.app.compare_charts import sankey
from clustomer.app.screens import jobs
from clustomer.app.sessions import RunChoice
from clustomer.app.uploads import shown_name, unpack_run
from clustomer.app.view import View
from clustomer.app.words import TERMS, counted
from clustomer.app.workspace import inside, new_name
from clustomer.drifting import Drift, drift
from clustomer.errors import ClustomerError
from clustomer.outputs import REPORT
from clustomer.refit import Comparison, compare
from clustomer.report.style import label, percent
from clustomer.segments.describe import format_value

LEFT_OUT: Final = (".pkl", ".joblib", ".sav")
"""Files for scikit-learn that an export may have put beside a run: they are not given on."""


def page() -> None:
    """Show the page."""
    session = state.session()
    every = session.runs
    chosen = st.segmented_control(
        "What to do",
        ["Compare", "Report", "Bring a run"],
        default="Compare",
        required=True,
        key="runs what",
        label_visibility="collapsed",
    )
    if chosen == "Bring a run":
        _bring()
    elif not every:
        st.info("There is no run yet. Give your tables on the page **Data** and start a fit.")
        st.page_link("routes/data.py", label="Go to Data", icon=":material/table:")
    elif chosen == "Report":
        _report(every)
    else:
        _compare(every)


def _compare(every: list[RunChoice]) -> None:
    if len(every) < 2:
        st.info(
            "There is one run. Fit again on the page **Data** or with another number of segments "
            "on the page **Segments**, and compare the two here."
        )
        return
    titles = {one.id: one.title for one in every}
    ids = list(titles)
    left, right = st.columns(2)
    first = left.selectbox("Earlier run", ids, index=1, format_func=titles.__getitem__)
    second = right.selectbox("Later run", ids, index=0, format_func=titles.__getitem__)
    if first == second:
        st.info("Choose two different runs.")
        return
    by_id = {one.id: one for one in every}
    try:
        before, now = state.view_for(by_id[first]), state.view_for(by_id[second])
        found = _compared(before.run.key, now.run.key, before, now)
    except ClustomerError as error:
        state.show_error(error)
        return
    _tell(found, before, now)


@st.cache_resource(show_spinner="Comparing the runs …", max_entries=8)
def _compared(first: str, second: str, _before: View, _now: View) -> Comparison:  # noqa: ARG001
    return compare(_before.run.folder, _now.run.folder)


def _tell(found: Comparison, before: View, now: View) -> None:
    moves = found.migration
    noun = now.noun
    st.subheader("What changed")
    a, b, c = st.columns(3)
    a.metric(
        "Segments", f"{len(now.segments)}", delta=_change(len(now.segments) - len(before.segments))
    )
    rows = (now.run.customers.num_rows, before.run.customers.num_rows)
    b.metric(noun.capitalize(), f"{rows[0]:,}", delta=_change(rows[0] - rows[1]))
    share = moves.moved / moves.in_both if moves.in_both else None
    c.metric(
        "Moved",
        f"{moves.moved:,}",
        delta=f"{percent(share)} of those in both",
        delta_color="off",
        delta_arrow="off",
    )
    for relation in moves.relations:
        st.markdown(f"- {state.escaped(relation.text)}")
    _settings(before, now)
    _moves(found, before, now)
    _drift(before, now)


def _change(difference: int) -> str | None:
    """How much more, for a metric; None where nothing changed."""
    return f"{difference:+,}" if difference else None


def _moves(found: Comparison, before: View, now: View) -> None:
    moves, noun = found.migration, now.noun
    st.subheader("Who moved", help=TERMS["moved"])
    if not moves.flows:
        st.info(f"No {noun} are known to be in both runs, so nobody's move can be told.")
        return
    st.caption(
        f"{counted(moves.in_both, noun)} in both runs; {moves.came:,} came, {moves.gone:,} went."
        + (f" The moved bring {percent(moves.spend_moved)} of spend." if moves.spend_moved else "")
    )
    state.show(sankey(moves, before.segments, now.segments, state.theme()), key="sankey")
    with st.expander("The same as a table"):
        st.dataframe(moves.table(), hide_index=True)


def _drift(before: View, now: View) -> None:
    st.subheader("Drift", help=TERMS["drift"])
    found = _drifted(before.run.key, now.run.key, before, now)
    told = [one for one in found if one.size != "none"]
    if not told:
        st.success(f"No feature of the {now.noun} has drifted.", icon=":material/check:")
    st.dataframe(
        [
            {
                "Feature": label(one.feature),
                "Mean before": "" if one.before is None else format_value(one.before, one.unit),
                "Mean now": "" if one.now is None else format_value(one.now, one.unit),
                "Index": one.psi,
                "Drift": one.size,
            }
            for one in found
        ],
        hide_index=True,
        column_config={
            "Index": st.column_config.NumberColumn(
                format="%.2f",
                help="Population stability index: below 0.1 nothing to speak of, above 0.25 clear.",
            )
        },
        height="content",
    )


@st.cache_resource(show_spinner=False, max_entries=8)
def _drifted(first: str, second: str, _before: View, _now: View) -> tuple[Drift, ...]:  # noqa: ARG001
    return drift(_before.run.customers, _now.run.customers, _now.run.model.learnt.features)


def _settings(before: View, now: View) -> None:
    """Settings of the recipe in which the runs differ."""
    old, new = (_flat(one.run.model.recipe.model_dump(mode="json")) for one in (before, now))
    differing = [
        {"Setting": name, "Earlier": old.get(name, ""), "Later": new.get(name, "")}
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]
    moments = [one.run.model.learnt.as_of for one in (before, now)]
    if moments[0] != moments[1]:
        told = ["" if one is None else f"{one:%Y-%m-%d}" for one in moments]
        differing.insert(0, {"Setting": "as of", "Earlier": told[0], "Later": told[1]})
    if differing:
        verb = "differs" if len(differing) == 1 else "differ"
        with st.expander(f"{counted(len(differing), 'settings')} {verb}"):
            st.dataframe(differing, hide_index=True)
    else:
        st.caption("Both runs have the same settings.")


def _flat(value: object, name: str = "") -> dict[str, str]:
    if isinstance(value, dict):
        found: dict[str, str] = {}
        for key, inner in value.items():
            found |= _flat(inner, f"{name}.{key}" if name else str(key))
        return found
    return {name: "" if value is None else str(value)}


def _report(every: list[RunChoice]) -> None:
    titles = {one.id: one.title for one in every}
    current = state.session().open_run
    at = list(titles).index(current.id) if current else 0
    chosen = st.selectbox("Run", list(titles), index=at, format_func=titles.__getitem__)
    run = next(one for one in every if one.id == chosen)
    report = run.folder / REPORT
    if not report.is_file():
        st.info(
            "This run was brought along without its report: a page from elsewhere is not shown "
            "here. Its figures are on the other pages."
        )
    else:
        st.download_button(
            "Download the report",
            data=report.read_bytes,
            file_name="report.html",
            mime="text/html",
            icon=":material/download:",
            on_click="ignore",
        )
    st.download_button(
        "Download the whole run",
        data=lambda: _zipped(run.folder),
        file_name="run.zip",
        mime="application/zip",
        icon=":material/folder_zip:",
        on_click="ignore",
        help="Report, tables, plots and model. Another app can open it under 'Bring a run', and "
        "the command line can score with it. It holds the customers' ids.",
    )
    if report.is_file():
        st.iframe(report.read_text("utf-8"), height=900, alt="The report")


def _zipped(folder: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and path.suffix not in LEFT_OUT:
                archive.write(path, Path("run") / path.relative_to(folder))
    return packed.getvalue()


def _bring() -> None:
    st.write(
        "Open a run that was fitted elsewhere: the zip that this app gives, or a zip of the folder "
        "that `clustomer fit` wrote. It is checked before anything in it is used."
    )
    turn = st.session_state.get("bring turn", 0)
    given = st.file_uploader("Run as a zip", type=["zip"], key=f"bring {turn}")
    session = state.session()
    # The name is in the button: a press meant for the file before must not open the next.
    if given is not None and st.button(
        f"Open {state.escaped(shown_name(given.name))}", type="primary"
    ):
        incoming = inside(session.folder / "data", new_name())
        out = session.new_run("brought along")
        session.remember(brought={**session.table("brought"), out.name: "yes"})
        try:
            unpack_run(given.name, given, incoming)
            if jobs.start("adopt", "adopt", {"run": str(incoming), "out": str(out)}):
                st.session_state["bring turn"] = turn + 1
                st.rerun()
        except ClustomerError as error:
            state.show_error(error)
    done = jobs.watch("adopt", "Checking the run")
    if done is not None:
        name = Path(str(done.asked["out"])).name
        title = f"Brought along, {done.result['k']} segments"
        session.remember(titles={**session.table("titles"), name: title}, run=name)
        jobs.clear("adopt")
        st.success(f"{title}: open now.", icon=":material/check:")
