"""Pictures of the app for README and docs: made by ``make app-pictures``, skipped otherwise."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from browser.conftest import Served, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FOLDER = os.environ.get("CLUSTOMER_PICTURES")
SHOTS = {
    "app-segments": ("segments", "Overview", 1280, 860, False),
    "app-map": ("segments", "Map", 1280, 900, True),
    "app-place": ("place", "", 1280, 1500, False),
    "app-phone": ("place", "", 400, 900, True),
}


@pytest.mark.skipif(FOLDER is None, reason="pictures are made by: make app-pictures")
def test_pictures(served: Served, chromium: Browser) -> None:
    for name, (page, part, width, height, dark) in SHOTS.items():
        # The default page has the address of the app itself.
        address = served.url if page == "segments" else f"{served.url}/{page}"
        with visiting(chromium, address, width=width, dark=dark) as visit:
            if part:
                visit.choose(part)
            visit.page.set_viewport_size({"width": width, "height": height})
            visit.page.wait_for_timeout(2500)
            visit.page.screenshot(path=Path(str(FOLDER)) / f"{name}.png")
