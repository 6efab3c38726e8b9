"""Folders of the sessions: names made by the server, paths resolved and compared in one place.

::

    WORKSPACE/sessions/TOKEN/session.json      what the session has open
                             data/NAME/        one set of uploaded tables
                             jobs/ID/          work in the background
                             runs/ID/          runs fitted or opened in the session

The token is 128 random bits. It stands in the page's address, so that a reload finds the session
again; who has the address has the session.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from clustomer.errors import ClustomerError

TOKEN: Final = re.compile(r"[0-9a-f]{32}")
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")

KEPT_DAYS: Final = 30
"""A session that nobody opened for longer is removed when the app starts."""

MOST_BYTES: Final = 2 * 2**30
"""Most bytes that one session may hold."""


class PathError(ClustomerError):
    """A name leads out of the folder that it belongs to."""


def inside(root: Path, *names: str) -> Path:
    """The path of a name below a folder: the one place where outside names become paths.

    Raises
    ------
    PathError
        When a name is not one that the server makes, or the path resolves to outside of `root`.
    """
    path = root.joinpath(*names)
    honest = all(NAME.fullmatch(name) for name in names)
    if not honest or not path.resolve().is_relative_to(root.resolve()):
        raise PathError(
            "There is no such file here.",
            found="a name that leads elsewhere",
            remedy="choose one of the names that are offered",
        )
    return path


def new_name() -> str:
    """A name for a job or a run: 48 random bits, so that nobody guesses it."""
    return secrets.token_hex(6)


def session_folder(workspace: Path, token: str) -> Path | None:
    """The folder of a session that is there, or None."""
    if not TOKEN.fullmatch(token):
        return None
    folder = inside(workspace / "sessions", token)
    return folder if folder.is_dir() else None


def new_session(workspace: Path) -> tuple[str, Path]:
    """Make a session: its token and its folder, which only this user may read."""
    token = secrets.token_hex(16)
    folder = inside(workspace / "sessions", token)
    for name in ("data", "jobs", "runs"):
        (folder / name).mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)
    return token, folder


def safe_name(name: str, taken: tuple[str, ...] = ()) -> str:
    """A file name that the server makes from an uploaded one: its words, its known ending.

    >>> safe_name("../../x.CSV"), safe_name("<script>.csv"), safe_name("Sales - 2025.csv")
    ('x.csv', 'script.csv', 'sales_2025.csv')
    >>> safe_name("sales.csv", ("sales.csv",)), safe_name("年.csv")
    ('sales-2.csv', 'table.csv')
    """
    last = re.split(r"[/\\]", name)[-1]
    stem, dot, ending = last.rpartition(".")
    if not dot:
        stem, ending = last, ""
    words = re.sub(r"[^a-z0-9_-]+", "_", stem.lower())
    plain = re.sub(r"[_-]*_[_-]*", "_", words).strip("_-")[:60] or "table"
    tail = f".{re.sub(r'[^a-z0-9]', '', ending.lower())[:12]}" if ending else ""
    made, number = f"{plain}{tail}", 1
    while made in taken:
        number += 1
        made = f"{plain}-{number}{tail}"
    return made


def read_json(path: Path) -> dict[str, object]:
    """A JSON object of ours; empty where it is not there."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Write a JSON object in one step: who reads finds the old one or the new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    temporary.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
    temporary.replace(path)


def bytes_in(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def remove_old(workspace: Path, now: float | None = None) -> int:
    """Remove sessions that nobody opened for `KEPT_DAYS`; returns how many."""
    sessions = workspace / "sessions"
    limit = (time.time() if now is None else now) - KEPT_DAYS * 86_400
    removed = 0
    for folder in sessions.iterdir() if sessions.is_dir() else ():
        if TOKEN.fullmatch(folder.name) and folder.stat().st_mtime < limit:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed
