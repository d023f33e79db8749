"""Reminders of terms that end: stored messages, each sent once whatever dies in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Notification
from accounts.services.notifications import message, notify
from partyorgs.models import PartyOrganisation
from partyorgs.selectors import due_for_reminder

BATCH = 500


def remind_terms(today: date | None = None) -> int:
    """Write the messages that are due on ``today``; the number of new ones. Repeatable at any moment.

    One before the end of a term, one after it; both name the term's last day in their key, so a new
    term has its own.
    """
    day = today or timezone.localdate()
    written = 0
    due: list[Notification] = []
    for organisation in due_for_reminder(day):
        due.extend(_messages(organisation, day))
        if len(due) >= BATCH:
            written += _write(due)
            due = []
    return written + _write(due)


def _write(due: list[Notification]) -> int:
    keys = [row.dedupe_key for row in due]
    with transaction.atomic():
        known = set(Notification.objects.filter(dedupe_key__in=keys).values_list("dedupe_key", flat=True))
        new = [row for row in due if row.dedupe_key not in known]
        notify(new)
    return len(new)


def _messages(organisation: PartyOrganisation, today: date) -> Iterator[Notification]:
    last = organisation.term_last_day
    assert last is not None  # selected by it
    ended = today > last
    text = (
        f"“{organisation}”本届任期已于 {last:%Y-%m-%d} 届满，请尽快换届或报批延期。"
        if ended
        else f"“{organisation}”本届任期将于 {last:%Y-%m-%d} 届满，请提前做好换届准备。"
    )
    for who, recipient in _recipients(organisation):
        yield message(
            to=recipient,
            text=text,
            tone=Notification.Tone.RED if ended else Notification.Tone.REMINDER,
            url=f"/party-organisations/{organisation.pk}/",
            key=f"partyorg:{organisation.pk}:{last.isoformat()}:{'ended' if ended else 'soon'}:{who}",
        )


def _recipients(organisation: PartyOrganisation) -> Iterator[tuple[str, Any]]:
    """The unit of the organisation, the unit of the one above it, and the secretary's account."""
    yield f"u{organisation.unit_id}", organisation.unit
    parent = organisation.parent
    if parent is not None and parent.unit_id != organisation.unit_id:
        yield f"u{parent.unit_id}", parent.unit
    if organisation.secretary is not None and organisation.secretary.is_active:
        yield f"p{organisation.secretary_id}", organisation.secretary
