"""Blanks that follow from other columns, and repeated rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import pytest

from clustomer.cleaning.clean import Cleaned, apply, learn_and_apply
from clustomer.cleaning.decisions import Decision
from clustomer.cleaning.repair import TableRepairs
from clustomer.cleaning.rows import treat_rows
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.names import ROW
from clustomer.recipe.settings import TableSettings

from .tables import Given, numbered, settings

Rows = Mapping[str, Sequence[str | None]]
NUMBERS: Given = {"quantity": "number", "price": "number", "off": "number", "total": "number"}


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    one = DuckDBEngine(threads=1)
    yield one
    one.close()


def treated(
    engine: DuckDBEngine,
    rows: Rows,
    table: TableSettings,
    *,
    fitted: TableRepairs | None = None,
    decisions: Sequence[Decision] = (),
) -> tuple[TableRepairs, Cleaned, dict[str, list[object]]]:
    engine.load("raw", numbered(rows))
    names = {name: name for name in table.columns}
    if fitted is None:
        repairs, cleaned = learn_and_apply(engine, "raw", names, table, "sales", "clean")
    else:
        repairs, cleaned = fitted, apply(engine, "raw", names, fitted, "clean")
    repairs, cleaned = treat_rows(
        engine, "raw", list(rows), cleaned, repairs, table,
        order="order_id", fitted=fitted is not None, decisions=decisions,
    )  # fmt: skip
    found = engine.arrow(f'SELECT * FROM "{cleaned.relation}" ORDER BY {ROW}')
    return repairs, cleaned, found.drop_columns([ROW]).to_pydict()


def lines(less: str = "", count: int = 80) -> dict[str, list[str | None]]:
    quantity = [1 + at % 5 for at in range(count)]
    price = [round(1.1 + at % 13 * 0.37, 2) for at in range(count)]
    off = [(at % 3) * (0.1 if less == "share" else 0.5) if less else 0.0 for at in range(count)]
    total = [
        q * p * (1 - o) if less == "share" else q * p - o
        for q, p, o in zip(quantity, price, off, strict=True)
    ]
    return {
        "quantity": [str(q) for q in quantity],
        "price": [f"{p:.2f}" for p in price],
        "off": [f"{o:.2f}" for o in off],
        "total": [f"{t:.2f}" for t in total],
    }


@pytest.mark.parametrize("less", ["", "share", "amount"])
def test_blanks_are_derived_in_either_direction(engine: DuckDBEngine, less: str) -> None:
    whole = lines(less)
    holed = {name: list(values) for name, values in whole.items()}
    for at, name in enumerate(("total", "quantity", "price")):
        for row in range(10 + at, 60, 11):
            holed[name][row] = None
    _, cleaned, rows = treated(engine, holed, settings(NUMBERS))
    for name in ("total", "quantity", "price"):
        for got, wanted in zip(rows[name], whole[name], strict=True):
            assert isinstance(got, float)
            # The cent that a total was rounded to is lost on the price of one of several pieces.
            assert abs(got - float(wanted or 0)) < (0.011 if name == "price" else 0.0051)
    assert cleaned.blanks == {"quantity": 0, "price": 0, "off": 0, "total": 0}
    assert {row["rule"] for row in cleaned.audit.to_pylist()} == {"derived"}
    assert sum(row["count"] for row in cleaned.audit.to_pylist()) == len(cleaned.actions)


def test_only_what_the_data_show_is_derived(engine: DuckDBEngine) -> None:
    wrong = lines()
    wrong["total"] = [f"{float(v or 0) * (1 + at % 2):.2f}" for at, v in enumerate(wrong["total"])]
    wrong["total"][7] = None
    assert treated(engine, wrong, settings(NUMBERS))[1].actions == ()
    ones = lines()
    ones["quantity"] = ["1"] * 80
    ones["total"] = list(ones["price"])
    ones["total"][7] = None
    assert treated(engine, ones, settings(NUMBERS))[1].actions == ()
    few = {name: values[:15] for name, values in lines().items()}
    few["total"][7] = None
    assert treated(engine, few, settings(NUMBERS))[1].actions == ()


def test_scoring_derives_by_what_the_fit_saw_and_a_person_can_forbid_it(
    engine: DuckDBEngine,
) -> None:
    holed = lines()
    holed["total"][7] = None
    repairs, _, _ = treated(engine, holed, settings(NUMBERS))
    loaded = TableRepairs.from_json(json.loads(json.dumps(repairs.to_json())))
    assert loaded == repairs
    new: Rows = {"quantity": ["3"], "price": ["2.50"], "off": [None], "total": [None]}
    _, _, rows = treated(engine, new, settings(NUMBERS), fitted=loaded)
    assert rows["total"] == [7.5]
    no = [Decision("sales", "total", "", "reject")]
    _, cleaned, rows = treated(engine, new, settings(NUMBERS), fitted=loaded, decisions=no)
    assert rows["total"] == [None]
    assert cleaned.actions == ()
    off = settings(NUMBERS).model_copy(update={"derive": False})
    assert treated(engine, holed, off)[1].actions == ()


KEYED: Given = {"order_id": "key", "product_id": "key", "quantity": "number"}


def orders(*baskets: Sequence[str]) -> Rows:
    rows = [(f"O{at}", product) for at, basket in enumerate(baskets) for product in basket]
    return {
        "order_id": [order for order, _ in rows],
        "product_id": [product for _, product in rows],
        "quantity": ["1"] * len(rows),
    }


def repeated(cleaned: Cleaned) -> list[str]:
    return [f.text for f in cleaned.findings if f.code == "repeated-rows"]


def test_equal_lines_of_an_order_are_two_sales(engine: DuckDBEngine) -> None:
    tills = orders("aab", "ab", "ef", "ggg", "eb")
    repairs, cleaned, rows = treated(engine, tills, settings(KEYED))
    assert len(rows["order_id"]) == 12
    assert repairs.repeats == "keep"
    assert repeated(cleaned) == [
        "sales: 3 rows repeat an earlier row in every column; kept, for equal lines may be two "
        "sales."
    ]


def test_orders_that_come_again_whole_are_copies(engine: DuckDBEngine) -> None:
    copied = orders("ab", "abe", "eb")
    copied = {name: [*values, *values[2:7]] for name, values in copied.items()}
    repairs, cleaned, rows = treated(engine, copied, settings(KEYED))
    assert "whole orders come again (2 of 2)" in repeated(cleaned)[0]
    assert len(rows["order_id"]) == 7
    assert [row for row, _ in cleaned.dropped] == [7, 8, 9, 10, 11]
    again = treated(engine, orders("aa", "b"), settings(KEYED), fitted=repairs)
    assert len(again[2]["order_id"]) == 2
    assert "as at fit" in repeated(again[1])[0]


def test_a_column_that_tells_rows_apart_shows_copies(engine: DuckDBEngine) -> None:
    rows: Rows = {"order_id": ["a", "b", "c", "b"], "quantity": ["1", "2", "2", "2"]}
    columns: Given = {"order_id": "key", "quantity": "number"}
    _, cleaned, left = treated(engine, rows, settings(columns))
    assert left["order_id"] == ["a", "b", "c"]
    assert "order_id tells all other rows apart" in repeated(cleaned)[0]
    keep = settings(columns).model_copy(update={"repeats": "keep"})
    assert treated(engine, rows, keep)[2]["order_id"] == ["a", "b", "c", "b"]


def test_a_column_outside_the_recipe_can_tell_rows_apart(engine: DuckDBEngine) -> None:
    rows: Rows = {"name": ["Ann", "Ann", None, None], "note": ["x", "y", None, None]}
    table = settings({"name": "text"}).model_copy(update={"role": "customers"})
    _, cleaned, left = treated(engine, rows, table)
    assert left["name"] == ["Ann", "Ann", None]
    assert "a row stands for one thing" in repeated(cleaned)[0]
