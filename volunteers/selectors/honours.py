"""Questions about honours that more than one place asks."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from common.scope import scope_of
from grid.choices import Level
from volunteers import permissions
from volunteers.choices import NominationState
from volunteers.models import Certificate, Nomination, StarAward


def nominations_to_decide(user: Any) -> QuerySet[Nomination]:
    """Nominations on which the next decision is this person's: of the street, or of the district."""
    scope = scope_of(user).holding(permissions.AWARD)
    waiting = Q(state=NominationState.NOMINATED) if scope.unit_ids(Level.STREET) else Q(pk__in=())
    if scope.everything:
        waiting |= Q(state=NominationState.RECOMMENDED)
    rows = Nomination.objects.visible_to(user, permissions.AWARD).filter(waiting)
    return rows.exclude(nominated_by=user).exclude(recommended_by=user)


def search_stars(rows: QuerySet[StarAward], text: str) -> QuerySet[StarAward]:
    return rows.filter(Q(volunteer__number=text.upper()) | Q(volunteer__nickname__icontains=text))


def search_nominations(rows: QuerySet[Nomination], text: str) -> QuerySet[Nomination]:
    return rows.filter(Q(volunteer__number=text.upper()) | Q(honour__icontains=text))


def search_certificates(rows: QuerySet[Certificate], text: str) -> QuerySet[Certificate]:
    return rows.filter(Q(number=text.upper()) | Q(volunteer__number=text.upper()))
