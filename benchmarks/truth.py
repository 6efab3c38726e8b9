"""Sets with known groups: clustomer beside scikit-learn, with the number of groups given.

Usage: ``python benchmarks/truth.py [--data DIR] [--only TEXT] [--out DIR]``; DIR holds the folders
``gagolews_v1`` and ``mixed_uci`` of the clustering_truth collection.

Both sides see the same columns. scikit-learn's get them as usual (numbers standardised, texts
one-hot), clustomer's through its own preparation. Rows that the truth calls noise are clustered and
not judged; of several truths the one that fits best counts, for each method.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from clustomer.clustering.choose import choose_k, fit_clusters
from clustomer.clustering.contract import Labels
from clustomer.clustering.stability import adjusted_rand
from clustomer.matrix.matrix import Floats
from clustomer.matrix.prepare import fit_preparation
from clustomer.names import AlgorithmName
from clustomer.recipe.settings import ClusteringSettings, MatrixSettings

CODES: Final = ("soybean_small",)
"""Sets whose whole numbers are codes of categories, as their documentation says."""
PEERS: Final = ("KMeans", "GaussianMixture", "Ward")
OURS: Final[tuple[AlgorithmName | str, ...]] = ("auto", "k-means")


@dataclass(frozen=True, slots=True)
class Known:
    """A set with known groups; in `truths` 0 is noise, and several truths may be given."""

    name: str
    table: pa.Table
    truths: tuple[Labels, ...]

    @property
    def k(self) -> int:
        """Number of groups of the first truth."""
        return len(np.unique(self.truths[0][self.truths[0] > 0]))


def known_sets(folder: Path) -> Iterator[Known]:
    """Read every set of the collection that is there."""
    for file in sorted((folder / "gagolews_v1").glob("*/*.data.gz")):
        stem = file.name.removesuffix(".data.gz")
        values = np.loadtxt(file, ndmin=2)
        truths = tuple(
            np.loadtxt(labels).astype(np.int32)
            for labels in sorted(file.parent.glob(f"{stem}.labels*"))
        )
        columns = {f"x{place}": column for place, column in enumerate(values.T)}
        yield Known(f"{file.parent.name}/{stem}", pa.table(columns), truths)
    index = folder / "mixed_uci" / "INDEX.csv"
    with index.open(encoding="utf-8") as lines:
        labelled = {row["set"]: row["label"] for row in csv.DictReader(lines)}
    for file in sorted((folder / "mixed_uci").glob("*.csv")):
        if file.stem in labelled:
            yield _mixed(file, labelled[file.stem])


def _mixed(file: Path, label: str) -> Known:
    with file.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    _, truth = np.unique(columns.pop(label), return_inverse=True)
    table = pa.table(
        {
            name: _numbers(texts) if file.stem not in CODES else texts
            for name, texts in columns.items()
        }
    )
    return Known(f"mixed/{file.stem}", table, (truth.astype(np.int32) + 1,))


def _numbers(texts: list[str]) -> list[str] | list[float]:
    try:
        return [float(text) for text in texts]
    except ValueError:
        return texts


def score(truths: tuple[Labels, ...], labels: Labels) -> float:
    """Adjusted Rand index over the rows that are no noise, with the truth that fits best."""
    return max(adjusted_rand(truth[truth > 0], labels[truth > 0]) for truth in truths)


def peers_matrix(table: pa.Table) -> Floats:
    """Numbers standardised, texts one-hot: what is usual."""
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    texts = [name for name in table.column_names if pa.types.is_string(table[name].type)]
    numbers = [name for name in table.column_names if name not in texts]
    parts = []
    if numbers:
        plain = np.column_stack([table[name].to_numpy() for name in numbers])
        parts.append(StandardScaler().fit_transform(plain))
    if texts:
        words = np.column_stack([np.array(table[name].to_pylist(), dtype=object) for name in texts])
        parts.append(OneHotEncoder(sparse_output=False).fit_transform(words))
    return np.hstack(parts)


def peer_labels(name: str, values: Floats, k: int) -> Labels:
    """Cluster with one of scikit-learn's, at its defaults but for ten starts of KMeans."""
    from sklearn.cluster import AgglomerativeClustering, KMeans
    from sklearn.mixture import GaussianMixture

    makers: dict[str, Callable[[], Labels]] = {
        "KMeans": lambda: KMeans(k, n_init=10, random_state=0).fit_predict(values),
        "GaussianMixture": lambda: GaussianMixture(k, random_state=0).fit_predict(values),
        "Ward": lambda: AgglomerativeClustering(k).fit_predict(values),
    }
    return makers[name]().astype(np.int32)


