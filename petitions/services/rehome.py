"""Open tickets follow their unit when it moves or is merged; ended ones keep the place of their time.

What is still to be done follows as well: the lead, and every assignment that waits for its body. An
answer that was given stays with the unit that gave it, and so does everything that has ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from common import events as history
from common.models import Event
from grid.models import Unit
from grid.selectors import ancestry
from petitions import events
from petitions.choices import AssignmentRole
from petitions.models import Assignment, Petition

PLACES = ("street", "community", "grid")
# Units by the key of the unit whose part they take over.
Successors = Mapping[int, Unit]


def rehome_open_tickets(*, unit: Any, event: Event) -> int:
    """Give open tickets of ``unit`` (and of all below it) their new place and bodies; the number of them.

    Runs in the transaction of the move, after the tree has changed. A merged unit hands its tickets
    to the unit it went into, also those that it only leads or helps with.
    """
    count = 0
    for petition in _touched(unit).select_for_update(of=("self",)).select_related("unit").order_by("pk"):
        changes = _new_place(petition, unit)
        successors = dict(_successors(petition, changes, unit))
        handed_over = _hand_over(petition, successors)
        if petition.lead_unit_id in successors:
            changes["lead_unit"] = successors[petition.lead_unit_id]
        changes = {name: value for name, value in changes.items() if getattr(petition, f"{name}_id") != _key(value)}
        if not changes and not handed_over:
            continue
        for name, value in changes.items():
            setattr(petition, name, value)
        data = {
            "old": event.data.get("old_parent") or unit.name,
            "new": event.data.get("new_parent") or event.data["target"],
        }
        history.record(petition, events.REHOMED, actor=event.actor, data=data, fields=changes)
        count += 1
    return count


def _touched(unit: Any) -> QuerySet[Petition]:
    touched = Q(unit__path__startswith=unit.path) | Q(unit=unit)
    if unit.merged_into is not None:
        touched |= Q(lead_unit=unit) | Q(pk__in=_waiting().filter(unit=unit).values("petition"))
    return Petition.objects.open().filter(touched)


def _waiting() -> QuerySet[Assignment]:
    """Assignments that still ask something of their body."""
    asked = Q(role=AssignmentRole.LEAD) | Q(replied_at=None)
    return Assignment._base_manager.filter(asked, ended_at=None)


def _new_place(petition: Petition, unit: Any) -> dict[str, Unit | None]:
    is_merged = unit.merged_into is not None and petition.unit_id == unit.pk
    home: Unit = unit.merged_into if is_merged else petition.unit
    place = ancestry(home)
    return {"unit": home, "street": place.street, "community": place.community, "grid": place.grid}


def _successors(petition: Petition, place: Mapping[str, Unit | None], unit: Any) -> Iterator[tuple[int, Unit]]:
    """Who takes over: from the merged unit its target, from a unit that lost the ticket the one in its place."""
    for name in PLACES:
        old, new = getattr(petition, f"{name}_id"), place[name]
        if old is not None and new is not None and old != new.pk:
            yield old, new
    if unit.merged_into is not None:
        yield unit.pk, unit.merged_into


def _hand_over(petition: Petition, successors: Successors) -> int:
    """Put the successors into the waiting assignments of a locked ticket; the number of those that changed.

    Where a body would stand on the ticket twice, one assignment is enough: the lead's, or the first.
    """
    changed = 0
    standing: set[int] = set()
    waiting = list(_waiting().filter(petition=petition, unit__isnull=False).order_by("pk"))
    for row in sorted(waiting, key=lambda row: row.role != AssignmentRole.LEAD):
        assert row.unit_id is not None  # the filter above
        successor = successors.get(row.unit_id)
        key = row.unit_id if successor is None else successor.pk
        if key in standing:
            row.ended_at = timezone.now()
        elif successor is not None:
            row.unit = successor
        else:
            standing.add(key)
            continue
        standing.add(key)
        row.save(update_fields=["unit", "ended_at"])
        changed += 1
    return changed


def _key(unit: Unit | None) -> int | None:
    return None if unit is None else unit.pk
