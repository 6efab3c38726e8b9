"""Customers with groups that were planted, and crowds without any."""

from __future__ import annotations

import numpy as np

from clustomer.clustering.contract import Labels
from clustomer.matrix.matrix import Floats


def standardised(values: Floats) -> Floats:
    scaled: Floats = (values - values.mean(axis=0)) / values.std(axis=0)
    return scaled


def blurred(seed: int, k: int, rows: int = 2_000) -> tuple[Floats, Labels]:
    """Groups of unequal size and spread in 9 dimensions, 2 of them noise, that overlap a little."""
    random = np.random.default_rng([seed, k])
    shares = random.dirichlet(np.full(k, 8.0)) * 0.7 + 0.3 / k
    labels = random.choice(k, size=rows, p=shares).astype(np.int32)
    centres = _apart(random, k, columns=7)
    spread = random.uniform(0.8, 1.2, size=k)
    values = centres[labels] + spread[labels, np.newaxis] * random.normal(size=(rows, 7))
    return standardised(np.hstack([values, random.normal(size=(rows, 2))])), labels


def shoppers(seed: int, k: int, rows: int = 2_000) -> tuple[Floats, Labels]:
    """Log-normal customers: orders, spend an order, price, recency and discounts; then logged."""
    random = np.random.default_rng([seed, k, 1])
    labels = random.integers(k, size=rows).astype(np.int32)
    own = 0.45 * (_apart(random, k, columns=5)[labels] + 0.9 * random.normal(size=(rows, 5)))
    orders = 1 + random.poisson(np.exp(2.5 + own[:, 0]))
    order_value = np.exp(3.5 + own[:, 1]) * random.gamma(4 * orders) / (4 * orders)
    price = np.exp(2.5 + own[:, 2])
    recency = np.exp(3.5 + own[:, 3])
    lines = 4 * orders
    discount = random.binomial(lines, 1 / (1 + np.exp(1 - 2 * own[:, 4]))) / lines
    amounts = np.log1p(np.column_stack([orders, order_value, price, recency]))
    return standardised(np.column_stack([amounts, discount])), labels


def crowds(seed: int, rows: int = 2_000) -> dict[str, Floats]:
    """Crowds without groups: normal, long in some directions, and uniform."""
    random = np.random.default_rng(seed)
    return {
        "normal": random.normal(size=(rows, 8)),
        "correlated": standardised(random.normal(size=(rows, 6)) @ random.normal(size=(6, 6))),
        "square": random.random((rows, 2)),
        "cube": random.random((rows, 6)),
    }


def _apart(random: np.random.Generator, k: int, columns: int) -> Floats:
    """Centres at least 4.5 apart."""
    centres = 2.5 * random.normal(size=(1, columns))
    while len(centres) < k:
        one = 2.5 * random.normal(size=(1, columns))
        if np.sqrt(np.square(centres - one).sum(axis=1)).min() >= 4.5:
            centres = np.vstack([centres, one])
    return centres
