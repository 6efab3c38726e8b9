"""Gaussian mixture: segments as clouds with a shape of their own, each customer with probabilities.

A. P. Dempster, N. M. Laird and D. B. Rubin, "Maximum likelihood from incomplete data via the EM
algorithm", JRSS B 39 (1977); C. M. Bishop, "Pattern Recognition and Machine Learning" (2006),
section 9.2. Written here because the evidence fits hundreds of small mixtures, with the same bits
for any number of threads.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from clustomer.clustering.centroids import checked, same_columns
from clustomer.clustering.contract import Assignment, Labels
from clustomer.clustering.lloyd import Tiles, nearest_of
from clustomer.clustering.parallel import one_blas_thread
from clustomer.matrix.matrix import Floats
from clustomer.names import AlgorithmName

_TILE: Final = 8192
_LOG_2_PI: Final = math.log(2 * math.pi)
FLATTEST: Final = 0.01
"""Added to each variance, as a share of the columns' mean variance: a cloud can become no needle
that holds a handful of customers who are alike."""
ITERATIONS: Final = 200
SETTLED: Final = 1e-5
"""Rise of the mean log-likelihood in one iteration that counts as none."""
COMPARED: Final = 1e-3
"""The same for mixtures that are only compared with others."""


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """A fitted Gaussian mixture: a row belongs to the cloud that most probably made it.

    Parameters
    ----------
    centroids
        float64, shape (k, columns): the clouds' means, sorted by their first column and so on.
    whiten
        float64, shape (k, columns, columns): upper triangular matrices P with P P' the inverse of
        the cloud's covariance, so that |(x - mean) P| is the Mahalanobis distance.
    weights
        float64, shape (k,): share of each cloud, summing to 1.
    inertia
        Sum over the fitted rows of the squared Euclidean distance to their cloud's mean.
    """

    centroids: Floats
    whiten: Floats
    weights: Floats
    inertia: float

    @property
    def algorithm(self) -> AlgorithmName:
        """How it was fitted."""
        return "gaussian-mixture"

    @property
    def k(self) -> int:
        """Number of clouds."""
        return len(self.centroids)

    @property
    def measure(self) -> str:
        """What the distance is, in words."""
        return "Mahalanobis distance: standard deviations from the segment's centre, in its shape"

    @property
    def names(self) -> Mapping[int, str]:
        """None: these clusters are named by what they do."""
        return {}

    def assign(self, values: Floats) -> Assignment:
        """Place rows in their most probable cloud; a tie goes to the lower number.

        Raises
        ------
        DataError
            When a value is missing or infinite, or the number of columns is not the fitted one.
        """
        values = same_columns(checked(values), self.centroids.shape[1])
        parts = [
            self._placed(values[start : start + _TILE])
            for start in range(0, max(len(values), 1), _TILE)
        ]
        labels, distance, second, farther, probability = (
            np.concatenate(arrays) for arrays in zip(*parts, strict=True)
        )
        return Assignment(labels, distance, second, farther, probability)

    def _placed(self, values: Floats) -> tuple[Labels, Floats, Labels, Floats, Floats]:
        squared, joint = self._densities(values)
        rows = np.arange(len(values))
        labels = joint.argmax(axis=1).astype(np.int32)
        best = joint[rows, labels]
        with np.errstate(under="ignore"):
            total = np.exp(joint - best[:, np.newaxis]).sum(axis=1)
        joint[rows, labels] = -np.inf
        second = joint.argmax(axis=1).astype(np.int32)
        distances = np.sqrt(squared)
        return labels, distances[rows, labels], second, distances[rows, second], 1.0 / total

    def _densities(self, values: Floats) -> tuple[Floats, Floats]:
        """Squared Mahalanobis distance to each cloud, and log density with its weight."""
        columns = values.shape[1]
        squared = np.empty((len(values), self.k))
        joint = np.empty((len(values), self.k))
        for number in range(self.k):
            # Row by row the same sums, whichever rows come together.
            apart = values - self.centroids[number]
            white = np.einsum("ij,jk->ik", apart, self.whiten[number])
            squared[:, number] = np.einsum("ij,ij->i", white, white)
            height = np.log(np.diagonal(self.whiten[number])).sum() - columns * _LOG_2_PI / 2
            height += math.log(max(float(self.weights[number]), 1e-300))
            joint[:, number] = height - squared[:, number] / 2
        return squared, joint

    def parts(self, row: Floats, cloud: int) -> tuple[Floats, float]:
        """Log density of one row in a cloud, with the cloud's weight, as a sum over columns.

        -(x - m)' S (x - m) / 2, with S the inverse covariance, is a sum of one product a column;
        where columns go together, each part holds its share of that.

        Returns
        -------
        float64, shape (columns,), and what no column brings: the cloud's weight and width.
        """
        whiten = self.whiten[cloud]
        apart = row - self.centroids[cloud]
        width = float(np.log(np.diagonal(whiten)).sum())
        rest = width + math.log(max(float(self.weights[cloud]), 1e-300))
        return -0.5 * apart * (whiten @ (apart @ whiten)), rest - len(row) * _LOG_2_PI / 2

    def likelihood(self, values: Floats) -> float:
        """Mean logarithm of the density at the rows."""
        _, joint = self._densities(values)
        return float(_log_sums(joint).mean())

    def to_json(self) -> str:
        """Write as JSON; every float reads back to the same bits."""
        return json.dumps(
            {
                "algorithm": self.algorithm,
                "centroids": self.centroids.tolist(),
                "whiten": self.whiten.tolist(),
                "weights": self.weights.tolist(),
                "inertia": self.inertia,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Mixture:
        """Read what `to_json` wrote."""
        stored = json.loads(text)
        return cls(
            np.array(stored["centroids"], np.float64),
            np.array(stored["whiten"], np.float64),
            np.array(stored["weights"], np.float64),
            float(stored["inertia"]),
        )


def fit_mixture(
    values: Floats,
    starts: Sequence[Labels | Mixture],
    *,
    settled: float = SETTLED,
    iterations: int = ITERATIONS,
) -> Mixture:
    """Fit a mixture by EM from several starts; the one with the highest likelihood is kept.

    Parameters
    ----------
    values
        float64, shape (rows, columns), finite.
    starts
        Labels of the rows, 0 to k - 1, that make the first clouds; or mixtures.
    settled
        Rise of the mean log-likelihood that ends it.
    iterations
        Most iterations for each start.
    """
    flattest = FLATTEST * (float(values.var(axis=0).mean()) or 1.0)
    with one_blas_thread():
        tried = []
        for start in starts:
            if isinstance(start, Mixture):
                first = start
            else:
                shares = np.zeros((len(values), int(start.max()) + 1))
                shares[np.arange(len(values)), start] = 1.0
                first = _clouds(values, shares, flattest)
            tried.append(_carried_on(values, first, flattest, settled, iterations))
        mixture = max(tried, key=lambda one: one[1])[0]
    order = np.lexsort(mixture.centroids.T[::-1])
    ordered = Mixture(mixture.centroids[order], mixture.whiten[order], mixture.weights[order], 0.0)
    return Mixture(
        ordered.centroids, ordered.whiten, ordered.weights, inertia_around(ordered, values)
    )


def one_cloud(values: Floats) -> Mixture:
    """One Gaussian for all rows: what every mixture is measured against."""
    flattest = FLATTEST * (float(values.var(axis=0).mean()) or 1.0)
    return _clouds(values, np.ones((len(values), 1)), flattest)


def one_cloud_less(mixture: Mixture) -> Mixture:
    """Join the two clouds that lose least by it, into one with their mean and covariance.

    A. R. Runnalls, "Kullback-Leibler approach to Gaussian mixture reduction", IEEE Trans. Aerospace
    and Electronic Systems 43 (2007), equation 21: an upper bound of what the joint density loses.

    Parameters
    ----------
    mixture
        Two clouds or more.
    """
    sigmas = _covariances(mixture)
    means, weights = mixture.centroids, np.maximum(mixture.weights, 1e-300)
    volumes = np.linalg.slogdet(sigmas)[1]
    least, best = math.inf, (0, 1)
    for first in range(mixture.k):
        for second in range(first + 1, mixture.k):
            both = weights[first] + weights[second]
            _, sigma = _joined(first, second, means, sigmas, weights)
            loss = both * np.linalg.slogdet(sigma)[1]
            loss -= weights[first] * volumes[first] + weights[second] * volumes[second]
            if loss < least:
                least, best = float(loss), (first, second)
    mean, sigma = _joined(*best, means, sigmas, weights)
    whiten = np.linalg.inv(np.linalg.cholesky(sigma)).T
    return Mixture(
        np.vstack([np.delete(means, best, axis=0), mean]),
        np.concatenate([np.delete(mixture.whiten, best, axis=0), whiten[np.newaxis]]),
        np.append(np.delete(weights, best), weights[list(best)].sum()),
        0.0,
    )


def _covariances(mixture: Mixture) -> Floats:
    roots = np.linalg.inv(mixture.whiten)
    return np.asarray(roots.transpose(0, 2, 1) @ roots, dtype=np.float64)


def _joined(
    first: int, second: int, means: Floats, sigmas: Floats, weights: Floats
) -> tuple[Floats, Floats]:
    """Mean and covariance of two clouds as one."""
    share = weights[second] / (weights[first] + weights[second])
    apart = means[second] - means[first]
    between = share * (1 - share) * np.outer(apart, apart)
    sigma = (1 - share) * sigmas[first] + share * sigmas[second] + between
    return means[first] + share * apart, sigma


def inertia_around(mixture: Mixture, values: Floats) -> float:
    """Sum of squared Euclidean distances of the rows to their cloud's mean."""
    labels = mixture.assign(values).labels
    return float(np.square(values - mixture.centroids[labels]).sum())


