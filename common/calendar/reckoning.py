"""The reckoning itself: pure functions over precomputed days. The rules are in ``docs/rules/clocks.md``."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from common.calendar.hours import US_PER_DAY, US_PER_HOUR, WorkingHours
from common.errors import Invalid
from common.profile import Limit

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(1992, 1, 1)  # no daylight saving time in China since
LAST = date(2099, 12, 31)
BASE = FIRST.toordinal()
SIZE = LAST.toordinal() - BASE + 1
UNITS = ("h", "wh", "wd", "d")
MICROSECOND = timedelta(microseconds=1)


class Calendar:
    """Working days and office hours of a district from 1992 to 2099. Immutable; made once per version.

    ``exceptions`` maps a date to whether it is worked, for days off the weekly rhythm. ``hours`` are
    the office hours with the day each is valid from, in order; the first holds for all days before.
    """

    def __init__(self, exceptions: Mapping[date, bool], hours: Sequence[tuple[date, WorkingHours]]) -> None:
        if not hours:
            raise ValueError("a calendar needs office hours")
        self._starts = [0, *(max(0, day.toordinal() - BASE) for day, _ in hours[1:])]
        self._hours = [item for _, item in hours]
        special = {day.toordinal() - BASE: worked for day, worked in exceptions.items()}
        #: number of working days before the day with this index
        self._before: list[int] = []
        #: index of the k-th working day
        self._days: list[int] = []
        #: working microseconds before the k-th working day
        self._worked: list[int] = [0]
        self._build(special)

    def _build(self, special: Mapping[int, bool]) -> None:
        week = (BASE - 1) % 7  # 0 = Monday
        total = 0
        for hours, first, end in zip(self._hours, self._starts, [*self._starts[1:], SIZE], strict=True):
            rhythm = [day + 1 in hours.weekdays for day in range(7)]
            for index in range(first, end):
                self._before.append(len(self._days))
                if special.get(index, rhythm[(week + index) % 7]):
                    self._days.append(index)
                    total += hours.length
                    self._worked.append(total)
        self._before.append(len(self._days))

    # --- days

    def is_working_day(self, day: date) -> bool:
        index = self._index(day)
        return self._before[index + 1] > self._before[index]

    def working_days(self, first: date, last: date) -> int:
        """Number of working days from ``first`` to ``last``, both included."""
        if last < first:
            return 0
        return self._before[self._index(last) + 1] - self._before[self._index(first)]

    def hours_on(self, day: date) -> WorkingHours:
        return self._hours_of(self._index(day))

    # --- limits

    def add(self, start: datetime, limit: Limit) -> datetime:
        """When a limit that begins at ``start`` ends; a limit of zero ends at once.

        Hours run round the clock, working hours only in office hours. Of working days and days the
        day of ``start`` is not counted (民法典第二百零一条); the limit ends when the office closes on
        its last day, which for days moves on to the next working day when it is a day off
        (民法典第二百零三条). Raises ``Invalid`` outside 1992–2099.
        """
        if limit.amount == 0:
            return start
        if limit.unit == "h":
            return start + timedelta(hours=limit.amount)
        index, moment = self._split(start)
        if limit.unit == "wh":
            return self._earliest(self._position(index, moment) + limit.amount * US_PER_HOUR)
        if limit.unit == "wd":
            return self._closing_of(self._day(self._before[index + 1] - 1 + limit.amount))
        return self._closing_of(self._day(self._before[self._check(index + limit.amount)]))

    def subtract(self, due: datetime, limit: Limit) -> datetime:
        """The last moment at which ``limit`` is still left before ``due``, e.g. for a reminder.

        In working hours it lies in office hours; of working days and days it is the same time of day,
        that many days earlier. ``add`` of the same limit leads back to a ``due`` at closing time.
        """
        if limit.amount == 0:
            return due
        if limit.unit == "h":
            return due - timedelta(hours=limit.amount)
        index, moment = self._split(due)
        if limit.unit == "wh":
            return self._latest(self._position(index, moment) - limit.amount * US_PER_HOUR)
        if limit.unit == "wd":
            return self._moment(self._day(self._before[index + 1] - 1 - limit.amount), moment)
        return self._moment(self._check(index - limit.amount), moment)

    def elapsed(self, start: datetime, end: datetime, unit: str) -> Decimal:
        """How much of ``unit`` lies between two times, zero when ``end`` comes first.

        Hours and working hours with their fraction; working days and days in whole numbers, the day of
        ``start`` not counted.
        """
        _known(unit)
        if end <= start:
            return Decimal(0)
        if unit == "h":
            return Decimal((end - start) // MICROSECOND) / US_PER_HOUR
        (first, begin), (last, finish) = self._split(start), self._split(end)
        if unit == "wh":
            return Decimal(self._position(last, finish) - self._position(first, begin)) / US_PER_HOUR
        if unit == "wd":
            return Decimal(self._before[last + 1] - self._before[first + 1])
        return Decimal(last - first)

    def remaining(self, now: datetime, due: datetime, unit: str) -> Decimal:
        """What is left until ``due``; negative when it is past.

        In working days and days 0 means: the last day has come. A time after office hours belongs to
        the next day, so -1 stands for the first day of being late.
        """
        _known(unit)
        if unit in ("h", "wh"):
            return self.elapsed(now, due, unit) if now <= due else -self.elapsed(due, now, unit)
        index, _ = self._split(due)
        if unit == "wd":
            return Decimal(self._before[index] - self._working_day_of(now))
        return Decimal(index - self._day_of(now))

    def shift(self, due: datetime, pause_start: datetime, pause_end: datetime, unit: str) -> datetime:
        """The limit ``due`` after the clock stood still: :meth:`remaining` is what it was before.

        A clock that had time left when it was stopped always has time left when it goes on. Raises
        ``Invalid`` when the pause ends before it starts.
        """
        _known(unit)
        if pause_end < pause_start:
            raise Invalid("恢复计时的时间不能早于暂停的时间。")
        if unit == "h":
            return due + (pause_end - pause_start)
        index, moment = self._split(due)
        if unit == "wh":
            (first, begin), (last, finish) = self._split(pause_start), self._split(pause_end)
            pause = self._position(last, finish) - self._position(first, begin)
            return self._earliest(self._position(index, moment) + pause) if pause else due
        if unit == "wd":
            days = self._working_day_of(pause_end) - self._working_day_of(pause_start)
            return self._moved(index, moment, self._day(self._before[index] + days)) if days else due
        days = self._day_of(pause_end) - self._day_of(pause_start)
        return self._moved(index, moment, self._day(self._before[self._check(index + days)])) if days else due

    # --- positions: a day is its index since 1992-01-01, a moment its microseconds since midnight

    def _index(self, day: date) -> int:
        return self._check(day.toordinal() - BASE)

    def _check(self, index: int) -> int:
        if 0 <= index < SIZE:
            return index
        raise Invalid("日期超出了工作日历的范围（1992 年至 2099 年），请检查。")

    def _split(self, at: datetime) -> tuple[int, int]:
        if at.tzinfo is None:
            raise ValueError("a time without a zone")
        local = at.astimezone(ZONE)
        seconds = local.hour * 3600 + local.minute * 60 + local.second
        return self._check(local.toordinal() - BASE), seconds * 1_000_000 + local.microsecond

    def _hours_of(self, index: int) -> WorkingHours:
        if len(self._hours) == 1:
            return self._hours[0]
        return self._hours[bisect_right(self._starts, index) - 1]

    def _day(self, number: int) -> int:
        if 0 <= number < len(self._days):
            return self._days[number]
        raise Invalid("日期超出了工作日历的范围（1992 年至 2099 年），请检查。")

    def _moment(self, index: int, moment: int) -> datetime:
        day = datetime.fromordinal(BASE + index) + timedelta(microseconds=moment)
        return day.replace(tzinfo=ZONE)

    def _closing_of(self, index: int) -> datetime:
        return self._moment(index, self._hours_of(index).closing)

    def _position(self, index: int, moment: int) -> int:
        """Working microseconds since 1992."""
        number = self._before[index]
        worked = self._worked[number]
        if self._before[index + 1] > number:
            worked += self._hours_of(index).worked(moment)
        return worked

    def _earliest(self, worked: int) -> datetime:
        number = bisect_left(self._worked, worked) - 1
        index = self._day(number)
        return self._moment(index, self._hours_of(index).earliest(worked - self._worked[number]))

    def _latest(self, worked: int) -> datetime:
        number = bisect_right(self._worked, worked) - 1
        index = self._day(number)
        return self._moment(index, self._hours_of(index).latest(worked - self._worked[number]))

    def _day_of(self, at: datetime) -> int:
        """Index of the day, or of the next one when the office has closed."""
        index, moment = self._split(at)
        return index + (moment >= self._hours_of(index).closing)

    def _working_day_of(self, at: datetime) -> int:
        """Number of the first working day whose closing time is still to come."""
        return self._before[self._check(self._day_of(at))]

    def _moved(self, old: int, moment: int, new: int) -> datetime:
        """The time of day stays, closing time stays closing time."""
        if moment == self._hours_of(old).closing:
            return self._closing_of(new)
        return self._moment(new, min(moment, US_PER_DAY - 1))


def _known(unit: str) -> None:
    if unit not in UNITS:
        raise ValueError(f"unknown unit of time: {unit!r}")
