"""Tables of training, rotation, mentoring, contests, promotion and attendance: names are masked."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.masks import mask_name
from common.pages import DateColumn, DateTimeColumn, LinkColumn, NumberColumn, PageTable, StateColumn, TextColumn
from staff.choices_growth import COLOURS
from staff.models import (
    AttendanceSheet,
    AttendanceTotal,
    Contest,
    Exam,
    MentorPair,
    Promotion,
    RotationPlan,
    RotationSite,
    RotationTurn,
    TrainingPlan,
    TrainingSession,
    Worker,
)


class NameColumn(tables.Column):
    """Somebody's name, masked."""

    def __init__(self, accessor: str, verbose_name: str = "姓名") -> None:
        super().__init__(verbose_name=verbose_name, accessor=accessor, orderable=False)

    def render(self, value: str) -> str:
        return mask_name(value)


class HoursColumn(NumberColumn):
    """A decimal without a trailing zero."""

    def render(self, value: Any) -> str:
        return f"{value.normalize():f}"


def _link(name: str, pk: int, label: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse(name, args=[pk]), label)


def unit(path: str = "unit__name", label: str = "单位") -> TextColumn:
    return TextColumn(verbose_name=label, accessor=path)


class TrainingPlanTable(PageTable):
    title = LinkColumn(verbose_name="名称")
    year = tables.Column(verbose_name="年度")
    unit = unit(label="组织单位")
    sessions = NumberColumn(verbose_name="培训", accessor="session_count")
    exams = NumberColumn(verbose_name="考试", accessor="exam_count")

    class Meta(PageTable.Meta):
        model = TrainingPlan
        fields = ("title", "year", "unit", "sessions", "exams")


class SessionTable(PageTable):
    title = LinkColumn(verbose_name="名称")
    starts_at = DateTimeColumn(verbose_name="开始时间")
    unit = unit(label="组织单位")
    subject = TextColumn(verbose_name="类别", accessor="get_subject_display")
    place = TextColumn(verbose_name="地点", clip=True)
    hours = HoursColumn(verbose_name="学时")
    taken = NumberColumn(verbose_name="报名")
    capacity = NumberColumn(verbose_name="名额")
    waiting = NumberColumn(verbose_name="候补")
    present = NumberColumn(verbose_name="到场")
    state = StateColumn(verbose_name="状态", colours=COLOURS)

    class Meta(PageTable.Meta):
        model = TrainingSession
        fields = (
            "title", "starts_at", "unit", "subject", "place", "hours", "taken", "capacity", "waiting", "present", "state",
        )  # fmt: skip


class HoursTable(PageTable):
    number = LinkColumn(verbose_name="工号")
    name = NameColumn("person__name")
    unit = unit()
    kind = TextColumn(verbose_name="用工类别", accessor="get_kind_display")
    owed = HoursColumn(verbose_name="应完成学时")
    done = HoursColumn(verbose_name="已完成学时")
    short = HoursColumn(verbose_name="还差学时")

    class Meta(PageTable.Meta):
        model = Worker
        fields = ("number", "name", "unit", "kind", "owed", "done", "short")


class ExamTable(PageTable):
    title = LinkColumn(verbose_name="名称")
    number = tables.Column(verbose_name="考试编号")
    held_on = DateColumn(verbose_name="考试日期")
    unit = unit(label="组织单位")
    full_marks = HoursColumn(verbose_name="满分")
    pass_mark = HoursColumn(verbose_name="合格线")
    entered = NumberColumn(verbose_name="登记成绩")
    passed = NumberColumn(verbose_name="合格")

    class Meta(PageTable.Meta):
        model = Exam
        fields = ("title", "number", "held_on", "unit", "full_marks", "pass_mark", "entered", "passed")


class TurnTable(PageTable):
    number = LinkColumn(
        verbose_name="工号", accessor="worker__number", linkify=lambda record: record.plan.get_absolute_url()
    )
    name = NameColumn("worker__person__name")
    unit = unit("worker__unit__name")
    site = TextColumn(verbose_name="轮训点", accessor="site__place__name")
    first_day = DateColumn(verbose_name="第一天")
    last_day = DateColumn(verbose_name="最后一天")
    state = StateColumn(verbose_name="状态", colours=COLOURS)
    result = TextColumn(verbose_name="评价", accessor="get_result_display")
    note = TextColumn(verbose_name="说明", clip=True)

    optional = ("note",)

    class Meta(PageTable.Meta):
        model = RotationTurn
        fields = ("number", "name", "unit", "site", "first_day", "last_day", "state", "result", "note")


class RotationPlanTable(PageTable):
    title = LinkColumn(verbose_name="名称")
    unit = unit(label="组织单位")
    first_day = DateColumn(verbose_name="开始")
    periods = NumberColumn(verbose_name="半月数")
    per_site = NumberColumn(verbose_name="每点人数")
    turns = NumberColumn(verbose_name="已安排人次", accessor="turn_count")
    planned_at = DateTimeColumn(verbose_name="编排时间")

    class Meta(PageTable.Meta):
        model = RotationPlan
        fields = ("title", "unit", "first_day", "periods", "per_site", "turns", "planned_at")


