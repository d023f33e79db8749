"""Giving points away: to a neighbour, or to the unit's pool for those who need them (爱心积分池)."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from common.errors import Invalid, Refused
from volunteers.choices import EntryKind, VolunteerState
from volunteers.models import Account, Entry, Programme, Volunteer
from volunteers.rules import points_rule
from volunteers.services.ledger import CENT, NO_CEILING, Movement, person_account, pool_account, post
from volunteers.services.points import ceiling_of


def donate(
    *, volunteer: Volunteer, programme: Programme, amount: Decimal, request_key: uuid.UUID, to_number: str = "",
    note: str = "",
) -> Entry | None:  # fmt: skip
    """Give ``amount`` points to the neighbour with the number, or without one to the pool of one's unit.

    Repeatable by ``request_key``: nothing (``None``) happens the second time. Raises ``Invalid`` for unusable
    input and ``Refused`` when the points do not suffice or the other may not hold so many.
    """
    if amount <= 0 or amount != amount.quantize(CENT):
        raise Invalid("捐赠的积分应大于 0，最多两位小数。", "amount")
    with transaction.atomic():
        giver, target, ceiling = _target(volunteer, programme, to_number)
        whom = f"捐给 {to_number.strip().upper()}" if to_number else f"捐给{giver.unit.name}爱心积分池"
        today = timezone.localdate()
        entries = post([
            Movement(
                person_account(giver, programme), target, amount, EntryKind.DONATE, today,
                f"{whom}：{note}" if note else whom, f"donate:{request_key}", policy=points_rule(today).policy,
                ceiling=ceiling,
            )
        ])  # fmt: skip
    return entries[0] if entries else None


def _target(volunteer: Volunteer, programme: Programme, number: str) -> tuple[Volunteer, Account, Decimal]:
    """The giver under the lock, the account that gains, and the most it may hold."""
    number = number.strip().upper()
    rows: Any = Volunteer.objects.select_for_update(of=("self",), no_key=True).select_related("unit").order_by("pk")
    people = {row.number: row for row in rows.filter(number__in={volunteer.number, number})}
    giver, taker = people[volunteer.number], people.get(number)
    if giver.state != VolunteerState.ACTIVE:
        raise Refused("您已不在册，不能捐赠积分。")
    if not number:
        return giver, pool_account(giver.unit, programme), NO_CEILING
    if taker is None or taker.state != VolunteerState.ACTIVE:
        raise Invalid("没有这个编号的在册志愿者，请核对编号。", "to_number")
    if taker.pk == giver.pk:
        raise Invalid("不能捐给自己，请填写对方的编号。", "to_number")
    return giver, person_account(taker, programme), ceiling_of(taker, programme, timezone.localdate())
