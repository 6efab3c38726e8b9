"""The prelude's functions have one meaning everywhere: each result against an explicit table."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pytest

from clustomer.engines.base import Engine, EngineError, literal

NBSP, VT, IDEOGRAPHIC, ZERO_WIDTH = "\u00a0", "\x0b", "\u3000", "\u200b"

NUMBERS: tuple[tuple[str | None, float | None], ...] = (
    (None, None),
    ("", None),
    (" ", None),
    ("f", None),
    ("v", None),
    ("five", None),
    ("1", 1.0),
    (" 1 ", 1.0),
    ("   -12.50", -12.5),
    ("5.", 5.0),
    (".5", 0.5),
    ("+5", 5.0),
    ("-0", -0.0),
    ("00012", 12.0),
    ("1e5", 1e5),
    ("1E5", 1e5),
    ("+.5e-1", 0.05),
    ("1e+5", 1e5),
    ("1e308", 1e308),
    ("1e309", None),
    ("-1e999", None),
    ("1e-400", 0.0),
    ("9" * 400, None),
    ("0." + "1" * 400, 1 / 9),
    ("9007199254740993", 9007199254740992.0),
    ("0.1", 0.1),
    ("\t1", None),
    ("1\n", None),
    (f"1{VT}", None),
    (f"{NBSP}1", None),
    ("1d", None),
    ("1f", None),
    ("1D", None),
    ("1L", None),
    ("NaN", None),
    ("nan", None),
    ("Infinity", None),
    ("-inf", None),
    ("0x1F", None),
    ("0x1p3", None),
    ("1_000", None),
    ("1 000", None),
    ("1,5", None),
    ("1.000,50", None),
    ("--1", None),
    ("+-1", None),
    ("- 1", None),
    ("1-", None),
    (".", None),
    ("+", None),
    ("e5", None),
    ("1e", None),
    ("1e+", None),
    ("1e5.5", None),
    ("1.2.3", None),
    ("1 e5", None),
    ("\u0663", None),
    ("\uff11", None),
    ("\u00bd", None),
    ("1'", None),
    ('"1"', None),
    ("1\\", None),
    ("😀", None),
    ("true", None),
    ("x" * 100_000, None),
)

SPACES: tuple[tuple[str | None, str | None], ...] = (
    (None, None),
    ("", ""),
    (" ", ""),
    ("f", "f"),
    ("vf v", "vf v"),
    ("  a  b  ", "a b"),
    ("\ta\t\tb\n", "a b"),
    ("a\r\nb", "a b"),
    (f"{VT}a{VT}b", "a b"),
    ("a\x0cb\x1cc\x1dd\x1ee\x1ff\x85g", "a b c d e f g"),
    (f"{NBSP}a{NBSP}{NBSP}b", "a b"),
    (f"{IDEOGRAPHIC}a\u2003b\u2028c\u2029d\u202fe\u205ff\u1680g", "a b c d e f g"),
    (f"a{ZERO_WIDTH}b\ufeff", f"a{ZERO_WIDTH}b\ufeff"),
    ("it's", "it's"),
    ('"a"  "b"', '"a" "b"'),
    ("a\\  b\\", "a\\ b\\"),
    ("a\\tb", "a\\tb"),
    ("😀  é", "😀 é"),
    ("e\u0301 ", "e\u0301"),
    ("a " * 20_000, ("a " * 20_000).strip()),
)

HAS: tuple[tuple[str | None, str, bool | None], ...] = (
    (None, "a", None),
    ("", "a", False),
    ("abc", "b", True),
    ("abc", "^b", False),
    ("C123", "^[Cc]", True),
    ("x'y", "'", True),
    ("a\\b", r"\\", True),
    ("a.b", r"a\.b", True),
    ("axb", r"a\.b", False),
    ("a+b", "[+]", True),
    ("é", "(?i)É", True),
    ("ABC", "(?i)b", True),
    ("a\nb", "a.b", False),
    ("a\rb", "a.b", True),
    ("12", "^[0-9]+$", True),
    ("1\u0663", "^[0-9]+$", False),
    ("1\u0663", r"^\d+$", False),
    ("é", r"\w", False),
    ("é", r"\p{L}", True),
    ("a$b", "[$]b", True),
    ("😀", "^.$", True),
    ("y" * 50_000, "(x|y)z", False),
    ('say "hi"', '"hi"', True),
    ("a--b /* c */", "--b /[*]", True),
    ("to_num(1)", "to_num[(]", True),
)

SUBS: tuple[tuple[str | None, str, str, str | None], ...] = (
    (None, "a", "b", None),
    ("", "a", "b", ""),
    ("aaa", "a", "b", "bbb"),
    ("a.b.c", "[.]", "", "abc"),
    ("1,234,5", ",", ".", "1.234.5"),
    ("price 5", "[0-9]+", "$1", "price $1"),
    ("ab", "(a)(b)", r"\2-\1", "b-a"),
    ("ab12", "([a-z]+)([0-9]+)", r"$\2\1", "$12ab"),
    ("abc", "b", r"[\0]", "a[b]c"),
    ("aXbxc", "(?i)x", "'", "a'b'c"),
    ("it's", "'", "", "its"),
    ("a\\b", r"\\", "/", "a/b"),
    ("é😀é", "é", "e", "e😀e"),
    ("a(b)", "[()]", "", "ab"),
    ("a,b", ",", ")", "a)b"),
)

at = datetime.fromisoformat
EPOCH = at("1970-01-01 00:00:00")
MOMENTS: tuple[tuple[datetime | None, datetime | None, float | None], ...] = (
    (None, EPOCH, None),
    (EPOCH, None, None),
    (EPOCH, EPOCH, 0.0),
    (EPOCH, at("1970-01-01 00:00:00.000001"), 1e-6),
    (at("2024-02-29 23:59:59.999999"), at("2024-03-01 00:00:00"), 1e-6),
    (at("2024-02-28 00:00:00"), at("2024-03-01 00:00:00"), 172_800.0),
    (at("2023-02-28 00:00:00"), at("2023-03-01 00:00:00"), 86_400.0),
    (at("1969-12-31 23:59:59.500000"), EPOCH, 0.5),
    (at("1582-10-04 00:00:00"), at("1582-10-15 00:00:00"), 11 * 86_400.0),
    (at("0001-01-01 00:00:00"), EPOCH, 62_135_596_800.0),
    (EPOCH, at("9999-12-31 00:00:00"), 253_402_214_400.0),
    (at("2024-03-31 01:30:00"), at("2024-03-31 03:30:00"), 7_200.0),
    (at("2024-01-02 00:00:00"), at("2024-01-01 00:00:00"), -86_400.0),
)


def test_to_num_reads_plain_numbers_and_nothing_else(engine: Engine) -> None:
    assert answers(engine, "to_num(x)", [text for text, _ in NUMBERS]) == dict(NUMBERS)


def test_ws_makes_every_run_of_white_space_one_space(engine: Engine) -> None:
    assert answers(engine, "ws(x)", [text for text, _ in SPACES]) == dict(SPACES)


def test_white_space_is_what_python_takes_for_it(engine: Engine) -> None:
    every = [chr(code) for code in range(1, 0x3100) if not 0xD800 <= code < 0xE000]
    found = answers(engine, "ws(x)", [f"a{character}b" for character in every])
    assert found == {f"a{one}b": " ".join(f"a{one}b".split()) for one in every}


def test_re_has_finds_a_pattern(engine: Engine) -> None:
    columns = ", ".join(
        f"re_has({_text(text)}, {literal(pattern)}) AS c{number}"
        for number, (text, pattern, _) in enumerate(HAS)
    )
    found = engine.arrow(f"SELECT {columns}").to_pylist()[0].values()
    assert list(zip(HAS, found, strict=True)) == [(row, row[-1]) for row in HAS]


def test_re_sub_replaces_every_occurrence(engine: Engine) -> None:
    columns = ", ".join(
        f"re_sub({_text(text)}, {literal(pattern)}, {literal(new)}) AS c{number}"
        for number, (text, pattern, new, _) in enumerate(SUBS)
    )
    found = engine.arrow(f"SELECT {columns}").to_pylist()[0].values()
    assert list(zip(SUBS, found, strict=True)) == [(row, row[-1]) for row in SUBS]


def test_secs_counts_from_one_timestamp_to_another(engine: Engine) -> None:
    starts, ends, expected = zip(*MOMENTS, strict=True)
    kind = pa.timestamp("us")
    engine.load("moments", pa.table({"a": pa.array(starts, kind), "b": pa.array(ends, kind)}))
    engine.view("spans", "SELECT a, b, secs(a, b) AS s FROM moments")
    found = engine.arrow("SELECT a, b, s FROM spans").to_pylist()
    seconds = {(row["a"], row["b"]): row["s"] for row in found}
    assert seconds == {(a, b): s for a, b, s in MOMENTS}
    assert len(expected) == len(found)


def test_secs_takes_dates_for_midnights(engine: Engine) -> None:
    table = pa.table({"d": [date(2024, 2, 29)], "t": [at("2024-03-01 00:00:00.250000")]})
    engine.load("days", table)
    found = engine.arrow("SELECT secs(d, t) AS x, secs(t, d) AS y FROM days").to_pylist()
    assert found == [{"x": 86_400.25, "y": -86_400.25}]


def test_a_text_means_the_same_in_quotes_and_in_a_table(engine: Engine) -> None:
    texts = [
        "'",
        "''",
        "\\",
        "\\\\",
        "\\'",
        "a\\n",
        "\\u0041",
        '"',
        "`",
        "--",
        "/*",
        "%",
        "\n",
        "$",
    ]
    columns = ", ".join(f"{literal(text)} AS c{number}" for number, text in enumerate(texts))
    assert list(engine.arrow(f"SELECT {columns}").to_pylist()[0].values()) == texts


def test_functions_work_wherever_an_expression_does(engine: Engine) -> None:
    engine.load("worn", pa.table({"x": ["3", "1", None, "2", "x"], "n": [1, 2, 3, 4, 5]}))
    found = engine.arrow(
        "WITH kept AS (SELECT x, n, to_num(x) AS v FROM worn WHERE n > 0)"
        " SELECT v, count(*) AS c, sum(to_num(x)) FILTER (WHERE re_has(x, '[0-9]')) AS s,"
        " row_number() OVER (ORDER BY max(to_num(ws(re_sub(x, '1', ' 9 ')))) DESC NULLS LAST) AS r"
        " FROM kept GROUP BY v HAVING coalesce(max(to_num(x)), 0) >= 0"
        " ORDER BY v NULLS LAST"
    )
    assert [tuple(row.values()) for row in found.to_pylist()] == [
        (1.0, 1, 1.0, 1),
        (2.0, 1, 2.0, 3),
        (3.0, 1, 3.0, 2),
        (None, 2, None, 4),
    ]
    ordered = engine.arrow("SELECT n FROM worn ORDER BY to_num(x) DESC NULLS LAST, n")
    assert ordered["n"].to_pylist() == [1, 4, 2, 3, 5]


def test_case_guards_what_stands_inside_a_function(engine: Engine) -> None:
    engine.load("divisors", pa.table({"n": [0, 2]}))
    sql = "SELECT CASE WHEN n <> 0 THEN to_num(CAST(1 / n AS string)) END AS x FROM divisors"
    assert sorted(engine.arrow(sql)["x"].to_pylist(), key=str) == [0.5, None]


@pytest.mark.parametrize("sql", ["SELECT secs(1) AS x", "SELECT re_has('a', '(') AS x", "SELECT ("])
def test_a_wrong_statement_is_told_with_its_sql(engine: Engine, sql: str) -> None:
    with pytest.raises(EngineError) as raised:
        engine.arrow(sql)
    assert sql in str(raised.value)
    assert raised.value.sql == sql


def answers(engine: Engine, sql: str, texts: list[str | None]) -> dict[str | None, object]:
    engine.load("texts", pa.table({"x": pa.array(texts, pa.string())}))
    found = engine.arrow(f"SELECT x, {sql} AS answer FROM texts").to_pylist()
    assert len(found) == len(texts)
    return {row["x"]: row["answer"] for row in found}


def _text(text: str | None) -> str:
    return "CAST(NULL AS varchar(9))" if text is None else literal(text)
