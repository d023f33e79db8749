"""A month of attendance is closed, opened again, amended; old days are forgotten.

Only a month whose pay is not frozen is closed or opened: what goes into a slip that nobody may change any more is
corrected day by day, and the difference follows with the next run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.months import first_of_next, last_day, months_between
from common.scope import scope_of
from grid.models import Unit
from grid.querysets import covers
from grid.services.tree import locked as locked_units
from staff import events_growth as events
from staff import permissions
from staff.choices import Period
from staff.choices_growth import SheetState
from staff.models import AttendanceDay, AttendanceSheet, AttendanceTotal, Leave, PayRun, Slip, Worker
from staff.rules_growth import attendance_rule
from staff.selectors.attendance import MonthLine, absent_days, days_known, month_lines
from staff.selectors.run_checks import touches
from staff.services.pay_changes import note_change
from staff.workflow.growth import SHEET_FLOW

BACK = 12  # how many months ago may still be closed


def sheet_close(*, actor: Any, unit: Unit, month: date) -> AttendanceSheet:
    """Close a month that is over for everybody below a unit whose month is not closed yet.

    Days without excuse go into the pay of that month as 旷工. A month closed before is handed back unchanged.
    Raises ``Refused`` outside the actor's area, ``Invalid`` for a month that is not over, ``Conflict`` when pay is frozen.
    """
    first = month.replace(day=1)
    this = timezone.localdate().replace(day=1)
    if not 1 <= months_between(first, this) <= BACK:
        raise Invalid(f"只能结最近 {BACK} 个月中已经过完的月份。", "month")
    start = attendance_rule(first).start
    if start is None or last_day(first) < start:
        raise Conflict("考勤还没有开始计入，请安全管理员先在规则“考勤”里填写从哪天起计入。")
    with transaction.atomic():
        _hold_runs(unit, first)
        seat = locked_units([unit.pk]).get(unit.pk)
        if seat is None or not covers(scope_of(actor), seat):
            raise Http404
        if not covers(scope_of(actor).holding(permissions.ATTEND), seat):
            raise Refused("您的岗位不能结这个单位的考勤。")
        known = AttendanceSheet.objects.filter(unit=seat, month=first).first()
        if known is not None and known.state == SheetState.CLOSED:
            return known
        if known is not None:
            return sheet_reclose(sheet=known, actor=actor)
        row = AttendanceSheet(unit=seat, month=first)
        totals = _totals(row)
        history.record(row, events.SHEET_CLOSED, actor=actor, data=_said(row))
        _write(row, totals)
    return row


@SHEET_FLOW.service("close")
def sheet_reclose(*, sheet: AttendanceSheet, actor: Any) -> AttendanceSheet:
    """Close it again after it was opened, with the days as they stand now."""
    with SHEET_FLOW.step("close", sheet, actor) as step:
        row: AttendanceSheet = step.object
        _hold_runs(row.unit, row.month)
        step.at = timezone.now()  # after what was calculated until now
        totals = _totals(row)
        step.set(people=row.people, absent=row.absent)
        step.data.update(_said(row))
        _write(row, totals)
    return row


@SHEET_FLOW.service("reopen")
def sheet_reopen(*, sheet: AttendanceSheet, actor: Any, note: str) -> AttendanceSheet:
    """Open it again: its days count for nothing in pay until it is closed anew. Refused once pay is frozen."""
    with SHEET_FLOW.step("reopen", sheet, actor) as step:
        row: AttendanceSheet = step.object
        _hold_runs(row.unit, row.month)
        step.at = timezone.now()  # after what was calculated until now
        _refuse_frozen(list(row.totals.values_list("worker_id", flat=True)), row.month)
        row.totals.all().delete()
        step.set(people=0, absent=Decimal(0))
        step.data.update(note=note)
    return row


def _hold_runs(unit: Unit, month: date) -> None:
    """Lock the runs that pay somebody below the unit for the month: a calculation or an approval under way ends first, and
    the next one sees the month as it is closed now."""
    runs = PayRun.objects.filter(month=month, period=Period.MONTH).select_related("unit").order_by("pk")
    touched = [run.pk for run in runs if touches(run.unit, unit)]
    list(PayRun.objects.select_for_update(of=("self",)).filter(pk__in=touched).order_by("pk"))


def _totals(row: AttendanceSheet) -> list[AttendanceTotal]:
    """The unsaved totals of everybody whose month no other sheet holds; fills in the sheet's own sums."""
    lines = list(month_lines(row.unit, row.month))
    held = set(
        AttendanceTotal.objects.filter(month=row.month, worker__in=[line.worker.pk for line in lines]).values_list(
            "worker_id", flat=True
        )
    )
    lines = [line for line in lines if line.worker.pk not in held and line.due]
    if not lines:
        raise Conflict(f"{row.month:%Y 年 %m 月}没有要结账的人：或已由上级、下级单位结账，或没有应签到的人员。")
    _refuse_frozen([line.worker.pk for line in lines], row.month)
    row.people, row.absent = len(lines), sum((line.absent for line in lines), Decimal(0))
    return [_total(row, line) for line in lines]


