"""Menu entries of volunteer service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from common.navigation import MenuGroup, MenuItem, register
from volunteers import permissions
from volunteers.selectors import worklists

GROUP = "volunteers"
ORDER_BOXES = (
    ("to-dispatch", "待派单", "to_dispatch"), ("open", "待接单", "open"), ("in-service", "服务中", "in_service"),
    ("to-review", "待评价", "to_review"), ("raised", "街道协调", "raised"),
)  # fmt: skip


def register_menu() -> None:
    """Called once, from ``VolunteersConfig.ready()``."""
    view = (permissions.VIEW,)
    counter = (permissions.VIEW, permissions.SHOPKEEP)
    register(
        MenuGroup(GROUP, "志愿服务", "heart-handshake", order=30),
        # --- people
        item("people", "志愿者", "volunteers", 10, permissions=view),
        item(
            "people-to-do", "待核实的志愿者", "volunteers", 11, permissions=(permissions.MANAGE,), query="todo=any",
            count=_counted("people"),
        ),
        item("teams", "志愿队伍", "teams", 15, permissions=view),
        # --- activities
        item("activities", "志愿活动", "activities", 20, permissions=view, count=_counted("activities")),
        item("records", "服务记录", "records", 22, permissions=view),
        # --- orders
        *(
            item(
                f"orders-{name}", label, f"orders-{name}", order, permissions=(permissions.ORDERS,), count=_counted(box)
            )
            for order, (name, label, box) in enumerate(ORDER_BOXES, start=30)
        ),
        item("orders", "全部订单", "orders", 35, permissions=(permissions.VIEW, permissions.REPORT_ORDER)),
        item("orders-served", "我的接单", "orders-served", 36, permissions=(permissions.SERVE,)),
        item("menu", "三张清单", "menu", 37, permissions=view),
        item("providers", "服务单位", "providers", 38, permissions=view),
        item("care", "照料对象", "care", 39, permissions=view),
        # --- points
        item("points", "积分总览", "points-overview", 40, permissions=view),
        item(
            "points-requests", "积分调整", "points-requests", 42, permissions=view, query="state=proposed",
            count=_counted("points"),
        ),
        item("points-entries", "积分明细", "points-entries", 44, permissions=view),
        # --- shop
        item(
            "counter", "兑换台", "counter", 50, permissions=(permissions.SHOPKEEP,),
            count=_counted("counter"),
        ),
        item("shops", "积分超市", "shops", 51, permissions=counter),
        item("redemptions", "积分兑换", "redemptions", 52, permissions=counter),
        item("settlements", "月度结算", "settlements", 53, permissions=counter),
        # --- honours
        item("stars", "星级志愿者", "stars", 60, permissions=view),
        item("nominations", "表彰推荐", "nominations", 62, permissions=view, count=_counted("nominations")),
        item("certificates", "服务证明", "certificates", 64, permissions=view),
        # --- partners
        item("agreements", "合伙人协议", "agreements", 70, permissions=view),
    )  # fmt: skip


def _counted(box: str) -> Callable[[Any], int]:
    return lambda user: worklists.counts(user).get(box, 0)


def item(key: str, label: str, name: str, order: int, **options: Any) -> MenuItem:
    """A menu entry of this app: ``name`` is the address's name without the app."""
    return MenuItem(f"{GROUP}.{key}", label, f"volunteers:{name}", GROUP, order=order, **options)
