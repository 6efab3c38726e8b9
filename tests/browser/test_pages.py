"""Every page in a browser: no fault for screen readers, nothing wider than the screen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser.conftest import Served, Visit, missing, visiting
from clustomer.runs import read_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
PAGES = ("Data", "Explore", "Segments", "Place a customer", "Customers", "Runs")
PARTS = {
    "Segments": ("Map", "Profiles", "One segment", "Classifier", "Number of segments"),
    "Explore": ("Together", "Missing", "Spend over time"),
    "Customers": ("List for a campaign",),
    "Runs": ("Report", "Bring a run"),
}
GRAVE = ("serious", "critical")


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core: of CLUSTOMER_AXE, or of node_modules below the project."""
    given = os.environ.get("CLUSTOMER_AXE")
    places = [
        *([Path(given)] if given else []),
        ROOT / "node_modules" / "axe-core" / "axe.min.js",
        ROOT / ".ci" / "node_modules" / "axe-core" / "axe.min.js",
    ]
    for place in places:
        if place.is_file():
            return place.read_text("utf-8")
    missing("axe-core is not installed (npm install --prefix .ci axe-core)")
    return ""


def faults(visit: Visit, axe: str) -> list[str]:
    """Serious and critical faults of the page, one line each."""
    visit.page.evaluate(axe)
    found = visit.page.evaluate("async () => (await axe.run(document)).violations")
    return [
        f"{one['impact']} {one['id']}: {one['help']} at {node['target']} {node['html'][:200]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (400, True)])
def test_every_page_can_be_read_by_everyone(
    served: Served, chromium: Browser, axe: str, width: int, dark: bool
) -> None:
    told: dict[str, list[str]] = {}
    with visiting(chromium, served.url, width=width, dark=dark) as visit:
        paper = visit.page.evaluate(
            "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
        )
        assert (paper != "rgb(255, 255, 255)") == dark
        for name in PAGES:
            visit.go(name)
            wide = visit.page.evaluate(
                "() => document.scrollingElement.scrollWidth - window.innerWidth"
            )
            told[name] = faults(visit, axe) + ([f"{wide} px too wide"] if wide > 0 else [])
            for part in PARTS.get(name, ()) if dark else ():
                visit.choose(part)
                told[f"{name}, {part}"] = faults(visit, axe)
        assert visit.elsewhere == []
    assert {name: found for name, found in told.items() if found} == {}


@pytest.mark.parametrize(("width", "dark"), [(1280, True), (400, False)])
def test_the_first_picture_does_not_wait_for_plotly(
    served: Served, chromium: Browser, width: int, dark: bool
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
    )
    try:
        page = context.new_page()
        page.route("**/PlotlyChart.*.js", lambda asked: None)  # never answered
        page.goto(served.url)
        page.locator(".seg-card").first.wait_for()
        bars = page.locator(".seg-sizes i")
        assert bars.count() == 10
        boxes = [bars.nth(at).bounding_box() for at in range(10)]
        long = [box["width"] for box in boxes if box is not None]
        segments = read_run(served.run).model.segments
        shares = [share for one in segments for share in (one.share, one.spend_share or 0.0)]
        assert long == pytest.approx([max(long) * one / max(shares) for one in shares], abs=1)
        assert max(long) > 0.4 * min(width, 820)
        # The whole picture is in sight, without a scroll.
        assert all(box is not None and box["y"] + box["height"] < 900 for box in boxes)
        assert page.locator(".js-plotly-plot").count() == 0
    finally:
        context.close()


def test_a_part_that_is_shown_stays_chosen(served: Served, chromium: Browser) -> None:
    with visiting(chromium, served.url) as visit:
        for _ in range(2):
            visit.choose("Map")
            chosen = visit.page.get_by_test_id("stButtonGroup").get_by_role("radio", checked=True)
            assert chosen.inner_text() == "Map"


def test_two_people_see_nothing_of_each_other(served: Served, chromium: Browser) -> None:
    with (
        visiting(chromium, served.url) as first,
        visiting(chromium, served.url) as second,
    ):
        assert first.page.url != second.page.url
        first.choose("One segment")
        first.page.get_by_label("Name", exact=True).fill("Only mine")
        first.press("Rename")
        first.choose("Overview")
        first.page.get_by_role("heading", name="Only mine").wait_for()
        second.page.reload()
        second.page.get_by_role("heading", name="Segments", level=1).wait_for()
        second.settled()
        assert second.page.get_by_role("heading", name="Only mine").count() == 0


def test_a_phone_keeps_the_answer_in_sight(served: Served, chromium: Browser) -> None:
    with visiting(chromium, f"{served.url}/place", width=400) as visit:
        page = visit.page
        for way in (0, 400):
            page.evaluate(
                "way => document.querySelector('[data-testid=stMain]').scrollTo(0, way)", way
            )
            page.wait_for_timeout(300)
            box = page.locator(".seg-short").bounding_box()
            assert box is not None
            assert 0 <= box["y"] < 400
    with visiting(chromium, f"{served.url}/place") as visit:
        assert not visit.page.locator(".seg-short").is_visible()


def test_the_map_is_drawn_in_space(served: Served, chromium: Browser) -> None:
    with visiting(chromium, served.url) as visit:
        visit.choose("Map")
        visit.page.get_by_text("Three dimensions").click()
        visit.settled()
        visit.page.locator(".js-plotly-plot canvas").first.wait_for(state="attached")
        assert visit.page.get_by_text("Axis 3: mostly").is_visible()


@pytest.fixture
def bad(tmp_path: Path) -> dict[str, Path]:
    """Files that cannot be tables, or are none that can be segmented."""
    made = {
        "renamed": tmp_path / "picture.csv",
        "empty": tmp_path / "empty.csv",
        "huge": tmp_path / "huge.csv",
        "wrong": tmp_path / "wrong.csv",
        "hostile": tmp_path / "<img src=x onerror=alert(1)>.csv",
    }
    made["renamed"].write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(2000))
    made["empty"].touch()
    with made["huge"].open("wb") as file:
        file.write(b"a,b\n")
        file.truncate(300 * 2**20)
    made["wrong"].write_text("alpha,beta\n" + "1.5,2.5\n" * 40)
    made["hostile"].write_bytes(b"\x00\x01\x02\x03")
    return made


