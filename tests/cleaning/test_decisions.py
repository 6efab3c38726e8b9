"""A person's decisions: the file, its errors, and what cleaning makes of them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from clustomer.cleaning.audit import AuditRow, audit_table, worst_first
from clustomer.cleaning.clean import apply, learn_and_apply
from clustomer.cleaning.decisions import (
    Decision,
    add_decisions,
    check_decisions,
    forget_decisions,
    parse_decisions,
    read_decisions,
)
from clustomer.cleaning.repair import TableRepairs
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.errors import OutputError, RecipeError
from clustomer.names import ROW, Kind
from clustomer.recipe.settings import ColumnSettings

from .tables import Given, numbered, settings


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    one = DuckDBEngine(threads=1)
    yield one
    one.close()


def test_a_file_is_made_changed_and_keeps_what_a_person_wrote(tmp_path: Path) -> None:
    path = tmp_path / "shop.decisions.toml"
    first = Decision("sales", "region", "nrth", "accept", "North")
    add_decisions(path, [first, Decision("sales", "unit price", "five", "set", "5")])
    assert path.read_text("utf-8").startswith("# Decisions on repairs.")
    by_hand = path.read_text("utf-8").replace("[sales.region]", "[sales.region]\n# Ann says so")
    path.write_text(by_hand, "utf-8")
    add_decisions(path, [Decision("sales", "region", "nrth", "reject")])
    assert '# Ann says so\n"nrth" = { reject = true }' in path.read_text("utf-8")
    assert read_decisions(path) == (
        Decision("sales", "region", "nrth", "reject"),
        Decision("sales", "unit price", "five", "set", "5"),
    )
    assert forget_decisions(path, [first.cell, ("sales", "region", "other")]) == 1
    assert forget_decisions(path, [first.cell]) == 0
    assert [one.column for one in read_decisions(path)] == ["unit price"]
    assert "# Ann says so" in path.read_text("utf-8")


def test_other_ways_to_write_toml_are_kept_in_meaning(tmp_path: Path) -> None:
    path = tmp_path / "d.toml"
    path.write_text('sales.region."a" = { set = 5 }\n[sales.region."b"]\nreject = true\n', "utf-8")
    add_decisions(path, [Decision("sales", "region", "b", "set", "c")])
    assert [(one.raw, one.verdict, one.value) for one in read_decisions(path)] == [
        ("a", "set", "5"),
        ("b", "set", "c"),
    ]


TEXTS = st.text(max_size=8).filter(lambda text: text.isprintable() or "\x00" not in text)
CELLS = st.builds(
    Decision,
    st.sampled_from(["sales", "a b", "ü.]"]),
    st.sampled_from(["region", 'c"d', "e=f"]),
    TEXTS.filter(bool),
    st.sampled_from(["accept", "set"]),
    TEXTS,
)


@profile(max_examples=30, deadline=None)
@given(st.lists(CELLS, max_size=6), st.lists(CELLS, max_size=3))
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, first: list[Decision], then: list[Decision]
) -> None:
    path = tmp_path_factory.mktemp("decisions") / "d.toml"
    add_decisions(path, first)
    every = {one.cell: one for one in (*first, *then)}
    assert set(add_decisions(path, then)) == set(every.values())
    assert set(read_decisions(path)) == set(every.values())
    forget_decisions(path, [one.cell for one in first])
    gone = {one.cell for one in first}
    assert {one.cell for one in read_decisions(path)} == {one.cell for one in then} - gone


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[sales.region", "not valid TOML"),
        ("sales = 3", "'sales' is no section"),
        ('[sales]\nregion = "x"', "'sales.region' is no section"),
        ('[sales.region]\n"a" = "North"', "not understood"),
        ('[sales.region]\n"a" = { acept = "b" }', "did you mean 'accept'?"),
        ('[sales.region]\n"a" = { reject = false }', "not understood"),
        ('[sales.region]\n"a" = { set = ["b"] }', "no plain value"),
    ],
)
def test_a_wrong_file_is_told_with_its_name(text: str, says: str) -> None:
    with pytest.raises(RecipeError) as caught:
        parse_decisions(text, "shop.decisions.toml")
    assert says in str(caught.value)
    assert "shop.decisions.toml" in str(caught.value)


KINDS: dict[str, dict[str, Kind]] = {"sales": {"region": "category", "price": "number"}}


@pytest.mark.parametrize(
    ("decision", "says"),
    [
        (Decision("sale", "region", "a", "reject"), "did you mean 'sales'?"),
        (Decision("sales", "regoin", "a", "reject"), "did you mean 'region'?"),
        (Decision("sales", "price", "a", "set", "much"), "not a number such as 12.5"),
        (Decision("sales", "region", "", "set", "North"), "gives a value to blanks"),
    ],
)
def test_decisions_that_cannot_be_are_refused(decision: Decision, says: str) -> None:
    with pytest.raises(RecipeError) as caught:
        check_decisions([decision], KINDS, "d.toml")
    assert says in str(caught.value)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        add_decisions(tmp_path / "none" / "d.toml", [Decision("a", "b", "c", "reject")])


COLUMNS: Given = {
    "region": "category",
    "price": "number",
    "day": "date",
    "id": "key",
    "note": ColumnSettings(kind="category", sensitive=True),
}
ROWS: dict[str, Sequence[str | None]] = {
    "region": ["North"] * 30 + ["Nroth", "South", "South"] + ["N."] * 12,
    "price": ["3"] * 30 + ["five", "99", "1e99"] + ["7"] * 12,
    "day": [*["06-07-25"] * 30, "never", "2025-01-02", "x", *[None] * 12],
    "id": [" a "] * 44 + ["b"],
    "note": ["bad"] * 45,
}
SAID = (
    Decision("sales", "region", "Nroth", "reject"),
    Decision("sales", "region", "N.", "set", "North"),
    Decision("sales", "region", "Atlantis", "set", "North"),
    Decision("sales", "price", "five", "set", ""),
    Decision("sales", "price", "99", "set", "9.5"),
    Decision("sales", "price", "1e99", "reject"),
    Decision("sales", "day", "never", "set", "2025-02-03"),
    Decision("sales", "day", "06-07-25", "accept", "2025-06-07"),
    Decision("sales", "id", " a ", "reject"),
    Decision("sales", "note", "bad", "set", "good"),
    Decision("customers", "region", "Nroth", "set", "nowhere"),
)


def rows_of(engine: DuckDBEngine, relation: str) -> dict[str, list[object]]:
    table = engine.arrow(f'SELECT * FROM "{relation}" ORDER BY {ROW}')
    found: dict[str, list[object]] = table.drop_columns([ROW]).to_pydict()
    return found


def test_decisions_come_before_repairs_at_fit_and_at_scoring(engine: DuckDBEngine) -> None:
    engine.load("raw", numbered(ROWS))
    names = {name: name for name in ROWS}
    repairs, cleaned = learn_and_apply(
        engine, "raw", names, settings(COLUMNS), "sales", "clean", SAID
    )
    rows = rows_of(engine, "clean")
    assert rows["region"] == ["North"] * 30 + ["Nroth", "South", "South"] + ["North"] * 12
    assert rows["price"][30:33] == [None, 9.5, None]
    assert str(rows["day"][0]).startswith("2025-06-07")
    assert str(rows["day"][30]).startswith("2025-02-03")
    assert rows["id"] == [" a "] * 44 + ["b"]
    assert set(rows["note"]) == {"good"}
    told = {(r["column"], r["raw"]): r for r in cleaned.audit.to_pylist()}
    assert told["region", "N."]["repaired"] == "North"
    assert told["region", "N."]["count"] == 12
    assert [told["region", raw]["decision"] for raw in ("Nroth", "N.")] == ["reject", "set"]
    assert told["price", "99"]["confidence"] == 1.0
    assert ("region", "Atlantis") not in told
    (lost,) = [f for f in cleaned.findings if f.code == "unmatched-decision"]
    assert lost.text == "sales.region: 1 decision matches no value of the column."
    for name, values in rows.items():
        for raw, value in zip(ROWS[name], values, strict=True):
            assert repairs.of(name).one(raw).value == value
    again = apply(engine, "raw", names, repairs, "again")
    assert rows_of(engine, "again") == rows
    assert again.audit.equals(cleaned.audit)


def test_a_model_keeps_only_decisions_on_frequent_values_that_are_nobodys(
    engine: DuckDBEngine,
) -> None:
    engine.load("raw", numbered(ROWS))
    names = {name: name for name in ROWS}
    repairs, _ = learn_and_apply(engine, "raw", names, settings(COLUMNS), "sales", "clean", SAID)
    stored = json.dumps(repairs.to_json())
    loaded = TableRepairs.from_json(json.loads(stored))
    assert {c.name: set(c.decided) for c in loaded.columns if c.decided} == {
        "region": {"N."},
        "day": {"06-07-25"},
    }
    assert loaded.of("region").one("N.").value == "North"
    assert not any(word in stored for word in ("Nroth", "good", "9.5", "Atlantis"))


def test_native_numbers_are_decided_by_value(engine: DuckDBEngine) -> None:
    engine.load("raw", numbered({"price": pa.array([5.0, 99.0, None, 99.0])}))
    repairs, cleaned = learn_and_apply(
        engine,
        "raw",
        {"price": "price"},
        settings({"price": "number"}),
        "sales",
        "clean",
        [Decision("sales", "price", "99", "set", "9")],
    )
    assert rows_of(engine, "clean")["price"] == [5.0, 9.0, None, 9.0]
    assert [(r["raw"], r["count"]) for r in cleaned.audit.to_pylist()] == [("99", 2)]
    assert repairs.of("price").one(99.0).value == 9.0


def test_the_worst_come_first() -> None:
    rows = [
        AuditRow("t", "c", "few", "x", "typing-error", 2, 0.5),
        AuditRow("t", "c", "many", "x", "typing-error", 100, 0.95),
        AuditRow("t", "c", "said", "x", "set", 900, 1.0),
        AuditRow("t", "c", "sure", "x", "blank", 900, 1.0),
    ]
    found = worst_first(audit_table(rows))
    assert found["raw"].to_pylist() == ["many", "few", "sure", "said"]
    assert found["reason"].to_pylist()[0] == "near one value and near no other"


def test_readings_of_a_column_come_after_what_can_be_doubted() -> None:
    rows = [
        AuditRow("t", "price", "9,50", "9.5", "decimal-comma", 3000, 0.97),
        AuditRow("t", "day", "03/04/2024", "2024-04-03", "day-month-year", 5000, 0.98),
        AuditRow("t", "day", "05/06/2024", "2024-06-05", "day-month-year", 40, 0.5),
        AuditRow("t", "price", "9,50 EUR", "9.5", "decimal-comma + currency", 1, 0.97),
        AuditRow("t", "city", "Ldn", "London", "abbreviation", 2, 0.9),
        AuditRow("t", "city", "Pris", "Paris", "accepted", 9, 1.0),
    ]
    for order in (rows, rows[::-1]):
        found = worst_first(audit_table(order))
        assert found["raw"].to_pylist() == [
            "05/06/2024",  # a date that can be read in two ways is no plain reading
            "Ldn",
            "9,50 EUR",
            "03/04/2024",
            "9,50",
            "Pris",
        ]
        assert found.column_names == audit_table(order).column_names


def test_an_empty_audit_has_an_order() -> None:
    assert worst_first(audit_table([])).num_rows == 0


def test_the_header_of_a_new_file_is_toml(tmp_path: Path) -> None:
    add_decisions(tmp_path / "d.toml", [])
    assert tomllib.loads((tmp_path / "d.toml").read_text("utf-8")) == {}
