"""Hours of an activity: confirmed by the organiser for all at once, seen or objected to by the volunteer (art. 19)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Notification
from accounts.services.notifications import message, notify
from common import events as history
from common.errors import Conflict, Invalid
from volunteers import events
from volunteers.choices import ActivityState, ParticipationState, RecordSource, VolunteerState
from volunteers.models import Activity, Participation, ServiceRecord, Volunteer
from volunteers.selectors.activities import counted_span
from volunteers.services.attendance import check_times
from volunteers.services.objections import answer_open, require_registrar
from volunteers.services.organisers import require_organiser
from volunteers.services.participation import locked_participation
from volunteers.services.records import Service, hours_between, record_services, void_record
from volunteers.workflow import ACTIVITY_FLOW

NONE = Decimal("0.00")
CORRECTABLE = (ParticipationState.CONFIRMED, ParticipationState.ABSENT, ParticipationState.SERVED)


@dataclass(frozen=True)
class Given:
    """What the organiser enters for one person in place of the hours between sign-in and sign-out."""

    hours: Decimal
    reason: str = ""


def proposed_hours(participation: Participation) -> Decimal:
    """Sign-out − sign-in within the activity's times, to the hundredth of an hour."""
    span = counted_span(participation)
    return hours_between(*span) if span else NONE


@ACTIVITY_FLOW.service("confirm")
def activity_confirm(*, activity: Activity, actor: Any, given: Mapping[int, Given] | None = None) -> Activity:
    """Confirm the hours of everybody who signed out, all or none; who joined and never came is absent.

    ``given`` holds what the organiser saw and entered, by the participation's key, for everybody who
    signed out: hours may be lowered, with a reason; 0 counts as absent. Raises ``Conflict`` while
    somebody has not signed out, when the list is not the one the organiser saw, and when a record of
    another activity or order overlaps (the sentence names the volunteer's number).
    """
    with ACTIVITY_FLOW.step("confirm", activity, actor) as step:
        rows = _locked_rows(step.object)
        present = [row.volunteer.number for row in rows if row.state == ParticipationState.PRESENT]
        if present:
            named = "、".join(present[:5]) + ("等" if len(present) > 5 else "")
            raise Conflict(f"还有 {len(present)} 人没有签退（{named}），请先补签退，再确认时长。")
        served = [row for row in rows if row.state == ParticipationState.SERVED]
        if given is not None and set(given) != {row.pk for row in served}:
            raise Conflict("名单在您打开页面之后有变化，请刷新后重新核对。")
        settled = [_settle(row, given[row.pk] if given is not None else None, actor) for row in served]
        services = [service for service in settled if service is not None]
        for row in rows:
            if row.state == ParticipationState.JOINED:
                _absent(row, actor)
        record_services(services, actor=actor)
        hours = sum((service.hours or NONE for service in services), NONE)
        absent = sum(row.state == ParticipationState.ABSENT for row in rows)
        step.data.update(people=len(services), hours=f"{hours:f}", absent=absent)
    return step.object


def _locked_rows(activity: Activity) -> list[Participation]:
    rows = Participation.objects.select_for_update(of=("self",)).filter(activity=activity)
    found = list(rows.select_related("volunteer").order_by("pk"))
    for row in found:
        row.activity = activity
    return found


def _settle(row: Participation, given: Given | None, actor: Any) -> Service | None:
    """Close one participation; the service to record, or ``None`` when nothing counts."""
    if row.volunteer.state == VolunteerState.ERASED:
        _absent(row, actor, "志愿者已注销，不再记录")
        return None
    proposed = proposed_hours(row)
    hours = given.hours if given is not None else proposed
    reason = given.reason.strip() if given is not None else ""
    if hours != proposed:
        check_given(row, proposed, hours, reason)
        row.correction = reason[:200]
    if not hours:
        _absent(row, actor, row.correction or "不足 0.01 小时")
        return None
    return _confirm(row, hours, actor, events.HOURS_CONFIRMED, {"reason": f"；{reason}" if reason else ""})


