"""BG/NBD: how often a customer orders, and whether they still do, from when they ordered.

Fader, Hardie & Lee, "Counting Your Customers the Easy Way: An Alternative to the Pareto/NBD Model",
Marketing Science 24 (2005). While active, a customer orders at a rate of their own, and after each
repeat order they leave for good with a probability of their own. Rates follow a gamma distribution
(shape `r`, rate `alpha`), probabilities of leaving a beta distribution (`a`, `b`).

Counts of orders are whole numbers, so every ratio of gamma functions is a product of as many
factors: no gamma function is computed, and nothing overflows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from pydantic import ConfigDict

from clustomer.lifetime.histories import Floats, Histories, collapsed
from clustomer.lifetime.newton import Slope, dot, maximise

WEEK: Final = 7.0
"""Days in the unit of `alpha`."""

LIMIT: Final = 12.0
"""Largest logarithm of a parameter, and of its inverse."""

_MANY: Final = 20_000
"""Distinct histories above which a tenth of them is fitted first."""

_NODES: Final = 24
_TILE: Final = 50_000


@dataclass(frozen=True, slots=True)
class BgNbd:
    """A fitted BG/NBD model.

    Parameters
    ----------
    r, alpha
        Shape and rate (in weeks) of the gamma distribution of order rates.
    a, b
        The beta distribution of the probability of leaving after a repeat order.
    log_likelihood
        Mean logarithm of the likelihood of a customer's history.
    customers
        Customers that it was fitted on.
    settled
        Whether the search ended at a maximum.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    customers: int
    settled: bool

    def alive(self, each: Histories) -> Floats:
        """Probability that a customer still orders: float64, shape (histories,).

        Equation 1 of Fader, Hardie & Lee, "Computing P(alive) Using the BG/NBD Model" (2008). It
        is 1 for customers with a single order: the model lets nobody leave before a second one.
        """
        return np.asarray(1.0 - _gone(each, self.r, self.alpha, self.a, self.b))

    def order_probability(self, each: Histories, days: float) -> Floats:
        """Probability of at least one order in the next `days`: float64, shape (histories,).

        A customer who is still active orders within t unless their rate is so low that nothing
        comes: 1 - ((alpha + T) / (alpha + T + t)) ** (r + x), the gamma mixture of exponential
        waiting times.
        """
        longer = np.log1p((days / WEEK) / (self.alpha + each.observed / WEEK))
        return np.asarray(-np.expm1(-(self.r + each.repeats) * longer) * self.alive(each))

    def expected_orders(self, each: Histories, days: float) -> Floats:
        """Orders expected in the next `days`: float64, shape (histories,).

        The expectation of equation 10 of the paper, as the mean over the leaving probability p of
        (1 - (1 + p t / (alpha + T)) ** -(r + x)) / p, where p of a customer who is still active
        follows a beta distribution (a, b + x). Gauss-Jacobi quadrature takes the mean; the
        paper's hypergeometric function breaks down at a = 1 and a + b + x = 1, this does not.
        """
        counts, place = np.unique(each.repeats, return_inverse=True)
        nodes, weights = _beta_quadrature(self.a, self.b + counts.astype(np.float64))
        ahead = (days / WEEK) / (self.alpha + each.observed / WEEK)
        result = np.empty(len(each))
        for start in range(0, len(each), _TILE):
            rows = slice(start, start + _TILE)
            p = nodes[place[rows]]
            shape = (self.r + each.repeats[rows])[:, np.newaxis]
            orders = -np.expm1(-shape * np.log1p(p * ahead[rows, np.newaxis])) / p
            result[rows] = (orders * weights[place[rows]]).sum(axis=1)
        return result * self.alive(each)


def fit_bgnbd(each: Histories, *, near: BgNbd | None = None) -> BgNbd:
    """Fit by maximum likelihood (equation 6 of the paper).

    Parameters
    ----------
    each
        Histories in days.
    near
        A model of much the same histories, to start from.

    Raises
    ------
    ValueError
        When there is no customer.
    """
    if not len(each):
        raise ValueError("a model of orders needs customers")
    distinct = collapsed(each)
    counted = max(float((distinct.repeats * distinct.customers).sum()), 1.0) * WEEK
    weeks = max(float((distinct.observed * distinct.customers).sum()), 1.0)
    start = np.log([0.5, 0.5 * weeks / counted, 1.0, 3.0])
    if near is None and len(distinct) > _MANY:
        # A tenth leads nearly to the top, and each step there takes a tenth of the time.
        near = fit_bgnbd(distinct[::10])
    if near is not None:
        start = np.log([near.r, near.alpha, near.a, near.b])
    found = maximise(_log_likelihood(distinct), start, within=LIMIT)
    r, alpha, a, b = np.exp(found.point).tolist()
    return BgNbd(r, alpha, a, b, found.value, int(distinct.customers.sum()), found.settled)


