"""Entries that need two people: proposed by one, posted by another (domain §5; ``volunteers.workflow.points``)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from grid.models import Unit
from volunteers import events, permissions
from volunteers.choices import AccountKind, EntryKind, RequestState, VolunteerState
from volunteers.models import Account, Entry, PointsRequest, Programme, Volunteer
from volunteers.rules import member_rule, points_rule
from volunteers.services.ledger import (
    CENT,
    NO_CEILING,
    Movement,
    person_account,
    pool_account,
    post,
    reversal,
    system_account,
)
from volunteers.services.points import ceiling_of
from volunteers.services.stars import days_of, half_of
from volunteers.workflow.points import POINTS_FLOW

MOST_POINTS = Decimal(100_000)
COUNTS_FOR_MOST = (RequestState.PROPOSED, RequestState.POSTED)


# --- proposing


def adjustment_propose(
    *,
    actor: Any,
    volunteer: Volunteer,
    programme: Programme,
    amount: Decimal,
    day: date,
    reason: str,
    submission: UUID | None = None,
) -> PointsRequest:
    """A manual entry: ``amount`` > 0 gives points, < 0 takes them away.

    As all functions here: ``Http404`` outside the actor's area, ``Invalid`` for unusable input; a repeated
    ``submission`` hands the first request back.
    """
    with transaction.atomic():
        locked = _volunteer(volunteer, actor)
        _check_day(day)
        if not 0 < abs(amount) <= MOST_POINTS or amount != amount.quantize(CENT):
            raise Invalid(f"积分应在 0.01 至 {MOST_POINTS:f} 之间，最多两位小数；扣减填负数。", "amount")
        if amount > 0:
            ceiling_of(locked, programme, day)
        request = PointsRequest(kind=EntryKind.MANUAL, programme=programme, volunteer=locked, amount=amount, day=day)
        return _propose(request, actor, reason, submission)


def item_propose(
    *, actor: Any, volunteer: Volunteer, item: str, day: date, reason: str, submission: UUID | None = None
) -> PointsRequest:
    """Points of one item of the member points (丰南: 23 items), as often in a half-year as the rule allows."""
    with transaction.atomic():
        locked = _volunteer(volunteer, actor)  # its lock lets nobody count at the same time
        _check_day(day)
        rule = member_rule(day)
        found = rule.item(item)
        programme = Programme.objects.filter(key=rule.programme, is_active=True).first()
        if found is None or programme is None:
            raise Invalid("没有这个加分项目，请重新选择。", "item")
        ceiling_of(locked, programme, day)
        first, last = days_of(half_of(day))
        rows = PointsRequest.objects.filter(
            volunteer=locked, kind=EntryKind.ITEM, item=item, day__range=(first, last), state__in=COUNTS_FOR_MOST
        )
        count = rows.exclude(entries__reversed_by__isnull=False).count()
        if count >= found.most:
            raise Invalid(
                f"“{found.label}”每半年最多计 {found.most} 次，志愿者 {locked.number} 已有 {count} 次。", "item"
            )
        request = PointsRequest(
            kind=EntryKind.ITEM, programme=programme, volunteer=locked, item=item, amount=found.points, day=day
        )
        reason = f"{found.label}：{reason.strip()}" if reason.strip() else found.label
        return _propose(request, actor, reason, submission)


def grant_propose(
    *,
    actor: Any,
    volunteer: Volunteer,
    programme: Programme,
    pool: Unit,
    amount: Decimal,
    reason: str,
    submission: UUID | None = None,
) -> PointsRequest:
    """Points out of the pool of a unit, for a volunteer who belongs to it."""
    with transaction.atomic():
        locked = _volunteer(volunteer, actor)
        today = timezone.localdate()
        if not locked.unit.path.startswith(pool.path):
            raise Invalid(f"志愿者 {locked.number} 不属于“{pool.name}”，不能使用它的爱心积分池。", "pool")
        held = Account.objects.filter(programme=programme, kind=AccountKind.POOL, unit=pool).first()
        balance = (held.balance if held else None) or Decimal(0)
        if not 0 < amount <= balance or amount != amount.quantize(CENT):
            raise Invalid(f"“{pool.name}”的爱心积分池现有 {balance:f} 分，发放的积分应大于 0、不超过它。", "amount")
        ceiling_of(locked, programme, today)
        request = PointsRequest(
            kind=EntryKind.DONATE, programme=programme, volunteer=locked, pool=pool, amount=amount, day=today
        )
        return _propose(request, actor, reason, submission)


def reversal_propose(*, actor: Any, entry: Entry, reason: str) -> PointsRequest:
    """Undo an entry by its counter-entry. ``Refused`` for what is undone elsewhere or already."""
    with transaction.atomic():
        line = _person_line(entry)
        locked = _volunteer(line.account.volunteer, actor)
        if entry.kind == EntryKind.REDEEM:
            raise Refused("兑换的积分请在积分超市办理取消或退回，商品和库存会一并处理。")
        if entry.kind == EntryKind.EARN and entry.record_id:
            raise Refused("服务得分请通过作废服务记录来收回，时长和积分会一并处理。")
        counter = reversal(entry, actor=actor, reason=reason)  # says so when it cannot be undone
        back = counter.amount if counter.target.pk == line.account_id else -counter.amount
        request = PointsRequest(
            kind=EntryKind.REVERSE, programme=entry.programme, volunteer=locked, reverses=entry, amount=back,
            day=counter.day,
        )  # fmt: skip
        return _propose(request, actor, reason)


def _person_line(entry: Entry) -> Any:
    """The side of the person the entry is about: of a donation, of the one who gave."""
    sides = entry.lines.filter(account__kind=AccountKind.PERSON).select_related("account__volunteer")
    return sides.order_by("amount").first()


def _volunteer(volunteer: Volunteer | None, actor: Any) -> Volunteer:
    rows = (
        Volunteer.objects.visible_to(actor, permissions.POINTS).select_related("unit").select_for_update(of=("self",))
    )
    locked = rows.filter(pk=volunteer.pk).first() if volunteer is not None else None
    if locked is None:
        raise Http404
    if locked.state == VolunteerState.ERASED:
        raise Refused("这位志愿者已经注销，积分不能再调整。")
    return locked


def _check_day(day: date) -> None:
    if day > timezone.localdate():
        raise Invalid("所属日期不能晚于今天。", "day")


def _propose(request: PointsRequest, actor: Any, reason: str, submission: UUID | None = None) -> PointsRequest:
    reason = reason.strip()
    if not 2 <= len(reason) <= 120:
        raise Invalid("请写明理由，2 至 120 字。", "reason")
    request.reason, request.proposed_by, request.proposed_at = reason, actor, timezone.now()
    repeated = _of_form(request, actor, submission)
    if repeated is not None:
        return repeated
    data = history.keyed({"amount": f"{request.amount:+f}", "reason": reason}, submission)
    try:
        with transaction.atomic():
            history.record(request, events.POINTS_PROPOSED, actor=actor, data=data)
    except IntegrityError:  # points_request_reversal_once
        raise Conflict("这一笔已经有人提出冲正，请等待复核。") from None
    return request


def _of_form(request: PointsRequest, actor: Any, submission: UUID | None) -> PointsRequest | None:
    """The request that came of this very form. The caller holds the volunteer's lock."""
    if submission is None:
        return None
    for row in PointsRequest.objects.filter(volunteer=request.volunteer, kind=request.kind, proposed_by=actor):
        if history.was_submitted(row, events.POINTS_PROPOSED, submission):
            return row
    return None


