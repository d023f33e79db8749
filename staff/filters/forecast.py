"""Filters of the list of forecasts."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from common.pages import PageFilterSet
from staff.choices import ForecastState
from staff.models import Forecast

KINDS = (("compared", "与新方案比较"), ("present", "只有现行方案"))


class ForecastFilter(PageFilterSet):
    state = django_filters.ChoiceFilter(label="状态", choices=ForecastState.choices, empty_label="不限")
    kind = django_filters.ChoiceFilter(label="内容", choices=KINDS, method="of_kind", empty_label="不限")

    primary = ("state", "kind")

    class Meta:
        model = Forecast
        fields = ("state",)

    def of_kind(self, rows: QuerySet[Forecast], name: str, value: str) -> QuerySet[Forecast]:
        return rows.filter(scheme__isnull=value == "present")