def spherical_likelihood(centroids: Floats, fitted: Floats, values: Floats) -> float:
    """Mean logarithm of the density that centroids give to rows.

    K-means as a mixture (Bishop, section 9.3.2): round clouds of one width around the centroids,
    with the width and the shares of the rows that they were fitted to.

    Parameters
    ----------
    centroids
        float64, shape (k, columns).
    fitted
        The rows that they were fitted to.
    values
        The rows to judge by.
    """
    k, columns = centroids.shape
    labels = nearest_of(Tiles.of(fitted), centroids)
    spread = float(np.square(fitted - centroids[labels]).mean())
    variance = spread + FLATTEST * (float(fitted.var(axis=0).mean()) or 1.0)
    whiten = np.repeat(np.eye(columns)[np.newaxis] / math.sqrt(variance), k, axis=0)
    weights = np.bincount(labels, minlength=k) / len(fitted)
    return Mixture(centroids, whiten, weights, 0.0).likelihood(values)


def _carried_on(
    values: Floats, mixture: Mixture, flattest: float, settled: float, iterations: int
) -> tuple[Mixture, float]:
    before = -math.inf
    for _ in range(iterations):
        shares, likelihood = _shares(values, mixture)
        mixture = _clouds(values, shares, flattest)
        if likelihood - before < settled:
            break
        before = likelihood
    return mixture, likelihood


