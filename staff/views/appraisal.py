"""Appraisals: the list, one period with its steps and judges, opening, and the share of performance pay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from common.pages import (
    ActionView,
    CreateView,
    Empty,
    Link,
    Ordering,
    ScopedDetailView,
    ScopedListView,
    UpdateView,
)
from common.scope import scope_of
from common.timeline import timeline_of
from common.workflow import Action
from grid.querysets import covers
from staff import permissions
from staff.appraisal.words import COLOURS, AppraisalState, Subject, sources_of
from staff.filters.appraisal import AppraisalFilter
from staff.forms import appraisal as form_classes
from staff.models import Appraisal, AppraisalSheet
from staff.selectors.appraisal import may_organise, scheme_of_appraisal, with_progress
from staff.services import appraisal as services
from staff.services.appraisal_pay import first_month, pay_start
from staff.services.appraisal_sheets import sheet_excuse
from staff.tables.appraisal import AppraisalTable
from staff.workflow.appraisal import APPRAISAL_FLOW

LIST = ("考核", "/staff/appraisals/")
JUDGES_SHOWN = 60


class AppraisalList(ScopedListView):
    model = Appraisal
    permission = permissions.APPRAISAL_VIEW
    page_title = "考核"
    page_lead = "季度和年度考核：打分、汇总、复核公示、申诉、定格。"
    breadcrumbs = (("社区队伍", None), ("考核", None))
    table_class = AppraisalTable
    filterset_class = AppraisalFilter
    orderings = (
        Ordering("first_day", "考核期", "first_day", descending=True),
        Ordering("unit", "组织顺序", "unit__path"),
    )
    search_hint = "单位名称"
    create = Link("开始考核", "staff:appraisal-open", permissions.APPRAISE)
    links = (Link("考核结果", "staff:appraisal-results", permissions.APPRAISAL_VIEW, icon="list"),)
    empty = Empty(
        "还没有考核", "先请安全管理员核对考核规则（指标、权重、等次），再开始一个季度或年度的考核。", "开始考核",
        "staff:appraisal-open",
    )  # fmt: skip
    export_report_key = "staff.appraisals"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Appraisal]) -> QuerySet[Appraisal]:
        return queryset.select_related("unit")

    def search(self, queryset: QuerySet[Appraisal], text: str) -> QuerySet[Appraisal]:
        return queryset.filter(unit__name__icontains=text)


class OpenAppraisal(CreateView):
    permission = permissions.APPRAISE
    form_class = form_classes.OpenForm
    service = staticmethod(services.appraisal_open)
    page_title = "开始考核"
    page_lead = "按考核期最后一天生效的规则确定对象和打分人，并通知打分。"
    submit_label = "开始"
    cancel_url = "staff:appraisals"
    breadcrumbs = (LIST, ("开始考核", None))
    success_message = "考核已开始，打分人收到了通知。"

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user}


class AppraisalPage(ScopedDetailView):
    """One period: where it stands, what to do next, the rule, the judges, what came out."""

    model = Appraisal
    permission = permissions.APPRAISAL_VIEW
    template_name = "staff/appraisal/detail.html"
    object: Appraisal

    def rows(self, queryset: QuerySet[Appraisal]) -> QuerySet[Appraisal]:
        return queryset.select_related("unit", "policy", "opened_by", "reckoned_by", "published_by", "finished_by")

    def title(self) -> str:
        return f"{self.object.period_words}{self.object.get_subject_display()}考核"

    def trail(self) -> list[tuple[str, str | None]]:
        return [LIST]

    def context(self) -> dict[str, Any]:
        row, user = self.object, self.request.user
        organises = may_organise(user, row)
        return {
            "state_colour": COLOURS[AppraisalState(row.state)],
            "buttons": [_button(row, action) for action in APPRAISAL_FLOW.available(row, user)],
            "facts": list(_facts(row)),
            "steps": list(_steps(row)),
            "scheme": scheme_of_appraisal(row),
            "sources": sources_of(row.subject),
            "is_of_workers": row.subject == Subject.WORKER,
            "demo": row.policy.data.get("demo"),
            "sheets": list(_sheets(row, user)) if organises else [],
            "sheets_more": max(row.sheets.count() - JUDGES_SHOWN, 0) if organises else 0,
            "levels": list(_levels(row)),
            "results_url": f"{reverse('staff:appraisal-results')}?appraisal={row.pk}",
            "pay_url": _pay_url(row, user),
            "timeline": timeline_of(row),
        }


def _button(row: Appraisal, action: Action) -> dict[str, Any]:
    return {"action": action, "url": reverse("staff:appraisal-act", args=[row.pk, action.name])}


def _facts(row: Appraisal) -> Iterator[tuple[str, Any]]:
    yield "组织单位", row.unit.name
    yield "考核期", f"{row.first_day:%Y-%m-%d} 至 {row.last_day:%Y-%m-%d}"
    yield "参加考核", f"{row.people} {'人' if row.subject == Subject.WORKER else '个社区'}"
    yield "打分截止", f"{row.judge_until:%Y-%m-%d}"
    if row.measured_at:
        yield "最近测算", f"{timezone.localtime(row.measured_at):%Y-%m-%d %H:%M}"
    if row.appeal_until:
        yield "申诉截止", f"{row.appeal_until:%Y-%m-%d}"
    if row.pay_month:
        yield "绩效比例", f"{row.pay_month:%Y 年 %-m 月}起按结果计发"


def _steps(row: Appraisal) -> Iterator[tuple[str, Any, Any]]:
    yield "开始", row.opened_by, row.opened_at
    yield "汇总", row.reckoned_by, row.reckoned_at
    yield "复核公示", row.published_by, row.published_at
    yield "定格", row.finished_by, row.finished_at


def _sheets(row: Appraisal, user: Any) -> Iterator[dict[str, Any]]:
    """How far each judge is; the points themselves are between the judge and the sheet."""
    rows: Any = with_progress(AppraisalSheet.objects.visible_to(user).filter(appraisal=row)).select_related("judge")
    for sheet in rows.order_by("pk")[:JUDGES_SHOWN]:
        open_still = row.state == AppraisalState.OPEN and sheet.excused_at is None and sheet.judge_id != user.pk
        yield {
            "row": sheet, "items": sheet.items, "given": sheet.given,
            "excuse_url": reverse("staff:sheet-excuse", args=[sheet.pk]) if open_still else "",
        }  # fmt: skip


def _levels(row: Appraisal) -> Iterator[tuple[str, int]]:
    """How many came out at each level, of all, whoever looks."""
    if row.state == AppraisalState.OPEN:
        return
    names = list(row.results.filter(corrected_by=None).values_list("level", flat=True))
    for level in scheme_of_appraisal(row).levels:
        yield level.label, names.count(level.label)
    if without := names.count(""):
        yield "无法计分", without


def _pay_url(row: Appraisal, user: Any) -> str:
    prepares = covers(scope_of(user).holding(permissions.PAY_PREPARE), row.unit)
    if prepares and row.state == AppraisalState.FINAL and row.subject == Subject.WORKER:
        return reverse("staff:appraisal-pay", args=[row.pk])
    return ""


class AppraisalAction(ActionView):
    """A step of a period. Measuring, adding up and closing for good are work for a worker: the page of its job shows it."""

    model = Appraisal
    permission = permissions.APPRAISAL_VIEW
    workflow = APPRAISAL_FLOW
    detail_view = AppraisalPage

    def rows(self, queryset: QuerySet[Appraisal]) -> QuerySet[Appraisal]:
        return queryset.select_related("unit", "policy")

    def perform(self, form: forms.BaseForm) -> Any:
        if self.action.name in services.LONG_STEPS:
            return services.step_start(appraisal=self.object, actor=self.request.user, step=self.action.name)
        return super().perform(form)

    def message(self, result: Any) -> str:
        return "" if self.action.name in services.LONG_STEPS else super().message(result)

    def next_url(self, result: Any) -> str:
        if self.action.name in services.LONG_STEPS:
            return reverse("common:job", args=[result.pk])
        return super().next_url(result)


class ExcuseJudge(UpdateView):
    """Leave a judge out, with the reason."""

    model = AppraisalSheet
    permission = permissions.APPRAISE
    object_permission = permissions.APPRAISE
    form_class = form_classes.ReasonForm
    page_title = "免评"
    page_lead = "打分人出差、请假或与对象有亲属关系的免去打分，已打的分不计。"
    submit_label = "免去打分"
    success_message = "已免评。"

    def rows(self, queryset: QuerySet[AppraisalSheet]) -> QuerySet[AppraisalSheet]:
        return queryset.select_related("appraisal__unit", "judge")

    def form_arguments(self) -> dict[str, Any]:
        return {}

    def perform(self, form: forms.BaseForm) -> Any:
        return sheet_excuse(sheet=self.object, actor=self.request.user, **form.cleaned_data)

    def next_url(self, result: Any) -> str:
        return str(self.object.appraisal.get_absolute_url())

    def context(self) -> dict[str, Any]:
        back = self.object.appraisal.get_absolute_url()
        trail = [LIST, (str(self.object.appraisal), back), (f"免评 {self.object.judge}", None)]
        return {**super().context(), "cancel_url": back, "breadcrumbs": trail}


class PayAppraisal(UpdateView):
    """The results into the share of performance pay, from a month that is not yet paid."""

    model = Appraisal
    permission = permissions.PAY_PREPARE
    object_permission = permissions.PAY_PREPARE
    form_class = form_classes.PayFromForm
    page_title = "写入绩效比例"
    page_lead = "按等次写入每个人的绩效比例和依据，从所选月份起计发；已冻结的工资不变。"
    submit_label = "写入"

    def rows(self, queryset: QuerySet[Appraisal]) -> QuerySet[Appraisal]:
        return queryset.select_related("unit")

    def form_arguments(self) -> dict[str, Any]:
        return {"initial": {"month": first_month(self.object)}}

    def perform(self, form: forms.BaseForm) -> Any:
        key = str(self.submission)
        return pay_start(appraisal=self.object, actor=self.request.user, key=key, **form.cleaned_data)

    def next_url(self, result: Any) -> str:
        return reverse("common:job", args=[result.pk])

    def context(self) -> dict[str, Any]:
        back = self.object.get_absolute_url()
        trail = [LIST, (str(self.object), back), (self.page_title, None)]
        return {**super().context(), "cancel_url": back, "breadcrumbs": trail}
