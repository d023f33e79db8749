"""How days and months of attendance look, and how many days without excuse go into a month's pay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from common import calendar
from common.calendar import Calendar
from common.months import last_day
from grid.choices import Level
from grid.models import Unit
from staff import permissions
from staff.choices import LeaveState, Rank, WorkerState
from staff.choices_growth import DayMark, DayState, EnrolmentState, SheetState
from staff.models import AttendanceDay, AttendanceTotal, Enrolment, Leave, Worker
from staff.rules_growth import AttendanceRule, attendance_rule

ONE, HALF, NONE = Decimal(1), Decimal("0.5"), Decimal(0)
HEADS = (Rank.BOTH_HEADS, Rank.HEAD)
NO_BOARD = "考勤由本单位负责人和街道查看；您的账号没有对应的单位。"
OF_MARK = {
    DayMark.PRESENT: DayState.PRESENT, DayMark.ERRAND: DayState.ERRAND, DayMark.ABSENT: DayState.MISSING,
}  # fmt: skip


# --- whose board


def led_unit(user: Any) -> Unit | None:
    """The unit whose head somebody is by the roster (书记、主任)."""
    own = Worker.objects.own(user).active().filter(rank__in=HEADS).select_related("unit").first()
    return own.unit if own is not None else None


def board_units(user: Any) -> list[Unit]:
    """Units whose attendance somebody sees: those of the office's area down to communities, and the one they lead.

    Raises ``Http404`` for everybody else.
    """
    rows = Unit.objects.visible_to(user, permissions.ATTEND).filter(is_active=True, level__lte=Level.COMMUNITY)
    found = list(rows.order_by("path"))
    led = led_unit(user)
    if led is not None and led not in found:
        found.insert(0, led)
    if not found:
        raise Http404(NO_BOARD)
    return found


def keeps(user: Any, worker: Worker) -> bool:
    """Whether somebody may look after a worker's attendance: the office, or the head of the worker's own unit."""
    if Worker.objects.visible_to(user, permissions.ATTEND).filter(pk=worker.pk).exists():
        return True
    led = led_unit(user)
    return led is not None and worker.unit.path.startswith(led.path)


def kept_worker(user: Any, pk: int) -> Worker:
    """A worker whose attendance somebody looks after; ``Http404`` otherwise."""
    found = Worker.objects.select_related("unit", "person").filter(pk=pk).first()
    if found is None or not keeps(user, found):
        raise Http404
    return found


def scanned_unit(pk: int) -> Unit | None:
    """The unit of a code; who may sign there is looked at when it is signed."""
    return Unit.objects.filter(pk=pk, is_active=True).first()


def people_of(unit: Unit, first: date, last: date, rule: AttendanceRule) -> QuerySet[Worker]:
    """Who signs in below a unit and was in office on one of the days, in organisation order."""
    rows = Worker.objects.below(unit).filter(kind__in=rule.kinds, entered_on__lte=last)
    rows = rows.exclude(state=WorkerState.LEFT, left_on__lt=first)
    return rows.select_related("unit", "person").order_by("unit__path", "number")


# --- a day


@dataclass(frozen=True)
class Look:
    """A worker's day: its state, and whether it was late or short. ``missing``: how much of it has no excuse."""

    state: DayState
    row: AttendanceDay | None = None
    leave: Leave | None = None
    late: bool = False
    early: bool = False
    missing: Decimal = NONE


@dataclass
class Days:
    """What is known of some workers over a span of days; :meth:`look` judges one day of one of them."""

    rule: AttendanceRule
    works: Calendar
    now: datetime
    rows: Mapping[tuple[int, date], AttendanceDay] = field(default_factory=dict)
    leaves: Mapping[int, list[Leave]] = field(default_factory=dict)
    trained: Collection[tuple[int, date]] = field(default_factory=set)

    def look(self, worker: Worker, day: date) -> Look:
        row = self.rows.get((worker.pk, day))
        if not self.works.is_working_day(day) or not employed_on(worker, day):
            return Look(DayState.OFF, row)
        leave = next((one for one in self.leaves.get(worker.pk, ()) if one.first_day <= day <= one.last_day), None)
        half = leave is not None and leave.half
        if row is not None and row.mark:
            state = OF_MARK[DayMark(row.mark)]
            return Look(state, row, leave, missing=_part(half) if state == DayState.MISSING else NONE)
        if leave is not None and not half:
            return Look(DayState.LEAVE, row, leave)
        if (worker.pk, day) in self.trained:
            return Look(DayState.TRAINING, row, leave)
        if row is None or row.signed_in_at is None:
            return self._unsigned(day, row, leave, half)
        return self._signed(day, row, leave, half)

    def _unsigned(self, day: date, row: AttendanceDay | None, leave: Leave | None, half: bool) -> Look:
        """Today it may still come; a day that is over without anything has no excuse."""
        if day >= timezone.localdate(self.now):
            return Look(DayState.WAITING, row, leave)
        if not self.rule.counts(day):
            return Look(DayState.TRIAL, row, leave)
        return Look(DayState.MISSING, row, leave, missing=_part(half))

    def _signed(self, day: date, row: AttendanceDay, leave: Leave | None, half: bool) -> Look:
        """With half a day of leave neither the beginning nor the end is held against anybody."""
        opening, closing = office_hours(self.works, day)
        assert row.signed_in_at is not None
        late = not half and row.signed_in_at > opening + self.rule.grace
        early = not half and row.signed_out_at is not None and row.signed_out_at < closing - self.rule.grace
        state = DayState.LATE if late else DayState.EARLY if early else DayState.PRESENT
        return Look(state, row, leave, late, early)


def _part(half: bool) -> Decimal:
    return HALF if half else ONE


