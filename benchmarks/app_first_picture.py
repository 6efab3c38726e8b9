"""How long a person waits for the first picture of a page, in a real browser.

``python benchmarks/app_first_picture.py [--customers N] [--run OUT] [--times N] [--width PX]``

Starts the app on a demo (or on a run that is there) and opens each page anew: in a browser that has
seen nothing yet, and in one that was on the page before, whose cache is warm. Told are the seconds
from the address until the page's heading, its first picture or answer, and its first interactive
chart are drawn. Needs playwright and chromium, as tests/browser.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from app_sessions import prepared, served
from clustomer.app.options import Options

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, BrowserType

CHART = ".js-plotly-plot .main-svg"
PAGES = {
    "segments": {"heading": "h1", "first picture": ".seg-sizes i", "cards": ".seg-card"},
    "explore": {"heading": "h1"},
    "place": {"heading": "h1", "answer": ".seg-answer"},
}
"""What is waited for on each page, beside its first chart."""

WATCH = """
(wanted) => {
  window.stood = {};
  const look = () => {
    for (const [name, what] of Object.entries(wanted)) {
      const there = name in window.stood ? null : document.querySelector(what);
      if (there && there.getBoundingClientRect().height > 0) window.stood[name] = performance.now();
    }
    if (Object.keys(window.stood).length < Object.keys(wanted).length) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
"""
"""Notes, frame by frame, the milliseconds at which each of the wanted things stands on the page."""

VISITS_BEFORE = 3
"""Visits after which a browser keeps a page's scripts compiled."""


def main() -> None:
    """Measure every page and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--run", type=Path, help="a run to open instead of a new demo")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--width", type=int, default=1280)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.run is None:
            options = prepared(Path(folder), given.customers)
        else:
            options = Options(folder, (str(given.run.resolve()),))
        with served(options) as (_, port), sync_playwright() as playwright:
            time.sleep(8.0)
            print(f"load of the machine {os.getloadavg()[0]:.2f}, {given.width} px wide")
            for page in PAGES:
                address = f"http://127.0.0.1:{port}/{'' if page == 'segments' else page}"
                told(page, playwright.chromium, address, given)


def told(page: str, chromium: BrowserType, address: str, given: argparse.Namespace) -> None:
    """Print the medians of a page, with an empty and with a warm cache."""
    wanted = {**PAGES[page], "first chart": CHART}
    empty = []
    for _ in range(given.times):
        with profile(chromium, given.width) as fresh:
            empty.append(opened(fresh, address, wanted))
    with profile(chromium, given.width) as kept:
        for _ in range(VISITS_BEFORE):
            opened(kept, address, wanted)
        warm = [opened(kept, address, wanted) for _ in range(given.times)]
    for cache, measured in (("empty", empty), ("warm", warm)):
        medians = ", ".join(
            f"{name} {statistics.median(one[name] for one in measured):.2f} s" for name in wanted
        )
        print(f"{page:8} {cache:5} cache: {medians}")


@contextmanager
def profile(chromium: BrowserType, width: int) -> Iterator[BrowserContext]:
    """A browser with a profile of its own, without a graphics card."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        started = chromium.launch_persistent_context(
            folder,
            executable_path=os.environ.get("CLUSTOMER_CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
            viewport={"width": width, "height": 900},
        )
        # A browser that is still starting would be measured with the page.
        time.sleep(2.0)
        yield started
        started.close()


def opened(visitor: BrowserContext, address: str, wanted: Mapping[str, str]) -> dict[str, float]:
    """Open a page anew; returns the seconds until each of the wanted things stands on it."""
    page = visitor.new_page()
    page.add_init_script(f"({WATCH})({json.dumps(dict(wanted))})")
    page.goto(address, wait_until="commit")
    page.wait_for_function(f"Object.keys(window.stood).length === {len(wanted)}", timeout=60_000)
    stood: dict[str, float] = page.evaluate("window.stood")
    page.close()
    return {name: milliseconds / 1000 for name, milliseconds in stood.items()}


if __name__ == "__main__":
    main()
