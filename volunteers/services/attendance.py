"""Signing in and out, by the volunteer's own phone or by the organiser; what was forgotten is corrected with a reason.

The server's time alone counts. Doing the same twice, or from two phones, changes nothing and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from common import events as history
from common.decisions import Denied
from common.errors import Conflict, Invalid, Refused
from volunteers import events
from volunteers.choices import ActivityState, ParticipationState
from volunteers.models import Activity, Participation
from volunteers.policies.activities import SIGN_IN_BEFORE, may_sign_in, may_sign_out
from volunteers.selectors.activities import late_minutes, places_of, waiting_position
from volunteers.services.organisers import require_organiser
from volunteers.services.participation import locked_activity, locked_participation, move_up

BY_CODE = "扫码"
OPEN_STATES = (ActivityState.PUBLISHED, ActivityState.ENDED)
CORRECTABLE = (
    ParticipationState.JOINED, ParticipationState.PRESENT, ParticipationState.SERVED, ParticipationState.ABSENT,
)  # fmt: skip


@dataclass(frozen=True)
class Signed:
    """What signing did. ``new``: false when it had been done before and nothing changed."""

    participation: Participation
    new: bool
    text: str


def sign_in(*, participation: Participation, by: Any = None) -> Signed:
    """The volunteer is there. ``by``: the organiser who ticks them off, else they scanned the code themselves.

    The organiser may let in somebody who waits, as long as a place is free. Raises ``Refused`` outside the
    time for signing in and for whoever has no place.
    """
    if by is not None:
        require_organiser(participation.activity, by)
    with transaction.atomic():
        row = locked_participation(participation)
        if row.state in (ParticipationState.PRESENT, ParticipationState.SERVED, ParticipationState.CONFIRMED):
            return Signed(row, False, f"已在 {_clock(row.signed_in_at)} 签到，不用再签。")
        at = timezone.now()
        decision = may_sign_in(row.activity, at)
        if isinstance(decision, Denied):
            raise Refused(decision.reason)
        _check_place(row, by)
        row.state, row.signed_in_at = ParticipationState.PRESENT, at
        late = late_minutes(row)
        data = {"how": str(by or BY_CODE), "late": f"，迟到 {late} 分钟" if late else ""}
        history.record(row, events.SIGNED_IN, actor=by, data=data, at=at, fields=["state", "signed_in_at"])
    return Signed(row, True, f"签到成功，{_clock(at)}。" + (f"迟到 {late} 分钟。" if late else ""))


def _check_place(row: Participation, by: Any) -> None:
    if row.state == ParticipationState.JOINED:
        return
    if row.state == ParticipationState.WAITING:
        if by is None:
            raise Refused(f"您在候补名单第 {waiting_position(row)} 位，还没有名额，请找组织者。")
        if not places_of(row.activity).free_for(row.role_id):
            raise Refused("名额已满；确实需要加人的，请先增加招募人数。")
        return
    if row.state == ParticipationState.ABSENT:
        raise Refused("已记为未到；确实参加了的，请组织者补签。")
    raise Refused("您已退出这项活动，要参加请重新报名。")


def sign_out(*, participation: Participation, by: Any = None) -> Signed:
    """The volunteer goes. Refused before signing in; an early or repeated one is said plainly."""
    if by is not None:
        require_organiser(participation.activity, by)
    with transaction.atomic():
        row = locked_participation(participation)
        if row.state in (ParticipationState.SERVED, ParticipationState.CONFIRMED):
            return Signed(row, False, f"已在 {_clock(row.signed_out_at)} 签退，不用再签。")
        if row.state != ParticipationState.PRESENT:
            raise Refused("还没有签到，不能签退；忘了签到的，请组织者补签。")
        at = timezone.now()
        decision = may_sign_out(row.activity, at)
        if isinstance(decision, Denied):
            raise Refused(decision.reason)
        _sign_out(row, at, by)
    return Signed(row, True, f"签退成功，{_clock(at)}。时长由组织者确认后记入您的服务记录。")


def sign_out_all(*, activity: Activity, by: Any) -> int:
    """Everybody who is still there goes, at once; the number of people."""
    require_organiser(activity, by)
    with transaction.atomic():
        activity = locked_activity(activity.pk)
        at = timezone.now()
        decision = may_sign_out(activity, at)
        if isinstance(decision, Denied):
            raise Refused(decision.reason)
        rows = Participation.objects.select_for_update(of=("self",)).filter(
            activity=activity, state=ParticipationState.PRESENT
        )
        present = list(rows.select_related("volunteer").order_by("pk"))
        for row in present:
            row.activity = activity
            _sign_out(row, at, by)
    return len(present)


def _sign_out(row: Participation, at: datetime, by: Any) -> None:
    assert row.signed_in_at is not None  # whoever is present has signed in
    if at < row.signed_in_at:
        raise Conflict("系统时间早于签到时间，请稍后再试，或请组织者更正签到时间。")
    row.state, row.signed_out_at = ParticipationState.SERVED, at
    data = {"how": str(by or BY_CODE)}
    history.record(row, events.SIGNED_OUT, actor=by, data=data, at=at, fields=["state", "signed_out_at"])


def mark_absent(*, participation: Participation, by: Any) -> Participation:
    """Somebody who joined did not come. Their place is free for one who waits on the spot."""
    require_organiser(participation.activity, by)
    with transaction.atomic():
        row = locked_participation(participation)
        if row.state == ParticipationState.ABSENT:
            return row
        if row.state != ParticipationState.JOINED or row.activity.state not in OPEN_STATES:
            raise Conflict(f"当前状态为“{row.get_state_display()}”，不能记为未到。请刷新页面查看。")
        if timezone.now() < row.activity.starts_at:
            raise Refused("活动还没有开始，不能记为未到；本人说不来的，请替他退出报名。")
        row.state = ParticipationState.ABSENT
        history.record(row, events.ABSENT, actor=by, fields=["state"])
        move_up(row.activity)
    return row


def attendance_correct(
    *,
    participation: Participation,
    by: Any,
    signed_in_at: datetime | None,
    signed_out_at: datetime | None,
    reason: str,
) -> Participation:
    """Write down what was forgotten or wrong, with a reason; both times empty: they did not come.

    Only before hours are confirmed. The times lie inside those of the activity (from an hour before) and
    in the past. The same correction a second time changes nothing.
    """
    require_organiser(participation.activity, by)
    reason = _reason(reason)
    with transaction.atomic():
        row = locked_participation(participation)
        if row.activity.state not in OPEN_STATES:
            raise Conflict(f"活动“{row.activity}”{row.activity.get_state_display()}，不能再更正签到签退。")
        if row.state not in CORRECTABLE:
            raise Conflict(f"当前状态为“{row.get_state_display()}”，不能补签。")
        check_times(row.activity, signed_in_at, signed_out_at)
        stood = (row.signed_in_at, row.signed_out_at, row.correction, row.state)
        row.signed_in_at, row.signed_out_at, row.correction = signed_in_at, signed_out_at, reason
        row.state = _state_of(row)
        if stood == (row.signed_in_at, row.signed_out_at, row.correction, row.state):
            return row
        data = {"summary": f"签到 {_clock(signed_in_at)}，签退 {_clock(signed_out_at)}", "reason": reason}
        history.record(
            row, events.ATTENDANCE_CORRECTED, actor=by, data=data,
            fields=["state", "signed_in_at", "signed_out_at", "correction"],
        )  # fmt: skip
    return row


def check_times(activity: Activity, start: datetime | None, end: datetime | None) -> None:
    """Whether a sign-in and a sign-out can be true; ``Invalid`` at the one that cannot."""
    now = timezone.now()
    if start is None:
        if end is not None:
            raise Invalid("有签退时间的，也要填写签到时间。", "signed_in_at")
        return
    if not activity.starts_at - SIGN_IN_BEFORE <= start <= activity.ends_at:
        raise Invalid("签到时间应在活动开始前一小时至结束之间。", "signed_in_at")
    if start > now:
        raise Invalid("签到时间不能晚于现在。", "signed_in_at")
    if end is None:
        return
    if end < start:
        raise Invalid("签退时间不能早于签到时间。", "signed_out_at")
    if end > now:
        raise Invalid("签退时间不能晚于现在。", "signed_out_at")


def _state_of(row: Participation) -> ParticipationState:
    if row.signed_out_at is not None:
        return ParticipationState.SERVED
    if row.signed_in_at is not None:
        return ParticipationState.PRESENT
    return ParticipationState.ABSENT if timezone.now() >= row.activity.starts_at else ParticipationState.JOINED


def _reason(text: str) -> str:
    reason = " ".join(text.replace("\x00", "").split())
    if not reason:
        raise Invalid("请写明理由。", "reason")
    return reason[:200]


def _clock(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%H:%M}" if at is not None else "无"
