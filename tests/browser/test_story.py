"""The whole story in a browser: dirty files in, segments out, customers placed, runs compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from browser.conftest import Served, Visit, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAME = "Our <b>Best</b> 5"
"""A name that would be markup where a page forgot to escape it."""

ROW = 35
"""Height of a row of a table, in pixels."""


def _with_a_strange_heading(tables: Path, folder: Path) -> list[str]:
    """The three dirty files; the discount's column has a name that no recipe knows."""
    folder.mkdir()
    for path in tables.iterdir():
        text = path.read_text("utf-8").replace("discount_applied", "rebate", 1)
        (folder / path.name).write_text(text, "utf-8")
    return [str(path) for path in sorted(folder.iterdir())]


def _set_cell(visit: Visit, table: int, row: int, column: float, text: str) -> None:
    """Choose a value in a cell of an editable table; `column` as a share of its width."""
    canvas = visit.page.get_by_test_id("stDataFrame").nth(table)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + column * box["width"], box["y"] + ROW * (row + 1.5)
    visit.page.mouse.dblclick(x, y)
    visit.page.wait_for_timeout(300)
    visit.page.keyboard.type(text)
    visit.page.wait_for_timeout(200)
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_timeout(200)


def test_the_story(served: Served, chromium: Browser, tmp_path: Path) -> None:
    files = _with_a_strange_heading(served.tables, tmp_path / "dirty")
    with visiting(chromium, f"{served.url}/data") as visit:
        _give_tables_and_fix_a_role(visit, files)
        _fit_over_a_reload(visit)
        _rename(visit)
        _place_one(visit)
        _place_many(visit, files)
        _list_for_a_campaign(visit)
        visit.go("Runs")
        visit.page.get_by_role("heading", name="Who moved").wait_for()
        visit.page.get_by_text("in both runs").first.wait_for()


def _give_tables_and_fix_a_role(visit: Visit, files: list[str]) -> None:
    page = visit.page
    page.locator("input[type=file]").set_input_files(files)
    page.get_by_role("button", name="Use these files").wait_for()
    visit.settled()
    visit.press("Use these files")
    page.get_by_text("can be segmented").wait_for(timeout=60_000)
    visit.settled()
    assert page.get_by_text("sales.csv is the table sales").is_visible()
    # The column 'rebate' is the discount.
    sales = next(Path(name) for name in files if name.endswith("sales.csv"))
    header = sales.read_text("utf-8").split("\n", 1)[0].split(",")
    _set_cell(visit, 0, header.index("rebate"), 0.5, "discount")
    visit.press("Use these roles")
    page.get_by_text("can be segmented").wait_for(timeout=60_000)
    visit.settled()


def _fit_over_a_reload(visit: Visit) -> None:
    """The fit runs in the background: a reload finds it again."""
    page = visit.page
    page.get_by_role("button", name="Find segments").first.click()
    page.get_by_role("button", name="Cancel").wait_for()
    page.reload()
    page.get_by_text("See the segments").wait_for(timeout=120_000)
    page.get_by_text("See the segments").click()
    page.get_by_role("heading", name="Segments", level=1).wait_for()
    visit.settled()


def _rename(visit: Visit) -> None:
    page = visit.page
    visit.choose("One segment")
    page.get_by_label("Name", exact=True).fill(NAME)
    visit.press("Rename")
    visit.choose("Overview")
    page.get_by_role("heading", name=NAME).wait_for()


def _place_one(visit: Visit) -> None:
    page = visit.page
    visit.go("Place a customer")
    orders = page.get_by_test_id("stNumberInput").first.locator("input")
    orders.fill("25")
    orders.press("Enter")
    visit.settled()
    page.get_by_text("Runner-up:").wait_for()
    page.get_by_text("How sure:").wait_for()


def _place_many(visit: Visit, files: list[str]) -> None:
    page = visit.page
    visit.choose("A file of many")
    page.locator("input[type=file]").first.set_input_files(files)
    page.get_by_role("button", name="Place them").click()
    page.get_by_role("heading", name="The mix").wait_for(timeout=60_000)
    visit.settled()
    placed = _downloaded(visit, "Download CSV")
    assert len(placed) > 1400
    assert "discount_share" in placed[0]
    assert "segment_name" in placed[0]


def _list_for_a_campaign(visit: Visit) -> None:
    visit.go("Customers")
    visit.choose("List for a campaign")
    listed = _downloaded(visit, "Download CSV")
    assert listed[0] == '"customer_id","segment_id","segment_name"'
    assert NAME in listed[1]


def _downloaded(visit: Visit, button: str) -> list[str]:
    with visit.page.expect_download() as downloaded:
        visit.page.get_by_role("button", name=button).click()
    return Path(downloaded.value.path()).read_text("utf-8").splitlines()
