"""Exports of the lists of shops, products, redemptions and settlements: names masked, as on the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from common.masks import mask_id, mask_name
from common.reporting import Column, register
from common.reporting.lists import ListExport
from volunteers import permissions
from volunteers.choices import ProductKind, RedemptionState
from volunteers.views.redemptions import RedemptionList
from volunteers.views.settlement import SettlementList
from volunteers.views.shop import ProductList, ShopList

Cells = Mapping[str, Callable[[Any], Any]]


@register
class ShopExport(ListExport):
    key, label, permission = "volunteers.shops", "积分超市名册", permissions.EXPORT
    view = ShopList
    table = (
        Column("name", "名称", width=20),
        Column("unit", "所属单位", width=20),
        Column("provider", "经营单位", width=20),
        Column("programme", "收取的积分", width=14),
        Column("address", "领取地点", width=24),
        Column("hours", "开放时间", width=24),
        Column("products", "上架商品", "integer", total="sum"),
        Column("waiting", "待领取", "integer", total="sum"),
        Column("is_active", "状态", choices={True: "营业中", False: "已停业"}, width=10),
    )
    cells: ClassVar[Cells] = {
        "name": lambda row: row.name,
        "unit": lambda row: row.unit.name,
        "provider": lambda row: row.provider.name if row.provider else "社区自营",
        "programme": lambda row: row.programme.name,
        "address": lambda row: row.address,
        "hours": lambda row: row.hours,
        "products": lambda row: row.product_count,
        "waiting": lambda row: row.waiting_count,
        "is_active": lambda row: row.is_active,
    }


@register
class ProductExport(ListExport):
    key, label, permission = "volunteers.products", "兑换商品清单", permissions.EXPORT
    view = ProductList
    table = (
        Column("name", "名称", width=20),
        Column("kind", "类型", choices=dict(ProductKind.choices), width=12),
        Column("points", "所需积分", "decimal"),
        Column("value", "结算价（元）", "decimal", width=12),
        Column("stock", "库存", "integer"),
        Column("most_per_month", "每人每月最多", "integer", width=12),
        Column("shop", "积分超市", width=20),
        Column("unit", "所属单位", width=20),
        Column("is_active", "状态", choices={True: "已上架", False: "已下架"}, width=10),
    )
    cells: ClassVar[Cells] = {
        "name": lambda row: row.name,
        "kind": lambda row: row.kind,
        "points": lambda row: row.points,
        "value": lambda row: row.value,
        "stock": lambda row: row.stock,
        "most_per_month": lambda row: row.most_per_month,
        "shop": lambda row: row.shop.name,
        "unit": lambda row: row.shop.unit.name,
        "is_active": lambda row: row.is_active,
    }


@register
class RedemptionExport(ListExport):
    key, label, permission = "volunteers.redemptions", "积分兑换清单", permissions.EXPORT
    view = RedemptionList
    table = (
        Column("number", "兑换编号", "id_text"),
        Column("state", "状态", choices=dict(RedemptionState.choices), width=10),
        Column("product", "商品", width=20),
        Column("kind", "类型", choices=dict(ProductKind.choices), width=12),
        Column("quantity", "数量", "integer", total="sum"),
        Column("points", "积分", "decimal", total="sum"),
        Column("value", "结算金额（元）", "decimal", width=14, total="sum"),
        Column("volunteer", "志愿者编号", "id_text"),
        Column("name", "姓名", width=10),
        Column("account_number", "物业费户号", "id_text"),
        Column("shop", "积分超市", width=20),
        Column("unit", "所属单位", width=20),
        Column("reserved_at", "兑换时间", "datetime"),
        Column("keep_until", "保留至", "datetime"),
        Column("collected_at", "领取时间", "datetime"),
        Column("collected_by", "核销人", width=12),
        Column("settled_on", "结算日期", "date"),
    )
    cells: ClassVar[Cells] = {
        "number": lambda row: row.number,
        "state": lambda row: row.state,
        "product": lambda row: row.product.name,
        "kind": lambda row: row.product.kind,
        "quantity": lambda row: row.quantity,
        "points": lambda row: row.points,
        "value": lambda row: row.value,
        "volunteer": lambda row: row.volunteer.number,
        "name": lambda row: mask_name(row.volunteer.person.name),
        "account_number": lambda row: mask_id(row.account_number),
        "shop": lambda row: row.shop.name,
        "unit": lambda row: row.shop.unit.name,
        "reserved_at": lambda row: row.reserved_at,
        "keep_until": lambda row: row.keep_until,
        "collected_at": lambda row: row.collected_at,
        "collected_by": lambda row: str(row.collected_by or ""),
        "settled_on": lambda row: row.settled_on,
    }


@register
class SettlementExport(ListExport):
    key, label, permission = "volunteers.settlements", "月度结算清单", permissions.EXPORT
    view = SettlementList
    table = (
        Column("provider", "供应商", width=24),
        Column("month", "结算月份", width=12),
        Column("lines", "笔数", "integer", total="sum"),
        Column("quantity", "数量", "integer", total="sum"),
        Column("points", "积分", "decimal", total="sum"),
        Column("value", "结算金额（元）", "decimal", width=14, total="sum"),
        Column("settled_on", "结算日期", "date"),
        Column("settled_by", "结算人", width=12),
    )
    cells: ClassVar[Cells] = {
        "provider": lambda row: row.provider.name,
        "month": lambda row: f"{row.month:%Y-%m}",
        "lines": lambda row: row.lines,
        "quantity": lambda row: row.quantity,
        "points": lambda row: row.points,
        "value": lambda row: row.value,
        "settled_on": lambda row: row.settled_on,
        "settled_by": lambda row: str(row.settled_by or ""),
    }
