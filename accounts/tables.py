"""Tables of accounts."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.models import User
from accounts.timeline import event_object, event_text
from common import events as history
from common.models import Event
from common.pages import DateTimeColumn, LinkColumn, PageTable, TextColumn
from common.templatetags.gridwork import state_badge


class UserTable(PageTable):
    display_name = LinkColumn(verbose_name="姓名")
    username = TextColumn(verbose_name="用户名")
    roles = tables.Column(verbose_name="现任角色", accessor="roles_now", empty_values=())
    is_active = tables.Column(verbose_name="状态")
    last_login = DateTimeColumn(verbose_name="最近登录", default="从未登录")
    created_at = DateTimeColumn(verbose_name="建立时间")

    optional = ("created_at",)

    class Meta(PageTable.Meta):
        model = User
        fields = ("display_name", "username", "roles", "is_active", "last_login", "created_at")

    def render_roles(self, record: Any) -> SafeString | str:
        lines = ((f"{row.get_role_display()} · {row.seat}",) for row in record.roles_now)
        return format_html_join("", "<div>{}</div>", lines) or "—"

    def render_is_active(self, value: bool) -> SafeString:
        return state_badge("启用", "green") if value else state_badge("停用", "grey")


class AuditTable(PageTable):
    kind = tables.Column(verbose_name="事项", attrs={"td": {"class": "gw-card-title"}})
    at = tables.DateTimeColumn(verbose_name="时间", format="Y-m-d H:i:s", attrs={"td": {"class": "gw-nowrap"}})
    actor = tables.Column(verbose_name="操作人", default="—")
    text = tables.Column(verbose_name="内容", accessor="data", empty_values=())
    object = tables.Column(verbose_name="对象", accessor="object_type", empty_values=())
    ip = tables.Column(verbose_name="来源地址", accessor="data", empty_values=())
    always = ("at",)

    class Meta(PageTable.Meta):
        model = Event
        fields = ("kind", "at", "actor", "text", "object", "ip")

    def render_kind(self, value: str) -> str:
        return history.kind_of(value).label

    def render_text(self, record: Event) -> str:
        return event_text(record)

    def render_object(self, record: Event) -> str:
        return event_object(record)

    def render_ip(self, record: Event) -> str:
        return str(record.data.get("ip") or "—")
