"""Python's garbage collector, held back where it would only look."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold the collector back while the block runs; what is no longer used is freed all the same.

    The collector is for objects that hold each other in a ring. A fit makes few of those, but
    thousands of modules and classes, through all of which it would look again and again. A
    collector that was off before stays off.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
