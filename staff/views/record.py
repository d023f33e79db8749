"""晋升档案: what a worker has to show for a promotion, on one page that prints; honours are kept here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common.masks import mask_name
from common.pages import ScopedDetailView, UpdateView
from common.scope import scope_of
from grid.querysets import covers
from staff import permissions
from staff.forms.appraisal import HonourForm, ReasonForm
from staff.models import Worker, WorkerHonour
from staff.selectors.appraisal import Record, record_of
from staff.services.honours import honour_add, honour_remove
from staff.tables.appraisal import star_words
from staff.views.own import OWN, OwnMixin
from staff.views.roster import LIST, facts, last_day

RECORD = "晋升档案"


def record_context(worker: Worker) -> dict[str, Any]:
    record: Record = record_of(worker)
    return {
        "record": record,
        "results": [(row, star_words(row.stars)) for row in record.results],
        "grades": [(row, last_day(row)) for row in record.grades],
        "posts": [(row, last_day(row)) for row in record.posts],
        "facts": list(facts(worker)),
        "today": timezone.localdate(),
    }


class WorkerRecord(ScopedDetailView):
    model = Worker
    permission = permissions.APPRAISAL_VIEW
    object_permission = permissions.APPRAISAL_VIEW
    template_name = "staff/appraisal/record.html"
    object: Worker

    def rows(self, queryset: QuerySet[Worker]) -> QuerySet[Worker]:
        return queryset.select_related("unit", "person", "user")

    def title(self) -> str:
        return f"{mask_name(self.object.person.name)} {self.object.number} {RECORD}"

    def trail(self) -> list[tuple[str, str | None]]:
        return [LIST, (self.object.number, self.object.get_absolute_url())]

    def context(self) -> dict[str, Any]:
        manages = covers(scope_of(self.request.user).holding(permissions.MANAGE), self.object.unit)
        return {**record_context(self.object), "may_manage": manages}


class OwnRecord(OwnMixin, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        context = {
            **record_context(self.worker), "object": self.worker, "page_title": RECORD,
            "breadcrumbs": ((OWN, reverse("staff:own")), (RECORD, None)), "own": True,
        }  # fmt: skip
        return render(request, "staff/appraisal/record.html", context)


def _record_url(worker: int) -> str:
    return reverse("staff:worker-record", args=[worker])


class AddHonour(UpdateView):
    model = Worker
    permission = permissions.MANAGE
    object_permission = permissions.MANAGE
    form_class = HonourForm
    page_title = "登记荣誉"
    submit_label = "登记"
    success_message = "荣誉已登记。"

    def form_arguments(self) -> dict[str, Any]:
        return {}

    def perform(self, form: forms.BaseForm) -> WorkerHonour:
        return honour_add(worker=self.object, actor=self.request.user, submission=self.submission, **form.cleaned_data)

    def next_url(self, result: Any) -> str:
        return _record_url(self.object.pk)

    def context(self) -> dict[str, Any]:
        back = _record_url(self.object.pk)
        trail = [LIST, (self.object.number, self.object.get_absolute_url()), (RECORD, back), (self.page_title, None)]
        return {**super().context(), "cancel_url": back, "breadcrumbs": trail}


class RemoveHonour(UpdateView):
    model = WorkerHonour
    permission = permissions.MANAGE
    object_permission = permissions.MANAGE
    form_class = ReasonForm
    page_title = "删除荣誉"
    submit_label = "删除"
    success_message = "荣誉已删除。"

    def rows(self, queryset: QuerySet[WorkerHonour]) -> QuerySet[WorkerHonour]:
        return queryset.select_related("worker__unit")

    def form_arguments(self) -> dict[str, Any]:
        return {}

    def perform(self, form: forms.BaseForm) -> Any:
        return honour_remove(honour=self.object, actor=self.request.user, **form.cleaned_data)

    def next_url(self, result: Any) -> str:
        return _record_url(self.object.worker_id)

    def context(self) -> dict[str, Any]:
        back = _record_url(self.object.worker_id)
        trail = [LIST, (RECORD, back), (f"删除“{self.object.name}”", None)]
        return {
            **super().context(), "cancel_url": back, "breadcrumbs": trail, "submit_style": "danger",
            "page_lead": f"删除“{self.object.name}”（{self.object.given_on:%Y-%m-%d}），理由记入变更记录。",
        }  # fmt: skip
