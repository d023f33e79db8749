"""Conditions of the lists of shops, products, redemptions and settlements."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from common.pages import PageFilterSet
from common.pages.filters import QuickSelect
from grid.filters import visible_streets
from volunteers.choices import ProductKind, RedemptionState
from volunteers.models import Product, Provider, Redemption, Settlement, Shop
from volunteers.selectors.shop import suppliers

OPEN = (("open", "营业中"), ("closed", "已停业"))
OFFERED = (("open", "已上架"), ("closed", "已下架"))
STOCKS = (("out", "已兑完"), ("low", "少于 5 件"), ("in", "有库存"), ("any", "不限数量"))
LOW = 5


def visible_shops(request: Any) -> QuerySet[Shop]:
    if request is None:
        return Shop.objects.none()
    return Shop.objects.visible_to(request.user).order_by("unit__path", "name")


def visible_suppliers(request: Any) -> QuerySet[Provider]:
    return Provider.objects.none() if request is None else suppliers(request.user)


class InStreet(django_filters.ModelChoiceFilter):
    """Rows whose unit lies in a street; ``place`` is the path to the unit."""

    def __init__(self, place: str, **kwargs: Any) -> None:
        super().__init__(label="所属镇街", queryset=visible_streets, empty_label="不限", **kwargs)
        self.place = place

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return qs if value is None else qs.filter(**{f"{self.place}__path__startswith": value.path})


class OpenFilter(django_filters.ChoiceFilter):
    def __init__(self, label: str, choices: Any, **kwargs: Any) -> None:
        super().__init__(
            field_name="is_active", label=label, choices=choices, empty_label="不限", widget=QuickSelect, **kwargs
        )

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return qs.filter(is_active=value == "open") if value else qs


class ShopFilter(PageFilterSet):
    street = InStreet("unit")
    state = OpenFilter("状态", OPEN)
    run_by = django_filters.ChoiceFilter(
        label="经营", choices=(("own", "社区自营"), ("provider", "商家经营")), method="by_runner", empty_label="不限",
        widget=QuickSelect,
    )  # fmt: skip

    class Meta:
        model = Shop
        fields: list[str] = []

    def by_runner(self, rows: QuerySet[Shop], name: str, value: str) -> QuerySet[Shop]:
        return rows.filter(provider__isnull=value == "own")


class ProductFilter(PageFilterSet):
    primary = ("kind", "shop", "stock", "state")

    kind = django_filters.ChoiceFilter(
        label="类型", choices=ProductKind.choices, empty_label="不限", widget=QuickSelect
    )
    shop = django_filters.ModelChoiceFilter(label="积分超市", queryset=visible_shops, empty_label="不限")
    stock = django_filters.ChoiceFilter(
        label="库存", choices=STOCKS, method="by_stock", empty_label="不限", widget=QuickSelect
    )
    state = OpenFilter("状态", OFFERED)
    street = InStreet("shop__unit")

    class Meta:
        model = Product
        fields: list[str] = []

    def by_stock(self, rows: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        conditions: dict[str, dict[str, Any]] = {
            "out": {"stock": 0}, "low": {"stock__lt": LOW}, "in": {"stock__gt": 0}, "any": {"stock": None},
        }  # fmt: skip
        return rows.filter(**conditions[value])


class RedemptionFilter(PageFilterSet):
    primary = ("state", "kind", "shop", "reserved")

    state = django_filters.MultipleChoiceFilter(
        label="状态", choices=RedemptionState.choices, distinct=False,
        widget=forms.SelectMultiple(attrs={"data-gw-select": "", "size": 1}),
    )  # fmt: skip
    kind = django_filters.ChoiceFilter(
        field_name="product__kind", label="类型", choices=ProductKind.choices, empty_label="不限", widget=QuickSelect
    )
    shop = django_filters.ModelChoiceFilter(label="积分超市", queryset=visible_shops, empty_label="不限")
    reserved = django_filters.DateFromToRangeFilter(field_name="reserved_at", label="兑换日期")
    collected = django_filters.DateFromToRangeFilter(field_name="collected_at", label="领取日期")
    street = InStreet("shop__unit")
    settled = django_filters.ChoiceFilter(
        label="结算", choices=(("yes", "已结算"), ("no", "未结算")), method="by_settled", empty_label="不限",
        widget=QuickSelect,
    )  # fmt: skip

    class Meta:
        model = Redemption
        fields: list[str] = []

    def by_settled(self, rows: QuerySet[Redemption], name: str, value: str) -> QuerySet[Redemption]:
        return rows.filter(settled_on__isnull=value == "no")


class SettlementFilter(PageFilterSet):
    provider = django_filters.ModelChoiceFilter(label="供应商", queryset=visible_suppliers, empty_label="不限")
    settled = django_filters.DateFromToRangeFilter(field_name="settled_on", label="结算日期")

    class Meta:
        model = Settlement
        fields: list[str] = []
