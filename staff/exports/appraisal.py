"""Exports of appraisals, results, the board and appeals; names are masked as on the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet

from common.reporting import Column, register
from common.reporting.lists import ListExport
from staff import permissions
from staff.appraisal.words import AppealState, AppraisalState, Subject
from staff.selectors.appraisal import before_of
from staff.tables.appraisal import movement_words, who
from staff.views.appraisal import AppraisalList
from staff.views.appraisal_results import AppealList, Board, ResultList


@register
class AppraisalExport(ListExport):
    key, label, permission = "staff.appraisals", "考核台账", permissions.EXPORT
    view = AppraisalList
    table = (
        Column("first_day", "考核期", width=18),
        Column("subject", "考核对象", choices=dict(Subject.choices), width=14),
        Column("unit", "组织单位", width=20),
        Column("state", "状态", choices=dict(AppraisalState.choices), width=10),
        Column("people", "参加考核", "integer", total="sum"),
        Column("judge_until", "打分截止", "date"),
        Column("appeal_until", "申诉截止", "date"),
        Column("finished_at", "定格", "datetime"),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "first_day": lambda row: row.period_words, "unit": lambda row: row.unit.name,
    }  # fmt: skip


@register
class ResultExport(ListExport):
    key, label, permission = "staff.appraisal_results", "考核结果", permissions.EXPORT
    view = ResultList
    table = (
        Column("who", "考核对象", width=22),
        Column("period", "考核", width=26),
        Column("unit", "单位", width=20),
        Column("place", "名次", "integer"),
        Column("street_place", "街道内名次", "integer"),
        Column("score", "得分", "decimal"),
        Column("home_score", "派出单位得分", "decimal", width=14),
        Column("host_score", "所在单位得分", "decimal", width=14),
        Column("level", "等次", width=12),
        Column("stars", "星级", "integer"),
        Column("percent", "绩效比例（%）", "decimal", width=14),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "who": lambda row: who(row.appraised),
        "period": lambda row: f"{row.appraisal.period_words}{row.appraisal.get_subject_display()}",
        "unit": lambda row: row.appraised.unit.name,
    }


@register
class BoardExport(ListExport):
    key, label, permission = "staff.board", "赛马榜", permissions.EXPORT
    view = Board
    table = (
        Column("place", "名次", "integer"),
        Column("unit", "社区", width=20),
        Column("street", "镇街", width=16),
        Column("street_place", "街道内名次", "integer"),
        Column("score", "得分", "decimal"),
        Column("level", "等次", width=14),
        Column("stars", "星级", "integer"),
        Column("movement", "与上期比", width=12),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "unit": lambda row: row.appraised.unit.name,
        "street": lambda row: row.appraised.street.name if row.appraised.street else "",
        "movement": lambda row: movement_words(row.place, row.before),
    }

    def read(self, rows: QuerySet) -> Iterator[Any]:
        """A board has as many rows as there are communities."""
        found = list(rows)
        moved = before_of(found)
        for row in found:
            row.before = moved.get(row.pk)
            yield row


@register
class AppealExport(ListExport):
    key, label, permission = "staff.appeals", "考核申诉", permissions.EXPORT
    view = AppealList
    table = (
        Column("who", "申诉人", width=22),
        Column("unit", "单位", width=20),
        Column("period", "考核", width=18),
        Column("state", "状态", choices=dict(AppealState.choices), width=12),
        Column("asked_at", "申诉时间", "datetime"),
        Column("text", "理由", width=40),
        Column("decided_by", "处理人", width=14),
    )
    cells: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "who": lambda row: who(row.appraised),
        "unit": lambda row: row.appraised.unit.name,
        "period": lambda row: row.appraised.appraisal.period_words,
        "decided_by": lambda row: str(row.decided_by or ""),
    }
