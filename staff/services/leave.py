"""Leave: asked for on one's own page, entered by the street on somebody's behalf, decided, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from accounts.models import Notification
from accounts.services.notifications import message, notify
from common import calendar
from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.masks import mask_name
from common.scope import scope_of
from staff import events, permissions
from staff.choices import LeaveKind, LeaveState, WorkerState
from staff.models import Leave, Worker
from staff.policies.leave import NOT_ONESELF, over_street
from staff.selectors.leave import cover_for, days_of, free_colleagues, leave_between, office_of, working_days
from staff.selectors.own import own_worker
from staff.services.pay_changes import note_change
from staff.workflow.leave import LEAVE_FLOW
from volunteers.services.locks import locked

# 旷工 is nothing anybody asks for.
OWN_KINDS = tuple(kind for kind in LeaveKind if kind != LeaveKind.ABSENT)
BACK = timedelta(days=30)  # how long afterwards somebody may ask: an illness
LONGEST = timedelta(days=366)
REMIND_AFTER = timedelta(days=1)


# --- asking


def leave_ask(
    *, user: Any, kind: str, first_day: date, last_day: date, half: bool = False, reason: str = "", request_key: UUID
) -> Leave:
    """A request of one's own. ``request_key`` makes a repeated call hand back the first one.

    Raises ``Http404`` for somebody who is no worker, ``Invalid`` for days that make no sense, ``Conflict`` when the
    days overlap with leave that is asked for or approved.
    """
    with transaction.atomic():
        worker = Worker.objects.select_for_update(of=("self",), no_key=True).get(pk=own_worker(user).pk)
        if repeated := Leave.objects.filter(request_key=request_key, worker=worker).first():
            return repeated
        if kind not in OWN_KINDS:
            raise Invalid("请选择假别。", "kind")
        if first_day < timezone.localdate() - BACK:
            raise Invalid(f"只能补请 {BACK.days} 天以内的假，更早的请由街道代为登记。", "first_day")
        row = _new(worker, kind, first_day, last_day, half, reason, request_key)
        row.cover = _cover_of(row)
        _write(row, events.LEAVE_ASKED, user)
        notify([_to_office(row, f"{_who(row)}申请{_what(row)}，请审批。", f"leave:{row.pk}:asked")])
    return row


def leave_enter(
    *, actor: Any, worker: Worker, kind: str, first_day: date, last_day: date, half: bool = False, reason: str = "",
    request_key: UUID,
) -> Leave:  # fmt: skip
    """Leave entered by the street on somebody's behalf, approved with that.

    Raises ``Http404`` outside the actor's area, ``Refused`` for a community's seat and for oneself, else as
    :func:`leave_ask`.
    """
    with transaction.atomic():
        row_worker = locked(worker, actor, permissions.LEAVE)
        if repeated := Leave.objects.filter(request_key=request_key, worker=row_worker).first():
            return repeated
        if kind not in LeaveKind.values:
            raise Invalid("请选择假别。", "kind")
        row = _new(row_worker, kind, first_day, last_day, half, reason, request_key)
        if not over_street(row, scope_of(actor).holding(permissions.LEAVE)):
            raise Refused("请假由街道或区级登记和审批，请联系街道。")
        if row_worker.user_id == actor.pk:
            raise Refused(NOT_ONESELF)
        row.state, row.decided_by, row.cover = LeaveState.APPROVED, actor, _cover_of(row)
        _write(row, events.LEAVE_ENTERED, actor)
        _note(row)
        notify(_about_decision(row, "已登记"))
    return row


def _new(
    worker: Worker, kind: str, first_day: date, last_day: date, half: bool, reason: str, request_key: UUID
) -> Leave:
    """An unsaved request whose days make sense; the worker is locked."""
    if worker.state != WorkerState.ACTIVE:
        raise Invalid("已离岗的人员不能请假。")
    if last_day < first_day:
        raise Invalid("最后一天不能早于第一天。", "last_day")
    if last_day - first_day > LONGEST:
        raise Invalid(f"一次最多请 {LONGEST.days} 天，请分次办理。", "last_day")
    if half and first_day != last_day:
        raise Invalid("请半天的，第一天和最后一天应是同一天。", "half")
    if first_day < worker.entered_on:
        raise Invalid(f"不能早于入职日期 {worker.entered_on:%Y-%m-%d}。", "first_day")
    if not working_days(first_day, last_day):
        raise Invalid("所选日期都是休息日，不用请假。", "first_day")
    _refuse_overlap(worker, first_day, last_day)
    return Leave(
        worker=worker, kind=kind, first_day=first_day, last_day=last_day, half=half, reason=reason.strip(),
        asked_at=timezone.now(), request_key=request_key,
    )  # fmt: skip


def _refuse_overlap(worker: Worker, first_day: date, last_day: date) -> None:
    there = leave_between(worker, first_day, last_day)
    if there is not None:
        raise Conflict(
            f"与已有的{there.get_kind_display()}（{_span(there)}，{there.get_state_display()}）重叠，"
            "请改日期，或先撤销那一次。"
        )


def _cover_of(row: Leave) -> Worker | None:
    found = cover_for(row.worker, row.first_day, row.last_day)
    return found.worker if found else None


def _write(row: Leave, event: str, actor: Any) -> None:
    """The row with its first event; whoever was faster with the same days wins."""
    data = {
        "kind": LeaveKind(row.kind).label, "first": f"{row.first_day:%Y-%m-%d}", "last": f"{row.last_day:%Y-%m-%d}",
        "days": f"{days_of(row):f}", "cover": _name(row.cover),
    }  # fmt: skip
    try:
        with transaction.atomic():
            history.record(row, event, actor=actor, data=data)
    except IntegrityError:
        raise Conflict("这几天已有请假，请刷新页面查看。") from None


# --- deciding


@LEAVE_FLOW.service("approve")
def leave_approve(*, leave: Leave, actor: Any, cover: str = "", note: str = "") -> Leave:
    """``cover``: nothing keeps who was found, ``none`` for nobody, else the key of a colleague who is there.

    Whoever was found and is away by now is replaced.
    """
    with LEAVE_FLOW.step("approve", leave, actor) as step:
        row = step.object
        chosen = _chosen_cover(row, cover)
        step.set(cover=chosen, decided_by=actor)
        step.data.update(cover=_name(chosen), note=note)
        notify(_about_decision(row, "已批准"))
        _note(row)
    return step.object


def _chosen_cover(row: Leave, cover: str) -> Worker | None:
    if cover == "none":
        return None
    if cover:
        found = free_colleagues(row.worker, row.first_day, row.last_day).filter(pk=int(cover)).first()
        if found is None:
            raise Conflict("所选的代班人这几天也不在，请另选一位。")
        return found
    return _cover_of(row)


@LEAVE_FLOW.service("refuse")
def leave_refuse(*, leave: Leave, actor: Any, note: str) -> Leave:
    """Not granted, with the reason."""
    with LEAVE_FLOW.step("refuse", leave, actor) as step:
        step.set(decided_by=actor)
        step.data.update(note=note)
        notify(_to_worker(step.object, f"您申请的{_what(step.object)}没有批准：{note}", "refused"))
    return step.object


@LEAVE_FLOW.service("cancel")
def leave_cancel(*, leave: Leave, actor: Any, note: str) -> Leave:
    """Taken back by the street or the district; of frozen months the pay is put right later."""
    with LEAVE_FLOW.step("cancel", leave, actor) as step:
        row = step.object
        _take_back(row)
        step.data.update(by="审批人", note=note)
        notify(_to_worker(row, f"您的{_what(row)}已撤销：{note}", "cancelled"))
    return step.object


def leave_withdraw(*, leave: Leave, user: Any) -> Leave:
    """Taken back by the worker: a request, or an approved leave that has not begun.

    Raises ``Http404`` for another's, ``Conflict`` when it is too late.
    """
    with transaction.atomic():
        rows = Leave.objects.own(user).select_for_update(of=("self",)).select_related("worker__unit", "worker__person")
        row = rows.filter(pk=leave.pk).first()
        if row is None:
            raise Http404
        if row.state == LeaveState.APPROVED and row.first_day <= timezone.localdate():
            raise Conflict("假期已经开始，提前回来的请联系街道撤销。")
        with LEAVE_FLOW.open_step("cancel", row, user) as step:
            was_approved = row.state == LeaveState.APPROVED
            _take_back(row)
            step.data.update(by="本人", note="")
        if was_approved:
            notify([_to_office(row, f"{_who(row)}撤销了{_what(row)}。", f"leave:{row.pk}:withdrawn")])
    return row


def _take_back(row: Leave) -> None:
    if row.state == LeaveState.APPROVED:
        _note(row, "撤销")


def _note(row: Leave, what: str = "") -> None:
    cause = f"{what}{LeaveKind(row.kind).label} {_span(row)}"
    note_change(worker=row.worker, since=row.first_day, cause=cause)


# --- messages


def remind_waiting(now: datetime | None = None) -> int:
    """Ask the office once a working day for what has waited a day, or begins by tomorrow; the new messages."""
    at = now or timezone.now()
    today = timezone.localdate(at)
    if not calendar.current().is_working_day(today):
        return 0
    rows = Leave.objects.filter(state=LeaveState.ASKED).select_related("worker__unit", "worker__person")
    late = [
        row for row in rows.order_by("pk")
        if row.asked_at <= at - REMIND_AFTER or row.first_day <= today + timedelta(days=1)
    ]  # fmt: skip
    asked = [
        _to_office(row, f"{_who(row)}申请的{_what(row)}还没有审批，请尽快办理。", f"leave:{row.pk}:waiting:{today}",
                   Notification.Tone.REMINDER)
        for row in late
        if timezone.localdate(row.asked_at) < today
    ]  # fmt: skip
    with transaction.atomic():
        known = Notification.objects.filter(dedupe_key__in=[one.dedupe_key for one in asked]).values_list(
            "dedupe_key", flat=True
        )
        new = [one for one in asked if one.dedupe_key not in set(known)]
        notify(new)
    return len(new)


def _to_office(row: Leave, text: str, key: str, tone: str = Notification.Tone.INFO) -> Notification:
    return message(to=office_of(row.worker.unit), text=text, key=key, tone=tone, url=row.get_absolute_url())


def _to_worker(row: Leave, text: str, what: str) -> Iterator[Notification]:
    if row.worker.user is not None:
        yield message(to=row.worker.user, text=text, key=f"leave:{row.pk}:{what}", url="/staff/me/leave/")


def _about_decision(row: Leave, word: str) -> Iterator[Notification]:
    """To the worker and to whoever stands in."""
    cover = f"，由{_name(row.cover)}代班" if row.cover else ""
    yield from _to_worker(row, f"您的{_what(row)}{word}{cover}。", "decided")
    if row.cover is not None and row.cover.user is not None:
        yield message(
            to=row.cover.user, text=f"{_who(row)}请假（{_span(row)}），由您代班。", key=f"leave:{row.pk}:cover",
            url="/staff/me/leave/",
        )  # fmt: skip


def _name(worker: Worker | None) -> str:
    return f"{mask_name(worker.person.name)} {worker.number}" if worker else "无"


def _who(row: Leave) -> str:
    return f"{row.worker.unit.name} {_name(row.worker)} "


def _what(row: Leave) -> str:
    return f"{LeaveKind(row.kind).label}（{_span(row)}，{days_of(row).normalize():f} 个工作日）"


def _span(row: Leave) -> str:
    if row.first_day == row.last_day:
        return f"{row.first_day:%Y-%m-%d}{' 半天' if row.half else ''}"
    return f"{row.first_day:%Y-%m-%d} 至 {row.last_day:%Y-%m-%d}"
