"""Work on several cores whose results do not depend on how many there are."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

_In = TypeVar("_In")
_Out = TypeVar("_Out")


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread, since its sums differ in the last bits with the number of threads.

    The cores are used by `in_parallel` instead, on pieces of work that are cut without regard to
    the number of threads.
    """
    with _controller(len(sys.modules)).limit(limits=1, user_api="blas"):
        yield


def in_parallel(work: Callable[[_In], _Out], items: Iterable[_In]) -> list[_Out]:
    """Return ``[work(item) for item in items]``, computed in threads (NumPy lets go of the lock).

    >>> in_parallel(abs, [-1, -2])
    [1, 2]
    """
    with ThreadPoolExecutor(max_workers=threads()) as pool:
        return list(pool.map(work, items))


def threads() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@lru_cache(maxsize=1)
def _controller(_loaded: int) -> ThreadpoolController:
    """Look for the BLAS libraries again whenever modules were loaded: SciPy brings its own."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
