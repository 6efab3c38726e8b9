"""What only a few customers hold stands nowhere in a model, a report or the record of a run."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import clustomer
from clustomer.cleaning.categories import learn_categories
from clustomer.features.feature import Feature
from clustomer.segments.profile import profile_clusters

SURNAME = "Smythe-Quillfeather"
REGION = Feature("region", "region", over="customer", unit="category", says="live in {}")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted")
    clustomer.write_demo(folder, customers=150, seed=3)
    path = folder / "customers.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rows[70]["region"] = f"Persephone {SURNAME}"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def holding(word: str, folder: Path) -> list[str]:
    written = [path for path in (folder / "model").rglob("*") if path.is_file()]
    written += [folder / "report.html", folder / "run.json"]
    needle = word.casefold().encode()
    return [path.name for path in written if needle in path.read_bytes().lower()]


def test_a_name_in_a_category_is_in_no_bundle_report_or_record(
    planted: Path, tmp_path: Path
) -> None:
    run = clustomer.fit(planted, recipe="retail", k=3)
    run.save(tmp_path / "run")
    assert holding(SURNAME, tmp_path / "run") == []
    assert holding("North", tmp_path / "run"), "values that many hold are found this way"
    assert not any(SURNAME in finding.text for finding in run.findings)
    scored = clustomer.load(tmp_path / "run").assign(planted)
    for column in ("segment_id", "region"):
        if column in scored.column_names:
            assert scored[column].to_pylist() == run.customers[column].to_pylist()


def test_rare_values_are_not_kept_and_are_spelt_as_at_fit() -> None:
    seen = {"Martin": 40, "Martens": 6, "Martinn": 1, " Zoe  Smythe": 1, "West": 30}
    repair = learn_categories(seen)
    assert repair.spelling == {"martin": "Martin", "martinn": "Martin", "west": "West"}
    assert repair.rare
    assert [answer.value for answer in repair.many(list(seen))] == [
        "Martin",
        "Martens",
        "Martin",
        "Zoe Smythe",
        "West",
    ]


def test_what_is_near_a_rare_value_that_stood_alone_is_not_joined_later() -> None:
    repair = learn_categories({"Wholesale": 40, "Wholesales": 9, "Retail": 40})
    assert "wholesales" not in repair.spelling
    assert repair.one("Wholesales").value == "Wholesales"
    assert repair.one("Retial").value == "Retail"


def test_only_frequent_news_is_drift_where_the_fit_met_rare_values() -> None:
    repair = learn_categories({"North": 50, "Elsewhere": 2})
    assert not repair.unseen("Elsewhere", 2)
    assert repair.unseen("Overseas", 10)
    assert learn_categories({"North": 50}).unseen("Overseas", 1)


@pytest.mark.parametrize(
    ("rare", "shown"),
    [
        (4, [("N", 20 / 24, 20 / 54), ("S", 0.0, 30 / 54)]),
        (10, [("N", 20 / 30, 20 / 60), ("other", 10 / 30, 10 / 60), ("S", 0.0, 30 / 60)]),
    ],
)
def test_values_of_few_customers_are_pooled(
    rare: int, shown: list[tuple[str, float, float]]
) -> None:
    region = ["N"] * 20 + [f"name {at}" for at in range(rare)] + ["S"] * 30
    labels = np.array([0] * (20 + rare) + [1] * 30, dtype=np.int32)
    profiles = profile_clusters(pa.table({"region": region}), labels, [REGION])
    first = next(profile for profile in profiles if profile.cluster == 0)
    assert list(first.categories[0].shares) == shown


def test_a_pool_joins_a_value_of_that_name() -> None:
    region = ["other"] * 12 + [f"name {at}" for at in range(12)]
    labels = np.zeros(24, dtype=np.int32)
    (profile,) = profile_clusters(pa.table({"region": region}), labels, [REGION])
    assert profile.categories[0].shares == (("other", 1.0, 1.0),)
