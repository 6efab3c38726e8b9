"""Profiles: what the members of each cluster are like, against everybody."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clustomer.clustering.contract import Labels
from clustomer.features.feature import Feature
from clustomer.matrix.matrix import Floats
from clustomer.recipe.settings import Level
from clustomer.segments.segment import ProfileCategory, ProfileNumber

Positions = NDArray[np.intp]

MARKED: Final = 0.35
"""Effect from which a feature is called high or low.

Cohen's "small" and "medium" effects are 0.2 and 0.5 (J. Cohen, Statistical Power Analysis for the
Behavioral Sciences, 2nd ed., 1988, section 2.2); a segment is called high in something from midway
between them."""

STRONG: Final = 1.0
"""Effect from which a feature is called very high or very low: a whole standard deviation."""

SPEND_FEATURES: Final = ("spend", "total_price")
"""What orders segments and gives their share of spend, where the recipe does not say."""

FEWEST: Final = 10
"""A value of fewer customers than this may be somebody's: it is not named in a profile."""

OTHER: Final = "other"
"""What such values are counted as together, where together they are of enough customers."""

_CONSTANT: Final = 1e-12
"""A spread below this part of the largest value is rounding, not a difference."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A cluster's size and features, before it has a name.

    Fields as in `Segment`.
    """

    cluster: int
    customers: int
    share: float
    spend_share: float | None
    numbers: tuple[ProfileNumber, ...]
    categories: tuple[ProfileCategory, ...]


@dataclass(frozen=True, slots=True)
class _Groups:
    """Rows put in the order of their clusters, once for all features."""

    clusters: tuple[int, ...]
    order: Positions
    bounds: tuple[tuple[int, int], ...]
    position: Positions


def profile_clusters(
    table: pa.Table,
    labels: Labels,
    features: Sequence[Feature],
    *,
    logged: frozenset[str] = frozenset(),
    spend: str | None = None,
) -> tuple[Profile, ...]:
    """Describe each cluster in numbers.

    Parameters
    ----------
    table
        One row per customer; numeric features as numbers, categories as text. Nulls, NaN and
        infinities are values that are not known, and take no part.
    labels
        int32, shape (rows,): the cluster of each row. A number without rows gives no profile.
    features
        What to profile, in this order; those that the table does not hold are left out.
    logged
        Features that enter the distance as log(1 + x); they hold no negative value.
    spend
        The numeric feature whose total orders the segments and is shared out among them; None:
        the first of `SPEND_FEATURES` that is there.

    Returns
    -------
    tuple of Profile
        By falling total spend, or by size where there is no spend; equal ones by size and then by
        their effects, so that the clusters' numbers do not matter.

    Raises
    ------
    ValueError
        `labels` has not one label for each row, or there are no rows.
    """
    if len(labels) != table.num_rows or not len(labels):
        msg = f"{len(labels)} labels for {table.num_rows} rows"
        raise ValueError(msg)
    groups = _group(labels)
    numbers: list[tuple[ProfileNumber, ...]] = []
    categories: list[tuple[ProfileCategory, ...]] = []
    wanted = (spend,) if spend else SPEND_FEATURES
    totals: dict[str, Floats] = {}
    for feature in features:
        if feature.name not in table.column_names:
            continue
        column = table[feature.name]
        if feature.unit == "category" or _is_text(column.type):
            categories.append(_category(feature.name, column, groups))
            continue
        values = np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
        numbers.append(_number(feature, values, groups, logged=feature.name in logged))
        if feature.name in wanted:
            totals[feature.name] = _totals(values, groups)
    total = next((totals[name] for name in wanted if name in totals), None)
    return _assemble(groups, total, numbers, categories)


def level_of(effect: float) -> Level:
    """Return an effect in words, by the sizes of Cohen, 1988 (see `MARKED`, `STRONG`).

    >>> [level_of(effect) for effect in (-1.2, -0.4, 0.0, 0.35, 1.0)]
    ['very low', 'low', 'average', 'high', 'very high']
    """
    if effect >= STRONG:
        return "very high"
    if effect >= MARKED:
        return "high"
    if effect <= -STRONG:
        return "very low"
    return "low" if effect <= -MARKED else "average"


def _group(labels: Labels) -> _Groups:
    clusters, position = np.unique(labels, return_inverse=True)
    order = np.argsort(position, kind="stable")
    ends = np.cumsum(np.bincount(position)).tolist()
    bounds = tuple(zip([0, *ends[:-1]], ends, strict=True))
    return _Groups(tuple(int(cluster) for cluster in clusters), order, bounds, position)


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_dictionary(kind)
        or pa.types.is_boolean(kind)
    )


