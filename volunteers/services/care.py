"""Bought care hours per elder (通化县: 326 elders, 412,000 hours): every visit takes its hours off, never below none."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from common import events as history
from common import profile
from common.errors import Conflict, Invalid, Refused
from common.phones import check_phone
from common.scope import scope_of
from common.series import next_number
from grid.models import Unit
from grid.querysets import covers
from volunteers import events, permissions
from volunteers.choices import OPEN_ORDER_STATES
from volunteers.models import CareRecipient, Order, Provider
from volunteers.services.locks import lock_unit
from volunteers.services.texts import checked_line, checked_reason

MOST_HOURS = Decimal(20_000)
FIELDS = {"name": "姓名", "phone": "电话", "address": "住址"}


def care_start(
    *,
    actor: Any,
    unit: Unit,
    name: str,
    hours: Decimal,
    first_day: date,
    last_day: date,
    phone: str = "",
    address: str = "",
    needs: str = "",
    provider: Provider | None = None,
) -> CareRecipient:
    """Hours are bought for an elder. Raises ``Invalid`` with the field, ``Refused`` outside the actor's units,
    ``Conflict`` for an elder who has hours of the same time already."""
    if not covers(scope_of(actor).holding(permissions.ORDERS), unit):
        raise Refused(f"您不能为“{unit.name}”登记照料对象，请选择本人所在的单位。")
    hours = _hours(hours)
    if last_day < first_day:
        raise Invalid("截止日期不能早于起始日期。", "last_day")
    recipient = CareRecipient(
        unit=unit, name=checked_line(name, "name", "姓名", 40, required=True), phone=check_phone(phone.strip()),
        address=checked_line(address, "address", "住址", 120), needs=checked_line(needs, "needs", "照料需要", 120),
        provider=provider, bought_hours=hours, left_hours=hours, first_day=first_day, last_day=last_day,
    )  # fmt: skip
    with transaction.atomic():
        lock_unit(unit)
        _refuse_repeated(recipient)
        recipient.number = f"ZL{profile.current().code}{next_number('care'):05d}"
        data = {"hours": f"{hours:.2f}", "first": first_day.isoformat(), "last": last_day.isoformat()}
        history.record(recipient, events.CARE_STARTED, actor=actor, data=data)
    return recipient


def _refuse_repeated(recipient: CareRecipient) -> None:
    """Names are encrypted: those of the same unit and time are compared here."""
    same = CareRecipient.objects.filter(
        unit=recipient.unit, is_active=True, first_day=recipient.first_day, last_day=recipient.last_day
    )
    for row in same:
        if (row.name, row.phone) == (recipient.name, recipient.phone):
            raise Conflict(f"这位老人这段时间的照料时长已经登记（{row.number}）。再购买的，请在照料对象页面追加时长。")


def care_add_hours(
    *, recipient: CareRecipient, actor: Any, hours: Decimal, note: str = "", submission: UUID | None = None
) -> CareRecipient:
    """More hours are bought; once for each ``submission``."""
    hours = _hours(hours)
    with transaction.atomic():
        recipient = _locked(recipient, actor)
        if history.was_submitted(recipient, events.CARE_ADDED, submission):
            return recipient
        recipient.bought_hours += hours
        recipient.left_hours += hours
        data = {"hours": f"{hours:.2f}", "left": f"{recipient.left_hours:.2f}", "note": note.strip()[:200]}
        history.record(
            recipient, events.CARE_ADDED, actor=actor, data=history.keyed(data, submission),
            fields=["bought_hours", "left_hours"],
        )  # fmt: skip
    return recipient


def care_change(
    *, recipient: CareRecipient, actor: Any, needs: str, provider: Provider | None, last_day: date
) -> CareRecipient:
    """Needs, provider, last day. Nothing changed: no event."""
    with transaction.atomic():
        recipient = _locked(recipient, actor)
        if last_day < recipient.first_day:
            raise Invalid("截止日期不能早于起始日期。", "last_day")
        fresh = {"needs": checked_line(needs, "needs", "照料需要", 120), "provider": provider, "last_day": last_day}
        said = [
            f"{CareRecipient._meta.get_field(name).verbose_name}改为“{value or '无'}”"  # type: ignore[union-attr]
            for name, value in fresh.items()
            if getattr(recipient, name) != value
        ]
        for name, value in fresh.items():
            setattr(recipient, name, value)
        if said:
            history.record(
                recipient, events.CARE_CHANGED, actor=actor, data={"summary": "；".join(said)}, fields=list(fresh)
            )
    return recipient


def care_end(*, recipient: CareRecipient, actor: Any, note: str) -> CareRecipient:
    """No more visits (moved away, died): open orders must be withdrawn first; the hours left stay on the record."""
    with transaction.atomic():
        recipient = _locked(recipient, actor)
        waiting = Order.objects.filter(care_recipient=recipient, state__in=OPEN_ORDER_STATES).count()
        if waiting:
            raise Conflict(f"还有 {waiting} 单没有完成，请先完成或撤回再停止照料。")
        recipient.is_active = False
        # The year after which the personal data go begins today.
        recipient.last_day = max(recipient.first_day, min(recipient.last_day, timezone.localdate()))
        history.record(
            recipient,
            events.CARE_ENDED,
            actor=actor,
            data={"note": checked_reason(note, "note")},
            fields=["is_active", "last_day"],
        )
    return recipient


def care_use(order: Order, hours: Decimal, day: date, actor: Any) -> None:
    """A finished visit takes its hours off. The caller's transaction holds the order.

    Raises ``Invalid`` when fewer hours are left, or the day lies outside what was bought.
    """
    recipient = _of(order)
    if not recipient.first_day <= day <= recipient.last_day:
        raise Invalid(
            f"照料对象 {recipient.number} 的服务期为 {recipient.first_day:%Y-%m-%d} 至 {recipient.last_day:%Y-%m-%d}，"
            "请核对服务日期。", "day",
        )  # fmt: skip
    if hours > recipient.left_hours:
        raise Invalid(
            f"照料对象 {recipient.number} 只剩 {recipient.left_hours:.2f} 小时，不够这次的 {hours:.2f} 小时。"
            "请核对时长，或先追加购买。", "hours",
        )  # fmt: skip
    recipient.left_hours -= hours
    _moved(recipient, events.CARE_USED, order, hours, actor, day=day.isoformat())


def _of(order: Order) -> CareRecipient:
    """The locked recipient of an order of care."""
    assert order.care_recipient_id is not None, "asked for orders of care only"
    return CareRecipient.objects.select_for_update().get(pk=order.care_recipient_id)


def care_give_back(order: Order, actor: Any) -> None:
    """A visit turned out not to have been done: its hours come back. The caller's transaction holds the order."""
    if order.care_recipient_id is None or order.hours is None:
        return
    recipient = _of(order)
    recipient.left_hours += order.hours
    _moved(recipient, events.CARE_RETURNED, order, order.hours, actor)


