from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from clustomer.cleaning.categories import CategoryRepair
from clustomer.cleaning.clean import Cleaned, apply, learn_and_apply
from clustomer.cleaning.learn import learn
from clustomer.cleaning.repair import TableRepairs
from clustomer.cleaning.values import shown
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.names import ROW
from clustomer.recipe.settings import ColumnSettings

from .tables import Given, numbered, settings

TIER = ColumnSettings(kind="ordinal", order=("Bronze", "Silver", "Gold"))
DIRTY: Given = {
    "id": "key",
    "name": "text",
    "quantity": "number",
    "day": "date",
    "tier": TIER,
    "region": "category",
}
ROWS: dict[str, Sequence[object]] = {
    "id": ["007", " 1e5\t", "NA", "\u00a0", None, "f", "\x0bfive\x0b"],
    "name": ["NA", " Bo ", "\t \u00a0", "", None, "😀", "O'Hara \x0b"],
    "quantity": ["3", "five", "f", "1,234.50", " ", None, "\x0bthree\u00a0"],
    "day": ["31-12-24", "06-07-25", "2025-07-06", "five", "\t", None, "6 Jul 2025"],
    "tier": [" gold ", "gld", "BRONZE", "sllver", "Platinum", None, "Silver\x0b"],
    "region": ["Nord", "nord ", "NORD", "\u00a0Nord", "f", "😀", ""],
}


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    one = DuckDBEngine(threads=1)
    yield one
    one.close()


def cleaned_rows(engine: DuckDBEngine, relation: str) -> dict[str, list[object]]:
    table = engine.arrow(f'SELECT * FROM "{relation}" ORDER BY {ROW}')
    rows: dict[str, list[object]] = table.drop_columns([ROW]).to_pydict()
    return rows


def fit(
    engine: DuckDBEngine, rows: Mapping[str, Sequence[object] | pa.Array], columns: Given
) -> tuple[TableRepairs, Cleaned, dict[str, list[object]]]:
    engine.load("raw", numbered(rows))
    mapping = {name: name for name in rows}
    repairs, cleaned = learn_and_apply(engine, "raw", mapping, settings(columns), "sales", "clean")
    return repairs, cleaned, cleaned_rows(engine, "clean")


def score(
    engine: DuckDBEngine, rows: Mapping[str, Sequence[object] | pa.Array], repairs: TableRepairs
) -> tuple[Cleaned, dict[str, list[object]]]:
    engine.load("new", numbered(rows))
    cleaned = apply(engine, "new", {name: name for name in rows}, repairs, "new clean")
    return cleaned, cleaned_rows(engine, "new clean")


def codes(cleaned: Cleaned) -> list[str]:
    return [finding.code for finding in cleaned.findings]


def test_a_dirty_table_becomes_clean(engine: DuckDBEngine) -> None:
    _, cleaned, rows = fit(engine, ROWS, DIRTY)
    july = datetime(2025, 7, 6)  # noqa: DTZ001
    assert rows == {
        "id": ["007", "1e5", "NA", None, None, "f", "five"],
        "name": ["NA", " Bo ", None, None, None, "😀", "O'Hara \x0b"],
        "quantity": [3.0, 5.0, None, 1234.5, None, None, 3.0],
        "day": [datetime(2024, 12, 31), july, july, None, None, None, july],  # noqa: DTZ001
        "tier": ["Gold", "Gold", "Bronze", "Silver", None, None, "Silver"],
        "region": ["Nord", "nord", "NORD", "Nord", "f", "😀", None],
    }
    assert cleaned.rows == 7
    assert cleaned.blanks == {"id": 2, "name": 3, "quantity": 3, "day": 3, "tier": 2, "region": 1}
    assert codes(cleaned) == ["unreadable-number", "unreadable-date", "unknown-level"]
    assert {name: str(kind) for name, kind in engine.columns("clean").items()} == {
        ROW: "number",
        "id": "text",
        "name": "text",
        "quantity": "number",
        "day": "date",
        "tier": "text",
        "region": "text",
    }


def test_the_audit_tells_every_repair(engine: DuckDBEngine) -> None:
    _, cleaned, _ = fit(
        engine,
        {"quantity": ["five", "five", "2", "f", " "], "id": ["a", " a", " a", "b", "\t"]},
        {"quantity": "number", "id": "key"},
    )
    names = ["table", "column", "raw", "repaired", "rule", "count"]
    assert cleaned.audit.column_names == [*names, "confidence", "decision", "reason"]
    assert [tuple(row[n] for n in names[1:]) for row in cleaned.audit.to_pylist()] == [
        ("quantity", " ", "", "blank", 1),
        ("quantity", "f", "", "unreadable", 1),
        ("quantity", "five", "5", "words", 2),
        ("id", "\t", "", "blank", 1),
        ("id", " a", "a", "trimmed", 2),
    ]


