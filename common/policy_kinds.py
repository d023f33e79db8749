"""Rules that the kit itself reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common import policies
from common.calendar.hours import WorkingHours
from common.errors import Invalid

WEEKDAYS = {"1": "星期一", "2": "星期二", "3": "星期三", "4": "星期四", "5": "星期五", "6": "星期六", "7": "星期日"}


def _check_hours(data: Mapping[str, Any]) -> None:
    try:
        WorkingHours.from_rule(data)
    except (KeyError, TypeError, ValueError):
        raise Invalid(
            "办公时间应为先后相接、互不重叠的时段，如 08:30-12:00 和 13:30-17:00，并至少选择一个工作日。"
        ) from None


HOURS = policies.register(
    "hours",
    "办公时间",
    _check_hours,
    "工作小时和工作日的时限按它计算；节假日和调休另在“节假日与调休”中维护。",
    labels={"weekdays": "工作日", "spans": "办公时段"},
    options={"weekdays": WEEKDAYS},
)
