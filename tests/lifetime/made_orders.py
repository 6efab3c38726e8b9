"""Customers who order as the BG/NBD model says."""

from __future__ import annotations

import numpy as np

from clustomer.lifetime.histories import Histories, histories


def orders_of(
    customers: int, *, r: float, alpha: float, a: float, b: float, days: int, seed: int
) -> Histories:
    """Draw each customer's rate, leaving probability and orders; they begin over `days` days."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(r, 1 / alpha, customers) / 7
    leaving = rng.beta(a, b, customers)
    observed = rng.integers(0, days, customers)
    repeats = np.zeros(customers, dtype=np.int64)
    last, now = np.zeros(customers), np.zeros(customers)
    here = np.arange(customers)
    while len(here):
        now[here] += rng.exponential(1 / rate[here])
        here = here[now[here] <= observed[here]]
        repeats[here] += 1
        last[here] = now[here]
        here = here[rng.random(len(here)) >= leaving[here]]
    return histories(repeats, last.astype(np.int64), observed)
