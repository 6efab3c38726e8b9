"""Starting the app: what it opens, where it listens, and the command that runs it."""

from __future__ import annotations

import ipaddress
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from clustomer.app.options import LARGEST_UPLOAD, Options
from clustomer.errors import ClustomerError, DataError, MissingExtraError
from clustomer.progress import Tell

DEMO_CUSTOMERS: Final = 2_000
LIGHT_PRIMARY: Final = "#0B6AA8"
DARK_PRIMARY: Final = "#7CBDF2"
NEEDED: Final = ("streamlit", "plotly", "xlsxwriter")


@dataclass(frozen=True, slots=True)
class Launch:
    """A server to start: its command line and the variables it needs."""

    command: tuple[str, ...]
    environment: Mapping[str, str]


def check_extra() -> None:
    """Refuse to start without the packages of the app.

    Raises
    ------
    MissingExtraError
        Naming what is missing and how to install it.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            "The web app needs packages that are not installed.",
            found=f"missing: {', '.join(missing)}",
            remedy="install them with: pip install 'clustomer[app]'",
        )


def check_address(address: str, password: str) -> None:
    """Refuse an address that others can reach, unless a password is set.

    Raises
    ------
    ClustomerError
        When there is no password, or the text is no address.
    """
    if address == "localhost":
        return
    try:
        local = ipaddress.ip_address(address).is_loopback
    except ValueError as error:
        raise ClustomerError(
            f"'{address}' is no address to listen on.",
            remedy="give an IP address such as 127.0.0.1",
        ) from error
    if not local and not password:
        raise ClustomerError(
            f"The app does not listen on {address} without a password: others could reach it.",
            remedy="make a hash with 'clustomer app --hash-password', put it into a file and give "
            "--password-file FILE (or set CLUSTOMER_APP_PASSWORD_HASH)",
        )


def what_to_open(path: Path | None, workspace: Path, password: str, tell: Tell) -> Options:
    """Settle what the app opens: a run, the runs or tables of a folder, or the demo.

    The demo is written and fitted in the workspace the first time.

    Raises
    ------
    DataError
        When `path` is no folder, or holds neither a run nor tables.
    """
    from clustomer.app.sessions import has_tables
    from clustomer.runs import is_run, list_runs

    if path is None:
        run, data = make_demo(workspace, tell)
        return Options(str(workspace), (str(run),), (str(data),), demo=True, password=password)
    if not path.is_dir():
        raise DataError(
            f"'{path}' is no folder.",
            found="a file" if path.exists() else "nothing of that name",
            remedy="give the folder of a run (--out of 'clustomer fit') or of tables",
        )
    runs = tuple(str(run.resolve()) for run in list_runs(path))
    if is_run(path):
        return Options(str(workspace), runs[:1], (), password=password)
    below = [child for child in path.iterdir() if child.is_dir() and not is_run(child)]
    if not runs and not has_tables(path) and not any(map(has_tables, below)):
        raise DataError(
            f"The folder '{path}' holds neither a run nor tables.",
            found="no run.json, no CSV, no Parquet, no Excel file",
            remedy="give the folder of a run (--out of 'clustomer fit') or of tables",
        )
    return Options(str(workspace), runs, (str(path.resolve()),), password=password)


def make_demo(workspace: Path, tell: Tell) -> tuple[Path, Path]:
    """The demo's run and tables, made when they are not there yet or of another version."""
    from importlib.metadata import version

    from clustomer.runs import is_run

    folder = workspace / f"demo-{version('clustomer')}"
    run, data = folder / "demo run", folder / "demo tables"
    if not is_run(run):
        from clustomer.demo import write_demo
        from clustomer.fitting import fit

        tell("write the demo tables")
        data.mkdir(parents=True, exist_ok=True)
        write_demo(data, customers=DEMO_CUSTOMERS, overwrite=True)
        # What was planted is for checks; as a table it would only be in the way.
        (data / "truth.csv").unlink()
        fit(data, "retail", tell=tell).save(run, overwrite=True)
    return run, data


def server(options: Options, address: str, port: int) -> Launch:
    """The command that serves the app: no statistics are sent, nothing is watched."""
    main = Path(__file__).with_name("main.py")
    settings = {
        "server.address": address,
        "server.port": port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.maxUploadSize": LARGEST_UPLOAD,
        "server.enableXsrfProtection": "true",
        "browser.gatherUsageStats": "false",
        "browser.serverAddress": address,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "runner.magicEnabled": "false",
        # A colour for both themes at once would take the dark one away.
        "theme.light.primaryColor": LIGHT_PRIMARY,
        "theme.dark.primaryColor": DARK_PRIMARY,
        "logger.hideWelcomeMessage": "true",
    }
    flags = [part for name, value in settings.items() for part in (f"--{name}", str(value))]
    command = (sys.executable, "-m", "clustomer.app.serve", str(main), *flags)
    return Launch(command, {**os.environ, **options.environment()})


def serve(launch: Launch) -> int:
    """Run the server until it ends; an interrupt ends it and is no error.

    Whoever ends this process (``kill``, a service manager) ends the server with it.
    """
    process = subprocess.Popen(launch.command, env=dict(launch.environment))  # noqa: S603
    before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait(timeout=10)
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)
