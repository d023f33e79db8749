"""Signing in and out on one's own phone, and what another person puts right.

The server's time alone counts. No position, picture or device is taken; the place is what the worker writes, if anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from common import calendar, sign_codes
from common import events as history
from common.errors import Conflict, Invalid, Refused
from grid.models import Unit
from staff import events_growth as events
from staff import permissions
from staff.choices import LeaveState, PostKind, WorkerState
from staff.choices_growth import DayMark, RotationState, SheetState, SignWay
from staff.models import AttendanceDay, AttendanceTotal, Leave, RotationTurn, StaffPost, Worker
from staff.policies.growth import NOT_ONESELF
from staff.rules_growth import attendance_rule
from staff.selectors.attendance import days_known, employed_on, keeps
from staff.selectors.own import own_worker
from staff.services.attendance_months import amend
from staff.services.growth import needed
from staff.services.workers import one_line

OLDEST = timedelta(days=366)


@dataclass(frozen=True)
class SignedDay:
    """What signing did; ``new``: false when it had been done before and nothing changed."""

    row: AttendanceDay
    new: bool
    text: str


def secret_of(unit: Unit) -> str:
    """Over what the codes of a unit's sign-in screen are made."""
    return f"attendance-sign:{unit.pk}:{unit.code}"


def day_sign(*, user: Any, kind: str, place: str = "", unit: Unit | None = None) -> SignedDay:
    """Sign in or out today; once each, a second time changes nothing and says so.

    ``unit``: whose screen's code was scanned (the caller has looked at the code). Raises ``Http404`` for somebody who is
    no worker, ``Refused`` when the rule asks for a code, at another unit's screen, while on leave, or out before in.
    """
    if kind not in sign_codes.KINDS:
        raise Invalid("请选择签到或签退。", "kind")
    note = one_line(place, 40, "地点说明", "place")
    with transaction.atomic():
        worker = Worker.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(
            pk=own_worker(user).pk
        )  # fmt: skip
        at, today = timezone.now(), timezone.localdate()
        _refuse(worker, today, unit)
        row = AttendanceDay.objects.filter(worker=worker, day=today).first() or AttendanceDay(worker=worker, day=today)
        way = SignWay.CODE if unit is not None else SignWay.PHONE
        if kind == sign_codes.OUT:
            return _sign_out(row, at, way, note)
        if row.signed_in_at is not None:
            return SignedDay(row, False, f"今天已在 {_clock(row.signed_in_at)} 签到，不用再签。")
        row.signed_in_at, row.in_way, row.place = at, way, note
        row.save()
    off = "" if calendar.current().is_working_day(today) else "今天是休息日，记为值班。"
    return SignedDay(row, True, f"签到成功，{_clock(at)}。{off}")


def _sign_out(row: AttendanceDay, at: Any, way: str, note: str) -> SignedDay:
    if row.signed_in_at is None:
        raise Refused("今天还没有签到，不能签退；忘了签到的，请负责人补签。")
    if row.signed_out_at is not None:
        return SignedDay(row, False, f"今天已在 {_clock(row.signed_out_at)} 签退，不用再签。")
    row.signed_out_at, row.out_way = at, way
    row.place = row.place or note
    row.save(update_fields=["signed_out_at", "out_way", "place"])
    return SignedDay(row, True, f"签退成功，{_clock(at)}。")


def _refuse(worker: Worker, today: date, unit: Unit | None) -> None:
    if worker.state != WorkerState.ACTIVE or not employed_on(worker, today):
        raise Refused("您不在岗，不用签到。")
    rule = attendance_rule(today)
    if worker.kind not in rule.kinds:
        raise Refused(f"{worker.get_kind_display()}不用签到。")
    if unit is None and rule.code:
        raise Refused("请扫描单位签到屏上的二维码签到。")
    if unit is not None and not _works_at(worker, unit, today):
        raise Refused(f"这是“{unit}”的签到码，请扫描您所在单位的。")
    away = Leave.objects.filter(
        worker=worker, state=LeaveState.APPROVED, half=False, first_day__lte=today, last_day__gte=today
    )
    if away.exists():
        raise Refused("今天已批准请假，不用签到；提前回来的，请先联系街道撤销请假。")


def _works_at(worker: Worker, unit: Unit, today: date) -> bool:
    """At one's own unit (or above it), where one is seconded to, or where one is in rotation."""
    if worker.unit.path.startswith(unit.path):
        return True
    if StaffPost.objects.filter(worker=worker, unit=unit, kind=PostKind.SECONDED).on(today).exists():
        return True
    turns = RotationTurn.objects.filter(worker=worker, site__place=unit).exclude(state=RotationState.BROKEN)
    return turns.filter(Q(first_day__lte=today) & Q(last_day__gte=today)).exists()


# --- put right by another person


def day_mark(*, worker: Worker, actor: Any, day: date, mark: str, reason: str) -> AttendanceDay:
    """Write down how a day was, with the reason: there (forgotten), out on business, or not there. By another person.

    Raises ``Http404`` for a worker whose attendance the actor does not keep, ``Refused`` for oneself, ``Conflict`` for
    the head of a unit once the month is closed; the office may still correct it: the closed sheet is amended, and of
    months already paid the difference follows with a later run. The same again changes nothing.
    """
    if mark not in DayMark.values:
        raise Invalid("请选择更正为什么。", "mark")
    why = needed(reason, 120, "理由", "reason")
    with transaction.atomic():
        row_worker = _kept_worker(worker, actor)
        _check_day(row_worker, day)
        _refuse_closed(row_worker, day, actor)
        row = AttendanceDay.objects.filter(worker=row_worker, day=day).first() or AttendanceDay(
            worker=row_worker, day=day
        )
        if (row.mark, row.reason) == (mark, why):
            return row
        before = days_known([row_worker.pk], day, day).look(row_worker, day)
        row.mark, row.reason, row.marked_by, row.marked_at = mark, why, actor, timezone.now()
        row.save()
        data = {
            "day": f"{day:%Y-%m-%d}", "old": before.state.label, "new": DayMark(mark).label, "reason": why,
        }  # fmt: skip
        history.record(row_worker, events.DAY_MARKED, actor=actor, data=data)
        amend(worker=row_worker, day=day, actor=actor, reason=why)
    return row


def _kept_worker(worker: Worker, actor: Any) -> Worker:
    rows = Worker.objects.select_for_update(of=("self",), no_key=True).select_related("unit")
    found = rows.filter(pk=worker.pk).first()
    if found is None or not keeps(actor, found):
        raise Http404
    if found.user_id == actor.pk:
        raise Refused(NOT_ONESELF)
    return found


def _check_day(worker: Worker, day: date) -> None:
    today = timezone.localdate()
    if not today - OLDEST <= day <= today or not employed_on(worker, day):
        raise Invalid("只能更正一年以内、在岗期间的考勤。", "mark")
    if not calendar.current().is_working_day(day):
        raise Invalid(f"{day:%Y-%m-%d} 是休息日，不用更正。", "mark")


def _refuse_closed(worker: Worker, day: date, actor: Any) -> None:
    closed = AttendanceTotal.objects.filter(
        worker=worker, month=day.replace(day=1), sheet__state=SheetState.CLOSED
    ).exists()
    office = Worker.objects.visible_to(actor, permissions.ATTEND).filter(pk=worker.pk).exists()
    if closed and not office:
        raise Conflict(f"{day:%Y 年 %m 月}的考勤已结账，请联系街道更正。")


def _clock(at: Any) -> str:
    return f"{timezone.localtime(at):%H:%M}" if at else "—"
