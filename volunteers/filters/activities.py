"""Conditions of the lists of activities and service records; pages, API and exports read the same names."""

from __future__ import annotations

from datetime import date, datetime, time

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from common.pages import PageFilterSet
from grid.filters import visible_streets
from grid.models import Unit
from volunteers.choices import ActivityState, ParticipationState, RecordSource
from volunteers.models import Activity, Participation, ServiceRecord
from volunteers.selectors.activities import service_days, theme_labels
from volunteers.services.activity_sweep import CONFIRM_WITHIN

MONTHS_BACK, MONTHS_AHEAD = 24, 3
FLAGS = (("waiting", "有候补"), ("unconfirmed", "结束三天未确认"), ("objected", "有异议待答复"))
OBJECTED = FLAGS[-1:]
VALIDITY = (("valid", "有效"), ("voided", "已作废"))


def month_choices() -> list[tuple[str, str]]:
    """Months from the coming ones back, as 2026-11."""
    today = timezone.localdate()
    last = today.year * 12 + today.month - 1 + MONTHS_AHEAD
    months = (divmod(last - back, 12) for back in range(MONTHS_BACK + MONTHS_AHEAD + 1))
    return [(f"{year}-{month + 1:02d}", f"{year} 年 {month + 1} 月") for year, month in months]


def month_days(month: str) -> tuple[date, date]:
    """First day of the month and of the next one."""
    year, number = (int(part) for part in month.split("-"))
    first = date(year, number, 1)
    return first, date(year + number // 12, number % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class ActivityFilter(PageFilterSet):
    state = django_filters.ChoiceFilter(label="状态", choices=ActivityState.choices, empty_label="不限")
    theme = django_filters.ChoiceFilter(label="主题", choices=lambda: list(theme_labels().items()), empty_label="不限")
    month = django_filters.ChoiceFilter(label="月份", choices=month_choices, method="in_month", empty_label="不限")
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_street", empty_label="不限"
    )
    series = django_filters.ChoiceFilter(label="固定服务日", choices=service_days, empty_label="不限")
    flag = django_filters.ChoiceFilter(label="需要关注", choices=FLAGS, method="flagged", empty_label="不限")

    primary = ("state", "theme", "month", "street")

    class Meta:
        model = Activity
        fields = ("state", "theme", "series")

    def in_month(self, rows: QuerySet[Activity], name: str, value: str) -> QuerySet[Activity]:
        first, after = month_days(value)
        return rows.filter(starts_at__gte=_midnight(first), starts_at__lt=_midnight(after))

    def in_street(self, rows: QuerySet[Activity], name: str, street: Unit) -> QuerySet[Activity]:
        return rows.filter(unit__path__startswith=street.path)

    def flagged(self, rows: QuerySet[Activity], name: str, value: str) -> QuerySet[Activity]:
        if value == "unconfirmed":
            return rows.filter(state=ActivityState.ENDED, ends_at__lte=timezone.now() - CONFIRM_WITHIN)
        if value == "objected":
            return rows.filter(pk__in=Participation.objects.to_answer().values("activity"))
        waiting = Participation.objects.filter(
            state=ParticipationState.WAITING, activity__state=ActivityState.PUBLISHED
        )
        return rows.filter(pk__in=waiting.values("activity"))


class RecordFilter(PageFilterSet):
    month = django_filters.ChoiceFilter(label="月份", choices=month_choices, method="in_month", empty_label="不限")
    theme = django_filters.ChoiceFilter(label="主题", choices=lambda: list(theme_labels().items()), empty_label="不限")
    source = django_filters.ChoiceFilter(label="来源", choices=RecordSource.choices, empty_label="不限")
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_street", empty_label="不限"
    )
    flag = django_filters.ChoiceFilter(label="需要关注", choices=OBJECTED, method="flagged", empty_label="不限")
    validity = django_filters.ChoiceFilter(label="状态", choices=VALIDITY, method="is_valid_", empty_label="不限")

    primary = ("month", "theme", "source", "street")

    class Meta:
        model = ServiceRecord
        fields = ("theme", "source")

    def in_month(self, rows: QuerySet[ServiceRecord], name: str, value: str) -> QuerySet[ServiceRecord]:
        first, after = month_days(value)
        return rows.filter(day__gte=first, day__lt=after)

    def in_street(self, rows: QuerySet[ServiceRecord], name: str, street: Unit) -> QuerySet[ServiceRecord]:
        return rows.filter(unit__path__startswith=street.path)

    def flagged(self, rows: QuerySet[ServiceRecord], name: str, value: str) -> QuerySet[ServiceRecord]:
        return rows.filter(pk__in=ServiceRecord.objects.to_answer().values("pk"))

    def is_valid_(self, rows: QuerySet[ServiceRecord], name: str, value: str) -> QuerySet[ServiceRecord]:
        return rows.filter(voided_at__isnull=value == "valid")
