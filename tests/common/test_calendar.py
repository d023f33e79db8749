"""Limits against dates that were worked out by hand from the State Council's notices, and their laws."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.calendar import Calendar, Limit, WorkingHours, add_limit, elapsed, remaining, shift, subtract_limit
from common.calendar.reckoning import ZONE
from common.calendar.seed import statutory_days
from common.errors import Invalid

HOURS = WorkingHours.parse(["08:30-11:30", "13:30-17:00"])  # six and a half hours
NOTICES = {day.date: day.is_workday for day in statutory_days()}
CALENDAR = Calendar(NOTICES, [(date.min, HOURS)])


def at(text: str) -> datetime:
    """``2019-05-15 10:00`` in the district's time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        # hours: round the clock, through nights, holidays and the leap day
        ("2019-05-17 22:10", "24h", "2019-05-18 22:10"),
        ("2024-02-28 23:30", "24h", "2024-02-29 23:30"),
        ("2026-09-30 18:00", "48h", "2026-10-02 18:00"),
        # working hours: over noon, over night, over a weekend, to the end of a span exactly
        ("2019-05-15 10:00", "4wh", "2019-05-15 16:00"),
        ("2019-05-15 15:00", "4wh", "2019-05-16 10:30"),
        ("2019-05-17 22:00", "4wh", "2019-05-20 14:30"),
        ("2019-05-15 08:30", "3wh", "2019-05-15 11:30"),
        ("2019-05-15 12:15", "1wh", "2019-05-15 14:30"),
        ("2019-05-13 06:00", "8wh", "2019-05-14 10:00"),
        # … from one make-up day of Spring Festival 2019 (Saturday 2 and Sunday 3 February) to the other
        ("2019-02-02 16:00", "2wh", "2019-02-03 09:30"),
        ("2019-02-03 16:00", "2wh", "2019-02-11 09:30"),
        # working days: the first day is not counted, whatever the hour
        ("2019-05-15 00:05", "1wd", "2019-05-16 17:00"),
        ("2019-05-15 23:55", "1wd", "2019-05-16 17:00"),
        ("2019-05-17 09:00", "1wd", "2019-05-20 17:00"),
        ("2019-05-18 09:00", "1wd", "2019-05-20 17:00"),
        # Spring Festivals: 2019 off 4–10 Feb; 2020 prolonged to 2 Feb; 2024 off 10–17 with the 18th worked; 2026 off 15–23
        ("2019-02-01 10:00", "5wd", "2019-02-13 17:00"),
        ("2020-01-23 10:00", "1wd", "2020-02-03 17:00"),
        ("2024-02-08 16:00", "3wd", "2024-02-19 17:00"),
        ("2026-02-13 09:00", "2wd", "2026-02-24 17:00"),
        # National Days: a start in the middle of the holiday, a Saturday worked at its end
        ("2025-10-03 09:00", "4wd", "2025-10-13 17:00"),
        ("2026-09-30 18:00", "3wd", "2026-10-10 17:00"),
        # leap day
        ("2024-02-28 10:00", "1wd", "2024-02-29 17:00"),
        ("2023-02-28 10:00", "1wd", "2023-03-01 17:00"),
        # days: all are counted, a last day off moves on to the next working day
        ("2018-11-01 09:00", "15d", "2018-11-16 17:00"),
        ("2019-01-20 09:00", "15d", "2019-02-11 17:00"),
        ("2018-12-07 09:00", "60d", "2019-02-11 17:00"),
        ("2019-01-18 09:00", "15d", "2019-02-02 17:00"),
        ("2024-02-28 10:00", "1d", "2024-02-29 17:00"),
        # a zero limit is over at once
        ("2019-05-18 09:00", "0wd", "2019-05-18 09:00"),
    ],
)
def test_hand_computed(start, limit, due):
    assert add_limit(at(start), Limit.parse(limit), CALENDAR) == at(due)


def test_the_day_is_that_of_shanghai_not_of_utc():
    friday_morning = datetime(2019, 5, 16, 23, 30, tzinfo=UTC)  # still Thursday in UTC
    assert add_limit(friday_morning, Limit(1, "wd"), CALENDAR) == at("2019-05-20 17:00")


