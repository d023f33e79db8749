"""Exports of the lists of training, rotation, mentoring, contests, promotion and attendance; names are masked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from common.masks import mask_name
from common.reporting import Column, register
from common.reporting.lists import ListExport
from staff import permissions
from staff.choices import WorkerKind
from staff.choices_growth import (
    PairResult,
    PairState,
    PathPost,
    RotationState,
    SessionState,
    SheetState,
    Subject,
    TurnResult,
)
from staff.views.attendance import SheetList, TotalList
from staff.views.exams import ExamList
from staff.views.mentoring import ContestList, PairList, PromotionList
from staff.views.rotation import RotationPlanList, SiteList, TurnList
from staff.views.training import HoursList, PlanList, SessionList

Cells = Mapping[str, Callable[[Any], Any]]
UNIT = Column("unit", "单位", width=20)
OF = Column("unit", "组织单位", width=20)
NUMBER, NAME = Column("number", "工号", "id_text"), Column("name", "姓名", width=12)
OF_UNIT: Cells = {"unit": lambda row: row.unit.name}
OF_WORKER: Cells = {
    "number": lambda row: row.worker.number, "name": lambda row: mask_name(row.worker.person.name),
    "unit": lambda row: row.worker.unit.name,
}  # fmt: skip


class GrowthExport(ListExport):
    permission = permissions.EXPORT
    cells: ClassVar[Cells] = OF_UNIT


@register
class TrainingPlanExport(GrowthExport):
    key, label, view = "staff.training_plans", "培训计划", PlanList
    table = (
        Column("title", "名称", width=30), Column("year", "年度", "integer"), OF, Column("sessions", "培训", "integer"),
        Column("exams", "考试", "integer"),
    )  # fmt: skip
    cells: ClassVar[Cells] = {
        **OF_UNIT, "sessions": lambda row: row.session_count, "exams": lambda row: row.exam_count,
    }  # fmt: skip


@register
class TrainingExport(GrowthExport):
    key, label, view = "staff.trainings", "培训台账", SessionList
    table = (
        Column("title", "名称", width=30), Column("starts_at", "开始时间", "datetime"), OF,
        Column("subject", "类别", choices=dict(Subject.choices), width=10), Column("place", "地点", width=24),
        Column("hours", "学时", "decimal", places=1), Column("taken", "报名", "integer", total="sum"),
        Column("capacity", "名额", "integer", total="sum"), Column("waiting", "候补", "integer", total="sum"),
        Column("present", "到场", "integer", total="sum"),
        Column("state", "状态", choices=dict(SessionState.choices), width=12),
    )  # fmt: skip


@register
class HoursExport(GrowthExport):
    key, label, view = "staff.training_hours", "培训学时", HoursList
    table = (
        NUMBER, NAME, UNIT, Column("kind", "用工类别", choices=dict(WorkerKind.choices), width=12),
        Column("owed", "应完成学时", "decimal", places=1, total="sum"), Column("done", "已完成学时", "decimal", places=1, total="sum"),
        Column("short", "还差学时", "decimal", places=1, total="sum"),
    )  # fmt: skip
    cells: ClassVar[Cells] = {**OF_UNIT, "name": lambda row: mask_name(row.person.name)}


@register
class ExamExport(GrowthExport):
    key, label, view = "staff.exams", "考试台账", ExamList
    table = (
        Column("title", "名称", width=30), Column("number", "考试编号", "id_text"), Column("held_on", "考试日期", "date"), OF,
        Column("full_marks", "满分", "decimal", places=1), Column("pass_mark", "合格线", "decimal", places=1),
        Column("entered", "登记成绩", "integer", total="sum"), Column("passed", "合格", "integer", total="sum"),
    )  # fmt: skip


@register
class TurnExport(GrowthExport):
    key, label, view = "staff.rotation_turns", "轮训安排", TurnList
    table = (
        NUMBER, NAME, UNIT, Column("site", "轮训点", width=20), Column("first_day", "第一天", "date"),
        Column("last_day", "最后一天", "date"), Column("state", "状态", choices=dict(RotationState.choices), width=10),
        Column("result", "评价", choices={**dict(TurnResult.choices), "": ""}, width=10), Column("note", "说明", width=24),
    )  # fmt: skip
    cells: ClassVar[Cells] = {**OF_WORKER, "site": lambda row: row.site.place.name}


@register
class RotationPlanExport(GrowthExport):
    key, label, view = "staff.rotation_plans", "轮训计划", RotationPlanList
    table = (
        Column("title", "名称", width=30), OF, Column("first_day", "开始", "date"), Column("periods", "半月数", "integer"),
        Column("per_site", "每点人数", "integer"), Column("turns", "已安排人次", "integer", total="sum"),
        Column("planned_at", "编排时间", "datetime"),
    )  # fmt: skip
    cells: ClassVar[Cells] = {**OF_UNIT, "turns": lambda row: row.turn_count}


@register
class SiteExport(GrowthExport):
    key, label, view = "staff.rotation_sites", "轮训点", SiteList
    table = (
        Column("place", "轮训点", width=24), OF, Column("is_active", "状态", choices={True: "使用中", False: "已停用"}, width=10),
        Column("turns", "接收人次", "integer", total="sum"),
    )  # fmt: skip
    cells: ClassVar[Cells] = {**OF_UNIT, "place": lambda row: row.place.name, "turns": lambda row: row.turn_count}


@register
class PairExport(GrowthExport):
    key, label, view = "staff.pairs", "师徒结对", PairList
    table = (
        Column("apprentice", "徒弟工号", "id_text"), Column("apprentice_name", "徒弟", width=12), UNIT,
        Column("mentor", "师傅工号", "id_text"), Column("mentor_name", "师傅", width=12), Column("started_on", "结对日期", "date"),
        Column("planned_end", "计划出师", "date"), Column("notes", "带教记录", "integer", total="sum"),
        Column("state", "状态", choices=dict(PairState.choices), width=10),
        Column("result", "结果", choices={**dict(PairResult.choices), "": ""}, width=10),
    )  # fmt: skip
    cells: ClassVar[Cells] = {
        "apprentice": lambda row: row.apprentice.number, "apprentice_name": lambda row: mask_name(row.apprentice.person.name),
        "unit": lambda row: row.apprentice.unit.name, "mentor": lambda row: row.mentor.number,
        "mentor_name": lambda row: mask_name(row.mentor.person.name), "notes": lambda row: row.note_count,
    }  # fmt: skip


@register
class ContestExport(GrowthExport):
    key, label, view = "staff.contests", "技能比武", ContestList
    table = (
        Column("title", "名称", width=30), Column("held_on", "日期", "date"), OF, Column("people", "参赛", "integer", total="sum"),
        Column("awards", "获奖", "integer", total="sum"),
    )  # fmt: skip
    cells: ClassVar[Cells] = {**OF_UNIT, "people": lambda row: row.people_count, "awards": lambda row: row.award_count}


@register
class PromotionExport(GrowthExport):
    key, label, view = "staff.promotions", "晋升通道", PromotionList
    table = (
        NUMBER, NAME, UNIT, Column("from_post", "原岗位", choices=dict(PathPost.choices), width=16),
        Column("to_post", "晋升到", choices=dict(PathPost.choices), width=16), Column("promoted_on", "日期", "date"),
        Column("document", "文号", width=24), Column("note", "说明", width=24),
        Column("void", "作废", choices={True: "已作废", False: ""}, width=8),
    )  # fmt: skip
    cells: ClassVar[Cells] = {**OF_WORKER, "void": lambda row: row.is_void}


@register
class SheetExport(GrowthExport):
    key, label, view = "staff.attendance_sheets", "考勤月报", SheetList
    table = (
        UNIT, Column("month", "月份", width=10), Column("people", "人数", "integer", total="sum"),
        Column("absent", "旷工天数", "decimal", places=1, total="sum"),
        Column("state", "状态", choices=dict(SheetState.choices), width=10),
    )  # fmt: skip
    cells: ClassVar[Cells] = {**OF_UNIT, "month": lambda row: f"{row.month:%Y-%m}"}


@register
class TotalExport(GrowthExport):
    key, label, view = "staff.attendance_totals", "考勤月报明细", TotalList
    table = (
        NUMBER, NAME, UNIT, Column("month", "月份", width=10), Column("due", "应出勤", "decimal", places=1, total="sum"),
        Column("present", "实出勤", "decimal", places=1, total="sum"), Column("leave", "请假", "decimal", places=1, total="sum"),
        Column("late", "迟到", "integer", total="sum"), Column("early", "早退", "integer", total="sum"),
        Column("absent", "旷工", "decimal", places=1, total="sum"),
    )  # fmt: skip
    cells: ClassVar[Cells] = {**OF_WORKER, "month": lambda row: f"{row.month:%Y-%m}"}
