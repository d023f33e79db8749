"""Filters of the roster and of the posts with their reserves."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone

from common.pages import PageFilterSet
from grid.choices import Level
from grid.filters import visible_streets
from grid.models import Unit
from staff.choices import Certificate, Education, PartyRole, Rank, WorkerKind, WorkerState
from staff.models import StaffPost, Worker
from staff.selectors import roster as selectors

STATES = ((WorkerState.LEFT.value, "已离岗"), ("all", "全部"))
CERTIFICATES = (*Certificate.choices, ("any", "有证书"), ("none", "没有证书"))
PARTY = (("member", "党员"), ("secretary", "社区党组织书记"), ("none", "群众"))
ENDING = (("30", "30 天内到期"), ("90", "90 天内到期"), ("past", "已过期"))


def visible_communities(request: Any) -> QuerySet[Unit]:
    """Communities the person sees as units of their own."""
    if request is None:
        return Unit.objects.none()
    return Unit.objects.visible_to(request.user).filter(level=Level.COMMUNITY, is_active=True).order_by("path")


class PlaceFilter(PageFilterSet):
    community = django_filters.ModelChoiceFilter(
        label="所属社区", queryset=visible_communities, method="in_unit", empty_label="不限"
    )
    street = django_filters.ModelChoiceFilter(
        label="所属镇街", queryset=visible_streets, method="in_unit", empty_label="不限"
    )

    def in_unit(self, rows: QuerySet, name: str, unit: Unit) -> QuerySet:
        return rows.filter(unit__path__startswith=unit.path)


class WorkerFilter(PlaceFilter):
    kind = django_filters.ChoiceFilter(label="用工类别", choices=WorkerKind.choices, empty_label="不限")
    rank = django_filters.ChoiceFilter(label="职务", choices=Rank.choices, empty_label="不限")
    education = django_filters.ChoiceFilter(
        label="学历", choices=(*Education.choices, ("bachelor_up", "本科及以上")), method="by_education",
        empty_label="不限",
    )  # fmt: skip
    certificate = django_filters.ChoiceFilter(
        label="证书", choices=CERTIFICATES, method="by_certificate", empty_label="不限"
    )
    ending = django_filters.ChoiceFilter(label="证书到期", choices=ENDING, method="by_expiry", empty_label="不限")
    party = django_filters.ChoiceFilter(label="政治面貌", choices=PARTY, method="by_party", empty_label="不限")
    state = django_filters.ChoiceFilter(label="状态", choices=STATES, method="by_state", empty_label="在岗")
    probation = django_filters.ChoiceFilter(
        label="试用期", choices=(("yes", "试用期内"), ("no", "已转正")), method="by_probation", empty_label="不限"
    )
    filed = django_filters.ChoiceFilter(
        label="书记备案", choices=(("yes", "已备案"), ("no", "未备案")), method="by_filing", empty_label="不限"
    )
    entered = django_filters.DateFromToRangeFilter(label="入职日期", field_name="entered_on")

    primary = ("community", "kind", "rank", "state")

    class Meta:
        model = Worker
        fields = ("kind", "rank")

    def by_education(self, rows: QuerySet[Worker], name: str, value: str) -> QuerySet[Worker]:
        return rows.filter(selectors.BACHELORS) if value == "bachelor_up" else rows.filter(education=value)

    def by_certificate(self, rows: QuerySet[Worker], name: str, value: str) -> Any:
        held: Any = selectors.with_certificate(rows, timezone.localdate())
        if value == "any":
            return held.exclude(certificate="")
        return held.filter(certificate="" if value == "none" else value)

    def by_expiry(self, rows: QuerySet[Worker], name: str, value: str) -> QuerySet[Worker]:
        today = timezone.localdate()
        return rows.filter(selectors.expired(today) if value == "past" else selectors.expiring(today, int(value)))

    def by_party(self, rows: QuerySet[Worker], name: str, value: str) -> QuerySet[Worker]:
        if value == "member":
            return rows.exclude(party_role=PartyRole.NONE)
        return rows.filter(party_role=PartyRole.SECRETARY if value == "secretary" else PartyRole.NONE)

    def by_state(self, rows: QuerySet[Worker], name: str, value: str) -> QuerySet[Worker]:
        """What nobody has asked for, those who have left, is hidden by the list itself."""
        return selectors.shown_states(rows, value)

    def by_probation(self, rows: QuerySet[Worker], name: str, value: str) -> QuerySet[Worker]:
        on_probation = Q(probation_until__gte=timezone.localdate())
        return rows.filter(on_probation) if value == "yes" else rows.exclude(on_probation)

    def by_filing(self, rows: QuerySet[Worker], name: str, value: str) -> QuerySet[Worker]:
        return rows.filter(selectors.SECRETARIES, filed_on__isnull=value == "no")


class PostFilter(PlaceFilter):
    rank = django_filters.ChoiceFilter(
        label="职务", choices=[(rank.value, rank.label) for rank in selectors.RESERVED_RANKS], empty_label="不限"
    )
    reserves = django_filters.ChoiceFilter(
        label="备选", choices=(("short", "不足两名"), ("full", "已备两名")), method="by_reserves", empty_label="不限"
    )

    primary = ("community", "rank", "reserves")

    class Meta:
        model = StaffPost
        fields = ("rank",)

    def by_reserves(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(reserve_count__lt=selectors.PLACES) if value == "short" else rows.filter(
            reserve_count__gte=selectors.PLACES
        )  # fmt: skip
