"""The process of the server: Streamlit, with the pages and the open run made ready meanwhile.

Run as ``python -m clustomer.app.serve MAIN FLAGS``. A page's first visitor would else wait for
its imports and for the run to be read.
"""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Final

from clustomer.app.loop import PromptPolicy
from clustomer.app.options import Options, read_options

FIRST: Final = ("segments", "data")
LATER: Final = ("place", "explore", "customers", "runs")
"""Pages in the order in which a visitor can come to need them."""


def main() -> None:
    """Serve until the process is ended."""
    from streamlit.web.cli import main as streamlit

    Thread(target=make_ready, args=(read_options(),), name="make-ready", daemon=True).start()
    asyncio.set_event_loop_policy(PromptPolicy())
    sys.argv = ["streamlit", "run", *sys.argv[1:]]
    streamlit(prog_name="streamlit")


def make_ready(options: Options) -> None:
    """Import the pages and open the first run, so that nobody waits for either.

    What fails here is left to whoever needs it, who is told why.
    """
    from clustomer.errors import ClustomerError

    _import_pages(FIRST)
    if options.runs:
        from clustomer.app.state import open_ahead

        try:
            open_ahead(Path(options.runs[0]))
        except ClustomerError:
            return
    _import_pages(LATER)


def _import_pages(names: tuple[str, ...]) -> None:
    for name in names:
        import_module(f"clustomer.app.screens.{name}")


if __name__ == "__main__":
    main()