def test_native_types_are_kept_or_refused(engine: DuckDBEngine) -> None:
    rows = {
        "id": pa.array([17850.0, None, float("nan"), 0.5]),
        "big": pa.array([2**63 - 1, -(2**63), 7, None], pa.int64()),
        "price": pa.array([1.5, float("inf"), float("nan"), 1e308]),
        "flag": pa.array([True, False, None, True]),
        "day": pa.array([date(2025, 7, 6), None, date(1, 1, 1), date(2024, 2, 29)]),
        "stamp": pa.array([20250706, 20251306, None, 5], pa.int32()),
        "code": pa.array([1.0, 2.0, None, 1.0]),
    }
    columns: Given = {
        "id": "key",
        "big": "key",
        "price": "number",
        "flag": "category",
        "day": "date",
        "stamp": "date",
        "code": "category",
    }
    _, cleaned, clean = fit(engine, rows, columns)
    assert clean["id"] == ["17850", None, None, "0.5"]
    assert clean["big"] == ["9223372036854775807", "-9223372036854775808", "7", None]
    assert clean["price"] == [1.5, None, None, None]
    assert clean["flag"] == ["true", "false", None, "true"]
    assert [shown(day) for day in clean["day"]] == [  # type: ignore[arg-type]
        "2025-07-06",
        "",
        "0001-01-01",
        "2024-02-29",
    ]
    assert [shown(day) for day in clean["stamp"]] == ["2025-07-06", "", "", ""]  # type: ignore[arg-type]
    assert clean["code"] == ["1", "2", None, "1"]
    rules = {row["raw"]: row["rule"] for row in cleaned.audit.to_pylist()}
    assert {rules[raw] for raw in rules if raw.lower() in ("inf", "nan")} == {"not-a-number"}
    assert "out-of-range" in rules.values()


def test_a_column_of_decimal_commas(engine: DuckDBEngine) -> None:
    rows = {"price": ["1,5", "1.234", "1.234,50", "2", "0,125", "1,234"]}
    repairs, cleaned, clean = fit(engine, rows, {"price": "number"})
    assert clean["price"] == [1.5, 1234.0, 1234.5, 2.0, 0.125, 1.234]
    assert codes(cleaned) == []
    _, again = score(engine, {"price": ["1.234", "7"]}, repairs)
    assert again["price"] == [1234.0, 7.0]
    native, numbers = score(engine, {"price": pa.array([1.234, 7.5])}, repairs)
    assert numbers["price"] == [1.234, 7.5]
    assert native.audit.num_rows == 0


def test_findings_on_numbers(engine: DuckDBEngine) -> None:
    _, open_choice, clean = fit(engine, {"price": ["1,234", "12"]}, {"price": "number"})
    assert clean["price"] == [1234.0, 12.0]
    assert codes(open_choice) == ["ambiguous-number"]
    assert "such as '1,234'; read as thousands" in open_choice.findings[0].text
    _, mixed, clean = fit(engine, {"price": ["1,5", "12.50", "7.25"]}, {"price": "number"})
    assert clean["price"] == [1.5, 12.5, 7.25]
    assert codes(mixed) == ["mixed-decimal-marks"]
    _, money, _ = fit(engine, {"price": ["$1", "2 €"]}, {"price": "number"})
    assert codes(money) == ["mixed-currencies"]
    assert "($, €)" in money.findings[0].text


@pytest.mark.parametrize("native", [False, True])
def test_limits_and_blanks_hold_for_numbers_of_either_type(
    engine: DuckDBEngine, native: bool
) -> None:
    ages = [31.0, 900.0, -999.0, -3.0, 120.0]
    given = pa.array(ages) if native else [f"{age:g}" for age in ages]
    for action, low, high in (("cap", 0.0, 120.0), ("blank", None, None)):
        column = ColumnSettings.model_validate(
            {
                "kind": "number",
                "limits": {"min": 0, "max": 120, "action": action},
                "missing": ["-999"],
            }
        )
        repairs, cleaned, clean = fit(engine, {"age": given}, {"age": column})
        assert clean["age"] == [31.0, high, None, low, 120.0]
        rules = {float(row["raw"]): row["rule"] for row in cleaned.audit.to_pylist()}
        assert rules == {900.0: "above-limit", -999.0: "blank-word", -3.0: "below-limit"}
        assert [repairs.of("age").one(age).value for age in ages] == clean["age"]


