"""Filters of appraisals, results and appeals."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from common.pages import PageFilterSet
from grid.filters import visible_streets
from grid.models import Unit
from staff.appraisal.words import AppealState, AppraisalState, Cycle, Subject
from staff.models import Appeal, Appraisal, AppraisalResult
from volunteers.filters.people import visible_communities

ANY = "不限"


def visible_appraisals(request: Any) -> QuerySet[Appraisal]:
    if request is None:
        return Appraisal.objects.none()
    return Appraisal.objects.visible_to(request.user).select_related("unit").order_by("-first_day", "-pk")


def boards(request: Any) -> QuerySet[Appraisal]:
    """Published appraisals of communities, open to whoever sees the board."""
    if request is None:
        return Appraisal.objects.none()
    shown = AppraisalResult.objects.on_board(request.user).values("appraisal")
    return Appraisal.objects.filter(pk__in=shown).select_related("unit").order_by("-first_day", "-pk")


def board_streets(request: Any) -> QuerySet[Unit]:
    """Every street that is on a board."""
    if request is None:
        return Unit.objects.none()
    shown = AppraisalResult.objects.on_board(request.user).values("appraised__street")
    return Unit.objects.filter(pk__in=shown).order_by("path")


class AppraisalFilter(PageFilterSet):
    subject = django_filters.ChoiceFilter(label="考核对象", choices=Subject.choices, empty_label=ANY)
    cycle = django_filters.ChoiceFilter(label="周期", choices=Cycle.choices, empty_label=ANY)
    state = django_filters.ChoiceFilter(label="状态", choices=AppraisalState.choices, empty_label=ANY)
    year = django_filters.NumberFilter(
        label="年份", field_name="first_day", lookup_expr="year", min_value=2000, max_value=2100
    )

    primary = ("subject", "cycle", "state", "year")

    class Meta:
        model = Appraisal
        fields = ("subject", "cycle", "state")


class ResultFilter(PageFilterSet):
    appraisal = django_filters.ModelChoiceFilter(label="考核", queryset=visible_appraisals, empty_label=ANY)
    subject = django_filters.ChoiceFilter(
        label="考核对象", field_name="appraisal__subject", choices=Subject.choices, empty_label=ANY
    )
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_unit", empty_label=ANY
    )
    community = django_filters.ModelChoiceFilter(
        label="所属社区", queryset=visible_communities, method="in_unit", empty_label=ANY
    )
    level = django_filters.CharFilter(label="等次", max_length=30)
    two_sides = django_filters.BooleanFilter(label="双管双评", method="of_two_sides")

    primary = ("appraisal", "subject", "street", "level")

    class Meta:
        model = AppraisalResult
        fields = ("level",)

    def in_unit(self, rows: QuerySet[AppraisalResult], name: str, unit: Unit) -> QuerySet[AppraisalResult]:
        home = Q(appraised__unit__path__startswith=unit.path)
        return rows.filter(home | Q(appraised__host_unit__path__startswith=unit.path))

    def of_two_sides(self, rows: QuerySet[AppraisalResult], name: str, value: bool) -> QuerySet[AppraisalResult]:
        return rows.filter(appraised__host_unit__isnull=not value)


class BoardFilter(PageFilterSet):
    appraisal = django_filters.ModelChoiceFilter(label="考核", queryset=boards, empty_label="最近一次")
    street = django_filters.ModelChoiceFilter(
        label="镇街", queryset=board_streets, field_name="appraised__street", empty_label=ANY
    )
    stars = django_filters.ChoiceFilter(
        label="星级", choices=[(str(number), f"{number} 星") for number in range(5, 0, -1)], empty_label=ANY
    )

    primary = ("appraisal", "street", "stars")

    class Meta:
        model = AppraisalResult
        fields = ("stars",)


class AppealFilter(PageFilterSet):
    state = django_filters.ChoiceFilter(label="状态", choices=AppealState.choices, empty_label=ANY)
    appraisal = django_filters.ModelChoiceFilter(
        label="考核", queryset=visible_appraisals, field_name="appraised__appraisal", empty_label=ANY
    )

    primary = ("state", "appraisal")

    class Meta:
        model = Appeal
        fields = ("state",)
