"""Volunteers from a roster, many at once: written with COPY, numbered without gaps."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from common import events as history
from common.copying import copy_rows
from common.models import Event
from common.series import next_numbers
from volunteers import events
from volunteers.choices import Group, VolunteerState
from volunteers.models import Volunteer, VolunteerPerson
from volunteers.services.people import SERIES, number_of


def volunteers_import(*, rows: Sequence[tuple[int, Mapping[str, Any]]], actor: Any, now: datetime) -> list[int]:
    """Write checked rows inside the caller's transaction; their keys, in order.

    ``rows`` are pairs of the row's number in the file and its values: ``name phone id_number born unit_id
    joined_on``; ``group nickname skills`` may be empty. Imported volunteers have no code for the own page
    yet, and get no reward for joining: they joined before.
    """
    keys = _next_keys(len(rows))
    volunteers, people, happened = [], [], []
    for key, running, (row_number, values) in zip(keys, next_numbers(SERIES, len(rows)), rows, strict=True):
        volunteer = Volunteer(
            pk=key, stream=uuid.uuid4(), number=number_of(running), unit_id=values["unit_id"],
            group=values["group"] or Group.RESIDENT, nickname=values["nickname"] or "", skills=values["skills"] or [],
            times=[], state=VolunteerState.ACTIVE, joined_on=values["joined_on"],
        )  # fmt: skip
        person = VolunteerPerson(
            volunteer_id=key, name=values["name"], phone=values["phone"], id_number=values["id_number"],
            birth_date=values["born"].isoformat(),
        )  # fmt: skip
        happened.append(
            history.link(volunteer, events.VOLUNTEER_IMPORTED, actor=actor, data={"row": row_number}, at=now)
        )
        volunteers.append(volunteer)
        people.append(person.set_hashes())
    copy_rows(Volunteer, volunteers, now)
    copy_rows(VolunteerPerson, people, now)
    copy_rows(Event, happened, now)
    return keys


def _next_keys(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('volunteers_volunteer', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [key for (key,) in cursor.fetchall()]
