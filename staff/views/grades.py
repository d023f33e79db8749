"""Pages of grades: lists, one worker's grades and why, regrading with a dry look first, corrections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views import View

from common import events as history
from common.errors import PlainError
from common.masks import mask_name
from common.pages import Empty, Link, Ordering, ScopedDetailView, ScopedListView, ScopedObjectMixin, UpdateView
from common.pages.forms import add_error
from common.scope import scope_of
from common.timeline import entries
from grid.querysets import covers
from staff import events, permissions
from staff.choices import Certificate, Education, Rank, WorkerState
from staff.filters.grades import GradeFilter, UngradedFilter
from staff.forms.grades import CorrectForm, RegradeForm
from staff.models import Grade, Worker
from staff.pay.grading import Standing
from staff.rules import pay_scheme
from staff.selectors.grades import current_grades, of_worker, standings, ungraded
from staff.services.grades import Proposal, grade_correct, grade_initial, propose, regrade
from staff.tables.grades import GradeTable, UngradedTable, grades_url

LIST = ("等级", "/staff/grades/")
SHOWN_EVENTS = 20
# A grade tells what somebody earns: colleagues do not see it, whoever manages the roster or keeps the grades does.
SEEN_BY = (permissions.MANAGE, permissions.GRADE)


class GradeList(ScopedListView):
    model = Grade
    permission = SEEN_BY
    page_title = "现行等级"
    page_lead = "在岗人员今天执行的等级。"
    breadcrumbs = (("社区队伍", None), ("现行等级", None))
    table_class = GradeTable
    filterset_class = GradeFilter
    orderings = (
        Ordering("number", "工号", "worker__number"),
        Ordering("grade", "等级", "grade", descending=True),
        Ordering("valid_from", "起始日期", "valid_from", descending=True),
        Ordering("unit", "组织顺序", "worker__unit__path"),
    )
    search_hint = "工号，或完整的姓名"
    links = (
        Link("还没有定级的人", "staff:ungraded", permissions.GRADE, icon="user-search"),
        Link("批量定级", "staff:grading", permissions.GRADE, icon="trending-up"),
    )
    empty = Empty("还没有等级", "人员入职后在这里定级，每一级都写明理由。", "还没有定级的人", "staff:ungraded")
    export_report_key = "staff.grades"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Grade]) -> QuerySet[Grade]:
        return current_grades(queryset, timezone.localdate())

    def search(self, queryset: QuerySet[Grade], text: str) -> QuerySet[Grade]:
        return queryset.filter(of_worker(text, "worker__"))


class UngradedList(ScopedListView):
    model = Worker
    permission = permissions.GRADE
    page_title = "还没有定级的人"
    breadcrumbs = (LIST, ("还没有定级的人", None))
    table_class = UngradedTable
    filterset_class = UngradedFilter
    orderings = (
        Ordering("number", "工号", "number"),
        Ordering("entered_on", "入职日期", "entered_on", descending=True),
    )
    search_hint = "工号，或完整的姓名"
    links = (Link("批量首次定级", "staff:grading", permissions.GRADE, icon="trending-up", query="kind=initial"),)
    empty = Empty("都已定级", "新入职、导入后还没有定级的人员会显示在这里，可以逐个或批量定级。")
    export_report_key = "staff.ungraded"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Worker]) -> QuerySet[Worker]:
        return ungraded(queryset).select_related("unit", "person")

    def search(self, queryset: QuerySet[Worker], text: str) -> QuerySet[Worker]:
        return queryset.filter(of_worker(text))


# --- one worker


def title_of(worker: Worker) -> str:
    return f"{mask_name(worker.person.name)} {worker.number}".strip()


def standing_rows(standing: Standing) -> Iterator[tuple[str, Any]]:
    """What the grade depends on, in words."""
    yield "职务", Rank(standing.rank).label
    yield "计入的社区工作年限", f"{standing.years} 年"
    yield "学历", Education(standing.education).label
    yield "最高有效证书", Certificate(standing.certificate).label if standing.certificate else "无"
    yield "试用期", "是" if standing.probation else "否"


class WorkerGrades(ScopedDetailView):
    """Why it is this grade, and every grade before it."""

    model = Worker
    permission = SEEN_BY
    template_name = "staff/grades/worker.html"
    object: Worker

    def rows(self, queryset: QuerySet[Worker]) -> QuerySet[Worker]:
        return queryset.select_related("unit", "person")

    def title(self) -> str:
        return f"{title_of(self.object)} 的等级"

    def trail(self) -> list[tuple[str, str | None]]:
        return [LIST]

    def context(self) -> dict[str, Any]:
        worker, today = self.object, timezone.localdate()
        rows = list(
            Grade.objects.visible_to(self.request.user).filter(worker=worker).select_related("policy", "set_by")
        )
        current = next((row for row in rows if row.valid_from <= today and not _over(row, today)), None)
        keeps = covers(scope_of(self.request.user).holding(permissions.GRADE), worker.unit)
        known = standings([worker], today, pay_scheme(today)[1]).get(worker.pk)
        return {
            "current": current,
            "rows": rows,
            "facts": list(standing_rows(known)) if known else [],
            "may_grade": keeps and worker.state == WorkerState.ACTIVE,
            "timeline": entries(_grade_events(worker)),
        }


def _over(row: Grade, on: Any) -> bool:
    return row.valid_to is not None and row.valid_to <= on


def _grade_events(worker: Worker) -> Any:
    kinds = (events.GRADED, events.GRADE_CORRECTED)
    return history.timeline(worker).filter(kind__in=kinds)[:SHOWN_EVENTS]


class GiveFirstGrade(ScopedObjectMixin, View):
    """The button on the page of a worker without a grade."""

    model = Worker
    permission = permissions.GRADE

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        worker = self.get_object()
        row = grade_initial(worker=worker, actor=request.user)
        messages.success(request, f"已定为 {row.grade} 级，自 {row.valid_from:%Y-%m-%d} 起执行。")
        return HttpResponseRedirect(grades_url(worker.pk))


class GradeFormView(UpdateView):
    """What the two forms about a worker's grade share."""

    model = Worker
    permission = permissions.GRADE
    object_permission = permissions.GRADE
    object: Worker

    def rows(self, queryset: QuerySet[Worker]) -> QuerySet[Worker]:
        return queryset.select_related("unit", "person")

    def form_arguments(self) -> dict[str, Any]:
        return {}

    def next_url(self, result: Any) -> str:
        return grades_url(self.object.pk)

    def context(self) -> dict[str, Any]:
        own = grades_url(self.object.pk)
        title = f"{title_of(self.object)}：{self.page_title}"
        return {
            **super().context(), "page_title": title, "cancel_url": own,
            "breadcrumbs": [LIST, (title_of(self.object), own), (self.page_title, None)],
        }  # fmt: skip