def employed_on(worker: Worker, day: date) -> bool:
    return worker.entered_on <= day and (worker.left_on is None or day <= worker.left_on)


def office_hours(works: Calendar, day: date) -> tuple[datetime, datetime]:
    """When the office opens and closes on a day."""
    hours = works.hours_on(day)
    midnight = datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone())
    return midnight + timedelta(microseconds=hours.opening), midnight + timedelta(microseconds=hours.closing)


def days_known(workers: Iterable[int], first: date, last: date, now: datetime | None = None) -> Days:
    """Rows, approved leave and trainings of some workers over a span: three queries, however many they are."""
    keys = list(workers)
    rows = AttendanceDay.objects.filter(worker__in=keys, day__gte=first, day__lte=last)
    leaves: dict[int, list[Leave]] = defaultdict(list)
    away = Leave.objects.filter(worker__in=keys, state=LeaveState.APPROVED, first_day__lte=last, last_day__gte=first)
    for leave in away.select_related("cover__person").order_by("first_day"):
        leaves[leave.worker_id].append(leave)
    return Days(
        attendance_rule(first), calendar.current(), now or timezone.now(),
        {(row.worker_id, row.day): row for row in rows}, leaves, _trained(keys, first, last),
    )  # fmt: skip


def _trained(keys: Sequence[int], first: date, last: date) -> set[tuple[int, date]]:
    """Days on which somebody was at a training: they need not sign at their unit."""
    zone = timezone.get_current_timezone()
    begin = datetime(first.year, first.month, first.day, tzinfo=zone)
    end = datetime(last.year, last.month, last.day, tzinfo=zone) + timedelta(days=1)
    rows = Enrolment.objects.filter(
        worker__in=keys, state=EnrolmentState.PRESENT, session__starts_at__lt=end, session__ends_at__gte=begin
    )
    found = set()
    for worker, starts, ends in rows.order_by().values_list("worker_id", "session__starts_at", "session__ends_at"):
        day, until = timezone.localdate(starts), timezone.localdate(ends)
        while day <= until:
            found.add((worker, day))
            day += timedelta(days=1)
    return found


def board(unit: Unit, day: date) -> list[tuple[Worker, Look]]:
    """Everybody who signs in below a unit, and how their day looks."""
    rule = attendance_rule(day)
    people = [one for one in people_of(unit, day, day, rule) if employed_on(one, day)]
    known = days_known([one.pk for one in people], day, day)
    return [(one, known.look(one, day)) for one in people]


# --- a month


@dataclass
class MonthLine:
    """A worker's month up to now (yesterday for what has no excuse)."""

    worker: Worker
    due: Decimal = NONE
    present: Decimal = NONE
    leave: Decimal = NONE
    late: int = 0
    early: int = 0
    absent_on: list[date] = field(default_factory=list)
    late_on: list[date] = field(default_factory=list)
    absent: Decimal = NONE

    def add(self, day: date, look: Look) -> None:
        if look.state in (DayState.OFF, DayState.TRIAL, DayState.WAITING):
            return
        self.due += ONE
        away = NONE if look.leave is None else HALF if look.leave.half else ONE
        if look.state == DayState.LEAVE or away == HALF:
            self.leave += away
        if look.missing:
            self.absent_on.append(day)
            self.absent += look.missing
        if look.late:
            self.late_on.append(day)
        self.late += look.late
        self.early += look.early
        self.present = self.due - self.leave - self.absent


def month_lines(unit: Unit, month: date, workers: Collection[int] | None = None) -> Iterator[MonthLine]:
    """The month of everybody below a unit (or of some of them); five queries, however many they are."""
    end = last_day(month)
    people = people_of(unit, month, end, attendance_rule(month))
    if workers is not None:
        people = people.filter(pk__in=workers)
    found = list(people)
    known = days_known([one.pk for one in found], month, end)
    last = min(end, timezone.localdate())
    span = [month + timedelta(days=number) for number in range((last - month).days + 1)]
    for one in found:
        line = MonthLine(one)
        for day in span:
            line.add(day, known.look(one, day))
        yield line


def own_month(worker: Worker, month: date) -> list[tuple[date, Look]]:
    """Every day of a worker's own month up to today."""
    last = min(last_day(month), timezone.localdate())
    known = days_known([worker.pk], month, last)
    span = range((last - month).days + 1)
    return [(day, known.look(worker, day)) for day in (month + timedelta(days=number) for number in span)]


# --- pay


def absent_days(workers: Collection[int], month: date) -> dict[int, Decimal]:
    """Days without excuse in closed months, by worker; leave approved since takes its days out. Two queries at most."""
    rows = AttendanceTotal.objects.filter(
        worker__in=workers, month=month, sheet__state=SheetState.CLOSED, absent__gt=0
    ).order_by()
    dates = {
        worker: [date.fromisoformat(day) for day in days] for worker, days in rows.values_list("worker_id", "absent_on")
    }
    if not dates:
        return {}
    leaves = Leave.objects.filter(
        worker__in=dates, state=LeaveState.APPROVED, first_day__lte=last_day(month), last_day__gte=month
    ).order_by()
    spans: dict[int, list[tuple[date, date, bool]]] = defaultdict(list)
    for worker, first, last, half in leaves.values_list("worker_id", "first_day", "last_day", "half"):
        spans[worker].append((first, last, half))
    found = {worker: sum((left_of(day, spans[worker]) for day in days), NONE) for worker, days in dates.items()}
    return {worker: days for worker, days in found.items() if days}


def left_of(day: date, spans: Iterable[tuple[date, date, bool]]) -> Decimal:
    """How much of a day without excuse leave does not cover."""
    covered = sum((_part(half) for first, last, half in spans if first <= day <= last), NONE)
    return max(ONE - covered, NONE)
