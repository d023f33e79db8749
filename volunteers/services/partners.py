"""社区治理合伙人 (延吉): a room or its rent for hours of service — made, served, reminded of, ended."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification
from accounts.services.notifications import message, notify
from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.scope import scope_of
from grid.models import Unit
from grid.querysets import covers
from volunteers import events, permissions
from volunteers.choices import AgreementState, RecordSource
from volunteers.models import Agreement, PartnerService, Provider, Volunteer
from volunteers.selectors.partners import Pace, pace, with_served
from volunteers.services.locks import lock_unit, locked
from volunteers.services.records import Service, record_services
from volunteers.workflow.partners import AGREEMENT_FLOW

MOST_PEOPLE = 1000
MOST_HOURS = Decimal("100000")
CENT = Decimal("0.01")


def agreement_make(
    *,
    actor: Any,
    unit: Unit,
    provider: Provider,
    room: str,
    rent: Decimal,
    owed_hours: Decimal,
    service: str,
    first_day: date,
    last_day: date,
) -> Agreement:
    """A room (or its rent) for hours of service."""
    if not covers(scope_of(actor).holding(permissions.PARTNERS), unit):
        raise Refused(f"您不能为“{unit.name}”签订合伙人协议，请选择本人所在的单位。")
    if not provider.is_active:
        raise Conflict(f"“{provider.name}”已停用，请选择其他合伙人。")
    agreement = Agreement(unit=unit, provider=provider, first_day=first_day)
    _set_terms(agreement, room, rent, owed_hours, service, last_day)
    data = {"provider": provider.name, "room": agreement.room, "hours": f"{owed_hours:f}"}
    with transaction.atomic():
        lock_unit(unit)
        same = Agreement.objects.filter(
            unit=unit, provider=provider, room=agreement.room, first_day=first_day, state=AgreementState.ACTIVE
        )
        if same.exists():
            raise Conflict(f"“{provider.name}”这个场地、这一天起的协议已经登记，没有重复保存。")
        history.record(agreement, events.AGREEMENT_MADE, actor=actor, data=data)
    return agreement


def agreement_change(
    *,
    agreement: Agreement,
    actor: Any,
    room: str,
    rent: Decimal,
    owed_hours: Decimal,
    service: str,
    last_day: date,
    reason: str,
) -> Agreement:
    """A supplementary agreement: other terms from now on, with the reason."""
    if not reason.strip():
        raise Invalid("请写明变更的理由。", "reason")
    with transaction.atomic():
        row = locked(agreement, actor, permissions.PARTNERS)
        _check_active(row)
        before = {name: getattr(row, name) for name in TERMS}
        _set_terms(row, room, rent, owed_hours, service, last_day)
        changed = [name for name in TERMS if getattr(row, name) != before[name]]
        if changed:
            words = "、".join(TERMS[name] for name in changed)
            history.record(
                row, events.AGREEMENT_CHANGED, actor=actor, data={"changes": f"{words}（{reason.strip()[:120]}）"},
                fields=changed,
            )  # fmt: skip
    return row


TERMS = {"room": "场地", "rent": "租金", "owed_hours": "应服务时长", "service": "服务内容", "last_day": "截止日期"}


def _set_terms(row: Agreement, room: str, rent: Decimal, owed_hours: Decimal, service: str, last_day: date) -> None:
    if not room.strip():
        raise Invalid("请填写提供的场地。", "room")
    if not service.strip():
        raise Invalid("请填写服务内容。", "service")
    if not 0 <= rent <= 10_000_000:
        raise Invalid("折合租金应不小于 0。", "rent")
    if not 0 < owed_hours <= MOST_HOURS:
        raise Invalid(f"应服务时长应大于 0，不超过 {MOST_HOURS:,f} 小时。", "owed_hours")
    if last_day < row.first_day:
        raise Invalid("截止日期不能早于起始日期。", "last_day")
    row.room, row.rent, row.owed_hours = room.strip(), rent, owed_hours
    row.service, row.last_day = service.strip(), last_day


# --- service


@AGREEMENT_FLOW.service("serve")
def agreement_serve(
    *, agreement: Agreement, actor: Any, day: date, what: str, people: str, hours: Decimal
) -> Agreement:
    """Hours that the partner's own people served, all of them together."""
    count = _people(people)
    with AGREEMENT_FLOW.step("serve", agreement, actor) as step:
        _check_day(step.object, day)
        if not 0 < hours <= count * 24:
            raise Invalid(f"{count} 人一天的时长合计应大于 0，不超过 {count * 24} 小时。", "hours")
        PartnerService.objects.create(agreement=step.object, day=day, hours=hours, people=count, what=what.strip())
        step.data.update(day=f"{day:%Y-%m-%d}", what=what.strip(), people=count, hours=f"{hours:f}")
    return step.object


