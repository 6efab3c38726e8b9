"""Customers: one by its id, with reasons and history; or the list of a segment for a campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from clustomer.app import state
from clustomer.app.cards import answer
from clustomer.app.feature_charts import orders_over_time
from clustomer.app.screens.files import KINDS, MIMES
from clustomer.app.view import View
from clustomer.app.words import TERMS, counted
from clustomer.campaign import FORMATS, Chosen, Format, as_bytes, choose
from clustomer.errors import ClustomerError
from clustomer.intake.objections import read_objections
from clustomer.report.style import label, percent, segment_colour
from clustomer.segments.describe import format_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clustomer.intake.single import Value
    from clustomer.segments.segment import ProfileNumber, Segment

MOST_OBJECTIONS: Final = 20 * 2**20
"""Most bytes of a list of objections."""


def page() -> None:
    """Show the page."""
    view = state.opened("Customers")
    chosen = st.segmented_control(
        "What to do",
        ["Find one", "List for a campaign"],
        default="Find one",
        required=True,
        key="customers what",
        label_visibility="collapsed",
    )
    objections = _objections()
    if chosen == "List for a campaign":
        _campaign(view, objections)
    else:
        _find(view, objections)


def _objections() -> frozenset[str]:
    """The session's list of objections, given once and kept."""
    session = state.session()
    kept = session.folder / "objections.txt"
    held = read_objections(kept.read_text("utf-8")) if kept.is_file() else frozenset()
    title = f"Objections: {len(held):,} ids" if held else "Objections: none given"
    with st.expander(title, icon=":material/block:"):
        st.caption(TERMS["objection"] + " One id a line. It holds for this session's pages.")
        given = st.file_uploader("List of objections", type=["txt", "csv"], key="objections")
        if given is not None:
            if given.size > MOST_OBJECTIONS:
                st.error("The list is too large: it may hold 20 MB, one id a line.")
                return held
            try:
                text = given.getvalue().decode("utf-8-sig")
            except UnicodeDecodeError:
                st.error("The list is no text in UTF-8. Save it as UTF-8 and give it again.")
                return held
            found = read_objections(text)
            if found != held:
                kept.write_text("\n".join(sorted(found)), "utf-8")
                st.rerun()
        if held and st.button("Forget the list"):
            kept.unlink()
            st.rerun()
    return held


def _find(view: View, objections: frozenset[str]) -> None:
    noun = view.noun
    name = label(view.run.id_name)
    given = st.text_input(name, key="find", placeholder=f"{name} of one of the {noun}").strip()
    if not given:
        st.info(
            f"Type the id as it stands in your tables. {counted(len(view.ids), noun)} are here."
        )
        return
    at = pc.index(pc.cast(view.ids, pa.string()), given).as_py()
    if at < 0 or given in objections:
        why = "objected and is not shown" if given in objections else "is not in this run"
        st.warning(
            f"{state.escaped(given)} {why}. Capital letters and leading zeros count; "
            f"{noun} without a sale are in no segment."
            if at < 0 and given not in objections
            else f"{state.escaped(given)} {why}."
        )
        return
    _one(view, at)


def _one(view: View, at: int) -> None:
    row = view.run.customers.slice(at, 1).to_pylist()[0]
    position = int(view.positions[at])
    segment = view.segments[position]
    found = view.explain(view.run.customers.slice(at, 1))
    st.html(answer(position, segment, found.sentences[1:], found.sure))
    features, history = st.columns([3, 2], gap="medium")
    with history:
        _history(view, str(row[view.run.id_name]), position)
    with features:
        _features(view, row, segment)


def _features(view: View, row: Mapping[str, Value], segment: Segment) -> None:
    averages = {one.feature: one for one in segment.numbers}
    shares = {
        one.feature: {value: (here, every) for value, here, every in one.shares}
        for one in segment.categories
    }
    st.subheader("Features")
    st.dataframe(
        [
            {
                "Feature": label(feature.name),
                "This customer": format_value(row[feature.name], feature.unit),
                "Segment": _usual(averages, shares, feature.name, row, of_all=False),
                "All": _usual(averages, shares, feature.name, row, of_all=True),
            }
            for feature in view.run.model.learnt.features
        ],
        hide_index=True,
        height="content",
    )
    st.caption("Segment and all: the mean, or the share of those with the same value.")


def _usual(
    averages: Mapping[str, ProfileNumber],
    shares: Mapping[str, Mapping[str, tuple[float, float]]],
    name: str,
    row: Mapping[str, Value],
    *,
    of_all: bool,
) -> str:
    one = averages.get(name)
    if one is not None:
        return format_value(one.overall_mean if of_all else one.mean, one.unit)
    found = shares.get(name, {}).get(str(row[name]))
    if found is None:
        return ""
    here, every = found
    return percent(every if of_all else here)


def _history(view: View, given: str, position: int) -> None:
    every = state.orders(view)
    if every is None:
        return
    own = every.filter(pc.equal(pc.cast(every.column(0), pa.string()), given))
    st.subheader("History")
    st.caption(f"{counted(own.num_rows, 'orders')}, returns and cancelled orders not counted.")
    dated = own.filter(pc.is_valid(own.column("order_date")))
    if dated.num_rows:
        dates = [one.isoformat() for one in dated.column("order_date").to_pylist()]
        amounts = dated.column("amount").to_pylist()
        chart = orders_over_time(dates, amounts, segment_colour(position), state.theme())
        state.show(chart, key="history")
    shown = own.sort_by([("order_date", "descending")]).to_pylist()
    st.dataframe(
        [
            {
                "Date": one["order_date"],
                "Amount": one["amount"],
                "Units": one["units"],
                "Lines": one["basket_lines"],
            }
            for one in shown
        ],
        hide_index=True,
        column_config={
            "Date": st.column_config.DateColumn(format="D MMM YYYY"),
            "Amount": st.column_config.NumberColumn(format="%,.2f"),
            "Units": st.column_config.NumberColumn(format="%,.0f"),
        },
    )


def _campaign(view: View, objections: frozenset[str]) -> None:
    names = {one.id: f"{one.id} {one.name}" for one in view.segments}
    chosen = st.multiselect(
        "Segments", list(names), default=[view.segments[0].id], format_func=names.__getitem__
    )
    columns = [one for one in view.run.customers.column_names if one != view.run.id_name]
    told = st.multiselect(
        "Columns beside the id",
        columns,
        default=["segment_id", "segment_name"],
        format_func=label,
        help="Take no more than the campaign needs.",
    )
    form: Format = st.segmented_control(
        "File",
        list(FORMATS),
        default="csv",
        required=True,
        format_func=KINDS.__getitem__,
        help=TERMS["formula"],
    )
    try:
        found = choose(view.run.customers, segments=chosen, columns=told, objections=objections)
    except ClustomerError as error:
        state.show_error(error)
        return
    _download(view, found, form, chosen)


def _download(view: View, found: Chosen, form: Format, chosen: Sequence[str]) -> None:
    said = f"{counted(found.customers.num_rows, view.noun)} on the list"
    if found.objected:
        said += f"; {counted(found.objected, view.noun)} left out, because they objected"
    st.caption(f"{said}. The first rows:")
    st.dataframe(found.customers.slice(0, 20), hide_index=True)
    st.download_button(
        f"Download {KINDS[form]}",
        data=lambda: as_bytes(found.customers, form),
        file_name=f"{view.noun.replace(' ', '_')}_{'_'.join(chosen)}.{form}",
        mime=MIMES[form],
        type="primary",
        icon=":material/download:",
        on_click="ignore",
    )
