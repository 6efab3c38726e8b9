"""Every page in a browser: no fault for screen readers, nothing wider than the screen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser.conftest import Served, Visit, missing, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
PAGES = ("Data", "Explore", "Segments", "Place a customer", "Customers", "Runs")
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
    assert {name: found for name, found in told.items() if found} == {}


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


def test_bad_files_are_refused_in_one_message_and_the_app_lives_on(
    served: Served, chromium: Browser, tmp_path: Path
) -> None:
    renamed = tmp_path / "picture.csv"
    renamed.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(2000))
    empty = tmp_path / "empty.csv"
    empty.touch()
    with visiting(chromium, f"{served.url}/data") as visit:
        page = visit.page
        page.locator("input[type=file]").set_input_files([str(renamed), str(empty)])
        page.get_by_role("button", name="Use these files").wait_for()
        visit.settled()
        visit.press("Use these files")
        page.get_by_text("is not a text file, though its name says so").wait_for()
        page.get_by_text("'empty.csv' is empty").wait_for()
        visit.go("Segments")
        assert page.get_by_role("heading", level=3).count() >= 4