# --- deciding


@POINTS_FLOW.service("approve")
def request_approve(*, points_request: PointsRequest, actor: Any, note: str = "") -> PointsRequest:
    """Post the entry in the same step. ``Refused`` when there are not enough points, or no room under the ceiling."""
    with POINTS_FLOW.step("approve", points_request, actor) as step:
        step.set(decided_by=actor, decided_at=step.at, decision=note)
        step.data.update(amount=f"{step.object.amount:+f}", note=f"：{note}" if note else "")
        if not post([_movement(step.object, actor)]):
            raise Refused("志愿者的积分已达上限，这笔积分不能计入。请复核为“不通过”，或者等积分用掉一些后再通过。")
    return step.object


@POINTS_FLOW.service("deny")
def request_deny(*, points_request: PointsRequest, actor: Any, note: str) -> PointsRequest:
    """Not agreed, with the reason; nothing is posted."""
    with POINTS_FLOW.step("deny", points_request, actor) as step:
        step.set(decided_by=actor, decided_at=step.at, decision=note)
        step.data.update(note=note)
    return step.object


@POINTS_FLOW.service("withdraw")
def request_withdraw(*, points_request: PointsRequest, actor: Any, note: str) -> PointsRequest:
    """Taken back by who proposed it."""
    with POINTS_FLOW.step("withdraw", points_request, actor) as step:
        step.set(decided_at=step.at, decision=note)
        step.data.update(note=note)
    return step.object


def _movement(request: PointsRequest, actor: Any) -> Movement:
    """What the request moves, from where to where, by the rule of its own day."""
    if request.reverses is not None:
        return reversal(request.reverses, actor=actor, reason=request.reason, day=request.day, request=request)
    person, other = person_account(request.volunteer, request.programme), _other_side(request)
    gives = request.amount > 0
    rule = member_rule(request.day).policy if request.kind == EntryKind.ITEM else points_rule(request.day).policy
    return Movement(
        other if gives else person, person if gives else other, abs(request.amount), request.kind, request.day,
        request.reason, request.key or f"request:{request.pk}", actor=actor, policy=rule, record=request.record,
        request=request, ceiling=_ceiling(request) if gives else NO_CEILING,
    )  # fmt: skip


def _ceiling(request: PointsRequest) -> Decimal:
    rule = points_rule(request.day).programme(request.programme.key)
    return rule.ceiling if rule is not None else NO_CEILING


def _other_side(request: PointsRequest) -> Account:
    if request.pool is not None:
        return pool_account(request.pool, request.programme)
    manual = request.kind == EntryKind.MANUAL
    return system_account(request.programme, AccountKind.CORRECTION if manual else AccountKind.ISSUE)
