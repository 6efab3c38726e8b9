"""The part of SQL that cleaning and features may use: the same values from every engine.

Each expression stands beside the value it must have over one small dirty table.
"""

from __future__ import annotations

import math
from datetime import date, datetime

import pyarrow as pa
import pytest

from clustomer.engines.base import Engine, quoted
from contracts.compare import same

at = datetime.fromisoformat

ROWS = pa.table(
    {
        "id": [1, 2, 3, 4, 5, 6, 7, 8],
        "who": ["é", "e\u0301", "e", "e ", None, "Zürich", "E", "é"],
        "amount": [1.5, None, -2.25, 0.1, 0.2, 1e15, 0.1, 0.1],
        "n": pa.array([1, 2, 3, None, -7, 5, 2**31, 0], pa.int64()),
        "flag": [True, False, None, True, False, True, None, True],
        "moment": [
            at("2024-02-29 23:59:59.999999"),
            at("1969-12-31 23:59:59.5"),
            None,
            at("0001-01-01"),
            at("9999-12-31"),
            at("2024-03-31 02:30"),
            at("2024-03-01"),
            at("2024-03-01"),
        ],
        "day": [date(2024, 2, 29), None, date(1960, 1, 1), date(2024, 12, 31), *[None] * 4],
    }
)

AGGREGATES: tuple[tuple[str, object], ...] = (
    ("count(*)", 8),
    ("count(amount)", 7),
    ("count(distinct who)", 6),
    ("count(distinct amount)", 5),
    ("sum(n)", 2**31 + 4),
    ("sum(amount)", 1e15 - 0.25),
    ("sum(amount) FILTER (WHERE flag)", 1e15 + 1.7),
    ("sum(amount) FILTER (WHERE id > 99)", None),
    ("avg(amount) FILTER (WHERE id > 99)", None),
    ("min(who) FILTER (WHERE id > 99)", None),
    ("median(amount) FILTER (WHERE id > 99)", None),
    ("coalesce(sum(amount) FILTER (WHERE id > 99), 0.0e0)", 0.0),
    ("count(*) FILTER (WHERE flag)", 4),
    ("count(*) FILTER (WHERE NOT flag)", 2),
    ("count(*) FILTER (WHERE id > 99)", 0),
    ("count(distinct CASE WHEN flag THEN who END)", 3),
    ("count_if(flag)", 4),
    ("avg(n) FILTER (WHERE id < 4)", 2.0),
    ("avg(CASE WHEN flag THEN 1.0e0 ELSE 0.0e0 END)", 0.5),
    ("sum(CAST(flag AS int))", 4),
    ("sum(n) FILTER (WHERE id < 3) / count(n) FILTER (WHERE id < 3)", 1.5),
    ("min(who)", "E"),
    ("max(who)", "é"),
    ("min(amount)", -2.25),
    ("max(amount)", 1e15),
    ("min(moment)", at("0001-01-01")),
    ("max(moment)", at("9999-12-31")),
    ("min(day)", date(1960, 1, 1)),
    ("secs(min(moment), max(moment))", 315537811200.0),
    ("median(amount)", 0.1),
    ("median(n)", 2.0),
    ("percentile_cont(0.25) WITHIN GROUP (ORDER BY amount)", 0.1),
    ("percentile_cont(0.75) WITHIN GROUP (ORDER BY n)", 4.0),
    ("stddev_samp(n) FILTER (WHERE id < 4)", 1.0),
    ("var_pop(n) FILTER (WHERE id < 4)", 2 / 3),
    ("corr(id, n) FILTER (WHERE id < 4)", 1.0),
    ("bool_or(flag)", True),
    ("max_by(who, amount)", "Zürich"),
    ("CAST(sum(CAST(amount AS decimal(38, 6))) AS varchar(60))", "999999999999999.750000"),
    ("sum(abs(amount)) FILTER (WHERE amount < 0 OR flag)", 1e15 + 3.95),
)