def _number(
    feature: Feature, values: Floats, groups: _Groups, *, logged: bool
) -> tuple[ProfileNumber, ...]:
    known = np.isfinite(values)
    kept, position = values, groups.position
    if not known.all():
        kept, position = values[known], groups.position[known]
    counts = np.bincount(position, minlength=len(groups.clusters))
    scale = _power_of_two_above(kept)
    scaled = kept / scale
    effects = _effects(np.log1p(kept) if logged else scaled, position, counts)
    overall = float(scaled.mean()) if len(scaled) else None
    ordered = values[groups.order] / scale
    if kept is not values:
        ordered = ordered[known[groups.order]]
    parts = np.split(ordered, np.cumsum(counts)[:-1])

    def one(own: Floats, effect: float) -> ProfileNumber:
        mean = float(own.mean()) if len(own) else None
        return ProfileNumber(
            feature=feature.name,
            unit=feature.unit,
            mean=None if mean is None else mean * scale,
            median=None if mean is None else float(np.median(own)) * scale,
            overall_mean=None if overall is None else overall * scale,
            index=None if mean is None or not overall else mean / overall,
            effect=effect,
            level=level_of(effect),
        )

    return tuple(one(own, effect) for own, effect in zip(parts, effects, strict=True))


def _effects(measured: Floats, position: Positions, counts: Positions) -> list[float]:
    """Effect of each cluster; 0 for one without values, and everywhere where nothing varies."""
    largest = float(np.abs(measured).max(initial=0.0))
    if not largest:
        return [0.0] * len(counts)
    centred = measured - measured.mean()
    # Not a dot product: its digits would hang on the number of threads.
    spread = float(np.sqrt(np.square(centred).mean()))
    if spread <= _CONSTANT * largest:
        return [0.0] * len(counts)
    sums = np.bincount(position, weights=centred, minlength=len(counts))
    effects: list[float] = (sums / np.maximum(counts, 1) / spread).tolist()
    return effects


def _power_of_two_above(values: Floats) -> float:
    """Return what values are divided by, so that nothing is rounded and no sum overflows."""
    largest = float(np.abs(values).max(initial=0.0))
    return float(np.ldexp(1.0, min(int(np.frexp(largest)[1]), 1023)))


def _totals(values: Floats, groups: _Groups) -> Floats:
    """Total of each cluster, in a unit in which sums cannot overflow."""
    values = np.where(np.isfinite(values), values, 0.0)
    values = values / _power_of_two_above(values) / len(values)
    totals: Floats = np.bincount(groups.position, weights=values).astype(np.float64)
    return totals


def _category(name: str, column: pa.ChunkedArray, groups: _Groups) -> tuple[ProfileCategory, ...]:
    text = pc.cast(column, pa.string()).combine_chunks()
    encoded = pc.dictionary_encode(text)
    values: list[str] = encoded.dictionary.to_pylist()
    codes = pc.fill_null(encoded.indices, len(values)).to_numpy()
    width = len(values) + 1
    counts = np.bincount(
        groups.position * width + codes, minlength=len(groups.clusters) * width
    ).reshape(-1, width)[:, :-1]
    known_in = counts.sum(axis=1)
    values, counts = _pooled(values, counts)
    overall = counts.sum(axis=0) / max(int(known_in.sum()), 1)

    def one(row: Positions, known: int) -> ProfileCategory:
        if not known:
            return ProfileCategory(name, ())
        shares = row / known
        order = sorted(
            range(len(values)),
            key=lambda code: (overall[code] - shares[code], -overall[code], values[code]),
        )
        return ProfileCategory(
            name, tuple((values[code], float(shares[code]), float(overall[code])) for code in order)
        )

    return tuple(one(row, known) for row, known in zip(counts, known_in.tolist(), strict=True))


def _pooled(values: list[str], counts: Positions) -> tuple[list[str], Positions]:
    """Count values of fewer than `FEWEST` customers as `OTHER`, or not at all where few have one.

    Parameters
    ----------
    values
        The values.
    counts
        Shape (clusters, values): customers.
    """
    common = counts.sum(axis=0) >= FEWEST
    rest = counts[:, ~common].sum(axis=1)
    kept = [value for value, often in zip(values, common, strict=True) if often]
    counts = counts[:, common]
    if rest.sum() < FEWEST:
        return kept, counts
    if OTHER in kept:
        counts[:, kept.index(OTHER)] += rest
        return kept, counts
    return [*kept, OTHER], np.column_stack([counts, rest])


def _assemble(
    groups: _Groups,
    spend: Floats | None,
    numbers: Sequence[tuple[ProfileNumber, ...]],
    categories: Sequence[tuple[ProfileCategory, ...]],
) -> tuple[Profile, ...]:
    rows = len(groups.order)
    totals = np.zeros(len(groups.clusters)) if spend is None else spend
    # Shares of a total that money back outweighs would mean nothing.
    whole = math.fsum(totals)
    shared = whole > 0 and bool((totals >= 0).all())
    ranked: list[tuple[tuple[object, ...], Profile]] = []
    for place, (start, end) in enumerate(groups.bounds):
        profile = Profile(
            cluster=groups.clusters[place],
            customers=end - start,
            share=(end - start) / rows,
            spend_share=float(totals[place]) / whole if shared else None,
            numbers=tuple(number[place] for number in numbers),
            categories=tuple(category[place] for category in categories),
        )
        effects = tuple(-number.effect for number in profile.numbers)
        ranked.append(((-totals[place], -profile.customers, effects, profile.cluster), profile))
    ranked.sort(key=lambda entry: entry[0])
    return tuple(profile for _, profile in ranked)
