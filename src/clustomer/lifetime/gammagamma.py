"""Gamma-Gamma: what an order of a customer is worth, from what their orders were worth so far.

Fader & Hardie, "The Gamma-Gamma Model of Monetary Value" (2013). A customer's orders vary around a
mean of their own; means vary between customers. Few orders say little of that mean, so the
expectation lies between the customer's average and everybody's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from pydantic import ConfigDict

from clustomer.lifetime.histories import Counts, Floats
from clustomer.lifetime.newton import Slope, dot, maximise

LIMIT: Final = 12.0
_ALIKE: Final = 1e-9
_MANY: Final = 1e6
"""Shape of order values that hardly vary."""
_FAR: Final = 8.0
"""From here on the asymptotic series of the digamma function is exact to 1e-12."""


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """A fitted Gamma-Gamma model.

    Parameters
    ----------
    p
        Shape of the gamma distribution of a customer's order values.
    q, gamma
        Shape and rate of the gamma distribution that their rates follow; `gamma` in money.
    log_likelihood
        Mean over the customers.
    customers
        Customers that it was fitted on.
    settled
        Whether the search ended at a maximum.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    p: float
    q: float
    gamma: float
    log_likelihood: float
    customers: int
    settled: bool

    @property
    def finite(self) -> bool:
        """Whether every customer's expectation is finite: one order is enough to tell it."""
        return self.p + self.q > 1

    def expected_value(self, orders: Counts, mean: Floats) -> Floats:
        """Expected value of a coming order: float64, shape (customers,).

        Equation 5 of the paper.

        Parameters
        ----------
        orders
            int64, 1 or more.
        mean
            float64, mean value of these orders.
        """
        total = self.p * orders
        return np.asarray(self.p * (self.gamma + orders * mean) / (total + self.q - 1))


def fit_gammagamma(orders: Counts, mean: Floats) -> GammaGamma:
    """Fit by maximum likelihood (equation 1a of the paper).

    Parameters
    ----------
    orders
        int64, shape (customers,), 1 or more.
    mean
        float64, shape (customers,), above 0: mean value of these orders.

    Raises
    ------
    ValueError
        When there is no customer, or a mean is not above 0.
    """
    if not len(orders) or orders.min() < 1 or not np.all(mean > 0):
        raise ValueError("a model of order values needs orders with values above 0")
    if np.ptp(mean) <= _ALIKE * mean.max():
        # Orders that are all worth the same have no likelihood with a maximum, and need none.
        same = float(mean.mean())
        return GammaGamma(_MANY, 2.0, same / _MANY, 0.0, len(orders), settled=True)
    # The scale of money only moves gamma: in units of the average the start suits any currency.
    unit = float(np.exp(np.log(mean).mean()))
    found = maximise(
        _log_likelihood(orders, mean / unit),
        np.log([4.0, 3.0, 1.0]),
        within=LIMIT,
    )
    p, q, gamma = np.exp(found.point).tolist()
    moved = found.value - math.log(unit)
    return GammaGamma(p, q, gamma * unit, moved, len(orders), found.settled)


def _log_likelihood(orders: Counts, mean: Floats) -> Slope:
    """Mean log-likelihood a customer, and its slope, by the logarithms of p, q and gamma."""
    share = 1 / len(orders)
    n = orders.astype(np.float64)
    by_n = np.bincount(orders) * share
    counts = np.flatnonzero(by_n)
    shares, amount = by_n[counts], n * mean
    log_mean = float(np.log(mean).mean())
    log_amount = dot(n, np.log(amount)) * share

    def at(point: Floats) -> tuple[float, Floats]:
        p, q, gamma = np.exp(point).tolist()
        total = gamma + amount
        log_total, weight = np.log(total), p * n + q
        gammas = [math.lgamma(p * one + q) - math.lgamma(p * one) for one in counts.tolist()]
        value = (
            dot(shares, np.array(gammas))
            - math.lgamma(q)
            + q * float(point[2])
            + p * log_amount
            - log_mean
        )
        value -= dot(weight, log_total) * share
        slope_both = digamma(p * counts + q)
        slope = [
            dot(shares * counts, slope_both - digamma(p * counts)) + log_amount,
            dot(shares, slope_both) - float(digamma(np.array([q]))[0]) + float(point[2]),
            q / gamma - float((weight / total).sum()) * share,
        ]
        slope[0] -= dot(n, log_total) * share
        slope[1] -= float(log_total.sum()) * share
        return value, np.array(slope) * np.array([p, q, gamma])

    return at


def digamma(values: Floats) -> Floats:
    """Slope of the logarithm of the gamma function, above 0 (Abramowitz & Stegun 6.3.5, 6.3.18).

    >>> float(digamma(np.array([1.0]))[0])  # minus Euler's constant
    -0.5772156649...
    """
    far = np.asarray(values, dtype=np.float64)
    result = np.zeros_like(far)
    for _ in range(int(_FAR)):
        near = far < _FAR
        result -= np.where(near, 1 / far, 0.0)
        far = far + near
    square = 1 / far**2
    series = 1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square / 132)))
    return np.asarray(result + np.log(far) - 1 / (2 * far) - square * series)
