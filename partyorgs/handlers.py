"""What party organisations do when something happens in the hierarchy."""

from __future__ import annotations

from typing import Any

from common import events as history
from common.decisions import ALLOWED, Decision, Denied
from common.models import Event
from grid import events as grid_events
from grid.models import Unit
from partyorgs.models import PartyOrganisation
from partyorgs.services.following import follow_merge, follow_move


@history.on(grid_events.UNIT_MOVED)
def after_move(event: Event, unit: Any) -> None:
    follow_move(unit=unit, event=event)


@history.on(grid_events.UNIT_MERGED)
def after_merge(event: Event, unit: Any) -> None:
    follow_merge(source=unit, target=unit.merged_into, event=event)


def may_close(body: Any) -> Decision:
    """A unit where party organisations are seated stays until they have been moved or dissolved."""
    if not isinstance(body, Unit):
        return ALLOWED
    seated = PartyOrganisation.objects.active().filter(unit=body).count()
    return Denied(f"“{body}”还设有 {seated} 个党组织，请先调整或撤销。") if seated else ALLOWED


def effect(unit: Unit, target: Unit) -> str | None:
    seated = PartyOrganisation.objects.active().below(unit).count()
    return f"{seated} 个党组织随同调整" if seated else None
