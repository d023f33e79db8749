"""Questions about the roster that more than one place asks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from common.crypto import lookup_hashes
from grid.models import Unit
from staff import permissions
from staff.choices import BACHELOR_OR_ABOVE, Certificate, PartyRole, PostKind, Rank, WorkerState
from staff.models import PostReserve, StaffPost, Worker, WorkerCertificate

_PHONE = re.compile(r"\+?[\d\s\-]{7,20}")
_ID = re.compile(r"\d{17}[\dXx]")
_NUMBER = re.compile(r"\d{1,6}[Ss]?\d*|[Ss]\d+")
LEVELS = tuple(Certificate.values)  # from the lowest to the highest
# Posts for which two people stand ready (一职两备).
RESERVED_RANKS = (Rank.BOTH_HEADS, Rank.HEAD, Rank.DEPUTY, Rank.MEMBER)
PLACES = 2
SOON = 90  # days before a certificate ends
BACHELORS = Q(education__in=BACHELOR_OR_ABOVE)
# Whose appointment is filed with the county (县级备案).
SECRETARIES = Q(rank=Rank.BOTH_HEADS) | Q(party_role=PartyRole.SECRETARY)


def search_workers(rows: QuerySet[Worker], text: str) -> QuerySet[Worker]:
    """By number (its beginning, or from the S on), whole name, phone or identity number."""
    plain = "".join(text.split())
    if not plain:
        return rows
    found = Q(person__name_hash__in=lookup_hashes(plain, "name"))
    if _NUMBER.fullmatch(plain):
        number = plain.upper()
        found |= Q(number__contains=number) if number.startswith("S") else Q(number__startswith=number)
    if _PHONE.fullmatch(plain):
        found |= Q(person__phone_hash__in=lookup_hashes(plain, "phone"))
    if _ID.fullmatch(plain):
        found |= Q(person__id_hash__in=lookup_hashes(plain, "id_number"))
    return rows.filter(found)


def shown_states(rows: QuerySet[Worker], state: str | None) -> QuerySet[Worker]:
    """Those in service, unless somebody asks for those who have left or for all; never an import taken back."""
    if state in ("all", WorkerState.LEFT):
        rows = rows.filter(person__name_hash__isnull=False)
    if state == "all":
        return rows
    return rows.filter(state=WorkerState.LEFT if state == WorkerState.LEFT else WorkerState.ACTIVE)


# --- certificates


def valid_on(day: date) -> Q:
    """Certificates that hold on a day."""
    return Q(issued_on__lte=day) & (Q(expires_on=None) | Q(expires_on__gte=day))


def with_certificate(rows: QuerySet[Worker], on: date) -> QuerySet[Worker]:
    """Adds ``certificate``: the highest valid level on a day, or an empty text."""
    height = Case(
        *(When(level=level, then=Value(place)) for place, level in enumerate(LEVELS)), output_field=IntegerField()
    )
    held = WorkerCertificate.objects.filter(valid_on(on), worker=OuterRef("pk")).order_by(height.desc())
    return rows.annotate(certificate=Coalesce(Subquery(held.values("level")[:1]), Value("")))


def highest_certificate(worker: Worker, on: date) -> str:
    """The level that counts on a day, or an empty text."""
    held = set(worker.certificates.filter(valid_on(on)).values_list("level", flat=True))
    return next((level for level in reversed(LEVELS) if level in held), "")


def expiring(on: date, days: int = SOON) -> Q:
    """Workers one of whose certificates ends within so many days."""
    ending = WorkerCertificate.objects.filter(expires_on__gte=on, expires_on__lte=on + timedelta(days=days))
    return Q(pk__in=ending.values("worker"))


def expired(on: date) -> Q:
    """Workers one of whose certificates has ended."""
    return Q(pk__in=WorkerCertificate.objects.filter(expires_on__lt=on).values("worker"))


# --- posts and reserves


def leading_posts(rows: QuerySet[StaffPost], on: date) -> QuerySet[StaffPost]:
    """Posts in force for which two people should stand ready, with ``reserve_count``."""
    reserves = PostReserve.objects.filter(unit=OuterRef("unit"), rank=OuterRef("rank"), valid_to=None).order_by()
    count = reserves.values("unit").annotate(n=Count("pk")).values("n")
    found = rows.on(on).filter(kind=PostKind.MAIN, rank__in=RESERVED_RANKS, worker__state=WorkerState.ACTIVE)  # type: ignore[attr-defined]
    return found.annotate(reserve_count=Coalesce(Subquery(count, output_field=IntegerField()), 0))


def posts_short(user: Any) -> Any:
    """Posts of the person's area that have not two people standing ready."""
    rows: Any = leading_posts(StaffPost.objects.visible_to(user, permissions.MANAGE), timezone.localdate())
    return rows.filter(reserve_count__lt=PLACES)


def reserves_of(unit: Unit, rank: str) -> dict[int, PostReserve]:
    """Who stands ready for a post, by place."""
    rows = PostReserve.objects.filter(unit=unit, rank=rank, valid_to=None).select_related("worker__person")
    return {row.place: row for row in rows}


# --- one unit


@dataclass(frozen=True)
class UnitFigures:
    """People of a unit and everything below it."""

    active: int
    seconded: int
    party: int


def figures_below(unit: Unit, user: Any) -> UnitFigures:
    today = timezone.localdate()
    rows = Worker.objects.visible_to(user).active().below(unit).order_by()
    found: dict[str, int] = rows.aggregate(
        active=Count("pk"), party=Count("pk", filter=~Q(party_role=PartyRole.NONE))
    )  # fmt: skip
    seconded = StaffPost.objects.filter(unit__path__startswith=unit.path, kind=PostKind.SECONDED).on(today)
    return UnitFigures(**found, seconded=seconded.filter(worker__state=WorkerState.ACTIVE).count())


def people_of(unit: Unit, user: Any) -> QuerySet[Worker]:
    """Who works at the unit itself, those in the lead first."""
    height = Case(*(When(rank=rank, then=Value(place)) for place, rank in enumerate(Rank.values)))
    rows = Worker.objects.visible_to(user).active().filter(unit=unit).select_related("person")
    return rows.order_by(height, "number")
