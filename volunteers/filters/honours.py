"""Filters of the lists of stars, nominations and certificates."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from common.pages import PageFilterSet
from grid.filters import visible_streets
from grid.models import Unit
from volunteers.choices import NominationState
from volunteers.models import Certificate, Nomination, StarAward

YEARS_SHOWN = 5
KINDS = (("hours", "按服务时长"), ("half", "半年党员积分"))
STANDING = (("valid", "有效"), ("revoked", "已撤销"))


def years() -> list[tuple[str, str]]:
    """This year and the ones before it."""
    this = timezone.localdate().year
    return [(str(year), f"{year} 年") for year in range(this, this - YEARS_SHOWN, -1)]


class StarFilter(PageFilterSet):
    year = django_filters.ChoiceFilter(
        label="认定年度", choices=years, field_name="on", lookup_expr="year", empty_label="不限"
    )
    stars = django_filters.ChoiceFilter(
        label="星级", choices=[(str(n), f"{n} 星") for n in range(1, 6)], empty_label="不限"
    )
    kind = django_filters.ChoiceFilter(label="依据", choices=KINDS, method="by_kind", empty_label="不限")
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_street", empty_label="不限"
    )

    primary = ("year", "stars", "kind", "street")

    class Meta:
        model = StarAward
        fields = ("stars",)

    def by_kind(self, rows: QuerySet[StarAward], name: str, value: str) -> QuerySet[StarAward]:
        return rows.filter(half="") if value == "hours" else rows.exclude(half="")

    def in_street(self, rows: QuerySet[StarAward], name: str, street: Unit) -> QuerySet[StarAward]:
        return rows.filter(volunteer__unit__path__startswith=street.path)


class NominationFilter(PageFilterSet):
    year = django_filters.ChoiceFilter(label="年度", choices=years, empty_label="不限")
    state = django_filters.ChoiceFilter(label="状态", choices=NominationState.choices, empty_label="不限")
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_street", empty_label="不限"
    )

    primary = ("year", "state", "street")

    class Meta:
        model = Nomination
        fields = ("year", "state")

    def in_street(self, rows: QuerySet[Nomination], name: str, street: Unit) -> QuerySet[Nomination]:
        return rows.filter(volunteer__unit__path__startswith=street.path)


class CertificateFilter(PageFilterSet):
    year = django_filters.ChoiceFilter(
        label="出具年度", choices=years, field_name="issued_on", lookup_expr="year", empty_label="不限"
    )
    standing = django_filters.ChoiceFilter(label="状态", choices=STANDING, method="by_standing", empty_label="不限")

    primary = ("year", "standing")

    class Meta:
        model = Certificate
        fields = ()

    def by_standing(self, rows: QuerySet[Certificate], name: str, value: str) -> QuerySet[Certificate]:
        return rows.filter(revoked_at__isnull=value == "valid")
