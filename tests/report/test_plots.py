"""The drawings: what they show, and as files."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from fake import content

from clustomer.report.axes import Axis, round_values
from clustomer.report.content import ReportContent
from clustomer.report.drawing import Anchor, Area, Dots, Drawing, Line, Rect, Text, points, tiled
from clustomer.report.explore_plots import correlations, distribution, evidence_panels, pca_map
from clustomer.report.glyphs import outline
from clustomer.report.plots import draw_plots, drawings
from clustomer.report.png import png
from clustomer.report.segment_plots import confusion, profiles, sizes, telling
from clustomer.report.style import PALETTE, percent, segment_colour
from clustomer.report.summaries import numeric

SIGHTS = {
    "all colours": np.eye(3),
    "no red": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "no green": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
"""Machado, Oliveira & Fernandes, "A Physiologically-based Model for Simulation of Color Vision
Deficiency" (2009), severity 1."""


@pytest.fixture(scope="module")
def made() -> ReportContent:
    return content()


def words(drawing: Drawing) -> list[str]:
    return [mark.text for mark in drawing.marks if isinstance(mark, Text)]


def linear(colour: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(
    rgb: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    cube = np.cbrt(to_xyz @ np.clip(rgb, 0.001, 1) / [0.9505, 1.0, 1.089])
    return np.array([116 * cube[1] - 16, 500 * (cube[0] - cube[1]), 200 * (cube[1] - cube[2])])


@pytest.mark.parametrize("sight", SIGHTS)
def test_colours_differ_for_everybody(sight: str) -> None:
    seen = [lab(SIGHTS[sight] @ linear(colour)) for colour in PALETTE]
    # A difference of 2 is just noticeable; 15 is told apart at a glance.
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) > 15


def test_a_hundred_segments_get_a_hundred_colours() -> None:
    assert len({segment_colour(position) for position in range(100)}) == 100


def test_files_are_png(made: ReportContent) -> None:
    files = draw_plots(made)
    assert all(data.startswith(b"\x89PNG\r\n") for data in files.values())


def test_same_drawing_same_bytes(made: ReportContent) -> None:
    drawing = sizes(made.segments, "customers")
    assert png(drawing) == png(drawing)


def test_drawings_stay_on_their_canvas(made: ReportContent) -> None:
    plots = drawings(made)
    for drawing in (
        *plots.numbers,
        *plots.categories,
        *plots.evidence,
        plots.map,
        plots.sizes,
        plots.profiles,
        plots.snake,
    ):
        for mark in drawing.marks:
            if isinstance(mark, Rect):
                where = np.array([(mark.x, mark.y), (mark.x + mark.w, mark.y + mark.h)])
            elif isinstance(mark, Text):
                where = np.array([(mark.x, mark.y)])
            else:
                where = mark.where
            assert np.isfinite(where).all()
            assert (where >= -1).all(), drawing.says
            assert (where <= [drawing.width + 1, drawing.height + 1]).all(), drawing.says


def test_every_drawing_has_words_for_who_cannot_see_it(made: ReportContent) -> None:
    assert sizes(made.segments, "customers").says.startswith(
        "Sizes of the segments. High-Value Customers: 14\u00a0% of customers, 49\u00a0% of spend;"
    )
    spend = next(f for f in numeric(made) if f.name == "spend")
    assert "log axis: median" in distribution(made, spend).says


def test_segments_add_up_to_the_whole(made: ReportContent) -> None:
    spend = next(f for f in numeric(made) if f.name == "spend")
    lines = [
        m for m in distribution(made, spend).marks if isinstance(m, Line) and m.stroke != "soft"
    ]
    base = 158.0
    whole, *parts = (base - line.where[:, 1] for line in lines)
    assert len(parts) == 5
    np.testing.assert_allclose(np.sum(parts, axis=0), whole, atol=1e-6)


def test_the_map_names_the_variance_of_its_axes(made: ReportContent) -> None:
    drawing, explained = pca_map(made)
    assert 0 < explained[1] < explained[0] < 1
    assert any(
        w.startswith(f"→ Component 1, {percent(explained[0])} of variance: mostly")
        for w in words(drawing)
    )
    assert sum(len(m.where) for m in drawing.marks if isinstance(m, Dots)) > 2_900


def test_the_chosen_k_is_marked_and_gaps_are_left_out(made: ReportContent) -> None:
    rows = list(made.choice.evidence)
    rows[3] = replace(rows[3], silhouette=float("nan"))
    panels = evidence_panels(replace(made.choice, evidence=tuple(rows)))
    assert [words(panel)[-2] for panel in panels] == [
        "Inertia (elbow)",
        "Silhouette",
        "Davies-Bouldin",
        "Stability",
    ]
    for panel in panels:
        taken = [m for m in panel.marks if isinstance(m, Text) and m.fill == "high"]
        assert [m.text for m in taken] == ["5"]
    assert "k = 5: –" in panels[1].says


def test_without_evidence_for_the_algorithm_taken_nothing_is_drawn(made: ReportContent) -> None:
    choice = replace(made.choice, algorithm="rules")
    assert choice.evidence
    assert evidence_panels(choice) == []


def test_correlations_find_the_strongest_pair(made: ReportContent) -> None:
    _, pairs = correlations(made, numeric(made))
    assert pairs[0][:2] == ("order_count", "distinct_categories")
    assert len(pairs) == 8


def test_small_segments_are_not_profiled(made: ReportContent) -> None:
    few = replace(made.segments[0], customers=3)
    drawn = words(profiles((few, *made.segments[1:])))
    assert few.id not in drawn
    assert made.segments[1].id in drawn


def test_features_without_a_difference_are_left_out(made: ReportContent) -> None:
    told = telling(made.segments)
    assert "cancelled_share" not in told
    assert told[:2] == ["order_count", "spend"]


def test_a_confusion_matrix_without_rows_is_blank() -> None:
    drawing = confusion(np.zeros((2, 2), dtype=np.int64), ["S1", "S2"])
    assert not [w for w in words(drawing) if "%" in w]


def test_log_axes_have_a_place_for_nought() -> None:
    axis = Axis(0.0, 1_000.0, 0.0, 100.0, log=True)
    assert axis.pixel(0.0) == 0.0
    assert axis.pixel(1_000.0) == pytest.approx(100.0)
    values = np.array([0.0, 3.0, 500.0])
    np.testing.assert_allclose(axis.plain(axis.scaled(values)), values)
    assert 0.0 in axis.ticks()


@pytest.mark.parametrize(("low", "high"), [(0.0, 1e-9), (1e6, 2e9), (-3.0, 3.0), (0.1, 0.11)])
def test_ticks_are_few_and_inside(low: float, high: float) -> None:
    ticks = round_values(low, high, 4)
    assert 2 <= len(ticks) <= 9
    assert all(low - 1e-12 <= tick <= high * (1 + 1e-9) for tick in ticks)


def test_tiles_move_their_marks() -> None:
    one = Drawing(10.0, 10.0, (Rect(0.0, 0.0, 1.0, 1.0, "ink"), Line(points([0], [0]), "ink")), "")
    both = tiled([one, one], 2, "two", gap=5.0)
    assert (both.width, both.height) == (35.0, 20.0)
    assert [m.x for m in both.marks if isinstance(m, Rect)] == [5.0, 20.0]


def test_every_kind_of_mark_becomes_a_png() -> None:
    marks = (
        Rect(1.0, 1.0, 5.0, 5.0, "s11", 0.5),
        Area(points([0, 5, 5], [0, 0, 5]), "soft"),
        Line(points([0, 9], [0, 9]), "ink", dashed=True),
        Dots(points([3], [3]), 2.0, "high"),
        Text(5.0, 5.0, "5 $ of $ <b>", anchor="middle", bold=True),
    )
    assert png(Drawing(20.0, 20.0, marks, "")).startswith(b"\x89PNG")


def test_the_page_needs_no_matplotlib() -> None:
    code = "import sys, clustomer.report.html; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_text_stands_where_its_anchor_says() -> None:
    sides: tuple[tuple[Anchor, float], ...] = (("start", 0.0), ("middle", 0.5), ("end", 1.0))
    for anchor, side in sides:
        extents = outline(Text(100.0, 50.0, "HH", size=20.0, anchor=anchor)).get_extents()
        assert extents.x0 + side * extents.width == pytest.approx(100.0, abs=2.0)
        assert extents.y1 == pytest.approx(50.0, abs=0.1)
        assert extents.height == pytest.approx(20 * 0.93 * 0.73, abs=0.5)


def test_text_in_any_script_is_drawn_without_a_warning() -> None:
    marks = (Text(0.0, 10.0, "東京 Ω é"), Text(0.0, 20.0, ""))
    assert png(Drawing(50.0, 30.0, marks, "")).startswith(b"\x89PNG")
