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
from clustomer.errors import ClustomerError
from clustomer.form import Question, questions_of
from clustomer.intake.single import Value
from clustomer.placing import Placed, Placer
from clustomer.report.style import label
from clustomer.segments.describe import format_value
from clustomer.segments.segment import Segment

UNKNOWN: Final = "not known"
PLOTS: Final = 6
"""Most features whose distribution is drawn beside the answer."""

UNITS: Final = {"days": " (days)", "months": " (months)", "share": " (%)"}


@st.cache_resource(show_spinner=False, max_entries=state.RUNS_KEPT)
def _questions(key: str, _view: View) -> tuple[Question, ...]:  # noqa: ARG001
    return questions_of(_view.run.model, _view.run.customers)


@st.cache_resource(show_spinner=False, max_entries=32)
def _map(key: str, theme: Theme, _view: View) -> Chart:  # noqa: ARG001
    return map_charts.segment_map(_view, theme)


@st.cache_resource(show_spinner=False, max_entries=512)
def _spread(key: str, name: str, position: int, theme: Theme, _view: View) -> Chart:  # noqa: ARG001
    return feature_charts.segment_distribution(_view, name, position, theme)


@st.cache_resource(show_spinner=False)
def _rows_engine() -> Engine:
    """One engine for the features of typed rows, for all sessions."""
    from clustomer.engines.duckdb import DuckDBEngine

    engine = DuckDBEngine(threads=1, memory="256MB")
    engine.seal()
    atexit.register(engine.close)
    return engine


@st.cache_resource(show_spinner=False)
def _turn() -> Lock:
    """Who may place now: an engine takes one customer at a time."""
    return Lock()


@st.cache_resource(show_spinner=False, max_entries=state.RUNS_KEPT)
def _placer(key: str, sql: bool, _view: View) -> Placer:  # noqa: ARG001, FBT001
    rows = sql and _view.run.model.recipe.unit == "row"
    return _view.run.model.placer(_rows_engine() if rows else None, sql=sql)


def _placed(view: View, answers: Mapping[str, Value]) -> Placed:
    choice = state.session().open_run
    own = choice is not None and not choice.foreign
    with _turn():
        return _placer(view.run.key, own, view).place(answers)


def page() -> None:
    """Show the page."""
    view = state.opened("Place a customer")
    noun = view.noun
    chosen = st.segmented_control(
        "What to place",
        ["One", "A file"],
        default="One",
        key="place what",
        required=True,
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
    questions = _questions(view.run.key, view)
    with asked:
        st.subheader("What is known")
        answers = {one.name: _ask(one, view.run.key) for one in questions}
    try:
        placed = _placed(view, answers)
    except ClustomerError as error:
        with told:
            state.show_error(error)
        return
    with asked:
        _derived(view, placed)
    position = view.position(placed.explanation.segment_id)
    with short:
        st.html(short_answer(position, view.segments[position], placed.explanation.sure))
    with told:
        _answer(view, placed, position)
    _plots(view, placed, position, questions)


def _ask(one: Question, key: str) -> Value:
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


def _step(one: Question) -> float:
    """A step that crosses the usual range in about fifty."""
    width = max(one.high - one.low, 1e-9)
    power = 10.0 ** len(str(int(width / 50))) / 10 if width >= 50 else 0.01
    return float(max(power, 0.01))


def _derived(view: View, placed: Placed) -> None:
    if not placed.derived:
        return
    st.caption("Computed from these")
    for place, name in zip(st.columns(len(placed.derived)), placed.derived, strict=True):
        value = format_value(placed.features[name], view.features[name].unit)
        place.metric(label(name), value)


def _answer(view: View, placed: Placed, position: int) -> None:
    st.subheader("Segment", help=TERMS["sure"])
    found = placed.explanation
    st.html(answer(position, view.segments[position], found.sentences[1:], found.sure))
    chart = _map(view.run.key, state.theme(), view)
    where = view.on_map(placed.prepared)
    state.show(map_charts.marked_map(chart, where, position, state.theme()), key="placed map")


def _plots(view: View, placed: Placed, position: int, questions: Sequence[Question]) -> None:
    segment = view.segments[position]
    st.subheader(f"This customer in the segment {segment.name}")
    st.caption("Colour: the segment. Grey: all. The line: this customer.")
    names = _telling(view, placed, segment, questions)
    theme = state.theme()
    for start in range(0, len(names), 3):
        for place, name in zip(st.columns(3), names[start : start + 3], strict=False):
            value = placed.features.get(name)
            chart = _spread(view.run.key, name, position, theme, view)
            with place:
                known = value if isinstance(value, float) else None
                state.show(
                    feature_charts.marked(chart, view, name, known, theme), key=f"spread {name}"
                )


def _telling(
    view: View, placed: Placed, segment: Segment, questions: Sequence[Question]
) -> list[str]:
    """Numeric features to draw: those that set the segment apart first."""
    effects: Mapping[str, float] = {one.feature: abs(one.effect) for one in segment.numbers}
    asked = {one.name for one in questions} | set(placed.derived)
    names = [name for name in effects if name in asked and name in view.features]
    more = st.session_state.get("all plots", False)
    ranked = sorted(names, key=lambda name: -effects[name])
    if len(ranked) > PLOTS:
        more = st.toggle(f"Show all {len(ranked)} features", key="all plots")
    return ranked if more else ranked[:PLOTS]
