"""Questions about volunteers and teams that more than one place asks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Count, DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from common.crypto import lookup_hashes
from common.identity import age_on
from grid.models import Unit
from volunteers import permissions
from volunteers.choices import AccountKind, VolunteerState
from volunteers.models import Account, Membership, ServiceRecord, StarAward, Team, Volunteer

ZERO = Decimal("0.00")
_PHONE = re.compile(r"\+?[\d\s\-]{7,20}")
_ID = re.compile(r"\d{17}[\dXx]")
_NUMBER = re.compile(r"\d{1,6}[Vv]?\d*|[Vv]\d+")


def search_volunteers(rows: QuerySet[Volunteer], text: str) -> QuerySet[Volunteer]:
    """By number (its beginning, or from the V on), part of the nickname, whole name, phone or identity number."""
    plain = "".join(text.split())
    if not plain:
        return rows
    found = Q(nickname__icontains=text.strip()) | Q(person__name_hash__in=lookup_hashes(plain, "name"))
    if _NUMBER.fullmatch(plain):
        number = plain.upper()
        found |= Q(number__contains=number) if number.startswith("V") else Q(number__startswith=number)
    if _PHONE.fullmatch(plain):
        found |= Q(person__phone_hash__in=lookup_hashes(plain, "phone"))
    if _ID.fullmatch(plain):
        found |= Q(person__id_hash__in=lookup_hashes(plain, "id_number"))
    return rows.filter(found)


def with_hours(rows: QuerySet[Volunteer]) -> QuerySet[Volunteer]:
    """Adds ``total_hours``: all confirmed hours."""
    kept = ServiceRecord.objects.filter(volunteer=OuterRef("pk"), voided_at=None).order_by().values("volunteer")
    total = Subquery(kept.annotate(n=Sum("hours")).values("n"), output_field=DecimalField())
    return rows.annotate(total_hours=Coalesce(total, ZERO, output_field=DecimalField()))


def insured(rows: QuerySet[Volunteer], on: date) -> QuerySet[Volunteer]:
    return rows.filter(insured_until__gte=on)


def to_do(user: Any) -> QuerySet[Volunteer]:
    """Volunteers somebody has to decide about: the guardian's consent, an erasure that was asked for."""
    rows = Volunteer.objects.visible_to(user, permissions.MANAGE)
    return rows.filter(Q(state=VolunteerState.WAITING) | Q(erasure_asked_at__isnull=False))


def age_of(volunteer: Volunteer, on: date | None = None) -> int | None:
    """Full years on a day (today), ``None`` when no birth date is kept."""
    born = volunteer.person.born
    return age_on(born, on or timezone.localdate()) if born else None


@dataclass(frozen=True)
class Standing:
    """What a volunteer has to show: hours, times of service, points per programme, the highest star."""

    hours: Decimal
    times: int
    points: list[tuple[str, Decimal]]
    star: str


def standing(volunteer: Volunteer) -> Standing:
    """Three queries, however long the history."""
    kept = ServiceRecord.objects.filter(volunteer=volunteer, voided_at=None).order_by()
    served: dict[str, Any] = kept.aggregate(hours=Sum("hours"), times=Count("pk"))
    accounts = Account.objects.filter(kind=AccountKind.PERSON, volunteer=volunteer).order_by("programme")
    points = [(name, balance or ZERO) for name, balance in accounts.values_list("programme__name", "balance")]
    star = StarAward.objects.filter(volunteer=volunteer, half="").order_by("-stars").first()
    return Standing(served["hours"] or ZERO, served["times"], points, star.label if star else "")


# --- teams


def with_members(rows: QuerySet[Team]) -> QuerySet[Team]:
    """Adds ``member_count``: those in the team today."""
    return rows.annotate(member_count=Count("memberships", filter=Q(memberships__last_day=None)))


def search_teams(rows: QuerySet[Team], text: str) -> QuerySet[Team]:
    return rows.filter(Q(name__icontains=text) | Q(about__icontains=text) | Q(unit__name__icontains=text))


def members_of(team: Team) -> QuerySet[Membership]:
    rows = team.memberships.filter(last_day=None)
    return rows.select_related("volunteer__person", "volunteer__unit").order_by("first_day", "pk")


def teams_of(volunteer: Volunteer) -> QuerySet[Membership]:
    rows = Membership.objects.filter(volunteer=volunteer, last_day=None)
    return rows.select_related("team__unit").order_by("first_day", "pk")


def may_join(team: Team, user: Any) -> QuerySet[Volunteer]:
    """Active volunteers the user manages who are not in the team."""
    inside = Membership.objects.filter(team=team, volunteer=OuterRef("pk"), last_day=None)
    rows = Volunteer.objects.visible_to(user, permissions.MANAGE).active()
    return rows.exclude(Exists(inside)).order_by("number")


@dataclass(frozen=True)
class UnitFigures:
    """Volunteers and teams of a unit and everything below it."""

    active: int = 0
    waiting: int = 0
    teams: int = 0


def figures_below(unit: Unit, user: Any) -> UnitFigures:
    """In one statement."""
    people = (
        Volunteer.objects.visible_to(user).below(unit).filter(state__in=(VolunteerState.ACTIVE, VolunteerState.WAITING))
    )
    teams = Team.objects.visible_to(user).active().below(unit).annotate(key=Value("teams", CharField()))
    by_state, of_teams = (
        rows.order_by().values("key").annotate(n=Count("pk")).values_list("key", "n")
        for rows in (people.annotate(key=F("state")), teams)
    )
    return UnitFigures(**dict(by_state.union(of_teams, all=True)))