def test_the_answer_is_aware_and_local():
    due = add_limit(datetime(2019, 5, 16, 23, 30, tzinfo=UTC), Limit(1, "wh"), CALENDAR)
    assert due.isoformat() == "2019-05-17T09:30:00+08:00"


def test_a_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="without a zone"):
        add_limit(datetime(2019, 5, 16), Limit(1, "wd"), CALENDAR)  # noqa: DTZ001


@pytest.mark.parametrize("limit", [Limit(9999, "wd"), Limit(9999, "d"), Limit(9999, "wh")])
def test_outside_the_calendar_is_a_sentence(limit):
    with pytest.raises(Invalid, match="1992 年至 2099 年"):
        add_limit(at("2099-12-30 10:00"), limit, CALENDAR)
    with pytest.raises(Invalid, match="1992 年至 2099 年"):
        subtract_limit(at("1992-01-02 10:00"), limit, CALENDAR)


@pytest.mark.parametrize(
    ("due", "limit", "moment"),
    [
        ("2019-05-20 17:00", "4wh", "2019-05-20 11:00"),
        ("2019-05-20 10:30", "4wh", "2019-05-17 15:00"),
        ("2019-05-15 17:00", "6h", "2019-05-15 11:00"),
        ("2019-02-11 17:00", "2wd", "2019-02-02 17:00"),
        ("2019-05-20 17:00", "3d", "2019-05-17 17:00"),
        # a whole day earlier is the opening, not the closing of the day before
        ("2019-05-20 17:00", "6wh", "2019-05-20 09:00"),
        ("2019-05-20 15:00", "5wh", "2019-05-17 16:30"),
    ],
)
def test_before_a_limit(due, limit, moment):
    assert subtract_limit(at(due), Limit.parse(limit), CALENDAR) == at(moment)


@pytest.mark.parametrize(
    ("due", "start", "end", "unit", "moved"),
    [
        ("2019-05-22 17:00", "2019-05-20 10:00", "2019-05-20 13:00", "h", "2019-05-22 20:00"),
        ("2019-05-20 16:00", "2019-05-20 14:00", "2019-05-21 09:00", "wh", "2019-05-21 11:00"),
        ("2019-05-20 16:00", "2019-05-18 09:00", "2019-05-19 18:00", "wh", "2019-05-20 16:00"),
        ("2019-05-22 17:00", "2019-05-20 10:00", "2019-05-24 09:00", "wd", "2019-05-28 17:00"),
        # paused on the last day, resumed on a Saturday: one working day is left, as before
        ("2019-05-16 17:00", "2019-05-16 10:00", "2019-05-18 10:00", "wd", "2019-05-20 17:00"),
        # paused and resumed within a weekend: nothing stood still
        ("2019-05-20 17:00", "2019-05-18 10:00", "2019-05-19 10:00", "wd", "2019-05-20 17:00"),
        # over Spring Festival: Friday 1 Feb to Tuesday 12 Feb 2019 are the working days 2, 3, 11 and 12
        ("2019-02-03 17:00", "2019-02-01 10:00", "2019-02-12 10:00", "wd", "2019-02-14 17:00"),
        ("2019-05-31 17:00", "2019-05-20 10:00", "2019-05-25 10:00", "d", "2019-06-05 17:00"),
        ("2019-05-31 17:00", "2019-05-20 10:00", "2019-05-21 10:00", "d", "2019-06-03 17:00"),
    ],
)
def test_a_suspended_clock_stands_still(due, start, end, unit, moved):
    assert shift(at(due), at(start), at(end), unit, CALENDAR) == at(moved)


def test_a_pause_cannot_end_before_it_starts():
    with pytest.raises(Invalid, match="不能早于"):
        shift(at("2019-05-31 17:00"), at("2019-05-20 10:00"), at("2019-05-19 10:00"), "wd", CALENDAR)


