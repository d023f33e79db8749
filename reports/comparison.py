"""同比 and 环比: the month's total beside those of the month before and of the same month a year ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, Q, QuerySet

from petitions.choices import State
from petitions.measures import month_bounds
from petitions.models import Petition

HUNDREDTH = Decimal("0.01")


def months_before(month: str, back: int) -> str:
    year, number = (int(part) for part in month.split("-"))
    months = year * 12 + number - 1 - back
    return f"{months // 12}-{months % 12 + 1:02d}"


@dataclass(frozen=True)
class Comparison:
    """Tickets received: this month, the month before (环比), the same month of last year (同比).

    ``partial``: the month is not over, so all three are counted up to the same moment of the month.
    """

    now: int
    before: int
    last_year: int
    partial: bool


def compare(rows: QuerySet[Petition], month: str, as_of: datetime) -> Comparison:
    """One query over three months; voided imports are left out."""
    first, end = month_bounds(month)
    elapsed = min(as_of, end) - first
    months = {"now": month, "before": months_before(month, 1), "last_year": months_before(month, 12)}
    spans = {key: _span(name, elapsed, whole=as_of >= end) for key, name in months.items()}
    rows = rows.exclude(state=State.VOIDED).filter(spans["now"] | spans["before"] | spans["last_year"])
    counts = rows.aggregate(**{key: Count("pk", filter=span) for key, span in spans.items()})
    return Comparison(**counts, partial=as_of < end)


def _span(month: str, elapsed: timedelta, whole: bool) -> Q:
    first, end = month_bounds(month)
    return Q(received_at__gte=first, received_at__lt=end if whole else min(end, first + elapsed))


def change(now: int, then: int) -> str:
    """``增长 3.21%``, ``下降 2.00%``, ``持平``; — when there is nothing to compare with."""
    if not then:
        return "—"
    percent = (Decimal(100) * (now - then) / then).quantize(HUNDREDTH, ROUND_HALF_UP)
    if percent == 0:
        return "持平"
    return f"{'增长' if percent > 0 else '下降'} {abs(percent)}%"


def comparison_note(rows: QuerySet[Petition], month: str, as_of: datetime) -> str:
    """A sentence for the foot of a monthly sheet."""
    found = compare(rows, month, as_of)
    same = "同期" if found.partial else ""
    return (
        f"共接收 {found.now:,} 件，环比{change(found.now, found.before)}（上月{same} {found.before:,} 件），"
        f"同比{change(found.now, found.last_year)}（上年同月{same} {found.last_year:,} 件）。"
    )
