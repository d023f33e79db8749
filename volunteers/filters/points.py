"""Filters of the lists of entries and of requests."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet

from common.pages import PageFilterSet
from grid.filters import visible_streets
from grid.models import Unit
from volunteers.choices import EntryKind, RequestState
from volunteers.filters.shop import InStreet, OpenFilter
from volunteers.models import Account, Entry, Line, PointsRequest, Programme

IN_USE = (("open", "在用"), ("closed", "已停用"))
STANDING = (("plain", "未冲正"), ("undone", "已冲正"))


def programmes(request: Any) -> QuerySet[Programme]:
    return Programme.objects.visible_to(getattr(request, "user", None))


class ProgrammeFilter(PageFilterSet):
    state = OpenFilter("状态", IN_USE)

    class Meta:
        model = Programme
        fields: list[str] = []


class AccountFilter(PageFilterSet):
    programme = django_filters.ModelChoiceFilter(label="积分项目", queryset=programmes, empty_label="不限")
    street = InStreet("volunteer__unit")

    class Meta:
        model = Account
        fields = ("programme",)


class EntryFilter(PageFilterSet):
    kind = django_filters.ChoiceFilter(label="类型", choices=EntryKind.choices, empty_label="不限")
    programme = django_filters.ModelChoiceFilter(label="积分项目", queryset=programmes, empty_label="不限")
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_street", empty_label="不限"
    )
    posted = django_filters.DateFromToRangeFilter(field_name="at", label="入账日期")
    day = django_filters.DateFromToRangeFilter(field_name="day", label="所属日期")
    standing = django_filters.ChoiceFilter(label="状态", choices=STANDING, method="by_standing", empty_label="不限")

    primary = ("kind", "programme", "street", "posted")

    class Meta:
        model = Entry
        fields = ("kind", "programme")

    def in_street(self, rows: QuerySet[Entry], name: str, street: Unit) -> QuerySet[Entry]:
        inside = Line.objects.filter(entry=OuterRef("pk"), account__volunteer__unit__path__startswith=street.path)
        return rows.filter(Exists(inside))

    def by_standing(self, rows: QuerySet[Entry], name: str, value: str) -> QuerySet[Entry]:
        return rows.filter(reversed_by__isnull=value == "plain")


class RequestFilter(PageFilterSet):
    state = django_filters.ChoiceFilter(label="状态", choices=RequestState.choices, empty_label="不限")
    kind = django_filters.ChoiceFilter(label="类型", choices=EntryKind.choices, empty_label="不限")
    programme = django_filters.ModelChoiceFilter(label="积分项目", queryset=programmes, empty_label="不限")
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_street", empty_label="不限"
    )

    primary = ("state", "kind", "programme", "street")

    class Meta:
        model = PointsRequest
        fields = ("state", "kind", "programme")

    def in_street(self, rows: QuerySet[PointsRequest], name: str, street: Unit) -> QuerySet[PointsRequest]:
        return rows.filter(volunteer__unit__path__startswith=street.path)
