"""Questions about honours that more than one place asks."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from common.navigation import capped
from common.scope import scope_of
from grid.choices import Level
from volunteers import permissions
from volunteers.choices import NominationState
from volunteers.models import Nomination


def nominations_to_decide(user: Any) -> int:
    """Nominations on which the next decision is this person's: of the street, or of the district."""
    scope = scope_of(user).holding(permissions.AWARD)
    waiting = Q(state=NominationState.NOMINATED) if scope.unit_ids(Level.STREET) else Q(pk__in=())
    if scope.everything:
        waiting |= Q(state=NominationState.RECOMMENDED)
    rows = Nomination.objects.visible_to(user, permissions.AWARD).filter(waiting)
    return capped(rows.exclude(nominated_by=user).exclude(recommended_by=user))
