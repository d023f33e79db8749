"""What accounts do when something happens in the hierarchy."""

from __future__ import annotations

from typing import Any

from accounts.models import RoleAssignment
from accounts.policies import live
from accounts.services.following import hand_over
from common import events as history
from common.models import Event
from grid import events as grid_events
from grid.models import Unit


@history.on(grid_events.UNIT_MERGED)
def after_merge(event: Event, unit: Any) -> None:
    hand_over(source=unit, target=unit.merged_into, event=event)


def effect(unit: Unit, target: Unit) -> str | None:
    """A line of the preview. A move changes no seat; only a merge, into a unit of the same level, does."""
    if unit.level != target.level:
        return None
    number = RoleAssignment.objects.filter(live(), unit=unit).count()
    return f"{number} 个账号的角色转到“{target}”" if number else None
