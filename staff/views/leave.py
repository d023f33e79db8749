"""Leave for those who decide: list, one request with its actions, entering for somebody, the month at a glance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common import calendar
from common.masks import mask_name
from common.pages import (
    ActionView,
    Empty,
    Link,
    Ordering,
    ScopedDetailView,
    ScopedFormView,
    ScopedListView,
    SignedInMixin,
)
from common.scope import scope_of
from common.timeline import timeline_of
from common.workflow import Action
from grid.choices import Level
from grid.models import Unit
from staff import permissions
from staff.choices import COLOURS, LeaveState
from staff.filters.leave import LeaveFilter, months
from staff.forms.leave import EnterLeaveForm
from staff.models import Leave, Worker
from staff.selectors.grades import of_worker
from staff.selectors.leave import Absence, absences, cover_for, days_of
from staff.services.leave import leave_enter
from staff.tables.leave import LeaveTable
from staff.workflow.leave import LEAVE_FLOW

LIST = ("请假", "/staff/leave/")


class LeaveList(ScopedListView):
    model = Leave
    permission = permissions.LEAVE
    page_title = "请假"
    breadcrumbs = (("社区队伍", None), ("请假", None))
    table_class = LeaveTable
    filterset_class = LeaveFilter
    orderings = (
        Ordering("first_day", "第一天", "first_day", descending=True),
        Ordering("asked_at", "申请时间", "asked_at", descending=True),
        Ordering("number", "工号", "worker__number"),
    )
    search_hint = "工号，或完整的姓名"
    create = Link("代人登记", "staff:leave-enter", permissions.LEAVE)
    links = (Link("不在岗日历", "staff:leave-calendar", permissions.VIEW, icon="calendar"),)
    empty = Empty("还没有请假", "社区工作者在自己的页面申请，也可以由街道代为登记。", "代人登记", "staff:leave-enter")
    export_report_key = "staff.leave"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Leave]) -> QuerySet[Leave]:
        return queryset.select_related("worker__unit", "worker__person", "cover__person")

    def search(self, queryset: QuerySet[Leave], text: str) -> QuerySet[Leave]:
        return queryset.filter(of_worker(text, "worker__"))


class LeavePage(ScopedDetailView):
    model = Leave
    permission = permissions.LEAVE
    template_name = "staff/leave/detail.html"
    object: Leave

    def rows(self, queryset: QuerySet[Leave]) -> QuerySet[Leave]:
        return queryset.select_related("worker__unit", "worker__person", "cover__person", "decided_by")

    def title(self) -> str:
        row = self.object
        return f"{mask_name(row.worker.person.name)} {row.worker.number} 的{row.get_kind_display()}"

    def trail(self) -> list[tuple[str, str | None]]:
        return [LIST]

    def context(self) -> dict[str, Any]:
        row = self.object
        return {
            "state_colour": COLOURS[LeaveState(row.state)],
            "buttons": [_button(row, action) for action in LEAVE_FLOW.available(row, self.request.user)],
            "facts": list(self._facts()),
            "timeline": timeline_of(row),
        }

    def _facts(self) -> Iterator[tuple[Any, ...]]:
        row = self.object
        yield "单位", row.worker.unit.name
        yield "职务", row.worker.get_rank_display()
        yield "假别", row.get_kind_display()
        yield "日期", span_words(row)
        yield "工作日", f"{days_of(row).normalize():f} 天"
        yield "代班人", cover_words(row)
        yield "审批人", row.decided_by
        if row.reason:
            yield "事由", row.reason, "wide"


def span_words(row: Leave) -> str:
    if row.first_day == row.last_day:
        return f"{row.first_day:%Y-%m-%d}{'（半天）' if row.half else ''}"
    return f"{row.first_day:%Y-%m-%d} 至 {row.last_day:%Y-%m-%d}"


def cover_words(row: Leave) -> str:
    """Who stands in; while it is undecided, who would as things stand now."""
    if row.state == LeaveState.ASKED:
        found = cover_for(row.worker, row.first_day, row.last_day)
        return found.words if found else "本单位没有人可以代班"
    return f"{mask_name(row.cover.person.name)}（{row.cover.number}）" if row.cover else "无"


def _button(leave: Leave, action: Action) -> dict[str, Any]:
    return {"action": action, "url": reverse("staff:leave-act", args=[leave.pk, action.name])}


class LeaveAction(ActionView):
    model = Leave
    permission = permissions.LEAVE
    workflow = LEAVE_FLOW
    detail_view = LeavePage

    def rows(self, queryset: QuerySet[Leave]) -> QuerySet[Leave]:
        return queryset.select_related("worker__unit", "worker__person")


class EnterLeave(ScopedFormView):
    permission = permissions.LEAVE
    form_class = EnterLeaveForm
    page_title = "代人登记请假"
    page_lead = "本人不便申请时由街道登记，登记即批准；代班人由系统按 AB 岗和在岗情况安排。"
    breadcrumbs = (LIST, ("代人登记", None))
    submit_label = "登记"
    cancel_url = "staff:leaves"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user, "initial": {"worker": self.request.GET.get("number", "")[:20]}}

    def perform(self, form: forms.BaseForm) -> Leave:
        return leave_enter(actor=self.request.user, request_key=self.submission, **form.cleaned_data)

    def message(self, result: Leave) -> str:
        return f"已登记，代班人：{cover_words(result)}。"


# --- the month at a glance


class LeaveCalendar(SignedInMixin, View):
    """Who of a unit is away on which day. The kind is told to those who decide about leave only."""

    permission = permissions.VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        unit = self._unit(request)
        month = _month(request.GET.get("month", ""))
        rows = absences(request.user, unit, month) if unit else []
        kinds = scope_of(request.user).may(permissions.LEAVE)
        works = calendar.current()
        days = [month.replace(day=number) for number in range(1, len(rows[0].days) + 1)] if rows else []
        context = {
            "page_title": "不在岗日历",
            "page_lead": f"{unit.name if unit else ''} {month.year} 年 {month.month} 月请假的人，待审批的也列出。",
            "breadcrumbs": (("社区队伍", None), ("不在岗日历", None)),
            "unit": unit,
            "units": self._units(request),
            "month": f"{month:%Y-%m}",
            "months": months(),
            "days": [{"number": day.day, "off": not works.is_working_day(day)} for day in days],
            "rows": [_line(row, days, works, kinds) for row in rows],
            "kinds": kinds,
        }
        return render(request, "staff/leave/calendar.html", context)

    def _units(self, request: HttpRequest) -> list[Unit]:
        """District, streets and communities that the person sees."""
        rows = Unit.objects.visible_to(request.user).filter(is_active=True, level__lte=Level.COMMUNITY)
        return list(rows.order_by("path"))

    def _unit(self, request: HttpRequest) -> Unit | None:
        units = self._units(request)
        wanted = request.GET.get("unit", "")
        return next((unit for unit in units if str(unit.pk) == wanted), units[0] if units else None)


def _month(text: str) -> date:
    return date.fromisoformat(f"{text}-01") if text in dict(months()) else timezone.localdate().replace(day=1)


def _line(row: Absence, days: list[date], works: Any, kinds: bool) -> dict[str, Any]:
    """One worker's month: the mark of each day, in words for those who cannot see it."""
    worker: Worker = row.worker
    return {
        "name": mask_name(worker.person.name), "number": worker.number, "unit": worker.unit.name,
        "cells": [_cell(leave, day, works, kinds) for day, leave in zip(days, row.days, strict=True)],
    }  # fmt: skip


def _cell(leave: Leave | None, day: date, works: Any, kinds: bool) -> dict[str, str]:
    off = not works.is_working_day(day)
    if leave is None:
        return {"tone": "off" if off else "", "mark": "", "words": ""}
    label = leave.get_kind_display() if kinds else "不在岗"
    words = (
        f"{day.day} 日 {label}{'半天' if leave.half else ''}{'（待审批）' if leave.state == LeaveState.ASKED else ''}"
    )
    tone = "asked" if leave.state == LeaveState.ASKED else "away"
    return {"tone": tone, "mark": label[0] if kinds else "●", "words": words}