def test_bad_files_are_refused_in_one_message_and_the_app_lives_on(
    served: Served, chromium: Browser, bad: dict[str, Path]
) -> None:
    with visiting(chromium, f"{served.url}/data") as visit:
        page = visit.page
        page.on("dialog", lambda shown: pytest.fail(f"a script ran: {shown.message}"))
        _give(visit, [bad["renamed"], bad["empty"], bad["hostile"]])
        visit.press("Use these files")
        page.get_by_text("is not a text file, though its name says so").first.wait_for()
        page.get_by_text("'empty.csv' is empty").wait_for()
        page.get_by_text("<img src=x onerror=alert(1)>.csv").first.wait_for()
        assert page.get_by_test_id("stAlertContentError").count() == 3
        assert page.locator("img[src=x]").count() == 0
        page.get_by_role("heading", name="What was found").wait_for()
        assert page.get_by_test_id("stAlertContentError").count() == 3
        visit.go("Segments")
        assert page.get_by_role("heading", level=3).count() >= 4


def test_a_refused_file_is_told_beside_those_that_are_read(
    served: Served, chromium: Browser, bad: dict[str, Path]
) -> None:
    with visiting(chromium, f"{served.url}/data") as visit:
        page = visit.page
        _give(visit, [served.tables / "sales.csv", bad["empty"]])
        visit.press("Use these files")
        refused = page.get_by_text("'empty.csv' is empty")
        page.get_by_role("heading", name="What was found").wait_for(timeout=60_000)
        visit.settled()
        assert refused.is_visible()
        page.get_by_text("Open: sales.csv").wait_for()
        page.get_by_text("Give tables", exact=True).click()
        _give(visit, [bad["wrong"]])
        refused.wait_for(state="hidden")


def test_a_huge_file_is_refused_before_it_is_sent(
    served: Served, chromium: Browser, bad: dict[str, Path]
) -> None:
    with visiting(chromium, f"{served.url}/data") as visit:
        visit.page.locator("input[type=file]").set_input_files(str(bad["huge"]))
        visit.page.get_by_text("200.0MB or smaller").wait_for()
        assert visit.page.get_by_role("button", name="Use these files").is_disabled()
        visit.go("Segments")
        assert visit.page.get_by_role("heading", level=3).count() >= 4


def test_tables_of_nothing_known_end_in_one_message(
    served: Served, chromium: Browser, bad: dict[str, Path]
) -> None:
    with visiting(chromium, f"{served.url}/data") as visit:
        _give(visit, [bad["wrong"]])
        visit.press("Use these files")
        visit.page.get_by_test_id("stAlertContentError").wait_for(timeout=60_000)
        visit.settled()
        assert visit.page.get_by_test_id("stAlertContentError").count() == 1
        assert visit.page.get_by_text("To do:").is_visible()
        assert visit.page.get_by_text("Traceback").count() == 0
        visit.go("Segments")
        assert visit.page.get_by_role("heading", level=3).count() >= 4


def _give(visit: Visit, files: list[Path]) -> None:
    visit.page.locator("input[type=file]").set_input_files([str(one) for one in files])
    visit.page.get_by_role("button", name="Use these files").wait_for()
    visit.settled()
