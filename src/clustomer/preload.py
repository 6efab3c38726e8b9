"""Preparing ahead: what a step will need is loaded while the steps before it run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import Thread
from typing import Final

BRIEF: Final = 0.0005
"""Seconds after which the preparing thread hands Python's lock over; the usual 0.005 would hold up
whoever else works in small steps."""


def begin(prepare: Callable[[], object]) -> None:
    """Begin to prepare in the background; whoever needs an import first waits for it as usual.

    What cannot be imported is left to whoever needs it, who says so.
    """
    Thread(target=_prepare, args=(prepare,), name="preparing", daemon=True).start()


def _prepare(prepare: Callable[[], object]) -> None:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(min(usual, BRIEF))
    try:
        prepare()
    except ImportError:
        return
    finally:
        sys.setswitchinterval(usual)