@pytest.mark.parametrize(
    ("start", "end", "unit", "amount"),
    [
        ("2019-05-17 16:00", "2019-05-20 09:00", "h", "65"),
        ("2019-05-17 16:00", "2019-05-20 09:00", "wh", "1.5"),
        ("2019-05-17 16:00", "2019-05-20 09:00", "wd", "1"),
        ("2019-05-17 16:00", "2019-05-20 09:00", "d", "3"),
        ("2019-05-15 08:30", "2019-05-15 12:30", "wh", "3"),
        ("2019-05-15 08:30", "2019-05-15 16:45", "wd", "0"),
        ("2019-02-01 10:00", "2019-02-13 17:00", "wd", "5"),
        ("2019-05-20 09:00", "2019-05-17 16:00", "wh", "0"),
    ],
)
def test_elapsed(start, end, unit, amount):
    assert elapsed(at(start), at(end), unit, CALENDAR) == Decimal(amount)


@pytest.mark.parametrize(
    ("now", "unit", "left"),
    [
        ("2019-05-15 10:00", "wd", 3),
        ("2019-05-20 08:00", "wd", 0),
        ("2019-05-18 12:00", "wd", 0),
        ("2019-05-20 17:00", "wd", -1),
        ("2019-05-21 10:00", "wd", -1),
        ("2019-05-22 10:00", "wd", -2),
        ("2019-05-20 15:00", "wh", 2),
        ("2019-05-21 09:30", "wh", -1),
        ("2019-05-20 15:00", "h", 2),
        ("2019-05-21 09:30", "h", Decimal("-16.5")),
        ("2019-05-15 10:00", "d", 5),
        ("2019-05-21 10:00", "d", -1),
    ],
)
def test_remaining_until_monday_evening(now, unit, left):
    assert remaining(at(now), at("2019-05-20 17:00"), unit, CALENDAR) == left


class TestHoursThatChange:
    """Summer hours from 1 June: the afternoon is half an hour later."""

    SUMMER = Calendar(
        NOTICES, [(date(2018, 10, 1), HOURS), (date(2019, 6, 1), WorkingHours.parse(["08:30-11:30", "14:00-17:30"]))]
    )

    @pytest.mark.parametrize(
        ("start", "limit", "due"),
        [
            ("2019-05-31 16:00", "4wh", "2019-06-03 11:30"),
            ("2019-05-31 16:00", "5wh", "2019-06-03 15:00"),
            ("2019-05-31 16:00", "1wd", "2019-06-03 17:30"),
            ("2019-05-30 16:00", "1wd", "2019-05-31 17:00"),
            ("2017-05-30 16:00", "1wd", "2017-05-31 17:00"),
        ],
    )
    def test_each_day_has_its_own(self, start, limit, due):
        assert self.SUMMER.add(at(start), Limit.parse(limit)) == at(due)

    def test_closing_time_stays_closing_time(self):
        moved = self.SUMMER.shift(at("2019-05-31 17:00"), at("2019-05-31 10:00"), at("2019-06-03 10:00"), "wd")
        assert moved == at("2019-06-03 17:30")

    def test_a_six_day_week(self):
        six = Calendar({}, [(date.min, WorkingHours.parse(["09:00-12:00"], [1, 2, 3, 4, 5, 6]))])
        assert six.add(at("2019-05-17 10:00"), Limit(2, "wd")) == at("2019-05-20 12:00")


@pytest.mark.parametrize(
    "spans", [[], ["08:30"], ["11:30-08:30"], ["08:30-11:30", "11:00-17:00"], ["08:30-25:00"], ["8点-9点"]]
)
def test_broken_hours_are_refused(spans):
    with pytest.raises(ValueError):
        WorkingHours.parse(spans)


