"""The segments that the demo data are made of, and the odds of a number of orders."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class PlantedSegment:
    """What the customers of one segment have in common; each customer varies around it.

    Parameters
    ----------
    name
        Name in truth.csv.
    share
        Share of the customers.
    orders_a_year
        Mean of the customers' own order rates, which are gamma distributed.
    basket_lines
        Mean number of lines of an order; a customer's own mean is normal around it.
    units
        Median number of units of a line; a customer's own median is log-normal around it.
    price
        Median unit price, in money; a customer's own median is log-normal around it.
    discount
        Share of the lines bought at a discount, for the customer in the middle.
    tenure_days
        Mean number of days since signing up; two fifths of it and a gamma distributed rest.
    lapsed_days
        Mean number of days since the customer stopped ordering; gamma distributed; 0: still here.
    """

    name: str
    share: float
    orders_a_year: float
    basket_lines: float
    units: float
    price: float
    discount: float
    tenure_days: float
    lapsed_days: float


SEGMENTS: Final = (
    PlantedSegment("Devoted", 0.16, 7.0, 1.8, 2.0, 31.0, 0.12, 850.0, 0.0),
    PlantedSegment("Bargain hunters", 0.25, 3.2, 1.9, 2.2, 8.0, 0.74, 850.0, 0.0),
    PlantedSegment("Stock-up families", 0.18, 1.8, 4.8, 4.0, 15.0, 0.18, 850.0, 0.0),
    PlantedSegment("Lapsed", 0.27, 3.0, 1.5, 1.6, 18.0, 0.11, 950.0, 380.0),
    PlantedSegment("Newcomers", 0.14, 12.0, 1.6, 1.7, 18.0, 0.12, 75.0, 0.0),
)
"""The five planted segments."""

GRID: Final = 0.02
"""Width of the steps, in log mean, in which the mean number of orders is told apart."""

_MEANS: Final = (0.02, 300.0)
_LAST: Final = 1e-6


def habits() -> pa.Table:
    """Tabulate `SEGMENTS`: the fields of `PlantedSegment`, and ``segment`` (int64, from 1)."""
    import pyarrow as pa

    return pa.Table.from_pylist(
        [{"segment": place, **asdict(segment)} for place, segment in enumerate(SEGMENTS, start=1)]
    )


def step_of(mean: str) -> str:
    """Return SQL for the step of the grid on which the mean number of orders stands."""
    low, high = _MEANS
    return f"CAST(round(ln(least(greatest({mean}, {low}), {high})) / {GRID}) AS INTEGER)"


def order_steps() -> pa.Table:
    """Tabulate the Poisson distribution, given that there is at least one order.

    Returns
    -------
    pa.Table
        ``step`` (int32, see `step_of`), ``orders`` (int32, from 1) and ``below`` (double): the
        probability of fewer orders. The number of orders of a customer whose draw is u is that of
        the last row with ``below <= u`` (inversion).
    """
    import pyarrow as pa

    low, high = (round(math.log(mean) / GRID) for mean in _MEANS)
    rows = [
        (step, orders, below)
        for step in range(low, high + 1)
        for orders, below in enumerate(_below(math.exp(step * GRID)), start=1)
    ]
    steps, orders, below = zip(*rows, strict=True)
    return pa.table(
        {
            "step": pa.array(steps, pa.int32()),
            "orders": pa.array(orders, pa.int32()),
            "below": pa.array(below, pa.float64()),
        }
    )


def _below(mean: float) -> list[float]:
    """Probability of fewer than 1, 2, ... orders, given at least one, until next to 1."""
    none = math.exp(-mean)
    chance = mean * none
    below = [0.0]
    count = 1
    while below[-1] < 1 - _LAST and (chance > 0 or count < mean):
        below.append(below[-1] + chance / (1 - none))
        count += 1
        chance *= mean / count
    return below
