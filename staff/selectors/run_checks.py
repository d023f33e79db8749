"""Whether a calculated run still says what is true: attendance closed since, facts changed since, rules replaced since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Exists, OuterRef

from common import events as history
from common.models import Event
from common.months import last_day
from staff import events, events_growth
from staff.choices import Period, RunState
from staff.choices_growth import SheetState
from staff.models import AttendanceSheet, AttendanceTotal, Leave, PayRun, Worker
from staff.rules import pay_rules
from staff.rules_growth import attendance_rule

SHEET_MOVED = (events_growth.SHEET_CLOSED, events_growth.SHEET_REOPENED, events_growth.SHEET_AMENDED)
OF_WORKERS = (*events.ABOUT_PAY, *events.ABOUT_GRADES, *events.TOUCHING_PAY, events.REVIEW_SET)
OF_LEAVE = (events.LEAVE_ENTERED, events.LEAVE_APPROVED, events.LEAVE_CANCELLED)
NAMED = 4  # kinds of changes that a warning names
OPEN = (RunState.CALCULATED, RunState.CHECKED)


def touches(one: Any, other: Any) -> bool:
    """Whether one of two units lies below the other."""
    return bool(one.path.startswith(other.path) or other.path.startswith(one.path))


def sheets_of(run: PayRun) -> list[AttendanceSheet]:
    """Closed and opened months of attendance with people of the run."""
    rows = AttendanceSheet.objects.filter(month=run.month).select_related("unit").order_by("unit__path")
    return [row for row in rows if touches(row.unit, run.unit)] if run.period == Period.MONTH else []


def attendance_moved(run: PayRun, sheets: Iterable[AttendanceSheet] | None = None) -> str:
    """Which month of attendance was closed, opened again or put right after the calculation, as a sentence that says what
    to do; nothing when none was."""
    found = {sheet.stream: sheet for sheet in (sheets_of(run) if sheets is None else sheets)}
    if not found or run.calculated_at is None:
        return ""
    moved = (
        Event.objects.filter(stream__in=found, kind__in=SHEET_MOVED, at__gt=run.calculated_at).order_by("-at").first()
    )
    if moved is None:
        return ""
    todo = "先退回核算，再重新核算" if run.state == RunState.CHECKED else "重新核算"
    return f"“{found[moved.stream]}”在这次核算之后有变动（{history.kind_of(moved.kind).label}），请{todo}。"


def warnings(run: PayRun) -> list[str]:
    """What whoever checks or approves the run should know, each with what to do. A fixed number of queries."""
    if run.state not in OPEN:
        return []
    sheets = sheets_of(run)
    found = (attendance_moved(run, sheets), _not_closed(run, sheets), _changed(run), _new_rules(run))
    return [sentence for sentence in found if sentence]


def _not_closed(run: PayRun, sheets: Iterable[AttendanceSheet]) -> str:
    """Only told: a small unit may keep no attendance."""
    if run.period != Period.MONTH:
        return ""
    if not any(sheet.state == SheetState.CLOSED for sheet in sheets):
        return f"{run.month:%Y 年 %-m 月}考勤没有结账，旷工没有计入工资；实行考勤的请先结账，再重新核算。"
    rule = attendance_rule(run.month)
    if not rule.counts(last_day(run.month)):
        return ""
    closed = AttendanceTotal.objects.filter(worker=OuterRef("worker"), month=run.month, sheet__state=SheetState.CLOSED)
    number = run.slips.filter(worker__kind__in=rule.kinds).exclude(Exists(closed)).count()
    return f"还有 {number} 人这个月的考勤没有结账，结账后请重新核算。" if number else ""


def _changed(run: PayRun) -> str:
    """People whose pay depends on something that was entered after the calculation."""
    if run.calculated_at is None:
        return ""
    kinds = OF_WORKERS + (OF_LEAVE if run.period == Period.MONTH else ())
    rows = Event.objects.filter(kind__in=kinds, at__gt=run.calculated_at).order_by("kind")
    found = [row for row in rows.values_list("kind", "object_id", "data") if _concerns(row[2], run, row[0])]
    workers = dict.fromkeys(_workers(found, run))
    if not workers:
        return ""
    labels = list(dict.fromkeys(history.kind_of(kind).label for kind, *_ in workers))
    named = "、".join(labels[:NAMED]) + ("等" if len(labels) > NAMED else "")
    number = len({worker for _, worker in workers})
    return f"核算之后有 {number} 人的情况有变动（{named}），请重新核算，使工资条与现在的情况一致。"


def _concerns(data: Mapping[str, Any], run: PayRun, kind: str) -> bool:
    """Whether it counts for the run's month: nothing that only begins later, nothing that is no matter of pay."""
    this = f"{run.month:%Y-%m}"
    if kind in OF_LEAVE:
        return True
    if "month" in data:
        return bool(data["month"] == this)
    if kind == events.REVIEW_SET:
        return int(data["year"]) <= run.month.year
    since = str(data.get("since") or "")
    return bool(since) and since[:7] <= this


def _workers(found: Iterable[tuple[str, int, Any]], run: PayRun) -> Iterator[tuple[str, int]]:
    """Kind of the change and worker, of those below the run's unit."""
    rows = list(found)
    keys = {pk for kind, pk, _ in rows if kind not in OF_LEAVE}
    below = set(Worker.objects.filter(pk__in=keys, unit__path__startswith=run.unit.path).values_list("pk", flat=True))
    leaves = dict(
        Leave.objects.filter(
            pk__in={pk for kind, pk, _ in rows if kind in OF_LEAVE}, first_day__lte=last_day(run.month),
            last_day__gte=run.month, worker__unit__path__startswith=run.unit.path,
        ).values_list("pk", "worker_id")
    )  # fmt: skip
    for kind, pk, _ in rows:
        if kind in OF_LEAVE:
            if pk in leaves:
                yield kind, leaves[pk]
        elif pk in below:
            yield kind, pk


def _new_rules(run: PayRun) -> str:
    if not run.rules or run.rules == pay_rules(run.month).keys:
        return ""
    return "核算之后，这个月适用的规则换了版本，请重新核算。"