class SiteTable(PageTable):
    place = TextColumn(verbose_name="轮训点", accessor="place__name", attrs={"td": {"class": "gw-card-title"}})
    unit = unit(label="组织单位")
    is_active = tables.Column(verbose_name="状态")
    turns = NumberColumn(verbose_name="接收人次", accessor="turn_count")

    class Meta(PageTable.Meta):
        model = RotationSite
        fields = ("place", "unit", "is_active", "turns")

    def render_is_active(self, record: RotationSite) -> SafeString | str:
        if not record.is_active:
            return "已停用"
        return format_html("使用中 {}", _link("staff:rotation-site-close", record.pk, "停用"))


class PairTable(PageTable):
    apprentice = LinkColumn(
        verbose_name="徒弟工号", accessor="apprentice__number", linkify=lambda record: record.get_absolute_url()
    )
    apprentice_name = NameColumn("apprentice__person__name", "徒弟")
    unit = unit("apprentice__unit__name")
    mentor = tables.Column(verbose_name="师傅工号", accessor="mentor__number")
    mentor_name = NameColumn("mentor__person__name", "师傅")
    started_on = DateColumn(verbose_name="结对日期")
    planned_end = DateColumn(verbose_name="计划出师")
    notes = NumberColumn(verbose_name="带教记录", accessor="note_count")
    state = StateColumn(verbose_name="状态", colours=COLOURS)
    result = TextColumn(verbose_name="结果", accessor="get_result_display")

    class Meta(PageTable.Meta):
        model = MentorPair
        fields = (
            "apprentice", "apprentice_name", "unit", "mentor", "mentor_name", "started_on", "planned_end", "notes", "state",
            "result",
        )  # fmt: skip


class ContestTable(PageTable):
    title = LinkColumn(verbose_name="名称")
    held_on = DateColumn(verbose_name="日期")
    unit = unit(label="组织单位")
    people = NumberColumn(verbose_name="参赛", accessor="people_count")
    awards = NumberColumn(verbose_name="获奖", accessor="award_count")

    class Meta(PageTable.Meta):
        model = Contest
        fields = ("title", "held_on", "unit", "people", "awards")


class PromotionTable(PageTable):
    number = LinkColumn(
        verbose_name="工号", accessor="worker__number", linkify=lambda record: record.worker.get_absolute_url()
    )
    name = NameColumn("worker__person__name")
    unit = unit("worker__unit__name")
    from_post = TextColumn(verbose_name="原岗位", accessor="get_from_post_display")
    to_post = TextColumn(verbose_name="晋升到", accessor="get_to_post_display")
    promoted_on = DateColumn(verbose_name="日期")
    document = TextColumn(verbose_name="文号")
    note = TextColumn(verbose_name="说明", clip=True)
    void = tables.Column(verbose_name="作废", accessor="is_void")

    optional = ("note",)

    class Meta(PageTable.Meta):
        model = Promotion
        fields = ("number", "name", "unit", "from_post", "to_post", "promoted_on", "document", "note", "void")

    def render_void(self, record: Promotion) -> SafeString | str:
        if record.is_void:
            return "已作废"
        return _link("staff:promotion-void", record.pk, "作废")


class SheetTable(PageTable):
    unit = LinkColumn(verbose_name="单位", accessor="unit__name", linkify=lambda record: record.get_absolute_url())
    month = DateColumn(verbose_name="月份")
    people = NumberColumn(verbose_name="人数")
    absent = HoursColumn(verbose_name="旷工天数")
    state = StateColumn(verbose_name="状态", colours=COLOURS)

    class Meta(PageTable.Meta):
        model = AttendanceSheet
        fields = ("unit", "month", "people", "absent", "state")

    def render_month(self, value: Any) -> str:
        return f"{value:%Y-%m}"


class TotalTable(PageTable):
    number = LinkColumn(
        verbose_name="工号", accessor="worker__number", linkify=lambda record: record.sheet.get_absolute_url()
    )
    name = NameColumn("worker__person__name")
    unit = unit("worker__unit__name")
    month = DateColumn(verbose_name="月份")
    due = HoursColumn(verbose_name="应出勤")
    present = HoursColumn(verbose_name="实出勤")
    leave = HoursColumn(verbose_name="请假")
    late = NumberColumn(verbose_name="迟到")
    early = NumberColumn(verbose_name="早退")
    absent = HoursColumn(verbose_name="旷工")

    class Meta(PageTable.Meta):
        model = AttendanceTotal
        fields = ("number", "name", "unit", "month", "due", "present", "leave", "late", "early", "absent")

    def render_month(self, value: Any) -> str:
        return f"{value:%Y-%m}"