def _shares(values: Floats, mixture: Mixture) -> tuple[Floats, float]:
    """E-step: probability of each cloud for each row, and the mean log-likelihood."""
    joint = np.empty((len(values), mixture.k))
    columns = values.shape[1]
    for number in range(mixture.k):
        white = (values - mixture.centroids[number]) @ mixture.whiten[number]
        height = np.log(np.diagonal(mixture.whiten[number])).sum() - columns * _LOG_2_PI / 2
        height += math.log(max(float(mixture.weights[number]), 1e-300))
        joint[:, number] = height - np.einsum("ij,ij->i", white, white) / 2
    sums = _log_sums(joint)
    with np.errstate(under="ignore"):
        return np.exp(joint - sums[:, np.newaxis]), float(sums.mean())


def _clouds(values: Floats, shares: Floats, flattest: float) -> Mixture:
    """M-step: means, covariances and weights of the shared-out rows."""
    columns = values.shape[1]
    counts = shares.sum(axis=0) + 1e-12
    means = shares.T @ values / counts[:, np.newaxis]
    whiten = np.empty((len(counts), columns, columns))
    for number in range(len(counts)):
        apart = values - means[number]
        covariance = (shares[:, number, np.newaxis] * apart).T @ apart / counts[number]
        covariance[np.diag_indices(columns)] += flattest
        root = np.linalg.cholesky(covariance)
        whiten[number] = np.linalg.solve(root, np.eye(columns)).T
    return Mixture(means, whiten, counts / counts.sum(), 0.0)


def _log_sums(joint: Floats) -> Floats:
    """Logarithm of the sum of exponentials of each row."""
    highest = joint.max(axis=1)
    with np.errstate(under="ignore"):
        sums = np.exp(joint - highest[:, np.newaxis]).sum(axis=1)
    return np.asarray(highest + np.log(sums), dtype=np.float64)
