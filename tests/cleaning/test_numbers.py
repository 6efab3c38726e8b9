from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustomer.cleaning.limits import Limits
from clustomer.cleaning.numbers import LIMIT, NumberRepair, currency, evidence, learn_numbers
from clustomer.cleaning.values import shown

POINT, COMMA = NumberRepair("."), NumberRepair(",")


@pytest.mark.parametrize(
    ("raw", "value", "rule"),
    [
        ("3", 3.0, ""),
        (" 3 ", 3.0, ""),
        ("-0.5", -0.5, ""),
        ("1e5", 1e5, ""),
        ("three", 3.0, "words"),
        ("\x0bFive\u00a0\t", 5.0, "words"),
        ("twenty-five", 25.0, "words"),
        ("one hundred and two", 102.0, "words"),
        ("minus five", -5.0, "words"),
        ("a hundred", 100.0, "words"),
        ("a dozen", 12.0, "words"),
        ("half a dozen", 6.0, "words"),
        ("two dozen", 24.0, "words"),
        ("1,234.50", 1234.5, "thousands"),
        ("1 234,5", 1234.5, "thousands + decimal-comma"),
        ("1\u202f234", 1234.0, "thousands"),
        ("1.234,50", 1234.5, "thousands + decimal-comma"),
        ("1'234", 1234.0, "thousands"),
        ("1,23,456.00", 123456.0, "thousands"),
        ("1,5", 1.5, "decimal-comma"),
        ("0,125", 0.125, "decimal-comma"),
        ("$ 3", 3.0, "currency"),
        ("3 €", 3.0, "currency"),
        ("USD 12", 12.0, "currency"),
        ("-$3.50", -3.5, "currency"),
        ("(12.00)", -12.0, "negative"),
        ("12-", -12.0, "negative"),
        ("\u22127", -7.0, "space"),
        ("75k", 75000.0, "multiplier"),
        ("1.2m", 1200000.0, "multiplier"),
        ("12%", 0.12, "percent"),
        ("１２", 12.0, "space"),
    ],
)
def test_reads_what_people_write(raw: str, value: float, rule: str) -> None:
    assert POINT.one(raw) == (value, rule)


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        ("", "blank"),
        (" \u00a0\t", "blank"),
        ("\u200b", "blank"),
        ("N/A", "blank-word"),
        ("1e308", "out-of-range"),
        ("1e400", "out-of-range"),
        ("-1000000000000000", "out-of-range"),
        ("inf", "not-a-number"),
        ("-Infinity", "not-a-number"),
        ("nan", "not-a-number"),
        ("f", "unreadable"),
        ("a", "unreadable"),
        ("😀", "unreadable"),
        ("5²", "unreadable"),
        ("1 2", "unreadable"),
        ("1,2,3", "unreadable"),
        ("1.2.3", "unreadable"),
        ("+-3", "unreadable"),
        ("(-3)", "unreadable"),
        ("3 horses", "unreadable"),
        ("0x10", "unreadable"),
        ("1_000", "unreadable"),
    ],
)
def test_what_cannot_be_read_becomes_blank_and_says_why(raw: str, rule: str) -> None:
    assert POINT.one(raw) == (None, rule)


def test_in_a_decimal_comma_column_a_point_separates_thousands() -> None:
    assert COMMA.one("1.234") == (1234.0, "thousands")
    assert COMMA.one("1,234") == (1.234, "decimal-comma")
    assert COMMA.one("12.5") == (12.5, "decimal-point")


def test_the_column_decides_the_decimal_mark() -> None:
    assert learn_numbers({"1,234": 5}, 0) == NumberRepair(".", decided=False)
    assert learn_numbers({"1,234": 5, "1,5": 1}, 0) == NumberRepair(",", decided=True)
    assert learn_numbers({"1,5": 1}, 10) == NumberRepair(".", decided=True)
    assert learn_numbers({"1.234,50": 2}, 0).decimal == ","
    assert learn_numbers({"three": 2, "": 1}, 0) == NumberRepair(".", decided=False)


