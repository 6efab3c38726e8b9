"""The number of clusters, chosen by evidence, and the clusters fitted to all rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from clustomer.clustering.contract import Choice, Evidence, Labels
from clustomer.clustering.decide import decide
from clustomer.clustering.kmeans import (
    KMeans,
    best_starts,
    check_k,
    distinct_rows,
    fit_kmeans,
    fittable,
)
from clustomer.clustering.lloyd import QUICK, ROUGH
from clustomer.clustering.parallel import one_blas_thread
from clustomer.clustering.quality import davies_bouldin, elbow, gains, silhouettes
from clustomer.clustering.reference import crowds, inertia_of
from clustomer.clustering.sample import Rows
from clustomer.clustering.stability import resampled_agreement
from clustomer.errors import DataError
from clustomer.matrix.matrix import Floats
from clustomer.recipe.settings import ClusteringSettings

_TRIED: Final = 2_000
"""Rows of the sample, about, on which starts are tried."""


@dataclass(frozen=True, slots=True, eq=False)
class _Tried:
    """What was found on the sample for one k; `starts` are centroids, best first."""

    k: int
    starts: tuple[Floats, ...]
    labels: Labels
    inertia: float
    davies_bouldin: float
    agreement: list[float]
    references: tuple[float, ...]


def choose_k(
    values: Floats,
    sample: Rows,
    settings: ClusteringSettings,
    *,
    seed: int,
    space: str,
    on_step: Callable[[str], None] | None = None,
) -> Choice:
    """Look at every k of the settings and take one; a k that the settings give is obeyed.

    How the number is decided is told in `decide`.

    Parameters
    ----------
    values
        float64, shape (customers, columns), finite: the matrix.
    sample
        Row numbers on which the evidence is computed (see `sample_rows`).
    settings
        The range of k, or the k given; starts and resamples.
    seed
        The recipe's seed.
    space
        The space of the matrix in words.
    on_step
        Told in words what is being done.

    Raises
    ------
    DataError
        When all customers are alike, k is above the number of distinct customers, or a value is
        missing, infinite or too large to square.
    """
    tell = on_step or _silent
    values = fittable(values)
    rows = values[sample]
    numbers = _numbers(values, rows, settings)
    with one_blas_thread():
        without_groups = crowds(rows, seed=seed)
        tell(f"cluster {len(rows):,} rows into {numbers[0]} to {numbers[-1]} groups")
        look = partial(_look_at, rows, without_groups, seed=seed, settings=settings)
        tried = [look(k) for k in numbers]
    tell("measure how well they stand apart")
    evidence = _evidence(rows, tried)
    decision = decide(evidence, given=None if settings.k == "auto" else settings.k)
    return Choice(
        k=decision.k,
        evidence=evidence,
        given=settings.k != "auto",
        clear=decision.clear,
        reason=decision.reason,
        space=f"{space}, {len(rows):,} of {len(values):,} rows",
        starts=next(one.starts for one in tried if one.k == decision.k),
    )


def fit_clusters(
    values: Floats,
    sample: Rows,
    choice: Choice,
    settings: ClusteringSettings,
    *,
    seed: int,
) -> KMeans:
    """Fit the chosen number of clusters to all rows.

    It starts from the best centroids that the choice brings and from as many starts again, each
    carried further than for the choice.

    Parameters
    ----------
    values
        float64, shape (customers, columns), finite: the matrix that `choose_k` saw.
    sample
        Row numbers on which further starts are tried.
    choice
        What `choose_k` returned.
    settings
        Number of starts.
    seed
        The recipe's seed.
    """
    return fit_kmeans(
        values,
        choice.k,
        seed=seed,
        starts=settings.starts,
        initial=choice.starts,
        sample=sample,
    )


def _numbers(values: Floats, rows: Floats, settings: ClusteringSettings) -> list[int]:
    """The numbers of clusters to look at, rising."""
    distinct = distinct_rows(rows, settings.k_max)
    if distinct < 2:
        raise DataError(
            "There is nothing to segment: all customers are alike.",
            found=f"{len(values):,} customers with the same value of every feature",
            remedy="Give more customers, or choose features in which they differ.",
        )
    numbers = set(range(min(settings.k_min, distinct), min(settings.k_max, distinct) + 1))
    if settings.k != "auto":
        check_k(values, settings.k)
        numbers.add(settings.k)
    return sorted(numbers)


def _look_at(
    rows: Floats,
    without_groups: Sequence[Floats],
    k: int,
    *,
    seed: int,
    settings: ClusteringSettings,
) -> _Tried:
    starts = best_starts(
        rows,
        k,
        seed=seed,
        starts=settings.starts,
        part=rows[:: max(len(rows) // _TRIED, 1)],
        iterations=QUICK,
        still=ROUGH,
    )
    placed = KMeans(starts[0], 0.0).assign(rows)
    return _Tried(
        k=k,
        starts=starts,
        labels=placed.labels,
        inertia=float(np.square(placed.distance).sum()),
        davies_bouldin=davies_bouldin(rows, placed.labels),
        agreement=resampled_agreement(
            rows, k, placed.labels, seed=seed, resamples=settings.resamples
        ),
        references=tuple(inertia_of(crowd, k, seed=seed) * len(rows) for crowd in without_groups),
    )


def _evidence(rows: Floats, tried: Sequence[_Tried]) -> tuple[Evidence, ...]:
    scores = silhouettes(rows, [one.labels for one in tried])
    total = float(np.square(rows - rows.mean(axis=0)).sum())
    inertias = [one.inertia for one in tried]
    bends = elbow([one.k for one in tried], inertias)
    worth = gains(total, inertias, list(zip(*(one.references for one in tried), strict=True)))
    return tuple(
        Evidence(
            k=one.k,
            inertia=one.inertia,
            elbow=bend,
            silhouette=silhouette,
            davies_bouldin=one.davies_bouldin,
            stability=float(np.mean(one.agreement)),
            stability_low=min(one.agreement),
            smallest_share=float(np.bincount(one.labels, minlength=one.k).min()) / len(rows),
            gain=gain,
        )
        for one, silhouette, bend, gain in zip(tried, scores, bends, worth, strict=True)
    )


def _silent(_: str) -> None:
    """Tell nobody."""
