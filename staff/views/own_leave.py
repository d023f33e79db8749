"""A worker's own leave, phone first: what was asked for, a new request with its cover shown before, taking back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common.masks import mask_name
from common.pages import ScopedFormView, SignedInMixin
from staff.choices import COLOURS, LeaveState
from staff.forms.leave import OwnLeaveForm
from staff.models import Leave
from staff.selectors.leave import cover_for, covered_by, days_of, leave_between, working_days
from staff.selectors.own import own_worker
from staff.services.leave import leave_ask, leave_withdraw
from staff.views.leave import span_words

SHOWN = 50


def own_rows(user: Any) -> QuerySet[Leave]:
    return Leave.objects.own(user).select_related("cover__person", "worker__person", "worker__unit")


class OwnLeave(SignedInMixin, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        worker = own_worker(request.user)
        context = {
            "page_title": "我的请假",
            "breadcrumbs": (("我的请假", None),),
            "rows": [_line(row) for row in own_rows(request.user)[:SHOWN]],
            "covering": [
                f"{mask_name(row.worker.person.name)} {span_words(row)}"
                for row in covered_by(worker, timezone.localdate())
            ],
        }
        return render(request, "staff/leave/own.html", context)


def _line(row: Leave) -> dict[str, Any]:
    begins_later = row.first_day > timezone.localdate()
    return {
        "row": row, "span": span_words(row), "days": f"{days_of(row).normalize():f}",
        "colour": COLOURS[LeaveState(row.state)],
        "cover": mask_name(row.cover.person.name) if row.cover else "无",
        "may_withdraw": row.state == LeaveState.ASKED or (row.state == LeaveState.APPROVED and begins_later),
    }  # fmt: skip


class AskLeave(ScopedFormView):
    form_class = OwnLeaveForm
    template_name = "staff/leave/ask.html"
    page_title = "申请请假"
    page_lead = "由街道审批，结果会发消息给您。"
    breadcrumbs = (("我的请假", "/staff/me/leave/"), ("申请", None))
    submit_label = "提交申请"
    cancel_url = "staff:own-leave"
    success_url = "staff:own-leave"
    success_message = "已提交，等待街道审批。"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            own_worker(request.user)
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: forms.BaseForm) -> Leave:
        return leave_ask(user=self.request.user, request_key=self.submission, **form.cleaned_data)


class LookAtLeave(SignedInMixin, View):
    """While the form is filled in: how many working days, and who would stand in. Nothing is asked for yet."""

    def get(self, request: HttpRequest) -> HttpResponse:
        worker = own_worker(request.user)
        form = OwnLeaveForm(request.GET)
        form.is_valid()
        first, last = form.cleaned_data.get("first_day"), form.cleaned_data.get("last_day")
        context: dict[str, Any] = {}
        if first and last and first <= last:
            days = working_days(first, last, bool(form.cleaned_data.get("half")) and first == last)
            there = leave_between(worker, first, last)
            context = {
                "days": f"{days.normalize():f}",
                "none": not days,
                "there": f"{there.get_kind_display()}（{span_words(there)}）" if there else "",
                "cover": cover_for(worker, first, last),
                "shown": True,
            }
        return render(request, "staff/leave/look.html", context)


class WithdrawLeave(SignedInMixin, View):
    model = Leave

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        leave_withdraw(leave=Leave(pk=pk), user=request.user)
        messages.success(request, "已撤销。")
        return HttpResponseRedirect(reverse("staff:own-leave"))
