"""Where somebody works: transfer, secondment, leaving, coming back, and posts whose day has come."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid
from common.scope import scope_of
from grid.models import Unit
from grid.querysets import covers
from staff import events, permissions
from staff.choices import PostKind, Rank, WorkerState
from staff.models import Grade, PostReserve, StaffPost, StandIn, Worker
from staff.services.grades import grade_entered
from staff.services.roster_changes import known_person
from staff.services.workers import (
    active_worker,
    check_start,
    known_choice,
    lock_seat,
    locked_worker,
    main_post,
    one_line,
    refuse_overlap,
)

ONE_DAY = timedelta(days=1)


def worker_transfer(*, worker: Worker, actor: Any, unit: Unit, rank: str, valid_from: date, note: str = "") -> Worker:
    """Another unit or rank from a day on: the main post ends the day before, the next begins.

    A day to come is written down now; unit and rank of the worker follow when it has come (:func:`posts_take_effect`).
    """
    today = timezone.localdate()
    rank, note = known_choice(rank, Rank, "rank"), one_line(note, 120, "说明", "note")
    check_start(valid_from, today)
    with transaction.atomic():
        seat = lock_seat(unit, actor)
        locked = active_worker(worker, actor)
        last = StaffPost.objects.filter(worker=locked, kind=PostKind.MAIN).order_by("-valid_from").first()
        if last is None:
            raise Conflict(f"{locked} 没有任职记录，请先办理返岗。")
        _check_next(last, seat, rank, valid_from, today)
        data = {
            "old_unit": last.unit.name, "old_rank": last.get_rank_display(), "unit": seat.name,
            "rank": Rank(rank).label, "since": valid_from.isoformat(),
        }  # fmt: skip
        last.valid_to = valid_from
        last.save(update_fields=["valid_to"])
        StaffPost.objects.create(worker=locked, unit=seat, rank=rank, valid_from=valid_from, note=note)
        if valid_from <= today:
            _move(locked, seat, rank)
        history.record(locked, events.WORKER_TRANSFERRED, actor=actor, data=data, fields=["unit", "rank", "filed_on"])
    return locked


def _check_next(last: StaffPost, seat: Unit, rank: str, valid_from: date, today: date) -> None:
    if last.valid_from > today:
        raise Conflict(
            f"已登记 {last.valid_from:%Y-%m-%d} 起到“{last.unit.name}”任{last.get_rank_display()}，请等生效后再办理。"
        )
    if (last.unit_id, last.rank) == (seat.pk, rank):
        raise Invalid(f"现在就在“{seat.name}”任{last.get_rank_display()}，不用办理。", "unit")
    if valid_from <= last.valid_from:
        raise Invalid(f"变动日期应晚于现任职务的任职日期 {last.valid_from:%Y-%m-%d}。", "valid_from")


def _move(worker: Worker, seat: Unit, rank: str) -> None:
    """A secretary's filing is for one community and one post: it ends with either."""
    if (worker.unit_id, worker.rank) != (seat.pk, rank):
        worker.filed_on = None
    worker.unit, worker.rank = seat, rank


def posts_take_effect(on: date | None = None) -> int:
    """Unit and rank of workers whose next main post begins by a day; how many there were. Repeatable."""
    on = on or timezone.localdate()
    due = StaffPost.objects.filter(kind=PostKind.MAIN, worker__state=WorkerState.ACTIVE).on(on)
    differs = ~Q(worker__unit=F("unit")) | ~Q(worker__rank=F("rank"))
    keys = list(due.filter(differs).order_by("worker").values_list("worker", flat=True))
    for key in keys:
        with transaction.atomic():
            locked = Worker.objects.select_for_update().get(pk=key)
            post = main_post(locked, on)
            if post is None or (post.unit_id, post.rank) == (locked.unit_id, locked.rank):
                continue  # somebody else was faster
            _move(locked, post.unit, post.rank)
            data = {"unit": post.unit.name, "rank": post.get_rank_display()}
            history.record(locked, events.POST_TAKES_EFFECT, data=data, fields=["unit", "rank", "filed_on"])
    return len(keys)


# --- secondment


def worker_second(
    *, worker: Worker, actor: Any, unit: Unit, valid_from: date, last_day: date | None = None, note: str = ""
) -> Worker:
    """Work at another unit for a while; the main post, from which they are paid, stays."""
    note = one_line(note, 120, "说明", "note")
    check_start(valid_from, timezone.localdate())
    if last_day is not None and last_day < valid_from:
        raise Invalid("最后一天不能早于第一天。", "last_day")
    end = last_day + ONE_DAY if last_day else None
    with transaction.atomic():
        seat = lock_seat(unit)
        if not covers(scope_of(actor).holding(permissions.VIEW), seat):
            raise Invalid(f"“{seat.name}”不在您的管辖范围内，请由上一级单位办理。", "unit")
        locked = active_worker(worker, actor)
        if seat.pk == locked.unit_id:
            raise Invalid(f"“{seat.name}”就是现在任职的单位，不用下沉、借调。", "unit")
        if valid_from < locked.entered_on:
            raise Invalid(f"不能早于入职日期 {locked.entered_on:%Y-%m-%d}。", "valid_from")
        refuse_overlap(locked, PostKind.SECONDED, valid_from, end)
        StaffPost.objects.create(
            worker=locked, unit=seat, rank=locked.rank, kind=PostKind.SECONDED, valid_from=valid_from, valid_to=end,
            note=note,
        )  # fmt: skip
        until = f"，至 {last_day:%Y-%m-%d}" if last_day else ""
        data = {"unit": seat.name, "since": valid_from.isoformat(), "until": until}
        history.record(locked, events.WORKER_SECONDED, actor=actor, data=data)
    return locked


