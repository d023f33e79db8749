"""Questions about party organisations that more than one place asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from common import profile
from grid.choices import Level
from grid.models import Unit
from partyorgs.choices import ELECTED_KINDS, RANK, OrganisationKind
from partyorgs.models import PartyOrganisation
from partyorgs.policies import months_before, sits_under


@dataclass(frozen=True)
class TermState:
    """How a term stands, in words and a colour."""

    text: str
    colour: str


def term_state(organisation: PartyOrganisation, today: date | None = None) -> TermState:
    day = today or timezone.localdate()
    last = organisation.term_last_day
    if last is None:
        elected = organisation.kind in ELECTED_KINDS
        return TermState("未填写任期", "amber") if elected else TermState("不设任期", "grey")
    if day > last:
        return TermState(f"已届满 {(day - last).days} 天", "red")
    if day >= months_before(last, profile.current().party.remind_months):
        return TermState(f"还有 {(last - day).days} 天届满", "amber")
    return TermState("任期内", "green")


def due_for_reminder(today: date) -> QuerySet[PartyOrganisation]:
    """Organisations whose term has ended or whose end is to be announced by now."""
    rows = PartyOrganisation.objects.ending_by(due_limit(today))
    return rows.select_related("unit", "parent__unit", "secretary").order_by("term_last_day", "pk")


def parents_for(kind: str, unit: Unit) -> list[PartyOrganisation]:
    """Organisations under which one of ``kind`` at ``unit`` may stand, nearest and smallest first."""
    seats = Q(unit=unit) | Q(unit=unit.parent_id)
    if unit.parent is not None:
        seats |= Q(mode="joint", unit__parent=unit.parent.parent_id, unit__level=unit.parent.level)
    rows = PartyOrganisation.objects.active().filter(seats).select_related("unit")
    fitting = [row for row in rows if sits_under(kind, unit, row)]
    return sorted(fitting, key=lambda row: (-row.unit.level, row.unit_id != unit.parent_id, -RANK[row.kind], row.pk))


def misplaced(rows: QuerySet[PartyOrganisation]) -> QuerySet[PartyOrganisation]:
    """Active organisations below the street whose parent is missing, closed or seated elsewhere."""
    return (
        rows.filter(is_active=True)
        .exclude(parent__unit=F("unit"))
        .exclude(parent__unit=F("unit__parent"))
        .exclude(parent__mode="joint", parent__unit__level=F("unit__level") - 1)
        .filter(Q(unit__level__gt=Level.STREET) | Q(parent__isnull=False))
    )


def oddly_sized(rows: QuerySet[PartyOrganisation]) -> QuerySet[PartyOrganisation]:
    """Active organisations for which ``policies.size_warning`` has something to say."""
    party = profile.current().party
    limits = {
        OrganisationKind.BRANCH: (party.branch_members, party.general_branch_members),
        OrganisationKind.GENERAL_BRANCH: (party.general_branch_members, party.committee_members),
        OrganisationKind.COMMITTEE: (party.committee_members, None),
    }
    odd = Q(pk__in=())
    for kind, (minimum, next_size) in limits.items():
        outside = Q(members_count__lt=minimum)
        if next_size is not None:
            outside |= Q(members_count__gte=next_size)
        odd |= Q(kind=kind) & outside
    return rows.filter(odd, is_active=True, unit__level__gt=Level.STREET)


@dataclass(frozen=True)
class Totals:
    """Figures over organisations: how many, members counted in branches and groups, terms near their end."""

    organisations: int
    branches: int
    ended: int
    ending: int


def totals(rows: QuerySet[PartyOrganisation], today: date | None = None) -> Totals:
    """One query over the active ones of ``rows``."""
    day = today or timezone.localdate()
    soon = due_limit(day)
    found: dict[str, Any] = rows.filter(is_active=True).aggregate(
        organisations=Count("pk"),
        branches=Count("pk", filter=Q(kind="branch")),
        ended=Count("pk", filter=Q(term_last_day__lt=day)),
        ending=Count("pk", filter=Q(term_last_day__gte=day, term_last_day__lte=soon)),
    )
    return Totals(**found)


def due_limit(today: date) -> date:
    """The latest end of a term that is announced on ``today``."""
    months = profile.current().party.remind_months
    day = today + timedelta(days=31 * months + 1)
    while months_before(day, months) > today:
        day -= timedelta(days=1)
    return day


def members_below(organisation: PartyOrganisation) -> int:
    """Members of the organisations directly below, as they counted them."""
    return organisation.children.filter(is_active=True).aggregate(n=Sum("members_count"))["n"] or 0


def children_of(organisation: PartyOrganisation, user: Any) -> QuerySet[PartyOrganisation]:
    """Active organisations directly below that the person sees, with how many stand below each."""
    return with_children(PartyOrganisation.objects.visible_to(user).filter(parent=organisation, is_active=True))


def with_children(rows: QuerySet[PartyOrganisation]) -> QuerySet[PartyOrganisation]:
    below = PartyOrganisation.objects.filter(parent=OuterRef("pk"), is_active=True).order_by().values("parent")
    number = Subquery(below.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    return rows.select_related("unit").annotate(child_count=Coalesce(number, 0)).order_by("unit__path", "pk")


def top_organisations(user: Any) -> QuerySet[PartyOrganisation]:
    """Where the person's tree begins: active organisations whose parent is missing or out of sight."""
    seen = PartyOrganisation.objects.visible_to(user).active()
    return with_children(seen.exclude(parent__in=seen.order_by().values("pk")))


def search_organisations(rows: QuerySet[PartyOrganisation], text: str) -> QuerySet[PartyOrganisation]:
    """Organisations whose name, secretary or unit holds the text."""
    return rows.filter(Q(name__icontains=text) | Q(secretary_name__icontains=text) | Q(unit__name__icontains=text))
