"""Figures of volunteer service over a period, divided by unit, theme or group (domain §5, §8).

Every figure is a query over what was confirmed and posted; nothing is entered twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Left

from grid.choices import CODE_LENGTH, Level
from volunteers import permissions
from volunteers.choices import EARNING_KINDS, AccountKind, ActivityState, EntryKind, VolunteerState
from volunteers.models import Activity, Line, Programme, ServiceRecord, Team, Volunteer

HELD = (ActivityState.ENDED, ActivityState.CONFIRMED)


@dataclass
class Figures:
    """People, service and points of one row; points in the chosen programmes."""

    registered: int = 0
    joined: int = 0
    active: int = 0
    teams: int = 0
    activities: int = 0
    services: int = 0
    hours: Decimal = field(default_factory=lambda: Decimal("0.00"))
    issued: Decimal = field(default_factory=lambda: Decimal("0.00"))
    redeemed: Decimal = field(default_factory=lambda: Decimal("0.00"))
    expired: Decimal = field(default_factory=lambda: Decimal("0.00"))
    outstanding: Decimal = field(default_factory=lambda: Decimal("0.00"))

    def add(self, **counts: Any) -> None:
        for name, value in counts.items():
            setattr(self, name, getattr(self, name) + (value or 0))

    def merge(self, other: Figures) -> None:
        self.add(**{item.name: getattr(other, item.name) for item in fields(other)})

    def __bool__(self) -> bool:
        return any(getattr(self, item.name) for item in fields(self))


def path_length(level: int) -> int:
    """Characters of a path down to a level: the codes above it and its own, each with its slash."""
    return sum(CODE_LENGTH[Level(step)] + 1 for step in range(Level.DISTRICT, level + 1))


def by_unit(user: Any, level: int, first: date, last: date, programmes: QuerySet[Programme]) -> dict[str, Figures]:
    """Figures by the path of the unit of ``level`` that the rows lie under; shorter paths lie above it."""
    cut = path_length(level)
    found: dict[str, Figures] = {}
    for path, counts in (
        *_people(user, first, last, Left("unit__path", cut)),
        *_teams(user, last, Left("unit__path", cut)),
        *_activities(user, first, last, Left("unit__path", cut)),
        *_services(user, first, last, Left("volunteer__unit__path", cut)),
        *points_of(user, first, last, programmes, Left("account__volunteer__unit__path", cut)),
    ):
        found.setdefault(path, Figures()).add(**counts)
    return found


def by_theme(user: Any, first: date, last: date) -> dict[str, Figures]:
    """Service by theme."""
    return _collected(_services(user, first, last, F("theme")), _activities(user, first, last, F("theme")))


def by_group(user: Any, first: date, last: date, programmes: QuerySet[Programme]) -> dict[str, Figures]:
    """People, service and points by the circle volunteers come from."""
    return _collected(
        _people(user, first, last, F("group")),
        _services(user, first, last, F("volunteer__group")),
        points_of(user, first, last, programmes, F("account__volunteer__group")),
    )


Rows = Iterator[tuple[Any, dict[str, Any]]]


def _collected(*parts: Rows) -> dict[str, Figures]:
    found: dict[str, Figures] = {}
    for part in parts:
        for key, counts in part:
            found.setdefault(key, Figures()).add(**counts)
    return found


def _people(user: Any, first: date, last: date, division: Any) -> Rows:
    on_list = ~Q(state=VolunteerState.WAITING) & Q(joined_on__lte=last) & (Q(left_on=None) | Q(left_on__gt=last))
    rows = Volunteer.objects.visible_to(user, permissions.VIEW).order_by().annotate(key=division).values("key")
    new = Q(joined_on__range=(first, last)) & ~Q(state=VolunteerState.WAITING)
    for row in rows.annotate(registered=Count("pk", filter=on_list), joined=Count("pk", filter=new)):
        yield _split(row)


def _teams(user: Any, last: date, division: Any) -> Rows:
    rows = Team.objects.visible_to(user, permissions.VIEW).filter(is_active=True, founded_on__lte=last).order_by()
    for row in rows.annotate(key=division).values("key").annotate(teams=Count("pk")):
        yield _split(row)


def _activities(user: Any, first: date, last: date, division: Any) -> Rows:
    rows = Activity.objects.visible_to(user, permissions.VIEW).filter(
        state__in=HELD, starts_at__date__range=(first, last)
    )
    for row in rows.order_by().annotate(key=division).values("key").annotate(activities=Count("pk")):
        yield _split(row)


def _services(user: Any, first: date, last: date, division: Any) -> Rows:
    rows = ServiceRecord.objects.visible_to(user, permissions.VIEW).filter(voided_at=None, day__range=(first, last))
    counted = {"services": Count("pk"), "active": Count("volunteer", distinct=True), "total": Sum("hours")}
    for row in rows.order_by().annotate(key=division).values("key").annotate(**counted):
        key, counts = _split(row)
        yield key, {"hours": counts.pop("total"), **counts}


def points_of(user: Any, first: date, last: date, programmes: QuerySet[Programme], division: Any) -> Rows:
    """What persons' accounts gained, spent and lost in the period, counter-entries taken off, and what is left."""
    rows = Line.objects.visible_to(user, permissions.VIEW).filter(
        account__kind=AccountKind.PERSON, account__programme__in=programmes.values("pk"), entry__day__lte=last
    )
    period = Q(entry__day__gte=first)
    sums = {
        "issued": Sum("amount", filter=period & of_kinds(*EARNING_KINDS)),
        "spent": Sum("amount", filter=period & of_kinds(EntryKind.REDEEM)),
        "lapsed": Sum("amount", filter=period & of_kinds(EntryKind.EXPIRE)),
        "outstanding": Sum("amount"),
    }
    for row in rows.order_by().annotate(key=division).values("key").annotate(**sums):
        key, amounts = _split(row)
        spent, lapsed = amounts.pop("spent") or 0, amounts.pop("lapsed") or 0
        yield key, {"redeemed": -spent, "expired": -lapsed, **amounts}


def _split(row: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The division of a row, and its counts."""
    counts = dict(row)
    return counts.pop("key"), counts


def of_kinds(*kinds: str, entry: str = "entry") -> Q:
    """Lines of the kinds, and of counter-entries to them; ``entry`` is the path to the entry."""
    own = Q(**{f"{entry}__kind__in": kinds})
    return own | Q(**{f"{entry}__kind": EntryKind.REVERSE, f"{entry}__reverses__kind__in": kinds})
