"""The baseline that every report compares with: the classic RFM groups of the same customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from clustomer.clustering.contract import Labels
from clustomer.clustering.quality import davies_bouldin, inertia_within
from clustomer.clustering.rfm import FREQUENCY, GROUPS, MONETARY, RECENCY, fit_rfm
from clustomer.clustering.sample import Rows
from clustomer.clustering.silhouette import silhouettes
from clustomer.clustering.stability import adjusted_rand, contingency
from clustomer.matrix.columns import numbers
from clustomer.matrix.matrix import Floats

if TYPE_CHECKING:
    import pyarrow as pa

FEATURES: Final = (RECENCY, FREQUENCY, MONETARY)


@dataclass(frozen=True, slots=True)
class Grouping:
    """How one way to group the customers does in the prepared space.

    Parameters
    ----------
    name
        What made the groups.
    groups
        How many hold customers.
    smallest_share
        Share of the customers in the smallest, 0 to 1.
    explained
        Share of the variance of the prepared features that lies between the groups, 0 to 1.
    silhouette, davies_bouldin
        On the sample.
    """

    name: str
    groups: int
    smallest_share: float
    explained: float
    silhouette: float
    davies_bouldin: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """The segments beside the RFM groups.

    Parameters
    ----------
    segments, rules
        Both ways to group, measured alike.
    agreement
        Adjusted Rand index between the two.
    mix
        For each cluster with customers: its number and the RFM groups that most of its customers
        are in, as (group, share of the cluster), most frequent first.
    """

    segments: Grouping
    rules: Grouping
    agreement: float
    mix: tuple[tuple[int, tuple[tuple[str, float], ...]], ...]


def rfm_baseline(
    table: pa.Table, values: Floats, labels: Labels, sample: Rows, *, algorithm: str
) -> Baseline | None:
    """Group the same customers by RFM rules, and measure both ways in the same space.

    Parameters
    ----------
    table
        One row per customer, with the features.
    values
        float64, shape (customers, columns): the matrix that the segments were made in.
    labels
        int32, shape (customers,): the segments' clusters.
    sample
        Rows on which silhouette and Davies-Bouldin are computed.
    algorithm
        What made the segments.

    Returns
    -------
    None where recency, frequency or monetary value is not among the features, or has blanks, or
    one group holds all customers.
    """
    if any(name not in table.column_names for name in FEATURES):
        return None
    days, orders, spend = (numbers(table.column(name), name) for name in FEATURES)
    if not all(np.isfinite(column).all() for column in (days, orders, spend)):
        return None
    groups = fit_rfm(days, orders, spend).groups(days, orders, spend)
    _, ruled = np.unique(groups, return_inverse=True)
    rules = ruled.astype(np.int32)
    some = [labels[sample], rules[sample]]
    if min(len(np.unique(one)) for one in some) < 2:
        return None
    apart = silhouettes(values[sample], some)
    table_of = contingency(labels, groups)
    return Baseline(
        _measured(algorithm, values, labels, sample, apart[0]),
        _measured("RFM rules", values, rules, sample, apart[1]),
        adjusted_rand(labels, rules),
        tuple(
            (cluster, _most(row / row.sum())) for cluster, row in enumerate(table_of) if row.sum()
        ),
    )


def _measured(
    name: str, values: Floats, labels: Labels, sample: Rows, silhouette: float
) -> Grouping:
    sizes = np.bincount(labels)
    total = float(np.square(values - values.mean(axis=0)).sum())
    return Grouping(
        name,
        int((sizes > 0).sum()),
        float(sizes[sizes > 0].min()) / len(labels),
        1 - inertia_within(values, labels) / total if total else 0.0,
        silhouette,
        davies_bouldin(values[sample], labels[sample]),
    )


def _most(shares: Floats, shown: int = 3) -> tuple[tuple[str, float], ...]:
    order = np.argsort(-shares, kind="stable")[:shown]
    return tuple((GROUPS[group], float(shares[group])) for group in order if shares[group] > 0)
