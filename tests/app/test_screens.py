"""The logic of each page, without a browser."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from clustomer.app.cards import size_bars
from clustomer.app.passwords import hash_password
from clustomer.app.work import MOST_RUNNING, Workers
from clustomer.report.style import percent
from clustomer.runs import read_run

if TYPE_CHECKING:
    from app.conftest import Open
    from clustomer.app.options import Options


def _words(at: object) -> str:
    """All text of a page."""
    kinds = ("html", "markdown", "caption", "info", "warning", "error", "success")
    return " ".join(str(one.value) for kind in kinds for one in getattr(at, kind))


def test_segments_are_told_with_their_numbers(open_app: Open) -> None:
    at = open_app("segments")
    told = _words(at)
    assert all(f">S{number}</span>" in told for number in range(1, 6))
    assert "of spend" in told


def test_the_first_picture_is_drawn_to_one_scale_and_comes_before_any_chart(
    open_app: Open, options: Options
) -> None:
    at = open_app("segments")
    segments = read_run(options.runs[0]).model.segments
    picture = next(one.value for one in at.html if 'class="seg-sizes"' in one.value)
    long = [float(one) for one in re.findall(r"\* (\d\.\d+)\)", picture)]
    shares = [share for one in segments for share in (one.share, one.spend_share or 0.0)]
    assert long == pytest.approx([share / max(shares) for share in shares], abs=1e-4)
    assert all(f"{percent(share)} of " in picture for share in shares)
    kinds = [one.type for one in at.main.children.values()]
    assert kinds.index("html") < kinds.index("plotly_chart")


def test_a_first_picture_escapes_names_and_leaves_out_unknown_spend(options: Options) -> None:
    one, two = read_run(options.runs[0]).model.segments[:2]
    hostile = replace(one, name="<b>x</b>", spend_share=None)
    picture = size_bars([hostile, replace(two, spend_share=None)], "<i>people</i>")
    assert "<b>x</b>" not in picture
    assert "<i>people" not in picture
    assert "of spend" not in picture
    assert "<li" not in size_bars([], "customers")


def test_every_view_of_the_segments_stands(open_app: Open) -> None:
    at = open_app("segments")
    for view in ("Map", "Profiles", "One segment", "Classifier", "Number of segments"):
        at.session_state["segments view"] = view
        at.run()
        assert not at.exception, view
        if view == "Classifier":
            assert "agrees with the clustering" in _words(at)
    assert "is the largest number" in _words(at) or "was asked for" in _words(at)


def test_a_renamed_segment_of_the_demo_stays_in_the_session(
    open_app: Open, options: Options
) -> None:
    at = open_app("segments")
    at.session_state["segments view"] = "One segment"
    at.run()
    name = next(one for one in at.text_input if one.label == "Name")
    name.set_value("Our best")
    next(one for one in at.button if one.label == "Rename").click()
    at.run()
    assert not at.exception
    session = Path(options.workspace) / "sessions" / at.session_state["token"]
    own = read_run(next((session / "runs").iterdir()))
    assert own.model.segments[0].name == "Our best"
    assert read_run(options.runs[0]).model.segments[0].name != "Our best"


def test_a_taken_name_is_refused(open_app: Open, options: Options) -> None:
    at = open_app("segments")
    at.session_state["segments view"] = "One segment"
    at.run()
    other = read_run(options.runs[0]).model.segments[1].name
    next(one for one in at.text_input if one.label == "Name").set_value(other.upper())
    next(one for one in at.button if one.label == "Rename").click()
    at.run()
    assert "is the name of S2 already" in _words(at)


def test_a_customer_is_placed_as_the_model_places_it(open_app: Open, options: Options) -> None:
    at = open_app("place")
    run = read_run(options.runs[0])
    row = run.customers.slice(7, 1).to_pylist()[0]
    for one in at.number_input:
        name = next(
            feature
            for feature in run.model.preparation.inputs
            if one.label.lower().startswith(feature.replace("_", " "))
        )
        value = row[name]
        one.set_value(None if value is None else value * (100 if "(%)" in one.label else 1))
    at.run()
    assert not at.exception
    told = _words(at)
    assert f">{row['segment_id']}</span>" in told
    assert "Runner-up:" in told
    assert "How sure:" in told


def test_a_customer_is_found_with_features_and_history(open_app: Open, options: Options) -> None:
    run = read_run(options.runs[0])
    row = run.customers.slice(3, 1).to_pylist()[0]
    at = open_app("customers")
    at.text_input(key="find").set_value(f" {row['customer_id']} ")
    at.run()
    assert not at.exception
    assert f">{row['segment_id']}</span>" in _words(at)
    assert f"{row['order_count']:.0f} order" in _words(at)


def test_an_unknown_id_and_one_that_objected_are_told(open_app: Open, options: Options) -> None:
    run = read_run(options.runs[0])
    known = run.customers.column(0)[0].as_py()
    at = open_app("customers")
    at.text_input(key="find").set_value("<b>nobody</b>")
    at.run()
    assert "is not in this run" in _words(at)
    session = Path(options.workspace) / "sessions" / at.session_state["token"]
    (session / "objections.txt").write_text(known)
    at.text_input(key="find").set_value(known)
    at.run()
    assert "objected and is not shown" in _words(at)
    assert f">{run.customers.column('segment_id')[0].as_py()}</span>" not in _words(at)


def test_a_list_leaves_out_who_objected(open_app: Open, options: Options) -> None:
    customers = read_run(options.runs[0]).customers
    first = [row["customer_id"] for row in customers.to_pylist() if row["segment_id"] == "S1"][:3]
    at = open_app("customers")
    session = Path(options.workspace) / "sessions" / at.session_state["token"]
    (session / "objections.txt").write_text("\n".join(first))
    at.session_state["customers what"] = "List for a campaign"
    at.run()
    assert not at.exception
    assert "3 customers left out, because they objected" in _words(at)


def test_every_view_of_explore_stands(open_app: Open) -> None:
    at = open_app("explore")
    for view in ("Distributions", "Together", "Missing", "Spend over time"):
        at.session_state["explore view"] = view
        at.run()
        assert not at.exception, view


def test_one_run_alone_has_nothing_to_compare(open_app: Open) -> None:
    assert "There is one run" in _words(open_app("runs"))


def test_two_runs_are_compared(open_app: Open, options: Options) -> None:
    both = replace(options, runs=(*options.runs, *options.runs))
    at = open_app("runs", both)
    told = _words(at)
    assert "goes on" in told
    assert "in both runs" in told


def test_without_a_run_pages_say_what_to_do(open_app: Open, options: Options) -> None:
    nothing = replace(options, runs=(), folders=(), demo=False)
    for page in ("explore", "segments", "place", "customers"):
        at = open_app(page, nothing)
        assert "No run is open" in _words(at), page
    assert "Give your sales" in _words(open_app("data", nothing))
    assert "There is no run yet" in _words(open_app("runs", nothing))


def test_a_damaged_run_is_one_message(open_app: Open, options: Options) -> None:
    customers = Path(options.runs[0]) / "customers.parquet"
    pq.write_table(pq.read_table(customers).drop_columns(["segment_id"]), customers)
    told = _words(open_app("segments"))
    assert "do not belong to its model" in told


def test_nothing_is_shown_before_the_password(open_app: Open, options: Options) -> None:
    closed = replace(options, password=hash_password("correct horse battery"))
    at = open_app("", closed)
    assert [one.label for one in at.text_input] == ["Password"]
    assert "segments" not in _words(at)
    at.text_input[0].set_value("wrong horse battery")
    at.button[0].click().run()
    assert "That is not the password" in _words(at)
    at.text_input[0].set_value("correct horse battery")
    at.button[0].click().run()
    assert ">S1</span>" in _words(at)


def test_the_demo_opens_on_its_tables(open_app: Open) -> None:
    at = open_app("data")
    assert "These are the demo's tables" in _words(at)
    assert "sales\\.csv" in _words(at)


def test_a_busy_app_says_so_once_and_offers_to_try_again(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Workers, "at_work", lambda _: MOST_RUNNING)
    at = open_app("data")
    assert [one.value for one in at.error if "busy with other people" in one.value]
    assert "Try again" in [one.label for one in at.button]
    monkeypatch.undo()


def test_a_fit_that_cannot_begin_says_so(open_app: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    at = open_app("segments")
    at.session_state["segments view"] = "Number of segments"
    at.run()
    monkeypatch.setattr(Workers, "at_work", lambda _: MOST_RUNNING)
    next(one for one in at.button if one.label == "Find segments").click().run()
    assert "busy with other people" in _words(at)