def test_evidence_and_currency() -> None:
    assert [evidence(raw) for raw in ("1,5", "1,234,567", "1,234", "x", "1.2.3")] == [
        ",",
        ".",
        "?",
        "",
        "",
    ]
    assert [currency(raw) for raw in ("3 €", "usd 12", "three")] == ["€", "USD", ""]


@given(st.text())
def test_any_text_is_read_or_refused_with_a_rule(raw: str) -> None:
    for repair in (POINT, COMMA):
        value, rule = repair.one(raw)
        assert rule or value is not None
        assert value is None or (isinstance(value, float) and math.isfinite(value))


@given(st.text(alphabet="0123456789.,' -+$€%()kme", max_size=12))
def test_reading_what_was_read_changes_nothing(raw: str) -> None:
    value = POINT.one(raw).value
    if value is not None:
        assert POINT.one(shown(value)) == (value, "")


@given(st.floats(min_value=-LIMIT, max_value=LIMIT, exclude_min=True, exclude_max=True))
def test_plain_numbers_are_untouched(number: float) -> None:
    assert POINT.one(repr(number)) == (number, "")


@given(st.integers(0, 10**9), st.integers(0, 99))
def test_separators_do_not_change_a_number(whole: int, cents: int) -> None:
    english = f"{whole:,}.{cents:02}"
    german = english.translate(str.maketrans(",.", ".,"))
    expected = whole + cents / 100
    assert POINT.one(english).value == pytest.approx(expected, rel=1e-15)
    assert COMMA.one(german).value == POINT.one(english).value


@pytest.mark.parametrize(
    ("raw", "value", "rule"),
    [
        ("12.0 oz. Alumi-Tek", 12.0, "unit + remark"),
        ("12.0 OZ.", 12.0, "unit"),
        ("1,234.5 ounces", 1234.5, "thousands + unit"),
        ("five oz", 5.0, "words + unit"),
        ("12 fl. oz", None, "other-unit"),
        ("0.5 l", None, "other-unit"),
        ("7", 7.0, ""),
    ],
)
def test_a_unit_is_read_and_another_one_is_never_added_up(
    raw: str, value: float | None, rule: str
) -> None:
    ounces = learn_numbers({"12.0 oz": 40, "16 ounce": 30, "0.5 l": 2}, 0)
    assert ounces.unit == "oz"
    assert ounces.one(raw) == (value, rule)


def test_units_of_one_kind_are_converted() -> None:
    weights = learn_numbers({"3 kg": 40, "500 g": 3}, 0)
    assert weights.one("500 g") == (0.5, "unit-converted")
    lengths = learn_numbers({"180 cm": 40, "2 m": 3}, 0)
    assert lengths.one("2 m") == (200.0, "unit-converted")
    assert learn_numbers({"$2 m": 40}, 0).one("2 m").value == 2_000_000


@pytest.mark.parametrize(
    ("usual", "value", "rule"),
    [
        (None, 0.12, "percent"),
        (0.2, 0.12, "percent"),
        (15.0, 12.0, "percent-sign"),
    ],
)
def test_the_other_numbers_say_what_a_per_cent_sign_means(
    usual: float | None, value: float, rule: str
) -> None:
    repair = learn_numbers({"12%": 3, "14 %": 2, "0.1%": 1}, 0, usual)
    assert repair.one("12%") == (value, rule)


def test_limits_and_blanks_of_the_recipe() -> None:
    ages = learn_numbers({}, 0, limits=Limits(0, 120, "blank"), missing=("-999", "Secret"))
    assert ages.one("900") == (None, "above-limit")
    assert ages.one("nine hundred") == (None, "words + above-limit")
    assert ages.one("-1") == (None, "below-limit")
    assert ages.one("-999.0") == ages.one("secret ") == (None, "blank-word")
    capped = learn_numbers({}, 0, limits=Limits(0, 120, "cap"))
    assert capped.one("900") == (120.0, "above-limit")
    assert learn_numbers({}, 0, limits=Limits(0, 120)).one("900") == (900.0, "")