def second_end(*, worker: Worker, actor: Any, last_day: date) -> Worker:
    """The present secondment ends after a day; one not yet begun on it is taken back."""
    with transaction.atomic():
        locked = active_worker(worker, actor)
        post = open_secondment(locked, timezone.localdate())
        if post is None:
            raise Conflict("现在没有下沉、借调。")
        if post.valid_to is not None and last_day >= post.valid_to:
            raise Invalid(f"登记的最后一天是 {post.valid_to - ONE_DAY:%Y-%m-%d}，不能更晚。", "last_day")
        _cut(post, last_day)
        data = {"unit": post.unit.name, "last": last_day.isoformat()}
        history.record(locked, events.SECONDMENT_ENDED, actor=actor, data=data)
    return locked


def open_secondment(worker: Worker, on: date) -> StaffPost | None:
    """The secondment of a day, or the next one."""
    rows = StaffPost.objects.filter(worker=worker, kind=PostKind.SECONDED).exclude(valid_to__lte=on)
    return rows.select_related("unit").order_by("valid_from").first()


def _cut(row: Any, last_day: date) -> None:
    """End a dated row after a day; what would only begin later has never been."""
    if row.valid_from > last_day:
        row.delete()
        return
    row.valid_to = last_day + ONE_DAY
    row.save(update_fields=["valid_to"])


# --- leaving and coming back


def worker_leave(*, worker: Worker, actor: Any, left_on: date, reason: str = "") -> Worker:
    """Leave after a last day: posts and grade end with it, reserves and stand-ins as well."""
    today = timezone.localdate()
    reason = one_line(reason, 100, "离岗原因", "reason")
    with transaction.atomic():
        locked = active_worker(worker, actor)
        current = main_post(locked, today)
        _check_last_day(locked, current, left_on, today)
        for model in (StaffPost, Grade):
            for row in model.objects.filter(worker=locked).exclude(valid_to__lte=left_on + ONE_DAY):
                _cut(row, left_on)
        _end_duties(locked, max(left_on, today))
        locked.state, locked.left_on, locked.filed_on = WorkerState.LEFT, left_on, None
        data = {"last": left_on.isoformat(), "reason": reason, "since": (left_on + ONE_DAY).isoformat()}
        history.record(locked, events.WORKER_LEFT, actor=actor, data=data, fields=["state", "left_on", "filed_on"])
    return locked


def _check_last_day(worker: Worker, current: StaffPost | None, left_on: date, today: date) -> None:
    if left_on > today:
        raise Invalid("离岗日期是在岗的最后一天，不能晚于今天，请到时再办理。", "left_on")
    first = max(worker.entered_on, current.valid_from if current else worker.entered_on)
    if left_on < first:
        raise Invalid(f"离岗日期不能早于现任职务的任职日期 {first:%Y-%m-%d}。", "left_on")


def _end_duties(worker: Worker, on: date) -> None:
    PostReserve.objects.filter(worker=worker, valid_to=None).update(valid_to=on)
    StandIn.objects.filter(Q(worker=worker) | Q(stand_in=worker), valid_to=None).update(valid_to=on)


def worker_return(*, worker: Worker, actor: Any, unit: Unit, rank: str, valid_from: date) -> Worker:
    """Back on the roster under the same number, with a new main post; graded anew from that day where the actor keeps grades."""
    today = timezone.localdate()
    rank = known_choice(rank, Rank, "rank")
    check_start(valid_from, today)
    if valid_from > today:
        raise Invalid("返岗日期不能晚于今天，请到时再办理。", "valid_from")
    with transaction.atomic():
        seat = lock_seat(unit, actor)
        locked = locked_worker(worker, actor)
        if locked.state != WorkerState.LEFT:
            raise Conflict(f"{locked} 现在在岗，不用办理返岗。")
        known_person(locked)
        refuse_overlap(locked, PostKind.MAIN, valid_from, None)
        locked.state, locked.left_on = WorkerState.ACTIVE, None
        locked.unit, locked.rank = seat, rank
        StaffPost.objects.create(worker=locked, unit=seat, rank=rank, valid_from=valid_from)
        data = {"unit": seat.name, "rank": locked.get_rank_display(), "since": valid_from.isoformat()}
        fields = ["state", "left_on", "unit", "rank"]
        history.record(locked, events.WORKER_RETURNED, actor=actor, data=data, fields=fields)
        grade_entered(workers=[locked], actor=actor)
    return locked
