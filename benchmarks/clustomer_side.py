"""Clustomer's side of the benchmark: two lines of its public API.

Usage: ``python benchmarks/clustomer_side.py DATA OUT``. OUT gets everything that a run leaves,
report and plots included, and result.json: seconds per stage and in total, imports included.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

START = time.perf_counter()

import clustomer  # noqa: E402


def main(data: Path, out: Path) -> None:
    """Fit and save."""
    run = clustomer.fit(data, recipe="retail", k="auto")
    fitted = time.perf_counter()
    run.save(out)
    done = time.perf_counter()
    told = json.loads((out / "run.json").read_text(encoding="utf-8"))["seconds"]
    seconds = {
        **told,
        "fit, imports included": round(fitted - START, 3),
        "save": round(done - fitted, 3),
        "total": round(done - START, 3),
    }
    result = {"seconds": seconds, "k": run.segments.num_rows}
    (out / "result.json").write_text(json.dumps(result, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
