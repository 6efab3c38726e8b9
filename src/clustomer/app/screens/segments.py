"""Segments: what they are, where they lie, what sets them apart, and how many there should be."""

from __future__ import annotations

import streamlit as st

from clustomer.app import fit_charts, map_charts, state
from clustomer.app import segment_charts as charts
from clustomer.app.cards import segment_cards, segment_key, size_bars
from clustomer.app.charts import Chart, Theme
from clustomer.app.fit_charts import MEASURES
from clustomer.app.screens.fitting import fit_panel, told_when_fitted
from clustomer.app.screens.onesegment import one_segment
from clustomer.app.view import View
from clustomer.app.words import TERMS, counted
from clustomer.report.style import exact_percent, number, percent
from clustomer.runs import RunFiles

VIEWS = {
    "Overview": "overview",
    "Map": "map",
    "Profiles": "profiles",
    "One segment": "one",
    "Classifier": "classifier",
    "Number of segments": "number",
}


@st.cache_resource(show_spinner=False, max_entries=64)
def _chart(kind: str, key: str, theme: Theme, _view: View) -> Chart:  # noqa: ARG001
    return {
        "map": lambda: map_charts.segment_map(_view, theme),
        "map3": lambda: map_charts.segment_map(_view, theme, 3),
        "profiles": lambda: charts.profile_heatmap(_view.segments, theme),
        "snake": lambda: charts.snake(_view.segments, theme),
    }[kind]()


def _show(kind: str, view: View) -> None:
    state.show(_chart(kind, view.run.key, state.theme(), view), key=kind)


def page() -> None:
    """Show the page."""
    view = state.opened("Segments")
    run = view.run
    as_of = run.model.learnt.as_of
    said = (
        f"{counted(run.customers.num_rows, view.noun)} in {counted(len(view.segments), 'segments')}"
    )
    said += f" · recipe {run.model.recipe.name}"
    said += f" · as of {as_of.day} {as_of:%B %Y}" if as_of else ""
    st.caption(said, help=TERMS["segment"] + (" As of: " + TERMS["as_of"] if as_of else ""))
    if not run.clear:
        st.warning(state.escaped(run.reason), icon=":material/info:")
    chosen = st.segmented_control(
        "Show",
        list(VIEWS),
        default="Overview",
        required=True,
        key="segments view",
        label_visibility="collapsed",
    )
    SHOWN[VIEWS[chosen]](view)


def _overview(view: View) -> None:
    st.subheader("Sizes against spend", help=TERMS["share of spend"])
    st.html(size_bars(view.segments, view.noun))
    st.html(segment_cards(view.segments, view.noun))
    _heatmap(view)


def _map(view: View) -> None:
    st.subheader("Map", help=TERMS["map"])
    three = st.toggle("Three dimensions", key="three")
    _show("map3" if three else "map", view)
    kept = percent(sum(view.map.explained[: 3 if three else 2]))
    st.caption(
        f"{_drawn(view)}. The axes are principal components and keep {kept} of the differences; "
        "what lies apart in the rest is not seen."
    )
    if three:
        st.markdown("\n".join(f"- {state.escaped(one)}" for one in map_charts.told_axes(view, 3)))
        st.caption("Turn it with the mouse or a finger.")


def _drawn(view: View) -> str:
    every = view.run.customers.num_rows
    if len(view.dots) == every:
        return f"All {counted(every, view.noun)}"
    return f"{len(view.dots):,} of {counted(every, view.noun)}, chosen by a hash of their ids"


def _heatmap(view: View) -> None:
    st.subheader("Profiles", help=TERMS["profile"])
    st.html(segment_key(view.segments))
    st.caption("Orange: above the average of all. Blue: below. In standard deviations.")
    _show("profiles", view)


def _profiles(view: View) -> None:
    _heatmap(view)
    st.subheader("Snake plot", help=TERMS["snake"])
    _show("snake", view)
    small = [one.name for one in view.segments if charts.too_small(one)]
    if small:
        st.caption(f"Too small to be shown in detail: {', '.join(small)}.")


def _classifier(view: View) -> None:
    run: RunFiles = view.run
    st.subheader("Agreement with the clustering", help=TERMS["agreement"])
    st.write(state.escaped(run.agreement))
    if run.confusion:
        theme = state.theme()
        st.html(segment_key(view.segments))
        state.show(fit_charts.confusion(run.confusion, view.segments, theme), key="confusion")
    at = {one.name: position for position, one in enumerate(view.segments)}
    rows = sorted(run.classification, key=lambda row: at.get(row["segment"], len(at)))
    st.dataframe(
        [
            {
                "Segment": row["segment"],
                **{name: _share(row[name.lower()]) for name in REPORTED},
                "Tested": int(row["support"]),
            }
            for row in rows
        ],
        hide_index=True,
        column_config={
            **{
                name: st.column_config.TextColumn(alignment="right", help=told)
                for name, told in REPORTED.items()
            },
            "Tested": st.column_config.NumberColumn(
                format="localized", help=f"How many {view.noun} of the segment were tested."
            ),
        },
    )


REPORTED = {
    "Precision": "Of those given this segment by the classifier, how many have it by the "
    "clustering.",
    "Recall": "Of those in this segment by the clustering, how many the classifier finds.",
    "F1": "The harmonic mean of precision and recall.",
}
"""Columns of the classification report, each with what it means."""


def _share(text: str) -> str:
    return exact_percent(float(text) if text else None)


def _number(view: View) -> None:
    """The number of segments, with the evidence beside it."""
    run = view.run
    told_when_fitted()
    st.subheader("How many segments?", help=TERMS["evidence"])
    choice, evidence = st.columns([2, 3], gap="medium")
    with choice:
        st.write(state.escaped(run.reason))
        st.caption(state.escaped(f"Measured in: {run.space}."))
        wanted = _again(view)
        if wanted is not None and wanted != run.k:
            _beside(run, wanted)
    theme = state.theme()
    there = [name for name in MEASURES if name in (run.evidence[0] if run.evidence else ())]
    with evidence:
        for start in range(0, len(there), 2):
            for place, name in zip(st.columns(2), there[start : start + 2], strict=False):
                drawn = fit_charts.evidence(run.evidence, name, run.k, theme, wanted)
                with place:
                    state.show(drawn, key=f"k {name}")


def _beside(run: RunFiles, wanted: int) -> None:
    """What was measured for the number taken and for the one wanted."""
    found = {name: dict(fit_charts.measured(run.evidence, name)) for name in MEASURES}
    rows = [
        {
            "Measure": MEASURES[name][0],
            f"{run.k}, taken": number(values.get(float(run.k))),
            f"{wanted}": number(values.get(float(wanted))),
        }
        for name, values in found.items()
        if values
    ]
    st.dataframe(rows, hide_index=True, height="content")


def _again(view: View) -> int | None:
    """Fit with another number; returns the number that is chosen."""
    st.subheader("Another number")
    source = state.session().source_of(view.run)
    if source is None:
        st.info(
            "The tables of this run are not known here. Give them on the page **Data**, and fit "
            "them with the number that you want."
        )
        st.page_link("routes/data.py", label="Go to Data", icon=":material/table:")
        return None
    st.caption("Segments that go on keep their ids and names.")
    data, recipe = source
    return fit_panel(data, recipe, previous=view.run.folder, key="again")


SHOWN = {
    "overview": _overview,
    "map": _map,
    "profiles": _profiles,
    "one": one_segment,
    "classifier": _classifier,
    "number": _number,
}
