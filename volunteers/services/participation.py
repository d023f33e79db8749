"""Joining and leaving an activity; who waits moves up by themselves (志愿服务条例 arts. 12, 15, 17, 22)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from accounts.services.notifications import message, notify
from common import events as history
from common.decisions import Decision, Denied
from common.errors import Conflict, Invalid, Refused
from common.waiting import MOVED_UP, in_order
from volunteers import events
from volunteers.choices import ActivityState, ParticipationState
from volunteers.models import Activity, ActivityRole, Participation, Volunteer
from volunteers.policies.activities import fits, is_open
from volunteers.selectors.activities import overlap_words, overlapping, places_of
from volunteers.services.organisers import require_organiser

BY_THEMSELVES = "本人"
PENDING = (ParticipationState.WAITING, ParticipationState.JOINED)


def locked_activity(pk: int) -> Activity:
    """The activity under its lock: joins, leaves, sign-ins and changes of one activity come one after another."""
    rows = Activity.objects.select_for_update(of=("self",), no_key=True).select_related("unit")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def locked_participation(participation: Participation) -> Participation:
    """The participation re-read under the lock of its activity, with both at hand."""
    activity = locked_activity(participation.activity.pk)
    rows = Participation.objects.select_for_update(of=("self",)).select_related("volunteer__person", "role")
    found = rows.get(pk=participation.pk)
    found.activity = activity
    return found


def activity_join(
    *, activity: Activity, volunteer: Volunteer, role: ActivityRole | None = None, by: Any = None
) -> Participation:
    """The volunteer joins, or waits when the places are taken; ``by``: the organiser who adds them on the spot.

    Raises ``Refused`` for what the activity asks and the volunteer does not have, ``Conflict`` when they
    have joined already or another activity at the same time. Two joins for the last place: one gets it.
    """
    if by is not None:
        require_organiser(activity, by)
    with transaction.atomic():
        activity = locked_activity(activity.pk)
        volunteer = _locked_volunteers([volunteer.pk])[0]
        at = timezone.now()
        _insist(is_open(activity, at, by_organiser=by is not None), Conflict)
        _check_role(activity, role)
        known = Participation.objects.select_for_update().filter(activity=activity, volunteer=volunteer).first()
        if known is not None and known.state != ParticipationState.WITHDRAWN:
            raise Conflict(f"已经报名“{activity}”（{known.get_state_display()}），不用再报。")
        _insist(fits(activity, volunteer, role), Refused)
        other = overlapping(activity, volunteer)
        if other is not None:
            raise Conflict(overlap_words(other))
        free = places_of(activity).free_for(role.pk if role else None)
        row = known or Participation(activity=activity, volunteer=volunteer)
        row.role, row.joined_at, row.notice = role, at, ""
        row.state = ParticipationState.JOINED if free else ParticipationState.WAITING
        data = {"state": row.get_state_display(), "by": str(by or BY_THEMSELVES)}
        history.record(row, events.JOINED, actor=by, data=data, at=at, fields=["role", "joined_at", "state", "notice"])
    return row


def activity_leave(*, participation: Participation, by: Any = None) -> Participation:
    """Take the name off before the start, so that somebody who waits can come (art. 22)."""
    if by is not None:
        require_organiser(participation.activity, by)
    with transaction.atomic():
        row = locked_participation(participation)
        if row.state not in PENDING:
            raise Conflict(f"当前状态为“{row.get_state_display()}”，不能退出报名。")
        if row.activity.state != ActivityState.PUBLISHED:
            raise Conflict(f"活动“{row.activity}”{row.activity.get_state_display()}，不用退出。")
        if timezone.now() >= row.activity.starts_at:
            raise Refused("活动已经开始，不能自己退出，请联系组织者。" if by is None else "活动已经开始，请记为未到。")
        _withdraw(row, by)
        move_up(row.activity)
    return row


def leave_all(*, volunteer: Volunteer, by: Any, why: str) -> None:
    """Take a volunteer who leaves, or is erased, off every list; who waits there moves up at once.

    Belongs in a transaction, before the volunteer's own lock. Locks come in the order of everybody: activities,
    names on their lists, and then all volunteers concerned in one statement, as two activities' waiting lists
    one after the other would take them in no order.
    """
    pending = Participation.objects.filter(volunteer=volunteer, state__in=PENDING)
    activities = {pk: locked_activity(pk) for pk in sorted(pending.order_by().values_list("activity", flat=True))}
    rows = list(pending.filter(activity__in=activities).select_for_update(of=("self",)).order_by("activity", "pk"))
    waiting = Participation.objects.filter(activity__in=activities, state=ParticipationState.WAITING)
    _locked_volunteers([volunteer.pk, *waiting.order_by().values_list("volunteer", flat=True)])
    for row in rows:
        row.state = ParticipationState.WITHDRAWN
        history.record(row, events.DROPPED_OUT, actor=by, data={"why": why}, fields=["state"])
    for activity in activities.values():
        move_up(activity)


def move_up(activity: Activity) -> list[Participation]:
    """Give free places of a locked activity to those who wait, in their order; each is told.

    Whoever has meanwhile joined something else at that time, or no longer fits, is passed over and goes
    on waiting. From the start on nobody is moved up unasked: they would count as absent.
    """
    now = timezone.now()
    if activity.state != ActivityState.PUBLISHED or now >= activity.starts_at:
        return []
    rows = Participation.objects.filter(activity=activity, state=ParticipationState.WAITING).select_related("role")
    waiting = in_order(rows, "joined_at")
    if not waiting or not places_of(activity).free:
        return []
    people = {row.pk: row for row in _locked_volunteers([row.volunteer_id for row in waiting])}
    moved = []
    for row in waiting:
        volunteer = people[row.volunteer_id]
        if not places_of(activity).free_for(row.role_id) or not fits(activity, volunteer, row.role):
            continue
        if overlapping(activity, volunteer) is None:
            row.activity, row.volunteer = activity, volunteer
            moved.append(_moved_up(row, now))
    return moved


def _moved_up(row: Participation, at: datetime) -> Participation:
    row.state = ParticipationState.JOINED
    row.notice = MOVED_UP
    history.record(row, events.MOVED_UP, at=at, fields=["state", "notice"])
    user = row.volunteer.user
    if user is not None and user.is_active:
        key = f"participation:{row.pk}:{row.event_seq}"
        url = reverse("volunteers:open-activity", args=[row.activity.pk])
        notify([message(to=user, text=f"“{row.activity}”：{row.notice}", url=url, key=key, at=at)])
    return row


def _withdraw(row: Participation, by: Any) -> None:
    row.state = ParticipationState.WITHDRAWN
    history.record(row, events.LEFT_ACTIVITY, actor=by, data={"by": str(by or BY_THEMSELVES)}, fields=["state"])


def _locked_volunteers(keys: list[int]) -> list[Volunteer]:
    """Under their locks, in one order for everybody: no volunteer joins two activities at one time."""
    rows = Volunteer.objects.select_for_update(of=("self",), no_key=True).select_related("person", "user", "unit")
    found = list(rows.filter(pk__in=keys).order_by("pk"))
    if not found:
        raise Http404
    return found


def _check_role(activity: Activity, role: ActivityRole | None) -> None:
    offered = activity.roles.exists()
    if role is None and offered:
        raise Invalid("请选择岗位。", "role")
    if role is not None and role.activity_id != activity.pk:
        raise Invalid("请从列表中选择岗位。", "role")


def _insist(decision: Decision, error: type[Refused | Conflict]) -> None:
    if isinstance(decision, Denied):
        raise error(decision.reason)
