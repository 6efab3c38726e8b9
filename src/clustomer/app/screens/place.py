"""Place a customer: a form made from the model's own inputs, answered at once; or a whole file."""

from __future__ import annotations

import atexit
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Final

import streamlit as st

from clustomer.app import feature_charts, map_charts, state
from clustomer.app.cards import answer, short_answer
from clustomer.app.charts import Chart, Theme
from clustomer.app.screens.placefile import place_file
from clustomer.app.view import View
from clustomer.app.words import TERMS
from clustomer.engines.base import Engine
from clustomer.place import Input, Placing, Value, inputs_of, place_one
from clustomer.report.style import label
from clustomer.segments.describe import format_value
from clustomer.segments.explain import Explanation

UNKNOWN: Final = "not known"
PLOTS: Final = 6
"""Most features whose distribution is drawn beside the answer."""

UNITS: Final = {"days": " (days)", "months": " (months)", "share": " (%)"}


@st.cache_resource(show_spinner=False, max_entries=state.RUNS_KEPT)
def _inputs(key: str, _view: View) -> tuple[Input, ...]:  # noqa: ARG001
    return inputs_of(_view.run.model, _view.run.customers)


@st.cache_resource(show_spinner=False, max_entries=32)
def _map(key: str, theme: Theme, _view: View) -> Chart:  # noqa: ARG001
    return map_charts.segment_map(_view, theme)


@st.cache_resource(show_spinner=False, max_entries=512)
def _spread(key: str, name: str, position: int, theme: Theme, _view: View) -> Chart:  # noqa: ARG001
    return feature_charts.segment_distribution(_view, name, position, theme)


@st.cache_resource(show_spinner=False)
def _rows_engine() -> tuple[Engine, Lock]:
    """One engine for the features of typed rows, and who may use it now: it takes one at a time."""
    from clustomer.engines.duckdb import DuckDBEngine

    engine = DuckDBEngine(threads=1, memory="256MB")
    engine.seal()
    atexit.register(engine.close)
    return engine, Lock()


def _placed(view: View, answers: Mapping[str, Value]) -> Placing:
    if view.run.model.recipe.unit != "row":
        return place_one(view.run.model, answers)
    engine, turn = _rows_engine()
    with turn:
        return place_one(view.run.model, answers, engine)


def page() -> None:
    """Show the page."""
    view = state.opened("Place a customer")
    noun = view.noun
    chosen = st.segmented_control(
        "What to place",
        ["One", "A file"],
        default="One",
        key="place what",
        label_visibility="collapsed",
        format_func=lambda one: f"One of the {noun}" if one == "One" else "A file of many",
    )
    current = state.session().open_run
    needs_sql = chosen == "A file" or view.run.model.recipe.unit == "row"
    if current is not None and current.foreign and needs_sql:
        st.info(
            "This run was brought along, and the SQL in it is somebody else's, so it is not run "
            "here. Fit the tables on the page **Data**, or place with 'clustomer score'."
        )
    elif chosen == "A file":
        place_file(view)
    else:
        _one(view)


@st.fragment
def _one(view: View) -> None:
    short = st.container(key="short-answer")
    asked, told = st.columns([2, 3], gap="large")
    inputs = _inputs(view.run.key, view)
    with asked:
        st.subheader("What is known")
        answers = {one.name: _ask(one, view.run.key) for one in inputs}
    placing = _placed(view, answers)
    with asked:
        _derived(view, placing)
    found = view.explain(placing.table)
    with short:
        st.html(short_answer(view.segments.index(placing.segment), placing.segment, found.sure))
    with told:
        _answer(view, placing, found)
    _plots(view, placing, inputs)


def _ask(one: Input, key: str) -> Value:
    unit = UNITS.get(one.unit, "")
    name = label(one.name) + ("" if unit.strip(" ()") in one.name else unit)
    where = f"ask {key[:12]} {one.name}"
    if one.unit == "category":
        offered = [*one.choices, UNKNOWN]
        at = offered.index(one.default) if one.default in offered else len(offered) - 1
        chosen = st.selectbox(name, offered, index=at, key=where)
        return None if chosen == UNKNOWN else chosen
    low, high = (format_value(end, one.unit) for end in (one.low, one.high))
    about = f"Usually from {low} to {high}. Leave it empty if it is not known."
    scale = 100.0 if one.unit == "share" else 1.0
    start = None if one.default is None else float(one.default) * scale
    if one.whole and scale == 1.0:
        whole = st.number_input(
            name, value=None if start is None else round(start), step=1, key=where, help=about
        )
        return None if whole is None else float(whole)
    given = st.number_input(name, value=start, step=_step(one) * scale, key=where, help=about)
    return None if given is None else float(given) / scale


def _step(one: Input) -> float:
    """A step that crosses the usual range in about fifty."""
    width = max(one.high - one.low, 1e-9)
    power = 10.0 ** len(str(int(width / 50))) / 10 if width >= 50 else 0.01
    return float(max(power, 0.01))


def _derived(view: View, placing: Placing) -> None:
    if not placing.derived:
        return
    st.caption("Computed from these")
    for place, name in zip(st.columns(max(len(placing.derived), 1)), placing.derived, strict=True):
        value = format_value(placing.features[name], view.features[name].unit)
        place.metric(label(name), value)


def _answer(view: View, placing: Placing, found: Explanation) -> None:
    position = view.segments.index(placing.segment)
    st.subheader("Segment", help=TERMS["sure"])
    st.html(answer(position, placing.segment, found.sentences[1:], found.sure))
    if placing.strange:
        named = ", ".join(label(name).lower() for name in placing.strange)
        st.warning(f"Not seen at the fit, so it adds nothing: {state.escaped(named)}.")
    chart = _map(view.run.key, state.theme(), view)
    where = view.on_map(placing.prepared)
    state.show(map_charts.marked_map(chart, where, position, state.theme()), key="placed map")


def _plots(view: View, placing: Placing, inputs: Sequence[Input]) -> None:
    position = view.segments.index(placing.segment)
    st.subheader(f"This customer in the segment {placing.segment.name}")
    st.caption("Colour: the segment. Grey: all. The line: this customer.")
    names = _telling(view, placing, inputs)
    theme = state.theme()
    for start in range(0, len(names), 3):
        for place, name in zip(st.columns(3), names[start : start + 3], strict=False):
            value = placing.features[name]
            chart = _spread(view.run.key, name, position, theme, view)
            with place:
                known = value if isinstance(value, float) else None
                state.show(
                    feature_charts.marked(chart, view, name, known, theme), key=f"spread {name}"
                )


def _telling(view: View, placing: Placing, inputs: Sequence[Input]) -> list[str]:
    """Numeric features to draw: those that set the segment apart first."""
    effects: Mapping[str, float] = {one.feature: abs(one.effect) for one in placing.segment.numbers}
    asked = {one.name for one in inputs} | set(placing.derived)
    names = [name for name in effects if name in asked and name in view.features]
    more = st.session_state.get("all plots", False)
    ranked = sorted(names, key=lambda name: -effects[name])
    if len(ranked) > PLOTS:
        more = st.toggle(f"Show all {len(ranked)} features", key="all plots")
    return ranked if more else ranked[:PLOTS]
