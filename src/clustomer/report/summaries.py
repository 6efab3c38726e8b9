"""Numbers behind the plots: densities, correlations, the map, categories. NumPy and Arrow only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clustomer.features.feature import Feature
from clustomer.matrix.matrix import Floats, Matrix
from clustomer.report.axes import Axis
from clustomer.report.content import ReportContent
from clustomer.report.style import OTHER, SUPPRESS_BELOW

if TYPE_CHECKING:
    from numpy.typing import NDArray

AMOUNTS: Final = ("money", "price", "count", "units", "days")
SKEWED: Final = 1.0
MANY_NOUGHTS: Final = 0.2
MOST_COUNTED: Final = 20
GRID: Final = 512
BINS: Final = 32
WHOLE_SHOWN: Final = 100
"""Whole numbers over a narrower range than this are drawn a bar each."""
OUTER: Final = 0.005
"""Share of the customers left off at either end of an axis: a few extremes would fill it alone, and
an extreme points at a person."""


def numeric(content: ReportContent) -> list[Feature]:
    """Features of numbers that the table holds."""
    held = set(content.table.column_names)
    return [f for f in content.features if f.unit != "category" and f.name in held]


def categorical(content: ReportContent) -> list[Feature]:
    """Features of categories that the table holds."""
    held = set(content.table.column_names)
    return [f for f in content.features if f.unit == "category" and f.name in held]


def sampled(content: ReportContent, name: str) -> Floats:
    """Values of a numeric feature in the sample: float64, shape (sample,), NaN where blank."""
    column = content.table.column(name).take(pa.array(content.sample))
    values = pc.cast(column, pa.float64()).to_numpy()
    clean: Floats = np.where(np.isfinite(values), values, np.nan)
    return clean


def skewness(values: Floats) -> float:
    """Third standardised moment, 0 where nothing varies; NaN is left out."""
    present = values[np.isfinite(values)]
    if len(present) < 3:
        return 0.0
    centred = present - present.mean()
    spread = float(centred.std())
    # Three products take a tenth of the time of a power.
    third: float = (centred * centred * centred).mean().item()
    return third / (spread * spread * spread) if spread > 0 else 0.0


def is_skewed(feature: Feature, values: Floats) -> bool:
    """Whether a logarithmic axis shows the feature better: a skewed amount without negatives."""
    present = values[np.isfinite(values)]
    if feature.unit not in AMOUNTS or len(present) == 0 or present.min() < 0:
        return False
    return skewness(present) > SKEWED


def value_axis(values: Floats, *, log: bool, start: float, end: float) -> Axis:
    """Lay an axis over the values, without the outermost half per cent at either end."""
    present = values[np.isfinite(values)]
    if len(present) == 0:
        return Axis(0.0, 1.0, start, end)
    low, high = (float(q) for q in np.quantile(present, [OUTER, 1 - OUTER]))
    if whole(present) and high - low < WHOLE_SHOWN:
        low, high = np.floor(low) - 0.5, np.ceil(high) + 0.5
    elif low == high:
        low, high = low - 0.5, high + 0.5
    if not log:
        return Axis(low, high, start, end)
    above = present[present > 0]
    unit = float(np.quantile(above, 0.05)) if len(above) else 1.0
    return Axis(max(low, 0.0), high, start, end, log=True, unit=10.0 ** np.floor(np.log10(unit)))


def whole(values: Floats) -> bool:
    """Whether every value is a whole number."""
    return bool(np.all(values == np.floor(values)))


def smeared(values: Floats) -> Floats:
    """Spread whole numbers evenly over the unit around each: "3" stands for 2.5 to 3.5.

    The spread is the golden ratio's sequence over the values in rising order, so it is the same
    every time and covers the unit evenly. Other values stay as they are.
    """
    if not whole(values):
        return values
    spread: Floats = np.sort(values) + (np.arange(1, len(values) + 1) * 0.6180339887) % 1.0 - 0.5
    return spread


def without_nought(values: Floats) -> tuple[Floats, float]:
    """Take zeros out where they would dwarf the rest.

    Returns
    -------
    The values, float64, zeros made NaN if they were taken out; and the share of the present values
    that was taken out, 0 where none was.
    """
    present = values[np.isfinite(values)]
    share = float(np.mean(present == 0)) if len(present) else 0.0
    if share < MANY_NOUGHTS or share == 1.0 or (whole(present) and np.ptp(present) < MOST_COUNTED):
        return values, 0.0
    left: Floats = np.where(values == 0, np.nan, values)
    return left, share


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Counts between edges.

    `edges` float64, shape (bins + 1,), in the feature's unit; `density` float64, shape (bins,), per
    width on the axis's scale, so that areas on the axis add up to 1.
    """

    edges: Floats
    density: Floats


