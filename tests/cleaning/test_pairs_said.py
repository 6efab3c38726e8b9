"""A person's decisions on pairs of ids: kept, obeyed at fit and scoring, shown, and checked."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pytest

import clustomer
from clustomer.cleaning.decisions import Decision, add_decisions, read_decisions
from clustomer.cleaning.same.find import Proposal, Same
from clustomer.cleaning.same.said import Said, obey, said_of
from clustomer.cli import main
from clustomer.errors import ClustomerError, RecipeError
from clustomer.recipe.settings import SameSettings

from .test_same import shop

NO_MERGE, MERGE = SameSettings(), SameSettings(merge=True)


def found(*pairs: tuple[str, str]) -> Same:
    return Same(proposals=tuple(Proposal(*pair, 0.99, {"email": "same"}) for pair in pairs))


def test_what_is_rejected_is_merged_over_no_other_id() -> None:
    said = Said(two=frozenset({("A", "C")}))
    same = obey(found(("A", "B"), ("B", "C")), said, "customers", MERGE)
    assert same.merged == {"B": "A"}
    assert [pair.decision for pair in same.proposals] == ["merged", "proposed"]
    same = obey(found(("A", "B"), ("A", "C")), said, "customers", MERGE)
    assert [pair.decision for pair in same.proposals] == ["merged", "rejected"]
    (told,) = same.findings
    assert "1 pair of ids look" in told.text
    assert "1 pair a person rejected" in told.text


def test_what_is_accepted_is_merged_whatever_the_recipe_says() -> None:
    said = Said(one=frozenset({("A", "B"), ("X", "Y")}))
    same = obey(found(("A", "B"), ("C", "D")), said, "customers", NO_MERGE)
    assert same.merged == {"B": "A", "Y": "X"}
    decisions = {(pair.id, pair.other_id): pair.decision for pair in same.proposals}
    assert decisions == {
        ("A", "B"): "accepted",
        ("C", "D"): "proposed",
        ("X", "Y"): "accepted",
    }
    assert same.chance["Y"] == 1.0


def test_no_finding_where_everything_was_rejected() -> None:
    said = Said(two=frozenset({("A", "B")}))
    assert obey(found(("A", "B")), said, "customers", MERGE).findings == ()


def test_the_file(tmp_path: Path) -> None:
    file = tmp_path / "shop.decisions.toml"
    file.write_text('# mine\n[sales.region]\n"nrth" = { accept = "North" }\n')
    add_decisions(file, [Decision("same", "C 2", "C1", "reject")])
    text = file.read_text()
    assert text.startswith("# mine\n")
    assert '[same."C 2"]\n"C1" = { reject = true }' in text
    file.write_text(text + '\n[same.C1]\n"C3" = { accept = true }\n')
    said = said_of(read_decisions(file))
    assert said == Said(frozenset({("C1", "C3")}), frozenset({("C 2", "C1")}))
    add_decisions(file, [Decision("same", "C1", "C 2", "accept")])
    assert said_of(read_decisions(file)).two == frozenset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[same.C1]\n"C2" = { accept = "x" }', "the pair of ids"),
        ('[same.C1]\n"C2" = { set = true }', "{ reject = true } for two"),
        ('[same.C1]\n"C1" = { accept = true }', "must accept or reject two ids"),
        (
            '[same.A]\n"B" = { accept = true }\n"C" = { reject = true }\n'
            '[same.B]\n"C" = { accept = true }',
            "takes 'A' and 'C' for two customers, and others make them one",
        ),
    ],
)
def test_what_cannot_be_decided(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "d.toml"
    file.write_text(text)
    table = pa.table({"customer_id": ["a"], "order_date": ["2025-01-01"]})
    with pytest.raises(RecipeError) as caught:
        clustomer.fit(table, "transactions", decisions=file)
    assert expected in str(caught.value)


def test_a_table_is_not_called_same() -> None:
    settings = {"base": "retail", "tables": {"same": {"role": "lookup", "columns": {}}}}
    with pytest.raises(RecipeError, match="a table cannot be called 'same'"):
        clustomer.fit(pa.table({"a": [1]}), settings)


def command(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    before, sys.argv = sys.argv, ["clustomer", *map(str, arguments)]
    try:
        main()
    except SystemExit as end:
        assert not end.code, capsys.readouterr().err  # noqa: PT017
    finally:
        sys.argv = before
    return capsys.readouterr().out


def test_a_pair_is_decided_on_obeyed_and_scored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = shop(tmp_path / "data"), tmp_path / "run"
    apart = clustomer.fit(data, recipe="retail", k=2)
    apart.save(out)
    shown = command(capsys, "audit", out)
    assert "One customer under two ids: 1 pair" in shown
    assert "proposed" in shown
    said = command(capsys, "audit", out, "--accept", "same.X7", "C0007")
    assert "accept: 'C0007' and 'X7' are one customer" in said
    assert "(next fit: accepted)" in " ".join(command(capsys, "audit", out).split())
    run = clustomer.fit(data, recipe="retail", k=2)
    assert run.intake.proposals["decision"].to_pylist() == ["accepted"]
    assert run.customers.num_rows == apart.customers.num_rows - 1
    run.save(tmp_path / "run2")
    model = clustomer.load(tmp_path / "run2")
    placed = model.assign(data)
    for name in ("customer_id", "segment_id"):
        assert placed[name].to_pylist() == run.customers[name].to_pylist()
    assert b"X7" not in b"".join(
        file.read_bytes() for file in (tmp_path / "run2" / "model").rglob("*") if file.is_file()
    )

    command(capsys, "audit", out, "--reject", "same.C0007", "X7")
    merging = tmp_path / "data" / "merge.toml"
    merging.write_text('base = "retail"\nname = "retail"\n[same]\nmerge = true\n')
    file = tmp_path / "data" / "retail.decisions.toml"
    rejected = clustomer.fit(data, merging, k=2, decisions=file)
    assert rejected.intake.proposals["decision"].to_pylist() == ["rejected"]
    assert rejected.customers.num_rows == apart.customers.num_rows
    assert "same-customer" not in {one.code for one in rejected.findings}
    assert rejected.model.assign(data, decisions=file).num_rows == apart.customers.num_rows
    command(capsys, "audit", out, "--forget", "same.X7", "C0007")
    assert read_decisions(file) == ()


def test_wrong_pairs_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = shop(tmp_path / "data"), tmp_path / "run"
    clustomer.fit(data, recipe="retail", k=2).save(out)
    with pytest.raises(ClustomerError, match="proposes no pair of 'C0008' and 'X7'"):
        _decide(out, "--reject", "same.X7", "C0008")
    with pytest.raises(ClustomerError, match="accepted or rejected"):
        _decide(out, "--set", "same.X7", "C0007=1")
    capsys.readouterr()
    lost = [Decision("same", "nobody", "X7", "reject")]
    run = clustomer.fit(data, recipe="retail", k=2, decisions=lost)
    (told,) = [one for one in run.findings if one.code == "unmatched-decision"]
    assert "1 pair that a person decided on name an id that is nowhere" in told.text


def _decide(out: Path, option: str, name: str, raw: str) -> None:
    from clustomer.cli.app import app

    app(["audit", str(out), option, name, raw], standalone_mode=False)


def test_ids_of_lines_alone_are_merged_too() -> None:
    table = pa.table(
        {
            "customer_id": [f"C{at % 40}" for at in range(400)],
            "order_date": [f"2025-{1 + at % 6:02}-{1 + at % 28:02}" for at in range(400)],
            "quantity": [1 + at % 7 for at in range(400)],
            "unit_price": [5.0] * 400,
        }
    )
    one = [Decision("same", "C1", "C2", "accept")]
    run = clustomer.fit(table, "transactions", k=2, decisions=one)
    ids = run.customers["customer_id"].to_pylist()
    assert len(ids) == 39
    assert "C2" not in ids
    assert sum(run.customers["spend"].to_pylist()) == pytest.approx(
        sum(5.0 * (1 + at % 7) for at in range(400))
    )
