"""A session: what one person has open. Kept in a small file, so that it survives a reload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clustomer.app.options import Options
from clustomer.app.workspace import (
    inside,
    new_name,
    new_session,
    read_json,
    session_folder,
    write_json,
)
from clustomer.runs import RunFiles, is_run, list_runs
from clustomer.tables.formats import is_data

STATE: Final = "session.json"


@dataclass(frozen=True, slots=True)
class RunChoice:
    """A run that a session may open.

    Parameters
    ----------
    id
        What the session calls it: ``given-0``, or the name of its folder in the session.
    title
        What people call it.
    folder
        Where it lies.
    own
        Whether it lies in the session, so that nobody else sees a change of it.
    foreign
        Whether it was brought along: the SQL in it is somebody else's and is never run.
    """

    id: str
    title: str
    folder: Path
    own: bool
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """One session.

    Parameters
    ----------
    token
        Its name, which nobody guesses.
    folder
        Where all it holds lies.
    options
        What the app was started with.
    """

    token: str
    folder: Path
    options: Options

    @property
    def jobs(self) -> Path:
        """Folder of the work in the background."""
        return self.folder / "jobs"

    def get(self, name: str) -> str:
        """A remembered text; empty where there is none."""
        return str(read_json(self.folder / STATE).get(name, ""))

    def table(self, name: str) -> Mapping[str, object]:
        """A remembered table; empty where there is none."""
        found = read_json(self.folder / STATE).get(name)
        return found if isinstance(found, dict) else {}

    def remember(self, **values: object) -> None:
        """Remember texts and tables over a reload."""
        write_json(self.folder / STATE, {**read_json(self.folder / STATE), **values})

    @property
    def runs(self) -> list[RunChoice]:
        """Runs that may be opened: the session's own, newest first, then those given."""
        titles, brought = self.table("titles"), self.table("brought")
        own = [
            RunChoice(
                one.name,
                str(titles.get(one.name, one.name)),
                one,
                own=True,
                foreign=one.name in brought,
            )
            for one in list_runs(self.folder / "runs")
        ]
        given = [
            RunChoice(
                f"given-{at}",
                "Demo" if self.options.demo and at == 0 else Path(folder).name,
                Path(folder),
                own=False,
            )
            for at, folder in enumerate(self.options.runs)
            if is_run(Path(folder))
        ]
        return [*own, *given]

    @property
    def open_run(self) -> RunChoice | None:
        """The run that is open: the one chosen last, else the first there is."""
        wanted = self.get("run")
        every = self.runs
        return next((one for one in every if one.id == wanted), every[0] if every else None)

    def new_run(self, title: str) -> Path:
        """A folder for a new run, which is not made yet."""
        name = new_name()
        self.remember(titles={**self.table("titles"), name: title})
        return inside(self.folder / "runs", name)

    def source_of(self, run: RunFiles) -> tuple[Path, Mapping[str, object]] | None:
        """Tables and recipe of a run: one fitted in the session, or the demo; else None."""
        made = self.table("made").get(run.folder.name)
        if isinstance(made, dict) and run.folder.is_relative_to(self.folder):
            data, recipe = Path(str(made["data"])), made["recipe"]
            return (data, recipe) if data.is_dir() and isinstance(recipe, dict) else None
        demo = self.options.demo and str(run.folder) == self.options.runs[0]
        if demo and self.options.folders:
            name = run.model.recipe.name
            return Path(self.options.folders[0]), {"base": name, "name": name}
        return None

    @property
    def data(self) -> Path | None:
        """The folder of tables that is open, or None.

        Until one is chosen it is the folder that the app was started on, or the demo's.
        """
        uploaded = self.get("data")
        if uploaded.startswith("folder:"):
            return self.known_folders().get(uploaded.removeprefix("folder:"))
        if not uploaded:
            return self.given_data
        folder = inside(self.folder / "data", uploaded)
        return folder if folder.is_dir() else None

    @property
    def given_data(self) -> Path | None:
        """The folder that the app was started on, where it holds tables itself; or None."""
        first = Path(self.options.folders[0]) if self.options.folders else None
        return first if first is not None and first.is_dir() and has_tables(first) else None

    def new_data(self) -> Path:
        """Make and open a folder for uploaded tables."""
        name = new_name()
        folder = inside(self.folder / "data", name)
        folder.mkdir(mode=0o700)
        self.remember(data=name)
        return folder

    def known_folders(self) -> dict[str, Path]:
        """Folders with tables that the app was started on, by what they are called."""
        found: dict[str, Path] = {}
        for root in map(Path, self.options.folders):
            if not root.is_dir():
                continue
            for folder in (root, *sorted(child for child in root.iterdir() if child.is_dir())):
                within = folder.resolve().is_relative_to(root.resolve())
                shown = within and not folder.name.startswith(".") and not is_run(folder)
                if shown and has_tables(folder):
                    name = folder.name if folder == root else f"{root.name}/{folder.name}"
                    found[name] = folder
        return found


def has_tables(folder: Path) -> bool:
    """Whether files in a folder, not below it, can be tables."""
    return any(is_data(path) and path.is_file() for path in folder.iterdir())


def find_session(options: Options, token: str) -> Session:
    """The session of a token, or a new one where there is none of that name."""
    workspace = Path(options.workspace)
    folder = session_folder(workspace, token)
    if folder is None:
        token, folder = new_session(workspace)
    return Session(token, folder, options)
