"""The counter: a code is looked up, its goods are handed out, once; and a volunteer redeems on the spot."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction

from common import throttle
from common.errors import Conflict, Invalid, PlainError
from volunteers import permissions
from volunteers.choices import RedemptionState
from volunteers.models import Product, Redemption
from volunteers.services.locks import locked
from volunteers.services.own import volunteer_by_code
from volunteers.services.redemptions import Redeemed, code_hash, redeem
from volunteers.workflow.redemptions import REDEMPTION_FLOW, moment

WRONG = "没有找到这个领取码，请核对后重新输入。领取码有 8 位，字母和数字不分大小写，只能在兑换的那家积分超市使用。"
GUESSES = throttle.Rule("pick-up", 10, timedelta(minutes=15), "输错的领取码太多，请 15 分钟后再试。")


def find_by_code(*, actor: Any, code: str) -> Redemption:
    """The reservation that a code at this person's counter opens.

    Raises ``Invalid`` for a code that opens nothing here (each counts towards the limit), ``Conflict`` with
    the time for one that has been used or called off, ``throttle.TooMany`` past the limit.
    """
    throttle.check(GUESSES, str(actor.pk))
    rows = Redemption.objects.visible_to(actor, permissions.SHOPKEEP).select_related(
        "shop", "product", "volunteer__person", "collected_by"
    )
    found = list(rows.filter(code_hash=code_hash(code)))
    for row in found:
        if row.state == RedemptionState.RESERVED:
            return row
    if found:
        raise _used(found[0])
    throttle.note(GUESSES, str(actor.pk))
    raise Invalid(WRONG, "code")


@REDEMPTION_FLOW.service("collect")
def redemption_collect(*, redemption: Redemption, actor: Any, code: str) -> Redemption:
    """Hand out what was reserved, against its code, once. Raises as :func:`find_by_code`."""
    throttle.check(GUESSES, str(actor.pk))
    if redemption.code_hash is None or bytes(redemption.code_hash) != code_hash(code):
        throttle.note(GUESSES, str(actor.pk))
        raise Invalid(WRONG, "code")
    with transaction.atomic():
        row = locked(redemption, actor, permissions.SHOPKEEP)
        if row.state != RedemptionState.RESERVED:
            raise _used(row)
        with REDEMPTION_FLOW.step("collect", row, actor) as step:
            step.set(collected_at=step.at, collected_by=actor)
            step.data["shop"] = step.object.shop.name
    return step.object


def counter_redeem(
    *,
    actor: Any,
    number: str,
    code: str,
    product: Product,
    request_key: uuid.UUID,
    quantity: int = 1,
    account_number: str = "",
) -> Redeemed:
    """Redeem for a volunteer who stands at the counter and shows number and personal code."""
    with transaction.atomic():
        offered = locked(product, actor, permissions.SHOPKEEP)
    volunteer = volunteer_by_code(source=f"counter:{actor.pk}", who=number, code=code)
    return redeem(
        volunteer=volunteer, product=offered, request_key=request_key, quantity=quantity,
        account_number=account_number, actor=actor,
    )  # fmt: skip


def _used(row: Redemption) -> PlainError:
    if row.state == RedemptionState.COLLECTED and row.collected_at is not None:
        who = f"，经办人 {row.collected_by}" if row.collected_by else ""
        return Conflict(
            f"这个领取码已于 {moment(row.collected_at)} 领取过（{row.number}{who}），每个领取码只能用一次。"
        )
    ended = f"已于 {moment(row.ended_at)} " if row.ended_at else ""
    return Conflict(f"这笔兑换（{row.number}）{ended}{row.get_state_display()}，领取码已失效，不能发放。")
