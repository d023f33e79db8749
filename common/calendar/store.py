"""The calendar in force: the table of holidays and the dated office hours, kept per process.

Every process compares its calendar with the tables every few seconds, so an edit in the browser
reaches all of them without a restart; the arrays are built again only when something changed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from common import profile
from common.calendar.hours import WorkingHours
from common.calendar.reckoning import Calendar
from common.calendar.seed import statutory_days
from common.models.calendar import Holiday
from common.models.policy import Policy

CHECK_SECONDS = 5.0
NOTICE_MONTH = 11  # the notice for the next year comes out in November
# A notice always has weekdays off in these spans (month and day): Spring Festival and National Day.
IN_EVERY_NOTICE = (((1, 21), (2, 27)), ((10, 1), (10, 8)))

Days = tuple[tuple[date, bool], ...]


@dataclass
class _Cached:
    checked: float
    content: tuple[Days, tuple[tuple[date, WorkingHours], ...]]
    calendar: Calendar


_cached: _Cached | None = None


def current() -> Calendar:
    """The calendar in force, at most five seconds old."""
    global _cached
    now = time.monotonic()
    if _cached is not None and now - _cached.checked < CHECK_SECONDS:
        return _cached.calendar
    content = (_days(), _hours())
    if _cached is None or _cached.content != content:
        days, hours = content
        _cached = _Cached(now, content, Calendar(dict(days), hours))
    _cached.checked = now
    return _cached.calendar


def forget() -> None:
    """Look at the tables again at the next use (after an edit in this process, and between tests)."""
    if _cached is not None:
        _cached.checked = float("-inf")


def _days() -> Days:
    """Rows of the table; before it is seeded, what is known without it."""
    rows = tuple(Holiday.objects.order_by("date").values_list("date", "is_workday"))
    return rows or tuple((day.date, day.is_workday) for day in statutory_days())


def _hours() -> tuple[tuple[date, WorkingHours], ...]:
    """Versions of the rule ``hours``, else those of the district's profile."""
    rows = Policy.objects.filter(key="hours").order_by("valid_from").values_list("valid_from", "data")
    versions = tuple((valid_from, WorkingHours.from_rule(data)) for valid_from, data in rows)
    return versions or ((date.min, WorkingHours.from_rule(profile.current().policies()["hours"])),)


def holidays_missing(year: int) -> bool:
    """Whether the notice of a year has not been entered yet."""
    return not _is_complete(day for day, is_workday in _days() if day.year == year and not is_workday)


def _is_complete(off: Iterable[date]) -> bool:
    days = {(day.month, day.day) for day in off}
    return all(any(first <= day <= last for day in days) for first, last in IN_EVERY_NOTICE)


def missing_notice(today: date) -> str | None:
    """What to tell an administrator when limits may be wrong: no notice for this or the next year."""
    years = [today.year] + ([today.year + 1] if today.month >= NOTICE_MONTH else [])
    missing = [str(year) for year in years if holidays_missing(year)]
    if not missing:
        return None
    return (
        f"{'、'.join(missing)} 年的节假日和调休安排尚未录入，跨该年的时限会按普通周末计算。"
        "请在国务院办公厅的通知发布后，到“节假日与调休”中录入。"
    )
