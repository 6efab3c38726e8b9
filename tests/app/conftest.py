"""A small demo run, and the app opened on it without a browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import clustomer
from clustomer.app.options import Options

MAIN = Path(clustomer.__file__).parent / "app" / "main.py"

Open = Callable[..., AppTest]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Tables and run of a demo of 600 customers."""
    folder = tmp_path_factory.mktemp("app demo")
    clustomer.write_demo(folder / "tables", customers=600)
    (folder / "tables" / "truth.csv").unlink()
    clustomer.fit(folder / "tables", recipe="retail", k=5).save(folder / "run")
    return folder / "tables", folder / "run"


@pytest.fixture
def options(demo: tuple[Path, Path], tmp_path: Path) -> Options:
    tables, run = demo
    copied = tmp_path / "run"
    shutil.copytree(run, copied)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    return Options(str(workspace), (str(copied),), (str(tables),), demo=True)


@pytest.fixture
def open_app(options: Options, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page of the app; every message of an exception fails the test."""

    def opened(
        page: str = "segments", given: Options | None = None, seconds: float = 120
    ) -> AppTest:
        for name, value in (given or options).environment().items():
            monkeypatch.setenv(name, value)
        at = AppTest.from_file(str(MAIN), default_timeout=seconds)
        at.run()
        if page:
            at.switch_page(f"routes/{page}.py").run()
        assert not at.exception, at.exception
        return at

    return opened
