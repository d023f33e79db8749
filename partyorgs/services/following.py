"""Organisations follow their unit when it moves or is merged."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from common import events as history
from common.models import Event
from grid.models import Unit
from partyorgs import events
from partyorgs.models import PartyOrganisation
from partyorgs.policies import may_hang
from partyorgs.selectors import parents_for

NAME_LENGTH = 80


def follow_merge(*, source: Unit, target: Unit, event: Event) -> int:
    """Seat the organisations of a merged unit at the one that took it in; the number of them."""
    rows = _locked(Q(unit=source))
    taken = set(PartyOrganisation.objects.active().filter(unit=target).values_list("name", flat=True))
    for row in rows:
        summary = f"随“{source}”并入“{target}”"
        if row.name in taken:
            row.name = f"{row.name}（原{source}）"[:NAME_LENGTH]
            summary += f"，更名为“{row.name}”"
        taken.add(row.name)
        row.unit = target
        history.record(row, events.FOLLOWED, actor=event.actor, data={"summary": summary}, fields=["unit", "name"])
    for row in rows:
        _rehang(row, event.actor)
    return len(rows)


def follow_move(*, unit: Unit, event: Event) -> int:
    """Give organisations whose parent stayed behind the one at the new place; the number changed.

    When the new place has none, or several, that fit, the parent stays as it is and the organisation
    shows in the list as 上级待调整: which one it belongs to is decided by people.
    """
    return sum(_rehang(row, event.actor) for row in _locked(Q(unit=unit) | Q(unit__parent=unit)))


def _locked(where: Q) -> list[PartyOrganisation]:
    rows = PartyOrganisation.objects.active().filter(where)
    return list(rows.select_for_update(of=("self",)).select_related("unit__parent", "parent__unit").order_by("pk"))


def _rehang(row: PartyOrganisation, actor: Any) -> bool:
    if row.parent is not None:
        row.parent.refresh_from_db()
    if may_hang(row.kind, row.unit, row.parent):
        return False
    fitting = parents_for(row.kind, row.unit)
    if len(fitting) != 1:
        return False
    old, row.parent = row.parent, fitting[0]
    summary = f"上级党组织由“{old or '空'}”改为“{row.parent}”"
    history.record(row, events.FOLLOWED, actor=actor, data={"summary": summary}, fields=["parent"])
    return True
