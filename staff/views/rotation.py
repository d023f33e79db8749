"""跟班轮训 for those who arrange it: sites, plans as a table, turns and how they went."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views import View

from common.errors import Invalid
from common.masks import mask_name
from common.pages import Empty, Link, Ordering, ScopedDetailView, ScopedListView, ScopedObjectMixin, UpdateView
from common.pages.inputs import ConfirmForm
from common.scope import scope_of
from common.timeline import timeline_of
from grid.querysets import covers
from staff import permissions
from staff.choices_growth import RotationState
from staff.filters.growth import RotationPlanFilter, SiteFilter, TurnFilter
from staff.forms import growth as growth_forms
from staff.models import RotationPlan, RotationSite, RotationTurn
from staff.selectors.rotation import plan_table
from staff.services import rotation
from staff.tables.growth import RotationPlanTable, SiteTable, TurnTable
from staff.views.growth_base import TEAM, CreatesView, found_by_worker

PLANS = ("轮训计划", "/staff/rotation/plans/")
SITES = ("轮训点", "/staff/rotation/sites/")


class TurnList(ScopedListView):
    model = RotationTurn
    permission = permissions.GROWTH
    page_title = "跟班轮训"
    breadcrumbs = (TEAM, ("跟班轮训", None))
    table_class = TurnTable
    filterset_class = TurnFilter
    orderings = (
        Ordering("first_day", "第一天", "first_day", descending=True), Ordering("number", "工号", "worker__number"),
    )  # fmt: skip
    search_hint = "工号，或完整的姓名"
    links = (
        Link("轮训计划", "staff:rotation-plans", permissions.GROWTH, icon="calendar"),
        Link("轮训点", "staff:rotation-sites", permissions.GROWTH, icon="map-pin"),
    )
    empty = Empty("还没有轮训安排", "先添加轮训点，再建计划并编排。", "轮训计划", "staff:rotation-plans")
    export_report_key = "staff.rotation_turns"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[RotationTurn]) -> QuerySet[RotationTurn]:
        return queryset.select_related("worker__unit", "worker__person", "site__place", "plan")

    def search(self, queryset: QuerySet[RotationTurn], text: str) -> QuerySet[RotationTurn]:
        return found_by_worker(queryset, text)


# --- sites


class SiteList(ScopedListView):
    model = RotationSite
    permission = permissions.GROWTH
    page_title = "轮训点"
    breadcrumbs = (TEAM, ("跟班轮训", "/staff/rotation/"), ("轮训点", None))
    table_class = SiteTable
    filterset_class = SiteFilter
    orderings = (Ordering("place", "轮训点", "place__path"),)
    create = Link("添加轮训点", "staff:rotation-site-add", permissions.GROWTH)
    empty = Empty("还没有轮训点", "选工作基础好的社区作为轮训点。", "添加轮训点", "staff:rotation-site-add")
    export_report_key = "staff.rotation_sites"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[RotationSite]) -> QuerySet[RotationSite]:
        return queryset.select_related("unit", "place").annotate(turn_count=Count("turns"))


class SiteAdd(CreatesView):
    form_class = growth_forms.SiteForm
    service = staticmethod(rotation.site_add)
    page_title = "添加轮训点"
    breadcrumbs = (SITES, ("添加", None))
    cancel_url = "staff:rotation-sites"
    success_url = "staff:rotation-sites"
    success_message = "已添加，下次编排时使用。"

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        return {"actor": self.request.user, **form.cleaned_data}


class SiteClose(UpdateView):
    model = RotationSite
    permission = permissions.GROWTH
    object_permission = permissions.GROWTH
    form_class = ConfirmForm
    service = staticmethod(rotation.site_close)
    object_name = "site"
    page_title = "停用轮训点"
    page_lead = "已安排的不变，下次编排不再安排人去。"
    submit_label = "停用"
    cancel_url = "staff:rotation-sites"
    success_url = "staff:rotation-sites"
    success_message = "已停用。"

    def form_arguments(self) -> dict[str, Any]:
        return {}

    def context(self) -> dict[str, Any]:
        return {**super().context(), "breadcrumbs": (SITES, (str(self.object), None))}


# --- plans


class RotationPlanList(ScopedListView):
    model = RotationPlan
    permission = permissions.GROWTH
    page_title = "轮训计划"
    breadcrumbs = (TEAM, ("跟班轮训", "/staff/rotation/"), ("轮训计划", None))
    table_class = RotationPlanTable
    filterset_class = RotationPlanFilter
    orderings = (Ordering("first_day", "开始", "first_day", descending=True),)
    create = Link("新建计划", "staff:rotation-plan-create", permissions.GROWTH)
    links = (Link("轮训点", "staff:rotation-sites", permissions.GROWTH, icon="map-pin"),)
    empty = Empty("还没有轮训计划", "建好计划后由系统按公平顺序编排。", "新建计划", "staff:rotation-plan-create")
    export_report_key = "staff.rotation_plans"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[RotationPlan]) -> QuerySet[RotationPlan]:
        return queryset.select_related("unit").annotate(turn_count=Count("turns"))


class RotationPlanCreate(CreatesView):
    form_class = growth_forms.RotationForm
    service = staticmethod(rotation.rotation_create)
    page_title = "新建轮训计划"
    breadcrumbs = (PLANS, ("新建", None))
    cancel_url = "staff:rotation-plans"
    success_message = "已建立，请编排。"


class RotationPlanPage(ScopedDetailView):
    """The plan as a table: half months down, sites across."""

    model = RotationPlan
    permission = permissions.GROWTH
    template_name = "staff/growth/rotation.html"
    object: RotationPlan

    def rows(self, queryset: QuerySet[RotationPlan]) -> QuerySet[RotationPlan]:
        return queryset.select_related("unit")

    def trail(self) -> list[tuple[str, str | None]]:
        return [PLANS]

    def context(self) -> dict[str, Any]:
        row, today = self.object, timezone.localdate()
        sites, lines = plan_table(row)
        manages = covers(scope_of(self.request.user).holding(permissions.GROWTH), row.unit)
        return {
            "sites": sites,
            "lines": [
                {
                    "period": f"{line.period.first:%Y-%m-%d} 至 {line.period.last:%m-%d}",
                    "now": line.period.first <= today <= line.period.last,
                    "cells": [[_seat(turn, today, manages) for turn in cell] for cell in line.cells],
                }
                for line in lines
            ],
            "clashes": any(turn is not None and getattr(turn, "clashes", False) and turn.last_day >= today
                           for line in lines for cell in line.cells for turn in cell),
            "may_plan": manages and rotation.span_of(row)[1] > today and bool(sites),
            "may_change": manages, "short": len(row.short), "submission": self._key(),
            "timeline": timeline_of(row),
        }  # fmt: skip

    def _key(self) -> str:
        """One planning for what is on the page: the same page sent twice is one job."""
        return str(UUID(int=(self.object.pk << 64) + self.object.event_seq))


def _seat(turn: RotationTurn | None, today: Any, manages: bool) -> dict[str, Any] | None:
    if turn is None:
        return None
    over = turn.last_day <= today
    return {
        "name": mask_name(turn.worker.person.name), "unit": turn.worker.unit.name, "number": turn.worker.number,
        "clashes": getattr(turn, "clashes", False) and turn.state == RotationState.PLANNED,
        "result": turn.get_result_display(), "broken": turn.state == RotationState.BROKEN,
        "rate": reverse("staff:rotation-rate", args=[turn.pk])
        if manages and over and turn.state != RotationState.BROKEN else "",
        "break": reverse("staff:rotation-break", args=[turn.pk])
        if manages and turn.first_day <= today < turn.last_day and turn.state == RotationState.PLANNED else "",
    }  # fmt: skip


class StartPlanning(ScopedObjectMixin, View):
    model = RotationPlan
    permission = permissions.GROWTH
    object_permission = permissions.GROWTH

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        plan = self.get_object()
        try:
            key = str(UUID(request.POST.get("submission", "")))
        except ValueError:
            raise Invalid("页面已过期，请刷新后再编排。") from None
        job = rotation.start_planning(plan=plan, actor=request.user, key=key)
        return HttpResponseRedirect(reverse("common:job", args=[job.pk]))


# --- how it went


class AboutTurn(UpdateView):
    model = RotationTurn
    permission = permissions.GROWTH
    object_permission = permissions.GROWTH
    object_name = "turn"

    def rows(self, queryset: QuerySet[RotationTurn]) -> QuerySet[RotationTurn]:
        return queryset.select_related("plan", "worker__person", "site__place")

    def form_arguments(self) -> dict[str, Any]:
        return {}

    def next_url(self, result: Any) -> str:
        return str(self.object.plan.get_absolute_url())

    def context(self) -> dict[str, Any]:
        row = self.object
        here = row.plan.get_absolute_url()
        who = f"{mask_name(row.worker.person.name)}（{row.worker.number}）{row.first_day:%Y-%m-%d} 在“{row.site.place.name}”"
        trail = [PLANS, (row.plan.title, here), (self.page_title, None)]
        return {"object": row, "version": "", "page_lead": who, "cancel_url": here, "breadcrumbs": trail}


class RateTurn(AboutTurn):
    form_class = growth_forms.RateForm
    service = staticmethod(rotation.turn_rate)
    page_title = "评价轮训"
    success_message = "已评价。"

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"result": self.object.result, "note": self.object.note}}


class BreakTurn(AboutTurn):
    form_class = growth_forms.BreakForm
    service = staticmethod(rotation.turn_break)
    page_title = "中途退出"
    success_message = "已登记。"
