"""Logistic regression: its answers by sums in a set order, and the weight of each column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clustomer.matrix.matrix import Floats

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression


def probabilities(estimator: LogisticRegression, values: Floats) -> Floats:
    """Give the probability of each class: float64, shape (rows, classes).

    The softmax of the linear scores (Bishop, "Pattern Recognition and Machine Learning", 2006,
    4.3.4), as scikit-learn's ``predict_proba`` up to the last bits. There the order of a sum, and
    so its last bits, depends on BLAS's threads and on which rows come together; here the columns
    are added from left to right.
    """
    scores = np.tile(estimator.intercept_, (len(values), 1))
    for column, weights in enumerate(estimator.coef_.T):
        scores += values[:, column, np.newaxis] * weights
    if scores.shape[1] == 1:
        # Of two classes only the second one's score is kept, against 0 for the first.
        scores = np.hstack([np.zeros_like(scores), scores])
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Floats = shares / shares.sum(axis=1, keepdims=True)
    return result


def column_shares(estimator: LogisticRegression) -> Floats:
    """Give each column's share of the absolute coefficients: float64, shape (columns,), sum 1.

    The columns of the matrix are standardised, so their coefficients compare. All 0 where every
    coefficient is.
    """
    weights = np.abs(estimator.coef_).sum(axis=0)
    total = weights.sum()
    shares: Floats = weights / total if total else weights
    return shares
