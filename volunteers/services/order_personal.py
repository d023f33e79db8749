"""Who ordered, one field at a time, with a reason, on the record: for the community and for whoever serves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import Http404

from common import events as history
from common.decisions import Denied
from common.errors import Invalid, Refused
from common.masks import mask_address, mask_name, mask_phone
from volunteers import events
from volunteers.choices import OrderState
from volunteers.models import Order, Volunteer
from volunteers.policies.orders import may_reveal
from volunteers.services.claims import lock
from volunteers.services.texts import checked_reason

FIELDS = {"name": "称呼", "phone": "电话", "address": "住址", "text": "说明原文"}
MASKS: dict[str, Callable[[str], str]] = {"name": mask_name, "phone": mask_phone, "address": mask_address}


def order_reveal(*, order: Order, actor: Any, field: str, reason: str) -> str:
    """The clear text of a field of the orderer; written down before it is shown (个人信息保护法 art. 51).

    Raises ``Invalid`` without a reason, ``Refused`` for whoever does not handle or serve the order.
    """
    reason = checked_reason(reason)
    with transaction.atomic():
        locked = Order.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=order.pk).first()
        if locked is None:
            raise Http404
        decision = may_reveal(locked, actor)
        if isinstance(decision, Denied):
            raise Refused(decision.reason)
        return _written(locked, actor, str(actor), field, reason)


def order_reveal_as_volunteer(*, order: Order, volunteer: Volunteer, field: str, reason: str) -> str:
    """The same for the volunteer who is to come, while the order is theirs."""
    reason = checked_reason(reason)
    with transaction.atomic():
        locked = lock(order)
        if locked.volunteer_id != volunteer.pk:
            raise Http404
        if locked.state != OrderState.CLAIMED:
            raise Refused("服务完成后不再显示下单人信息。")
        return _written(locked, None, f"志愿者 {volunteer.number}", field, reason)


def _written(order: Order, actor: Any, by: str, field: str, reason: str) -> str:
    if field not in FIELDS:
        raise Invalid("没有这一项信息。", "field")
    value = order.text if field == "text" else getattr(getattr(order, "person", None), field, "")
    if not value:
        raise Invalid("下单人没有留下这一项信息。")
    history.record(order, events.ORDER_REVEALED, actor=actor, data={"by": by, "field": FIELDS[field], "reason": reason})
    return str(value)