def our_labels(name: str, known: Known) -> tuple[Labels, str]:
    """Cluster as a fit does, with k given; also says which algorithm the evidence took."""
    preparation = fit_preparation(known.table, known.table.column_names, MatrixSettings(), {})
    matrix = preparation.transform(known.table)
    settings = ClusteringSettings.model_validate(
        {"algorithm": name, "k": known.k, "k_max": max(3, known.k), "resamples": 5}
    )
    rng = np.random.default_rng(0)
    sample = np.sort(rng.permutation(len(matrix.values))[: settings.sample])
    where = {"seed": 0, "features": matrix.features}
    choice = choose_k(matrix.values, sample, settings, space=matrix.space, **where)  # type: ignore[arg-type]
    clusterer = fit_clusters(matrix.values, sample, choice, settings, **where)  # type: ignore[arg-type]
    return clusterer.assign(matrix.values).labels, choice.algorithm


def table(rows: list[tuple[str, int, dict[str, float], str]]) -> str:
    """The whole as Markdown, with the means in the last rows."""
    names = [f"clustomer {one}" for one in OURS] + list(PEERS)
    head = ["set", "k", *names, "best of the three", "auto took"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name, k, scores, took in rows:
        lines.append(_row(name, str(k), scores, names, took))
    for part in ("fcps/", "uci/", "mixed/", ""):
        some = [scores for name, _, scores, _ in rows if name.startswith(part)]
        if some:
            mean = {key: float(np.mean([one[key] for one in some])) for key in some[0]}
            title = f"**mean of {part.removesuffix('/') or 'all'} ({len(some)})**"
            lines.append(_row(title, "", mean, names, ""))
    return "\n".join(lines)


def _row(title: str, k: str, scores: dict[str, float], names: list[str], took: str) -> str:
    cells = [f"{scores[name]:.3f}" for name in [*names, "best"]]
    return f"| {title} | {k} | {' | '.join(cells)} | {took} |"


def main() -> None:
    """Cluster every set with every method, and print the table."""
    parser = argparse.ArgumentParser(description="known groups, found again")
    usual = Path(os.environ.get("CLUSTOMER_DATA", ".")) / "clustering_truth"
    parser.add_argument("--data", type=Path, default=usual, metavar="DIR")
    parser.add_argument("--only", default="", metavar="TEXT", help="sets whose name holds it")
    parser.add_argument("--out", type=Path, default=Path("bench-out"), metavar="DIR")
    given = parser.parse_args()
    if not (given.data / "mixed_uci").is_dir():
        print(f"The sets are not in '{given.data}'; give --data, or set CLUSTOMER_DATA.")
        return
    warnings.simplefilter("ignore")
    rows = []
    start = time.process_time()
    for known in known_sets(given.data):
        if given.only not in known.name:
            continue
        scores: dict[str, float] = {}
        took = ""
        for one in OURS:
            labels, algorithm = our_labels(str(one), known)
            scores[f"clustomer {one}"] = score(known.truths, labels)
            took = took or algorithm
        values = peers_matrix(known.table)
        for peer in PEERS:
            scores[peer] = score(known.truths, peer_labels(peer, values, known.k))
        scores["best"] = max(scores[peer] for peer in PEERS)
        rows.append((known.name, known.k, scores, took))
        print(
            known.name, {name: round(value, 3) for name, value in scores.items()}, took, flush=True
        )
    text = table(rows)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "truth.md").write_text(f"# Known groups\n\n{text}\n", encoding="utf-8")
    print(f"\n{text}\n\n{time.process_time() - start:.0f} processor seconds")


if __name__ == "__main__":
    main()
