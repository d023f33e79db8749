"""Enrolling for a training, waiting for a place, leaving it, signing in and out by the organiser's screen, and what was forgotten.

Locks come in one order: the training, then the workers by their keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from accounts.services.notifications import message, notify
from common import events as history
from common import sign_codes
from common.errors import Conflict, Invalid, Refused
from common.scope import scope_of
from common.waiting import MOVED_UP, in_order
from grid.querysets import covers
from staff import events_growth as events
from staff import permissions
from staff.choices import LeaveState, WorkerState
from staff.choices_growth import HOLDING, PENDING, EnrolmentState, SessionState
from staff.models import Enrolment, Leave, TrainingSession, Worker
from staff.selectors.own import own_worker
from staff.selectors.training import free_places, waiting_for, waiting_place
from staff.services.growth import OWN_PAGE, needed, one_of

SIGN_BEFORE = timedelta(minutes=60)
SIGN_AFTER = timedelta(minutes=60)
ITSELF = "本人"


@dataclass(frozen=True)
class Signed:
    """What signing did; ``new``: false when it had been done before."""

    enrolment: Enrolment
    new: bool
    text: str


def secret_of(session: TrainingSession) -> str:
    """Over what the codes of its sign-in screen are made."""
    return f"training-sign:{session.sign_key.hex}"


# --- places


def enrol(*, session: TrainingSession, user: Any) -> Enrolment:
    """Take a place for oneself, or wait for one when all are taken. A repeated call hands the same place back.

    Raises ``Http404`` for somebody who is no worker of the organiser's area, ``Refused`` when it has begun, or lies
    on a day of one's leave or of another training of one's own. Two for the last place: one gets it, the other waits.
    """
    own = own_worker(user)
    with transaction.atomic():
        row = _open_session(session)
        worker = _own_of(own, row)
        if row.starts_at <= timezone.now():
            raise Refused("培训已经开始，请到现场请组织者登记。")
        return _join(row, worker, user, ITSELF)


def enrol_for(*, session: TrainingSession, actor: Any, worker: Worker) -> Enrolment:
    """Give somebody of the organiser's area a place until the training ends; when all are taken they wait for one.

    Raises ``Http404`` or ``Refused`` by the organiser's unit, ``Invalid`` for a worker of elsewhere, ``Refused``
    when it has begun and is full.
    """
    with transaction.atomic():
        row = _organised(session, actor)
        return _join(row, one_of(worker, row.unit), actor, str(actor))


def withdraw(*, session: TrainingSession, user: Any) -> Enrolment:
    """Give one's place up, or stop waiting, until the training begins; who waits first has the place then.

    Done twice it changes nothing.
    """
    own = own_worker(user)
    with transaction.atomic():
        row = _open_session(session)
        mine = Enrolment.objects.own(user).select_for_update(of=("self",)).filter(session=row, worker=own).first()
        if mine is None:
            raise Http404
        if mine.state == EnrolmentState.WITHDRAWN:
            return mine
        if row.starts_at <= timezone.now():
            raise Refused("培训已经开始，不能退出；来不了的请向组织者说明。")
        _take_off(mine, user, ITSELF)
        move_up(row)
    return mine


def move_up(row: TrainingSession) -> list[Enrolment]:
    """Give free places of a locked training to those who wait, in their order; each is told.

    Whoever is at another training or on leave by now, or works elsewhere, is passed over and goes on waiting. From the
    start on nobody is moved up unasked: they would count as absent.
    """
    if row.state != SessionState.OPEN or row.starts_at <= timezone.now():
        return []
    free = free_places(row)
    waiting = in_order(waiting_for(row.pk), "queued_at") if free else []
    workers = _locked_workers([one.worker_id for one in waiting])
    moved: list[Enrolment] = []
    for one in waiting:
        worker = workers[one.worker_id]
        if len(moved) < free and _is_meant(worker, row) and not _busy(row, worker):
            one.session, one.worker = row, worker
            moved.append(_moved_up(one))
    return moved


def fill_free_places() -> int:
    """Take whoever has left office off the lists of trainings to come, and give free places to those who wait.

    Somebody's leave was called off, or they fit again; how many moved up. Repeatable at any moment.
    """
    moved = 0
    waiting = TrainingSession.objects.filter(state=SessionState.OPEN, starts_at__gt=timezone.now())
    waiting = waiting.filter(enrolments__state=EnrolmentState.WAITING)
    for pk in waiting.order_by("pk").values_list("pk", flat=True).distinct():
        with transaction.atomic():
            row = TrainingSession.objects.select_for_update(of=("self",)).select_related("unit").get(pk=pk)
            gone = row.enrolments.filter(state__in=PENDING, worker__state=WorkerState.LEFT)
            for one in gone.select_for_update(of=("self",)).order_by("pk"):
                _take_off(one, None, "已离岗")
            moved += len(move_up(row))
    return moved


def _moved_up(one: Enrolment) -> Enrolment:
    one.state, one.queued_at = EnrolmentState.JOINED, None
    history.record(one, events.MOVED_UP, fields=["state", "queued_at"])
    user = one.worker.user
    if user is not None and user.is_active:
        text = f"培训“{one.session}”：{MOVED_UP}"
        notify([message(to=user, text=text, key=f"enrolment:{one.pk}:{one.event_seq}", url=OWN_PAGE)])
    return one


def _take_off(one: Enrolment, actor: Any, by: str) -> None:
    one.state, one.queued_at = EnrolmentState.WITHDRAWN, None
    history.record(one, events.WITHDRAWN, actor=actor, data={"by": by}, fields=["state", "queued_at"])


def _join(row: TrainingSession, worker: Worker, actor: Any, by: str) -> Enrolment:
    """The worker's place; before the start, with all places taken, a place in the waiting list."""
    known = Enrolment.objects.select_for_update(of=("self",)).filter(session=row, worker=worker).first()
    if known is not None and known.state in HOLDING:
        return known
    if words := _busy(row, worker):
        raise Refused(words)
    at, free = timezone.now(), free_places(row)
    if not free and at >= row.starts_at:
        raise Refused(_full(row, known))
    if not free and known is not None and known.state == EnrolmentState.WAITING:
        return known
    one = known or Enrolment(session=row, worker=worker)
    one.state, one.queued_at = (EnrolmentState.JOINED, None) if free else (EnrolmentState.WAITING, at)
    kind = events.ENROLLED if free else events.QUEUED
    history.record(one, kind, actor=actor, data={"by": by}, at=at, fields=["state", "queued_at"])
    return one


