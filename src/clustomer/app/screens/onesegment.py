"""One segment: its name, how to recognise it, what sets it apart, who is typical, what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import streamlit as st

from clustomer.app import state
from clustomer.app.segment_charts import too_small
from clustomer.app.view import View
from clustomer.app.words import TERMS
from clustomer.errors import ClustomerError
from clustomer.names import Measure
from clustomer.renaming import LONGEST, rename
from clustomer.report.style import label, percent
from clustomer.segments.describe import format_value
from clustomer.segments.segment import Segment


def one_segment(view: View) -> None:
    """Show one segment, chosen by its name."""
    names = {one.id: f"{one.id} {one.name}" for one in view.segments}
    chosen = st.selectbox("Segment", list(names), format_func=names.__getitem__)
    segment = next(one for one in view.segments if one.id == chosen)
    st.markdown(state.escaped(segment.description))
    _rename(view, segment)
    if too_small(segment):
        st.info(f"It has fewer than ten {view.noun}, so it is not shown in detail.")
        return
    _meaning(view, segment)


def _rename(view: View, segment: Segment) -> None:
    with st.form("rename", border=False):
        given, send = st.columns([3, 1], vertical_alignment="bottom")
        name = given.text_input(
            "Name",
            value=segment.name,
            max_chars=LONGEST,
            key=f"name {segment.id} {view.run.key[:12]}",
            help="A name that you give stays with the segment when the tables are fitted again.",
        )
        sent = send.form_submit_button("Rename")
    if not sent or name == segment.name:
        return
    try:
        rename(_folder_to_change(), segment.id, name)
    except ClustomerError as error:
        state.show_error(error)
        return
    st.rerun()


def _folder_to_change() -> Path:
    """The folder of the open run; what others see too is copied into the session first."""
    session = state.session()
    choice = session.open_run
    if choice is None:
        st.stop()
    shared = session.options.demo or bool(session.options.password)
    if choice.own or not shared:
        return choice.folder
    copy = session.new_run(f"{choice.title}, renamed")
    shutil.copytree(choice.folder, copy)
    session.remember(run=copy.name)
    source = session.source_of(state.view_for(choice).run)
    if source is not None:
        made = {"data": str(source[0]), "recipe": dict(source[1])}
        session.remember(made={**session.table("made"), copy.name: made})
    return copy


def _meaning(view: View, segment: Segment) -> None:
    if segment.hint is not None:
        st.info(f"**What to do.** {state.escaped(segment.hint.text)}", icon=":material/lightbulb:")
    st.subheader("How to recognise it", help=TERMS["recognise"])
    if segment.recognition is None:
        st.write("No short rule tells it from the others well enough.")
    else:
        found = segment.recognition
        for rule in found.rules:
            st.markdown(
                f"- {state.escaped(rule.text)} ({percent(rule.precision)} of those are in the "
                f"segment; {percent(rule.coverage)} of the segment are found)"
            )
        st.caption(
            f"Together they find {percent(found.coverage)} of the segment, and "
            f"{percent(found.precision)} of those found belong to it; a guess would be right for "
            f"{percent(found.share)}. Measured on {found.tested_on:,} {view.noun} that the rules "
            "were not learnt from."
        )
    st.subheader("What sets it apart", help=TERMS["apart"])
    st.dataframe(
        [
            {
                "Feature": label(one.feature) + (f" = {one.value}" if one.value else ""),
                "Here": _shown(one.here, one.unit, share=one.value is not None),
                "Elsewhere": _shown(one.elsewhere, one.unit, share=one.value is not None),
                "Difference": one.difference,
                "Size": one.magnitude,
            }
            for one in segment.traits
        ],
        hide_index=True,
        column_config={
            "Difference": st.column_config.NumberColumn(format="%+.2f", help=TERMS["difference"])
        },
        height="content",
    )
    _typical(segment)


def _shown(value: float, unit: Measure, *, share: bool) -> str:
    return format_value(value, "share" if share else unit)


def _typical(segment: Segment) -> None:
    if segment.typical is None:
        return
    st.subheader("A typical member", help=TERMS["typical"])
    rows = [
        {
            "Feature": label(one.feature),
            "Middle": format_value(one.middle, one.unit),
            "Half of them lie between": f"{format_value(one.low, one.unit)} and "
            f"{format_value(one.high, one.unit)}",
        }
        for one in segment.typical.numbers
    ]
    st.dataframe(rows, hide_index=True, height="content")
    if segment.typical.values:
        most = (f"{label(n)}: {v} ({percent(s)})" for n, v, s in segment.typical.values)
        st.caption(state.escaped("Most frequent: " + "; ".join(most) + "."))