def _moved(recipient: CareRecipient, kind: str, order: Order, hours: Decimal, actor: Any, **more: str) -> None:
    data = {"order": order.number, "hours": f"{hours:.2f}", "left": f"{recipient.left_hours:.2f}", **more}
    history.record(recipient, kind, actor=actor, data=data, fields=["left_hours"])


def care_reveal(*, recipient: CareRecipient, actor: Any, field: str, reason: str) -> str:
    """A personal field in clear, with a reason, on the record (个人信息保护法 art. 51)."""
    if field not in FIELDS:
        raise Invalid("没有这一项信息。", "field")
    reason = checked_reason(reason)
    with transaction.atomic():
        rows = CareRecipient.objects.visible_to(actor, permissions.REVEAL).select_for_update(of=("self",))
        locked = rows.filter(pk=recipient.pk).first()
        if locked is None:
            raise Http404
        history.record(locked, events.CARE_REVEALED, actor=actor, data={"field": FIELDS[field], "reason": reason})
    return str(getattr(locked, field))


def _locked(recipient: CareRecipient, actor: Any) -> CareRecipient:
    rows = CareRecipient.objects.visible_to(actor, permissions.ORDERS).select_for_update(of=("self",))
    found = rows.filter(pk=recipient.pk).first()
    if found is None:
        raise Http404
    if not found.is_active:
        raise Conflict("已停止照料，不能再办理。")
    return found


def _hours(hours: Decimal) -> Decimal:
    if not 0 < hours <= MOST_HOURS:
        raise Invalid(f"购买时长应大于 0、不超过 {MOST_HOURS:,} 小时。", "hours")
    return hours
