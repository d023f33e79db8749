"""Objections to hours of orders, agreements and imports (art. 19); those to hours of activities are in ``hours.py``.

The record says what the volunteer objects to and what they were told. A wrong record is voided and written
anew, never changed.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification
from accounts.services.notifications import message, notify
from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.scope import scope_of
from volunteers import events, permissions
from volunteers.models import ServiceRecord
from volunteers.policies.activities import over_unit
from volunteers.services.records import Service, hours_between, record_services, void_record


def record_object(*, record: ServiceRecord, text: str) -> ServiceRecord:
    """The volunteer says what is wrong with the hours of a record; the unit that wrote it gets a message."""
    text = _words(text, "请写明哪里不对。")
    with transaction.atomic():
        row = _locked(record)
        if row.voided_at is not None:
            raise Conflict("这条服务记录已经作废，不再计算时长。")
        if row.has_open_objection:
            raise Conflict("您已经提出异议，请等组织单位答复。")
        row.objection, row.objected_at, row.objection_answer = text, timezone.now(), ""
        event = history.record(
            row, events.RECORD_OBJECTED, data={"text": text}, at=row.objected_at,
            fields=["objection", "objected_at", "objection_answer"],
        )  # fmt: skip
        said = f"志愿者 {row.volunteer.number} 对“{row.what}”（{row.day:%Y-%m-%d}）的时长有异议，请核实答复。"
        notify([
            message(
                to=row.unit, text=said, tone=Notification.Tone.REMINDER, key=f"record:{row.pk}:{event.seq}",
                url=reverse("volunteers:record-answer", args=[row.pk]),
            )
        ])  # fmt: skip
    return row


def record_answer(*, record: ServiceRecord, actor: Any, text: str) -> ServiceRecord:
    """The unit keeps the hours as they are and says why."""
    require_registrar(record, actor)
    text = _words(text, "请写明答复。")
    with transaction.atomic():
        row = _locked(record)
        if not row.has_open_objection:
            raise Conflict("没有待答复的异议。")
        answer(row, actor, text)
    return row


def record_correct(
    *,
    record: ServiceRecord,
    actor: Any,
    started_at: datetime,
    ended_at: datetime,
    reason: str,
    hours: Decimal | None = None,
) -> ServiceRecord:
    """Void a record and write another with the right times; ``hours`` counts less than what lies between them.

    Points go back by counter-entries (``Refused`` when they are spent) and come anew. Answers an open objection.
    """
    require_registrar(record, actor)
    reason = _words(reason, "请写明更正的理由。", "reason")
    if record.participation_id is not None:
        raise Conflict("活动的时长请在活动页面上更正。")
    if record.order is not None and record.order.care_recipient_id is not None:
        raise Refused("照料时长已按申报扣除，不能只改志愿者的时长；记错的请作废，再由社区重新登记。")
    if hours is not None and hours > hours_between(started_at, ended_at):
        raise Invalid("时长不能超过起止时间之间的小时数，请核对。", "hours")
    with transaction.atomic():
        old = void_record(record=record, actor=actor, reason=f"更正：{reason}"[:200])
        service = Service(
            volunteer=old.volunteer, unit=old.unit, source=old.source, theme=old.theme, what=old.what,
            started_at=started_at, ended_at=ended_at, hours=hours, order=old.order, agreement=old.agreement,
        )  # fmt: skip
        new = record_services([service], actor=actor)[0]
        answer_open(old, actor, f"已更正为 {new.hours:f} 小时：{reason}")
    return new


def answer_open(row: ServiceRecord, actor: Any, text: str) -> None:
    """What was done to a locked record is the answer to an objection that waits."""
    if row.has_open_objection:
        answer(row, actor, text)


def answer(row: ServiceRecord, actor: Any, text: str) -> None:
    row.objection_answer = text[:200]
    history.record(
        row, events.RECORD_OBJECTION_ANSWERED, actor=actor, data={"text": row.objection_answer},
        fields=["objection_answer"],
    )  # fmt: skip


def require_registrar(record: ServiceRecord, actor: Any) -> None:
    """The unit that wrote a record answers for it: 404 outside the scope, ``Refused`` for the volunteer's own unit."""
    if not ServiceRecord.objects.visible_to(actor).filter(pk=record.pk).exists():
        raise Http404
    scope = scope_of(actor).holding(permissions.ACTIVITIES)
    if not scope or not over_unit(record, scope):
        raise Refused(f"这条记录由“{record.unit}”登记，不在您负责的范围内。")


def _locked(record: ServiceRecord) -> ServiceRecord:
    rows = ServiceRecord.objects.select_for_update(of=("self",)).select_related("volunteer", "unit")
    return rows.get(pk=record.pk)


def _words(text: str, missing: str, field: str = "text") -> str:
    text = " ".join(text.replace("\x00", "").split())[:200]
    if not text:
        raise Invalid(missing, field)
    return text
