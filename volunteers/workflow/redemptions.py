"""The way of a redemption as one table: reserved with the points taken, then collected or given back."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from common.decisions import ALLOWED, Decision, Denied
from common.workflow import Action, Field, Input, Workflow
from volunteers import events, permissions
from volunteers.choices import RedemptionState
from volunteers.models import Redemption, Shop


def keeps_shop(redemption: Redemption, actor: Any) -> Decision:
    """The counter is served by the shop's own unit and by the operators of the provider that runs it."""
    if Shop.objects.visible_to(actor, permissions.SHOPKEEP).filter(pk=redemption.shop_id).exists():
        return ALLOWED
    return Denied("这笔兑换不在您负责的积分超市，请到兑换的那家办理。")


def may_be_collected(redemption: Redemption, actor: Any) -> Decision:
    if redemption.keep_until < timezone.now():
        return Denied(f"保留期到 {moment(redemption.keep_until)} 为止，已经过期，积分会自动退回，请重新兑换。")
    return keeps_shop(redemption, actor)


def may_lapse(redemption: Redemption, actor: Any) -> Decision:
    if redemption.keep_until >= timezone.now():
        return Denied(f"保留期到 {moment(redemption.keep_until)}，还没有过期。")
    return keeps_shop(redemption, actor)


def moment(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _counter(redemption: Any, scope: Any) -> bool:
    """Whose counter it is depends on the person, not on the scope alone: see :func:`keeps_shop`."""
    return True


REASON = Field("note", "原因", Input.LINE, max_length=120)

ACTIONS = (
    Action(
        "collect", "核销", (RedemptionState.RESERVED,), RedemptionState.COLLECTED, permissions.SHOPKEEP,
        events.COLLECTED, relation="counter", guard=may_be_collected, style="success",
        fields=(Field("code", "领取码", max_length=20),),
        help="请志愿者出示领取码，核对后发放。领取码只能用一次。",
    ),
    Action(
        "cancel", "取消兑换", (RedemptionState.RESERVED,), RedemptionState.CANCELLED, permissions.SHOPKEEP,
        events.REDEMPTION_CANCELLED, relation="counter", guard=keeps_shop, fields=(REASON,), style="warning",
        help="积分退回志愿者账户，商品放回库存。",
    ),
    Action(
        "lapse", "逾期放回", (RedemptionState.RESERVED,), RedemptionState.LAPSED, permissions.SHOPKEEP,
        events.REDEMPTION_LAPSED, relation="counter", guard=may_lapse, style="secondary",
        help="过了保留期没有领取的，积分退回，商品放回库存。系统会自动办理。",
    ),
    Action(
        "return", "退货", (RedemptionState.COLLECTED,), RedemptionState.RETURNED, permissions.SHOPKEEP,
        events.RETURNED, relation="counter", guard=keeps_shop, style="danger",
        fields=(REASON, Field("to_stock", "商品完好，放回库存", Input.YES_NO, help="破损、过期的选“否”，按报损处理。")),
        help="积分退回志愿者账户；已结算的，在当月结算单中扣减。",
    ),
)  # fmt: skip

REDEMPTION_FLOW = Workflow(
    "redemption", "积分兑换", states=RedemptionState, initial=RedemptionState.RESERVED, actions=ACTIONS,
    relations={"counter": _counter},
)  # fmt: skip