def _full(row: TrainingSession, known: Enrolment | None) -> str:
    if known is not None and known.state == EnrolmentState.WAITING:
        return f"您在候补名单第 {waiting_place(known)} 位，还没有名额，请找组织者。"
    return f"名额 {row.capacity} 人已满，请找组织者。"


def _busy(row: TrainingSession, worker: Worker) -> str:
    """Why the worker cannot come: nobody is at two trainings at once, or at one while on leave. Empty: they can."""
    other = Enrolment.objects.filter(
        worker=worker, state__in=HOLDING, session__state=SessionState.OPEN, session__starts_at__lt=row.ends_at,
        session__ends_at__gt=row.starts_at,
    ).exclude(session=row).select_related("session").first()  # fmt: skip
    if other is not None:
        return f"与已报名的培训“{other.session}”时间重叠。"
    first, last = timezone.localdate(row.starts_at), timezone.localdate(row.ends_at)
    away = Leave.objects.filter(
        worker=worker, state=LeaveState.APPROVED, half=False, first_day__lte=last, last_day__gte=first
    )
    return "培训当天已批准请假，不能报名。" if away.exists() else ""


# --- signing


def sign_training(*, session: TrainingSession, user: Any, kind: str) -> Signed:
    """Sign in or out with the code of the screen (which the caller has looked at); who has no place takes a free one.

    The server's time alone counts. Doing it twice changes nothing and says so.
    """
    own = own_worker(user)
    with transaction.atomic():
        row = _open_session(session)
        worker, at = _own_of(own, row), timezone.now()
        if not row.starts_at - SIGN_BEFORE <= at <= row.ends_at + SIGN_AFTER:
            raise Refused("现在不是签到时间：开始前一小时至结束后一小时可以签到签退。")
        mine = Enrolment.objects.select_for_update(of=("self",)).filter(session=row, worker=worker).first()
        if kind == sign_codes.OUT:
            return _sign_out(mine, user, at)
        if mine is None or mine.state not in HOLDING:
            mine = _walked_in(row, worker, user, mine)
        if mine.state == EnrolmentState.PRESENT:
            return Signed(mine, False, f"已在 {_clock(mine.signed_in_at)} 签到，不用再签。")
        mine.state, mine.signed_in_at = EnrolmentState.PRESENT, at
        history.record(
            mine, events.ENROLMENT_IN, actor=user, data={"how": "扫码"}, at=at, fields=["state", "signed_in_at"]
        )
    return Signed(mine, True, f"签到成功，{_clock(at)}。")


def _walked_in(row: TrainingSession, worker: Worker, user: Any, known: Enrolment | None) -> Enrolment:
    """Whoever comes without a place takes a free one; at the door nobody is put on the waiting list."""
    if not free_places(row):
        raise Refused(_full(row, known))
    return _join(row, worker, user, ITSELF)


