"""Explore: how the features are distributed, what goes together, what is missing, spend in time."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from clustomer.app import feature_charts as charts
from clustomer.app import state
from clustomer.app.cards import segment_key
from clustomer.app.charts import Chart, Theme
from clustomer.app.view import View, categorical, numeric
from clustomer.app.words import TERMS
from clustomer.features.feature import Feature
from clustomer.report.style import label
from clustomer.spending import Spending, spending

SHOWN_FIRST = 6


def page() -> None:
    """Show the page."""
    view = state.opened("Explore")
    views = ["Distributions", "Together", "Missing"]
    if state.orders(view) is not None:
        views.append("Spend over time")
    chosen = st.segmented_control(
        "Show",
        views,
        default=views[0],
        required=True,
        key="explore view",
        label_visibility="collapsed",
    )
    {
        "Together": _together,
        "Missing": _missing,
        "Spend over time": _in_time,
    }.get(chosen, _distributions)(view)


def meaning(feature: Feature) -> str:
    """A feature by what it means: its name, and its sentence."""
    return f"{label(feature.name)}: {feature.says.replace('{}', '…')}"


@st.cache_resource(show_spinner=False, max_entries=512)
def _chart(kind: str, name: str, key: str, theme: Theme, _view: View) -> Chart:  # noqa: ARG001
    if kind == "category":
        return charts.categories(_view, name, theme)
    return charts.distribution(_view, name, theme, by_segment=kind == "segments")


@st.cache_resource(show_spinner=False, max_entries=64)
def _matrix(names: tuple[str, ...], key: str, theme: Theme, _view: View) -> Chart:  # noqa: ARG001
    return charts.correlations(_view, names, theme)


@st.cache_resource(show_spinner=False, max_entries=state.RUNS_KEPT)
def _spending(key: str, _view: View) -> Spending | None:  # noqa: ARG001
    orders = state.orders(_view)
    if orders is None:
        return None
    ids = tuple(one.id for one in _view.segments)
    return spending(orders, _view.run.customers, ids)


def _pick(features: Sequence[Feature], first: Sequence[str], key: str) -> list[str]:
    told = {one.name: meaning(one) for one in features}
    return st.multiselect(
        "Features", list(told), default=list(first), format_func=told.__getitem__, key=key
    )


def _distributions(view: View) -> None:
    st.subheader("Distributions", help=TERMS["distribution"])
    numbers, kinds = numeric(view), categorical(view)
    inputs = [name for name in view.run.model.preparation.inputs if name in view.features]
    names = _pick([*numbers, *kinds], inputs[:SHOWN_FIRST], f"distributions {view.run.key[:12]}")
    by_segment = st.toggle("By segment", value=True, key="by segment")
    if by_segment and names:
        st.html(segment_key(view.segments, view.noun))
    if not names:
        st.info("Choose a feature to see how it is distributed.")
    numeric_names = {one.name for one in numbers}
    for start in range(0, len(names), 2):
        for place, name in zip(st.columns(2), names[start : start + 2], strict=False):
            kind = "segments" if by_segment else "all"
            kind = kind if name in numeric_names else "category"
            with place:
                made = _chart(kind, name, view.run.key, state.theme(), view)
                state.show(made, key=f"distribution {name}")


def _together(view: View) -> None:
    st.subheader("What goes together", help=TERMS["correlation"])
    features = numeric(view)
    names = _pick(features, [one.name for one in features][:12], f"together {view.run.key[:12]}")
    if len(names) < 2:
        st.info("Choose at least two features to see which go together.")
        return
    state.show(_matrix(tuple(names), view.run.key, state.theme(), view), key="correlations")


def _missing(view: View) -> None:
    st.subheader("Missing values")
    names = [one.name for one in view.run.model.learnt.features]
    chart = charts.blanks(view, names, state.theme())
    if not len(chart.data[0]["x"]):
        st.success(f"No feature has blanks: all {view.noun} have every value.")
        return
    st.caption("In the distance, a blank counts as the fit's usual value; the report says which.")
    state.show(chart, key="blanks")


def _in_time(view: View) -> None:
    st.subheader("Spend over time")
    found = _spending(view.run.key, view)
    if found is None or not found.months:
        st.info("The orders have no dates, so there is nothing to show over time.")
        return
    st.caption("Sales by month, by the segment that the customers are in now.")
    series = {at: found.spend[at].tolist() for at in range(len(view.segments))}
    state.show(charts.spend_over_time(found.months, series, view, state.theme()), key="in time")
    if found.undated:
        st.caption(f"Orders without a date are left out: {found.undated:,.2f}.")