def test_an_ordinal_without_an_order_takes_one_that_is_known(engine: DuckDBEngine) -> None:
    rows = {"tier": ["Low"] * 9 + ["High"] * 12 + ["medum", "Medium", "Medium", "n/a"]}
    repairs, _, clean = fit(engine, rows, {"tier": "ordinal"})
    repair = repairs.of("tier").repair
    assert isinstance(repair, CategoryRepair)
    assert repair.order == ("Low", "Medium", "High")
    assert clean["tier"][-4:] == ["Medium", "Medium", "Medium", None]


def test_findings_on_units_signs_and_words_for_none(engine: DuckDBEngine) -> None:
    _, cleaned, clean = fit(engine, {"size": ["12 oz", "16 oz", "0.5 l"]}, {"size": "number"})
    assert clean["size"] == [12.0, 16.0, None]
    assert [(f.code, f.severity) for f in cleaned.findings] == [("mixed-units", "problem")]
    _, cleaned, clean = fit(engine, {"rate": ["12%", "13", "15"]}, {"rate": "number"})
    assert (clean["rate"], codes(cleaned)) == ([12.0, 13.0, 15.0], ["percent-signs"])
    _, cleaned, clean = fit(engine, {"rate": ["12%", "0.13"]}, {"rate": "number"})
    assert (clean["rate"], codes(cleaned)) == ([0.12, 0.13], [])
    _, cleaned, clean = fit(engine, {"extra": ["None", "Roof", "Roof"]}, {"extra": "category"})
    assert (clean["extra"], codes(cleaned)) == (["None", "Roof", "Roof"], ["doubtful-blank"])
    assert 'missing = ["None"]' in cleaned.findings[0].remedy
    _, cleaned, _ = fit(engine, {"day": ["2025-07-06 10:00 CEST"]}, {"day": "date"})
    assert codes(cleaned) == ["times-to-utc"]


def test_sensitive_columns_show_no_values(engine: DuckDBEngine) -> None:
    income = ColumnSettings(kind="number", sensitive=True)
    _, cleaned, _ = fit(engine, {"income": ["secret", "12"]}, {"income": income})
    assert codes(cleaned) == ["unreadable-number"]
    assert "secret" not in cleaned.findings[0].text


def test_an_open_date_is_reported_and_can_be_set(engine: DuckDBEngine) -> None:
    rows = {"day": ["06-07-25", "06-07-25", None]}
    _, cleaned, clean = fit(engine, rows, {"day": "date"})
    assert [shown(day) for day in clean["day"]] == ["2025-07-06", "2025-07-06", ""]  # type: ignore[arg-type]
    (finding,) = cleaned.findings
    assert (finding.code, finding.severity) == ("ambiguous-date", "warning")
    assert "2025-07-06 (day-month-year) or 2025-06-07 (month-day-year)" in finding.text
    assert 'set format for column "day"' in finding.remedy
    forced = ColumnSettings(kind="date", format="month-day-year")
    _, cleaned, clean = fit(engine, rows, {"day": forced})
    assert [shown(day) for day in clean["day"]] == ["2025-06-07", "2025-06-07", ""]  # type: ignore[arg-type]
    assert cleaned.findings == ()


def test_another_date_column_settles_an_open_one(engine: DuckDBEngine) -> None:
    rows = {"day": ["06/07/2025"] * 2, "sent": ["07/06/2025", "07/31/2025"]}
    _, cleaned, clean = fit(engine, rows, {"day": "date", "sent": "date"})
    assert [shown(day) for day in clean["day"]] == ["2025-06-07"] * 2  # type: ignore[arg-type]
    assert [(f.code, f.severity) for f in cleaned.findings] == [("ambiguous-date", "note")]
    assert "as in column sent" in cleaned.findings[0].text


def test_scoring_refits_nothing(engine: DuckDBEngine) -> None:
    rows = {
        "region": ["North"] * 20 + ["South"] * 20,
        "day": ["31-12-24"] * 40,
        "gone": ["x"] * 40,
    }
    repairs, _, _ = fit(engine, rows, {"region": "category", "day": "date", "gone": "text"})
    new = {"region": ["nrth", "SOUTH", "Mars", "Mars"], "day": ["06-07-25", "12-31-24", "", None]}
    cleaned, clean = score(engine, new, repairs)
    assert clean["region"] == ["North", "South", "Mars", "Mars"]
    assert [shown(day) for day in clean["day"]] == ["2025-07-06", "", "", ""]  # type: ignore[arg-type]
    assert codes(cleaned) == ["unseen-category", "unreadable-date"]
    assert "3 rows (2 distinct)" in cleaned.findings[0].text


