"""Exports of the lists of accounts: exactly the rows and columns that were shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from accounts import permissions
from accounts.timeline import event_object, event_text
from common import events as history
from common.reporting import Column, Report, register

CHUNK = 1000


class ListReport(Report):
    """A list page as a report: its rows for a person, and those of its columns that are switched on."""

    style = "list"
    all_columns: tuple[Column, ...] = ()

    def columns(self, params: Any) -> list[Column]:
        wanted = params.get("columns")
        return [column for column in self.all_columns if not wanted or column.key in wanted]

    def queryset(self, user: Any, query: QueryDict) -> QuerySet:
        raise NotImplementedError

    def values(self, row: Any) -> dict[str, Any]:
        raise NotImplementedError

    def rows(self, user: Any, params: Any) -> Iterator[dict[str, Any]]:
        keys = [column.key for column in self.columns(params)]
        for row in self.queryset(user, QueryDict(params.get("query", ""))).iterator(chunk_size=CHUNK):
            values = self.values(row)
            yield {key: values[key] for key in keys}

    def count(self, user: Any, params: Any) -> int:
        return self.queryset(user, QueryDict(params.get("query", ""))).order_by().count()


@register
class UserReport(ListReport):
    key = "accounts.users"
    label = "账号与角色"
    permission = permissions.USER_MANAGE
    all_columns = (
        Column("display_name", "姓名"),
        Column("username", "用户名"),
        Column("roles", "现任角色", width=40),
        Column("is_active", "状态", choices={True: "启用", False: "停用"}),
        Column("last_login", "最近登录", "datetime"),
        Column("created_at", "建立时间", "datetime"),
    )

    def queryset(self, user: Any, query: QueryDict) -> QuerySet:
        from accounts.views.users import UserListView

        return UserListView.shown_to(user, query)

    def values(self, row: Any) -> dict[str, Any]:
        roles = "；".join(f"{held.get_role_display()} · {held.seat}" for held in row.roles_now)
        plain = ("display_name", "username", "is_active", "last_login", "created_at")
        return {"roles": roles, **{name: getattr(row, name) for name in plain}}


@register
class AuditReport(ListReport):
    key = "accounts.audit"
    label = "审计记录"
    permission = permissions.AUDIT_VIEW
    all_columns = (
        Column("kind", "事项"),
        Column("at", "时间", "datetime"),
        Column("actor", "操作人"),
        Column("text", "内容", width=60),
        Column("object", "对象", width=24),
        Column("ip", "来源地址"),
    )

    def queryset(self, user: Any, query: QueryDict) -> QuerySet:
        from accounts.views.audit import AuditListView

        return AuditListView.shown_to(user, query)

    def values(self, row: Any) -> dict[str, Any]:
        return {
            "at": row.at,
            "kind": history.kind_of(row.kind).label,
            "actor": f"{row.actor.display_name}（{row.actor.username}）" if row.actor else "",
            "text": event_text(row),
            "object": event_object(row),
            "ip": row.data.get("ip", ""),
        }