class Regrade(GradeFormView):
    form_class = RegradeForm
    template_name = "staff/grades/regrade.html"
    page_title = "重新定级"
    page_lead = "先试算看结果和理由，确认后再执行。"
    submit_label = "执行"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("do") != "preview":
            return super().post(request, *args, **kwargs)
        self.object = self.get_object()
        form = self.get_form(bound=True)
        if form.is_valid():
            try:
                self.proposal = propose(self.object, form.cleaned_data["on"], form.cleaned_data["reason"])
            except PlainError as error:
                add_error(form, error)
        return self.show(form, 400 if form.errors else 200)

    proposal: Proposal | None = None

    def perform(self, form: forms.BaseForm) -> Grade | None:
        return regrade(worker=self.object, actor=self.request.user, **form.cleaned_data)

    def message(self, result: Grade | None) -> str:
        if result is None:
            return "等级和岗位都没有变化，没有改动。"
        return f"已执行：自 {result.valid_from:%Y-%m-%d} 起 {result.grade} 级。"

    def context(self) -> dict[str, Any]:
        return {**super().context(), "proposal": self.proposal}


class CorrectGrade(GradeFormView):
    form_class = CorrectForm
    page_title = "更正等级"
    page_lead = "只用于改正错误；原来的等级和理由保留在变更记录里。已冻结的月份从下一次发薪补发或补扣。"
    submit_label = "更正"

    def perform(self, form: forms.BaseForm) -> Grade:
        return grade_correct(worker=self.object, actor=self.request.user, **form.cleaned_data)

    def message(self, result: Grade) -> str:
        return f"已更正：自 {result.valid_from:%Y-%m-%d} 起 {result.grade} 级。"
