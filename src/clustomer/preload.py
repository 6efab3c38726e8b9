"""Importing ahead: heavy libraries are loaded while the engine reads and cleans.

scikit-learn, skops and Matplotlib take seconds to import, and nothing needs them before the
classifier. DuckDB and Arrow work without Python's lock, so a thread can import meanwhile.
"""

from __future__ import annotations

import sys
from importlib import import_module
from threading import Thread
from typing import Final

FIT: Final = (
    "sklearn.ensemble",
    "sklearn.tree",
    "skops.io",
    "matplotlib.backends.backend_agg",
    "matplotlib.figure",
    "jinja2",
)
"""What a fit and its report need later."""

BRIEF: Final = 0.0005
"""Seconds after which the importing thread hands Python's lock over. With the usual 0.005, hundreds of
short queries would wait that long each."""


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