ONE = "id = 1"
EXPRESSIONS: tuple[tuple[str, str, object], ...] = (
    ("5 / 2", ONE, 2.5),
    ("-7 / 2", ONE, -3.5),
    ("n / 2", "id = 3", 1.5),
    ("n / nullif(n, 0)", "id = 8", None),
    ("-7 % 3", ONE, -1),
    ("n * 4", "id = 7", 2**33),
    ("amount / 86400.0e0", ONE, 1.5 / 86400),
    ("amount * NULL", ONE, None),
    ("0.1e0 + 0.2e0 = 0.3e0", ONE, False),
    ("greatest(n, 0, NULL)", "id = 5", 0),
    ("least(n, amount)", "id = 3", -2.25),
    ("coalesce(amount, 0.0e0)", "id = 2", 0.0),
    ("nullif(who, 'e')", "id = 3", None),
    ("CASE WHEN flag THEN 'yes' WHEN NOT flag THEN 'no' ELSE 'unknown' END", "id = 3", "unknown"),
    ("CASE WHEN n <> 0 THEN 10 / n END", "id = 8", None),
    ("CAST(flag AS int)", "id = 2", 0),
    ("CAST(flag AS double)", ONE, 1.0),
    ("CAST(n AS double)", ONE, 1.0),
    ("CAST(n AS string)", "id = 5", "-7"),
    ("CAST('12' AS bigint)", ONE, 12),
    ("try_cast('x' AS double)", ONE, None),
    ("flag AND NULL", "id = 2", False),
    ("coalesce(flag, false)", "id = 3", False),
    ("n IN (1, 2)", ONE, True),
    ("n NOT IN (3, NULL)", ONE, None),
    ("n BETWEEN 1 AND 3", "id = 3", True),
    ("who IS DISTINCT FROM 'e'", "id = 5", True),
    ("'' = ' '", ONE, False),
    ("who = 'e'", "id = 4", False),
    ("who = 'é'", "id = 2", False),
    ("'E' < 'e'", ONE, True),
    ("'z' < 'é'", ONE, True),
    ("who LIKE 'Z%'", "id = 6", True),
    ("upper('aé')", ONE, "AÉ"),
    ("lower('AÉ')", ONE, "aé"),
    ("length('a😀é')", ONE, 3),
    ("length('')", ONE, 0),
    ("substr('a😀b', 2, 1)", ONE, "😀"),
    ("left('abc', 2)", ONE, "ab"),
    ("who || '!'", "id = 5", None),
    ("'a' || 'b'", ONE, "ab"),
    ("replace('a.b.c', '.', '')", ONE, "abc"),
    ("translate('a1b2', '12', '')", ONE, "ab"),
    ("split_part('a-b-c', '-', 2)", ONE, "b"),
    ("position('b' IN 'abc')", ONE, 2),
    ("md5('é')", ONE, "66ddcd97cfdeabb2f6fb8a999b4bc76f"),
    ("abs(amount)", "id = 3", 2.25),
    ("CAST(floor(amount) AS double)", "id = 3", -3.0),
    ("sqrt(16.0e0)", ONE, 4.0),
    ("power(2.0e0, 10)", ONE, 1024.0),
    ("ln(1.0e0)", ONE, 0.0),
    ("ln(1 + abs(amount))", ONE, math.log(2.5)),
    ("CAST(moment AS date)", ONE, date(2024, 2, 29)),
    ("CAST(day AS timestamp)", ONE, at("2024-02-29")),
    ("CAST('2024-02-29 10:00:00.5' AS timestamp)", ONE, at("2024-02-29 10:00:00.5")),
    ("CAST('2024-02-29' AS timestamp)", ONE, at("2024-02-29")),
    ("try_cast('2024-02-30' AS date)", ONE, None),
    ("try_cast('31.12.2024' AS date)", ONE, None),
    ("CAST(date_trunc('month', moment) AS timestamp)", ONE, at("2024-02-01")),
    ("extract(year FROM moment)", ONE, 2024),
    ("extract(month FROM day)", ONE, 2),
    ("moment > CAST('2024-02-29' AS timestamp)", ONE, True),
    ("day = CAST('2024-02-29' AS date)", ONE, True),
    ("secs(CAST(day AS timestamp), moment) / 86400.0e0", ONE, 86399.999999 / 86400),
)

