"""Who is away when, for how many working days, and who stands in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from common import calendar
from common.masks import mask_name
from common.months import last_day
from common.navigation import capped
from common.scope import Scope, scope_of
from grid.choices import Level
from grid.models import Unit
from grid.selectors import ancestry
from staff import permissions
from staff.choices import LeaveState, PostKind
from staff.models import Leave, StaffPost, StandIn, Worker

HALF = Decimal("0.5")
LIVE = (LeaveState.ASKED, LeaveState.APPROVED)
STAND_IN, COLLEAGUE = "AB 岗", "同单位同事"


# --- days


def month_span(month: date) -> tuple[date, date]:
    """The first and the last day of a month."""
    return month.replace(day=1), last_day(month)


def working_days(first: date, last: date, half: bool = False) -> Decimal:
    """Working days of a span in the calendar in force; half a day of a working day."""
    days = Decimal(calendar.current().working_days(first, last))
    return days * HALF if half else days


def days_of(leave: Leave) -> Decimal:
    return working_days(leave.first_day, leave.last_day, leave.half)


def days_by_kind(worker_ids: Collection[int], month: date) -> dict[int, dict[str, Decimal]]:
    """Working days of approved leave inside a month, by worker and kind; one query. Who was not away is left out."""
    first, last = month_span(month)
    rows = Leave.objects.filter(
        worker__in=worker_ids, state=LeaveState.APPROVED, first_day__lte=last, last_day__gte=first
    )
    found: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for worker, kind, start, end, half in rows.values_list(
        "worker", "kind", "first_day", "last_day", "half"
    ).order_by():
        days = working_days(max(start, first), min(end, last), half)
        if days:
            found[worker][kind] += days
    return {worker: dict(kinds) for worker, kinds in found.items()}


# --- who is away


def overlapping(rows: QuerySet[Leave], first: date, last: date) -> QuerySet[Leave]:
    """Leave that is asked for or approved and touches a span of days."""
    return rows.filter(state__in=LIVE, first_day__lte=last, last_day__gte=first)


def leave_between(worker: Worker, first: date, last: date) -> Leave | None:
    """The worker's own leave that a new one would overlap."""
    return overlapping(Leave.objects.filter(worker=worker), first, last).order_by("first_day").first()


# --- who stands in


@dataclass(frozen=True)
class Cover:
    """Who stands in, and by what rule."""

    worker: Worker
    how: str

    @property
    def words(self) -> str:
        return f"{mask_name(self.worker.person.name)}（{self.worker.number}，{self.how}）"


def _free(first: date, last: date) -> QuerySet[Worker]:
    """People in office who are not away themselves."""
    away = overlapping(Leave.objects.filter(worker=OuterRef("pk")), first, last)
    return Worker.objects.active().filter(~Exists(away), entered_on__lte=first).select_related("person")


def free_colleagues(worker: Worker, first: date, last: date) -> QuerySet[Worker]:
    """Colleagues with a main post in the same unit who are there: those who stand in for nobody yet first, then of the
    same rank."""
    posts = StaffPost.objects.filter(worker=OuterRef("pk"), unit=worker.unit_id, kind=PostKind.MAIN).on(first)
    busy = overlapping(Leave.objects.filter(cover=OuterRef("pk")), first, last)
    rows = _free(first, last).filter(Exists(posts)).exclude(pk=worker.pk)
    same = Case(When(rank=worker.rank, then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.annotate(
        busy=Case(When(Exists(busy), then=Value(1)), default=Value(0), output_field=IntegerField()), other_rank=same
    ).order_by("busy", "other_rank", "number")


def cover_for(worker: Worker, first: date, last: date) -> Cover | None:
    """AB 岗: the stand-in when free, else a colleague of the unit who is there; ``None`` when nobody is."""
    named = StandIn.objects.filter(worker=worker).on(first).values("stand_in")
    stand_in = _free(first, last).filter(pk__in=named).first()
    if stand_in is not None:
        return Cover(stand_in, STAND_IN)
    colleague = free_colleagues(worker, first, last).first()
    return Cover(colleague, COLLEAGUE) if colleague is not None else None


def covered_by(worker: Worker, on: date) -> QuerySet[Leave]:
    """Approved leave, not over yet, during which the worker stands in for somebody."""
    rows = Leave.objects.filter(cover=worker, state=LeaveState.APPROVED, last_day__gte=on)
    return rows.select_related("worker__person").order_by("first_day")


def cover_choices(leave: Leave, actor: Any) -> list[tuple[str, str]]:
    """Who may stand in instead, for the form of the approval."""
    people = free_colleagues(leave.worker, leave.first_day, leave.last_day)
    return [("none", "不安排代班"), *((str(one.pk), f"{mask_name(one.person.name)}（{one.number}）") for one in people)]


# --- who decides


def office_of(unit: Unit) -> Unit:
    """The street's office that decides about leave of a unit's people; above the streets the unit itself."""
    return ancestry(unit).street or unit


def deciding(scope: Scope) -> Scope:
    """The part of a scope that decides about leave: of streets and of the district, never of a community."""
    held = scope.holding(permissions.LEAVE)
    return Scope(tuple(grant for grant in held.grants if (grant.level or 9) <= Level.STREET))


def waiting_for(user: Any) -> int:
    """How many requests wait for the person's decision; one's own are somebody else's."""
    if not deciding(scope_of(user)):
        return 0
    rows = Leave.objects.visible_to(user, permissions.LEAVE).filter(state=LeaveState.ASKED)
    return capped(rows.filter(Q(worker__user=None) | ~Q(worker__user=user)))


# --- a month at a glance


@dataclass(frozen=True)
class Absence:
    """One worker's month: for each day the leave that covers it, if any."""

    worker: Worker
    days: list[Leave | None]


def absences(user: Any, unit: Unit, month: date) -> list[Absence]:
    """Everybody below a unit who is away in a month, in the order of the organisation."""
    first, last = month_span(month)
    rows = Leave.objects.visible_to(user).filter(worker__unit__path__startswith=unit.path)
    away = overlapping(rows, first, last).select_related("worker__unit", "worker__person")
    by_worker: dict[int, list[Leave]] = defaultdict(list)
    for row in away.order_by("worker__unit__path", "worker__number", "first_day"):
        by_worker[row.worker_id].append(row)
    span = [first.replace(day=number) for number in range(1, last.day + 1)]
    return [
        Absence(own[0].worker, [next((row for row in own if row.first_day <= day <= row.last_day), None) for day in span])
        for own in by_worker.values()
    ]  # fmt: skip
