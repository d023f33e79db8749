"""Exports of the lists of accounts: exactly the rows and columns that were shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from accounts import permissions
from accounts.timeline import event_object, event_text
from accounts.views.audit import AuditListView
from accounts.views.users import UserListView
from common import events as history
from common.reporting import Column, register
from common.reporting.lists import ListExport


@register
class UserExport(ListExport):
    key, label, permission = "accounts.users", "账号与角色", permissions.USER_MANAGE
    style = "list"
    view = UserListView
    table = (
        Column("display_name", "姓名"),
        Column("username", "用户名"),
        Column("roles", "现任角色", width=40),
        Column("is_active", "状态", choices={True: "启用", False: "停用"}),
        Column("last_login", "最近登录", "datetime"),
        Column("created_at", "建立时间", "datetime"),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "roles": lambda user: "；".join(f"{held.get_role_display()} · {held.seat}" for held in user.roles_now),
    }


@register
class AuditExport(ListExport):
    key, label, permission = "accounts.audit", "审计记录", permissions.AUDIT_VIEW
    style = "list"
    view = AuditListView
    table = (
        Column("kind", "事项"),
        Column("at", "时间", "datetime"),
        Column("actor", "操作人"),
        Column("text", "内容", width=60),
        Column("object", "对象", width=24),
        Column("ip", "来源地址"),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "kind": lambda row: history.kind_of(row.kind).label,
        "actor": lambda row: f"{row.actor.display_name}（{row.actor.username}）" if row.actor else "",
        "text": event_text,
        "object": event_object,
        "ip": lambda row: row.data.get("ip", ""),
    }
