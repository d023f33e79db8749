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
from volunteers.forms.activities import CorrectRecordForm, ReasonForm, TextForm
from volunteers.models import ServiceRecord
from volunteers.services.hours import record_void
from volunteers.services.objections import record_answer, record_correct
from volunteers.tables.activities import RecordTable

HOME = "服务记录"


class RecordList(ScopedListView):
    """Confirmed hours of one's scope: where they were served, and whose volunteers served them."""

    model = ServiceRecord
    permission = permissions.VIEW
    page_title = HOME
    page_lead = "已经确认的服务时长（志愿服务条例第十九条）。时长有误的，更正或作废。"
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


class AboutRecord(UpdateView):
    """Base of the forms about one record."""

    model = ServiceRecord
    permission = permissions.ACTIVITIES
    verb = ""
    object: ServiceRecord

    def rows(self, queryset: QuerySet[ServiceRecord]) -> QuerySet[ServiceRecord]:
        return queryset.select_related("volunteer__person", "unit", "participation__activity", "order")

    def form_arguments(self) -> dict[str, Any]:
        return {}

    def next_url(self, result: Any) -> str:
        return reverse("volunteers:records")

    def context(self) -> dict[str, Any]:
        row = self.object
        name = mask_name(row.volunteer.person.name)
        return {
            **super().context(),
            "page_title": f"{self.verb}：{row.volunteer.number} {name} {row.day:%Y-%m-%d} {row.hours} 小时",
            "breadcrumbs": ((HOME, reverse("volunteers:records")), (self.verb, None)),
            "cancel_url": reverse("volunteers:records"),
        }


class VoidRecord(AboutRecord):
    """Take a wrong record back."""

    verb = "作废服务记录"
    form_class = ReasonForm
    submit_label = "作废"
    page_lead = "作废后时长不再计算，积分用反向分录冲回；记录本身和理由保留。"
    success_message = "已作废。"

    def perform(self, form: forms.BaseForm) -> ServiceRecord:
        return record_void(record=self.object, actor=self.request.user, reason=form.cleaned_data["reason"])

    def context(self) -> dict[str, Any]:
        return {**super().context(), "submit_style": "danger"}


class AnswerRecord(AboutRecord):
    """The hours stay as they are; the volunteer is told why. Hours that are wrong are put right on another page."""

    verb = "答复异议"
    form_class = TextForm
    template_name = "volunteers/activities/record_answer.html"
    submit_label = "答复"
    success_message = "已答复。"

    def perform(self, form: forms.BaseForm) -> ServiceRecord:
        return record_answer(record=self.object, actor=self.request.user, text=form.cleaned_data["text"])

    def context(self) -> dict[str, Any]:
        return {**super().context(), "page_lead": f"本人的异议：{self.object.objection or '无'}"}


class CorrectRecord(AboutRecord):
    """Wrong hours: the record is voided, and another one written."""

    verb = "更正时长"
    form_class = CorrectRecordForm
    submit_label = "更正"
    page_lead = "原来的服务记录作废，积分冲回，按更正后的时间重新登记；本人有异议的，同时答复。"
    success_message = "已更正。"

    def form_arguments(self) -> dict[str, Any]:
        row = self.object
        return {"initial": {"started_at": row.started_at, "ended_at": row.ended_at, "hours": row.hours}}

    def perform(self, form: forms.BaseForm) -> ServiceRecord:
        return record_correct(record=self.object, actor=self.request.user, **form.cleaned_data)
