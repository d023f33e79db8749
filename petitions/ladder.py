"""The escalation ladder: which reminder or card follows next on a clock, when, and to whom.

Rule: policy "ladder" of the profile; each step names its clocks, a time before or after the limit
and the bodies it goes to, ever higher (domain §4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from common import calendar, policies
from grid.bodies import Body
from grid.models import Unit


def steps(on: datetime) -> list[Mapping[str, Any]]:
    """Steps of the ladder in force at a moment, lowest first."""
    return policies.current("ladder", timezone.localdate(on)).data["steps"]


def next_alarm(kind: str, started_at: datetime, due_at: datetime, after: str = "") -> tuple[str, datetime | None]:
    """The step that follows ``after`` (``""``: the first) on a clock, and when; ``("", None)`` at the end."""
    passed = after == ""
    for step in steps(started_at):
        if passed and kind in step["clocks"]:
            return step["key"], _moment(step, started_at, due_at)
        passed = passed or step["key"] == after
    return "", None


def _moment(step: Mapping[str, Any], started_at: datetime, due_at: datetime) -> datetime:
    if "after" in step:
        return calendar.add_limit(due_at, calendar.Limit.parse(step["after"]))
    # A reminder comes the set time before the limit, but never in the first part of a short limit.
    earliest = due_at - (due_at - started_at) * float(Decimal(step["share"]))
    return max(earliest, calendar.subtract_limit(due_at, calendar.Limit.parse(step["before"])))


def recipients(step: Mapping[str, Any], petition: Any, units: Mapping[int, Unit], root: Unit) -> Iterator[Body]:
    """Bodies a step goes to, each once. ``units`` holds the ticket's own units by key."""
    places = {
        "community": units.get(petition.community_id),
        "street": units.get(petition.street_id),
        "district": root,
    }
    seen: set[tuple[type, int]] = set()
    for name in step["to"]:
        body = (petition.lead or desk(places)) if name == "lead" else places[name]
        if body is not None and (type(body), body.pk) not in seen:
            seen.add((type(body), body.pk))
            yield body


def desk(places: Mapping[str, Unit | None]) -> Unit | None:
    """Who takes care of a ticket that nobody has been given yet: the lowest desk of its area."""
    return places["community"] or places["street"] or places["district"]
