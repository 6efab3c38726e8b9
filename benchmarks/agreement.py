"""Compare the segments of a run with the planted ones: the adjusted Rand index.

Usage: ``python benchmarks/agreement.py DATA OUT``. DATA holds truth.csv; OUT holds what either side
wrote: customers.parquet (clustomer) or customers.csv (the notebook).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
from sklearn.metrics import adjusted_rand_score


def segments(out: Path) -> pd.Series:
    """Segment of each customer, by customer id."""
    if (out / "customers.parquet").exists():
        table = pd.read_parquet(out / "customers.parquet", columns=["customer_id", "segment_id"])
        return table.set_index("customer_id")["segment_id"]
    return pd.read_csv(out / "customers.csv", index_col="customer_id")["segment"]


def agreement(data: Path, out: Path) -> dict[str, float | int]:
    """Adjusted Rand index over the customers that both know, and how many they are."""
    truth = pd.read_csv(data / "truth.csv", index_col="customer_id")["segment"]
    both = pd.concat({"planted": truth, "found": segments(out)}, axis=1).dropna()
    return {
        "ari": round(float(adjusted_rand_score(both["planted"], both["found"])), 4),
        "compared": len(both),
        "planted": len(truth),
        "segments": int(both["found"].nunique()),
    }


if __name__ == "__main__":
    print(json.dumps(agreement(Path(sys.argv[1]), Path(sys.argv[2]))))