def _sign_out(mine: Enrolment | None, user: Any, at: Any) -> Signed:
    if mine is None or mine.state != EnrolmentState.PRESENT:
        raise Refused("还没有签到，不能签退；忘了签到的，请组织者补登。")
    if mine.signed_out_at is not None:
        return Signed(mine, False, f"已在 {_clock(mine.signed_out_at)} 签退，不用再签。")
    mine.signed_out_at = at
    history.record(mine, events.ENROLMENT_OUT, actor=user, data={"how": "扫码"}, at=at, fields=["signed_out_at"])
    return Signed(mine, True, f"签退成功，{_clock(at)}。学时在培训结束后计入。")


def enrolment_correct(*, enrolment: Enrolment, actor: Any, present: bool, hours: Decimal, reason: str) -> Enrolment:
    """The organiser puts right who was there and what counts, with a reason; the same again changes nothing.

    Before the end only presence is kept; hours count from the end on. Nobody corrects their own.
    """
    why = needed(reason, 100, "理由", "reason")
    with transaction.atomic():
        row = _organised(enrolment.session, actor, ended=True)
        found = Enrolment.objects.select_for_update(of=("self",)).select_related("worker").filter(
            pk=enrolment.pk, session=row
        ).first()  # fmt: skip
        if found is None:
            raise Http404
        if found.worker.user_id == actor.pk:
            raise Refused("不能更正自己的学时，请由另一位同事办理。")
        if row.starts_at > timezone.now():
            raise Refused("培训还没有开始。")
        if found.state == EnrolmentState.WITHDRAWN:
            raise Conflict("本人已退出报名；确实参加了的，请重新加入名单。")
        if found.state == EnrolmentState.WAITING:
            raise Conflict("本人在候补名单里，没有名额；确实参加了的，请先增加名额，再加入名单。")
        if not 0 <= hours <= row.hours:
            raise Invalid(f"学时应在 0 与 {row.hours} 之间。", "hours")
        return _put_right(found, row, actor, present, hours, why)


def _put_right(
    found: Enrolment, row: TrainingSession, actor: Any, present: bool, hours: Decimal, why: str
) -> Enrolment:
    ended = row.state == SessionState.ENDED
    state = EnrolmentState.PRESENT if present else EnrolmentState.ABSENT if ended else EnrolmentState.JOINED
    counted = hours if ended and present else Decimal(0)
    if (found.state, found.hours) == (state, counted):
        return found
    found.state, found.hours = state, counted
    fields = ["state", "hours"]
    if not present:
        found.signed_in_at = found.signed_out_at = None
        fields += ["signed_in_at", "signed_out_at"]
    data = {"state": state.label, "hours": f"{counted:f}", "reason": why}
    history.record(found, events.ENROLMENT_CORRECTED, actor=actor, data=data, fields=fields)
    return found


# --- locks


def _open_session(session: TrainingSession) -> TrainingSession:
    """The training under its lock, whoever asks; ``Conflict`` when it has ended or was cancelled."""
    row = TrainingSession.objects.select_for_update(of=("self",)).select_related("unit").filter(pk=session.pk).first()
    if row is None:
        raise Http404
    if row.state != SessionState.OPEN:
        raise Conflict(f"这次培训{row.get_state_display()}。")
    return row


def _own_of(own: Worker, row: TrainingSession) -> Worker:
    """One's own row under its lock, when the training is meant for one's unit; else there is no such training."""
    worker = _locked_workers([own.pk])[own.pk]
    if not _is_meant(worker, row):
        raise Http404
    return worker


def _locked_workers(keys: Iterable[int]) -> dict[int, Worker]:
    """Under their locks, in one order for everybody: no worker joins two trainings at one time."""
    rows = Worker.objects.select_for_update(of=("self",), no_key=True).select_related("unit", "user")
    return {row.pk: row for row in rows.filter(pk__in=list(keys)).order_by("pk")}


def _is_meant(worker: Worker, row: TrainingSession) -> bool:
    return worker.state == WorkerState.ACTIVE and worker.unit.path.startswith(row.unit.path)


def _organised(session: TrainingSession, actor: Any, ended: bool = False) -> TrainingSession:
    """The training under its lock, for whoever arranges it; ``ended``: also one that has ended."""
    rows = TrainingSession.objects.visible_to(actor).select_for_update(of=("self",)).select_related("unit")
    row = rows.filter(pk=session.pk).first()
    if row is None:
        raise Http404
    if not covers(scope_of(actor).holding(permissions.GROWTH), row.unit):
        raise Refused("这次培训不由您所在的单位组织。")
    if row.state == SessionState.CANCELLED or (row.state == SessionState.ENDED and not ended):
        raise Conflict(f"这次培训{row.get_state_display()}。")
    return row


def _clock(at: Any) -> str:
    return f"{timezone.localtime(at):%H:%M}" if at else "—"


__all__ = [
    "Signed", "enrol", "enrol_for", "enrolment_correct", "fill_free_places", "move_up", "secret_of",
    "sign_training", "withdraw",
]  # fmt: skip
