"""The search for the number of segments beside scikit-learn's KMeans and silhouette, in one run.

Usage: ``python benchmarks/sweep.py [--customers N] [--features P] [--repeats R]``.

Processor seconds of all threads, so that other work on the machine matters little; the two sides
take turns. The sweep is what a fit does: k = 2 to 10 with all evidence on a sample, then the chosen
number, here 8, on all customers. scikit-learn's side is ``KMeans(8, n_init=10)`` alone.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from clustomer.clustering.choose import choose_k, fit_clusters
from clustomer.clustering.contract import Choice, Clusterer, Labels
from clustomer.clustering.silhouette import silhouettes
from clustomer.matrix.matrix import Floats
from clustomer.recipe.settings import ClusteringSettings

SILHOUETTE_ROWS = 20_000
_T = TypeVar("_T")


def customers(rows: int, columns: int, apart: float) -> Floats:
    """Eight groups of unequal size, standardised; `apart` in their standard deviations."""
    random = np.random.default_rng(0)
    shares = random.dirichlet(np.full(8, 8.0))
    labels = random.choice(8, size=rows, p=shares)
    values = random.normal(size=(rows, columns)) + apart * random.normal(size=(8, columns))[labels]
    standardised: Floats = (values - values.mean(axis=0)) / values.std(axis=0)
    return standardised


def timed(work: Callable[[], _T]) -> tuple[_T, float]:
    """What the work gives, and its processor seconds."""
    start = time.process_time()
    return work(), time.process_time() - start


def sweep(values: Floats) -> tuple[Choice, Clusterer]:
    """Look at k = 2 to 10, then fit 8 clusters to all rows."""
    settings = ClusteringSettings(k=8)
    sample = np.sort(np.random.default_rng(1).permutation(len(values))[: settings.sample])
    choice = choose_k(values, sample, settings, seed=0, space="made")
    return choice, fit_clusters(values, sample, choice, settings, seed=0)


def compare_sweeps(values: Floats, repeats: int) -> str:
    """One row: our seconds, theirs, their ratio and that of the inertias."""
    from sklearn.cluster import KMeans

    ours, theirs = [], []
    for _ in range(repeats):
        (choice, fitted), seconds = timed(lambda: sweep(values))
        ours.append(seconds)
        peer, seconds = timed(lambda: KMeans(8, n_init=10, random_state=0).fit(values))
        theirs.append(seconds)
    one, other = statistics.median(ours), statistics.median(theirs)
    worse = fitted.inertia / peer.inertia_ - 1
    numbers = f"{choice.evidence[0].k} to {choice.evidence[-1].k}"
    what = f"sweep over {numbers} with all evidence, then k = 8"
    return f"| {what} | {_ratio(one, other)} | inertia {100 * worse:+.4f} % |"


def _ratio(ours: float, theirs: float) -> str:
    return f"{ours:.2f} | {theirs:.2f} | {theirs / ours:.1f}"


def compare_silhouettes(values: Floats, labels: Labels, repeats: int) -> str:
    """One row: exact silhouette of the same labels."""
    from sklearn.metrics import silhouette_score

    rows, own = values[:SILHOUETTE_ROWS], labels[:SILHOUETTE_ROWS]
    ours, theirs = [], []
    for _ in range(repeats):
        mine, seconds = timed(lambda: silhouettes(rows, [own])[0])
        ours.append(seconds)
        peers, seconds = timed(lambda: float(silhouette_score(rows, own)))
        theirs.append(seconds)
    one, other = statistics.median(ours), statistics.median(theirs)
    what = f"exact silhouette of {len(rows):,} rows"
    return f"| {what} | {_ratio(one, other)} | differs by {abs(mine - peers):.1e} |"


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description="the search for k beside scikit-learn")
    parser.add_argument("--customers", type=int, default=100_000, metavar="N")
    parser.add_argument("--features", type=int, default=20, metavar="P")
    parser.add_argument("--repeats", type=int, default=3, metavar="R")
    given = parser.parse_args()
    print(f"{given.customers:,} customers, {given.features} features; medians of {given.repeats}\n")
    print(
        "| | clustomer, processor s | scikit-learn | times less | result |\n|---|---|---|---|---|"
    )
    for apart, words in ((3.0, "far apart"), (0.6, "blurred")):
        values = customers(given.customers, given.features, apart)
        print(compare_sweeps(values, given.repeats).replace("| sweep", f"| groups {words}: sweep"))
    _, fitted = sweep(values)
    print(compare_silhouettes(values, fitted.assign(values).labels, given.repeats))


if __name__ == "__main__":
    main()
