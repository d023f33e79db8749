"""Personal data of orders and care go when their time is over, as the resident was told (个人信息保护法 arts. 19, 47)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from volunteers.choices import SERVED_ORDER_STATES, OrderState
from volunteers.models import CareRecipient, Order, OrderPerson

KEPT = timedelta(days=365)  # “完成后一年”, “服务结束后一年”: the words of the columns


def forget_persons(now: datetime | None = None) -> int:
    """Empty the personal columns of what ended more than a year ago; the number of rows. Repeatable."""
    now = now or timezone.now()
    over = Q(state__in=SERVED_ORDER_STATES, done_at__lt=now - KEPT) | Q(
        state__in=(OrderState.REFUSED, OrderState.WITHDRAWN), submitted_at__lt=now - KEPT
    )
    orders = Order.objects.filter(over).values("pk")
    people = OrderPerson.objects.filter(order__in=orders).exclude(name="", phone="", address="")
    forgotten = people.update(name="", phone="", address="", phone_hash=None)
    ended = CareRecipient.objects.filter(last_day__lt=timezone.localdate(now - KEPT))
    return forgotten + ended.exclude(name="", phone="", address="").update(name="", phone="", address="")
