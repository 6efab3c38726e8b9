"""Planted customers over ten seeds: are they found, are there as many, do refits agree.

Usage: ``python benchmarks/planted.py [--customers N ...] [--seeds S] [--algorithm NAME]
[--out DIR]``.

For each seed the demo's tables are made, cleaned and turned into features; the number of segments
is left to the evidence. Then customers are drawn anew with replacement (a bootstrap), the number
and the segments are found again from the start, and the new segments are matched to the old ones so
that most customers stay (Hungarian method): how many keep their segment. A table without groups, of
as many customers, must be called so.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.csv

from clustomer import write_demo
from clustomer.clustering.choose import choose_k, fit_clusters
from clustomer.clustering.contract import Choice, Labels
from clustomer.clustering.sample import sample_rows
from clustomer.clustering.stability import adjusted_rand, contingency
from clustomer.engines.here import running
from clustomer.intake.intake import take_in
from clustomer.matrix.matrix import Floats
from clustomer.matrix.prepare import fit_preparation
from clustomer.progress import Stages
from clustomer.recipe.load import load_recipe
from clustomer.recipe.settings import ClusteringSettings

STABLE = 0.83


@dataclass(frozen=True, slots=True)
class Row:
    """What came out for one seed."""

    seed: int
    k: int
    clear: bool
    ari: float
    stability: float
    k_again: int
    kept: float
    crowd_clear: bool


def search(
    values: Floats, ids: list[str], settings: ClusteringSettings, features: tuple[str, ...]
) -> tuple[Choice, Labels]:
    """Find the number and the segments as a fit does."""
    sample = sample_rows(ids, settings.sample, seed=0)
    choice = choose_k(values, sample, settings, seed=0, space="demo", features=features)
    clusterer = fit_clusters(values, sample, choice, settings, seed=0, features=features)
    return choice, clusterer.assign(values).labels


def kept(old: Labels, new: Labels) -> float:
    """Share of rows that stay when new clusters are matched to old ones for the most to stay."""
    from scipy.optimize import linear_sum_assignment

    table = contingency(old, new)
    return float(table[linear_sum_assignment(-table)].sum() / table.sum())


def one_seed(seed: int, customers: int, settings: ClusteringSettings) -> Row:
    """Make, find, and find again."""
    with tempfile.TemporaryDirectory(prefix="clustomer-bench-") as name:
        folder = Path(name)
        write_demo(folder, customers=customers, seed=seed)
        recipe = load_recipe("retail")
        with running(None) as engine:
            intake = take_in(engine, folder, recipe, stages=Stages(), as_of=None)
        told = pyarrow.csv.read_csv(folder / "truth.csv")
    ids = [str(one) for one in intake.customers.column(0).to_pylist()]
    truth = dict(zip(told.column(0).to_pylist(), told.column(1).to_pylist(), strict=True))
    preparation = fit_preparation(intake.customers, recipe.choice.segment_on, recipe.matrix, {})
    matrix = preparation.transform(intake.customers)
    choice, labels = search(matrix.values, ids, settings, matrix.features)
    known = np.array([str(truth.get(one, "")) for one in ids])
    judged = known != ""
    _, planted = np.unique(known[judged], return_inverse=True)
    random = np.random.default_rng(seed)
    drawn = random.integers(len(ids), size=len(ids))
    names = [f"{ids[row]} {place}" for place, row in enumerate(drawn)]
    again, new = search(matrix.values[drawn], names, settings, matrix.features)
    crowd = random.random(matrix.values.shape)
    crowd_choice, _ = search(crowd, ids, settings, ())
    taken = choice.taken
    return Row(
        seed,
        choice.k,
        choice.clear,
        adjusted_rand(labels[judged], planted.astype(np.int32)),
        taken.stability if taken else float("nan"),
        again.k,
        kept(labels[drawn], new),
        crowd_choice.clear,
    )


def table(customers: int, rows: list[Row]) -> str:
    """The seeds as Markdown, with a summary."""
    lines = [
        f"## {customers:,} customers, five planted groups",
        "",
        "| seed | segments | clear | adjusted Rand index | stability | segments of a bootstrap | "
        "keep their segment | uniform crowd called clear |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.seed} | {one.k} | {_yes(one.clear)} | {one.ari:.3f} | {one.stability:.2f} | "
        f"{one.k_again} | {100 * one.kept:.1f} % | {_yes(one.crowd_clear)} |"
        for one in rows
    ]
    right = sum(one.k == 5 for one in rows)
    stable = [one.kept for one in rows if one.stability >= STABLE]
    lines += [
        "",
        f"Mean adjusted Rand index {np.mean([one.ari for one in rows]):.3f}; the right number in "
        f"{right} of {len(rows)}; where stable, {100 * min(stable, default=float('nan')):.1f} % or "
        f"more keep their segment (mean {100 * float(np.mean(stable)):.1f} %); crowds called "
        f"clear: {sum(one.crowd_clear for one in rows)}.",
    ]
    return "\n".join(lines)


def _yes(value: bool) -> str:  # noqa: FBT001
    return "yes" if value else "no"


def main() -> None:
    """Run all seeds and print the tables."""
    parser = argparse.ArgumentParser(description="planted customers, found again")
    parser.add_argument("--customers", type=int, nargs="+", default=[20_000, 200_000], metavar="N")
    parser.add_argument("--seeds", type=int, default=10, metavar="S")
    parser.add_argument("--algorithm", default="k-means", metavar="NAME")
    parser.add_argument("--out", type=Path, default=Path("bench-out"), metavar="DIR")
    given = parser.parse_args()
    settings = ClusteringSettings.model_validate({"algorithm": given.algorithm})
    texts = []
    for customers in given.customers:
        start = time.process_time()
        rows = []
        for seed in range(given.seeds):
            rows.append(one_seed(seed, customers, settings))
            print(rows[-1], flush=True)
        texts.append(table(customers, rows))
        print(f"\n{texts[-1]}\n\n{time.process_time() - start:.0f} processor seconds\n", flush=True)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "planted.md").write_text("\n\n".join(texts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
