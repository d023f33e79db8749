"""Limits in hours, working hours, working days and days, reckoned in the district's calendar.

The rules are in ``docs/rules/clocks.md``. The functions here use the calendar in force (table
``Holiday`` and the dated rule ``hours``) unless another :class:`Calendar` is given; for many limits at
once take :func:`current` once and call its methods.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from common.calendar.hours import WorkingHours
from common.calendar.reckoning import Calendar
from common.calendar.store import current, forget, holidays_missing, missing_notice
from common.profile import Limit

__all__ = [
    "Calendar",
    "Limit",
    "WorkingHours",
    "add_limit",
    "current",
    "elapsed",
    "forget",
    "holidays_missing",
    "missing_notice",
    "remaining",
    "shift",
    "subtract_limit",
]


def add_limit(start: datetime, limit: Limit, calendar: Calendar | None = None) -> datetime:
    """When a limit that starts at ``start`` (aware) ends. See :meth:`Calendar.add`."""
    return (calendar or current()).add(start, limit)


def subtract_limit(due: datetime, limit: Limit, calendar: Calendar | None = None) -> datetime:
    """The moment from which ``limit`` is left until ``due`` (aware). See :meth:`Calendar.subtract`."""
    return (calendar or current()).subtract(due, limit)


def elapsed(start: datetime, end: datetime, unit: str, calendar: Calendar | None = None) -> Decimal:
    """How many ``unit`` (h, wh, wd, d) lie between two aware times. See :meth:`Calendar.elapsed`."""
    return (calendar or current()).elapsed(start, end, unit)


def shift(
    due: datetime, pause_start: datetime, pause_end: datetime, unit: str, calendar: Calendar | None = None
) -> datetime:
    """The limit ``due`` of a clock that stood still in between. See :meth:`Calendar.shift`."""
    return (calendar or current()).shift(due, pause_start, pause_end, unit)


def remaining(now: datetime, due: datetime, unit: str, calendar: Calendar | None = None) -> Decimal:
    """How many ``unit`` are left at ``now``; negative once ``due`` is past. See :meth:`Calendar.remaining`."""
    return (calendar or current()).remaining(now, due, unit)
