"""Exports of the lists of grades; names are masked as on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone

from common.masks import mask_name
from common.reporting import Column, register
from common.reporting.lists import ListExport
from staff import permissions
from staff.choices import Education, GradeReason, GradingOutcome, Rank
from staff.models import Worker
from staff.selectors.grading import batch_of, chunks, plans_of
from staff.tables.grades import new_words, old_words
from staff.views.grades import GradeList, UngradedList
from staff.views.grading import BatchGrading


@register
class GradeExport(ListExport):
    key, label, permission = "staff.grades", "现行等级名册", permissions.EXPORT
    view = GradeList
    table = (
        Column("number", "工号", "id_text"),
        Column("name", "姓名", width=12),
        Column("unit", "单位", width=20),
        Column("rank", "职务", choices=dict(Rank.choices), width=20),
        Column("grade", "等级", "integer"),
        Column("valid_from", "起始日期", "date"),
        Column("reason", "原因", choices=dict(GradeReason.choices), width=14),
        Column("why", "理由", width=60),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "number": lambda row: row.worker.number,
        "name": lambda row: mask_name(row.worker.person.name),
        "unit": lambda row: row.worker.unit.name,
        "why": lambda row: " ".join(row.why),
    }


@register
class UngradedExport(ListExport):
    key, label, permission = "staff.ungraded", "未定级人员名册", permissions.EXPORT
    view = UngradedList
    table = (
        Column("number", "工号", "id_text"),
        Column("name", "姓名", width=12),
        Column("unit", "单位", width=20),
        Column("rank", "职务", choices=dict(Rank.choices), width=20),
        Column("education", "学历", choices=dict(Education.choices), width=14),
        Column("community_since", "从事社区工作起始日", "date", width=20),
        Column("entered_on", "入职日期", "date"),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "name": lambda row: mask_name(row.person.name),
        "unit": lambda row: row.unit.name,
    }


@register
class GradingExport(ListExport):
    """The dry look at a batch, with the whole reasons."""

    key, label, permission = "staff.grading", "批量定级名单", permissions.GRADE
    view = BatchGrading
    table = (
        Column("number", "工号", "id_text"),
        Column("name", "姓名", width=12),
        Column("unit", "单位", width=20),
        Column("rank", "职务", choices=dict(Rank.choices), width=20),
        Column("old", "现在", width=10),
        Column("new", "办理后", width=10),
        Column("outcome", "结果", choices=dict(GradingOutcome.choices), width=18),
        Column("since", "生效日期", "date"),
        Column("why", "理由", width=60),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "name": lambda row: mask_name(row.person.name),
        "unit": lambda row: row.unit.name,
        "old": lambda row: old_words(row.plan),
        "new": lambda row: new_words(row.plan),
        "outcome": lambda row: row.plan.outcome,
        "since": lambda row: row.plan.since,
        "why": lambda row: row.plan.why,
    }

    def read(self, rows: QuerySet[Worker]) -> Iterator[Any]:
        today = timezone.localdate()
        for chunk in chunks(rows):
            plans = plans_of(batch_of(chunk[0].batch, today), chunk)  # type: ignore[attr-defined]
            for row, plan in zip(chunk, plans, strict=True):
                row.plan = plan  # type: ignore[attr-defined]
                yield row
