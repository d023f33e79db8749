"""The sweep: every clock whose next reminder or card is due fires it, once, whatever dies meanwhile.

A batch of tickets is locked (``SKIP LOCKED``: a second worker takes others), their due clocks are
read again under the lock, and cards, messages, events and the clocks' next steps are written in one
transaction with a handful of statements. A batch that dies is done again from the start by the next
sweep; the unique constraint on clock and level would refuse a second card.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Notification
from common import events as history
from common.copying import copy_rows
from common.models import Event
from grid.models import Department, Unit
from grid.selectors import district
from petitions import events, ladder
from petitions.choices import CardLevel, ClockKind
from petitions.models import Clock, Petition, SupervisionCard
from petitions.services.cards import card_messages

BATCH = 1000


def sweep(now: datetime | None = None, batch: int = BATCH) -> int:
    """Fire everything that is due at ``now``; the number of reminders and cards sent."""
    now = now or timezone.now()
    total = 0
    while True:
        sent, tickets = _sweep_batch(now, batch)
        total += sent
        if tickets < batch:
            return total


def _due_clocks(now: datetime) -> Any:
    return Clock.objects.filter(stopped_at=None, paused_at=None, next_at__lte=now)


def _sweep_batch(now: datetime, batch: int) -> tuple[int, int]:
    with transaction.atomic():
        tickets = _lock_tickets(now, batch)
        if not tickets:
            return 0, 0
        clocks = _due_clocks(now).filter(petition__in=list(tickets)).order_by("petition_id", "id")
        cards = _fire(list(clocks), tickets, now)
        return len(cards), len(tickets)


def _lock_tickets(now: datetime, batch: int) -> dict[int, Petition]:
    """Tickets with due clocks, locked; those that somebody works on right now wait for the next sweep."""
    due = list(_due_clocks(now).order_by("next_at").values_list("petition_id", flat=True)[: batch * len(ClockKind)])
    keys = list(dict.fromkeys(due))[:batch]
    rows = Petition.objects.filter(pk__in=keys).select_for_update(skip_locked=True).order_by("pk")
    return {row.pk: row for row in rows}


def _fire(clocks: Sequence[Clock], tickets: dict[int, Petition], now: datetime) -> list[SupervisionCard]:
    units = _bodies_of(tickets.values())
    root = district()
    cards: list[SupervisionCard] = []
    messages: list[Any] = []
    written: list[Event] = []
    for clock in clocks:
        petition = tickets[clock.petition_id]
        rules = {step["key"]: step for step in ladder.steps(clock.started_at)}
        while clock.next_at is not None and clock.next_at <= now:
            card = _card(clock, petition, now)
            cards.append(card)
            written.append(
                history.link(
                    petition, events.CARD, data={"level": card.get_level_display(), "reason": card.reason}, at=now
                )
            )
            messages += card_messages(card, petition, ladder.recipients(rules[card.level], petition, units, root))
            clock.next_step, clock.next_at = ladder.next_alarm(
                clock.kind, clock.started_at, clock.due_at, clock.next_step
            )
    # Written with COPY, and without looking for repeats: a card and its messages, whose key is the
    # card's, come and go in one transaction, and the card's own constraint refuses a second one.
    copy_rows(SupervisionCard, cards, now)
    copy_rows(Notification, messages, now)
    copy_rows(Event, written, now)
    _save_clocks(clocks)
    fired = {clock.petition_id for clock in clocks}
    _save_heads([petition for petition in tickets.values() if petition.pk in fired])
    return cards


def _card(clock: Clock, petition: Petition, now: datetime) -> SupervisionCard:
    assert clock.next_at is not None, "only clocks with something due are worked off"
    word = ClockKind(clock.kind).label
    reason = f"{word}即将到期" if clock.next_step == CardLevel.REMINDER else f"{word}超期"
    return SupervisionCard(
        petition=petition, clock=clock, level=clock.next_step, reason=reason, due_at=clock.next_at, issued_at=now
    )


def _bodies_of(tickets: Iterable[Petition]) -> dict[int, Unit]:
    """Units of the tickets by key; each ticket gets its lead from one look-up for all."""
    tickets = list(tickets)
    columns = ("community_id", "street_id", "lead_unit_id")
    units = Unit.objects.in_bulk({getattr(ticket, name) for ticket in tickets for name in columns} - {None})
    departments = Department.objects.in_bulk({ticket.lead_department_id for ticket in tickets} - {None})
    for ticket in tickets:
        ticket.lead_unit = units.get(ticket.lead_unit_id)
        ticket.lead_department = departments.get(ticket.lead_department_id)
    return units


def _save_clocks(clocks: Sequence[Clock]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE petitions_clock SET next_step = v.step, next_at = v.moment "
            "FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS v(id, step, moment) "
            "WHERE petitions_clock.id = v.id",
            [[c.pk for c in clocks], [c.next_step for c in clocks], [c.next_at for c in clocks]],
        )


def _save_heads(tickets: Sequence[Petition]) -> None:
    """The chain ends of many tickets at once (the rows are locked)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE petitions_petition SET event_seq = v.seq, event_head = v.head "
            "FROM unnest(%s::bigint[], %s::int[], %s::bytea[]) AS v(id, seq, head) "
            "WHERE petitions_petition.id = v.id",
            [[t.pk for t in tickets], [t.event_seq for t in tickets], [bytes(t.event_head) for t in tickets]],
        )
