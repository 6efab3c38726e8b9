"""A person's name for a segment: in every file, in scoring, in refits, and never half."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import clustomer
from clustomer.cli.app import app
from clustomer.errors import BundleError, ClustomerError, OutputError
from clustomer.pipeline import Run
from clustomer.renaming import renamed_run
from clustomer.report.content import ReportContent
from clustomer.report.fill import report_content
from clustomer.report.kept import FILE, KEPT, MADE_AGAIN, content_again

QUICK = {"base": "retail", "classifier": {"kind": "decision-tree", "folds": 2}}
NAME = "Les habitués & <b>co</b>"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    clustomer.write_demo(folder, customers=500, seed=2)
    return folder


@pytest.fixture(scope="module")
def run(demo: Path) -> Run:
    first = clustomer.fit(demo, recipe=QUICK, k=4)
    return clustomer.fit(demo, recipe=QUICK, k=4, previous=first)


@pytest.fixture(scope="module")
def saved(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    run.save(out)
    return out


@pytest.fixture
def out(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "run"))


def test_every_field_of_the_report_is_kept_or_made_again() -> None:
    every = {field.name for field in fields(ReportContent)}
    assert set(KEPT) | set(MADE_AGAIN) == every, "put the new field into report/kept.py"
    assert not set(KEPT) & set(MADE_AGAIN)


def test_the_report_is_put_together_again_as_it_was(run: Run, out: Path) -> None:
    customers = pq.read_table(out / "customers.parquet")
    again = content_again(out, clustomer.load(out), customers)
    first = report_content(run)
    for name in KEPT:
        if name not in ("choice", "seconds"):
            assert getattr(again, name) == getattr(first, name), name
    assert [e.k for e in again.choice.evidence] == [e.k for e in first.choice.evidence]
    assert again.labels.tolist() == first.labels.tolist()
    assert again.sample.tolist() == first.sample.tolist()
    assert again.matrix.values.tolist() == first.matrix.values.tolist()


def test_a_name_stands_in_every_file_and_nothing_else_changes(
    run: Run, demo: Path, out: Path, tmp_path: Path
) -> None:
    old = run.model.segments[1]
    before = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    renamed = clustomer.rename(out, old.id.lower(), f"  {NAME} ")
    assert (renamed.id, renamed.name, renamed.named_by) == (old.id, NAME, "person")
    after = {path.relative_to(out) for path in out.rglob("*") if path.is_file()}
    outside = {path for path in before if path.parts[0] != "model"}
    assert {path for path in after if path.parts[0] != "model"} == outside
    for path in ("cleaning/audit.csv", "cleaning/quarantine.csv", "choice.csv", "orders.parquet"):
        assert (out / path).read_bytes() == before[Path(path)]

    model = clustomer.load(out)
    assert [one.name for one in model.segments if one.id == old.id] == [NAME]
    assert model.segments[0] == run.model.segments[0]
    table = pyarrow.csv.read_csv(out / "segments.csv")
    assert NAME in table["name"].to_pylist()
    customers = pq.read_table(out / "customers.parquet")
    rows = zip(
        customers["segment_id"].to_pylist(), customers["segment_name"].to_pylist(), strict=True
    )
    assert all((name == NAME) == (one == old.id) for one, name in rows)
    assert customers.drop_columns("segment_name").equals(run.customers.drop_columns("segment_name"))
    page = (out / "report.html").read_text("utf-8")
    assert "Les habitués &amp; &lt;b&gt;co&lt;/b&gt;" in page
    assert NAME not in page
    relations = json.loads((out / "run.json").read_text("utf-8"))["identity"]["relations"]
    assert any([old.id, NAME] in relation["now"] for relation in relations)
    assert json.loads((out / "segments" / f"{old.id}.json").read_text("utf-8"))["name"] == NAME
    confusion = pyarrow.csv.read_csv(out / "classifier" / "confusion.csv")
    assert NAME in confusion.column_names
    moves = pyarrow.csv.read_csv(out / "migration.csv")
    assert {
        one for one in moves["to_name"].to_pylist() if one not in moves["from_name"].to_pylist()
    } == {NAME}
    placed = model.assign(demo)
    assert NAME in placed["segment_name"].to_pylist()


def test_the_old_name_is_gone_from_page_and_plots_of_segments(run: Run, out: Path) -> None:
    old = run.model.segments[0]
    sizes = (out / "segments" / "sizes.png").read_bytes()
    clustomer.rename(out, old.name, "VIPs")
    assert (out / "segments" / "sizes.png").read_bytes() != sizes
    page = (out / "report.html").read_text("utf-8")
    cards = page.split('<section id="segments">')[1].split('<section id="moves">')[0]
    assert old.name not in cards
    assert "VIPs" in cards


def test_a_rename_back_gives_the_same_report_and_twice_is_as_once(run: Run, out: Path) -> None:
    old = run.model.segments[2]
    clustomer.rename(out, old.id, "For a while")
    bundle = (out / "model" / "bundle.json").read_bytes()
    page = (out / "report.html").read_bytes()
    clustomer.rename(out, "for a while", "For a while")
    assert (out / "model" / "bundle.json").read_bytes() == bundle
    assert (out / "report.html").read_bytes() == page
    clustomer.rename(out, old.id, old.name)
    assert clustomer.load(out).segments[2].name == old.name


def test_the_name_goes_on_in_a_refit(demo: Path, run: Run, out: Path) -> None:
    old = run.model.segments[3]
    clustomer.rename(out, old.id, "Ours")
    refit = clustomer.fit(demo, recipe=QUICK, k=4, previous=out)
    assert {one.id: one.name for one in refit.model.segments}[old.id] == "Ours"


def test_a_run_in_memory(run: Run) -> None:
    old = run.model.segments[0]
    renamed = renamed_run(run, old.id, "VIPs")
    assert renamed.segments["name"][0].as_py() == "VIPs"
    assert "VIPs" in renamed.customers["segment_name"].to_pylist()
    assert run.segments["name"][0].as_py() == old.name
    assert renamed.migration is not None
    assert any(flow.to_name == "VIPs" for flow in renamed.migration.flows)


@pytest.mark.parametrize(
    ("segment", "name", "message"),
    [
        ("S9", "x", "The run has no segment 'S9'"),
        ("S1", "  ", "an empty name"),
        ("S1", "x" * 61, "61 characters"),
        ("S1", "a\x07b", "one line"),
        ("S1", "s2", "is the name of S2 already"),
    ],
)
def test_what_cannot_be_a_name_is_refused(out: Path, segment: str, name: str, message: str) -> None:
    before = (out / "report.html").stat().st_mtime_ns
    with pytest.raises(ClustomerError, match=message):
        clustomer.rename(out, segment, name)
    assert (out / "report.html").stat().st_mtime_ns == before


def test_another_segments_name_is_refused_with_its_id(run: Run, out: Path) -> None:
    other = run.model.segments[1]
    with pytest.raises(ClustomerError, match=f"is the name of {other.id} already"):
        clustomer.rename(out, run.model.segments[0].id, other.name.upper())


def test_a_failure_half_way_leaves_a_model_that_loads_and_the_call_again_ends_it(
    run: Run, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = run.model.segments[0]
    from clustomer import outputs

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(outputs, "save_model", full)
        with pytest.raises(OutputError, match="cannot be written"):
            clustomer.rename(out, old.id, "VIPs")
    assert clustomer.load(out).segments[0].name == old.name
    assert [path.name for path in out.parent.iterdir()] == ["run"], "nothing is left beside it"
    clustomer.rename(out, old.id, "VIPs")
    assert clustomer.load(out).segments[0].name == "VIPs"


def test_a_run_without_what_the_report_needs_is_refused(out: Path) -> None:
    (out / FILE).unlink()
    with pytest.raises(BundleError, match="cannot be written again"):
        clustomer.rename(out, "S1", "VIPs")


def test_the_command(out: Path) -> None:
    done = CliRunner().invoke(app, ["rename", str(out), "S1", "VIPs"])
    assert done.output == f"S1 is now 'VIPs', in all files of {out}\n"
    assert clustomer.load(out).segments[0].name == "VIPs"
