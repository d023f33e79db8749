"""Settling a supplier's month: once, by whoever answers for all of its shops."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from common import events as history
from common.errors import Conflict, Invalid, Refused
from common.models import Event
from common.months import first_of_next
from volunteers import events, permissions
from volunteers.models import Provider, Redemption, Settlement, Shop
from volunteers.selectors.settlement import add_up, collected_in, settlement_lines
from volunteers.services.locks import locked


def settle(*, provider: Provider, month: date, actor: Any) -> Settlement:
    """Confirm the sheet of a month that is over and mark its redemptions as settled.

    Raises ``Invalid`` for a month that goes on, ``Conflict`` when it is settled already, ``Refused`` when
    the actor does not answer for one of the shops.
    """
    today = timezone.localdate()
    if first_of_next(month) > today:
        raise Invalid("这个月还没有结束，请在下个月结算。", "month")
    with transaction.atomic():
        provider = locked(provider, actor, permissions.SHOP)
        earlier = Settlement.objects.filter(provider=provider, month=month).first()
        if earlier is not None:
            raise Conflict(f"{month:%Y-%m} 已于 {earlier.settled_on:%Y-%m-%d} 结算过，不能重复结算。")
        lines = settlement_lines(Redemption.objects.all(), provider, month)
        _check_shops({line.redemption.shop_id for line in lines}, actor)
        total = add_up(lines)
        if not total.lines:
            raise Conflict(f"{provider.name} {month:%Y-%m} 没有发放和退货，不用结算。")
        settlement = Settlement(
            provider=provider, month=month, lines=total.lines, quantity=total.quantity, points=total.points,
            value=total.value, settled_on=today, settled_by=actor,
        )  # fmt: skip
        data = {
            "month": f"{month:%Y-%m}", "lines": total.lines, "points": f"{total.points:f}", "value": f"{total.value:f}",
        }  # fmt: skip
        history.record(settlement, events.SETTLED, actor=actor, data=data)
        _mark(provider, month, today, actor)
    return settlement


def _check_shops(keys: set[int], actor: Any) -> None:
    mine = set(Shop.objects.visible_to(actor, permissions.SHOP).filter(pk__in=keys).values_list("pk", flat=True))
    others = Shop.objects.filter(pk__in=keys - mine).select_related("unit")
    if others:
        names = "、".join(sorted({shop.unit.name for shop in others}))
        raise Refused(f"本月还有{names}的兑换，不在您的管辖范围，请由上级单位统一结算。")


def _mark(provider: Provider, month: date, today: date, actor: Any) -> None:
    rows = collected_in(Redemption.objects.select_for_update(of=("self",)), provider, month)
    found = list(rows.order_by("pk"))
    now = timezone.now()
    written: list[Event] = []
    for row in found:
        row.settled_on = today
        data = {"month": f"{month:%Y-%m}"}
        written.append(history.link(row, events.REDEMPTION_SETTLED, actor=actor, data=data, at=now))
    Redemption.objects.bulk_update(found, ["settled_on", "event_seq", "event_head"], batch_size=500)
    Event.objects.bulk_create(written, batch_size=2000)
