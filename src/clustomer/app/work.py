"""Long work in a process of its own: started, watched, cancelled; it survives a page reload.

A job is a folder: ``job.json`` says what to do, ``progress.txt`` gets a line a stage,
``result.json`` or ``error.json`` the end. The page only reads these files.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from clustomer.app.workspace import inside, new_name, read_json, write_json
from clustomer.errors import ClustomerError

State = Literal["running", "done", "failed", "cancelled", "lost"]

MOST_RUNNING: Final = 4
"""Jobs of all sessions that run at the same time; the next one is asked to wait."""

MOST_SECONDS: Final = 3_600
"""A job that takes longer is ended."""


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work as its folder tells it.

    Parameters
    ----------
    id
        Name of its folder.
    folder
        Where it lies.
    kind
        What is done: ``look``, ``fit``, ``score`` or ``adopt``.
    asked
        What it was asked for.
    state
        ``lost``: its process ended without a word, or the app was restarted meanwhile.
    stages
        Stages begun so far.
    result
        What came out, where it is done.
    error
        what, found and remedy, where it failed.
    seconds
        How long it has taken so far.
    """

    id: str
    folder: Path
    kind: str
    asked: Mapping[str, object]
    state: State
    stages: tuple[str, ...]
    result: Mapping[str, object]
    error: Mapping[str, str]
    seconds: float


@dataclass(slots=True)
class Workers:
    """The processes that this app started, by job folder. One object serves all sessions."""

    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, jobs: Path, kind: str, asked: Mapping[str, object]) -> str:
        """Start a job below the folder `jobs`; returns its id.

        Raises
        ------
        ClustomerError
            When `MOST_RUNNING` jobs are at work already.
        """
        if self.at_work() >= MOST_RUNNING:
            raise ClustomerError(
                "The app is busy with other people's work.",
                found=f"{MOST_RUNNING} jobs at the same time",
                remedy="try again in a minute",
            )
        name = new_name()
        folder = inside(jobs, name)
        folder.mkdir(mode=0o700)
        write_json(folder / "job.json", {"kind": kind, "asked": dict(asked), "begun": time.time()})
        with (folder / "words.txt").open("wb") as words:
            process = subprocess.Popen(  # noqa: S603  (our own module, a folder named by us)
                [sys.executable, "-m", "clustomer.app.worker", str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "CLUSTOMER_APP_PARENT": str(os.getpid())},
            )
        self._running[str(folder)] = process
        return name

    def at_work(self) -> int:
        """Jobs that are running now."""
        return sum(process.poll() is None for process in self._running.values())

    def cancel(self, folder: Path) -> None:
        """End a job's process and all that it started; one that is not ours is left alone."""
        process = self._running.get(str(folder))
        if process is None or process.poll() is not None:
            return
        write_json(folder / "cancelled.json", {"at": time.time()})
        _end(process)

    def read(self, jobs: Path, name: str) -> Job | None:
        """A job as it stands, or None where there is none of that name."""
        folder = inside(jobs, name)
        told = read_json(folder / "job.json")
        if not told:
            return None
        begun = told.get("begun")
        since = begun if isinstance(begun, float) else time.time()
        process = self._running.get(str(folder))
        alive = process is not None and process.poll() is None
        if alive and process is not None and time.time() - since > MOST_SECONDS:
            _end(process)
            alive = False
        result, error = read_json(folder / "result.json"), read_json(folder / "error.json")
        ended = [
            (folder / name).stat().st_mtime
            for name in ("result.json", "error.json", "cancelled.json")
            if (folder / name).is_file()
        ]
        asked = told.get("asked")
        return Job(
            id=name,
            folder=folder,
            kind=str(told.get("kind", "")),
            asked=asked if isinstance(asked, dict) else {},
            state=_state(folder, alive=alive, done=bool(result), failed=bool(error)),
            stages=_stages(folder),
            result=result,
            error={key: str(value) for key, value in error.items()},
            seconds=max((ended[0] if ended else time.time()) - since, 0.0),
        )

    def end_all(self) -> None:
        """End every job, when the app ends."""
        for process in self._running.values():
            if process.poll() is None:
                _end(process)


def _state(folder: Path, *, alive: bool, done: bool, failed: bool) -> State:
    if done:
        return "done"
    if (folder / "cancelled.json").is_file():
        return "cancelled"
    if failed:
        return "failed"
    return "running" if alive else "lost"


def _stages(folder: Path) -> tuple[str, ...]:
    try:
        text = (folder / "progress.txt").read_text("utf-8")
    except FileNotFoundError:
        return ()
    return tuple(line for line in text.split("\n") if line)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children: a worker is the leader of a group of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=5)


def forget(jobs: Path, name: str) -> None:
    """Remove the folder of a job."""
    shutil.rmtree(inside(jobs, name), ignore_errors=True)