def check_given(row: Participation, proposed: Decimal, hours: Decimal, reason: str) -> None:
    """Hours may be lowered, with a reason; more than was signed for needs the times corrected first."""
    number = row.volunteer.number
    if not reason:
        raise Invalid(f"志愿者 {number} 的时长由 {proposed} 改为 {hours} 小时，请写明理由。", "reason")
    if hours < 0 or hours != hours.quantize(NONE):
        raise Invalid(f"志愿者 {number} 的时长应为 0 或正数，最多两位小数。", "hours")
    if hours > proposed:
        raise Invalid(
            f"志愿者 {number} 的时长 {hours} 小时超过了签到签退之间的 {proposed} 小时；签到签退有误的，请先更正。",
            "hours",
        )


def _confirm(row: Participation, hours: Decimal, actor: Any, kind: str, data: dict[str, str]) -> Service:
    span = counted_span(row)
    assert span is not None  # hours above zero lie in a span
    row.state, row.hours, row.seen_at = ParticipationState.CONFIRMED, hours, None
    history.record(
        row, kind, actor=actor, data={"hours": f"{hours:f}", **data},
        fields=["state", "hours", "correction", "signed_in_at", "signed_out_at", "seen_at"],
    )  # fmt: skip
    activity = row.activity
    return Service(
        row.volunteer, activity.unit, RecordSource.ACTIVITY, activity.theme, activity.title, *span, hours=hours,
        participation=row,
    )  # fmt: skip


def _absent(row: Participation, actor: Any, correction: str = "") -> None:
    row.state, row.hours, row.seen_at = ParticipationState.ABSENT, None, None
    row.correction = (correction or row.correction)[:200]
    history.record(row, events.ABSENT, actor=actor, fields=["state", "hours", "correction", "seen_at"])


# --- after the confirmation


def hours_correct(
    *,
    participation: Participation,
    actor: Any,
    signed_in_at: Any,
    signed_out_at: Any,
    reason: str,
    hours: Decimal | None = None,
) -> Participation:
    """Put confirmed hours right: the old record is voided, a new one written; both times empty: absent.

    Its points go back by counter-entries (``Refused`` when they are spent) and come anew. ``hours`` lowers
    what lies between the times. Answers an open objection of the volunteer. The same correction a second
    time changes nothing.
    """
    require_organiser(participation.activity, actor)
    reason = " ".join(reason.split())[:200]
    if not reason:
        raise Invalid("请写明更正的理由。", "reason")
    with transaction.atomic():
        row = locked_participation(participation)
        if row.activity.state != ActivityState.CONFIRMED or row.state not in CORRECTABLE:
            raise Conflict("时长还没有确认，请在确认时长的页面上直接修改。")
        check_times(row.activity, signed_in_at, signed_out_at)
        if signed_in_at is not None and signed_out_at is None:
            raise Invalid("请填写签退时间。", "signed_out_at")
        old = row.hours or NONE
        stood = (row.signed_in_at, row.signed_out_at, row.correction)
        row.signed_in_at, row.signed_out_at, row.correction = signed_in_at, signed_out_at, reason
        proposed = proposed_hours(row)
        new = proposed if hours is None else hours
        if new != proposed:
            check_given(row, proposed, new, reason)
        asked = bool(row.objection and not row.objection_answer)
        settled = row.state != ParticipationState.SERVED and new == old
        if settled and not asked and stood == (row.signed_in_at, row.signed_out_at, row.correction):
            return row
        _void(row, actor, reason)
        data = {"old": f"{old:f}", "new": f"{new:f}", "reason": reason}
        if new:
            service = _confirm(row, new, actor, events.HOURS_CORRECTED, data)
            record_services([service], actor=actor)
        else:
            row.state, row.hours, row.seen_at = ParticipationState.ABSENT, None, None
            history.record(
                row, events.HOURS_CORRECTED, actor=actor, data=data,
                fields=["state", "hours", "correction", "signed_in_at", "signed_out_at", "seen_at"],
            )  # fmt: skip
        if asked:
            _answer(row, actor, f"已更正为 {new} 小时：{reason}")
    return row


