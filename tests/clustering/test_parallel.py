"""Sums that do not depend on the number of threads: every BLAS that is loaded is held to one."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import numpy
from threadpoolctl import threadpool_info
from clustomer.clustering.parallel import one_blas_thread

with one_blas_thread():
    pass
import scipy.linalg

def threads():
    return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]

before = threads()
with one_blas_thread():
    print(len(before), set(threads()))
assert threads() == before
"""


def test_a_blas_that_is_loaded_later_is_held_to_one_thread_too() -> None:
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    ).stdout.split(maxsplit=1)
    assert int(told[0]) >= 2, "SciPy brings no BLAS of its own here, so that this shows nothing"
    assert told[1].strip() == "{1}"
