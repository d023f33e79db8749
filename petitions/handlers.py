"""What tickets do when something happens in the hierarchy."""

from __future__ import annotations

from common import events as history
from common.models import Event, HistoryModel
from grid import events as grid_events
from petitions.services.rehome import rehome_open_tickets


@history.on(grid_events.UNIT_MOVED)
@history.on(grid_events.UNIT_MERGED)
def follow_unit(event: Event, unit: HistoryModel) -> None:
    """Open tickets of a moved or merged unit go with it; ended ones stay where they were."""
    rehome_open_tickets(unit=unit, event=event)
