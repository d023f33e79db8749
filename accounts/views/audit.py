"""The audit list: read only, for the audit administrator alone."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts import events, permissions, selectors
from accounts.addresses import client_ip
from accounts.filters import AuditFilter, has_days, recent
from accounts.services.access import log_access
from accounts.tables import AuditTable
from common.models import Event
from common.pages import Empty, Ordering, ScopedListView


class AuditListView(ScopedListView):
    model = Event
    permission = permissions.AUDIT_VIEW
    page_title = "审计记录"
    page_lead = "登录、账号、角色、规则的变更，以及每一次查看和导出。记录不能修改或删除；不选日期时显示最近 30 天。"
    table_class = AuditTable
    filterset_class = AuditFilter
    orderings = (Ordering("at", "时间", "at", descending=True),)
    empty = Empty("最近 30 天没有记录", "选择日期可以查看更早的记录。")
    export_report_key = "accounts.audit"
    export_permission = permissions.AUDIT_VIEW

    def visible(self, user: Any) -> QuerySet:
        return selectors.audit_events(user).select_related("actor")

    def filtered(self, user: Any, params: Any, filterset: Any) -> QuerySet:
        rows = super().filtered(user, params, filterset)
        return rows if has_days(params) else recent(rows)

    def _post_export(self, request: HttpRequest) -> HttpResponse:
        """Whoever takes the audit list away is in it, too."""
        with transaction.atomic():
            response = super()._post_export(request)
            data = {"query": request.GET.urlencode()[:500], "ip": client_ip(request)}
            log_access(events.AUDIT_EXPORTED, actor=request.user, data=data)
        return response
