"""What the system knows of units and workers over some days, counted for an appraisal.

Each value keeps numerator and denominator. It does not depend on who asks: whoever runs the count has been given the right to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Left
from django.utils import timezone

from common import calendar
from common.models import Event
from common.months import first_of_next
from grid.choices import Level
from grid.models import Unit
from petitions.choices import Channel, State
from petitions.events import REPLIED
from petitions.measures import MEASURES, Measure, tallied, tallies
from petitions.models import Petition
from staff.appraisal.score import Measured
from staff.appraisal.words import OF_A_PERSON
from staff.appraisal.words import Measure as Source
from staff.choices import LeaveKind, LeaveState, PostKind
from staff.events_growth import SHEET_CLOSED
from staff.models import AttendanceSheet, AttendanceTotal, Leave, StaffPost, Worker, WorkerCertificate
from staff.rules_growth import attendance_rule
from staff.selectors.attendance import absent_days
from staff.selectors.leave import working_days
from volunteers.choices import EARNING_KINDS, SERVED_ORDER_STATES, AccountKind, ActivityState, OrderState
from volunteers.models import Activity, Line, Order, ServiceRecord
from volunteers.selectors.figures import of_kinds, path_length

COLUMN = {Level.STREET: "street", Level.COMMUNITY: "community", Level.GRID: "grid"}
# Leave that the law grants is no absence.
AWAY = (LeaveKind.ABSENT, LeaveKind.PERSONAL)
ZERO = Decimal(0)

_ADJUSTED = (
    "response_due_adjusted", "responded_adjusted", "assessed_adjusted", "solved_adjusted", "satisfied_adjusted",
    "basically_adjusted",
)  # fmt: skip
_SIGNED = Measure("signed", "已签收", lambda now: Q(sign_in_time__isnull=False))
_VISITS = Measure("visits", "入户走访", lambda now: Q(channel=Channel.VISIT))
_COUNTED = (
    *(MEASURES[key] for key in (*_ADJUSTED, "finished_in_time", "overdue", "signed_in_time", "forecast")), _SIGNED, _VISITS,
)  # fmt: skip


@dataclass
class Values:
    """Values by source, then by key of the unit or of the worker."""

    units: dict[str, dict[int, Measured]] = field(default_factory=lambda: defaultdict(dict))
    workers: dict[str, dict[int, Measured]] = field(default_factory=lambda: defaultdict(dict))

    def of(self, source: str, unit: int, worker: int | None) -> Measured | None:
        """The value for somebody on a side; ``None`` when there was nothing to count."""
        if source in OF_A_PERSON:
            return self.workers[source].get(worker or 0)
        return self.units[source].get(unit)


@dataclass(frozen=True)
class Span:
    """The days that are counted, and the moments they begin and end."""

    first: date
    last: date
    basic: Decimal

    @property
    def moments(self) -> tuple[datetime, datetime]:
        zone = timezone.get_current_timezone()
        after = self.last + timedelta(days=1)
        return (
            datetime(self.first.year, self.first.month, self.first.day, tzinfo=zone),
            datetime(after.year, after.month, after.day, tzinfo=zone),
        )

    @property
    def months(self) -> Iterator[date]:
        """Their first days; a period is made of whole months."""
        month = self.first
        while month <= self.last:
            yield month
            month = first_of_next(month)


def values_of(sources: Collection[str], units: Sequence[Unit], workers: Sequence[Worker], span: Span) -> Values:
    """Every value of the sources: a few queries for each kind of data, however many units and workers there are."""
    found = Values()
    for names, count in _OF_UNITS:
        if wanted := names & set(sources):
            for source, by_unit in count(units, span).items():
                if source in wanted:
                    found.units[source].update(by_unit)
    for source, of_workers in _OF_WORKERS.items():
        if source in sources:
            found.workers[source] = of_workers(workers, span)
    return found


def _by_level(units: Sequence[Unit]) -> dict[int, list[Unit]]:
    levels: dict[int, list[Unit]] = defaultdict(list)
    for unit in units:
        levels[unit.level].append(unit)
    return levels


def _by_path(
    units: Sequence[Unit], read: Callable[[int, Collection[str]], Iterable[tuple[str, Any]]]
) -> dict[int, Any]:
    """What is counted below each unit: ``read(characters of a path, the paths)`` answers by path."""
    found: dict[int, Any] = {}
    for level, some in _by_level(units).items():
        keys = {unit.path: unit.pk for unit in some}
        found.update({keys[path]: value for path, value in read(path_length(level), keys) if path in keys})
    return found


def _figures(units: Sequence[Unit], values: Mapping[int, Any]) -> dict[int, Measured]:
    """Figures that are no rate: nothing counted is zero."""
    return {unit.pk: Measured(Decimal(values.get(unit.pk) or 0)) for unit in units}


# --- petitions


def _petitions(units: Sequence[Unit], span: Span) -> dict[str, dict[int, Measured]]:
    """The rates without excluded tickets, by the unit a ticket belongs to (domain §4)."""
    found: dict[str, dict[int, Measured]] = defaultdict(dict)
    for unit, count in _tickets(units, span).items():
        satisfied = count["satisfied_adjusted"] + span.basic * count["basically_adjusted"]
        finished = count["finished_in_time"]
        pairs: dict[str, tuple[Any, Any]] = {
            Source.RESPONSE: (count["responded_adjusted"], count["response_due_adjusted"]),
            Source.RESOLUTION: (count["solved_adjusted"], count["assessed_adjusted"]),
            Source.SATISFACTION: (satisfied, count["assessed_adjusted"]),
            Source.FINISHED: (finished, finished + count["overdue"]),
            Source.SIGNED: (count["signed_in_time"], count["signed"]),
        }
        for source, (numerator, denominator) in pairs.items():
            found[source][unit] = Measured(Decimal(numerator), Decimal(denominator))
        found[Source.FORECAST][unit] = Measured(Decimal(count["forecast"]))
        found[Source.VISITS][unit] = Measured(Decimal(count["visits"]))
    return found


def _tickets(units: Sequence[Unit], span: Span) -> dict[int, Counter[str]]:
    first, end = span.moments
    now = min(timezone.now(), end)
    counted = {unit.pk: Counter[str]() for unit in units}
    for level, some in _by_level(units).items():
        rows = (
            Petition.objects.exclude(state=State.VOIDED).filter(received_at__gte=first, received_at__lt=end).order_by()
        )
        column = COLUMN.get(Level(level))
        if level == Level.DISTRICT:
            counted[some[0].pk].update(tallied(rows.aggregate(**tallies(_COUNTED, now))))
        if column is None:
            continue
        keys = [unit.pk for unit in some]
        for row in rows.filter(**{f"{column}__in": keys}).values(body=F(column)).annotate(**tallies(_COUNTED, now)):
            counted[row["body"]].update(tallied(row))
    return counted


# --- volunteers and visits


def _hours(units: Sequence[Unit], span: Span) -> dict[str, dict[int, Measured]]:
    def read(cut: int, paths: Collection[str]) -> Iterable[tuple[str, Any]]:
        rows = ServiceRecord.objects.filter(voided_at=None, day__range=(span.first, span.last)).order_by()
        return rows.values_list(Left("volunteer__unit__path", cut)).annotate(total=Sum("hours"))

    return {Source.HOURS: _figures(units, _by_path(units, read))}


def _points(units: Sequence[Unit], span: Span) -> dict[str, dict[int, Measured]]:
    def read(cut: int, paths: Collection[str]) -> Iterable[tuple[str, Any]]:
        rows = Line.objects.filter(
            of_kinds(*EARNING_KINDS), account__kind=AccountKind.PERSON, entry__day__range=(span.first, span.last)
        )
        sums = rows.order_by().values_list(Left("account__volunteer__unit__path", cut)).annotate(total=Sum("amount"))
        return [(path, max(total, ZERO)) for path, total in sums]

    return {Source.POINTS: _figures(units, _by_path(units, read))}


def _activities(units: Sequence[Unit], span: Span) -> dict[str, dict[int, Measured]]:
    def read(cut: int, paths: Collection[str]) -> Iterable[tuple[str, Any]]:
        first, end = span.moments
        held = (ActivityState.ENDED, ActivityState.CONFIRMED)
        rows = Activity.objects.filter(state__in=held, starts_at__gte=first, starts_at__lt=end).order_by()
        return rows.values_list(Left("unit__path", cut)).annotate(number=Count("pk"))

    return {Source.ACTIVITIES: _figures(units, _by_path(units, read))}


def _duty_visits(units: Sequence[Unit], span: Span) -> dict[str, dict[int, Measured]]:
    """Visits that were made ÷ visits that were due in the period (古冶: one a quarter)."""

    def read(cut: int, paths: Collection[str]) -> Iterable[tuple[str, Any]]:
        first, end = span.moments
        orders = Order.objects.filter(visit__isnull=False, submitted_at__gte=first, submitted_at__lt=end)
        due: Any = orders.exclude(state__in=[OrderState.REFUSED, OrderState.WITHDRAWN]).order_by()
        counted = due.values_list(Left("visit__unit__path", cut)).annotate(
            done=Count("pk", filter=Q(state__in=SERVED_ORDER_STATES)), all=Count("pk")
        )
        return [(path, Measured(Decimal(done), Decimal(number))) for path, done, number in counted]

    return {Source.DUTY_VISITS: _by_path(units, read)}


# --- workers


def _certified(units: Sequence[Unit], span: Span) -> dict[str, dict[int, Measured]]:
    """People with a certificate valid on the last day ÷ people who hold a main post there on it."""

    def read(cut: int, paths: Collection[str]) -> Iterable[tuple[str, Any]]:
        posts = StaffPost.objects.filter(kind=PostKind.MAIN).on(span.last).order_by()
        valid = WorkerCertificate.objects.filter(
            Q(expires_on=None) | Q(expires_on__gte=span.last), issued_on__lte=span.last
        )
        rows = posts.values_list(Left("unit__path", cut)).annotate(
            certified=Count("worker", filter=Q(worker__in=valid.values("worker")), distinct=True),
            people=Count("worker", distinct=True),
        )
        return [(path, Measured(Decimal(some), Decimal(everybody))) for path, some, everybody in rows]

    return {Source.CERTIFIED: _by_path(units, read)}


def _reports(units: Sequence[Unit], span: Span) -> dict[str, dict[int, Measured]]:
    """People whose 考勤月报 was closed by its day ÷ people who sign, over the months of the period whose day is past."""
    sums: dict[int, tuple[int, int]] = {}
    for month in span.months:
        for unit, (closed, people) in _reports_of(units, month).items():
            before = sums.get(unit, (0, 0))
            sums[unit] = before[0] + closed, before[1] + people
    return {
        Source.REPORTS: {unit: Measured(Decimal(closed), Decimal(people)) for unit, (closed, people) in sums.items()}
    }


def _reports_of(units: Sequence[Unit], month: date) -> dict[int, tuple[int, int]]:
    """Of one month: who held a main post on its first day. A sheet that was opened again later came in time all the same."""
    rule, following = attendance_rule(month), first_of_next(month)
    after = following.replace(day=rule.close_day) + timedelta(days=1)
    if rule.start is None or following <= rule.start or after > timezone.localdate():
        return {}
    end = datetime(after.year, after.month, after.day, tzinfo=timezone.get_current_timezone())
    sheets = AttendanceSheet.objects.filter(month=month).order_by()
    closed = Event.objects.filter(kind=SHEET_CLOSED, at__lt=end, stream__in=sheets.values("stream")).order_by()
    in_time = AttendanceTotal.objects.filter(month=month, sheet__stream__in=closed.values("stream")).order_by()

    def read(cut: int, paths: Collection[str]) -> Iterable[tuple[str, Any]]:
        posts = StaffPost.objects.filter(kind=PostKind.MAIN, worker__kind__in=rule.kinds).on(month).order_by()
        counted = posts.values_list(Left("unit__path", cut)).annotate(
            closed=Count("worker", filter=Q(worker__in=in_time.values("worker")), distinct=True),
            people=Count("worker", distinct=True),
        )
        return [(path, (some, everybody)) for path, some, everybody in counted]

    return _by_path(units, read)


def _attendance(workers: Sequence[Worker], span: Span) -> dict[int, Measured]:
    """Working days less 旷工 (by leave, and by the closed months of attendance) and 事假 ÷ working days while employed in
    the period."""
    away: dict[int, Decimal] = defaultdict(Decimal)
    rows = Leave.objects.filter(
        worker__in=[worker.pk for worker in workers], kind__in=AWAY, state=LeaveState.APPROVED, first_day__lte=span.last,
        last_day__gte=span.first,
    )  # fmt: skip
    for worker, first, last, half in rows.values_list("worker", "first_day", "last_day", "half").order_by():
        away[worker] += working_days(max(first, span.first), min(last, span.last), half)
    for month in span.months:
        for worker, days in absent_days([one.pk for one in workers], month).items():
            away[worker] += days
    works = calendar.current()
    found = {}
    for one in workers:
        first, last = max(one.entered_on, span.first), min(one.left_on or span.last, span.last)
        days = Decimal(works.working_days(first, last)) if first <= last else ZERO
        found[one.pk] = Measured(max(days - away[one.pk], ZERO), days)
    return found


def _own_replies(workers: Sequence[Worker], span: Span) -> dict[int, Measured]:
    """Tickets that the worker's account replied to: those replied to in time ÷ all of them."""
    by_user = {worker.user_id: worker.pk for worker in workers if worker.user_id is not None}
    first, end = span.moments
    events = Event.objects.filter(kind=REPLIED, actor__in=by_user, at__gte=first, at__lt=end).order_by()
    replied = set(events.values_list("actor", "object_id"))
    tickets = Petition.objects.filter(pk__in={ticket for _, ticket in replied}, finish_in_time__isnull=False)
    in_time = dict(tickets.values_list("pk", "finish_in_time").order_by())
    done: Counter[int] = Counter()
    every: Counter[int] = Counter()
    for user, ticket in replied:
        if user is not None and ticket in in_time:
            every[by_user[user]] += 1
            done[by_user[user]] += bool(in_time[ticket])
    return {worker: Measured(Decimal(done[worker]), Decimal(number)) for worker, number in every.items()}