def _void(row: Participation, actor: Any, reason: str) -> None:
    for record in ServiceRecord.objects.filter(participation=row, voided_at=None):
        void_record(record=record, actor=actor, reason=reason)


def record_void(*, record: ServiceRecord, actor: Any, reason: str) -> ServiceRecord:
    """Take a wrong record back, whatever it came from; its participation counts nothing any more."""
    require_registrar(record, actor)
    with transaction.atomic():
        row = locked_participation(record.participation) if record.participation is not None else None
        voided = void_record(record=record, actor=actor, reason=reason)
        answer_open(voided, actor, f"已作废：{reason}")
        if row is not None:
            row.state, row.hours, row.seen_at, row.correction = ParticipationState.SERVED, None, None, reason[:200]
            history.record(
                row, events.HOURS_CORRECTED, actor=actor, fields=["state", "hours", "seen_at", "correction"],
                data={"old": f"{record.hours:f}", "new": f"{NONE:f}", "reason": reason},
            )  # fmt: skip
    return voided


# --- the volunteer's side


def hours_seen(*, volunteer: Volunteer, records: Iterable[ServiceRecord]) -> int:
    """The volunteer's page has shown these hours; how many of them were new."""
    shown = [record.participation_id for record in records if record.participation_id is not None]
    rows = Participation.objects.filter(volunteer=volunteer, pk__in=shown, seen_at=None)
    return rows.filter(state=ParticipationState.CONFIRMED).update(seen_at=timezone.now())


def notice_read(*, participation: Participation) -> None:
    """The volunteer has read the notice."""
    Participation.objects.filter(pk=participation.pk).update(notice="")


def hours_object(*, participation: Participation, text: str) -> Participation:
    """The volunteer says what is wrong with their hours, or that they were there; the unit gets a message."""
    text = " ".join(text.replace("\x00", "").split())
    if not text:
        raise Invalid("请写明哪里不对。", "text")
    with transaction.atomic():
        row = locked_participation(participation)
        settled = (ParticipationState.CONFIRMED, ParticipationState.ABSENT)
        if row.activity.state != ActivityState.CONFIRMED or row.state not in settled:
            raise Conflict("时长还没有确认，有问题请直接告诉组织者。")
        if row.objection and not row.objection_answer:
            raise Conflict("您已经提出异议，请等组织者答复。")
        row.objection, row.objected_at, row.objection_answer = text[:200], timezone.now(), ""
        event = history.record(
            row, events.OBJECTED, data={"text": row.objection}, at=row.objected_at,
            fields=["objection", "objected_at", "objection_answer"],
        )  # fmt: skip
        activity = row.activity
        said = f"志愿者 {row.volunteer.number} 对“{activity}”的时长有异议，请核实答复。"
        notify([
            message(
                to=activity.unit, text=said, tone=Notification.Tone.REMINDER, url=activity.get_absolute_url(),
                key=f"participation:{row.pk}:{event.seq}",
            )
        ])  # fmt: skip
    return row


def objection_answer(*, participation: Participation, actor: Any, text: str) -> Participation:
    """The organiser keeps the hours as they are and says why."""
    require_organiser(participation.activity, actor)
    text = " ".join(text.replace("\x00", "").split())
    if not text:
        raise Invalid("请写明答复。", "text")
    with transaction.atomic():
        row = locked_participation(participation)
        if not row.objection or row.objection_answer:
            raise Conflict("没有待答复的异议。")
        _answer(row, actor, text)
    return row


def _answer(row: Participation, actor: Any, text: str) -> None:
    row.objection_answer, row.notice = text[:200], f"您的异议已答复：{text}"[:300]
    history.record(
        row, events.OBJECTION_ANSWERED, actor=actor, data={"text": text[:200]}, fields=["objection_answer", "notice"]
    )
