"""How a scope narrows party organisations."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from grid.querysets import UnderUnitQuerySet
from partyorgs import permissions


class OrganisationQuerySet(UnderUnitQuerySet):
    """Organisations hang on the unit where they are seated."""

    view_permission = permissions.PARTY_VIEW

    def active(self) -> Self:
        return self.filter(is_active=True)

    def ending_by(self, day: date) -> Self:
        """Active organisations whose term ends on that day or before."""
        return self.active().filter(term_last_day__lte=day)

    def below(self, unit: Any) -> Self:
        """Seated at the unit or anywhere under it."""
        return self.filter(unit__path__startswith=unit.path)
