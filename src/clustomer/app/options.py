"""What the app is started with, handed to its process in one environment variable."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

VARIABLE: Final = "CLUSTOMER_APP"

LARGEST_UPLOAD: Final = 200
"""Most megabytes of one uploaded file."""


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of one app process.

    Parameters
    ----------
    workspace
        Folder for uploads, jobs and runs of all sessions.
    runs
        Runs that every session sees.
    folders
        Folders whose tables every session may read.
    demo
        Whether the first of the runs is the demo: changes of it stay in the session.
    password
        Hash that a password must match; empty: no login.
    """

    workspace: str
    runs: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    demo: bool = False
    password: str = ""

    def environment(self) -> dict[str, str]:
        """The variable that `read_options` reads."""
        return {VARIABLE: json.dumps(asdict(self))}


def read_options() -> Options:
    """Read what the process was started with."""
    text = os.environ.get(VARIABLE)
    if text is None:
        return Options(workspace=str(default_workspace()))
    given = json.loads(text)
    return Options(
        workspace=str(given["workspace"]),
        runs=tuple(map(str, given["runs"])),
        folders=tuple(map(str, given["folders"])),
        demo=bool(given["demo"]),
        password=str(given["password"]),
    )


def default_workspace() -> Path:
    """Where the app keeps its sessions unless told otherwise: in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(cache) if cache else Path.home() / ".cache") / "clustomer" / "app"
