"""师徒结对: made, noted in by the office or by the two themselves, ended with an evaluation."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from accounts.services.notifications import message, notify
from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.scope import scope_of
from grid.querysets import covers
from staff import events_growth as events
from staff import permissions
from staff.choices import WorkerState
from staff.choices_growth import PairResult, PairState
from staff.models import MentorCheckIn, MentorPair, Worker
from staff.services.growth import OWN_PAGE, near, needed, plain_text, repeated
from staff.workflow.growth import PAIR_FLOW


def pair_create(
    *, actor: Any, mentor: Worker, apprentice: Worker, goals: str, started_on: date, planned_end: date,
    request_key: UUID | None = None,
) -> MentorPair:  # fmt: skip
    """Pair two people in office; ``request_key`` hands a repeated call the first pair.

    Raises ``Http404`` for an apprentice outside the actor's area, ``Refused`` without the permission there,
    ``Conflict`` when the apprentice has a mentor or already teaches this one.
    """
    if known := repeated(MentorPair, request_key):
        return known
    text = plain_text(goals, 500, "带教目标", "goals")
    if not text:
        raise Invalid("请填写带教目标。", "goals")
    if planned_end <= near(started_on, "started_on"):
        raise Invalid("计划出师日期应在结对日期之后。", "planned_end")
    with transaction.atomic():
        first, second = _two(mentor, apprentice, actor)
        row = MentorPair(
            mentor=first, apprentice=second, goals=text, started_on=started_on, planned_end=near(planned_end, "planned_end"),
            request_key=request_key,
        )  # fmt: skip
        data = {"mentor": first.number, "apprentice": second.number, "until": f"{planned_end:%Y-%m-%d}"}
        try:
            with transaction.atomic():
                history.record(row, events.PAIR_MADE, actor=actor, data=data)
        except IntegrityError:
            raise Conflict(f"{second.number} 已有师傅在带，请先结束那一对。") from None
        notify(
            message(to=one.user, text="您有新的师徒结对，请到自己的页面查看带教目标。", key=f"pair:{row.pk}:{one.pk}", url=OWN_PAGE)
            for one in (first, second) if one.user is not None
        )  # fmt: skip
    return row


def _two(mentor: Worker, apprentice: Worker, actor: Any) -> tuple[Worker, Worker]:
    """Both under their locks, in the order of their keys, once they can be paired."""
    if mentor.pk == apprentice.pk:
        raise Invalid("师傅和徒弟应是两个人。", "apprentice")
    rows = Worker.objects.visible_to(actor).select_for_update(of=("self",), no_key=True)
    found = {
        row.pk: row
        for row in rows.filter(pk__in=(mentor.pk, apprentice.pk)).select_related("unit", "user").order_by("pk")
    }
    if len(found) != 2:
        raise Http404
    first, second = found[mentor.pk], found[apprentice.pk]
    if not covers(scope_of(actor).holding(permissions.GROWTH), second.unit):
        raise Refused("徒弟不在您的管辖范围内，请由上一级单位办理。")
    for one, field in ((first, "mentor"), (second, "apprentice")):
        if one.state != WorkerState.ACTIVE:
            raise Invalid(f"{one.number} 已离岗。", field)
    if MentorPair.objects.filter(mentor=second, apprentice=first, state=PairState.ACTIVE).exists():
        raise Conflict("两人正以相反的身份结对，请先结束那一对。")
    return first, second


@PAIR_FLOW.service("note")
def pair_note(*, pair: MentorPair, actor: Any, day: date, note: str) -> MentorPair:
    """What was taught, noted by the office."""
    with PAIR_FLOW.step("note", pair, actor) as step:
        _check_in(step.object, actor, day, note)
        step.data.update(day=f"{day:%Y-%m-%d}", note=note)
    return step.object


def pair_note_own(*, pair: MentorPair, user: Any, day: date, note: str, submission: UUID | None = None) -> MentorPair:
    """The same by mentor or apprentice; ``Http404`` for everybody else. The same form sent twice is one note."""
    with transaction.atomic():
        row = MentorPair.objects.own(user).select_for_update(of=("self",)).filter(pk=pair.pk).first()
        if row is None:
            raise Http404
        if history.was_submitted(row, events.PAIR_NOTED, submission):
            return row
        with PAIR_FLOW.open_step("note", row, user) as step:
            text = needed(note, 300, "内容", "note")
            _check_in(row, user, day, text)
            step.data.update(history.keyed({"day": f"{day:%Y-%m-%d}", "note": text}, submission))
    return row


def _check_in(row: MentorPair, actor: Any, day: date, note: str) -> None:
    if not row.started_on <= day <= timezone.localdate():
        raise Invalid(f"日期应在 {row.started_on:%Y-%m-%d} 与今天之间。", "day")
    MentorCheckIn.objects.create(
        pair=row, day=day, note=needed(note, 300, "内容", "note"), written_by=actor, written_at=timezone.now()
    )


@PAIR_FLOW.service("end")
def pair_end(*, pair: MentorPair, actor: Any, last_day: date, result: str, evaluation: str) -> MentorPair:
    """End with a result and an evaluation; without one note in between it cannot have been taught."""
    with PAIR_FLOW.step("end", pair, actor) as step:
        row: MentorPair = step.object
        if not row.started_on <= last_day <= timezone.localdate():
            raise Invalid(f"出师日期应在 {row.started_on:%Y-%m-%d} 与今天之间。", "last_day")
        if result != PairResult.UNFINISHED and not row.check_ins.exists():
            raise Refused("还没有带教记录，不能出师；没有带教的，结果请选“未完成”。")
        text = plain_text(evaluation, 500, "评价", "evaluation")
        step.set(ended_on=last_day, result=result, evaluation=text)
        step.data.update(last=f"{last_day:%Y-%m-%d}", result_label=PairResult(result).label, evaluation=text)
    return step.object
