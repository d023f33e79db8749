"""Columns of the lists of shops, products, redemptions and settlements."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.http import urlencode

from common.masks import mask_id, mask_name
from common.pages import DateColumn, DateTimeColumn, LinkColumn, NumberColumn, PageTable, StateColumn, TextColumn
from common.templatetags.gridwork import state_badge
from volunteers.choices import COLOURS
from volunteers.models import Product, Redemption, Settlement, Shop


class OpenColumn(tables.Column):
    """Whether something is open for people, in words on a colour."""

    def __init__(self, yes: str, no: str, **kwargs: Any) -> None:
        super().__init__(attrs={"td": {"class": "gw-nowrap"}}, **kwargs)
        self.yes, self.no = yes, no

    def render(self, value: Any) -> Any:
        return state_badge(self.yes, "green") if value else state_badge(self.no, "grey")


class ShopTable(PageTable):
    name = LinkColumn()
    unit = TextColumn(accessor="unit__name", verbose_name="所属单位")
    provider = TextColumn(accessor="provider__name", verbose_name="经营单位", default="社区自营")
    programme = TextColumn(accessor="programme__name", verbose_name="收取的积分")
    address = TextColumn()
    hours = TextColumn()
    products = NumberColumn(accessor="product_count", verbose_name="上架商品")
    waiting = NumberColumn(accessor="waiting_count", verbose_name="待领取")
    is_active = OpenColumn("营业中", "已停业", verbose_name="状态")

    optional = ("address", "hours")

    class Meta(PageTable.Meta):
        model = Shop
        fields: tuple[str, ...] = ()


class ProductTable(PageTable):
    name = LinkColumn()
    kind = TextColumn(accessor="get_kind_display", verbose_name="类型")
    points = NumberColumn()
    value = NumberColumn()
    stock = NumberColumn(default="不限")
    most_per_month = NumberColumn(default="不限")
    shop = LinkColumn(
        accessor="shop__name", verbose_name="积分超市", linkify=lambda record: record.shop.get_absolute_url(), attrs={}
    )
    unit = TextColumn(accessor="shop__unit__name", verbose_name="所属单位")
    is_active = OpenColumn("已上架", "已下架", verbose_name="状态")

    optional = ("most_per_month",)

    class Meta(PageTable.Meta):
        model = Product
        fields: tuple[str, ...] = ()


class RedemptionTable(PageTable):
    """Who redeemed is shown by number and masked name."""

    always = ("state",)
    optional = ("kind", "value", "account_number", "unit", "collected_at", "collected_by", "settled_on")

    number = LinkColumn()
    state = StateColumn(colours=COLOURS)
    product = TextColumn(accessor="product__name", verbose_name="商品")
    kind = TextColumn(accessor="product__get_kind_display", verbose_name="类型")
    quantity = NumberColumn()
    points = NumberColumn()
    value = NumberColumn()
    volunteer = TextColumn(accessor="volunteer__number", verbose_name="志愿者编号")
    name = TextColumn(accessor="volunteer__person__name", verbose_name="姓名", attrs={"td": {"class": "gw-nowrap"}})
    account_number = TextColumn()
    shop = TextColumn(accessor="shop__name", verbose_name="积分超市")
    unit = TextColumn(accessor="shop__unit__name", verbose_name="所属单位")
    reserved_at = DateTimeColumn()
    keep_until = DateTimeColumn()
    collected_at = DateTimeColumn()
    collected_by = TextColumn()
    settled_on = DateColumn()

    class Meta(PageTable.Meta):
        model = Redemption
        fields: tuple[str, ...] = ()

    def render_name(self, value: str) -> str:
        return mask_name(value)

    def render_account_number(self, value: str) -> str:
        return mask_id(value)


def sheet_address(record: Settlement) -> str:
    query = urlencode({"provider": str(record.provider_id), "month": f"{record.month:%Y-%m}"})
    return f"{reverse('volunteers:settlement')}?{query}"


class SettlementTable(PageTable):
    provider = LinkColumn(accessor="provider__name", verbose_name="供应商", linkify=sheet_address)
    month = TextColumn(verbose_name="结算月份")
    lines = NumberColumn()
    quantity = NumberColumn()
    points = NumberColumn()
    value = NumberColumn()
    settled_on = DateColumn()
    settled_by = TextColumn()

    class Meta(PageTable.Meta):
        model = Settlement
        fields: tuple[str, ...] = ()

    def render_month(self, value: Any) -> str:
        return f"{value:%Y-%m}"
