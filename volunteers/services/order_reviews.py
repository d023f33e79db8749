"""What the orderer says (评单), without account: by number and code, or on the own page; and the community for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import Http404

from common import events as history
from common import throttle
from common.codes import code_fits
from common.errors import Invalid
from common.masks import mask_text
from common.models import Event
from volunteers import events
from volunteers.choices import CONFIRMING_STARS, OrderState
from volunteers.models import Order, Volunteer
from volunteers.services.claims import confirm_hours, lock
from volunteers.services.orders import QUERY_CODE
from volunteers.services.texts import checked_line
from volunteers.workflow.orders import ORDER_FLOW

WRONG = "订单编号或查询码不正确。请核对下单时给出的编号和查询码，注意区分字母和数字。"
GUESSES = throttle.Rule("order-guess", 10, timedelta(minutes=15), "查询失败次数太多，请 15 分钟后再试。")
GUESSES_AT_ONE = throttle.Rule("order-guess-one", 20, timedelta(hours=1), "这一单查询失败次数太多，请一小时后再试。")
WITHDRAWN_BY_ORDERER = (OrderState.SUBMITTED, OrderState.OPEN)


@dataclass(frozen=True)
class Progress:
    """What whoever holds the code may know: no names of people, nothing personal."""

    order: Order
    entries: tuple[dict[str, Any], ...]


@ORDER_FLOW.service("review")
def order_review(*, order: Order, actor: Any, stars: Any, note: str = "") -> Order:
    """Entered by the community after asking the orderer; good stars confirm a volunteer's hours."""
    with ORDER_FLOW.step("review", order, actor) as step:
        _review(step, stars, note, "下单人（回访）")
    return step.object


def order_by_code(*, source: str, number: str, code: str) -> Order:
    """The order behind a number and its code.

    A wrong number and a wrong code answer alike and take as long. Raises ``Invalid`` for them and
    ``throttle.TooMany`` past the limits.
    """
    number = number.strip().upper()[:24]
    throttle.check(GUESSES, source)
    throttle.check(GUESSES_AT_ONE, number)
    order = Order.objects.filter(number=number).select_related("unit", "provider", "volunteer").first()
    if not code_fits(code, QUERY_CODE, order.query_hash if order is not None else None) or order is None:
        throttle.note(GUESSES, source)
        throttle.note(GUESSES_AT_ONE, number)
        raise Invalid(WRONG)
    return order


def order_progress(order: Order) -> Progress:
    return Progress(order, tuple(_entries(order)))


def _entries(order: Order) -> Iterator[dict[str, Any]]:
    for event in history.timeline(order):
        kind = history.kind_of(event.kind)
        if kind.public:
            yield {"at": event.at, "title": kind.label, "text": mask_text(_told(event)), "icon": kind.icon}


def _told(event: Event) -> str:
    """The part of an event that is meant for the orderer."""
    data = event.data
    if event.kind == events.ORDER_PUBLISHED:
        return f"已派单，等待接单，接单时限 {data.get('due', '')}"
    if event.kind == events.ORDER_REFUSED:
        return str(data.get("reason", ""))
    if event.kind in (events.ORDER_CLAIMED, events.ORDER_ASSIGNED):
        return f"由{data.get('by', '')}上门服务，完成时限 {data.get('due', '')}"
    if event.kind == events.ORDER_DONE:
        return str(data.get("result", ""))
    return ""


def order_review_public(*, order: Order, stars: Any, note: str = "") -> Order:
    """The orderer's own review; ``order`` was opened with its code."""
    with _by_orderer(order, "review") as step:
        _review(step, stars, note, "下单人")
    return step.object


def order_withdraw_public(*, order: Order, note: str = "") -> Order:
    """The orderer needs it no more; once somebody is on the way, they call the community."""
    with _by_orderer(order, "withdraw") as step:
        if step.object.state not in WITHDRAWN_BY_ORDERER:
            raise Invalid("已经有人接单，不能自己撤回，请联系所在社区。")
        step.data.update(note=f"下单人撤回{'：' if note.strip() else ''}{note.strip()[:200]}")
    return step.object


def own_order(*, order: Order, volunteer: Volunteer) -> Order:
    """The volunteer's own order; another's is not there."""
    if order.ordered_by_id != volunteer.pk:
        raise Http404
    return order


@contextmanager
def _by_orderer(order: Order, action: str) -> Iterator[Any]:
    with transaction.atomic():
        with ORDER_FLOW.open_step(action, lock(order)) as step:
            yield step


def _review(step: Any, stars: Any, note: str, who: str) -> None:
    try:
        number = int(stars)
    except (TypeError, ValueError):
        number = 0
    if not 1 <= number <= 5:
        raise Invalid("请选择 1 至 5 星。", "stars")
    note = checked_line(note, "note", "评语", 300)
    order = step.object
    step.set(stars=number, review=note, reviewed_at=step.at)
    step.data.update(who=who, stars=number, note=note)
    if order.volunteer is not None and order.confirmed_at is None and number >= CONFIRMING_STARS:
        confirm_hours(step, order.hours)
