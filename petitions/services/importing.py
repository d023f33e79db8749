"""Tickets from another system, many at once: written with COPY, taken back by voiding them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from common import calendar, profile
from common import events as history
from common.copying import copy_rows
from common.crypto import lookup_hash
from common.errors import Conflict
from common.models import Event
from grid.choices import Level
from grid.models import Unit
from petitions import clocks, events, permissions
from petitions.choices import Channel, ClockKind, Satisfaction, State
from petitions.models import Category, Clock, Petition, Petitioner
from petitions.services.intake import number_of, title_from


@dataclass(frozen=True)
class Place:
    """A unit with the street, community and grid it belongs to, as keys."""

    unit_id: int
    street_id: int | None
    community_id: int | None
    grid_id: int | None


def places(units: Sequence[Unit], everything: Mapping[str, Unit]) -> dict[int, Place]:
    """Where each of ``units`` belongs, by key; ``everything`` holds all units by code."""
    found = {}
    for unit in units:
        at = {everything[code].level: everything[code].pk for code in unit.path_codes}
        found[unit.pk] = Place(unit.pk, at.get(Level.STREET), at.get(Level.COMMUNITY), at.get(Level.GRID))
    return found


def petitions_import(
    *, rows: Sequence[tuple[int, Mapping[str, Any]]], actor: Any, places: Mapping[int, Place], now: datetime
) -> list[int]:
    """Write tickets inside the caller's transaction; their keys, in order.

    ``rows`` are pairs of the row's number in the file and its values: ``text``, ``received_at`` and
    ``unit_id`` are there, all others may be ``None``. One with a reply is closed as of its reply (or
    its callback), with its own times; one without is registered, and its first limit runs from now:
    nobody here could act on it earlier.
    """
    keys = _next("petitions_petition_id_seq", len(rows))
    numbers = _next("petition_number", len(rows))
    code = profile.current().code
    rules = clocks.limits_policy(now).data
    reckoning = calendar.current()
    tickets, happened, people, started = [], [], [], []
    for key, running, (row_number, values) in zip(keys, numbers, rows, strict=True):
        ticket = _ticket(values, actor, places[values["unit_id"]])
        ticket.pk = key
        ticket.number = number_of(code, ticket.received_at, running)
        if ticket.replied_at is not None:
            _judge(ticket, values.get("category"), rules, reckoning)
        else:
            clock = clocks.new_clock(ClockKind.ACCEPT, ticket, now)
            ticket.due_at = clock.due_at
            started.append(clock)
        tickets.append(ticket)
        happened.append(history.link(ticket, events.IMPORTED, actor=actor, data={"row": row_number}, at=now))
        if not ticket.is_anonymous:
            people.append(_petitioner(key, values))
    copy_rows(Petition, tickets, now)
    copy_rows(Petitioner, people, now)
    copy_rows(Clock, started, now)
    copy_rows(Event, happened, now)
    return keys


def _next(sequence: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence, count])
        return [value for (value,) in cursor.fetchall()]


def _ticket(values: Mapping[str, Any], actor: Any, place: Place) -> Petition:
    replied_at = values.get("replied_at")
    reply = values.get("reply") or ""
    if reply and replied_at is None:
        replied_at = values.get("ended_at") or values["received_at"]
    solved = values.get("solved") if replied_at else None
    category: Category | None = values.get("category")
    return Petition(
        stream=uuid.uuid4(),
        external_number=values.get("external_number") or None,
        title=(values.get("title") or title_from(values["text"]))[:100],
        text=values["text"],
        place=(values.get("place") or "")[:120],
        kind=values.get("kind") or Petition.kind.field.default,
        channel=Channel.IMPORT,
        urgency=values.get("urgency") or Petition.urgency.field.default,
        category_id=category.pk if category else None,
        is_anonymous=not (values.get("name") or values.get("phone")),
        state=State.CLOSED if replied_at else State.REGISTERED,
        unit_id=place.unit_id,
        street_id=place.street_id,
        community_id=place.community_id,
        grid_id=place.grid_id,
        registered_by_id=actor.pk if actor else None,
        received_at=values["received_at"],
        replied_at=replied_at,
        reply=reply,
        ended_at=replied_at,
        called_back_at=replied_at if solved is not None else None,
        solved=solved,
        satisfaction=(values.get("satisfaction") or "") if solved is not None else "",
        dissatisfactions=int(solved is not None and values.get("satisfaction") == Satisfaction.DISSATISFIED),
    )


def _judge(ticket: Petition, category: Any, rules: Any, reckoning: Any) -> None:
    """Whether the reply came inside the limit that the rules of today give its category."""
    assert ticket.replied_at is not None, "only a replied ticket is judged"
    limit = calendar.Limit.parse(clocks.finish_limit(category, rules))
    ticket.finish_due_at = reckoning.add(ticket.received_at, limit)
    ticket.finish_in_time = ticket.replied_at <= ticket.finish_due_at


def _petitioner(petition_id: int, values: Mapping[str, Any]) -> Petitioner:
    phone = values.get("phone") or ""
    return Petitioner(
        petition_id=petition_id,
        name=values.get("name") or "",
        phone=phone,
        address=values.get("address") or "",
        phone_hash=lookup_hash(phone, "phone") if phone else None,
    )


def petitions_void(*, ids: Sequence[int], actor: Any) -> None:
    """Take imported tickets back, all or none: ``Conflict`` when somebody has worked on one meanwhile.

    They stay in the database with their history (ADR 9), are in no list and no figure, and their
    source numbers are free again.
    """
    now = timezone.now()
    rows = Petition.objects.visible_to(actor, permissions.IMPORT).select_for_update(of=("self",)).filter(pk__in=ids)
    tickets = list(rows.order_by("pk"))
    touched = [ticket.number for ticket in tickets if not _is_untouched(ticket)]
    if len(tickets) != len(ids) or touched:
        named = "、".join(touched[:3])
        raise Conflict(
            f"不能撤销：导入的工单中有 {len(touched) or len(ids) - len(tickets)} 件已有人办理"
            + (f"（{named} 等）。" if named else "，或已不在您的管辖范围。")
        )
    written = []
    for ticket in tickets:
        ticket.state, ticket.due_at, ticket.ended_at = State.VOIDED, None, now
        written.append(history.link(ticket, events.VOIDED, actor=actor, at=now))
    Clock.objects.filter(petition__in=ids, stopped_at=None).update(stopped_at=now, next_at=None)
    Petition.objects.bulk_update(tickets, ["state", "due_at", "ended_at", "event_seq", "event_head"], batch_size=500)
    copy_rows(Event, written, now)


def _is_untouched(ticket: Petition) -> bool:
    """Reminders that the clock sent in between are no work."""
    if ticket.state not in (State.REGISTERED, State.CLOSED):
        return False
    theirs = Event.objects.filter(stream=ticket.stream).exclude(
        kind__in=(events.IMPORTED, events.CARD, events.REVEALED)
    )
    return ticket.event_seq == 1 or not theirs.exists()
