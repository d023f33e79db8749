"""Filters of runs and slips."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import QuerySet

from common.months import written_month
from common.pages import PageFilterSet
from grid.filters import visible_streets
from grid.models import Unit
from staff.choices import Period, Rank, RunState
from staff.models import PayRun, Slip


class MonthFilter(django_filters.CharFilter):
    """A month as the browser's month input sends it (``2026-09``)."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "month"}), **kwargs)

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        if not value:
            return qs
        month = written_month(value)
        return qs.filter(month=month) if month else qs.none()


class RunFilter(PageFilterSet):
    month = MonthFilter(label="月份")
    state = django_filters.ChoiceFilter(label="状态", choices=RunState.choices, empty_label="不限")
    period = django_filters.ChoiceFilter(label="类型", choices=Period.choices, empty_label="不限")

    primary = ("month", "state", "period")

    class Meta:
        model = PayRun
        fields = ("state", "period")


class SlipFilter(PageFilterSet):
    month = MonthFilter(label="月份")
    rank = django_filters.ChoiceFilter(label="职务", choices=Rank.choices, empty_label="不限")
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_unit", empty_label="不限"
    )
    grade = django_filters.NumberFilter(label="等级", min_value=1, max_value=40)
    run = django_filters.NumberFilter(label="工资表编号", min_value=1, max_value=2**31)

    primary = ("month", "rank", "street")

    class Meta:
        model = Slip
        fields = ("rank", "grade")

    def in_unit(self, rows: QuerySet[Slip], name: str, unit: Unit) -> QuerySet[Slip]:
        return rows.filter(unit__path__startswith=unit.path)
