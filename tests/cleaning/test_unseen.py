"""Values that the fit never saw: counted by column at scoring, and drift where they are many."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

import clustomer
from clustomer.cleaning.unseen import Unseen, drift_findings
from clustomer.cli.app import app
from clustomer.scoring import score


def changed(folder: Path, into: Path, every: int) -> int:
    """The same shop, with another way to pay on every so-manieth line; returns how many."""
    into.mkdir()
    for name in ("customers.csv", "products.csv"):
        (into / name).write_bytes((folder / name).read_bytes())
    with (folder / "sales.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for at, row in enumerate(rows):
        if at % every == 0:
            row["payment_method"] = "Seashells"
    with (into / "sales.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return -(-len(rows) // every)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    clustomer.write_demo(folder / "data", customers=300, seed=5)
    clustomer.fit(folder / "data", recipe="retail", k=3).save(folder / "run")
    return folder


@pytest.mark.parametrize(("every", "severity"), [(100, None), (10, "warning"), (3, "problem")])
def test_unseen_values_are_counted_and_many_are_drift(
    shop: Path, tmp_path: Path, every: int, severity: str | None
) -> None:
    count = changed(shop / "data", tmp_path / "new", every)
    scored = score(clustomer.load(shop / "run"), tmp_path / "new")
    (one,) = scored.unseen
    assert (one.table, one.column, one.values) == ("sales", "payment_method", 1)
    assert (one.rows, one.joined) == (count, 0)
    drift = [finding for finding in scored.findings if finding.code == "unseen-drift"]
    assert [finding.severity for finding in drift] == ([severity] if severity else [])
    if severity:
        assert f"{one.share * 100:.0f} % of the values" in drift[0].text
        assert "Seashells" not in drift[0].text


def test_what_the_fit_saw_is_not_counted(shop: Path) -> None:
    assert score(clustomer.load(shop / "run"), shop / "data").unseen == ()


def test_the_command_tells_them(shop: Path, tmp_path: Path) -> None:
    count = changed(shop / "data", tmp_path / "new", 10)
    words = ["score", str(shop / "run"), str(tmp_path / "new"), "--out", str(tmp_path / "p.csv")]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert f"sales.payment_method: {count:,} rows" in done.output
    assert "with 1 value that the fit never saw" in done.output


def test_the_threshold_is_as_documented() -> None:
    def at(rows: int) -> list[str]:
        return [f.severity for f in drift_findings([Unseen("t", "c", 1, 0, rows, 1000)])]

    assert (at(49), at(50), at(199), at(200)) == ([], ["warning"], ["warning"], ["problem"])
