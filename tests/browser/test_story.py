"""The whole story in a browser: dirty files in, segments out, customers placed, runs compared."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from browser.conftest import Served, Visit, visiting
from clustomer.cleaning.decisions import read_decisions

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAME = "Our <b>Best</b> 5"
"""A name that would be markup where a page forgot to escape it."""


def _with_a_strange_heading(tables: Path, folder: Path) -> list[str]:
    """The three dirty files; the discount's column has a name that no recipe knows."""
    folder.mkdir()
    for path in tables.iterdir():
        text = path.read_text("utf-8").replace("discount_applied", "rebate", 1)
        (folder / path.name).write_text(text, "utf-8")
    return [str(path) for path in sorted(folder.iterdir())]


def test_the_story(served: Served, chromium: Browser, tmp_path: Path) -> None:
    files = _with_a_strange_heading(served.tables, tmp_path / "dirty")
    with visiting(chromium, f"{served.url}/data") as visit:
        _give_tables_and_fix_a_role(visit, files)
        _decide_on_repairs(visit, served.workspace)
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
    visit.cell(0, header.index("rebate"), 1, "discount")
    visit.press("Use these roles")
    page.get_by_text("can be segmented").wait_for(timeout=60_000)
    visit.settled()


def _decide_on_repairs(visit: Visit, workspace: Path) -> None:
    """The first repair is accepted, the second rejected, the third set to something else."""
    page = visit.page
    last = page.get_by_test_id("stDataFrame").count() - 1
    decision, value = 4, 5
    for row, verdict in enumerate(("accept", "reject", "set")):
        visit.cell(last, row, decision, verdict)
    visit.cell(last, 2, value, "Delayed")
    visit.press("Keep these decisions")
    page.get_by_text("Find segments").first.wait_for(timeout=60_000)
    visit.settled()
    token = parse_qs(urlsplit(page.url).query)["s"][0]
    (file,) = (workspace / "sessions" / token).glob("*.decisions.toml")
    kept = read_decisions(file)
    assert {one.verdict for one in kept} == {"accept", "reject", "set"}
    assert [one.value for one in kept if one.verdict == "set"] == ["Delayed"]


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


def test_a_guessed_role_is_corrected(served: Served, chromium: Browser, tmp_path: Path) -> None:
    orders = tmp_path / "till.csv"
    lines = ["Bon,Datum,Kundnummer,Summa,Sort"]
    for number in range(400):
        day = f"2025-{number % 12 + 1:02}-{number % 27 + 1:02}"
        lines.append(f"B{number},{day},K{number % 60:03},{number % 37 + 0.5},{'abc'[number % 3]}")
    orders.write_text("\n".join(lines) + "\n")
    with visiting(chromium, f"{served.url}/data") as visit:
        page = visit.page
        page.locator("input[type=file]").set_input_files(str(orders))
        page.get_by_role("button", name="Use these files").wait_for()
        visit.settled()
        visit.press("Use these files")
        page.get_by_role("heading", name="What the columns are").wait_for(timeout=60_000)
        visit.settled()
        visit.cell(0, 4, 1, "free text")
        visit.press("Use these roles")
        page.get_by_text("can be segmented").wait_for(timeout=60_000)
        visit.settled()
        token = parse_qs(urlsplit(page.url).query)["s"][0]
        jobs = (served.workspace / "sessions" / token / "jobs").glob("*/job.json")
        asked = [json.loads(job.read_text("utf-8"))["asked"].get("roles") for job in jobs]
        assert {"till.csv": {"Sort": "free text"}} in asked


def test_a_run_is_brought_along(served: Served, chromium: Browser, tmp_path: Path) -> None:
    with visiting(chromium, f"{served.url}/runs") as visit:
        page = visit.page
        visit.choose("Report")
        with page.expect_download() as downloaded:
            page.get_by_role("button", name="Download the whole run").click()
        packed = tmp_path / "run.zip"
        shutil.copy(downloaded.value.path(), packed)
        hostile = tmp_path / "hostile.zip"
        shutil.copy(packed, hostile)
        with zipfile.ZipFile(hostile, "a") as archive:
            archive.writestr("run/model/model.pkl", b"\x80\x04.")
        visit.choose("Bring a run")
        page.locator("input[type=file]").set_input_files(str(hostile))
        page.get_by_role("button", name="Open 'hostile.zip'").click()
        page.get_by_text("can run code when it is opened").wait_for()
        assert page.get_by_test_id("stAlertContentError").count() == 1
        page.locator("input[type=file]").set_input_files(str(packed))
        page.get_by_role("button", name="Open 'run.zip'").click()
        page.get_by_text("open now").wait_for(timeout=60_000)
        visit.go("Segments")
        page.get_by_role("heading", level=3).first.wait_for()
        visit.go("Place a customer")
        page.get_by_text("Runner-up:").wait_for()
        visit.choose("A file of many")
        page.get_by_text("This run was brought along").wait_for()
        visit.go("Runs")
        visit.choose("Report")
        page.get_by_text("without its report").wait_for()
