"""Segments: what they are, where they lie, what sets them apart, and how many there should be."""

from __future__ import annotations

import streamlit as st

from clustomer.app import segment_charts as charts
from clustomer.app import state
from clustomer.app.cards import segment_cards
from clustomer.app.charts import Chart, Theme
from clustomer.app.screens.fitting import fit_panel, told_when_fitted
from clustomer.app.screens.onesegment import one_segment
from clustomer.app.view import View
from clustomer.app.words import TERMS, counted
from clustomer.runs import RunFiles

VIEWS = {
    "Overview": "sizes",
    "Map": "map",
    "Profiles": "profiles",
    "One segment": "one",
    "Classifier": "classifier",
    "Number of segments": "number",
}


@st.cache_resource(show_spinner=False, max_entries=64)
def _chart(kind: str, key: str, theme: Theme, _view: View) -> Chart:  # noqa: ARG001
    return {
        "map": lambda: charts.segment_map(_view, theme),
        "map3": lambda: charts.segment_map(_view, theme, 3),
        "profiles": lambda: charts.profile_heatmap(_view.segments, theme),
        "snake": lambda: charts.snake(_view.segments, theme),
        "sizes": lambda: charts.sizes(_view.segments, _view.noun, theme),
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
    said += f" · as of {as_of:%d %B %Y}" if as_of else ""
    st.caption(said, help=TERMS["segment"] + (" As of: " + TERMS["as_of"] if as_of else ""))
    if not run.clear:
        st.warning(state.escaped(run.reason), icon=":material/info:")
    chosen = st.segmented_control(
        "Show", list(VIEWS), default="Overview", key="segments view", label_visibility="collapsed"
    )
    SHOWN[VIEWS[chosen or "Overview"]](view)


def _overview(view: View) -> None:
    st.html(segment_cards(view.segments, view.noun))
    st.subheader("Sizes against spend", help=TERMS["share of spend"])
    _show("sizes", view)


def _map(view: View) -> None:
    st.subheader("Map", help=TERMS["map"])
    three = st.toggle("Three dimensions", key="three")
    _show("map3" if three else "map", view)
    kept = sum(view.map.explained[: 3 if three else 2])
    st.caption(
        f"{_drawn(view)}. "
        f"The axes keep {kept:.0%} of the differences; what lies apart in the rest is not seen."
    )


def _drawn(view: View) -> str:
    every = view.run.customers.num_rows
    if len(view.dots) == every:
        return f"All {counted(every, view.noun)}"
    return f"{len(view.dots):,} of {counted(every, view.noun)}, chosen by a hash of their ids"


def _profiles(view: View) -> None:
    st.subheader("Profiles", help=TERMS["profile"])
    _show("profiles", view)
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
        state.show(charts.confusion(run.confusion, view.segments, theme), key="confusion")
    st.dataframe(
        [
            {
                "Segment": row["segment"],
                "Precision": _share(row["precision"]),
                "Recall": _share(row["recall"]),
                "F1": _share(row["f1"]),
                "Customers tested": int(row["support"]),
            }
            for row in run.classification
        ],
        hide_index=True,
        column_config={
            "Precision": st.column_config.NumberColumn(
                format="percent",
                help="Of those given this segment by the classifier, how many "
                "have it by the clustering.",
            ),
            "Recall": st.column_config.NumberColumn(
                format="percent",
                help="Of those in this segment by the clustering, how many the classifier finds.",
            ),
            "F1": st.column_config.NumberColumn(
                format="percent", help="The harmonic mean of precision and recall."
            ),
        },
    )


def _share(text: str) -> float | None:
    return float(text) if text else None


def _number(view: View) -> None:
    run = view.run
    told_when_fitted()
    st.subheader("How many segments?", help=TERMS["evidence"])
    st.write(state.escaped(run.reason))
    st.caption(state.escaped(f"Measured in: {run.space}."))
    theme = state.theme()
    there = [name for name in charts.MEASURES if name in (run.evidence[0] if run.evidence else ())]
    for start in range(0, len(there), 2):
        for place, name in zip(st.columns(2), there[start : start + 2], strict=False):
            with place:
                state.show(charts.evidence(run.evidence, name, run.k, theme), key=f"k {name}")
    _again(view)


def _again(view: View) -> None:
    st.subheader("Another number")
    source = state.session().source_of(view.run)
    if source is None:
        st.info(
            "The tables of this run are not known here. Give them on the page **Data**, and fit "
            "them with the number that you want."
        )
        st.page_link("routes/data.py", label="Go to Data", icon=":material/table:")
        return
    st.caption("Segments that go on keep their ids and names.")
    data, recipe = source
    fit_panel(data, recipe, previous=view.run.folder, key="again")


SHOWN = {
    "sizes": _overview,
    "map": _map,
    "profiles": _profiles,
    "one": one_segment,
    "classifier": _classifier,
    "number": _number,
}
