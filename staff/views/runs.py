"""Pages of runs: the list, one run with its steps, what changed against the month before, its files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views import View

from common import events as history
from common.pages import (
    ActionView,
    CreateView,
    Empty,
    Link,
    Ordering,
    ScopedDetailView,
    ScopedListView,
    ScopedObjectMixin,
    require,
)
from common.reporting.jobs import start_export
from common.scope import scope_of
from common.timeline import timeline_of
from common.workflow import Action
from staff import events, permissions
from staff.choices import COLOURS, FROZEN, Period
from staff.filters.pay import RunFilter
from staff.forms import pay as pay_forms
from staff.models import PayRun
from staff.selectors.run_checks import warnings
from staff.selectors.runs import differences, search_runs
from staff.services import runs
from staff.tables.pay import RunTable
from staff.workflow.runs import RUN_FLOW

RUNS = "工资表"
TRAIL: list[tuple[str, str | None]] = [("社区队伍", None), (RUNS, "/staff/pay/")]
SHEETS = {
    "paysheet": ("staff.paysheet", "工资表", "file-spreadsheet"),
    "differences": ("staff.differences", "差异表", "arrows-exchange"),
    "bank": ("staff.bank", "银行发放文件", "cash"),
}
WITH_NAMES = {"paysheet": events.PAY_SHEET_MADE, "bank": events.BANK_FILE_MADE}
SHOWN = 200  # lines of the difference list on the page; all of them are in the file


class RunList(ScopedListView):
    model = PayRun
    permission = permissions.PAY_VIEW
    page_title = RUNS
    page_lead = "每月一张：核算、复核、审批、发放由不同的人办理；审批后工资条冻结。"
    breadcrumbs = (("社区队伍", None), (RUNS, None))
    table_class = RunTable
    filterset_class = RunFilter
    orderings = (
        Ordering("month", "月份", "month", descending=True),
        Ordering("net", "实发合计", "net", descending=True),
        Ordering("unit", "组织顺序", "unit__path"),
    )
    search_hint = "单位名称，或月份（2026-09）"
    create = Link("建立工资表", "staff:run-create", permissions.PAY_PREPARE)
    empty = Empty("还没有工资表", "先登记人员、确定等级，再为一个月建立工资表。", "建立工资表", "staff:run-create")
    export_report_key = "staff.runs"

    def rows(self, queryset: QuerySet[PayRun]) -> QuerySet[PayRun]:
        return queryset.select_related("unit")

    def search(self, queryset: QuerySet[PayRun], text: str) -> QuerySet[PayRun]:
        return search_runs(queryset, text)


class RunCreate(CreateView):
    permission = permissions.PAY_PREPARE
    form_class = pay_forms.RunForm
    service = staticmethod(runs.run_create)
    page_title = "建立工资表"
    page_lead = "建立后点“核算”，系统按岗位、等级、考勤和规则算出每个人的工资条。"
    submit_label = "建立"
    cancel_url = "staff:runs"
    breadcrumbs = ((RUNS, "/staff/pay/"), ("建立工资表", None))

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user}


class RunView(ScopedDetailView):
    """One run: sums, who did which step, what to do next, who is left out, what changed."""

    model = PayRun
    permission = permissions.PAY_VIEW
    template_name = "staff/pay/run.html"
    object: PayRun

    def rows(self, queryset: QuerySet[PayRun]) -> QuerySet[PayRun]:
        return queryset.select_related("unit", "calculated_by", "checked_by", "approved_by", "paid_by")

    def title(self) -> str:
        row = self.object
        return f"{row.unit.name} {row.month:%Y年%-m月}{'年终奖' if row.period == Period.BONUS else '工资'}"

    def trail(self) -> list[tuple[str, str | None]]:
        return TRAIL

    def context(self) -> dict[str, Any]:
        row, user = self.object, self.request.user
        return {
            "state_colour": COLOURS[row.state],
            "warnings": warnings(row),
            "buttons": [_button(row, action) for action in RUN_FLOW.available(row, user)],
            "facts": list(_facts(row)),
            "steps": list(_steps(row)),
            "sheets": [
                {"url": reverse("staff:run-sheet", args=[row.pk, key]), "label": label, "icon": icon}
                for key, (_, label, icon) in SHEETS.items()
                if _may_make(key, row, user)
            ],
            "slips_url": f"{reverse('staff:slips')}?run={row.pk}",
            "timeline": timeline_of(row),
        }


def _button(run: PayRun, action: Action) -> dict[str, Any]:
    return {"action": action, "url": reverse("staff:run-act", args=[run.pk, action.name])}


def _facts(run: PayRun) -> Iterator[tuple[str, Any]]:
    yield "发放范围", run.unit
    yield "人数", run.people
    yield "个人五险一金（元）", f"{run.insurance:,}"
    yield "个人所得税（元）", f"{run.tax:,}"
    if run.paid_on:
        yield "发放日期", f"{run.paid_on:%Y-%m-%d}"


def _steps(run: PayRun) -> Iterator[tuple[str, Any, Any]]:
    yield "核算", run.calculated_by, run.calculated_at
    yield "复核", run.checked_by, None
    yield "审批", run.approved_by, run.approved_at
    yield "发放", run.paid_by, None


def _may_make(key: str, run: PayRun, user: Any) -> bool:
    scope = scope_of(user)
    if key == "bank":
        return run.state in FROZEN and scope.may(permissions.PAY_OUT)
    return bool(run.people) and (key != "paysheet" or scope.may(permissions.REVEAL))


class RunAction(ActionView):
    """A step of the run. Calculating is work for a worker: the page of its job shows how far it is."""

    model = PayRun
    permission = permissions.PAY_VIEW
    workflow = RUN_FLOW
    detail_view = RunView

    def rows(self, queryset: QuerySet[PayRun]) -> QuerySet[PayRun]:
        return queryset.select_related("unit")

    def perform(self, form: forms.BaseForm) -> Any:
        if self.action.name == "calculate":
            return runs.calculation_start(run=self.object, actor=self.request.user)
        return super().perform(form)

    def message(self, result: Any) -> str:
        return "" if self.action.name == "calculate" else super().message(result)

    def next_url(self, result: Any) -> str:
        if self.action.name == "calculate":
            return reverse("common:job", args=[result.pk])
        return super().next_url(result)


class RunDifferences(ScopedObjectMixin, View):
    """Everybody whose pay differs from their last month, with the reasons."""

    model = PayRun
    permission = permissions.PAY_VIEW

    def rows(self, queryset: QuerySet[PayRun]) -> QuerySet[PayRun]:
        return queryset.select_related("unit")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        run = self.get_object()
        found = list(differences(run, request.user))
        context = {
            "object": run, "page_title": f"{run.month:%Y年%-m月}工资差异表",
            "page_lead": "与上一个已发月份逐人比较，没有变化的不列。",
            "breadcrumbs": [*TRAIL, (str(run), run.get_absolute_url()), ("差异表", None)],
            "lines": found[:SHOWN], "count": len(found), "more": max(len(found) - SHOWN, 0),
            "sheet_url": reverse("staff:run-sheet", args=[run.pk, "differences"]),
        }  # fmt: skip
        return render(request, "staff/pay/differences.html", context)


class RunSheet(ScopedObjectMixin, View):
    """Start the file of a run; those with whole names leave a line in the audit list."""

    model = PayRun
    permission = permissions.PAY_VIEW

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        run = self.get_object()
        if kwargs["sheet"] not in SHEETS:
            raise Http404("没有这种表。")
        key, label, _ = SHEETS[kwargs["sheet"]]
        if kwargs["sheet"] == "bank":
            require(request.user, permissions.PAY_OUT)
        with transaction.atomic():
            job = start_export(report_key=key, actor=request.user, params={"run": run.pk}, label=f"{label} {run}")
            if kwargs["sheet"] in WITH_NAMES:
                locked = PayRun.objects.visible_to(request.user).select_for_update(of=("self",)).get(pk=run.pk)
                data = {"people": locked.people, "net": str(locked.net)}
                history.record(locked, WITH_NAMES[kwargs["sheet"]], actor=request.user, data=data)
        return redirect("common:job", job.pk)
