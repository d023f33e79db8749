"""Filters of the list of leave."""

from __future__ import annotations

from datetime import date

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from common.pages import PageFilterSet
from grid.filters import visible_streets
from grid.models import Unit
from staff.choices import LeaveKind, LeaveState
from staff.models import Leave
from staff.selectors.leave import month_span
from volunteers.filters.people import visible_communities

MONTHS_BACK, MONTHS_AHEAD = 12, 2


def months() -> list[tuple[str, str]]:
    """The next months and those of the last year, the latest first."""
    today = timezone.localdate()
    numbers = range(
        today.year * 12 + today.month - 1 + MONTHS_AHEAD, today.year * 12 + today.month - 2 - MONTHS_BACK, -1
    )
    return [(f"{number // 12}-{number % 12 + 1:02d}", f"{number // 12} 年 {number % 12 + 1} 月") for number in numbers]


class LeaveFilter(PageFilterSet):
    state = django_filters.ChoiceFilter(label="状态", choices=LeaveState.choices, empty_label="不限")
    month = django_filters.ChoiceFilter(label="月份", choices=months, method="in_month", empty_label="不限")
    kind = django_filters.ChoiceFilter(label="假别", choices=LeaveKind.choices, empty_label="不限")
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_unit", empty_label="不限"
    )
    community = django_filters.ModelChoiceFilter(
        label="所属社区", queryset=visible_communities, method="in_unit", empty_label="不限"
    )

    primary = ("state", "month", "kind", "community")

    class Meta:
        model = Leave
        fields = ("state", "kind")

    def in_month(self, rows: QuerySet[Leave], name: str, value: str) -> QuerySet[Leave]:
        first, last = month_span(date.fromisoformat(f"{value}-01"))
        return rows.filter(first_day__lte=last, last_day__gte=first)

    def in_unit(self, rows: QuerySet[Leave], name: str, unit: Unit) -> QuerySet[Leave]:
        return rows.filter(worker__unit__path__startswith=unit.path)
