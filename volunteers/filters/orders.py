"""Conditions of the lists of orders, providers, the three lists, visits and care recipients."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import F, QuerySet
from django.utils import timezone

from common.pages import PageFilterSet
from common.pages.filters import QuickSelect
from grid.filters import visible_streets
from grid.models import Unit
from volunteers.choices import MenuList, OrderKind, OrderState, ProviderKind
from volunteers.models import CareRecipient, MenuItem, Order, Provider, VisitDuty

STANDINGS = (("late", "已超时"), ("raised", "已提交街道"), ("unconfirmed", "时长待确认"), ("poor", "评价 1 至 2 星"))
IN_USE = (("yes", "在用"), ("no", "已停用"))


class InStreetFilterSet(PageFilterSet):
    """Lists of rows that hang on a unit."""

    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_street", empty_label="不限", widget=QuickSelect
    )

    def in_street(self, rows: QuerySet, name: str, street: Unit) -> QuerySet:
        return rows.filter(unit__path__startswith=street.path)


class OrderFilter(InStreetFilterSet):
    primary = ("state", "kind", "standing", "street")

    state = django_filters.MultipleChoiceFilter(
        label="状态", choices=OrderState.choices, distinct=False,
        widget=forms.SelectMultiple(attrs={"data-gw-select": "", "size": 1}),
    )  # fmt: skip
    kind = django_filters.ChoiceFilter(label="类型", choices=OrderKind.choices, empty_label="不限", widget=QuickSelect)
    standing = django_filters.ChoiceFilter(
        label="需要关注", choices=STANDINGS, method="by_standing", empty_label="不限", widget=QuickSelect
    )
    placed = django_filters.DateFromToRangeFilter(field_name="submitted_at", label="下单日期")

    class Meta:
        model = Order
        fields: list[str] = []

    def by_standing(self, rows: Any, name: str, value: str) -> QuerySet:
        if value == "late":
            return rows.late(timezone.now())
        if value == "raised":
            return rows.raised()
        if value == "poor":
            return rows.filter(stars__lte=2)
        return rows.filter(state__in=(OrderState.DONE, OrderState.REVIEWED), volunteer__isnull=False, confirmed_at=None)


class ActiveFilterSet(InStreetFilterSet):
    active = django_filters.ChoiceFilter(
        label="状态", choices=IN_USE, method="by_active", empty_label="不限", widget=QuickSelect
    )

    def by_active(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(is_active=value == "yes")


class ProviderFilter(ActiveFilterSet):
    kind = django_filters.ChoiceFilter(
        label="类型", choices=ProviderKind.choices, empty_label="不限", widget=QuickSelect
    )

    class Meta:
        model = Provider
        fields: list[str] = []


class MenuFilter(ActiveFilterSet):
    list = django_filters.ChoiceFilter(label="清单", choices=MenuList.choices, empty_label="不限", widget=QuickSelect)
    kind = django_filters.ChoiceFilter(
        label="下单类型", choices=OrderKind.choices, empty_label="不限", widget=QuickSelect
    )

    class Meta:
        model = MenuItem
        fields: list[str] = []


class CareFilter(ActiveFilterSet):
    left = django_filters.ChoiceFilter(
        label="剩余时长", choices=(("none", "已用完"), ("few", "不足一成"), ("over", "已过截止日期")), method="by_left",
        empty_label="不限", widget=QuickSelect,
    )  # fmt: skip

    class Meta:
        model = CareRecipient
        fields: list[str] = []

    def by_left(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == "none":
            return rows.filter(left_hours=0)
        if value == "over":
            return rows.filter(last_day__lt=timezone.localdate(), is_active=True)
        return rows.filter(left_hours__lt=F("bought_hours") / 10)


class VisitFilter(ActiveFilterSet):
    made = django_filters.ChoiceFilter(
        label="本季度走访", choices=(("done", "已走访"), ("open", "未走访")), method="by_made", empty_label="不限",
        widget=QuickSelect,
    )  # fmt: skip

    class Meta:
        model = VisitDuty
        fields: list[str] = []

    def by_made(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        served = (OrderState.DONE, OrderState.REVIEWED)
        return rows.filter(visit_state__in=served) if value == "done" else rows.exclude(visit_state__in=served)