def _log_likelihood(each: Histories) -> Slope:
    """Mean log-likelihood a customer, and its slope, by the logarithms of r, alpha, a and b."""
    share = each.customers / each.customers.sum()
    x = each.repeats.astype(np.float64)
    most = int(each.repeats.max(initial=0))
    # What depends on the number of repeats alone is added up by number, not by history.
    by_x = np.bincount(each.repeats, weights=share, minlength=most + 1)
    before = np.arange(most)

    def at(point: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = np.exp(point).tolist()
        # Entry x of a table is a sum over 0 .. x - 1: the logarithm of a ratio of gamma functions.
        inverse, both = 1 / (b + before), 1 / (a + b + before)
        stayed = _summed(np.log1p(-a * both))
        end, last = alpha + each.observed / WEEK, alpha + each.last / WEEK
        log_end, log_last = np.log(end), np.log(last)
        leaving = np.append(-np.inf, math.log(a) - np.log(b + before))
        odds = leaving[each.repeats] + (r + x) * (log_end - log_last)
        gone = _probability(odds)
        # log(e^u + e^v) = u - log(1 - P(gone)), where P(gone) = e^v / (e^u + e^v).
        value = dot(by_x, _summed(np.log(r + before)) + stayed) + r * float(point[1])
        value -= dot(share, (r + x) * log_end + np.log1p(-gone))
        gone_by_x = np.bincount(each.repeats, weights=share * gone, minlength=most + 1)
        again = dot(gone_by_x[1:], inverse)
        slope = [
            dot(by_x, _summed(1 / (r + before))) + float(point[1]),
            r / alpha - dot(share * (r + x), (1 - gone) / end + gone / last),
            dot(share, gone) / a - dot(by_x, _summed(both)),
            dot(by_x, _summed(inverse - both)) - again,
        ]
        slope[0] -= dot(share, log_end + gone * (log_last - log_end))
        return value, np.array(slope) * np.array([r, alpha, a, b])

    return at


def _summed(terms: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(terms)])


def _gone(each: Histories, r: float, alpha: float, a: float, b: float) -> Floats:
    """Probability of having left after the last order; 0 for a single order."""
    repeated = each.repeats > 0
    silence = np.log1p((each.observed - each.last) / (alpha * WEEK + each.last))
    odds = np.full(len(each), -np.inf)
    odds[repeated] = math.log(a) - np.log(b + each.repeats[repeated] - 1)
    odds[repeated] += (r + each.repeats[repeated]) * silence[repeated]
    return _probability(odds)


def _probability(log_odds: Floats) -> Floats:
    """A probability from its log-odds; 1 - 1e-16 at most, so that its complement has a logarithm.

    >>> _probability(np.array([-np.inf, 0.0]))
    array([0. , 0.5])
    """
    odds = np.exp(np.minimum(log_odds, 700.0))
    return np.asarray(np.minimum(odds / (1 + odds), 1 - 1e-16))


def _beta_quadrature(a: float, b: Floats) -> tuple[Floats, Floats]:
    """Nodes and weights for means over beta distributions (a, b): both of shape (len(b), nodes).

    Golub & Welsch, "Calculation of Gauss quadrature rules", Mathematics of Computation 23 (1969),
    with the recurrence of the Jacobi polynomials moved from -1 .. 1 to 0 .. 1.
    """
    left, right = a - 1, np.asarray(b, dtype=np.float64)[:, np.newaxis] - 1
    n = np.arange(_NODES, dtype=np.float64)
    both = 2 * n + left + right
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (left**2 - right**2) / (both * (both + 2))
    # At n = 0 the general term is 0 / 0 where left + right is 0.
    centre[:, 0] = ((left - right) / (left + right + 2))[:, 0]
    m = n[1:]
    pair = both[:, 1:]
    side = 4 * m * (m + left) * (m + right) * (m + left + right)
    side /= pair**2 * (pair + 1) * np.where(pair == 1, 1.0, pair - 1)
    # At m = 1 the factors (m + left + right) and (pair - 1) are the same and cancel.
    first = 4 * (1 + left) * (1 + right) / ((2 + left + right) ** 2 * (3 + left + right))
    side[:, :1] = first
    matrix = np.zeros((len(right), _NODES, _NODES))
    every = np.arange(_NODES)
    matrix[:, every, every] = centre
    matrix[:, every[1:], every[:-1]] = np.sqrt(side)
    values, vectors = np.linalg.eigh(matrix)
    nodes = np.clip((1 + values) / 2, np.finfo(float).tiny, 1.0)
    return nodes, vectors[:, 0, :] ** 2