def _total(row: AttendanceSheet, line: MonthLine) -> AttendanceTotal:
    return AttendanceTotal(
        worker=line.worker, month=row.month, due=line.due, present=line.present, leave=line.leave, late=line.late,
        early=line.early, absent=line.absent, absent_on=[f"{day:%Y-%m-%d}" for day in line.absent_on],
    )  # fmt: skip


def _write(row: AttendanceSheet, totals: Sequence[AttendanceTotal]) -> None:
    for total in totals:
        total.sheet = row
    try:
        with transaction.atomic():
            AttendanceTotal.objects.bulk_create(totals, batch_size=1000)
    except IntegrityError:
        raise Conflict("上级或下级单位正在结同一个月的账，请刷新后查看。") from None


def _said(row: AttendanceSheet) -> dict[str, Any]:
    return {"people": row.people, "absent": f"{row.absent.normalize():f}"}


def _refuse_frozen(workers: Sequence[int], month: date) -> None:
    frozen = Slip.objects.frozen().filter(worker__in=workers, month=month).count()
    if frozen:
        raise Conflict(
            f"{month:%Y 年 %m 月}已有 {frozen} 人的工资审批冻结，考勤不能再结账或打开；个别差错请逐日更正，差额以后补发补扣。"
        )


# --- after it is closed


def amend(*, worker: Worker, day: date, actor: Any, reason: str) -> None:
    """A day of a closed month was put right: the sheet follows, and a frozen month's pay is made up for later.

    Belongs in the transaction of its cause.
    """
    total = _closed_total(worker, day.replace(day=1))
    if total is None:
        return
    missing = days_known([worker.pk], day, day).look(worker, day).missing
    dates = {*total.absent_on, f"{day:%Y-%m-%d}"} if missing else set(total.absent_on) - {f"{day:%Y-%m-%d}"}
    _amend(total, sorted(dates), f"{day:%Y-%m-%d}", actor, reason)
    note_change(worker=worker, since=day, cause=f"考勤更正 {day:%Y-%m-%d}")


def leave_excuses(*, leave: Leave, actor: Any) -> None:
    """Leave approved for days of closed months takes them out of the days without excuse."""
    month = leave.first_day.replace(day=1)
    while month <= leave.last_day:
        total = _closed_total(leave.worker, month)
        if total is not None and total.absent:
            covered = {
                day for day in total.absent_on
                if not leave.half and leave.first_day <= date.fromisoformat(day) <= leave.last_day
            }  # fmt: skip
            _amend(total, sorted(set(total.absent_on) - covered), f"{leave.first_day:%Y-%m-%d}", actor, "补请假")
        month = first_of_next(month)


def _closed_total(worker: Worker, month: date) -> AttendanceTotal | None:
    """The worker's total in a closed sheet, both under the sheet's lock."""
    found = AttendanceTotal.objects.filter(worker=worker, month=month, sheet__state=SheetState.CLOSED).first()
    if found is None:
        return None
    sheet = AttendanceSheet.objects.select_for_update().get(pk=found.sheet_id)
    found = AttendanceTotal.objects.select_related("worker").filter(pk=found.pk).first()
    if found is not None:
        found.sheet = sheet
    return found


def _amend(total: AttendanceTotal, dates: list[str], day: str, actor: Any, reason: str) -> None:
    before = total.absent
    total.absent_on = dates
    total.absent = Decimal(len(dates))
    total.save(update_fields=["absent_on", "absent"])
    total.absent = absent_days([total.worker_id], total.month).get(total.worker_id, Decimal(0))
    total.present += before - total.absent
    total.save(update_fields=["absent", "present"])
    if before == total.absent:
        return
    sheet = total.sheet
    sheet.absent += total.absent - before
    data = {"number": total.worker.number, "day": day, "reason": reason}
    history.record(sheet, events.SHEET_AMENDED, actor=actor, data=data, fields=["absent"])


# --- forgotten


def forget_days(today: date | None = None) -> int:
    """Delete single days older than the rule keeps them (工资支付暂行规定 art. 6); the months' totals stay with the pay."""
    on = today or timezone.localdate()
    months = on.year * 12 + on.month - 1 - attendance_rule(on).keep_months
    oldest = date(months // 12, months % 12 + 1, 1)
    deleted, _ = AttendanceDay.objects.filter(day__lt=oldest).delete()
    return deleted
