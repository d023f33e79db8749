"""Filters of the lists of community funds."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from common.pages import PageFilterSet
from grid.filters import visible_streets
from grid.models import Unit
from staff.choices import FundEntryKind, FundState
from staff.models import FundAccount, FundBudget, FundEntry
from staff.policy_kinds import fund_labels
from volunteers.filters.people import visible_communities

YEARS_BACK = 5


def years() -> list[tuple[int, str]]:
    this = timezone.localdate().year
    return [(year, f"{year} 年") for year in range(this + 1, this - YEARS_BACK, -1)]


class OfUnit(PageFilterSet):
    """Streets and communities; ``place`` leads from the row to its unit."""

    place = "unit"
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_unit", empty_label="不限"
    )
    community = django_filters.ModelChoiceFilter(
        label="所属社区", queryset=visible_communities, method="in_unit", empty_label="不限"
    )

    def in_unit(self, rows: QuerySet[Any], name: str, unit: Unit) -> QuerySet[Any]:
        return rows.filter(**{f"{self.place}__path__startswith": unit.path})


class AccountFilter(OfUnit):
    year = django_filters.ChoiceFilter(label="年度", choices=years, empty_label="不限")
    fund = django_filters.ChoiceFilter(label="经费", choices=fund_labels, empty_label="不限")

    primary = ("year", "fund", "street", "community")

    class Meta:
        model = FundAccount
        fields = ("year", "fund")


class EntryFilter(OfUnit):
    place = "account__unit"
    state = django_filters.ChoiceFilter(label="状态", choices=FundState.choices, empty_label="不限")
    kind = django_filters.ChoiceFilter(label="类型", choices=FundEntryKind.choices, empty_label="不限")
    year = django_filters.ChoiceFilter(label="年度", choices=years, field_name="account__year", empty_label="不限")
    fund = django_filters.ChoiceFilter(
        label="经费", choices=fund_labels, field_name="account__fund", empty_label="不限"
    )

    primary = ("state", "kind", "year", "community")

    class Meta:
        model = FundEntry
        fields = ("state", "kind")


class BudgetFilter(PageFilterSet):
    state = django_filters.ChoiceFilter(label="状态", choices=FundState.choices, empty_label="不限")
    year = django_filters.ChoiceFilter(label="年度", choices=years, empty_label="不限")

    class Meta:
        model = FundBudget
        fields = ("state", "year")
