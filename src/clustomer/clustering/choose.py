"""The algorithm and the number of clusters, chosen by evidence, and the clusters of all rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from clustomer.clustering.algorithms import ALGORITHMS, Found, Task
from clustomer.clustering.contract import Choice, Clusterer
from clustomer.clustering.decide import Limits, decide, in_words
from clustomer.clustering.evidence import Looked, Placed, look_at, measure
from clustomer.clustering.kmeans import check_k, distinct_rows, fittable
from clustomer.clustering.parallel import one_blas_thread
from clustomer.clustering.prototypes import blocks_of
from clustomer.clustering.references import Ground, Refer, refer_here
from clustomer.clustering.rules import fit_rules
from clustomer.clustering.sample import Rows
from clustomer.errors import DataError
from clustomer.matrix.matrix import Floats
from clustomer.names import AlgorithmName
from clustomer.recipe.settings import ClusteringSettings

_NUMBERS: Final[tuple[AlgorithmName, ...]] = ("k-means", "gaussian-mixture", "ward")
_MIXED: Final[tuple[AlgorithmName, ...]] = ("k-means", "k-prototypes", "ward")
"""What ``algorithm = "auto"`` tries: without categories, and with."""
_HEAPS_TOLD: Final = 3


def choose_k(
    values: Floats,
    sample: Rows,
    settings: ClusteringSettings,
    *,
    seed: int,
    space: str,
    features: Sequence[str] = (),
    on_step: Callable[[str], None] | None = None,
    refer: Refer = refer_here,
) -> Choice:
    """Look at every algorithm and k of the settings and take one; a k that is given is obeyed.

    How it is decided is told in `decide`.

    Parameters
    ----------
    values
        float64, shape (customers, columns), finite: the matrix.
    sample
        Row numbers on which the evidence is computed (see `sample_rows`).
    settings
        The algorithms, the range of k or the k given, the business's limits; starts and resamples.
    seed
        The recipe's seed.
    space
        The space of the matrix in words.
    features
        The feature of each column, by which columns of one category are known; without it every
        column is a number.
    on_step
        Told in words what is being done.
    refer
        How the references are computed; see `references`.

    Raises
    ------
    DataError
        When all customers are alike, k is above the number of distinct customers, a value is
        missing, infinite or too large to square, or an algorithm that was asked for cannot work
        with these customers.
    """
    tell = on_step or _silent
    values = fittable(values)
    rows = values[sample]
    where = f"{space}, {len(rows):,} of {len(values):,} rows"
    if settings.algorithms == ("rules",):
        return _ruled(values, features, settings, where)
    names = algorithms_of(settings, features)
    heaped: list[str] = []
    if settings.algorithms == ("auto",) and "gaussian-mixture" in names:
        heaped = heaps(rows, features)
        names = tuple(name for name in names if not heaped or name != "gaussian-mixture")
    numbers = _numbers(values, rows, settings)
    task = Task(seed, settings.starts, tuple(features), settings.smallest_share)
    with one_blas_thread():
        tell(f"cluster {len(rows):,} rows into {numbers[0]} to {numbers[-1]} groups")
        ground = Ground(
            rows,
            len(values),
            tuple(numbers),
            settings.resamples,
            len(names) > 1,
        )
        referring = refer(names, ground, task)
        placed, nothing = _placed(names, ground, task, tell)
        tell("measure what was found")
        references = referring()
        looked = [measure(one, ground, references) for one in placed]
    limits = Limits.of(settings)
    evidence = tuple(one for each in looked for one in each.evidence)
    given = None if settings.k == "auto" else settings.k
    decision = decide(evidence, given=given, limits=limits)
    found = _found(looked, decision.algorithm, decision.k)
    return Choice(
        k=decision.k,
        evidence=evidence,
        given=given is not None,
        clear=decision.clear,
        reason=decision.reason + nothing + _heaps_said(heaped),
        space=where,
        starts=found.starts,
        algorithm=decision.algorithm,
        second=decision.second,
        rule=in_words(limits, several=len(names) > 1),
        within_limits=decision.within_limits,
        found=found.clusterer,
    )


def fit_clusters(
    values: Floats,
    sample: Rows,
    choice: Choice,
    settings: ClusteringSettings,
    *,
    seed: int,
    features: Sequence[str] = (),
) -> Clusterer:
    """Fit what was chosen to all rows, starting from what the choice found on the sample.

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
    features
        The feature of each column, as for `choose_k`.
    """
    if choice.found is None:
        msg = "the choice holds no clusters to go on from"
        raise ValueError(msg)
    task = Task(seed, settings.starts, tuple(features), settings.smallest_share)
    found = Found(choice.found, choice.starts)
    return ALGORITHMS[choice.algorithm].carry_on(values, sample, found, task)


def algorithms_of(
    settings: ClusteringSettings, features: Sequence[str]
) -> tuple[AlgorithmName, ...]:
    """The algorithms to look at, simplest first.

    Raises
    ------
    DataError
        When a Gaussian mixture is asked for and a feature is a category.
    """
    categories = blocks_of(features)
    if settings.algorithms == ("auto",):
        return _MIXED if categories else _NUMBERS
    names = tuple(name for name in ALGORITHMS if name in settings.algorithms)
    if "gaussian-mixture" in names and categories:
        some = list(dict.fromkeys(features[block.start] for block in categories))
        raise DataError(
            "A Gaussian mixture cannot take categories.",
            found=f"{', '.join(some)} in segment_on",
            remedy="take k-prototypes or k-means, or leave these features out of segment_on",
        )
    return names


def heaps(rows: Floats, features: Sequence[str]) -> list[str]:
    """The features of which at least half of the rows, not all, share one value.

    Such a column is no cloud: its median absolute deviation is 0, and a mixture makes the heap a
    needle that comes back in every resample and is denser than anything, whatever it means.
    """
    spread = np.median(np.abs(rows - np.median(rows, axis=0)), axis=0)
    places = np.flatnonzero((spread == 0) & (np.ptp(rows, axis=0) > 0))
    names = [features[int(place)] if features else f"column {place + 1}" for place in places]
    return list(dict.fromkeys(names))


def _heaps_said(heaped: Sequence[str]) -> str:
    if not heaped:
        return ""
    return (
        " A Gaussian mixture was not tried: at least half of the customers share one value of "
        f"{', '.join(heaped[:_HEAPS_TOLD])}{', ...' if len(heaped) > _HEAPS_TOLD else ''}."
    )


def _placed(
    names: Sequence[AlgorithmName],
    ground: Ground,
    task: Task,
    tell: Callable[[str], None],
) -> tuple[list[Placed], str]:
    """What each found, and a sentence for each that found nothing."""
    placed = []
    nothing = []
    for name in names:
        tell(f"look for groups by {name}")
        try:
            placed.append(look_at(name, ground, task))
        except DataError as error:
            if not (ALGORITHMS[name].own_number and ground.compared):
                raise
            nothing.append(f" {error.what}")
    return placed, "".join(nothing)


def _found(looked: Sequence[Looked], algorithm: AlgorithmName, k: int) -> Found:
    each = next(one for one in looked if one.algorithm == algorithm)
    return next(found for found, one in zip(each.found, each.evidence, strict=True) if one.k == k)


def _ruled(
    values: Floats, features: Sequence[str], settings: ClusteringSettings, where: str
) -> Choice:
    """The RFM rules: nothing is looked at, since nothing is searched."""
    rules = fit_rules(values, features)
    asked = "" if settings.k == "auto" else f" (k = {settings.k} has no say with them)"
    return Choice(
        k=rules.k,
        evidence=(),
        given=False,
        clear=True,
        reason=(
            f"Rules were asked for{asked}: {rules.k} of the eleven classic RFM groups hold "
            "customers. Their lines are drawn at fifths of the customers; no evidence is needed "
            "or claimed."
        ),
        space=where,
        algorithm="rules",
        found=rules,
    )


def _numbers(values: Floats, rows: Floats, settings: ClusteringSettings) -> list[int]:
    """The numbers of clusters to look at, rising: from 2, since each is judged by its last step."""
    distinct = distinct_rows(rows, settings.k_max)
    if distinct < 2:
        raise DataError(
            "There is nothing to segment: all customers are alike.",
            found=f"{len(values):,} customers with the same value of every feature",
            remedy="give more customers, or choose features in which they differ",
        )
    numbers = set(range(2, min(settings.k_max, distinct) + 1))
    if settings.k != "auto":
        check_k(values, settings.k)
        numbers.add(settings.k)
    return sorted(numbers)


def _silent(_: str) -> None:
    """Tell nobody."""
