"""Filters of the lists of training, rotation, mentoring, contests, promotion and attendance."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from common.pages import PageFilterSet
from grid.filters import visible_streets
from grid.models import Unit
from staff.choices import WorkerKind
from staff.choices_growth import PairState, PathPost, RotationState, SessionState, SheetState, Subject
from staff.filters.roster import visible_communities
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
from staff.selectors.training import with_hours

YES_NO = (("yes", "是"), ("no", "否"))


def years() -> list[tuple[str, str]]:
    """This year and those before, down to the fifth."""
    this = timezone.localdate().year
    return [(str(year), f"{year} 年") for year in range(this + 1, this - 5, -1)]


def past_months() -> list[tuple[str, str]]:
    this = timezone.localdate()
    numbers = range(this.year * 12 + this.month - 1, this.year * 12 + this.month - 26, -1)
    return [(f"{number // 12}-{number % 12 + 1:02d}", f"{number // 12} 年 {number % 12 + 1} 月") for number in numbers]


class PlaceFilter(PageFilterSet):
    """Street and community of rows; ``place`` is the path to the unit's path."""

    place = "unit__path"
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_unit", empty_label="不限"
    )

    def in_unit(self, rows: QuerySet, name: str, unit: Unit) -> QuerySet:
        return rows.filter(**{f"{self.place}__startswith": unit.path})


class OfWorkerFilter(PlaceFilter):
    place = "worker__unit__path"
    community = django_filters.ModelChoiceFilter(
        label="所属社区", queryset=visible_communities, method="in_unit", empty_label="不限"
    )


class TrainingPlanFilter(PlaceFilter):
    year = django_filters.ChoiceFilter(label="年度", choices=years, empty_label="不限")
    primary = ("year", "street")

    class Meta:
        model = TrainingPlan
        fields = ("year",)


class SessionFilter(PlaceFilter):
    state = django_filters.ChoiceFilter(label="状态", choices=SessionState.choices, empty_label="不限")
    subject = django_filters.ChoiceFilter(label="类别", choices=Subject.choices, empty_label="不限")
    starts = django_filters.DateFromToRangeFilter(label="开始日期", field_name="starts_at")
    primary = ("state", "subject", "street")

    class Meta:
        model = TrainingSession
        fields = ("state", "subject")


