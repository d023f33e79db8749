"""Activities and who takes part in them, for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import time_machine
from django.utils import timezone

from grid.models import Unit
from volunteers.choices import ActivityState
from volunteers.models import Activity, ActivityRole, Participation, Volunteer
from volunteers.services.attendance import sign_in, sign_out
from volunteers.services.hours import activity_confirm
from volunteers.services.participation import activity_join

ZONE = timezone.get_default_timezone()
# A Wednesday morning; tests travel to moments around it.
START = datetime(2026, 11, 25, 8, 30, tzinfo=ZONE)
END = START + timedelta(hours=3)
DAY_BEFORE = START - timedelta(days=1)


def make_activity(unit: Unit, *, roles: tuple[tuple[str, int, str], ...] = (), **fields: Any) -> Activity:
    """A published activity of three hours, with three places and no roles unless named."""
    starts_at = fields.pop("starts_at", START)
    values = {
        "title": "楼道清洁", "unit": unit, "theme": "civility", "place": "江湾小区3号楼", "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=3), "signup_until": starts_at, "capacity": 3,
        "state": ActivityState.PUBLISHED, **fields,
    }  # fmt: skip
    activity = Activity.objects.create(**values)
    for name, places, skill in roles:
        ActivityRole.objects.create(activity=activity, name=name, places=places, skill=skill)
    return activity


def make_participation(activity: Activity, volunteer: Volunteer, **options: Any) -> Participation:
    """The volunteer has joined; call it while sign-up is open."""
    return activity_join(activity=activity, volunteer=volunteer, **options)


def confirmed(activity: Activity, volunteer: Volunteer, organiser: Any) -> Participation:
    """The volunteer took part from start to end, and the hours are confirmed."""
    row = make_participation(activity, volunteer)
    with time_machine.travel(START, tick=False):
        sign_in(participation=row)
    with time_machine.travel(END, tick=False):
        sign_out(participation=row)
        Activity.objects.filter(pk=activity.pk).update(state=ActivityState.ENDED)
        activity_confirm(activity=activity, actor=organiser)
    return Participation.objects.get(pk=row.pk)
