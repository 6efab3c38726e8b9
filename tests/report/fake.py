"""A made-up run for the tests of the report: seeded, 3,000 customers in five segments."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa

from clustomer.classifier.assess import Assessment, SegmentAgreement
from clustomer.clustering.contract import Choice, Evidence, Labels
from clustomer.features.feature import Feature
from clustomer.findings import Finding
from clustomer.matrix.matrix import Floats, Matrix
from clustomer.names import Measure
from clustomer.recipe.settings import Level
from clustomer.report.content import (
    JoinMade,
    RepairSummary,
    ReportContent,
    Source,
)
from clustomer.segments.segment import ProfileCategory, ProfileNumber, Segment
from clustomer.tables.accounts import Account

NUMBERS: tuple[tuple[str, Measure, str], ...] = (
    ("order_count", "count", "placed {} orders"),
    ("spend", "money", "spent {}"),
    ("mean_order_value", "money", "spent {} an order"),
    ("days_since_last_order", "days", "last ordered {} ago"),
    ("tenure_days", "days", "has been a customer for {}"),
    ("mean_unit_price", "price", "pays {} an item"),
    ("mean_basket_lines", "count", "puts {} lines in a basket"),
    ("distinct_categories", "count", "buys from {} categories"),
    ("discount_share", "share", "bought {} at a discount"),
    ("cancelled_share", "share", "cancelled {}"),
)
NAMES = (
    ("High-Value Customers", "They order often, spend far above average and were here last week."),
    (
        "Loyal Bargain Hunters",
        "They order often, mostly at a discount, in large baskets of cheap goods.",
    ),
    ("Occasional Premium Buyers", "They come rarely and buy dear single items."),
    ("New / Promising", "They joined lately, with few orders so far and a broad taste."),
    ("Churn-Risk", "They have not ordered for most of a year."),
)
SHARES = (0.14, 0.22, 0.17, 0.19, 0.28)
#          orders basket recency tenure price lines discount
PLANTED = (
    (14, 95, 12, 700, 24, 3.2, 0.10),
    (11, 30, 25, 640, 7, 4.5, 0.62),
    (2.6, 150, 90, 520, 75, 1.3, 0.08),
    (1.9, 48, 20, 60, 17, 2.1, 0.25),
    (2.4, 42, 270, 560, 15, 1.9, 0.18),
)


def columns(customers: int, seed: int) -> tuple[dict[str, Floats], Labels]:
    random = np.random.default_rng(seed)
    labels = random.choice(len(SHARES), customers, p=SHARES).astype(np.int32)
    planted = np.array(PLANTED)[labels].T

    def noise(spread: float) -> Floats:
        made: Floats = np.exp(random.normal(0, spread, customers))
        return made

    orders = np.maximum(random.poisson(planted[0]), 1).astype(float)
    value = planted[1] * noise(0.35)
    made = {
        "order_count": orders,
        "spend": orders * value,
        "mean_order_value": value,
        "days_since_last_order": np.floor(planted[2] * noise(0.5)),
        "tenure_days": np.floor(planted[3] * noise(0.25)),
        "mean_unit_price": planted[4] * noise(0.3),
        "mean_basket_lines": planted[5] * noise(0.2),
        "distinct_categories": np.clip(
            np.round(orders * 0.6 + random.normal(0, 1, customers)), 1, 9
        ),
        "discount_share": np.clip(planted[6] + random.normal(0, 0.09, customers), 0, 1),
        "cancelled_share": np.clip(random.normal(0.03, 0.05, customers), 0, 1),
    }
    made["tenure_days"][random.random(customers) < 0.04] = np.nan
    return made, labels


def level(effect: float) -> Level:
    bounds: tuple[tuple[float, Level], ...] = (
        (-1.0, "very low"),
        (-0.35, "low"),
        (0.35, "average"),
        (1.0, "high"),
    )
    return next((word for bound, word in bounds if effect < bound), "very high")


def content(customers: int = 3_000, seed: int = 7, region: str = "North") -> ReportContent:
    """Make a run; `region` is the name of the most frequent region."""
    made, labels = columns(customers, seed)
    random = np.random.default_rng(seed + 1)
    regions = random.choice(
        [region, "South", "East", "West", "Central", "Atlantis"],
        customers,
        p=[0.3, 0.25, 0.2, 0.15, 0.0985, 0.0015],
    )
    payment = np.where(
        labels == 1,
        random.choice(["PayPal", "Credit Card"], customers, p=[0.7, 0.3]),
        random.choice(["PayPal", "Credit Card", "Bank Transfer"], customers),
    )
    table = pa.table(
        {
            "customer_id": [f"C{i:05d}" for i in range(customers)],
            **{name: pa.array(values, from_pandas=True) for name, values in made.items()},
            "region": regions,
            "favourite_payment_method": payment,
        }
    )
    logged = {
        "spend",
        "order_count",
        "days_since_last_order",
        "mean_unit_price",
        "mean_order_value",
    }
    prepared = {
        name: np.log1p(v) if name in logged else np.nan_to_num(v, nan=float(np.nanmean(v)))
        for name, v in made.items()
    }
    values = np.column_stack([(v - v.mean()) / v.std() for v in prepared.values()])
    matrix = Matrix(values, tuple(f"log({n})" if n in logged else n for n in made), tuple(made))
    segments = []
    for cluster, (name, says) in enumerate(NAMES):
        own = labels == cluster
        numbers = []
        for column, (feature, unit, _) in enumerate(NUMBERS):
            effect = float(values[own, column].mean())
            mean, overall = float(np.nanmean(made[feature][own])), float(np.nanmean(made[feature]))
            numbers.append(
                ProfileNumber(
                    feature,
                    unit,
                    mean,
                    float(np.nanmedian(made[feature][own])),
                    overall,
                    mean / overall,
                    effect,
                    level(effect),
                )
            )
        mixes = []
        for feature, kinds in (("region", regions), ("favourite_payment_method", payment)):
            shares = [
                (str(v), float((kinds[own] == v).mean()), float((kinds == v).mean()))
                for v in np.unique(kinds)
            ]
            mixes.append(
                ProfileCategory(feature, tuple(sorted(shares, key=lambda s: -s[1] / s[2])))
            )
        segments.append(
            Segment(
                f"S{cluster + 1}",
                name,
                says,
                cluster,
                int(own.sum()),
                float(own.mean()),
                float(made["spend"][own].sum() / made["spend"].sum()),
                tuple(numbers),
                tuple(mixes),
            )
        )
    segments.sort(key=lambda s: -(s.spend_share or 0))
    segments = [replace(segment, id=f"S{i + 1}") for i, segment in enumerate(segments)]
    features = (
        *(Feature(n, f"avg({n})", "lines", u, s) for n, u, s in NUMBERS),
        Feature("region", "region", "customer", "category", "lives in {}"),
        Feature("favourite_payment_method", "mode(payment)", "orders", "category", "pays by {}"),
    )
    evidence = tuple(
        Evidence(
            k,
            30_000 * k**-0.7,
            max(0.0, 1 - abs(k - 5) / 5),
            0.20 + 0.16 * np.exp(-((k - 5) ** 2) / 4),
            1.2 + 0.1 * abs(k - 5),
            0.97 - 0.05 * abs(k - 5),
            0.9 - 0.08 * abs(k - 5),
            0.5 / k,
            3.0 if k == 5 else 1.1,
        )
        for k in range(2, 11)
    )
    confusion = np.full((5, 5), 3) + np.diag([90, 150, 110, 130, 190])
    scores = tuple(
        SegmentAgreement(
            i,
            float(confusion[i, i] / confusion[:, i].sum()),
            float(confusion[i, i] / confusion[i].sum()),
            float(confusion[i, i] / confusion[i].sum()),
            int(confusion[i].sum()),
        )
        for i in range(5)
    )
    return ReportContent(
        title="Customer segments of demo",
        recipe="retail",
        noun="customers",
        as_of=date(2025, 1, 1),
        seed=seed,
        versions=(
            ("clustomer", "0.1.0"),
            ("Python", "3.11.2"),
            ("scikit-learn", "1.9.0"),
            ("numpy", "2.4.6"),
        ),
        sources=(
            Source(
                Account(
                    "sales",
                    "demo/sales.csv",
                    31_204,
                    31_160,
                    (("quantity is not a number", 31), ("customer id is blank", 13)),
                ),
                "CSV, UTF-8, comma, 14 columns",
            ),
            Source(
                Account(
                    "customers", "demo/customers.csv", 3_004, 3_000, (("repeated customer id", 4),)
                ),
                "CSV, UTF-8 with BOM, semicolon, 8 columns",
            ),
            Source(
                Account("products", "demo/products.csv", 30, 30), "CSV, UTF-8, comma, 5 columns"
            ),
        ),
        joins=(
            JoinMade(
                "sales with customers", 31_160, 31_160, 1_204_882.35, 1_204_882.35, 0.991, 280
            ),
            JoinMade("sales with products", 31_160, 31_160, 1_204_882.35, 1_204_882.35, 1.0, 0),
        ),
        repairs=(
            RepairSummary("customers", "gender", "spelling", 6, 211, " femail", "Female"),
            RepairSummary("sales", "quantity", "number words", 2, 402, "three", "3"),
            RepairSummary(
                "sales",
                "order_date",
                "date format day-month-year",
                365,
                9_870,
                "13-04-2024",
                "2024-04-13",
            ),
            RepairSummary("sales", "unit_price", "not a number", 3, 19, "n/a", None),
            RepairSummary("sales", "customer_id", "spaces", 118, 121),
        ),
        findings=(
            Finding(
                "orphan-key",
                "warning",
                "280 sales lines (0.9%) name a customer that customers.csv does not hold.",
                "They are kept; complete customers.csv to describe them.",
            ),
            Finding(
                "blank-values",
                "note",
                "tenure_days is blank for 4% of customers; the median stands in.",
            ),
            Finding("single-date-format", "note", "All 365 dates are day-month-year."),
        ),
        table=table,
        features=features,
        matrix=matrix,
        labels=labels,
        segments=tuple(segments),
        sample=np.arange(min(customers, 5_000), dtype=np.intp),
        choice=Choice(
            5,
            evidence,
            given=False,
            clear=True,
            reason="Five segments have the best silhouette (0.36) and are found again in 97% of "
            "resamples; more segments split stable ones.",
            space="prepared space, 10 columns from 10 features, sample of 3,000 customers",
        ),
        assessment=Assessment(
            "random-forest",
            2_250,
            745,
            0.957,
            (0.941, 0.969),
            (0.951, 0.962, 0.948, 0.957, 0.966),
            0.951,
            tuple(tuple(int(n) for n in row) for row in confusion),
            scores,
            0.28,
            tuple(
                zip(
                    matrix.names,
                    (0.2, 0.18, 0.14, 0.12, 0.1, 0.09, 0.08, 0.05, 0.03, 0.01),
                    strict=True,
                )
            ),
        ),
        seconds=(
            ("read", 0.31),
            ("clean", 0.22),
            ("features", 0.18),
            ("matrix", 0.01),
            ("clustering", 0.74),
            ("segments", 0.05),
            ("classifier", 0.62),
            ("report", 0.9),
        ),
        settings=(
            ("Unit", "customer"),
            ("Blank numbers", "median"),
            ("Skewed amounts", "log(1 + x)"),
        ),
    )
