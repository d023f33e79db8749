"""A volunteer's confirmed hours, and what they say against them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common.pages import FormPage
from volunteers.forms.activities import TextForm
from volunteers.models import Participation, ServiceRecord
from volunteers.own import OwnMixin, back_to
from volunteers.selectors.activities import (
    answered_and_voided,
    own_participations,
    own_records,
    span_words,
    theme_labels,
    total_hours,
)
from volunteers.services.hours import hours_object, hours_seen
from volunteers.services.objections import record_object
from volunteers.views.own.activities import PAGE


class OwnHours(OwnMixin, View):
    """Confirmed hours; opening the page counts as having seen them."""

    def get(self, request: HttpRequest) -> HttpResponse:
        records = own_records(self.volunteer)
        page = Paginator(records, PAGE).get_page(request.GET.get("page", "")[:9])
        lines = list(record_lines(page))
        year = timezone.localdate().year
        context = {
            "page_title": "我的时长", "page": page, "records": lines, "total": total_hours(records),
            "taken_back": answered_and_voided(self.volunteer),
            "year_label": f"{year} 年", "this_year": total_hours(records.filter(day__year=year)),
        }  # fmt: skip
        response = render(request, "volunteers/own/hours.html", context)
        hours_seen(volunteer=self.volunteer, records=page)
        return response


def record_lines(records: Any) -> Iterator[dict[str, Any]]:
    themes = theme_labels()
    for record in records:
        row = record.participation
        yield {
            "record": record, "theme": themes.get(record.theme, record.theme),
            "when": span_words(record.started_at, record.ended_at), "participation": row,
            "new": row is not None and row.seen_at is None,
            "objectable": not ((row or record).objection and not (row or record).objection_answer),
            "objection": "" if row else record.objection, "answer": "" if row else record.objection_answer,
        }  # fmt: skip


class Object(OwnMixin, FormPage):
    """Say what is wrong with one's hours."""

    form_class = TextForm
    template_name = "volunteers/own/form.html"
    page_title = "对时长有异议"
    page_lead = "写明哪里不对，组织单位会核实后答复您。"
    submit_label = "提交"
    success_message = "已提交，请等待答复。"

    def row(self) -> Participation:
        found = own_participations(self.volunteer).filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404("没有找到这条报名。")
        return found

    def perform(self, form: forms.BaseForm) -> Participation:
        return hours_object(participation=self.row(), text=form.cleaned_data["text"])

    def next_url(self, result: Participation) -> str:
        return reverse("volunteers:own-activity", args=[result.activity_id])

    def context(self) -> dict[str, Any]:
        row = self.row()
        return back_to(str(row.activity), "own-activity", row.activity_id)


class ObjectToRecord(Object):
    """The same about hours of an order, an agreement or an import, which belong to no activity."""

    def record(self) -> ServiceRecord:
        found = own_records(self.volunteer).filter(pk=self.kwargs["pk"], participation=None).first()
        if found is None:
            raise Http404("没有找到这条服务记录。")
        return found

    def perform(self, form: forms.BaseForm) -> Any:
        return record_object(record=self.record(), text=form.cleaned_data["text"])

    def next_url(self, result: Any) -> str:
        return reverse("volunteers:own-hours")

    def context(self) -> dict[str, Any]:
        self.record()
        return {"cancel_url": reverse("volunteers:own-hours")}
