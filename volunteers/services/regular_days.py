"""The regular days of a district (社区工作日, 红色星期五): drafts for the coming weeks, once each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from common import calendar, profile
from common.errors import Invalid
from common.profile import ServiceDay
from grid.models import Unit
from volunteers.models import Activity
from volunteers.services.activities import activity_create
from volunteers.services.locks import lock_unit
from volunteers.services.organisers import require_unit

MOST_WEEKS = 26


@dataclass(frozen=True)
class Planned:
    """What a plan did: new drafts, days that had one already, days off that were left out."""

    created: list[Activity]
    kept: list[date]
    days_off: list[date]


def plan_regular_day(
    *,
    unit: Unit,
    actor: Any,
    series: str,
    weeks: int,
    starts: time,
    ends: time,
    place: str,
    theme: str,
    capacity: int,
    about: str = "",
) -> Planned:
    """A draft for each of the coming ``weeks`` regular days of the unit; doing it again adds nothing.

    Public holidays are left out, and a day whose activity was cancelled is not planned anew.
    """
    day = _service_day(series)
    if not 1 <= weeks <= MOST_WEEKS:
        raise Invalid(f"一次可以排 1 至 {MOST_WEEKS} 周。", "weeks")
    if ends <= starts:
        raise Invalid("结束时间应晚于开始时间。", "ends")
    require_unit(unit, actor)
    with transaction.atomic():
        lock_unit(unit)
        taken = {
            timezone.localdate(at)
            for at in Activity.objects.filter(unit=unit, series=series).values_list("starts_at", flat=True)
        }
        planned = Planned([], [], [])
        working = calendar.current()
        for date_ in _days(day.weekday, weeks, starts):
            if date_ in taken:
                planned.kept.append(date_)
            elif day.weekday <= 5 and not working.is_working_day(date_):
                planned.days_off.append(date_)
            else:
                planned.created.append(
                    activity_create(
                        actor=actor, unit=unit, title=f"{series}（{date_.month}月{date_.day}日）", theme=theme,
                        place=place, starts_at=_at(date_, starts), ends_at=_at(date_, ends), capacity=capacity,
                        series=series, about=about or day.about,
                    )
                )  # fmt: skip
    return planned


def _service_day(series: str) -> ServiceDay:
    found = next((day for day in profile.current().service_days if day.name == series), None)
    if found is None:
        raise Invalid("请从列表中选择固定服务日。", "series")
    return found


def _days(weekday: int, weeks: int, starts: time) -> Iterator[date]:
    """The next ``weeks`` days of that weekday whose start lies ahead."""
    now = timezone.localtime()
    first = now.date() + timedelta(days=(weekday - now.isoweekday()) % 7)
    if _at(first, starts) <= now:
        first += timedelta(days=7)
    for week in range(weeks):
        yield first + timedelta(days=7 * week)


def _at(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))