@AGREEMENT_FLOW.service("serve_by_volunteer")
def agreement_serve_by_volunteer(
    *, agreement: Agreement, actor: Any, number: str, day: date, start: time, end: time, what: str, theme: str
) -> Agreement:
    """Hours of a registered volunteer under the agreement: they count as service and give points."""
    with AGREEMENT_FLOW.step("serve_by_volunteer", agreement, actor) as step:
        _check_day(step.object, day)
        volunteer = Volunteer.objects.visible_to(actor).filter(number=number.strip().upper()).first()
        if volunteer is None:
            raise Invalid("没有找到这个编号的志愿者，请核对。", "number")
        (record,) = record_services(
            [
                Service(
                    volunteer=volunteer, unit=step.object.unit, source=RecordSource.PARTNER, theme=theme,
                    what=what.strip(), started_at=_moment(day, start), ended_at=_moment(day, end),
                    agreement=step.object,
                )
            ],
            actor=actor,
        )  # fmt: skip
        step.data.update(
            day=f"{day:%Y-%m-%d}",
            what=f"{what.strip()}（志愿者 {volunteer.number}）",
            people=1,
            hours=f"{record.hours:f}",
        )
    return step.object


def partner_service_void(*, service: PartnerService, actor: Any, reason: str) -> PartnerService:
    """Take wrongly entered hours back; the row stays."""
    reason = reason.strip()
    if not reason:
        raise Invalid("请写明作废的理由。", "reason")
    with transaction.atomic():
        agreement = locked(service.agreement, actor, permissions.PARTNERS)
        _check_active(agreement)
        row = PartnerService.objects.select_for_update().get(pk=service.pk)
        if row.voided_at is not None:
            raise Conflict("这条服务已经作废。")
        row.voided_at = timezone.now()
        row.save(update_fields=["voided_at"])
        data = {"day": f"{row.day:%Y-%m-%d}", "hours": f"{row.hours:f}", "reason": reason[:120]}
        history.record(agreement, events.SERVICE_VOIDED, actor=actor, data=data)
    return row


# --- the end


@AGREEMENT_FLOW.service("end")
def agreement_end(*, agreement: Agreement, actor: Any, note: str = "") -> Agreement:
    """The time is over and the hours have been looked at. Missing hours need a word."""
    with AGREEMENT_FLOW.step("end", agreement, actor) as step:
        stands = pace_of(step.object)
        if stands.missing and not note.strip():
            raise Invalid(f"还差 {stands.missing:f} 小时没有服务，请写明履约情况。", "note")
        step.data.update(served=f"{stands.served:f}", owed=f"{stands.owed:f}", note=note.strip() or "已服务满")
    return step.object


@AGREEMENT_FLOW.service("terminate")
def agreement_terminate(*, agreement: Agreement, actor: Any, note: str) -> Agreement:
    """Called off before its time."""
    if not note.strip():
        raise Invalid("请写明解除的理由。", "note")
    with AGREEMENT_FLOW.step("terminate", agreement, actor) as step:
        step.data["note"] = note.strip()
    return step.object


def pace_of(agreement: Agreement) -> Pace:
    return pace(with_served(Agreement.objects.filter(pk=agreement.pk)).get(), timezone.localdate())


# --- reminders


def remind(on: date | None = None) -> int:
    """Tell the units what their agreements need, each thing once: behind at half time, 30 days before the
    end, over with hours missing. How many agreements had something to say; repeatable."""
    on = on or timezone.localdate()
    count = 0
    for agreement in with_served(Agreement.objects.filter(state=AgreementState.ACTIVE)).select_related(
        "unit", "provider"
    ):
        messages = _messages(agreement, on)
        notify(messages)
        count += bool(messages)
    return count


def _messages(agreement: Agreement, on: date) -> list[Notification]:
    stands = pace(agreement, on)
    name = f"合伙人“{agreement.provider.name}”（{agreement.room}）"
    left = f"已服务 {stands.served:f} 小时，应服务 {stands.owed:f} 小时"
    texts: dict[str, str] = {}
    if stands.short:
        texts["short"] = f"{name}的协议已到期，还差 {stands.missing:f} 小时（{left}），请督促补足或办理结束。"
    if stands.behind:
        texts["half"] = f"{name}的协议期已过半，{left}，进度落后，请督促。"
    if stands.ending:
        texts["ending"] = f"{name}的协议将于 {agreement.last_day:%Y-%m-%d} 到期，{left}，请商定是否续签。"
    url = reverse("volunteers:agreement", args=[agreement.pk])
    # A changed last day is another limit: it is reminded of anew.
    return [
        message(
            to=agreement.unit, text=text, key=f"agreement:{agreement.pk}:{what}:{agreement.last_day:%Y%m%d}",
            tone=Notification.Tone.REMINDER, url=url,
        )
        for what, text in texts.items()
    ]  # fmt: skip


def _people(text: str) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and 1 <= int(digits) <= MOST_PEOPLE):
        raise Invalid(f"人数应为 1 至 {MOST_PEOPLE} 的整数。", "people")
    return int(digits)


def _check_day(agreement: Agreement, day: date) -> None:
    if day > timezone.localdate():
        raise Invalid("服务还没有发生，不能提前登记。", "day")
    if not agreement.first_day <= day:
        raise Invalid(f"服务日期不能早于协议起始日期 {agreement.first_day:%Y-%m-%d}。", "day")


def _check_active(agreement: Agreement) -> None:
    if agreement.state != AgreementState.ACTIVE:
        raise Conflict(f"协议{agreement.get_state_display()}，不能再修改。")


def _moment(day: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))
