"""The same customer under two ids: what is proposed, what is not, and what merging leaves alone."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

import clustomer
from clustomer.cleaning.replay import replay
from clustomer.cleaning.same.fields import guess_fields, plain_values
from clustomer.cleaning.same.find import Same, find_same
from clustomer.cleaning.same.said import Said, obey
from clustomer.cleaning.same.weigh import Weights
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.errors import MissingExtraError, RecipeError
from clustomer.intake.cleaned import clean_tables
from clustomer.names import ROW
from clustomer.recipe.settings import SameSettings

GIVEN = ("Anna", "Bela", "Carlos", "Dana", "Emil", "Fatima", "Goran", "Hanna", "Ivo", "Jana")
FAMILY = ("Abbott", "Brandt", "Castro", "Dvorak", "Eriksen", "Fischer", "Garcia", "Horvat", "Ito")
COLUMNS = ("first_name", "last_name", "email", "date_of_birth", "postcode", "address")
Row = dict[str, str | None]


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    one = DuckDBEngine(threads=1)
    yield one
    one.close()


def people(count: int, seed: int = 1) -> list[Row]:
    draw = random.Random(seed)
    rows: list[Row] = []
    for at in range(count):
        given, family = draw.choice(GIVEN), draw.choice(FAMILY) + draw.choice(("", "son", "ova"))
        rows.append(
            {
                "customer_id": f"C{at:04}",
                "first_name": given,
                "last_name": family,
                "email": f"{given}.{family}{at}@mail.example".lower(),
                "date_of_birth": f"{draw.randrange(1950, 2004)}-{draw.randrange(1, 13):02}-"
                f"{draw.randrange(1, 29):02}",
                "postcode": str(draw.randrange(1000, 9999)),
                "address": f"{draw.choice(FAMILY)} Street {draw.randrange(1, 200)}",
            }
        )
    return rows


def look(
    engine: DuckDBEngine, rows: list[Row], settings: SameSettings | None = None,
    weights: Weights | None = None,
) -> Same:  # fmt: skip
    columns = {n: pa.array([row[n] for row in rows], pa.string()) for n in rows[0]}
    numbers = pa.array(range(len(rows)), pa.int64())
    engine.load("raw", pa.table(columns).append_column(ROW, numbers))
    wanted = settings or SameSettings()
    found = find_same(
        engine, "raw", list(COLUMNS), "raw", "customer_id", wanted, weights, seed=0
    )  # fmt: skip
    return obey(found, Said(), "customers", wanted)


def pairs(same: Same) -> set[tuple[str, str]]:
    return {(one.id, one.other_id) for one in same.proposals}


def copies(rows: list[Row]) -> list[Row]:
    """The same persons again, each with other faults."""
    return [
        {**rows[3], "customer_id": "D1", "last_name": f"{rows[3]['last_name']}n"},
        {**rows[7], "customer_id": "D2", "email": None, "postcode": "1"},
        {
            **rows[11],
            "customer_id": "D3",
            "first_name": rows[11]["last_name"],
            "last_name": rows[11]["first_name"],
        },
        {**rows[15], "customer_id": "D4", "date_of_birth": None, "address": None},
    ]


def test_persons_under_two_ids_are_proposed_with_evidence(engine: DuckDBEngine) -> None:
    rows = people(400)
    same = look(engine, rows + copies(rows))
    assert pairs(same) == {("C0003", "D1"), ("C0007", "D2"), ("C0011", "D3"), ("C0015", "D4")}
    evidence = {one.other_id: one.evidence for one in same.proposals}
    assert evidence["D1"]["surname"] == "near"
    assert evidence["D2"]["email"] == "blank"
    assert evidence["D3"]["given_name"] == "near"
    assert same.merged == {}
    (finding,) = same.findings
    assert finding.code == "same-customer"
    assert "4 pairs of ids look like one customer" in finding.text
    assert "nothing was merged" in finding.text


def test_a_household_and_namesakes_are_not_one(engine: DuckDBEngine) -> None:
    rows = people(400)
    spouse = {**rows[5], "customer_id": "S", "first_name": "Zelda", "date_of_birth": "1971-03-04"}
    spouse["email"] = "zelda@mail.example"
    child = {**rows[6], "customer_id": "K", "first_name": "Quentin", "date_of_birth": "2011-01-09"}
    namesake = {
        **people(1, seed=9)[0],
        "customer_id": "N",
        "first_name": rows[8]["first_name"],
        "last_name": rows[8]["last_name"],
    }
    assert pairs(look(engine, [*rows, spouse, child, namesake])) == set()


def test_the_order_of_rows_and_the_ids_of_a_fit_do_not_matter(engine: DuckDBEngine) -> None:
    rows = people(300)
    every = rows + copies(rows)
    first = look(engine, every)
    shuffled = random.Random(3).sample(every, len(every))
    again = look(engine, shuffled)
    assert again == first
    assert first.weights is not None
    stored = json.dumps(first.weights.to_json())
    assert Weights.from_json(json.loads(stored)) == first.weights
    assert "Brandt".lower() not in stored.lower()
    assert look(engine, every, weights=first.weights).proposals == first.proposals


def test_fields_are_guessed_or_named(engine: DuckDBEngine) -> None:
    assert guess_fields(["Id", "E-Mail", "Surname", "zip code"]) == {
        "surname": "Surname",
        "email": "E-Mail",
        "postcode": "zip code",
    }
    assert plain_values("phone", ["+1 (555) 123-45", "12", None]) == ["155512345", "", ""]
    rows = people(100)
    every = rows + copies(rows)
    assert look(engine, every, SameSettings(find=False)).proposals == ()
    assert look(engine, every, SameSettings(fields={"email": "email"})).weights is None
    named = SameSettings(fields={"surname": "last_name", "email": "email", "postcode": "postcode"})
    found = look(engine, every, named)
    assert found.weights is not None
    assert set(found.weights.m) == {"surname", "email", "postcode"}


@pytest.mark.parametrize("stored", [None, {}, {"m": {}, "u": {}, "prior": 0.1}, {"m": {"x": [1]}}])
def test_damaged_weights_are_refused(stored: object) -> None:
    with pytest.raises(ValueError, match="weight"):
        Weights.from_json(stored)


def test_febrl_beside_its_truth(engine: DuckDBEngine, real_data: Callable[[str], Path]) -> None:
    """As docs/cleaning.md tells; `benchmarks/duplicates.py` prints the figures."""
    with (real_data("febrl") / "dataset2.csv").open(newline="", encoding="utf-8") as file:
        rows = [{n.strip(): v.strip() or None for n, v in r.items()} for r in csv.DictReader(file)]
    columns = {n: pa.array([row[n] for row in rows], pa.string()) for n in rows[0]}
    numbers = pa.array(range(len(rows)), pa.int64())
    engine.load("raw", pa.table(columns).append_column(ROW, numbers))
    others = [name for name in columns if name != "rec_id"]
    same = find_same(engine, "raw", others, "raw", "rec_id", SameSettings(), None, seed=0)
    persons = Counter(str(row["rec_id"]).split("-")[1] for row in rows)
    every = sum(n * (n - 1) // 2 for n in persons.values())
    right = sum(one.id.split("-")[1] == one.other_id.split("-")[1] for one in same.proposals)
    assert right / len(same.proposals) >= 0.99
    assert right / every >= 0.975


def test_splink_is_asked_where_the_recipe_says_so(
    engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = people(60)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"clustomer\[dedupe\]"):
        look(engine, rows + copies(rows), SameSettings(by="splink"))


def shop(folder: Path) -> Path:
    """A shop in which customer 7 comes back as X7."""
    rows = people(120)
    rows.append({**rows[7], "customer_id": "X7", "email": "other@mail.example"})
    folder.mkdir()
    header = ["customer_id", *COLUMNS]
    lines = [",".join(header), *(",".join(row[n] or "" for n in header) for row in rows)]
    (folder / "customers.csv").write_text("\n".join(lines) + "\n", "utf-8")
    sales = ["order_id,customer_id,product_id,quantity,unit_price,order_date"]
    for at, row in enumerate(rows * 4):
        sales.append(
            f"O{at},{row['customer_id']},P{at % 5},{1 + at % 3},{2 + at % 7}.5,"
            f"2025-{1 + at % 6:02}-{1 + at % 27:02}"
        )
    (folder / "sales.csv").write_text("\n".join(sales) + "\n", "utf-8")
    products = [f"P{at},Kind{at % 2}" for at in range(5)]
    text = "\n".join(["product_id,category", *products]) + "\n"
    (folder / "products.csv").write_text(text, "utf-8")
    return folder


def test_merging_keeps_rows_and_revenue_replays_and_scores_alike(tmp_path: Path) -> None:
    data = shop(tmp_path / "data")
    apart = clustomer.fit(data, recipe="retail", k=2)
    assert apart.intake.proposals.select(["id", "other_id", "decision"]).to_pylist() == [
        {"id": "C0007", "other_id": "X7", "decision": "proposed"}
    ]
    engine = DuckDBEngine(threads=1)
    recipe = tmp_path / "merge.toml"
    recipe.write_text('base = "retail"\nname = "m"\n[same]\nmerge = true\n', "utf-8")
    run = clustomer.fit(data, recipe=recipe, k=2, engine=engine)
    raw = {n: engine.arrow(f'SELECT * FROM "{r.relation}"') for n, r in run.intake.raw.items()}
    left = clean_tables(engine, run.intake.learnt.columns, run.intake.record)
    engine.close()
    assert replay(raw, run.intake.record) == left
    assert run.intake.proposals["decision"].to_pylist() == ["merged"]
    assert run.customers.num_rows == apart.customers.num_rows - 1
    (told,) = [r for r in run.intake.audit.to_pylist() if r["rule"] == "same-customer"]
    assert (told["table"], told["raw"], told["repaired"], told["count"]) == (
        "sales", "X7", "C0007", 4,
    )  # fmt: skip
    accounts = {one.table: (one.read, one.used, one.quarantined) for one in run.intake.accounts}
    assert accounts["sales"] == (484, 484, 0)
    assert accounts["customers"] == (121, 120, 1)
    for join, other in zip(run.intake.joins, apart.intake.joins, strict=True):
        assert Decimal(str(join.revenue_after)) == Decimal(str(other.revenue_before))
    spend = dict(
        zip(*(run.customers[n].to_pylist() for n in ("customer_id", "spend")), strict=True)
    )
    before = apart.customers
    alone = dict(zip(*(before[n].to_pylist() for n in ("customer_id", "spend")), strict=True))
    assert spend["C0007"] == pytest.approx(alone["C0007"] + alone["X7"], abs=1e-9)
    run.save(tmp_path / "run")
    scored = clustomer.load(tmp_path / "run").assign(data)
    for name in ("customer_id", "segment_id"):
        assert scored[name].to_pylist() == run.customers[name].to_pylist()
    bundle = b"".join(
        p.read_bytes() for p in (tmp_path / "run" / "model").rglob("*") if p.is_file()
    )
    assert b"brandt" not in bundle.lower()


def test_a_field_whose_column_is_not_there_is_an_error(tmp_path: Path) -> None:
    data = shop(tmp_path / "data")
    same = {"fields": {"full_name": "nobody", "email": "e-mail"}}
    with pytest.raises(RecipeError, match=r"\[same\] fields names nobody, e-mail, which"):
        clustomer.fit(data, recipe={"base": "retail", "same": same}, k=2)
