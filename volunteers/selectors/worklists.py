"""How much waits for a person in the lists of volunteer service: the numbers of the menu, in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.navigation import counted_together
from volunteers.selectors import activities, honours, orders, people, points, shop

_KEPT = "_volunteering_counts"


def counts(user: Any) -> Mapping[str, int]:
    """By list, none counted further than 100; kept with the user's object."""
    known: Mapping[str, int] | None = user.__dict__.get(_KEPT)
    if known is None:
        known = user.__dict__[_KEPT] = counted_together({
            **{key: orders.box(user, key) for key in orders.BOXES},
            "people": people.to_do(user),
            "activities": activities.to_confirm(user),
            "points": points.requests_to_decide(user),
            "counter": shop.waiting_for(user),
            "nominations": honours.nominations_to_decide(user),
        })  # fmt: skip
    return known
