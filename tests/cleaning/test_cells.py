from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest

from clustomer.cleaning.agreement import slip
from clustomer.cleaning.clean import apply, learn_and_apply
from clustomer.cleaning.repair import TableRepairs
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.names import ROW
from clustomer.recipe.settings import ColumnSettings

from .tables import Given, numbered, settings

KINDS: Given = {"shop": "key", "zip": "category", "city": "category", "state": "category"}
SHOPS = [
    (f"S{at}", f"9{at}50{at}", city, "OR" if at % 2 else "WA")
    for at, city in enumerate(("Portland", "Seattle", "Eugene", "Spokane", "Salem", "Tacoma"))
]
Rows = Sequence[tuple[str | None, ...]]


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    one = DuckDBEngine(threads=1)
    yield one
    one.close()


def clean(engine: DuckDBEngine, rows: Rows, kinds: Given = KINDS) -> tuple[TableRepairs, Rows]:
    columns = {name: [row[at] for row in rows] for at, name in enumerate(kinds)}
    engine.load("raw", numbered(columns))
    names = {name: name for name in kinds}
    repairs, _ = learn_and_apply(engine, "raw", names, settings(kinds), "lines", "clean")
    return repairs, table(engine, kinds)


def table(engine: DuckDBEngine, kinds: Given) -> Rows:
    found = engine.arrow(f"SELECT * FROM clean ORDER BY {ROW}").to_pydict()
    return list(zip(*(found[name] for name in kinds), strict=True))


def test_a_slip_is_mended_by_what_the_other_columns_say(engine: DuckDBEngine) -> None:
    right: Rows = SHOPS * 12
    rows = list(right)
    rows[0] = ("S0", "9x500", "Portlxnd", "WA")
    rows[7] = ("S1", "91501", "Seattle", "xR")
    rows[20] = (SHOPS[2][0], SHOPS[2][1], "xuxene", SHOPS[2][3])
    repairs, found = clean(engine, rows)
    assert found == right
    stored = json.loads(json.dumps(repairs.to_json()))
    assert TableRepairs.from_json(stored) == repairs
    assert {"given": "shop", "column": "city"} in stored["agreements"]


def test_what_is_no_slip_stays(engine: DuckDBEngine) -> None:
    rows: Rows = SHOPS * 12
    moved = [("S0", "90500", "Boise", "WA"), ("S1", "91501", "Seattle", "OR")]
    blank = [("S0", None, None, None)]
    variants = [("S2", "92502", "Eugenia", "WA")] * 5
    every: Rows = [*rows, *moved, *blank, *variants]
    _, found = clean(engine, every)
    assert found == every


def test_odd_rows_of_one_kind_are_a_pattern(engine: DuckDBEngine) -> None:
    kinds: Given = {"code": "category", "state": "category", "average": "category"}
    right: Rows = [(f"hf-{at}", "al", f"al_hf-{at}") for at in range(9)] * 12
    other: Rows = [(f"hf-{at}", "ak", f"ak_hf-{at}") for at in range(9)]
    _, found = clean(engine, [*right, *other], kinds)
    assert found == [*right, *other]
    _, found = clean(engine, [*right, ("hf-3", "al", "xl_hf-3")], kinds)
    assert found[-1] == ("hf-3", "al", "al_hf-3")


def test_an_exception_is_left_alone(engine: DuckDBEngine) -> None:
    kinds = {**KINDS, "city": ColumnSettings(kind="category", exceptions=("Portlxnd",))}
    rows: Rows = [*(SHOPS * 12), ("S0", "90500", "Portlxnd", "OR")]
    _, found = clean(engine, rows, kinds)
    assert found[-1][2] == "Portlxnd"


def test_two_columns_in_one_are_taken_apart(engine: DuckDBEngine) -> None:
    kinds: Given = {"city": "category", "state": "category"}
    right: Rows = [(city, state) for _, _, city, state in SHOPS] * 20
    rows = list(right)
    for at in (0, 7, 14, 21, 28, 35):
        rows[at] = (f"{right[at][0]} {right[at][1]}", None)
    repairs, found = clean(engine, rows, kinds)
    assert found == right
    engine.load("raw", numbered({"city": ["Bend, OR", "Reno NV"], "state": [None, ""]}))
    scored = apply(engine, "raw", {name: name for name in kinds}, repairs, "clean")
    assert table(engine, kinds) == [("Bend", "OR"), ("Reno NV", None)]
    assert scored.blanks == {"city": 0, "state": 1}


def test_columns_that_do_not_follow_are_not_touched(engine: DuckDBEngine) -> None:
    kinds: Given = {"shop": "key", "pay": "category"}
    rows: Rows = [(f"S{at % 9}", ("card", "cash", "cast")[at % 7 % 3]) for at in range(300)]
    repairs, found = clean(engine, rows, kinds)
    assert found == rows
    assert repairs.agreements == ()


@pytest.mark.parametrize(
    ("odd", "meant"),
    [
        ("Product 39", "Product 38"),
        ("3563", "3564"),
        ("glass bell jar", "glass cloche"),
        ("Gary", "Bend"),
        ("male", "female"),
        ("red polka dot", "red retrospot"),
    ],
)
def test_another_value_is_no_slip(odd: str, meant: str) -> None:
    assert not slip(odd, meant)
