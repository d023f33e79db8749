"""Filters of the lists of party organisations."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from common.pages import PageFilterSet
from grid.filters import visible_streets
from grid.models import Unit
from partyorgs.choices import OrganisationKind, SetUpMode
from partyorgs.models import PartyOrganisation
from partyorgs.selectors import due_limit, misplaced, oddly_sized

TERMS = (("ended", "已届满"), ("ending", "即将届满"), ("missing", "未填写任期"))
FLAGS = (("size", "党员数与类别不符"), ("misplaced", "上级待调整"), ("no_secretary", "书记空缺"))
STATES = (("active", "在册"), ("closed", "已撤销"))


class OrganisationFilter(PageFilterSet):
    kind = django_filters.ChoiceFilter(label="类别", choices=OrganisationKind.choices, empty_label="不限")
    term = django_filters.ChoiceFilter(label="任期", choices=TERMS, method="by_term", empty_label="不限")
    flag = django_filters.ChoiceFilter(label="需要关注", choices=FLAGS, method="flagged", empty_label="不限")
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_street", empty_label="不限"
    )
    mode = django_filters.ChoiceFilter(label="组建方式", choices=SetUpMode.choices, empty_label="不限")
    state = django_filters.ChoiceFilter(label="状态", choices=STATES, method="in_state", empty_label="不限")

    primary = ("kind", "term", "flag", "street")

    class Meta:
        model = PartyOrganisation
        fields = ("kind", "mode")

    def by_term(self, rows: QuerySet[PartyOrganisation], name: str, value: str) -> QuerySet[PartyOrganisation]:
        today = timezone.localdate()
        rows = rows.filter(is_active=True)
        if value == "ended":
            return rows.filter(term_last_day__lt=today)
        if value == "ending":
            return rows.filter(term_last_day__gte=today, term_last_day__lte=due_limit(today))
        return rows.filter(term_last_day=None, kind__in=("committee", "general_branch", "branch"))

    def flagged(self, rows: QuerySet[PartyOrganisation], name: str, value: str) -> QuerySet[PartyOrganisation]:
        if value == "misplaced":
            return misplaced(rows)
        if value == "size":
            return oddly_sized(rows)
        return rows.filter(is_active=True, secretary_name="").exclude(kind="member_household")

    def in_street(self, rows: QuerySet[PartyOrganisation], name: str, street: Unit) -> QuerySet[PartyOrganisation]:
        return rows.filter(unit__path__startswith=street.path)

    def in_state(self, rows: QuerySet[PartyOrganisation], name: str, value: str) -> QuerySet[PartyOrganisation]:
        return rows.filter(is_active=value == "active")
