"""Training plans and sessions: arranged, changed, ended with the hours counted, cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Notification
from accounts.services.notifications import message, notify
from common import events as history
from common.errors import Conflict, Invalid
from grid.models import Unit
from staff import events_growth as events
from staff import permissions
from staff.choices_growth import PENDING, EnrolmentState, SessionState, Subject
from staff.models import Enrolment, TrainingPlan, TrainingSession
from staff.services.enrolments import move_up
from staff.services.growth import OWN_PAGE, YEARS_AHEAD, YEARS_BACK, needed, organiser, plain_text, repeated
from staff.services.workers import known_choice, one_line
from staff.workflow.growth import TRAINING_FLOW
from volunteers.services.locks import locked

MOST_PLACES = 2000
MOST_HOURS = Decimal(200)
CHANGEABLE = {
    "title": "名称", "subject": "类别", "starts_at": "开始时间", "ends_at": "结束时间", "place": "地点", "teacher": "授课人", "hours": "学时",
    "capacity": "名额",
}  # fmt: skip


# --- plans


def plan_create(
    *, actor: Any, unit: Unit, year: int, title: str, about: str = "", request_key: UUID | None = None
) -> TrainingPlan:
    """A year's plan of a street or the district. ``request_key`` hands a repeated call the first one.

    Raises ``Refused`` outside the actor's area, ``Conflict`` when the unit has one of that name for the year.
    """
    this = timezone.localdate().year
    if not this - YEARS_BACK <= year <= this + YEARS_AHEAD:
        raise Invalid("年度过早或过晚，请核对。", "year")
    with transaction.atomic():
        seat = organiser(unit, actor)
        if known := repeated(TrainingPlan, request_key):
            return known
        plan = TrainingPlan(
            unit=seat, year=year, title=needed(title, 60, "名称", "title"),
            about=plain_text(about, 2000, "目标和要求", "about"), request_key=request_key,
        )  # fmt: skip
        data = {"unit": seat.name, "year": year, "title": plan.title}
        try:
            with transaction.atomic():
                history.record(plan, events.PLAN_CREATED, actor=actor, data=data)
        except IntegrityError:
            raise Conflict(f"“{seat.name}”{year} 年已有名为“{plan.title}”的培训计划。") from None
    return plan


def plan_change(*, plan: TrainingPlan, actor: Any, title: str, about: str = "") -> TrainingPlan:
    """Another name, other goals; the same again changes nothing."""
    with transaction.atomic():
        row: TrainingPlan = locked(plan, actor, permissions.GROWTH)
        new = {"title": needed(title, 60, "名称", "title"), "about": plain_text(about, 2000, "目标和要求", "about")}
        changed = [name for name, value in new.items() if getattr(row, name) != value]
        if not changed:
            return row
        for name in changed:
            setattr(row, name, new[name])
        words = "、".join({"title": "名称", "about": "目标和要求"}[name] for name in changed)
        try:
            with transaction.atomic():
                history.record(row, events.PLAN_CHANGED, actor=actor, data={"fields": words}, fields=changed)
        except IntegrityError:
            raise Conflict(f"{row.year} 年已有名为“{row.title}”的培训计划。") from None
    return row


# --- sessions


def session_create(
    *, plan: TrainingPlan, actor: Any, title: str, subject: str, starts_at: datetime, ends_at: datetime, place: str,
    hours: Decimal, capacity: int, teacher: str = "", request_key: UUID | None = None,
) -> TrainingSession:  # fmt: skip
    """Arrange a training of a plan; from now on people may enrol.

    Raises ``Http404`` or ``Refused`` by the plan's unit, ``Invalid`` for times, hours or places that make no sense.
    """
    with transaction.atomic():
        row_plan: TrainingPlan = locked(plan, actor, permissions.GROWTH)
        if known := repeated(TrainingSession, request_key):
            return known
        values = _checked(row_plan, title, subject, starts_at, ends_at, place, hours, capacity, teacher)
        row = TrainingSession(plan=row_plan, unit=row_plan.unit, request_key=request_key, **values)
        data = {"when": _when(row), "place": row.place, "hours": f"{row.hours:f}", "capacity": row.capacity}
        history.record(row, events.TRAINING_CREATED, actor=actor, data=data)
    return row


def session_change(
    *, session: TrainingSession, actor: Any, title: str, subject: str, starts_at: datetime, ends_at: datetime, place: str,
    hours: Decimal, capacity: int, teacher: str = "",
) -> TrainingSession:  # fmt: skip
    """Change a training that has not ended; whoever enrolled is told of another time or place.

    More places, or another time, let people up from the waiting list.
    """
    with transaction.atomic():
        row: TrainingSession = locked(session, actor, permissions.GROWTH)
        if row.state != SessionState.OPEN:
            raise Conflict(f"培训{row.get_state_display()}，不能再修改。")
        new = _checked(row.plan, title, subject, starts_at, ends_at, place, hours, capacity, teacher)
        changed = [name for name in CHANGEABLE if getattr(row, name) != new[name]]
        if not changed:
            return row
        held = row.enrolments.filter(state__in=(EnrolmentState.JOINED, EnrolmentState.PRESENT)).count()
        if new["capacity"] < held:
            raise Invalid(f"已有 {held} 人报名，名额不能少于报名人数。", "capacity")
        for name in changed:
            setattr(row, name, new[name])
        words = "、".join(CHANGEABLE[name] for name in changed)
        history.record(row, events.TRAINING_CHANGED, actor=actor, data={"fields": words}, fields=changed)
        if {"starts_at", "ends_at", "place"} & set(changed):
            notify(_to_enrolled(row, f"有变动：{_when(row)}，{row.place}。", f"changed:{row.event_seq}"))
        move_up(row)
    return row


def _checked(
    plan: TrainingPlan, title: str, subject: str, starts_at: datetime, ends_at: datetime, place: str, hours: Decimal,
    capacity: int, teacher: str,
) -> dict[str, Any]:  # fmt: skip
    if ends_at <= starts_at:
        raise Invalid("结束时间应在开始时间之后。", "ends_at")
    if timezone.localtime(starts_at).year != plan.year:
        raise Invalid(f"开始时间应在计划的 {plan.year} 年内。", "starts_at")
    if not 0 < hours <= MOST_HOURS:
        raise Invalid(f"学时应大于 0，最多 {MOST_HOURS}。", "hours")
    if not 1 <= capacity <= MOST_PLACES:
        raise Invalid(f"名额应在 1 与 {MOST_PLACES} 之间。", "capacity")
    return {
        "title": needed(title, 60, "名称", "title"), "subject": known_choice(subject, Subject, "subject"),
        "starts_at": starts_at, "ends_at": ends_at, "place": needed(place, 120, "地点", "place"),
        "teacher": one_line(teacher, 60, "授课人", "teacher"), "hours": hours, "capacity": capacity,
    }  # fmt: skip


@TRAINING_FLOW.service("end")
def session_end(*, session: TrainingSession, actor: Any) -> TrainingSession:
    """Count the hours of whoever signed in; who enrolled and did not come is noted as absent."""
    with TRAINING_FLOW.step("end", session, actor) as step:
        row: TrainingSession = step.object
        there = absent = 0
        for one in _named(row, EnrolmentState.JOINED, EnrolmentState.PRESENT):
            if one.state == EnrolmentState.PRESENT:
                there, one.hours = there + 1, row.hours
            else:
                absent, one.state = absent + 1, EnrolmentState.ABSENT
            data = {"state": EnrolmentState(one.state).label, "hours": f"{one.hours:f}"}
            history.record(one, events.ENROLMENT_COUNTED, actor=actor, data=data, fields=["state", "hours"])
        step.data.update(present=there, absent=absent)
    return step.object


@TRAINING_FLOW.service("cancel")
def session_cancel(*, session: TrainingSession, actor: Any, reason: str) -> TrainingSession:
    """Not held; whoever enrolled or waits is told."""
    with TRAINING_FLOW.step("cancel", session, actor) as step:
        step.data.update(reason=reason)
        notify(_to_enrolled(step.object, f"已取消：{reason}", "cancelled"))
    return step.object


def _named(row: TrainingSession, *states: EnrolmentState) -> list[Enrolment]:
    """Those on the list in these states, under their locks in a fixed order."""
    rows = Enrolment.objects.select_for_update(of=("self",)).filter(session=row, state__in=states)
    return list(rows.select_related("worker__user").order_by("pk"))


def _to_enrolled(row: TrainingSession, text: str, what: str) -> Iterator[Notification]:
    for one in _named(row, *PENDING, EnrolmentState.PRESENT):
        if one.worker.user is not None:
            how = "候补" if one.state == EnrolmentState.WAITING else "报名"
            yield message(
                to=one.worker.user, text=f"您{how}的培训“{row.title}”{text}", key=f"training:{row.pk}:{what}:{one.pk}",
                url=OWN_PAGE,
            )  # fmt: skip


def _when(row: TrainingSession) -> str:
    first, last = timezone.localtime(row.starts_at), timezone.localtime(row.ends_at)
    return (
        f"{first:%Y-%m-%d %H:%M}—{last:%H:%M}"
        if first.date() == last.date()
        else f"{first:%Y-%m-%d %H:%M} 至 {last:%Y-%m-%d %H:%M}"
    )
