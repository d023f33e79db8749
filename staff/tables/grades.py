"""Tables of grades: names are masked."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.urls import reverse

from common.masks import mask_name
from common.pages import DateColumn, LinkColumn, NumberColumn, PageTable, StateColumn, TextColumn
from common.pages.tables import NOWRAP
from common.templatetags import gridwork
from staff.choices import COLOURS, GradeReason, GradingOutcome, Rank
from staff.models import Grade, Worker
from staff.selectors.grading import Plan

RANKS, REASONS = dict(Rank.choices), dict(GradeReason.choices)


def grades_url(worker: int) -> str:
    return reverse("staff:worker-grades", args=[worker])


class GradeTable(PageTable):
    number = LinkColumn(
        verbose_name="工号", accessor="worker__number", linkify=lambda record: grades_url(record.worker_id)
    )
    name = tables.Column(verbose_name="姓名", accessor="worker__person__name")
    unit = TextColumn(verbose_name="单位", accessor="worker__unit__name")
    rank = TextColumn(verbose_name="职务")
    grade = NumberColumn(verbose_name="等级")
    valid_from = DateColumn(verbose_name="起始日期")
    reason = TextColumn(verbose_name="原因")
    why = tables.Column(verbose_name="理由", attrs={"td": {"class": "gw-clip"}})

    optional = ("why",)

    class Meta(PageTable.Meta):
        model = Grade
        fields = ("number", "name", "unit", "rank", "grade", "valid_from", "reason", "why")

    def render_name(self, value: str) -> str:
        return mask_name(value)

    def render_rank(self, record: Grade) -> str:
        return RANKS[record.rank]

    def render_reason(self, record: Grade) -> str:
        return REASONS[record.reason]

    def render_why(self, value: list[str]) -> str:
        return " ".join(value)


class UngradedTable(PageTable):
    number = LinkColumn(verbose_name="工号", linkify=lambda record: grades_url(record.pk))
    name = tables.Column(verbose_name="姓名", accessor="person__name")
    unit = TextColumn(verbose_name="单位", accessor="unit__name")
    rank = TextColumn(verbose_name="职务", accessor="get_rank_display")
    education = TextColumn(verbose_name="学历", accessor="get_education_display")
    community_since = DateColumn(verbose_name="从事社区工作起始日")
    entered_on = DateColumn(verbose_name="入职日期")

    class Meta(PageTable.Meta):
        model = Worker
        fields = ("number", "name", "unit", "rank", "education", "community_since", "entered_on")

    def render_name(self, value: str) -> str:
        return mask_name(value)


class GradingTable(PageTable):
    """What a batch does to each; ``plan`` is put on the rows by whoever shows them."""

    number = LinkColumn(verbose_name="工号", linkify=lambda record: grades_url(record.pk))
    name = tables.Column(verbose_name="姓名", accessor="person__name", attrs=NOWRAP)
    unit = TextColumn(verbose_name="单位", accessor="unit__name", attrs=NOWRAP)
    rank = TextColumn(verbose_name="职务", accessor="get_rank_display")
    old = TextColumn(verbose_name="现在", accessor="plan__current", empty_values=(), attrs=NOWRAP)
    new = TextColumn(verbose_name="办理后", accessor="plan__grading", attrs=NOWRAP)
    outcome = StateColumn(verbose_name="结果", accessor="plan__outcome", colours=COLOURS)
    since = DateColumn(verbose_name="生效日期", accessor="plan__since")
    why = TextColumn(verbose_name="理由", accessor="plan__why")

    class Meta(PageTable.Meta):
        model = Worker
        fields = ("number", "name", "unit", "rank", "old", "new", "outcome", "since", "why")

    def render_name(self, value: str) -> str:
        return mask_name(value)

    def render_old(self, record: Any) -> str:
        return old_words(record.plan)

    def render_new(self, record: Any) -> str:
        return new_words(record.plan)

    def render_outcome(self, record: Any) -> Any:
        return gridwork.state_badge(GradingOutcome(record.plan.outcome).label, COLOURS[record.plan.outcome])


def old_words(plan: Plan) -> str:
    return f"{plan.current.grade} 级" if plan.current else "未定级"


def new_words(plan: Plan) -> str:
    """The grade to be given; empty for who is left as they are."""
    return f"{plan.grading.grade} 级" if plan.grading else ""
