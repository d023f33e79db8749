"""Filters of the hierarchy's lists."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from common.pages import PageFilterSet
from grid import policies
from grid.choices import Level, PostKind, UnitKind
from grid.models import Department, PostHolding, Unit
from grid.selectors import out_of_size

STATES = (("active", "启用"), ("closed", "已停用"))
FLAGS = (("size", "户数超出范围的网格"), ("empty_posts", "岗位无人的单位"))


def level_choices() -> list[tuple[int, str]]:
    return [(level.value, policies.level_word(level)) for level in Level]


def visible_streets(request: Any) -> QuerySet[Unit]:
    """Streets the person sees as units of their own."""
    if request is None:
        return Unit.objects.none()
    return Unit.objects.visible_to(request.user).filter(level=Level.STREET).order_by("path")


class LevelFilter(django_filters.ChoiceFilter):
    """Levels in the district's own words, looked up when the form is made."""

    @property
    def field(self) -> Any:
        self.extra["choices"] = level_choices()
        return super().field


class UnitFilter(PageFilterSet):
    level = LevelFilter(label="层级", empty_label="不限")
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_street", empty_label="不限"
    )
    flag = django_filters.ChoiceFilter(label="需要关注", choices=FLAGS, method="flagged", empty_label="不限")
    state = django_filters.ChoiceFilter(label="状态", choices=STATES, method="in_state", empty_label="不限")
    kind = django_filters.ChoiceFilter(label="类型", choices=UnitKind.choices, empty_label="不限")

    primary = ("level", "street", "flag", "state")

    class Meta:
        model = Unit
        fields = ("level", "kind")

    def in_street(self, rows: QuerySet[Unit], name: str, street: Unit) -> QuerySet[Unit]:
        return rows.filter(path__startswith=street.path)

    def flagged(self, rows: QuerySet[Unit], name: str, value: str) -> QuerySet[Unit]:
        if value == "size":
            return rows.filter(out_of_size(policies.grid_size(timezone.localdate())))
        staffed = [level.value for level in Level if policies.posts_at(level)]
        held = PostHolding.objects.filter(last_day=None).values("unit")
        return rows.filter(is_active=True, level__in=staffed).exclude(pk__in=held)

    def in_state(self, rows: QuerySet[Unit], name: str, value: str) -> QuerySet[Unit]:
        return rows.filter(is_active=value == "active")


class PostFilter(PageFilterSet):
    post = django_filters.ChoiceFilter(label="岗位", choices=PostKind.choices, empty_label="不限")
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_street", empty_label="不限"
    )
    left = django_filters.ChoiceFilter(
        label="任职", choices=(("no", "在任"), ("yes", "已免职")), method="by_end", empty_label="不限"
    )

    class Meta:
        model = PostHolding
        fields = ("post",)

    def in_street(self, rows: QuerySet[PostHolding], name: str, street: Unit) -> QuerySet[PostHolding]:
        return rows.filter(unit__path__startswith=street.path)

    def by_end(self, rows: QuerySet[PostHolding], name: str, value: str) -> QuerySet[PostHolding]:
        return rows.filter(last_day__isnull=value == "no")


class DepartmentFilter(PageFilterSet):
    state = django_filters.ChoiceFilter(label="状态", choices=STATES, method="in_state", empty_label="不限")

    class Meta:
        model = Department
        fields = ()

    def in_state(self, rows: QuerySet[Department], name: str, value: str) -> QuerySet[Department]:
        return rows.filter(is_active=value == "active")
