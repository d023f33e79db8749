"""Service records: the one place hours are counted from."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.urls import reverse

from common.masks import mask_name
from common.pages import Empty, Ordering, ScopedListView, UpdateView
from volunteers import permissions
from volunteers.filters.activities import RecordFilter
from volunteers.forms.activities import ReasonForm
from volunteers.models import ServiceRecord
from volunteers.services.hours import record_void
from volunteers.tables.activities import RecordTable

HOME = "服务记录"


class RecordList(ScopedListView):
    """Confirmed hours of one's scope: where they were served, and whose volunteers served them."""

    model = ServiceRecord
    permission = permissions.VIEW
    page_title = HOME
    page_lead = "已经确认的服务时长（志愿服务条例第十九条）。时长有误的，在活动页面更正或作废。"
    table_class = RecordTable
    filterset_class = RecordFilter
    orderings = (
        Ordering("day", "服务日期", "day", descending=True),
        Ordering("hours", "时长", "hours", descending=True),
    )
    search_hint = "服务内容、志愿者编号"
    empty = Empty("还没有服务记录", "活动的时长确认后会显示在这里。")
    export_report_key = "volunteers.records"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[ServiceRecord]) -> QuerySet[ServiceRecord]:
        return queryset.select_related("volunteer__person", "unit")

    def search(self, queryset: QuerySet[ServiceRecord], text: str) -> QuerySet[ServiceRecord]:
        return queryset.filter(Q(what__icontains=text) | Q(volunteer__number__istartswith=text))


class VoidRecord(UpdateView):
    """Take a wrong record back."""

    model = ServiceRecord
    permission = permissions.ACTIVITIES
    form_class = ReasonForm
    submit_label = "作废"
    page_lead = "作废后时长不再计算，积分用反向分录冲回；记录本身和理由保留。"
    success_message = "已作废。"
    object: ServiceRecord

    def rows(self, queryset: QuerySet[ServiceRecord]) -> QuerySet[ServiceRecord]:
        return queryset.select_related("volunteer__person", "unit", "participation__activity")

    def form_arguments(self) -> dict[str, Any]:
        return {}

    def perform(self, form: forms.BaseForm) -> ServiceRecord:
        return record_void(record=self.object, actor=self.request.user, reason=form.cleaned_data["reason"])

    def next_url(self, result: Any) -> str:
        return reverse("volunteers:records")

    def context(self) -> dict[str, Any]:
        row = self.object
        name = mask_name(row.volunteer.person.name)
        return {
            **super().context(),
            "page_title": f"作废服务记录：{row.volunteer.number} {name} {row.day:%Y-%m-%d} {row.hours} 小时",
            "breadcrumbs": ((HOME, reverse("volunteers:records")), ("作废", None)),
            "cancel_url": reverse("volunteers:records"),
            "submit_style": "danger",
        }
