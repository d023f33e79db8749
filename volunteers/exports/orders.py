"""Exports of the lists of orders, providers, the three lists, visits and care: rows and columns of the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from common.masks import mask_name, mask_text
from common.reporting import Column, register
from common.reporting.lists import ListExport
from volunteers import permissions
from volunteers.choices import MenuList as Lists
from volunteers.choices import OrderKind, OrderState, ProviderKind
from volunteers.services.claims import server_name
from volunteers.views.care import CareList
from volunteers.views.orders import LISTS
from volunteers.views.providers import MenuList, ProviderList, VisitList


class OrderExport(ListExport):
    """One list of orders; nothing of the orderer."""

    table = (
        Column("title", "需要什么", width=30),
        Column("number", "订单编号", "id_text"),
        Column("state", "状态", choices=dict(OrderState.choices), width=10),
        Column("due", "时限", "datetime"),
        Column("kind", "类型", choices=dict(OrderKind.choices), width=12),
        Column("unit", "所属单位", width=18),
        Column("server", "承接", width=20),
        Column("submitted_at", "下单时间", "datetime"),
        Column("place", "服务地点", width=24),
        Column("wanted_on", "希望日期", "date"),
        Column("claimed_at", "接单时间", "datetime"),
        Column("done_at", "完成时间", "datetime"),
        Column("hours", "时长（小时）", "decimal", total="sum"),
        Column("stars", "评价（星）", "integer"),
        Column("raised_at", "提交街道时间", "datetime"),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "title": lambda row: mask_text(row.title),
        "number": lambda row: row.number,
        "state": lambda row: row.state,
        "due": lambda row: row.claim_due_at if row.state == OrderState.OPEN else row.finish_due_at,
        "kind": lambda row: row.kind,
        "unit": lambda row: row.unit.name,
        "server": server_name,
        "submitted_at": lambda row: row.submitted_at,
        "place": lambda row: mask_text(row.place),
        "wanted_on": lambda row: row.wanted_on,
        "claimed_at": lambda row: row.claimed_at,
        "done_at": lambda row: row.done_at,
        "hours": lambda row: row.hours,
        "stars": lambda row: row.stars,
        "raised_at": lambda row: row.raised_at,
    }


for _view in LISTS:
    register(
        type(
            f"{_view.__name__}Export",
            (OrderExport,),
            {
                "key": _view.export_report_key, "label": _view.page_title, "view": _view,
                "permission": _view.export_permission, "__module__": __name__,
            },
        )
    )  # fmt: skip


@register
class ProviderExport(ListExport):
    key, label, permission = "volunteers.providers", "服务单位完成情况", permissions.EXPORT
    view = ProviderList
    table = (
        Column("name", "名称", width=24),
        Column("kind", "类型", choices=dict(ProviderKind.choices), width=16),
        Column("unit", "所在单位", width=18),
        Column("visit_group", "包联组", width=12),
        Column("taken", "接单", "integer", total="sum"),
        Column("done", "完成", "integer", total="sum"),
        Column("stars", "平均星级", "decimal"),
        Column("phone", "对外电话", "id_text"),
        Column("is_active", "状态", choices={True: "在用", False: "停用"}, width=8),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "name": lambda row: row.name,
        "kind": lambda row: row.kind,
        "unit": lambda row: row.unit.name,
        "visit_group": lambda row: row.visit_group,
        "taken": lambda row: row.taken,
        "done": lambda row: row.done,
        "stars": lambda row: row.average,
        "phone": lambda row: row.phone,
        "is_active": lambda row: row.is_active,
    }


@register
class MenuExport(ListExport):
    key, label, permission = "volunteers.menu", "三张清单", permissions.EXPORT
    view = MenuList
    table = (
        Column("title", "项目", width=24),
        Column("list", "清单", choices=dict(Lists.choices), width=12),
        Column("kind", "下单类型", choices=dict(OrderKind.choices), width=12),
        Column("unit", "所属单位", width=18),
        Column("provider", "服务单位", width=22),
        Column("orders", "下单次数", "integer", total="sum"),
        Column("is_active", "状态", choices={True: "上架", False: "下架"}, width=8),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "title": lambda row: row.title,
        "list": lambda row: row.list,
        "kind": lambda row: row.kind,
        "unit": lambda row: row.unit.name,
        "provider": lambda row: row.provider.name if row.provider else "",
        "orders": lambda row: row.ordered,
        "is_active": lambda row: row.is_active,
    }


@register
class VisitExport(ListExport):
    key, label, permission = "volunteers.visits", "包联走访情况", permissions.EXPORT
    view = VisitList
    table = (
        Column("unit", "社区", width=20),
        Column("group", "包联组", width=14),
        Column("units", "组内单位", "integer"),
        Column("visit", "本季度走访", choices={"": "未生成", **dict(OrderState.choices)}, width=14),
        Column("is_active", "状态", choices={True: "在包联", False: "已停止"}, width=10),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "unit": lambda row: row.unit.name,
        "group": lambda row: row.group,
        "units": lambda row: row.units,
        "visit": lambda row: row.visit_state,
        "is_active": lambda row: row.is_active,
    }


@register
class CareExport(ListExport):
    key, label, permission = "volunteers.care", "照料时长台账", permissions.EXPORT
    view = CareList
    table = (
        Column("number", "编号", "id_text"),
        Column("name", "姓名", width=10),
        Column("unit", "所属单位", width=18),
        Column("provider", "承接单位", width=22),
        Column("bought_hours", "购买（小时）", "decimal", total="sum"),
        Column("used", "已用（小时）", "decimal", total="sum"),
        Column("left_hours", "剩余（小时）", "decimal", total="sum"),
        Column("last_day", "截止日期", "date"),
        Column("is_active", "状态", choices={True: "在享", False: "已停止"}, width=8),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "number": lambda row: row.number,
        "name": lambda row: mask_name(row.name),
        "unit": lambda row: row.unit.name,
        "provider": lambda row: row.provider.name if row.provider else "",
        "bought_hours": lambda row: row.bought_hours,
        "used": lambda row: row.used_hours,
        "left_hours": lambda row: row.left_hours,
        "last_day": lambda row: row.last_day,
        "is_active": lambda row: row.is_active,
    }
