"""``clustomer audit`` as typed: the screen, decisions, and what fit and score make of them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.csv
import pytest
from typer.testing import CliRunner

import clustomer
from clustomer.cleaning.decisions import Decision, read_decisions
from clustomer.cleaning.rules import confidence, reads_column
from clustomer.cli.app import app
from clustomer.errors import BundleError, ClustomerError
from clustomer.review import decide, decisions_file, decisions_made, forget, read_audit

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    clustomer.write_demo(folder / "data", customers=300, seed=5)
    clustomer.fit(folder / "data", recipe="retail", k=3).save(folder / "run")
    return folder


@pytest.fixture
def shop(demo: Path, tmp_path: Path) -> Path:
    shutil.copytree(demo, tmp_path / "shop")
    return tmp_path / "shop"


def typed(*words: str) -> str:
    done = RUNNER.invoke(app, ["audit", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def a_repair(shop: Path, column: str = "payment_method") -> dict[str, str]:
    for row in read_audit(shop / "run").to_pylist():
        if row["column"] == column and row["repaired"]:
            return dict(row)
    raise AssertionError(f"the demo has no repair of {column}")


def test_repairs_are_shown_worst_first_and_filtered(shop: Path) -> None:
    screen = typed(str(shop / "run"))
    assert "sales.order_date" in screen
    assert f"All repairs: {shop / 'run' / 'cleaning' / 'audit.csv'}" in screen.replace("\n", "")
    assert f"Decisions go to {shop / 'data' / 'retail.decisions.toml'}" in screen.replace("\n", "")
    assert re.search(r"sales\.order_date: [0-9,]+ dates read, ", screen)
    assert re.search(r"sales\.payment_method: [0-9,]+ cells repaired, ", screen)
    only = typed(str(shop / "run"), "--table", "customers", "--column", "gender", "--all")
    assert "customers.gender" in only
    assert "sales." not in only
    audit = read_audit(shop / "run")
    doubt = pc.multiply(pc.subtract(1.0, audit["confidence"]), audit["count"]).to_pylist()
    plain = [
        reads_column(row["rule"]) and row["confidence"] > confidence(row["rule"]) - 1e-6
        for row in audit.to_pylist()
    ]
    assert {*plain} == {False, True}
    keys = [(here, -wrong) for here, wrong in zip(plain, doubt, strict=True)]
    assert keys == sorted(keys)


def test_a_decision_is_kept_beside_the_data_and_obeyed(shop: Path) -> None:
    repair = a_repair(shop)
    said = typed(str(shop / "run"), "--set", "sales.payment_method", f"{repair['raw']}=Atlantis")
    assert "the next fit obeys it" in said
    file = shop / "data" / "retail.decisions.toml"
    assert read_decisions(file) == (
        Decision("sales", "payment_method", repair["raw"], "set", "Atlantis"),
    )
    assert "(next fit: set)" in " ".join(typed(str(shop / "run"), "--all").split())
    again = clustomer.fit(shop / "data", recipe="retail", k=3)
    again.save(shop / "run", overwrite=True)
    (row,) = [r for r in read_audit(shop / "run").to_pylist() if r["decision"]]
    assert (row["raw"], row["repaired"], row["decision"]) == (repair["raw"], "Atlantis", "set")
    record = json.loads((shop / "run" / "run.json").read_text("utf-8"))
    assert record["decisions"] == {"file": "../data/retail.decisions.toml", "obeyed": 1}
    placed = shop / "placed.csv"
    done = RUNNER.invoke(
        app, ["score", str(shop / "run"), str(shop / "data"), "--out", str(placed)]
    )
    assert done.exit_code == 0, done.output
    table = pyarrow.csv.read_csv(placed)
    assert table["segment_id"].to_pylist() == again.customers["segment_id"].to_pylist()
    typed(str(shop / "run"), "--forget", "sales.payment_method", repair["raw"])
    assert read_decisions(file) == ()


def test_a_file_beside_a_recipe_file_is_obeyed(shop: Path) -> None:
    recipe = shop / "own.toml"
    recipe.write_text('base = "retail"\nname = "own"\n', "utf-8")
    repair = a_repair(shop)
    (shop / "own.decisions.toml").write_text(
        f"[sales.payment_method]\n'{repair['raw']}' = {{ reject = true }}\n", "utf-8"
    )
    run = clustomer.fit(shop / "data", recipe=recipe, k=3)
    rejected = [r["raw"] for r in run.intake.audit.to_pylist() if r["decision"] == "reject"]
    assert rejected == [repair["raw"]]
    assert run.obeyed.file == shop / "own.decisions.toml"
    (shop / "own.decisions.toml").write_text('[sale.x]\n"a" = { reject = true }\n', "utf-8")
    with pytest.raises(ClustomerError, match="did you mean 'sales'"):
        clustomer.fit(shop / "data", recipe=recipe, k=3)
    with pytest.raises(ClustomerError, match="no file of decisions"):
        clustomer.fit(shop / "data", recipe="retail", decisions=shop / "none.toml")


def test_accept_keeps_the_repaired_value(shop: Path) -> None:
    repair = a_repair(shop)
    typed(str(shop / "run"), "--accept", "sales.payment_method", repair["raw"])
    (said,) = decisions_made(shop / "run")
    assert (said.verdict, said.value) == ("accept", repair["repaired"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--reject", "sales.regoin", "x"], "is no column of this run"),
        (["--reject", "sales.payment_method", "no such value"], "holds no repair of"),
        (["--set", "sales.payment_method", "x"], "needs RAW=VALUE"),
        (
            ["--set", "sales.quantity", "x=many"],
            "The decision on sales.quantity sets what is not a number",
        ),
        (["--forget", "sales.quantity", "x"], "no decision on sales.quantity"),
        (["--rule", "majic"], "No repair has the rule 'majic'"),
        (["--table", "sale"], "did you mean 'sales'?"),
    ],
)
def test_mistakes_are_told(shop: Path, words: list[str], says: str) -> None:
    with pytest.raises(ClustomerError) as caught:
        RUNNER.invoke(app, ["audit", str(shop / "run"), *words], catch_exceptions=False)
    assert says in str(caught.value)


def test_a_folder_without_a_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="There is no run of clustomer in"):
        read_audit(tmp_path)


def test_the_same_from_python(shop: Path) -> None:
    file = decide(shop / "run", [Decision("sales", "quantity", "99", "set", "9")])
    assert file == decisions_file(shop / "run")
    assert [one.value for one in decisions_made(shop / "run")] == ["9"]
    assert forget(shop / "run", [("sales", "quantity", "99")]) == 1
