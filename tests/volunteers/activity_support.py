"""What the tests of activities share: moments, addresses, a participation brought to an end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import time_machine
from django.urls import reverse

from tests.factories.activities import END, START
from volunteers.models import Participation
from volunteers.services.attendance import sign_in, sign_out


def at(moment: datetime) -> Any:
    """Stand at a moment."""
    return time_machine.travel(moment, tick=False)


def address(name: str, *args: object) -> str:
    return reverse(f"volunteers:{name}", args=args)


def fresh(row: Participation) -> Participation:
    """The row as it stands in the database."""
    return Participation.objects.select_related("activity", "volunteer").get(pk=row.pk)


def serve(row: Participation, start: datetime = START, end: datetime = END) -> Participation:
    """Signed in and out."""
    with at(start):
        sign_in(participation=row)
    with at(end):
        sign_out(participation=row)
    return fresh(row)
