"""Exams for those who arrange them: list, one exam with its scores, resits."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from common.masks import mask_name
from common.pages import Empty, Link, Ordering, ScopedDetailView, ScopedListView
from common.scope import scope_of
from common.timeline import timeline_of
from grid.querysets import covers
from staff import permissions
from staff.filters.growth import ExamFilter
from staff.forms import growth as growth_forms
from staff.models import Exam
from staff.selectors.training import figures_of, scores_of, with_figures
from staff.services import exams
from staff.tables.growth import ExamTable
from staff.views.growth_base import TEAM, AboutView
from staff.views.training import OfPlanView

LIST = ("考试", "/staff/exams/")


class ExamList(ScopedListView):
    model = Exam
    permission = permissions.GROWTH
    page_title = "考试"
    breadcrumbs = (TEAM, ("考试", None))
    table_class = ExamTable
    filterset_class = ExamFilter
    orderings = (Ordering("held_on", "考试日期", "held_on", descending=True), Ordering("number", "考试编号", "number"))
    search_hint = "名称或考试编号"
    links = (
        Link("导入成绩", "imports:list", permissions.IMPORT, icon="file-import"),
        Link("培训计划", "staff:training-plans", permissions.GROWTH, icon="clipboard-list"),
    )
    empty = Empty("还没有考试", "在培训计划里安排，考完登记或导入成绩。", "培训计划", "staff:training-plans")
    export_report_key = "staff.exams"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Exam]) -> QuerySet[Exam]:
        return with_figures(queryset.select_related("unit"))

    def search(self, queryset: QuerySet[Exam], text: str) -> QuerySet[Exam]:
        return queryset.filter(title__icontains=text) | queryset.filter(number__icontains=text)


class ExamCreate(OfPlanView):
    form_class = growth_forms.ExamForm
    service = staticmethod(exams.exam_create)
    page_title = "安排考试"
    page_lead = "试卷由组织单位自备；考完在这里登记成绩，或按考试编号导入。"
    success_message = "已安排。"


class ExamPage(ScopedDetailView):
    model = Exam
    permission = permissions.GROWTH
    template_name = "staff/growth/exam.html"
    object: Exam

    def rows(self, queryset: QuerySet[Exam]) -> QuerySet[Exam]:
        return queryset.select_related("unit", "plan", "resit_of")

    def trail(self) -> list[tuple[str, str | None]]:
        return [LIST]

    def context(self) -> dict[str, Any]:
        row = self.object
        scores = scores_of(row)
        figures = figures_of(row, scores)
        resit = Exam.objects.visible_to(self.request.user).filter(resit_of=row).first()
        manages = covers(scope_of(self.request.user).holding(permissions.GROWTH), row.unit)
        return {
            "facts": [
                ("考试编号", row.number), ("组织单位", row.unit.name), ("培训计划", row.plan.title), ("考试日期", f"{row.held_on:%Y-%m-%d}"),
                ("满分", f"{row.full_marks.normalize():f}"), ("合格线", f"{row.pass_mark.normalize():f}"),
                ("登记成绩", f"{figures.entered} 人，其中缺考 {figures.missed} 人"), ("合格", f"{figures.passed} 人"),
                ("平均分", "—" if figures.mean is None else f"{figures.mean}"),
            ],
            "people": [(one, mask_name(one.worker.person.name), exams.score_words(one.score)) for one in scores],
            "resit": resit, "may_change": manages,
            "may_resit": manages and resit is None and figures.entered > figures.passed, "timeline": timeline_of(row),
        }  # fmt: skip


class ResitCreate(AboutView):
    model = Exam
    form_class = growth_forms.ResitForm
    service = staticmethod(exams.resit_create)
    object_name = "exam"
    page_title = "安排补考"
    page_lead = "不合格和缺考的人参加，满分和合格线不变。"
    list_entry = LIST
    success_message = "已安排补考。"

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        return {**super().service_arguments(form), "request_key": self.submission}

    def next_url(self, result: Any) -> str:
        return str(result.get_absolute_url())


class EnterScore(AboutView):
    model = Exam
    form_class = growth_forms.ScoreForm
    service = staticmethod(exams.score_set)
    object_name = "exam"
    page_title = "登记成绩"
    page_lead = "一次一人；成绩多的请在“考试”列表导入。已有成绩的，再登记就是更正。"
    list_entry = LIST
    success_message = "成绩已登记。"
    for_user = True

    def service_arguments(self, form: forms.BaseForm) -> dict[str, Any]:
        values = super().service_arguments(form)
        values.pop("missed")
        return values