def _own_hours(workers: Sequence[Worker], span: Span) -> dict[int, Measured]:
    by_user = {worker.user_id: worker.pk for worker in workers if worker.user_id is not None}
    rows = ServiceRecord.objects.filter(
        voided_at=None, day__range=(span.first, span.last), volunteer__user__in=by_user
    ).order_by()
    hours = dict(rows.values_list("volunteer__user").annotate(total=Sum("hours")))
    known = {by_user[user]: total for user, total in hours.items()}
    return {worker.pk: Measured(known.get(worker.pk, ZERO)) for worker in workers}


_OF_UNITS: tuple[tuple[set[str], Callable[[Sequence[Unit], Span], dict[str, dict[int, Measured]]]], ...] = (
    (
        {
            Source.RESPONSE, Source.RESOLUTION, Source.SATISFACTION, Source.FINISHED, Source.SIGNED, Source.FORECAST,
            Source.VISITS,
        },
        _petitions,
    ),
    ({Source.HOURS}, _hours), ({Source.POINTS}, _points), ({Source.ACTIVITIES}, _activities),
    ({Source.DUTY_VISITS}, _duty_visits), ({Source.CERTIFIED}, _certified),
    ({Source.REPORTS}, _reports),
)  # fmt: skip
_OF_WORKERS: dict[str, Callable[[Sequence[Worker], Span], dict[int, Measured]]] = {
    Source.ATTENDANCE: _attendance, Source.OWN_REPLIES: _own_replies, Source.OWN_HOURS: _own_hours,
}  # fmt: skip
