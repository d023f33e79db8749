"""Bought care hours: totals of an area, and the statement of one elder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, QuerySet, Sum

from common import events as history
from volunteers import events
from volunteers.models import CareRecipient

MOVEMENTS = (events.CARE_STARTED, events.CARE_ADDED, events.CARE_USED, events.CARE_RETURNED)


@dataclass(frozen=True)
class CareTotals:
    """How many elders, hours bought, used and left."""

    elders: int
    bought: Decimal
    left: Decimal

    @property
    def used(self) -> Decimal:
        return self.bought - self.left


@dataclass(frozen=True)
class CareLine:
    """One movement of an elder's hours and what was left after it; used hours are negative."""

    at: datetime
    what: str
    hours: Decimal
    left: Decimal
    order: str


def care_lists(rows: QuerySet[CareRecipient]) -> QuerySet[CareRecipient]:
    """With what the list shows: names of units and providers, hours used."""
    return rows.select_related("unit", "provider").annotate(used_hours=F("bought_hours") - F("left_hours"))


def care_totals(rows: QuerySet[CareRecipient]) -> CareTotals:
    found: Any = rows.order_by().aggregate(n=Count("pk"), bought=Sum("bought_hours"), left=Sum("left_hours"))
    return CareTotals(found["n"], found["bought"] or Decimal(0), found["left"] or Decimal(0))


def care_statement(recipient: CareRecipient) -> list[CareLine]:
    """Every movement from the first on, read from the elder's proved history."""
    return list(_lines(recipient))


def _lines(recipient: CareRecipient) -> Iterator[CareLine]:
    rows = history.timeline(recipient).filter(kind__in=MOVEMENTS).order_by("seq")
    for event in rows:
        hours = Decimal(event.data["hours"])
        left = Decimal(event.data.get("left", event.data["hours"]))
        signed = -hours if event.kind == events.CARE_USED else hours
        yield CareLine(event.at, history.kind_of(event.kind).label, signed, left, event.data.get("order", ""))