def histogram(values: Floats, axis: Axis) -> Histogram:
    """Count values in bins of equal width on the axis; whole numbers get edges between them."""
    present = values[np.isfinite(values)]
    ends = axis.scaled(np.array([axis.low, axis.high]))
    edges = axis.plain(np.linspace(ends[0], ends[1], BINS + 1))
    if whole(present):
        last = np.ceil(axis.high - 0.5) + 0.5
        edges = np.unique(np.append(np.floor(edges + 0.5) - 0.5, last))
    counts, _ = np.histogram(present, edges)
    widths = np.maximum(np.diff(axis.scaled(edges)), 1e-12)
    return Histogram(edges, counts / max(len(present), 1) / widths)


def density(scaled: Floats, low: float, high: float, bandwidth: float) -> Floats:
    """Estimate a density with a Gaussian kernel.

    The values are counted on a fine grid and the counts convolved with the kernel (Silverman,
    "Kernel density estimation using the fast Fourier transform", 1982), so the cost does not grow
    with values × grid.

    Parameters
    ----------
    scaled
        float64, shape (values,), finite.
    low, high
        Ends of the grid.
    bandwidth
        Standard deviation of the kernel, in the unit of `scaled`.

    Returns
    -------
    float64, shape (GRID,): the density at the middles of GRID equal steps from low to high.
    """
    step = (high - low) / GRID
    reach = int(np.ceil(4 * bandwidth / step))
    ends = (low - reach * step, high + reach * step)
    wide = np.histogram(scaled, GRID + 2 * reach, ends)[0].astype(np.float64)
    # Where nothing lies beyond an end, the density is mirrored there instead of leaking out.
    if reach and not wide[:reach].any():
        wide[:reach] = wide[reach : 2 * reach][::-1]
    if reach and not wide[-reach:].any():
        wide[-reach:] = wide[-2 * reach : -reach][::-1]
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / bandwidth) ** 2)
    smooth: Floats = np.convolve(wide, kernel / kernel.sum(), mode="valid")
    return smooth / (max(len(scaled), 1) * step)


def silverman(scaled: Floats) -> float:
    """Give a bandwidth by Silverman's rule of thumb (1986, eq. 3.31); 0 where nothing varies."""
    if len(scaled) < 2:
        return 0.0
    spread = float(scaled.std())
    quartiles = np.quantile(scaled, [0.25, 0.75])
    middle = float(quartiles[1] - quartiles[0]) / 1.349
    return 0.9 * (min(spread, middle) or spread) / math.pow(len(scaled), 0.2)