def test_every_day_of_the_notices_agrees_with_the_library():
    """All days from 2004 to 2026, not only those that are off the rhythm."""
    day = date(2004, 1, 1)
    while day <= date(2026, 12, 31):
        assert CALENDAR.is_working_day(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_counts_of_working_days():
    assert CALENDAR.working_days(date(2026, 1, 1), date(2026, 12, 31)) == 248
    assert CALENDAR.working_days(date(2026, 10, 1), date(2026, 10, 7)) == 0
    assert CALENDAR.working_days(date(2026, 10, 10), date(2026, 10, 10)) == 1
    assert CALENDAR.working_days(date(2026, 10, 10), date(2026, 10, 9)) == 0


# --- laws

moments = st.datetimes(datetime(2018, 1, 1), datetime(2026, 9, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0, tzinfo=ZONE)
)
units = st.sampled_from(["h", "wh", "wd", "d"])
limits = st.builds(Limit, st.integers(1, 90), units)
pauses = st.timedeltas(timedelta(0), timedelta(days=60)).map(lambda span: span - span % timedelta(seconds=1))


@given(moments, st.integers(1, 40))
def test_working_days_agree_with_counting_one_by_one(start, amount):
    day, left = start.date(), amount
    while left:
        day += timedelta(days=1)
        left -= chinese_calendar.is_workday(day)
    assert CALENDAR.add(start, Limit(amount, "wd")) == datetime.combine(day, at("2000-01-01 17:00").timetz())


is_workday = cache(chinese_calendar.is_workday)


@settings(max_examples=50)
@given(moments, st.integers(1, 60))
def test_working_hours_agree_with_counting_minutes(start, amount):
    start = start.replace(second=0)
    minute, left = start, amount * 60
    while left:
        clock = minute.hour * 60 + minute.minute
        if is_workday(minute.date()):
            left -= 510 <= clock < 690 or 810 <= clock < 1020
        elif clock == 0:
            minute += timedelta(hours=23, minutes=59)
        minute += timedelta(minutes=1)
    assert CALENDAR.add(start, Limit(amount, "wh")) == minute


@given(moments, st.integers(1, 90))
def test_days_end_on_the_first_working_day_from_the_last_one(start, amount):
    due = CALENDAR.add(start, Limit(amount, "d"))
    last = start.date() + timedelta(days=amount)
    assert CALENDAR.working_days(last, due.date()) == 1
    assert CALENDAR.is_working_day(due.date())
    assert (due.hour, due.minute, due.second) == (17, 0, 0)


@given(moments, pauses, limits)
def test_whoever_starts_later_ends_no_earlier(start, later, limit):
    assert CALENDAR.add(start, limit) <= CALENDAR.add(start + later, limit)


@given(moments, limits)
def test_what_elapses_until_the_limit_is_the_limit(start, limit):
    spent = CALENDAR.elapsed(start, CALENDAR.add(start, limit), limit.unit)
    assert spent == limit.amount or (limit.unit == "d" and spent > limit.amount)


@given(moments, limits)
def test_the_way_back_and_forth(start, limit):
    due = CALENDAR.add(start, limit)
    assert CALENDAR.add(CALENDAR.subtract(due, limit), limit) == due


@given(moments, limits, pauses, pauses)
def test_a_pause_changes_nothing_but_the_date(start, limit, wait, pause):
    due = CALENDAR.add(start, limit)
    stop, go = start + wait, start + wait + pause
    moved = CALENDAR.shift(due, stop, go, limit.unit)
    before, after = CALENDAR.remaining(stop, due, limit.unit), CALENDAR.remaining(go, moved, limit.unit)
    assert after == before or (limit.unit == "d" and after > before)
    assert moved >= due
    if stop < due:
        assert moved > go or before == 0


@given(moments, limits, pauses, pauses)
def test_two_pauses_in_a_row_are_one(start, limit, first, second):
    due = CALENDAR.add(start, limit)
    middle, end = start + first, start + first + second
    twice = CALENDAR.shift(CALENDAR.shift(due, start, middle, limit.unit), middle, end, limit.unit)
    once = CALENDAR.shift(due, start, end, limit.unit)
    assert twice == once or (limit.unit == "d" and twice > once)


@pytest.mark.parametrize("unit", ["h", "wh", "wd", "d"])
def test_ten_thousand_limits_take_well_under_a_second(unit):
    start, limit = at("2018-01-01 00:00"), Limit(5, unit)
    begun = time.process_time()
    for step in range(10_000):
        CALENDAR.add(start + timedelta(minutes=431 * step), limit)
    assert time.process_time() - begun < 0.5
