"""Messages to people, units and departments. Each ``dedupe_key`` is delivered once, whoever repeats it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import Notification, User
from grid.bodies import Body, as_columns


def message(
    *,
    to: Body | Any,
    text: str,
    key: str,
    tone: str = Notification.Tone.INFO,
    url: str = "",
    at: datetime | None = None,
) -> Notification:
    """An unsaved message to a user, unit or department; ``key`` (≤ 120 characters) makes it unique."""
    recipient = {"user": to} if isinstance(to, User) else as_columns(to)
    return Notification(
        **recipient, text=text[:300], dedupe_key=key, tone=tone, url=url, created_at=at or timezone.now()
    )


def notify(messages: Iterable[Notification]) -> None:
    """Write messages; one that was written before is skipped. Belongs in the transaction of its cause."""
    Notification.objects.bulk_create(messages, ignore_conflicts=True)


def mark_read(*, user: Any, ids: Iterable[int] | None = None) -> int:
    """Mark the named (or all) messages that the user sees as read; the number of newly read ones."""
    rows = Notification.objects.visible_to(user).unread()
    if ids is not None:
        rows = rows.filter(pk__in=list(ids))
    return rows.update(read_at=timezone.now(), read_by=user)