class HoursFilter(PageFilterSet):
    """The year is always one: this one unless another is chosen."""

    year = django_filters.ChoiceFilter(label="年度", choices=years, method="of_year", empty_label="今年")
    short = django_filters.ChoiceFilter(label="未完成", choices=YES_NO, method="is_short", empty_label="不限")
    kind = django_filters.ChoiceFilter(label="用工类别", choices=WorkerKind.choices, empty_label="不限")
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_unit", empty_label="不限"
    )
    community = django_filters.ModelChoiceFilter(
        label="所属社区", queryset=visible_communities, method="in_unit", empty_label="不限"
    )
    primary = ("year", "short", "street", "community")

    class Meta:
        model = Worker
        fields = ("kind",)

    def __init__(self, data: Any = None, queryset: Any = None, **kwargs: Any) -> None:
        wanted = str((data or {}).get("year", ""))
        year = int(wanted) if wanted in dict(years()) else timezone.localdate().year
        super().__init__(data, queryset=with_hours(queryset, year), **kwargs)

    def of_year(self, rows: QuerySet[Worker], name: str, value: str) -> QuerySet[Worker]:
        """The hours are already those of the year."""
        return rows

    def is_short(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(short__gt=0) if value == "yes" else rows.filter(short=0)

    def in_unit(self, rows: QuerySet[Worker], name: str, unit: Unit) -> QuerySet[Worker]:
        return rows.filter(unit__path__startswith=unit.path)


class ExamFilter(PlaceFilter):
    held = django_filters.DateFromToRangeFilter(label="考试日期", field_name="held_on")
    resit = django_filters.ChoiceFilter(label="补考", choices=YES_NO, method="is_resit", empty_label="不限")
    primary = ("street", "resit")

    class Meta:
        model = Exam
        fields = ()

    def is_resit(self, rows: QuerySet[Exam], name: str, value: str) -> QuerySet[Exam]:
        return rows.filter(resit_of__isnull=value == "no")


class TurnFilter(OfWorkerFilter):
    when = django_filters.ChoiceFilter(
        label="时间", choices=(("now", "正在轮训"), ("coming", "将要轮训"), ("over", "已经结束")), method="at_time",
        empty_label="不限",
    )  # fmt: skip
    state = django_filters.ChoiceFilter(label="状态", choices=RotationState.choices, empty_label="不限")
    days = django_filters.DateFromToRangeFilter(label="第一天", field_name="first_day")
    primary = ("when", "state", "community")

    class Meta:
        model = RotationTurn
        fields = ("state",)

    def at_time(self, rows: QuerySet[RotationTurn], name: str, value: str) -> QuerySet[RotationTurn]:
        today = timezone.localdate()
        if value == "now":
            return rows.filter(first_day__lte=today, last_day__gte=today)
        return rows.filter(first_day__gt=today) if value == "coming" else rows.filter(last_day__lt=today)


class RotationPlanFilter(PlaceFilter):
    primary = ("street",)

    class Meta:
        model = RotationPlan
        fields = ()


class SiteFilter(PlaceFilter):
    active = django_filters.ChoiceFilter(label="使用中", choices=YES_NO, method="is_active", empty_label="不限")
    primary = ("active", "street")

    class Meta:
        model = RotationSite
        fields = ()

    def is_active(self, rows: QuerySet[RotationSite], name: str, value: str) -> QuerySet[RotationSite]:
        return rows.filter(is_active=value == "yes")


class PairFilter(OfWorkerFilter):
    place = "apprentice__unit__path"
    state = django_filters.ChoiceFilter(label="状态", choices=PairState.choices, empty_label="不限")
    late = django_filters.ChoiceFilter(label="已到计划出师日期", choices=YES_NO, method="is_late", empty_label="不限")
    primary = ("state", "late", "community")

    class Meta:
        model = MentorPair
        fields = ("state",)

    def is_late(self, rows: QuerySet[MentorPair], name: str, value: str) -> QuerySet[MentorPair]:
        late = {"state": PairState.ACTIVE, "planned_end__lte": timezone.localdate()}
        return rows.filter(**late) if value == "yes" else rows.exclude(**late)


class ContestFilter(PlaceFilter):
    held = django_filters.DateFromToRangeFilter(label="日期", field_name="held_on")
    primary = ("street", "held")

    class Meta:
        model = Contest
        fields = ()


class PromotionFilter(OfWorkerFilter):
    to_post = django_filters.ChoiceFilter(label="晋升到", choices=PathPost.choices, empty_label="不限")
    void = django_filters.ChoiceFilter(label="已作废", choices=YES_NO, method="is_it_void", empty_label="不限")
    days = django_filters.DateFromToRangeFilter(label="日期", field_name="promoted_on")
    primary = ("to_post", "void", "street")

    class Meta:
        model = Promotion
        fields = ("to_post",)

    def is_it_void(self, rows: QuerySet[Promotion], name: str, value: str) -> QuerySet[Promotion]:
        return rows.filter(is_void=value == "yes")


class SheetFilter(PlaceFilter):
    month = django_filters.ChoiceFilter(label="月份", choices=past_months, method="in_month", empty_label="不限")
    state = django_filters.ChoiceFilter(label="状态", choices=SheetState.choices, empty_label="不限")
    primary = ("month", "state", "street")

    class Meta:
        model = AttendanceSheet
        fields = ("state",)

    def in_month(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(month=date.fromisoformat(f"{value}-01"))


class TotalFilter(OfWorkerFilter):
    month = django_filters.ChoiceFilter(label="月份", choices=past_months, method="in_month", empty_label="不限")
    problem = django_filters.ChoiceFilter(
        label="情况", choices=(("absent", "有旷工"), ("late", "有迟到"), ("early", "有早退")), method="with_problem",
        empty_label="不限",
    )  # fmt: skip
    primary = ("month", "problem", "street", "community")

    class Meta:
        model = AttendanceTotal
        fields = ()

    def in_month(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(month=date.fromisoformat(f"{value}-01"))

    def with_problem(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(**{f"{value}__gt": 0})
