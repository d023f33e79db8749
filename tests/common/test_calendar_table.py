"""The calendar in force follows the tables: seed, edits, a missing notice, dated hours."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from common import calendar
from common.calendar import store
from common.calendar.reckoning import ZONE
from common.models import Holiday, Policy

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh():
    calendar.forget()
    yield
    calendar.forget()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def one_day_after(text: str) -> str:
    return f"{calendar.add_limit(at(text), calendar.Limit(1, 'wd')):%Y-%m-%d %H:%M}"


def test_every_exception_of_the_notices_is_seeded():
    assert Holiday.objects.filter(is_workday=False).count() == 407
    assert Holiday.objects.filter(is_workday=True).count() == 150
    make_up = Holiday.objects.get(date=date(2026, 10, 10))
    assert (make_up.is_workday, make_up.name) == (True, "国庆节调休")
    assert make_up.source == "国务院办公厅关于2026年部分节假日安排的通知"


def test_a_missing_notice_is_told_from_november_until_it_is_entered():
    assert calendar.missing_notice(date(2026, 10, 31)) is None
    warning = calendar.missing_notice(date(2026, 11, 1))
    assert warning is not None
    assert warning.startswith("2027 年的节假日和调休安排尚未录入")
    assert "2027" in (calendar.missing_notice(date(2027, 3, 1)) or "")

    Holiday.objects.create(date=date(2027, 1, 1), name="元旦", source="通知")
    Holiday.objects.create(date=date(2027, 2, 8), name="春节", source="通知")
    assert calendar.holidays_missing(2027)
    Holiday.objects.create(date=date(2027, 10, 1), name="国庆节", source="通知")
    assert not calendar.holidays_missing(2027)
    assert calendar.missing_notice(date(2026, 11, 1)) is None


def test_no_published_year_is_missing():
    assert [year for year in range(2004, 2027) if calendar.holidays_missing(year)] == []


def test_an_edit_counts_within_seconds_in_every_process(monkeypatch):
    assert one_day_after("2026-12-31 10:00") == "2027-01-01 17:00"
    Holiday.objects.create(date=date(2027, 1, 1), name="元旦", source="通知")
    assert one_day_after("2026-12-31 10:00") == "2027-01-01 17:00"  # looked at a moment ago
    now = store.time.monotonic()
    monkeypatch.setattr(store.time, "monotonic", lambda: now + store.CHECK_SECONDS)
    assert one_day_after("2026-12-31 10:00") == "2027-01-04 17:00"


def test_an_edit_that_leaves_no_trace_in_the_row_counts_too():
    assert one_day_after("2026-12-31 10:00") == "2027-01-01 17:00"
    Holiday.objects.filter(date=date(2026, 10, 10)).update(date=date(2027, 1, 1), is_workday=False)
    calendar.forget()
    assert one_day_after("2026-12-31 10:00") == "2027-01-04 17:00"


def test_without_an_edit_the_days_are_not_built_again(django_assert_num_queries):
    first = calendar.current()
    with django_assert_num_queries(0):
        assert calendar.current() is first
    calendar.forget()
    with django_assert_num_queries(2):
        assert calendar.current() is first


def test_an_emptied_table_does_not_mean_that_there_are_no_holidays():
    Holiday.objects.all().delete()
    assert one_day_after("2026-09-30 10:00") == "2026-10-08 17:00"


def test_hours_come_from_the_profile_and_then_from_the_dated_rule():
    Policy.objects.filter(key="hours").delete()
    assert one_day_after("2026-06-01 10:00") == "2026-06-02 17:00"
    for valid_from, end in ((date(2026, 1, 1), "17:00"), (date(2026, 6, 2), "17:30")):
        spans = [["08:30", "11:30"], ["13:30", end]]
        Policy.objects.create(key="hours", valid_from=valid_from, data={"weekdays": [1, 2, 3, 4, 5], "spans": spans})
    calendar.forget()
    assert one_day_after("2026-05-29 10:00") == "2026-06-01 17:00"
    assert one_day_after("2026-06-01 10:00") == "2026-06-02 17:30"
