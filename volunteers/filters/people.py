"""Filters of the lists of volunteers and teams."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone

from common.pages import PageFilterSet
from grid.choices import Level
from grid.filters import visible_streets
from grid.models import Unit
from volunteers.choices import Group, Skill, VolunteerState
from volunteers.models import Team, Volunteer
from volunteers.rules import theme_choices
from volunteers.selectors.people import insured

TO_DO = (("guardian", "待监护人同意"), ("erasure", "本人申请注销"), ("any", "全部待办"))
STATES = tuple((state.value, state.label) for state in VolunteerState)
TEAM_STATES = (("active", "在册"), ("closed", "已撤销"))
AGES = (("adult", "成年"), ("minor", "注册时未成年"))


def visible_communities(request: Any) -> QuerySet[Unit]:
    """Communities the person sees as units of their own."""
    if request is None:
        return Unit.objects.none()
    return Unit.objects.visible_to(request.user).filter(level=Level.COMMUNITY, is_active=True).order_by("path")


class VolunteerFilter(PageFilterSet):
    group = django_filters.ChoiceFilter(label="类别", choices=Group.choices, empty_label="不限")
    state = django_filters.ChoiceFilter(label="状态", choices=STATES, empty_label="不限")
    skill = django_filters.ChoiceFilter(label="服务技能", choices=Skill.choices, method="skilled", empty_label="不限")
    community = django_filters.ModelChoiceFilter(
        label="所属社区", queryset=visible_communities, method="in_unit", empty_label="不限"
    )
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_unit", empty_label="不限"
    )
    todo = django_filters.ChoiceFilter(label="待办", choices=TO_DO, method="waiting_for", empty_label="不限")
    insured = django_filters.ChoiceFilter(
        label="保险", choices=(("yes", "有效期内"), ("no", "没有或已过期")), method="by_insurance", empty_label="不限"
    )
    age = django_filters.ChoiceFilter(label="年龄", choices=AGES, method="by_age", empty_label="不限")
    joined = django_filters.DateFromToRangeFilter(label="注册日期", field_name="joined_on")

    primary = ("group", "state", "skill", "community")

    class Meta:
        model = Volunteer
        fields = ("group", "state")

    def skilled(self, rows: QuerySet[Volunteer], name: str, value: str) -> QuerySet[Volunteer]:
        return rows.filter(skills__contains=[value])

    def in_unit(self, rows: QuerySet[Volunteer], name: str, unit: Unit) -> QuerySet[Volunteer]:
        return rows.filter(unit__path__startswith=unit.path)

    def waiting_for(self, rows: QuerySet[Volunteer], name: str, value: str) -> QuerySet[Volunteer]:
        guardian, erasure = Q(state=VolunteerState.WAITING), Q(erasure_asked_at__isnull=False)
        return rows.filter({"guardian": guardian, "erasure": erasure}.get(value, guardian | erasure))

    def by_insurance(self, rows: QuerySet[Volunteer], name: str, value: str) -> QuerySet[Volunteer]:
        today = timezone.localdate()
        if value == "yes":
            return insured(rows, today)
        return rows.filter(Q(insured_until=None) | Q(insured_until__lt=today))

    def by_age(self, rows: QuerySet[Volunteer], name: str, value: str) -> QuerySet[Volunteer]:
        return rows.filter(is_minor=value == "minor")


class ThemeFilter(django_filters.ChoiceFilter):
    """Themes of the rule in force, looked up when the form is made."""

    @property
    def field(self) -> Any:
        self.extra["choices"] = theme_choices(timezone.localdate())
        return super().field


class TeamFilter(PageFilterSet):
    theme = ThemeFilter(label="服务主题", empty_label="不限")
    community = django_filters.ModelChoiceFilter(
        label="所属社区", queryset=visible_communities, method="in_unit", empty_label="不限"
    )
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_unit", empty_label="不限"
    )
    state = django_filters.ChoiceFilter(label="状态", choices=TEAM_STATES, method="in_state", empty_label="不限")
    led = django_filters.ChoiceFilter(
        label="队长", choices=(("yes", "已确定"), ("no", "空缺")), method="by_leader", empty_label="不限"
    )

    primary = ("theme", "community", "state", "led")

    class Meta:
        model = Team
        fields = ("theme",)

    def in_unit(self, rows: QuerySet[Team], name: str, unit: Unit) -> QuerySet[Team]:
        return rows.filter(unit__path__startswith=unit.path)

    def in_state(self, rows: QuerySet[Team], name: str, value: str) -> QuerySet[Team]:
        return rows.filter(is_active=value == "active")

    def by_leader(self, rows: QuerySet[Team], name: str, value: str) -> QuerySet[Team]:
        return rows.filter(leader__isnull=value == "no")
