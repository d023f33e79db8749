"""Open tickets follow their unit when it moves or is merged; ended ones keep the place of their time."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from common import events as history
from common.models import Event
from grid.models import Unit
from grid.selectors import ancestry
from petitions import events
from petitions.models import Petition


def rehome_open_tickets(*, unit: Any, event: Event) -> int:
    """Give open tickets of ``unit`` (and of all below it) their new place; the number of them.

    Runs in the transaction of the move, after the tree has changed. A merged unit hands its tickets
    to the unit it went into.
    """
    target = unit.merged_into
    rows = (
        Petition.objects.open()
        .filter(Q(unit__path__startswith=unit.path) | Q(unit=unit))
        .select_for_update(of=("self",))
        .select_related("unit")
        .order_by("pk")
    )
    count = 0
    for petition in rows:
        home: Unit = target if target is not None and petition.unit_id == unit.pk else petition.unit
        place = ancestry(home)
        changes = {"unit": home, "street": place.street, "community": place.community, "grid": place.grid}
        if target is not None and petition.lead_unit_id == unit.pk:
            changes["lead_unit"] = target
        if all(getattr(petition, f"{name}_id") == (value.pk if value else None) for name, value in changes.items()):
            continue
        for name, value in changes.items():
            setattr(petition, name, value)
        history.record(
            petition,
            events.REHOMED,
            actor=event.actor,
            data={"old": event.data.get("old_parent") or unit.name, "new": event.data.get("new_parent") or home.name},
            fields=changes,
        )
        count += 1
    return count
