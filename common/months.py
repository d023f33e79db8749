"""A month as people write it, ``2026-09``; elsewhere it is the first of its days."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta

from django.utils import timezone

from common.errors import Invalid

WRITTEN = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])")


def written_month(text: str) -> date | None:
    """The first day of a written month; nothing for any other text."""
    found = WRITTEN.fullmatch(text.strip())
    return date(int(found[1]), int(found[2]), 1) if found else None


def month_of(text: str) -> date:
    """The first day of a written month; ``Invalid`` for anything else."""
    month = written_month(text)
    if month is None:
        raise Invalid("月份应为 2026-09 这样的格式。", "month")
    return month


def last_day(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


def first_of_next(month: date) -> date:
    return last_day(month) + timedelta(days=1)


def months_between(first: date, later: date) -> int:
    """Calendar months from the month of one day to that of another."""
    return (later.year - first.year) * 12 + later.month - first.month


def moments_of(month: date) -> tuple[datetime, datetime]:
    """From the first moment of the month to the first of the next."""
    zone = timezone.get_current_timezone()
    following = first_of_next(month)
    return datetime(month.year, month.month, 1, tzinfo=zone), datetime(following.year, following.month, 1, tzinfo=zone)
