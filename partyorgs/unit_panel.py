"""What the page of a unit shows of its party organisations."""

from __future__ import annotations

from typing import Any

from common.scope import scope_of
from grid.models import Unit
from grid.panels import Panel
from partyorgs import permissions
from partyorgs.models import PartyOrganisation
from partyorgs.selectors import term_state


def panel(user: Any, unit: Unit) -> Panel | None:
    """Organisations seated at the unit; nothing for those who may not see party organisations."""
    scope = scope_of(user)
    if not scope.may(permissions.PARTY_VIEW):
        return None
    rows = PartyOrganisation.objects.visible_to(user).filter(unit=unit, is_active=True).order_by("pk")
    lines = [{"organisation": row, "term": term_state(row)} for row in rows[:20]]
    grants = scope.holding(permissions.PARTY_MANAGE)
    may_add = unit.is_active and (grants.everything or any(unit.path.startswith(path) for path in grants.unit_paths))
    return Panel("党组织", "partyorgs/unit_panel.html", {"lines": lines, "may_add": may_add}, icon="flag")
