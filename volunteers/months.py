"""A month as people write it, ``2026-09``, and as moments."""

from __future__ import annotations

import re
from datetime import date, datetime

from django.utils import timezone

from common.errors import Invalid

WRITTEN = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])")


def month_of(text: str) -> date:
    """The first day of a written month; ``Invalid`` for anything else."""
    found = WRITTEN.fullmatch(text.strip())
    if found is None:
        raise Invalid("月份应为 2026-09 这样的格式。", "month")
    return date(int(found[1]), int(found[2]), 1)


def first_of_next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def moments_of(month: date) -> tuple[datetime, datetime]:
    """From the first moment of the month to the first of the next."""
    zone = timezone.get_current_timezone()
    return (
        datetime(month.year, month.month, 1, tzinfo=zone),
        datetime(first_of_next(month).year, first_of_next(month).month, 1, tzinfo=zone),
    )
