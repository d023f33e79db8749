"""The sweep of orders: what nobody claims in time goes to the street, what is not done in time is told, each once.

The database is the queue: orders whose present limit has passed and that carry no ``late_at``. A batch is locked
(``SKIP LOCKED``), written in one transaction and done again from the start when its worker dies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Notification
from accounts.services.notifications import message, notify
from common import events as history
from grid.choices import Level
from grid.models import Unit
from volunteers import events
from volunteers.choices import OrderState
from volunteers.models import Order
from volunteers.rules import order_rule_of
from volunteers.services.claims import server_name, shown, street_message

BATCH = 200


def sweep(now: datetime | None = None, batch: int = BATCH) -> int:
    """Note every order that is late at ``now``; the number of them."""
    now = now or timezone.now()
    total = 0
    while True:
        noted = _sweep_batch(now, batch)
        total += noted
        if noted < batch:
            return total


def _sweep_batch(now: datetime, batch: int) -> int:
    with transaction.atomic():
        due = Order.objects.late(now).filter(late_at=None).order_by("pk")
        orders = list(
            due.select_for_update(of=("self",), skip_locked=True)
            .select_related("unit", "policy", "provider", "volunteer__user")[:batch]
        )  # fmt: skip
        places = _places(orders)
        messages: list[Notification] = []
        for order in orders:
            messages += _note(order, places, now)
        notify(messages)
    return len(orders)


def _places(orders: Sequence[Order]) -> dict[str, Unit]:
    """Streets and communities of the orders by code: one query for all."""
    codes = {code for order in orders for code in order.unit.path_codes}
    levels = (Level.STREET, Level.COMMUNITY)
    return {unit.code: unit for unit in Unit.objects.filter(code__in=codes, level__in=levels)}


def _place(order: Order, places: dict[str, Unit], level: Level) -> Unit:
    found = (places[code] for code in order.unit.path_codes if code in places)
    return next((unit for unit in found if unit.level == level), order.unit)


def _note(order: Order, places: dict[str, Unit], now: datetime) -> Iterator[Notification]:
    order.late_at = now
    community = _place(order, places, Level.COMMUNITY)
    if order.state == OrderState.CLAIMED:
        yield from _not_done(order, community, now)
        return
    raising = order_rule_of(order.policy).raise_unclaimed
    if raising and order.raised_at is None:
        order.raised_at = now
        note = f"超过接单时限 {_due(order.claim_due_at)}，自动提交"
        history.record(order, events.ORDER_RAISED, data={"note": note}, fields=["late_at", "raised_at"], at=now)
        yield street_message(order, _place(order, places, Level.STREET), now)
    else:
        what = f"超过接单时限 {_due(order.claim_due_at)}，仍无人接单"
        history.record(order, events.ORDER_LATE, data={"what": what}, fields=["late_at"], at=now)
    yield _message(order, community, "unclaimed", f"订单 {order.number}“{order.title}”超时无人接单，仍可接单。", now)


def _not_done(order: Order, community: Unit, now: datetime) -> Iterator[Notification]:
    what = f"{server_name(order)}超过完成时限 {_due(order.finish_due_at)}"
    history.record(order, events.ORDER_LATE, data={"what": what}, fields=["late_at"], at=now)
    text = f"订单 {order.number}“{order.title}”已超过完成时限，请尽快上门，或退单由别人接。"
    for user in _servers(order):
        yield _message(order, user, f"undone:u{user.pk}", text, now)
    told = f"订单 {order.number}“{order.title}”由{server_name(order)}承接，已超过完成时限。"
    yield _message(order, community, "undone", told, now)


def _servers(order: Order) -> list[Any]:
    """Accounts of whoever serves."""
    if order.provider is not None:
        return list(order.provider.operators.filter(is_active=True))
    user = order.volunteer.user if order.volunteer is not None else None
    return [user] if user is not None else []


def _message(order: Order, to: Any, what: str, text: str, now: datetime) -> Notification:
    key = f"order:{order.pk}:{what}:{now.isoformat()}"
    return message(to=to, text=text, url=order.get_absolute_url(), key=key, tone="amber", at=now)


def _due(at: datetime | None) -> str:
    return shown(at) if at is not None else ""
