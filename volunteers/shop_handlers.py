"""What shops and partners' agreements do when units change."""

from __future__ import annotations

from typing import Any

from common import events as history
from common.decisions import ALLOWED, Decision, Denied
from common.models import Event
from grid import events as grid_events
from grid import guards, panels
from grid.models import Unit
from volunteers import events
from volunteers.choices import AgreementState
from volunteers.models import Agreement, Shop


def may_close(body: Any) -> Decision:
    """A unit with open shops or running agreements stays until they are closed or ended."""
    if not isinstance(body, Unit):
        return ALLOWED
    shops = Shop.objects.filter(unit=body, is_active=True).count()
    agreements = Agreement.objects.filter(unit=body, state=AgreementState.ACTIVE).count()
    if shops or agreements:
        return Denied(f"“{body}”还有 {shops} 家营业的积分超市、{agreements} 份履约中的合伙人协议，请先停业或结束。")
    return ALLOWED


def effect(unit: Unit, target: Unit) -> str | None:
    shops = Shop.objects.filter(unit__path__startswith=unit.path, is_active=True).count()
    agreements = Agreement.objects.filter(unit__path__startswith=unit.path, state=AgreementState.ACTIVE).count()
    return f"{shops} 家积分超市、{agreements} 份合伙人协议随同调整。" if shops or agreements else None


@history.on(grid_events.UNIT_MERGED)
def after_merge(event: Event, unit: Any) -> None:
    """Shops and agreements of a merged unit belong to the one that took it in."""
    target = unit.merged_into
    words = f"所属单位（随“{unit}”并入“{target}”）"
    taken = set(Shop.objects.active().filter(unit=target).values_list("name", flat=True))
    for shop in Shop.objects.select_for_update().filter(unit=unit).order_by("pk"):
        shop.unit = target
        if shop.is_active and shop.name in taken:
            shop.name = f"{shop.name[:20]}（原{unit.name}）"[:40]
        history.record(shop, events.SHOP_CHANGED, actor=event.actor, data={"changes": words}, fields=["unit", "name"])
    for agreement in Agreement.objects.select_for_update().filter(unit=unit).order_by("pk"):
        agreement.unit = target
        history.record(agreement, events.AGREEMENT_CHANGED, actor=event.actor, data={"changes": words}, fields=["unit"])


def register() -> None:
    """Called once, from ``VolunteersConfig.ready()``."""
    guards.register("volunteers.shops", may_close)
    panels.register_effect("volunteers.shops", effect)
