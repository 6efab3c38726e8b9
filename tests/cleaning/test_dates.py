from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustomer.cleaning.dates import ORDERS, DateRepair, learn_dates
from clustomer.cleaning.values import shown
from clustomer.names import DateOrder


@pytest.mark.parametrize(
    ("raw", "iso", "rule"),
    [
        ("2025-07-06", "2025-07-06", ""),
        ("2024-02-29", "2024-02-29", ""),
        ("2025-07-06T10:30", "2025-07-06 10:30:00", ""),
        ("2025-07-06 10:30:15.25Z", "2025-07-06 10:30:15.250000", ""),
        ("2025-07-06T00:30:00+02:00", "2025-07-05 22:30:00", "to-utc"),
        ("2025-07-06 23:30:00-0130", "2025-07-07 01:00:00", "to-utc"),
        (" 2025-07-06\u00a0", "2025-07-06", "year-month-day"),
        ("2025/7/6", "2025-07-06", "year-month-day"),
        ("20250706", "2025-07-06", "compact"),
        ("06-07-25", "2025-07-06", "day-month-year"),
        ("6.7.2025", "2025-07-06", "day-month-year"),
        ("6 7 2025", "2025-07-06", "day-month-year"),
        ("06/07/2025 3:05:09 pm", "2025-07-06 15:05:09", "day-month-year"),
        ("06/07/2025 12:05 AM", "2025-07-06 00:05:00", "day-month-year"),
        ("6 July 2025", "2025-07-06", "month-name"),
        ("06-Jul-25", "2025-07-06", "month-name"),
        ("July 6, 2025", "2025-07-06", "month-name"),
        ("Sun, 6 Jul 2025 10:00:00 +0000", "2025-07-06 10:00:00", "month-name"),
        ("01-01-69", "1969-01-01", "day-month-year"),
        ("01-01-68", "2068-01-01", "day-month-year"),
    ],
)
def test_reads_dates(raw: str, iso: str, rule: str) -> None:
    value, how = DateRepair().one(raw)
    assert (shown(value), how) == (iso, rule)


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        ("", "blank"),
        ("\x0b ", "blank"),
        ("n/a", "blank-word"),
        ("0000-00-00", "blank-word"),
        ("2025-02-30", "unreadable"),
        ("2025-07-06 25:00", "unreadable"),
        ("06-07-2025 13:00 PM", "unreadable"),
        ("13-13-25", "unreadable"),
        ("6 Brumaire 2025", "unreadable"),
        ("06-07/25", "unreadable"),
        ("five", "unreadable"),
        ("99991231-", "unreadable"),
    ],
)
def test_refuses_what_is_no_date(raw: str, rule: str) -> None:
    assert DateRepair().one(raw) == (None, rule)


def test_the_column_decides_the_order() -> None:
    assert learn_dates({"06-07-25": 9, "26-04-25": 1, "11-08-24": 1}) == DateRepair()
    assert learn_dates({"06/07/2025": 9, "04/26/2025": 1}) == DateRepair("month-day-year")
    assert learn_dates({"2025/07/06": 9}) == DateRepair()
    assert learn_dates({}) == DateRepair()


def test_short_years_in_front_are_found_by_their_repeating() -> None:
    days = {f"25-{month:02}-{day:02}": 1 for month in (6, 7) for day in range(1, 29)}
    assert learn_dates(days) == DateRepair("year-month-day", decided=False)
    assert not learn_dates({"25-07-31": 1, "25-07-30": 1}).decided
    assert learn_dates({"31-12-24": 1, "06-07-25": 1}) == DateRepair("day-month-year")
    back = {f"{day:02}-{month:02}-25": 1 for month in (6, 7) for day in range(1, 29)}
    assert learn_dates(back) == DateRepair("day-month-year")


def test_an_open_choice_is_said() -> None:
    assert learn_dates({"06-07-25": 3}) == DateRepair(decided=False)
    assert learn_dates({"06-07-25": 3}, forced="month-day-year") == DateRepair("month-day-year")
    sibling: tuple[str, DateOrder] = ("signup", "month-day-year")
    assert learn_dates({"06-07-25": 3}, sibling=sibling) == DateRepair(
        "month-day-year", decided=False, because="signup"
    )


PIVOTED = st.dates(min_value=date(1969, 1, 1), max_value=date(2068, 12, 31))
DAYS = st.datetimes().filter(lambda moment: moment.year >= 1000)


@given(
    PIVOTED.map(lambda day: datetime.combine(day, time())),
    st.sampled_from(ORDERS),
    st.sampled_from(["-", "/", ".", " "]),
    st.sampled_from(["%y", "%Y"]),
)
def test_reads_back_what_was_written_in_its_order(
    moment: datetime, order: DateOrder, mark: str, year: str
) -> None:
    parts = {"day": "%d", "month": "%m", "year": year}
    written = moment.strftime(mark.join(parts[part] for part in order.split("-")))
    assert DateRepair(order).one(written).value == moment


@given(DAYS)
def test_reading_what_was_read_changes_nothing(moment: datetime) -> None:
    assert DateRepair().one(shown(moment)) == (moment, "")


@given(st.text(alphabet="0123456789-/. :TZAPMjulfeb+", max_size=25))
def test_any_text_is_read_or_refused(raw: str) -> None:
    for order in ORDERS:
        value, rule = DateRepair(order).one(raw)
        assert rule or value is not None


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("6. März 2025", "2025-03-06"),
        ("6 de julio de 2025", "2025-07-06"),
        ("1er août 2025", "2025-08-01"),
        ("6 dicembre 2025", "2025-12-06"),
        ("6-Okt-25", "2025-10-06"),
        ("6 of May 2025", "2025-05-06"),
        ("6 soon 2025", ""),
    ],
)
def test_months_have_names_in_several_languages(raw: str, day: str) -> None:
    assert shown(DateRepair().one(raw).value) == day


def test_numbers_are_moments_where_the_column_shows_it() -> None:
    excel = learn_dates({"45123": 40, "45124.5": 2, "2025-07-06x": 1})
    assert excel.serial == "excel-serial"
    assert shown(excel.one("45123").value) == "2023-07-16"
    assert shown(excel.one("45124.5").value) == "2023-07-17 12:00:00"
    assert excel.one("7").value is None
    assert learn_dates({"1720224000": 9}).one("1720224000").rule == "epoch"
    assert learn_dates({"1720224000123": 9}).one("1720224000123").rule == "epoch-ms"
    assert learn_dates({"45123": 1}).one("45123") == (None, "unreadable")
    assert learn_dates({"20250706": 9}).serial == ""


def test_zones_that_have_one_meaning_are_turned_to_utc() -> None:
    assert shown(DateRepair().one("2025-07-06 10:00 CEST").value) == "2025-07-06 08:00:00"
    assert shown(DateRepair().one("2025-07-06 10:00 EST").value) == "2025-07-06 15:00:00"
    assert DateRepair().one("2025-07-06 10:00 CST") == (None, "unreadable")