def correlation(columns: Sequence[Floats]) -> Floats:
    """Pearson's correlation of every pair, over the rows where both have a value.

    K. Pearson, "Note on regression and inheritance in the case of two parents", Proceedings of the
    Royal Society of London 58 (1895).

    Parameters
    ----------
    columns
        Each float64, shape (rows,), NaN where blank.

    Returns
    -------
    float64, shape (columns, columns); 0 where a column does not vary.
    """
    values = np.column_stack(columns)
    present = np.isfinite(values).astype(np.float64)
    count = np.maximum(present.sum(axis=0), 1.0)
    centred = np.where(present > 0, values, 0.0)
    centred = (centred - centred.sum(axis=0) / count) * present
    pairs = np.maximum(present.T @ present, 1.0)
    sums, squares = centred.T @ present, (centred**2).T @ present
    covariance = centred.T @ centred - sums * sums.T / pairs
    spread = np.sqrt(np.maximum(squares - sums**2 / pairs, 0.0))
    scale = spread * spread.T
    result: Floats = np.clip(covariance / np.where(scale > 0, scale, np.inf), -1.0, 1.0)
    return result


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """The first principal components of the sample.

    `where` float64, shape (sample, components); `explained` their shares of the variance, 0 to 1;
    `mostly` for each the features with the largest loadings.
    `centre` float64, shape (columns,), and `axes`, shape (columns, components): another row lies at
    ``(row - centre) @ axes``.
    """

    where: Floats
    explained: tuple[float, ...]
    mostly: tuple[tuple[str, ...], ...]
    centre: Floats
    axes: Floats


def principal_map(matrix: Matrix, sample: NDArray[np.intp], components: int = 2) -> Map:
    """Project the sample on the directions of most variance (Pearson, 1901).

    With fewer columns than `components`, the missing ones are 0 everywhere.
    """
    values = matrix.values[sample]
    centre = values.mean(axis=0)
    centred = values - centre
    variances, axes = np.linalg.eigh(centred.T @ centred)
    order = np.argsort(-variances)[:components]
    total = float(variances.sum()) or 1.0
    chosen = axes[:, order]
    missing = components - chosen.shape[1]
    if missing:
        chosen = np.column_stack([chosen, np.zeros((len(chosen), missing))])
    # The sign of an eigenvector is arbitrary: the largest loading points right and up.
    largest = np.abs(chosen).argmax(axis=0)
    chosen = chosen * np.where(chosen[largest, np.arange(components)] < 0, -1.0, 1.0)
    shares = [float(max(variances[i], 0.0)) / total for i in order] + [0.0] * missing
    return Map(
        centred @ chosen,
        tuple(shares),
        tuple(_mostly(matrix, chosen[:, at]) for at in range(components)),
        centre,
        chosen,
    )


def _mostly(matrix: Matrix, loadings: Floats) -> tuple[str, ...]:
    found: list[str] = []
    for position in np.argsort(-np.abs(loadings)):
        feature = matrix.features[int(position)]
        if feature not in found:
            found.append(feature)
    return tuple(found[:2])


def category_shares(column: pa.ChunkedArray, shown: int = 6) -> list[tuple[str, float]]:
    """Share of each value among all customers with one, most frequent first.

    Values of fewer than `SUPPRESS_BELOW` customers, and those beyond the `shown` most frequent, are
    pooled into `OTHER`, which comes last and is left out while it too is that small.
    """
    counted = pc.value_counts(pc.cast(column.drop_null(), pa.string())).to_pylist()
    counts = sorted(
        ((str(c["values"]), int(c["counts"])) for c in counted), key=lambda c: (-c[1], c[0])
    )
    total = sum(count for _, count in counts)
    large = [(value, count) for value, count in counts if count >= SUPPRESS_BELOW][:shown]
    rest = total - sum(count for _, count in large)
    if rest >= SUPPRESS_BELOW:
        large.append((OTHER, rest))
    return [(value, count / total) for value, count in large]


def shown_shares(
    shares: Sequence[tuple[str, float, float]], customers: int, shown: int = 4
) -> list[tuple[str, float, float]]:
    """Shares of a category in a segment that may be shown: (value, share here, share overall).

    Values of fewer than `SUPPRESS_BELOW` of the segment's customers are pooled into `OTHER`, as are
    those beyond the `shown` most frequent; the pool is left out while it too is that small.
    """
    ranked = sorted(shares, key=lambda share: (-share[1], share[0]))
    large = [s for s in ranked if round(s[1] * customers) >= SUPPRESS_BELOW][:shown]
    names = {value for value, _, _ in large}
    here = sum(share for value, share, _ in ranked if value not in names)
    overall = sum(share for value, _, share in ranked if value not in names)
    if round(here * customers) >= SUPPRESS_BELOW:
        large.append((OTHER, here, overall))
    return large
