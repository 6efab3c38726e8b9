"""Precision and recall on real data whose truth is known; the benchmark prints the same figures."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "repairs.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("repairs_benchmark", BENCHMARK)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("name", "recall"), [("hospital", 0.84), ("beers", 0.99)])
def test_changed_cells_are_right(
    benchmark: ModuleType, real_data: Callable[[str], Path], name: str, recall: float
) -> None:
    got = benchmark.score(benchmark.repaired_cells(name, real_data(f"repair_{name}")))
    assert got.precision >= 0.99
    assert got.recall >= recall
