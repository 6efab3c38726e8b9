"""Stages of a run: told as they begin, timed when they end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[str], None]
"""Called with a stage's name when it begins, and with finer steps in between."""


def silent(_: str) -> None:
    """Tell nobody."""


class Stages:
    """Collects the seconds of each stage of one run, in order.

    Parameters
    ----------
    tell
        Called with the name of each stage as it begins.
    """

    def __init__(self, tell: Tell = silent) -> None:
        self._tell = tell
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what runs inside under `name`; a name used again adds up."""
        self._tell(name)
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - start
            self._seconds[name] = self._seconds.get(name, 0.0) + spent

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds by stage, rounded to milliseconds."""
        return {name: round(spent, 3) for name, spent in self._seconds.items()}