def test_column_names_of_any_kind_and_an_empty_table(engine: DuckDBEngine) -> None:
    odd = """Unit "price" (€); it's"""
    engine.load("raw", numbered({odd: ["1", "two"]}))
    one = settings({"price": "number"})
    repairs, cleaned = learn_and_apply(engine, "raw", {"price": odd}, one, "t", "clean")
    assert cleaned_rows(engine, cleaned.relation) == {"price": [1.0, 2.0]}
    engine.load("raw", numbered({odd: []}))
    assert apply(engine, "raw", {"price": odd}, repairs, "clean").rows == 0
    assert learn(engine, "raw", {"price": odd}, one, "t").columns[0].name == "price"


ODD = (
    *("", " ", "\u00a0", "f", "five", "\x0bfive\t", "Gold", "gld", " GOLD ", "1,5", "1.234"),
    *("1,234", "12%", "1e308", "2025-07-06", "06-07-25", "2025-02-30", "2024-02-29", "😀"),
    *("2025-07-06T10:00:00Z", "+-3", ".5", "5.", "-", "12\n", "2025-07-06\n", "NA", "0x1"),
)
CELLS = st.one_of(
    st.none(),
    st.sampled_from(ODD),
    st.text(max_size=6).filter(lambda text: "\x00" not in text),
)
SLOW = [HealthCheck.too_slow]


@profile(max_examples=12, deadline=None, suppress_health_check=SLOW)
@given(st.lists(CELLS, max_size=30), st.lists(CELLS, max_size=30))
@example(list(ODD), list(ODD))
@example([*ODD, "1,55", "13-07-25"], list(ODD))
def test_batch_single_value_bundle_and_audit_agree(
    engine: DuckDBEngine, fitted: list[str | None], new: list[str | None]
) -> None:
    repairs, _, _ = fit(engine, dict.fromkeys(DIRTY, fitted), DIRTY)
    loaded = TableRepairs.from_json(json.loads(json.dumps(repairs.to_json())))
    assert loaded == repairs
    for cells in (fitted, new):
        cleaned, clean = score(engine, dict.fromkeys(DIRTY, cells), loaded)
        assert cleaned.rows == len(cells)
        audit = {(r["column"], r["raw"]): r["repaired"] for r in cleaned.audit.to_pylist()}
        for name, values in clean.items():
            assert cleaned.blanks[name] == values.count(None)
            for raw, value in zip(cells, values, strict=True):
                assert repairs.of(name).one(raw).value == value
                if raw is not None and (name, raw) in audit:
                    assert audit[name, raw] == shown(value)  # type: ignore[arg-type]
                elif name in ("id", "name", "tier", "region"):
                    assert raw == value


@profile(max_examples=8, deadline=None, suppress_health_check=SLOW)
@given(st.lists(CELLS, min_size=1, max_size=30))
@example(list(ODD))
def test_cleaning_what_is_clean_changes_nothing(
    engine: DuckDBEngine, cells: list[str | None]
) -> None:
    repairs, _, clean = fit(engine, dict.fromkeys(DIRTY, cells), DIRTY)
    engine.load("again", engine.arrow("SELECT * FROM clean"))
    cleaned = apply(engine, "again", {name: name for name in DIRTY}, repairs, "twice")
    assert cleaned.audit.num_rows == 0
    assert sorted(map(str, cleaned_rows(engine, "twice").items())) == sorted(
        map(str, clean.items())
    )


@pytest.mark.parametrize(
    ("stored", "says"),
    [
        ({"version": 9}, "version 9"),
        ({"version": 1, "table": "t"}, "'columns'"),
        ({"version": 1, "table": "t", "columns": [{"kind": "magic"}]}, "magic"),
        ({"version": 1, "table": "t", "columns": [3]}, "no object"),
    ],
)
def test_a_damaged_bundle_is_refused(stored: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        TableRepairs.from_json(stored)


def test_the_bundle_holds_no_keys_numbers_or_dates_of_the_data(engine: DuckDBEngine) -> None:
    rows = {"id": [" K-77 "], "name": ["Ada "], "quantity": ["twelve"], "day": ["06-07-25"]}
    repairs, _, _ = fit(engine, rows, DIRTY)
    stored = json.dumps(repairs.to_json())
    assert not any(value in stored for value in ("K-77", "Ada", "twelve", "06-07"))
