"""The commands as a user types them: demo, fit, score, export."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq
import pytest

Say = Callable[..., str]


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    """Run a command that succeeds and return what it printed."""
    from clustomer.cli import main

    def run(*arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", ["clustomer", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        shown = capfd.readouterr()
        assert stop.value.code == 0, shown.err
        return shown.out

    return run


def test_from_demo_to_exports(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, run = tmp_path / "data", tmp_path / "run"
    told = say("demo", data, "--customers", 300, "--seed", 4)
    assert f"{data / 'customers'}.csv: 3" in told

    told = say("fit", data, "--out", run, "--k", 3, "--seed", 1)
    assert "Recipe 'retail' fits and is used: sales.csv has order_id" in told
    assert "clean ..." in told
    assert "rows read = " in told
    assert "agrees with the clustering on" in told
    assert told.rstrip().endswith(f"Report: {run / 'report.html'}")
    segments = pyarrow.csv.read_csv(run / "segments.csv")
    for name in segments["name"].to_pylist():
        assert name.split(" (")[0].split(",")[0] in told

    told = say("score", run / "model", data, "--out", tmp_path / "placed.csv")
    assert f"Placed: {tmp_path / 'placed.csv'}" in told
    assert "run.json" not in told, "scoring writes none"
    assert "note: " in told
    placed = pyarrow.csv.read_csv(tmp_path / "placed.csv")
    fitted = pq.read_table(run / "customers.parquet")
    assert placed.column_names == [
        "customer_id",
        "segment_id",
        "segment_name",
        "distance",
        "runner_up_id",
    ]
    assert placed["segment_id"].to_pylist() == fitted["segment_id"].to_pylist()
    aside = (tmp_path / "placed.csv.quarantine.csv").read_text()
    assert aside.startswith("table,file,line,reason,raw\n")

    say("score", run, data, "--out", tmp_path / "placed.parquet", "--features")
    assert (
        pq.read_table(tmp_path / "placed.parquet")
        .select(["customer_id", "segment_id"])
        .equals(fitted.select(["customer_id", "segment_id"]))
    )

    monkeypatch.chdir(tmp_path)
    for form, name in (
        ("pickle", "model.pkl"),
        ("joblib", "kmeans.joblib"),
        ("sav", "final_model.sav"),
        ("csv", "customers.csv"),
    ):
        assert say("export", run / "model", "--to", form) == f"Written: {name}\n"
        assert (tmp_path / name).stat().st_size > 0
    exported = pyarrow.csv.read_csv(tmp_path / "customers.csv")
    assert exported["segment_name"].to_pylist() == fitted["segment_name"].to_pylist()


def test_version_and_help(say: Say) -> None:
    assert say("--version").startswith("clustomer 0.")
    told = say("fit", "--help")
    for option in ("--out", "--recipe", "--k", "--seed", "--as-of", "--overwrite"):
        assert option in told
