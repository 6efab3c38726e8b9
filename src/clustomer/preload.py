"""Importing ahead: what the report draws with is loaded while the classifier learns."""

from __future__ import annotations

import sys
from importlib import import_module
from threading import Thread
from typing import Final

REPORT: Final = ("matplotlib.backends.backend_agg", "jinja2")
"""What the report needs."""

BRIEF: Final = 0.0005
"""Seconds after which the importing thread hands Python's lock over; the usual 0.005 would hold up
whoever else works in small steps."""


def import_ahead(modules: tuple[str, ...]) -> None:
    """Begin to import modules in the background; whoever needs one first waits for it as usual.

    A module that cannot be imported is left to whoever needs it, who says so.
    """
    Thread(target=_import_each, args=(modules,), name="import-ahead", daemon=True).start()


def _import_each(modules: tuple[str, ...]) -> None:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(min(usual, BRIEF))
    try:
        for module in modules:
            import_module(module)
    except ImportError:
        return
    finally:
        sys.setswitchinterval(usual)