STATEMENTS: tuple[tuple[str, list[tuple[object, ...]]], ...] = (
    (
        "SELECT who, count(*) AS c FROM {t} GROUP BY who ORDER BY who NULLS LAST",
        [("E", 1), ("Zürich", 1), ("e", 1), ("e ", 1), ("e\u0301", 1), ("é", 2), (None, 1)],
    ),
    (
        "SELECT who FROM {t} ORDER BY who DESC NULLS LAST, id LIMIT 3",
        [("é",), ("é",), ("e\u0301",)],
    ),
    (
        "SELECT id, row_number() OVER (PARTITION BY flag ORDER BY amount DESC NULLS LAST, id) AS r"
        " FROM {t} ORDER BY id",
        [(1, 2), (2, 2), (3, 2), (4, 3), (5, 1), (6, 1), (7, 1), (8, 4)],
    ),
    (
        "SELECT id, sum(n) OVER (ORDER BY id) AS s, lag(n) OVER (ORDER BY id) AS l FROM {t}"
        " WHERE id < 4 ORDER BY id",
        [(1, 1, None), (2, 3, 1), (3, 6, 2)],
    ),
    (
        "SELECT amount, sum(n) AS s FROM {t} GROUP BY amount HAVING count(*) > 1",
        [(0.1, 2**31)],
    ),
    (
        "SELECT l.id, r.id AS other FROM {t} l LEFT JOIN {t} r ON l.who = r.who AND l.id < r.id"
        " WHERE l.id IN (1, 5) ORDER BY l.id",
        [(1, 8), (5, None)],
    ),
    (
        "WITH few AS (SELECT id, n FROM {t} WHERE id < 3) SELECT id, n FROM few"
        " UNION ALL SELECT 9 AS id, 0 AS n ORDER BY id",
        [(1, 1), (2, 2), (9, 0)],
    ),
    ("SELECT count(*) AS c, sum(n) AS s FROM {t} WHERE 1 = 0", [(0, None)]),
    ("SELECT flag, count(*) AS c FROM {t} WHERE 1 = 0 GROUP BY flag", []),
    ("SELECT DISTINCT flag FROM {t} ORDER BY flag NULLS LAST", [(False,), (True,), (None,)]),
    (
        "SELECT id FROM {t} WHERE n = (SELECT max(n) FROM {t}) OR id IN (SELECT n FROM {t})"
        " ORDER BY id",
        [(1,), (2,), (3,), (5,), (7,)],
    ),
    (
        "SELECT count(*) AS c FROM (VALUES (1, 'a'), (2, 'b')) AS v(x, y) WHERE y = 'b'",
        [(1,)],
    ),
)


@pytest.fixture(scope="module")
def table(engine: Engine) -> str:
    engine.load("the rows", ROWS)
    return quoted("the rows")


def test_aggregates(engine: Engine, table: str) -> None:
    columns = ", ".join(f"{sql} AS c{number}" for number, (sql, _) in enumerate(AGGREGATES))
    found = engine.arrow(f"SELECT {columns} FROM {table}").to_pylist()[0].values()
    wrong = [
        (sql, value, expected)
        for (sql, expected), value in zip(AGGREGATES, found, strict=True)
        if not same(value, expected)
    ]
    assert wrong == []


def test_expressions(engine: Engine, table: str) -> None:
    columns = ", ".join(f"{sql} AS c{number}" for number, (sql, _, _) in enumerate(EXPRESSIONS))
    rows = engine.arrow(f"SELECT id, {columns} FROM {table}").to_pylist()
    by_id = {f"id = {row['id']}": row for row in rows}
    found = [by_id[where][f"c{number}"] for number, (_, where, _) in enumerate(EXPRESSIONS)]
    wrong = [
        (sql, where, value, expected)
        for (sql, where, expected), value in zip(EXPRESSIONS, found, strict=True)
        if not same(value, expected)
    ]
    assert wrong == []


@pytest.mark.parametrize(("sql", "expected"), STATEMENTS, ids=range(len(STATEMENTS)))
def test_statements(
    engine: Engine, table: str, sql: str, expected: list[tuple[object, ...]]
) -> None:
    rows = engine.arrow(sql.format(t=table)).to_pylist()
    assert [tuple(row.values()) for row in rows] == expected
