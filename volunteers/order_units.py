"""What becomes of orders, providers, lists, care and visits when a unit is merged or closed."""

from __future__ import annotations

from typing import Any

from common import events as history
from common.decisions import ALLOWED, Decision, Denied
from common.models import Event, HistoryModel
from grid import events as grid_events
from grid import guards, panels
from grid.models import Unit
from volunteers import events
from volunteers.choices import OPEN_ORDER_STATES, OrderState
from volunteers.models import CareRecipient, MenuItem, Order, Provider, VisitDuty

FOLLOWING = (*OPEN_ORDER_STATES, OrderState.DONE)
NAME = 60


@history.on(grid_events.UNIT_MERGED)
def after_merge(event: Event, unit: Any) -> None:
    """What is under way at a merged unit belongs to the one that took it in; what is finished stays as it was."""
    target = unit.merged_into
    for order in Order.objects.select_for_update().filter(unit=unit, state__in=FOLLOWING).order_by("pk"):
        _follow(order, target, events.ORDER_FOLLOWED, event)
    names = set(Provider.objects.active().filter(unit=target).values_list("name", flat=True))
    for provider in Provider.objects.select_for_update().filter(unit=unit).order_by("pk"):
        if provider.is_active and provider.name in names:
            ending = f"（原{unit.name}）"
            provider.name = provider.name[: NAME - len(ending)] + ending
        _follow(provider, target, events.PROVIDER_CHANGED, event, "name")
    for item in MenuItem.objects.select_for_update().filter(unit=unit).order_by("pk"):
        _follow(item, target, events.MENU_CHANGED, event)
    for recipient in CareRecipient.objects.select_for_update().filter(unit=unit).order_by("pk"):
        _follow(recipient, target, events.CARE_CHANGED, event)
    has_duty = VisitDuty.objects.active().filter(unit=target).exists()
    for duty in VisitDuty.objects.select_for_update().filter(unit=unit, is_active=True).order_by("pk"):
        duty.is_active = not has_duty  # a community is visited by one group
        _follow(duty, target, events.VISIT_CHANGED, event, "is_active")


def _follow(row: HistoryModel, target: Unit, kind: str, event: Event, *fields: str) -> None:
    old: Unit = row.unit  # type: ignore[attr-defined]
    row.unit = target  # type: ignore[attr-defined]
    data = {"summary": f"随“{old}”并入“{target}”"}
    history.record(row, kind, actor=event.actor, data=data, fields=["unit", *fields])


def may_close(body: Any) -> Decision:
    """A unit with orders under way, providers or care recipients stays until they have been dealt with."""
    if not isinstance(body, Unit):
        return ALLOWED
    left = _left(body)
    if left:
        return Denied(f"“{body}”还有 {'、'.join(left)}，请先办完、停用或调整。")
    return ALLOWED


def effect(unit: Unit, target: Unit) -> str | None:
    left = _left(unit)
    return f"{'、'.join(left)}随同调整。" if left else None


def _left(unit: Unit) -> list[str]:
    counts = (
        (Order.objects.filter(unit=unit, state__in=FOLLOWING).count(), "件未办结的服务订单"),
        (Provider.objects.active().filter(unit=unit).count(), "家服务单位"),
        (CareRecipient.objects.active().filter(unit=unit).count(), "名照料对象"),
        (VisitDuty.objects.active().filter(unit=unit).count(), "个包联关系"),
    )
    return [f"{count} {words}" for count, words in counts if count]


def register() -> None:
    """Called once, from ``VolunteersConfig.ready()``."""
    guards.register("volunteers.orders", may_close)
    panels.register_effect("volunteers.orders", effect)
