"""Conditions of the list of partners' agreements."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from common.pages import PageFilterSet
from common.pages.filters import QuickSelect
from volunteers.choices import AgreementState
from volunteers.filters.shop import InStreet
from volunteers.models import Agreement
from volunteers.selectors.partners import standing

STANDINGS = (("behind", "进度落后"), ("ending", "30 天内到期"), ("short", "到期欠时长"))


class AgreementFilter(PageFilterSet):
    primary = ("state", "standing", "street", "last_day")

    state = django_filters.ChoiceFilter(
        label="状态", choices=AgreementState.choices, empty_label="不限", widget=QuickSelect
    )
    standing = django_filters.ChoiceFilter(
        label="履约", choices=STANDINGS, method="by_standing", empty_label="不限", widget=QuickSelect
    )
    street = InStreet("unit")
    last_day = django_filters.DateFromToRangeFilter(field_name="last_day", label="截止日期")

    class Meta:
        model = Agreement
        fields: list[str] = []

    def by_standing(self, rows: QuerySet[Agreement], name: str, value: str) -> QuerySet[Agreement]:
        return rows.filter(pk__in=standing(rows, value, timezone.localdate()))
