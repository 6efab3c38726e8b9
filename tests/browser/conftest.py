"""The app in a real browser: one server and one chromium for all tests of this folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

import clustomer
from clustomer.app.launch import server
from clustomer.app.options import Options

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REQUIRED = os.environ.get("CLUSTOMER_REQUIRE_BROWSER") == "1"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
ROW = 35
"""Height of a row of a table, in pixels."""

PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/141.0.0.0 Mobile Safari/537.36"
"""A phone's name: on phones the menu closes when a page is chosen."""


def missing(what: str) -> None:
    """Skip, saying why; or fail where a browser is required."""
    if REQUIRED:
        pytest.fail(f"{what}, and CLUSTOMER_REQUIRE_BROWSER=1")
    pytest.skip(f"{what}; set CLUSTOMER_REQUIRE_BROWSER=1 to make this a failure")


@dataclass(frozen=True)
class Served:
    """A running app."""

    url: str
    tables: Path
    run: Path
    workspace: Path
    pid: int


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app on a demo of 1,500 customers."""
    folder = tmp_path_factory.mktemp("browser")
    tables, run, workspace = folder / "tables", folder / "run", folder / "workspace"
    clustomer.write_demo(tables, customers=1500)
    (tables / "truth.csv").unlink()
    clustomer.fit(tables, recipe="retail", k=5).save(run)
    workspace.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = Options(str(workspace), (str(run),), (str(tables),), demo=True)
    launch = server(options, "127.0.0.1", port)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            launch.command, env=dict(launch.environment), stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process, folder / "server.log")
        yield Served(url, tables, run, workspace, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            pytest.fail(f"the server ended: {log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the server did not answer: {log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed")
        raise
    path = os.environ.get("CLUSTOMER_CHROMIUM") or shutil.which("chromium")
    if path is None:
        missing("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


Open = Callable[..., "Visit"]


@dataclass(frozen=True)
class Visit:
    """A page of the app, and how to wait for it."""

    page: Page
    elsewhere: list[str] = field(default_factory=list)
    """Addresses of other machines that the page asked for; there must be none."""

    def settled(self) -> None:
        """Wait until the script has run and all charts and tables stand."""
        self.page.wait_for_timeout(150)
        self.page.wait_for_function(
            "() => document.querySelector('h1')"
            " && document.querySelector('[data-testid=stApp]')"
            "?.getAttribute('data-test-script-state') !== 'running'"
            " && !document.querySelector('[data-testid=stSkeleton]')",
            timeout=60_000,
        )
        self.page.wait_for_timeout(150)

    def go(self, name: str) -> None:
        """Go to a page by its link; on a phone's width the menu is opened first.

        A page that does not come is asked for once more, as a visitor would. Runs of a session
        share the page that is asked for (Streamlit's PagesManager): one that starts itself anew
        just then, as when the look at the tables ends, can put its own page in its place.
        """
        from playwright.sync_api import TimeoutError as LateError

        link = self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=name)
        box = link.bounding_box() if link.is_visible() else None
        if box is None or box["x"] < 0:
            self.page.get_by_test_id("stExpandSidebarButton").click()
        link.click()
        title = self.page.get_by_role("heading", name=name, level=1)
        try:
            title.wait_for(timeout=15_000)
        except LateError:
            link.click()
            title.wait_for()
        self.settled()

    def choose(self, name: str) -> None:
        """Choose a part of the page."""
        self.page.get_by_role("radio", name=name).or_(
            self.page.get_by_test_id("stButtonGroup").get_by_role("button", name=name)
        ).first.click()
        self.settled()

    def note(self, own: str, asked: str) -> None:
        """Keep an address that is not the app's own."""
        if urlsplit(asked).netloc not in ("", urlsplit(own).netloc):
            self.elsewhere.append(asked)

    def cell(self, table: int, row: int, column: int, text: str) -> None:
        """Set a cell of an editable table by the keyboard; rows and columns from 0."""
        canvas = self.page.get_by_test_id("stDataFrame").nth(table)
        canvas.scroll_into_view_if_needed()
        self.page.wait_for_timeout(300)
        canvas.click(position={"x": 20, "y": ROW * (row + 1.5)})
        for _ in range(column):
            self.page.keyboard.press("ArrowRight")
        self.page.keyboard.press("Enter")
        editor = self.page.locator("#portal input, #portal textarea").first
        editor.wait_for()
        self.page.wait_for_timeout(200)
        self.page.keyboard.type(text)
        self.page.wait_for_timeout(300)
        self.page.keyboard.press("Enter")
        editor.wait_for(state="hidden")
        self.page.wait_for_timeout(200)

    def press(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.settled()


@contextmanager
def visiting(
    browser: Browser, url: str, *, width: int = 1280, dark: bool = False
) -> Iterator[Visit]:
    """Open the app in a context of its own."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        user_agent=PHONE if width < 600 else None,
        color_scheme="dark" if dark else "light",
        accept_downloads=True,
    )
    try:
        page = context.new_page()
        page.set_default_timeout(30_000)
        visit = Visit(page)
        page.on("request", lambda asked: visit.note(url, asked.url))
        page.goto(url)
        page.get_by_role("heading", level=1).wait_for()
        visit.settled()
        try:
            yield visit
        except Exception as error:
            # What stood on the page tells more than what was not found on it.
            error.add_note(f"at {page.url} stood:\n{page.inner_text('body')[:3000]}")
            raise
    finally:
        context.close()
